"""A limit of memory that the operating system holds this process to.

Linux counts what a process may write to by itself (its data) apart from files that it maps. The
limit is set on that, so one cell, array or picture that is too large ends in an error where it
would be made, and never in a machine that swaps.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shoal.errors import BadInput

STATUS = Path("/proc/self/status")
PROGRAM_MB = 155.0
"""Interpreter and libraries, measured on few rows."""
THREADS = "can't start new thread"
"""What Python says where the stack of a thread has no room."""


@contextmanager
def held_to(limit: int | None, task: str) -> Iterator[None]:
    """Keep this process to a limit while something is done; on Linux alone.

    Parameters
    ----------
    limit : bytes, files that are mapped not counted; None for no limit
    task : what is done, for the error: "reading rows.csv"

    Raises
    ------
    BadInput : if it takes more
    """
    if limit is None:
        yield
        return
    check_enough(limit)
    try:
        with _limited(limit):
            yield
    except Exception as error:
        if not _is_of_memory(error):
            raise
        raise BadInput(
            f"--memory-limit is {limit / 1e6:,.0f} MB, and {task} takes more: something in it, "
            "such as one cell or one array, is too large to be held. Give a larger limit, or take "
            "that out."
        ) from error


def check_enough(limit: int) -> None:
    """Raise if the program itself takes more than a limit, before it is loaded.

    Parameters
    ----------
    limit : bytes

    Raises
    ------
    BadInput : with what it takes
    """
    if limit < PROGRAM_MB * 1e6:
        raise BadInput(
            f"--memory-limit is {limit / 1e6:,.0f} MB, but the program itself takes "
            f"{PROGRAM_MB:.0f} MB. Raise the limit."
        )


def _is_of_memory(error: BaseException | None) -> bool:
    """Whether an error is due to memory, or was raised for one that is."""
    while error is not None:
        if isinstance(error, MemoryError) or THREADS in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _limited(limit: int) -> Iterator[None]:
    if sys.platform != "linux" or not STATUS.exists():
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    told = dict(line.split(":", 1) for line in STATUS.read_text(encoding="ascii").splitlines())
    data, held = (int(told[name].split()[0]) * 1024 for name in ("VmData", "RssAnon"))
    # address space that libraries set aside and do not fill is no memory
    wanted = data + max(limit - held, 0)
    most = [entry for entry in (wanted, *before) if entry != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(most), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
