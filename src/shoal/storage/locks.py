"""A lock that lets one command at a time write to a folder.

The lock is the system's (`flock`), so it goes with the process that holds it, however that ends:
what a dead process left behind holds nothing. The file says who holds it, for the message only.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import shlex
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shoal.errors import BrokenRun, RunInUse

NAME = ".lock"
PAUSE = 0.1
MAX_CHARS = 300
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)  # Windows has no such flag

log = logging.getLogger(__name__)
_held: dict[Path, int] = {}
"""Folders that this process holds, and the thread that does."""
_guard = threading.Lock()


@contextmanager
def alone(folder: Path, seconds: float = 0.0) -> Iterator[None]:
    """Lock a folder for writing; it is created if missing.

    A folder that was made for it goes again if nothing was written into it. A thread that holds
    a folder may take it once more.

    Parameters
    ----------
    folder : such as that of a run
    seconds : how long to wait for whoever holds it

    Raises
    ------
    RunInUse : with the command and the process that hold it
    """
    place = Path(os.path.realpath(folder))
    me = threading.get_ident()
    if _held.get(place) == me or (place.exists() and not place.is_dir()):
        yield  # whoever writes says that this is no folder
        return
    made = [path for path in (place, *place.parents) if not path.exists()]
    place.mkdir(parents=True, exist_ok=True)
    try:
        handle = _taken(place, time.monotonic() + seconds)
        _held[place] = me
        try:
            yield
        finally:
            _held.pop(place, None)
            if handle is not None:
                _given_back(place / NAME, handle)
    finally:
        for path in made:
            try:
                path.rmdir()
            except OSError:  # something is in it, as it should be
                break


def holder(folder: Path) -> str:
    """Who else is writing to a folder, in words; empty if nobody is."""
    place = Path(os.path.realpath(folder))
    if _held.get(place) == threading.get_ident():
        return ""
    try:
        handle = os.open(place / NAME, os.O_RDWR | NO_FOLLOW)
    except OSError:
        return ""
    try:
        if _locked(handle):
            return ""
        return _who_holds(handle)
    finally:
        os.close(handle)


def in_use(folder: Path, who: str) -> RunInUse:
    """Build the error that says who is writing to a folder."""
    return RunInUse(
        f"{folder} is being written by {who}. Wait until it has finished, or choose another folder."
    )


def _taken(place: Path, until: float) -> int | None:
    """An open file that holds the lock; None where the file system knows no locks."""
    path = place / NAME
    while True:
        if path.is_symlink():
            raise BrokenRun.damaged(place, NAME, "it is a link")
        with _guard:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, 0o644)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise BrokenRun.damaged(place, NAME, "it is not a regular file")
                free = _locked(handle)
                if free and _is_there(path, handle):
                    _say_who(handle)
                    return handle
                who = "" if free else _who_holds(handle)
            except OSError as error:
                log.info("cannot lock %s: %s", place, error)
                os.close(handle)
                return None
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)
        if who and time.monotonic() >= until:
            raise in_use(place, who)
        time.sleep(PAUSE if who else 0)


def _is_there(path: Path, handle: int) -> bool:
    """Whether a name still stands for an open file: whoever held it takes it away at the end."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _given_back(path: Path, handle: int) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # some systems take no open file away
        pass
    os.close(handle)


def _locked(handle: int) -> bool:
    """Lock an open file, if nobody else has."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _say_who(handle: int) -> None:
    words = [Path(sys.argv[0]).name, *sys.argv[1:]] if sys.argv else ["python"]
    info = {
        "pid": os.getpid(),
        "host": platform.node(),
        "command": shlex.join(words)[:MAX_CHARS],
        "since": time.strftime("%H:%M"),
    }
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps(info).encode("utf-8", "replace"))


def _who_holds(handle: int) -> str:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        info = json.loads(os.read(handle, 4096))
        return (
            f"`{info['command']}` (process {info['pid']} on {info['host']}, since {info['since']})"
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "another command"
