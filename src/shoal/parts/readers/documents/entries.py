"""Listing documents: files, members of archives, and mails of mailboxes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shoal.data.names import shown_name
from shoal.parts.readers.documents.document import MAX_BYTES, Unreadable
from shoal.parts.readers.documents.formats import ARCHIVES, MAILBOXES, is_document
from shoal.parts.readers.documents.mail import messages_of, without_from
from shoal.parts.readers.documents.packed import BOMB_RATIO, unpacked

MAX_UNPACKED = 64 << 30
"""Bytes that all members of an archive may unpack to."""
HIDDEN = ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Entry:
    """A document, and where its bytes are.

    Parameters
    ----------
    id : its place below the source, with the ending of its file
    path : the file
    member : its name in the archive that the file is, if it is one
    span : from which byte to which of a mailbox
    problem : why it is known to be unreadable, "" if it is not
    """

    id: str
    path: Path
    member: str | None = None
    span: tuple[int, int] | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """Of its file; that of a mail ends as mails do."""
        inner = PurePosixPath(self.member or self.path.name).name
        return f"{inner}.eml" if self.span else inner

    def head(self, n_bytes: int) -> bytes:
        """Its first bytes.

        Raises
        ------
        Unreadable, OSError : if they cannot be read
        """
        if self.member is not None:
            return self.content()[:n_bytes]
        with self.path.open("rb") as file:
            file.seek(self.span[0] if self.span else 0)
            return file.read(n_bytes)

    def content(self) -> bytes:
        """All of its bytes.

        Raises
        ------
        Unreadable, OSError : if they cannot be read
        """
        if self.problem:
            raise Unreadable(self.problem)
        if self.member is not None:
            with zipfile.ZipFile(self.path) as archive:
                return unpacked(archive, archive.getinfo(self.member))
        if not self.path.is_file():  # a pipe or a device could be read without end
            raise Unreadable("not a file")
        start, end = self.span or (0, self.path.stat().st_size)
        if end - start > MAX_BYTES:
            raise Unreadable(f"too large: {end - start >> 20:,} MB, the limit is {MAX_BYTES >> 20}")
        with self.path.open("rb") as file:
            file.seek(start)
            content = file.read(end - start)
        return without_from(content) if self.span else content


def entries_of(files: Iterable[Path], below: Path) -> Iterator[Entry]:
    """The documents in files, in a fixed order; archives and mailboxes are opened.

    Parameters
    ----------
    files : paths
    below : the folder that ids are relative to
    """
    for path in files:
        name = plain(path.relative_to(below).as_posix())
        ending = path.suffix.lower()
        if ending in ARCHIVES:
            yield from _members(path, name)
        elif ending in MAILBOXES and path.is_file():
            yield from _mails(path, name)
        else:
            yield Entry(name, path)


def _mails(path: Path, name: str) -> Iterator[Entry]:
    found = False
    try:
        for number, span in enumerate(messages_of(path), start=1):
            found = True
            yield Entry(f"{name}/{number}", path, span=span)
    except OSError as error:
        yield Entry(name, path, problem=f"cannot be read: {error.strerror}")
        return
    if not found:
        empty = not path.stat().st_size
        yield Entry(name, path, problem="empty" if empty else "damaged: it contains no mail")


def _members(path: Path, name: str) -> Iterator[Entry]:
    """The documents in an archive; one for all of it where it cannot be opened."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if is_document(path.name, head):  # an Office file with the ending of an archive
            yield Entry(name, path)
            return
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not _is_hidden(info)]
    except OSError as error:
        yield Entry(name, path, problem=f"cannot be read: {error.strerror or error}")
        return
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError):
        yield Entry(name, path, problem="damaged: the archive cannot be opened")
        return
    total = sum(info.file_size for info in infos)
    if total > min(max(BOMB_RATIO * path.stat().st_size, 1 << 30), MAX_UNPACKED):
        yield Entry(name, path, problem=f"a zip bomb: it unpacks to {total / (1 << 30):,.0f} GB")
        return
    if not infos:
        yield Entry(name, path, problem="empty")
    seen: set[str] = set()
    for info in sorted(infos, key=lambda info: info.filename):
        if info.filename in seen:  # two members of a name cannot be told apart
            continue
        seen.add(info.filename)
        nested = PurePosixPath(info.filename.lower()).suffix in (*ARCHIVES, *MAILBOXES)
        yield Entry(
            f"{name}/{plain(info.filename.lstrip('/'))}",
            path,
            info.filename,
            problem="an archive within an archive: unpack it" if nested else "",
        )


def _is_hidden(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    return info.is_dir() or any(part.startswith(".") or part in HIDDEN for part in parts)


def plain(path: str) -> str:
    """A path as text that any file can hold."""
    return shown_name(path)
