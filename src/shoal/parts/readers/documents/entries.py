"""Listing documents: files, members of archives, and mails of mailboxes."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shoal.data.names import shown_name
from shoal.parts.readers.documents.document import MAX_BYTES, Unreadable
from shoal.parts.readers.documents.formats import ARCHIVES, BY_ENDING, MAILBOXES, is_document
from shoal.parts.readers.documents.mail import is_mailbox, messages_of, without_from
from shoal.parts.readers.documents.packed import BOMB_RATIO, unpacked
from shoal.parts.readers.legacy_encodings import legacy_encoding

MAX_UNPACKED = 64 << 30
"""Bytes that all members of an archive may unpack to."""
UTF8 = 0x800
"""Flag of a member whose name is UTF-8; others are in whatever the system that packed it had."""
HIDDEN = ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Entry:
    """A document, and where its bytes are.

    Parameters
    ----------
    id : its place below the source, with the ending of its file
    path : the file
    member : its name in the archive that the file is, if it is one
    place : its number in that archive: two members may have one name
    span : from which byte to which of a mailbox
    problem : why it is known to be unreadable, "" if it is not
    """

    id: str
    path: Path
    member: str | None = None
    place: int = 0
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
                return unpacked(archive, archive.infolist()[self.place])
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
        elif path.is_file() and (ending in MAILBOXES or _may_be_mailbox(path)):
            yield from _mails(path, name)
        else:
            yield Entry(name, path)


def _may_be_mailbox(path: Path) -> bool:
    """Whether a file with an ending of no document is a mailbox, as mail programs keep them."""
    if path.suffix.lower() in BY_ENDING:
        return False
    try:
        with path.open("rb") as file:
            return file.read(5) == b"From " and is_mailbox(b"From " + file.read(4096))
    except OSError:
        return False


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
            every = list(enumerate(archive.infolist()))
        members = sorted(
            ((_name_of(info), place, info) for place, info in every), key=lambda one: one[:2]
        )
        members = [one for one in members if not _is_hidden(one[0], one[2])]
    except OSError as error:
        yield Entry(name, path, problem=f"cannot be read: {error.strerror or error}")
        return
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError):
        yield Entry(name, path, problem="damaged: the archive cannot be opened")
        return
    total = sum(info.file_size for _, _, info in members)
    if total > min(max(BOMB_RATIO * path.stat().st_size, 1 << 30), MAX_UNPACKED):
        yield Entry(name, path, problem=f"a zip bomb: it unpacks to {total / (1 << 30):,.0f} GB")
        return
    if not members:
        yield Entry(name, path, problem="empty")
    seen: Counter[str] = Counter()
    for member, place, _ in members:
        nested = PurePosixPath(member.lower()).suffix in (*ARCHIVES, *MAILBOXES)
        seen[member] += 1
        shown = plain(member)
        if seen[member] > 1:
            ending = PurePosixPath(member).suffix
            shown = f"{shown.removesuffix(ending)} ({seen[member]}){ending}"
        yield Entry(
            f"{name}/{shown}",
            path,
            member,
            place,
            problem="an archive within an archive: unpack it" if nested else "",
        )


def _name_of(info: zipfile.ZipInfo) -> str:
    """The path of a member below the archive; one that leads out of it is cut."""
    found = info.filename
    if not info.flag_bits & UTF8 and not found.isascii():
        raw = found.encode("cp437", "replace")
        try:
            found = raw.decode("utf-8")
        except UnicodeDecodeError:
            found = raw.decode(legacy_encoding(raw) or "cp437", "replace")
    parts = found.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _is_hidden(name: str, info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(name).parts
    return info.is_dir() or any(p.startswith((".", "~$")) or p in HIDDEN for p in parts)


def plain(path: str) -> str:
    """A path as text that any file can hold."""
    return shown_name(path)
