"""Who made a run folder, and whether it may name servers, models and files.

The content of a run folder is data. shoal follows the servers, models and files that it names only
if this user made the run or agreed to it. A run of this user is signed: an HMAC with a key in the
user's own data folder, outside of every run. Digests inside the folder prove nothing about the
maker, because whoever changes a file can change its digest too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from platformdirs import user_data_path

from shoal.errors import NotTrusted
from shoal.storage import run_files

SIGNATURE = run_files.SIGNATURE
ITEMS = run_files.ITEMS
SIGNED = (run_files.RECIPE, run_files.RUN)
"""Files that say which servers, models and files a run uses."""
EXPORTED = "folders"
"""Folder of links to pictures from `export_folders`; nothing in it is ever read."""
KEY_BYTES = 32
SCHEMA = 1

log = logging.getLogger(__name__)
_agreed: set[Path] = set()
"""Folders that the user agreed to, or made, in this process."""


def agree(folder: Path) -> None:
    """Trust a run folder until this process ends."""
    _agreed.add(_place(folder))


def is_trusted(folder: Path) -> bool:
    """Whether this user made the run, or agreed to it in this process."""
    return _place(folder) in _agreed or is_own(folder)


def _place(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def key_file() -> Path:
    """Path of the key that signs runs."""
    return user_data_path("shoal", appauthor=False) / "signing.key"


def _key(*, make: bool) -> bytes | None:
    """The key of this user; None if there is none, or it cannot be saved."""
    path = key_file()
    try:
        if make and not path.exists():
            _make_key(path)
        found = path.read_bytes()
    except OSError as error:  # no home, or one that cannot be written
        if make:
            log.info("runs are not signed, because the key cannot be saved: %s", error)
        return None
    return found if len(found) == KEY_BYTES else None


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # unlike a rename, it leaves the key of a faster process
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _code(key: bytes, files: dict[str, str]) -> str:
    info = json.dumps([SCHEMA, sorted(files.items())]).encode()
    return hmac.new(key, info, hashlib.sha256).hexdigest()


def sign(folder: Path) -> None:
    """Sign a finished run as made by this user; without a key it stays unsigned."""
    target = folder / SIGNATURE
    key = _key(make=True)
    if key is None:
        target.unlink(missing_ok=True)
        return
    names = [*SIGNED, *([ITEMS] if names_files(folder / ITEMS) else [])]
    files = {name: _digest(folder / name) for name in names}
    info = {"schema": SCHEMA, "files": files, "hmac": _code(key, files)}
    temporary = folder / f".{SIGNATURE}.tmp"
    temporary.write_text(json.dumps(info, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, target)


@contextmanager
def staying_own(folder: Path) -> Iterator[None]:
    """Sign a run again after its recipe or run.json was written, if it was signed before.

    Changing a run of somebody else does not make it ours.
    """
    own = is_own(folder, *([ITEMS] if names_files(folder / ITEMS) else []))
    yield
    if own:
        sign(folder)


def names_files(items: Path) -> bool:
    """Whether the rows of a run name files, such as pictures."""
    try:
        return "path" in pq.read_schema(items).names
    except (OSError, pa.ArrowException):
        return False


def is_own(folder: Path, *names: str) -> bool:
    """Whether this user made the run, and its recipe and these files are unchanged since."""
    return signed(folder, *SIGNED, *names)


def signed(folder: Path, *names: str) -> bool:
    """Whether this user signed these files of the run, and they are unchanged since."""
    try:
        if not all((folder / name).is_file() for name in (SIGNATURE, *names)):
            return False  # reading a pipe would hang
        info = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
        files, code = {str(k): str(v) for k, v in info["files"].items()}, str(info["hmac"])
        key = _key(make=False)
        if key is None or not hmac.compare_digest(_code(key, files), code):
            return False
        return all(files.get(name) == _digest(folder / name) for name in names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def check_links(folder: Path) -> None:
    """Raise if a file of the run is a link to something outside it, unless the user agreed.

    Raises
    ------
    NotTrusted : with the links
    """
    if _place(folder) not in _agreed and (info := list(links_outside(folder))):
        raise NotTrusted.because(str(folder), info)


def links_outside(folder: Path) -> Iterator[str]:
    """For each link that leads out of the run, what it would do, as part of a sentence."""
    root = _place(folder)
    for path in _links(root):
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(root):
            yield f"reads or writes {target}, to which its {path.relative_to(root)} is a link"


def _links(root: Path) -> Iterator[Path]:
    """Every link in the run except in exported folders; links are not followed."""
    for here, folders, files in os.walk(root):
        for name in [*folders, *files]:
            if os.path.islink(os.path.join(here, name)):
                yield Path(here, name)
        if Path(here) == root and EXPORTED in folders:
            folders.remove(EXPORTED)


def check_copied(folder: Path, paths: Iterable[str | None]) -> None:
    """Raise unless the user agreed to the files outside the run that it names.

    Parameters
    ----------
    folder : of the run
    paths : the files that it names; None for a row without one

    Raises
    ------
    NotTrusted : with the folders they are in
    """
    if _place(folder) in _agreed or is_own(folder, ITEMS):
        return
    named = [Path(path) for path in paths if path is not None]
    places = sorted({str(path.parent) for path in named})
    if places:
        more = f" and {len(places) - 3:,} more folders" if len(places) > 3 else ""
        files = "1 file" if len(named) == 1 else f"{len(named):,} files"
        info = f"reads {files} that it names, in {', '.join(places[:3])}{more}"
        raise NotTrusted.because(str(folder), [info])
