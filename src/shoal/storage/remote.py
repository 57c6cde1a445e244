"""Files and folders on S3 and the like, by fsspec: each has a local stand-in while it is used.

Everything else in shoal works on local files: memory maps, atomic renames and pyarrow need them.
So a remote source is copied here before it is read, and a remote run folder is worked on in a
local folder, from which whatever changed is sent whenever a stage is done. The file that says
which stages are done, run.json, goes last: what it says is there, and a run that was stopped goes
on from the remote folder, on any machine.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shoal.errors import BadInput, MissingExtra, ShoalError
from shoal.storage import run_files

ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/{1,2}(?=[^/])", re.IGNORECASE)
"""A scheme of two letters or more, so that C:/ is none; a Path has one of the slashes left."""
LAST = run_files.RUN
PACKAGES = {"s3": "shoal[remote]", "s3a": "shoal[remote]"}
"""What brings the packages of a scheme, where it is not told by fsspec."""
HERE = re.compile("(file|local):/", re.IGNORECASE)
POSTGRES = ("postgres://", "postgresql://")
SECRET = re.compile(r"(?i)((?:secret|token|password|signature|credential)[^=:\s]*[=:]\s*)\S+")


def address_of(place: str | Path) -> str | None:
    """The address that a path or a string stands for; None where it is a local path.

    Raises
    ------
    BadInput : if there are credentials in it, or it is a file of this machine
    """
    text = place.as_posix() if isinstance(place, Path) else place
    found = ADDRESS.match(text)
    if HERE.match(text) and not Path(text).exists():
        # by its path its links are looked at, and nothing is written through one
        raise BadInput(f"{text} is a file of this machine. Name it by its path alone.")
    if found is None or Path(text).exists():
        return None
    address = f"{found[1].lower()}://{text[found.end() :]}"
    parts = urlsplit(address)
    if parts.scheme.startswith("postgres"):
        if parts.password is not None or "password" in parts.query:
            raise BadInput(
                "the address of the database contains a password, and addresses are saved in "
                "run folders. Use the environment variable PGPASSWORD or ~/.pgpass instead."
            )
    elif "@" in parts.netloc:
        raise BadInput(
            f"the address of a {found[1]} file contains credentials, and addresses are saved "
            "in run folders. Set them in the environment instead, such as AWS_ACCESS_KEY_ID "
            "and AWS_SECRET_ACCESS_KEY."
        )
    return address


def _opened(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path on it."""
    if find_spec("fsspec") is None:
        raise MissingExtra(
            f"{address} needs the package 'fsspec', which is not installed. Install it with: "
            "pip install 'shoal[remote]'"
        )
    import fsspec

    scheme = address.partition(":")[0]
    try:
        files, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        needed = PACKAGES.get(scheme)
        how = f"Install it with: pip install '{needed}'" if needed else f"{error}"
        raise MissingExtra(f"{address} needs a package that is not installed. {how}") from error
    except ValueError as error:
        known = ", ".join(sorted(fsspec.available_protocols()))
        raise BadInput(
            f"there is no file system {scheme!r}, as in {address}. Known: {known}."
        ) from error
    files.invalidate_cache()  # another process may have written since
    return files, str(path)


@contextmanager
def _teaching(address: str, doing: str) -> Iterator[None]:
    """Errors of a file system, of which each has its own, as one that says what to do."""
    try:
        yield
    except ShoalError:
        raise
    except FileNotFoundError as error:
        raise BadInput(
            f"cannot {doing} {address}: there is no such file, folder or bucket. Check the address."
        ) from error
    except Exception as error:
        details = SECRET.sub(r"\1…", " ".join(str(error).split())) or type(error).__name__
        raise BadInput(
            f"cannot {doing} {address}: {details[:300].rstrip('.')}. Check the address, your "
            "credentials (for S3: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or a profile) and the "
            "network (for S3 elsewhere than at AWS: AWS_ENDPOINT_URL)."
        ) from error


class LocalMirror:
    """A local copy of a remote file or folder, and the way back.

    Parameters
    ----------
    address : such as s3://bucket/run
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.files, self.root = _opened(self.address)
        folder = tempfile.mkdtemp(prefix="shoal-remote-")
        self.path = Path(folder) / (self.root.rstrip("/").rpartition("/")[2] or "data")
        self._keeper = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._known: dict[str, tuple[int, int]] = {}

    def pull(self) -> bool:
        """Copy what is there to here; False if there is nothing."""
        with _teaching(self.address, "read"):
            try:
                info = self.files.info(self.root)
            except FileNotFoundError:
                return False
            if info["type"] == "file":
                self.files.get_file(self.root, str(self.path))
                self._known = self._here()
                return True
        self.fetch("")
        self._known = self._here()
        return bool(self._known)

    def check_writable(self) -> None:
        """Raise if nothing can be written there, before hours of work.

        Raises
        ------
        BadInput : with why
        """
        probe = f"{self.root}.shoal-probe"
        with _teaching(self.address, "write to"):
            self.files.pipe_file(probe, b"")
            self.files.rm_file(probe)

    def push(self) -> None:
        """Send what changed since the last time, `LAST` last; what is gone here goes there."""
        now = self._here()
        changed = sorted(
            (name for name in now if now[name] != self._known.get(name)),
            key=lambda name: (name == LAST, name),
        )
        gone = sorted(set(self._known) - set(now), key=lambda name: (name != LAST, name))
        try:
            with _teaching(self.address, "write to"):
                for name in gone:
                    self.files.rm_file(self._there(name))
                    del self._known[name]
                for name in changed:
                    self.files.put_file(str(self.path / name), self._there(name))
                    self._known[name] = now[name]
        except BadInput as error:
            self._keeper.detach()
            raise BadInput(f"{error} The results so far are in {self.path.parent}.") from error

    def _there(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}" if name else self.root

    def _here(self) -> dict[str, tuple[int, int]]:
        """Size and time of every file by its name below the place; "" is the place itself."""
        if self.path.is_file():
            found = {"": self.path}
        else:
            found = {
                path.relative_to(self.path).as_posix(): path
                for path in self.path.rglob("*")
                if path.is_file() and not _is_hidden(path.relative_to(self.path))
            }
        return {name: (p.stat().st_size, p.stat().st_mtime_ns) for name, p in found.items()}

    def fetch(self, below: str) -> None:
        """Copy what there is below a folder, unless it is here; "" is the place itself."""
        start = self._there(below).rstrip("/")
        with _teaching(self.address, "read"):
            for remote, info in self._found(start).items():
                name = str(remote)[len(start) :].lstrip("/")
                if not name or not run_files.is_inside(name):
                    continue  # an object's name may be anything
                target = self.path / below / name
                if target.is_file() and target.stat().st_size == info["size"]:
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                self.files.get_file(remote, str(target))

    def remove(self, below: str) -> None:
        """Remove a folder there, which need not exist."""
        with _teaching(self.address, "write to"):
            for remote in self._found(self._there(below)):
                self.files.rm_file(remote)

    def _found(self, start: str) -> dict[str, Any]:
        """What there is below a folder; nothing where there is no such folder."""
        self.files.invalidate_cache()  # another machine may have written since
        try:
            return dict(self.files.find(start, detail=True))
        except FileNotFoundError:
            return {}


def _is_hidden(path: Path) -> bool:
    """Whether something is for this machine only: it, or a folder that it is in."""
    return any(part.startswith(".") for part in path.parts)


_MIRRORS: dict[str, LocalMirror] = {}
"""By address, for as long as the process lives."""


def local_mirror(place: str | Path, *, writes: bool = False) -> Path:
    """The local path of a place: itself, or the stand-in of a remote one, with what is there.

    Parameters
    ----------
    place : a path or an address
    writes : whether something will be sent there, see `push`

    Raises
    ------
    MissingExtra : if the packages of the file system are not there
    BadInput : if it cannot be read or, where `writes`, written
    """
    address = address_of(place)
    if address is None:
        return Path(place)
    found = _MIRRORS.get(address.rstrip("/"))
    if found is None:
        found = LocalMirror(address)
        if writes:
            found.check_writable()
        found.pull()
        _MIRRORS[found.address] = found
    return found.path


def fetched(place: str | Path) -> Path:
    """The local path of a source; a remote one is copied once.

    Raises
    ------
    BadInput : if there is nothing, or it cannot be read
    """
    path = local_mirror(place)
    address = address_of(place)
    if address is not None and not path.exists():
        raise BadInput(f"there is nothing at {address}. Check the address.")
    return path


def holds_run(place: str | Path) -> bool:
    """Whether a remote place is a run folder; False of a local one."""
    address = address_of(place)
    if address is None or address.startswith(POSTGRES):
        return False
    files, root = _opened(address)
    with _teaching(address, "read"):
        return bool(files.exists(f"{root.rstrip('/')}/{LAST}"))


def push(path: Path) -> None:
    """Send what changed in a stand-in; nothing is done for any other path.

    Raises
    ------
    BadInput : if it cannot be written
    """
    for found in _MIRRORS.values():
        if found.path == path:
            found.push()


def _above(path: Path) -> tuple[LocalMirror, str] | None:
    """The stand-in that a path is in, and its name there."""
    for found in _MIRRORS.values():
        if path.absolute().is_relative_to(found.path):
            return found, path.absolute().relative_to(found.path).as_posix()
    return None


def address_below(path: Path) -> str | None:
    """The address of a stand-in or of a place in one; None of any other."""
    found = _above(path)
    if found is None or found[1] == ".":
        return found and found[0].address
    return f"{found[0].address}/{found[1]}"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a file is, for someone who may be on another machine.

    Parameters
    ----------
    path, size : of it on the machine that knows it
    address : where it was copied from, if from anywhere
    """

    path: Path
    size: int
    address: str | None

    @classmethod
    def of(cls, path: Path) -> Whereabouts:
        """Those of a file that is here."""
        return cls(path, path.stat().st_size, address_below(path))

    def _is_here(self) -> bool:
        try:
            return self.path.stat().st_size == self.size
        except OSError:
            return False

    def local(self) -> Path | None:
        """Its path if it is seen here, or that of a copy made here; None where there is neither."""
        if self._is_here():
            return self.path
        return None if self.address is None else fetched(self.address)

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """Its path if it is seen here, or the remote file to read parts of; None for neither."""
        if self._is_here():
            yield self.path
        elif self.address is None:
            yield None
        else:
            files, path = _opened(self.address)
            with files.open(path, "rb") as file:
                yield file


def fetch_below(path: Path) -> None:
    """Copy what others have put into a folder of a stand-in; of any other there is nothing.

    Raises
    ------
    BadInput : if it cannot be read
    """
    found = _above(path)
    if found:
        found[0].fetch(found[1])


def remove_below(path: Path) -> None:
    """Remove the folder that a folder of a stand-in stands for; of any other there is none.

    Raises
    ------
    BadInput : if it cannot be
    """
    found = _above(path)
    if found:
        found[0].remove(found[1])


def send(folder: Path, address: str) -> None:
    """Send all files of a folder, against the alphabet: vectors before the keys that tell of them.

    Parameters
    ----------
    folder : here
    address : of the folder that they go into

    Raises
    ------
    BadInput : if it cannot be written
    """
    files, root = _opened(address)
    with _teaching(address, "write to"):
        for path in sorted((p for p in folder.rglob("*") if p.is_file()), reverse=True):
            files.put_file(str(path), f"{root}/{path.relative_to(folder).as_posix()}")


def shown(text: str) -> str:
    """A text in which stand-ins have the address that they stand for."""
    for found in _MIRRORS.values():
        text = text.replace(str(found.path), found.address)
    return text
