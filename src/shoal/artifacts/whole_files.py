"""Reading the files of a run folder: only if they are unchanged."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

from shoal.data.entries import ReadEntry
from shoal.errors import BrokenRun
from shoal.storage import digests, locks, run_files

INFO = run_files.RUN
OF_THEIR_OWN = (run_files.SIGNATURE, run_files.EDITS)
"""Files that say themselves whether they are whole."""
MAY_CHANGE = (run_files.RECIPE, run_files.REPORT, run_files.TUNE)
"""Files that people or later commands may change: they are not refused for it."""
APART = ("folders", "passages")
"""Folders of a run that are none of its files: what was exported, and a run of its own."""
CURE = "Name a folder that `shoal cluster` wrote, or run it again."


@lru_cache(maxsize=1)
def _recorded(info: bytes) -> ReadEntry:
    """The digests in the content of a run.json, which is asked for each file that is read."""
    told = json.loads(info)
    found = told.get("files") if isinstance(told, dict) else None
    if not isinstance(found, dict):
        return {}
    return {name: entry for name, entry in found.items() if run_files.is_inside(name)}


class WholeFiles:
    """The files of one run, with what run.json says of each.

    Parameters
    ----------
    path : the folder; it need not exist yet
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def is_run(self) -> bool:
        """Whether a run was begun here."""
        return (self.path / INFO).is_file()

    def names(self) -> list[str]:
        """The files that belong to the run and have a digest, by their paths in it."""
        found = []
        for here, folders, files in os.walk(self.path):
            place = Path(here).relative_to(self.path)
            if place == Path():
                folders[:] = [name for name in folders if name not in APART]
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                inner = (place / name).as_posix()
                own = inner == INFO or inner in OF_THEIR_OWN or inner.startswith("edits.")
                if not name.startswith(".") and not own:
                    found.append(inner)
        return sorted(found)

    def check_kinds(self) -> None:
        """Raise if something in the run is no file, such as a pipe, which reading would wait for.

        Raises
        ------
        BrokenRun : with its name
        """
        for path in digests.odd_files(self.path, APART[:1]):
            name = path.relative_to(self.path).as_posix()
            raise BrokenRun.damaged(self.path, name, "it is not a regular file")

    def damages(self) -> dict[str, str]:
        """Name of each changed file -> what is wrong; all files are read."""
        found = {
            name: digests.damage(self.path / name, entry, whole=True)
            for name, entry in self.recorded.items()
        }
        return {name: why for name, why in found.items() if why}

    @property
    def recorded(self) -> ReadEntry:
        """Name of each file -> its digest, as run.json says; nothing in a run of an older shoal.

        A name that leads out of the run is none of its files, whatever run.json says.
        """
        try:
            path = self.path / INFO
            return _recorded(path.read_bytes()) if self.is_run else {}
        except (OSError, ValueError, RecursionError):
            return {}

    def has(self, name: str) -> bool:
        """Whether the run has a file that not every run has.

        Raises
        ------
        BrokenRun : if it had one and has it no longer
        """
        if (self.path / name).is_file():
            return True
        if name in self.recorded and not digests.is_ours(self.path / name):
            raise BrokenRun.damaged(self.path, name, "it is missing")
        return False

    def intact(self, name: str) -> Path:
        """The path of a file to read, which is as it was written.

        Raises
        ------
        BrokenRun : if it is missing or damaged
        """
        path = self.path / name
        if not path.is_file():
            if path.exists():
                raise BrokenRun.damaged(self.path, name, "it is not a regular file")
            if name in self.recorded:
                raise BrokenRun.damaged(self.path, name, "it is missing")
            raise BrokenRun(f"{self._what()} has no {name}. {CURE}")
        if name != INFO and name not in MAY_CHANGE and not digests.is_ours(path):
            entry = self.recorded.get(name)
            if entry is not None and (why := digests.damage(path, entry)):
                if who := locks.holder(self.path):
                    raise locks.in_use(self.path, who)
                raise BrokenRun.damaged(self.path, name, why)
        return path

    def _what(self) -> str:
        if not self.path.exists():
            return f"{self.path} does not exist: it"
        return str(self.path) if self.is_run else f"{self.path} is not a shoal run: it"
