"""The file ``edits.jsonl``: one line an edit, only ever appended to, safe when killed.

A line counts once its line feed is on the disk. A last line without one was never accepted: it is
left out, said, and cut off by the next writer. One writer at a time holds the lock.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shoal.data.entries import Entry, ReadEntry
from shoal.errors import BrokenRun
from shoal.storage import run_files

FILE = run_files.EDITS
LOCK = ".edits.lock"
SCHEMA = 1


class EditLog:
    """The edits of one clustering.

    Parameters
    ----------
    folder : the run folder
    labels : sha256 of the labels that the edits begin from; a log that began from others is kept
        under another name when the first edit of these is written
    """

    def __init__(self, folder: Path, labels: str) -> None:
        self.path: Path = folder / FILE
        self._lock: Path = folder / LOCK
        self.labels = labels
        self.warning: str | None = None

    def size(self) -> int:
        """Bytes of the file, 0 where there is none: what changes whenever somebody edits."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def read(self) -> list[Entry]:
        """Every accepted edit, in order; `warning` says what was left out.

        Raises
        ------
        BrokenRun : if a line before the last is no edit
        """
        self.warning = None
        if not self.path.exists():
            return []
        whole, torn = self._whole_lines()
        if torn:
            self.warning = f"the last line of {FILE} is incomplete, so it is ignored."
        lines = [self._parsed(number, line) for number, line in enumerate(whole, start=1)]
        if lines and lines[0].get("labels") != self.labels:
            n = len(lines) - 1
            self.warning = (
                f"{'1 edit' if n == 1 else f'{n:,} edits'} not shown: {FILE} was made for other "
                "clusters of this run."
            )
            return []
        return lines[1:]

    def _whole_lines(self) -> tuple[list[bytes], bytes]:
        """Lines that end in a line feed, and what follows the last of them."""
        *whole, torn = self.path.read_bytes().split(b"\n")
        return whole, torn

    def _parsed(self, number: int, line: bytes) -> Entry:
        try:
            info = json.loads(line)
        except ValueError as error:
            raise BrokenRun(
                f"line {number} of {self.path} is damaged: {error}. Move the file away to see "
                "the run without edits."
            ) from error
        if not isinstance(info, dict):
            raise BrokenRun(f"line {number} of {self.path} is not an edit.")
        return info

    def append(self, line: ReadEntry) -> None:
        """Write one edit and wait until it is on the disk. Hold the lock."""
        self._make_ready()
        text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        with self.path.open("ab") as file:
            file.write(text.encode("utf-8", "replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _make_ready(self) -> None:
        """Begin the file, put a log of other labels aside, or cut off a torn last line."""
        if self.path.exists():
            whole, torn = self._whole_lines()
            if whole:
                began = str(self._parsed(1, whole[0]).get("labels"))
                if began == self.labels:
                    if torn:
                        os.truncate(self.path, self.size() - len(torn))
                    return
                self.path.replace(self.path.with_name(f"edits.{began[:12]}.jsonl"))
        with self.path.open("wb") as file:
            header = {"schema": SCHEMA, "labels": self.labels}
            file.write(json.dumps(header).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if os.name == "posix":  # the name of a new file is on the disk with its folder
            handle = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock of the one writer; the system frees it when the process dies."""
        with self._lock.open("a+b") as file:
            if sys.platform == "win32":
                import msvcrt

                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                try:
                    yield
                finally:
                    file.seek(0)
                    msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
                yield
