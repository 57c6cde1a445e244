"""Work in blocks whose borders never depend on the number of threads.

That is how the same seed gives the same bits on any number of threads: threads decide who
computes a block, never what a block is, and inside a block the linear algebra runs on one thread.
For the same reason blocks may go to other processes and machines: `carried_by` hands every block
inside of it to an engine, and whoever wrote the blocks need not know.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

from shoal.errors import BadInput

T = TypeVar("T")
U = TypeVar("U")

BLOCK_ROWS = 4096
"""Rows of a block where nothing speaks for more or fewer."""
DISTANCE_ROWS = 512
"""Rows whose distances to very many others are held at once."""
NEIGHBOR_ROWS = 2048
"""Rows whose neighbors, and the neighbors of those, are held at once."""
STREAM_ROWS = 8192
"""Rows of a block that is read, held against a few centers, and let go."""


def available_threads() -> int:
    """Processors available to this process, or the value of SHOAL_THREADS.

    Raises
    ------
    BadInput : if that is no whole number of at least 1
    """
    wanted = os.environ.get("SHOAL_THREADS", "").strip()
    if wanted:
        number = int(wanted) if re.fullmatch("[0-9]{1,5}", wanted) else 0
        if number < 1:
            raise BadInput(
                f"SHOAL_THREADS must be a whole number of at least 1, got {wanted[:40]!r}. "
                "Set it to the number of threads, or unset it."
            )
        return number
    if sys.platform == "linux":  # elsewhere a process cannot be bound to some of the processors
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


class _Thread(threading.local):
    """Per-thread state: the depth of `serial_algebra`, and whether it is a worker."""

    depth = 0
    worker = False


_inside = _Thread()
_libraries: tuple[int, ThreadpoolController] | None = None
"""The libraries of linear algebra, and how many modules there were when they were looked for."""

Carry = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""Applies a function to blocks, elsewhere; results in the blocks' order."""
_carry: ContextVar[Carry | None] = ContextVar("carry", default=None)


@contextmanager
def carried_by(carry: Carry) -> Iterator[None]:
    """Send every block of this thread to another executor inside the `with`.

    Parameters
    ----------
    carry : takes what `ordered_map` takes and gives what it gives; functions must be sent to it,
        so they return what they find and write nowhere
    """
    before = _carry.set(carry)
    try:
        yield
    finally:
        _carry.reset(before)


@contextmanager
def serial_algebra() -> Iterator[None]:
    """Run linear algebra on one thread inside the block; nesting is free.

    Finding the loaded libraries takes milliseconds, so it is done again only when a module was
    imported that may have brought another one.
    """
    global _libraries
    depth = _inside.depth
    _inside.depth = depth + 1
    try:
        if depth:
            yield
        else:
            loaded = len(sys.modules)
            if _libraries is None or _libraries[0] != loaded:
                _libraries = (loaded, ThreadpoolController())
            with _libraries[1].limit(limits=1):
                yield
    finally:
        _inside.depth -= 1


def enter_worker() -> None:
    """Mark this thread as a worker, which does not split blocks further.

    Whoever starts it sets the libraries of linear algebra to one thread.
    """
    _inside.worker = True
    _inside.depth = 1


def slices(n: int, size: int) -> list[slice]:
    """Cut ``range(n)`` into slices of `size`, the last one shorter."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def ordered_map(
    function: Callable[[T], U],
    blocks: Iterable[T],
    n_threads: int | None = None,
    *,
    releases_lock: bool = True,
) -> Iterator[U]:
    """Apply a function to blocks on several threads; results come in the blocks' order.

    At most two blocks per thread wait, so memory does not grow with the number of blocks.

    Parameters
    ----------
    function : what is done with a block
    blocks : its arguments
    n_threads : None for all processors this process may use, or whoever else carries blocks
    releases_lock : whether it releases the interpreter lock for most of its time, as numpy and
        ONNX Runtime do; if not, only other processes work on several blocks at once

    Yields
    ------
    ``function(block)`` for each block, in order
    """
    # workers do not split further: there would be more threads than processors
    worker = _inside.worker
    n_blocks = len(blocks) if isinstance(blocks, Sized) else 2
    carry = _carry.get()
    if carry and n_threads is None and not worker and n_blocks > 1:
        with serial_algebra():  # the merging code computes the same as without an executor
            yield from carry(function, blocks)
        return
    workers = 1 if worker or not releases_lock else n_threads or available_threads()
    if isinstance(blocks, Sized):
        workers = min(workers, n_blocks)
    if workers <= 1:
        with serial_algebra():
            yield from map(function, blocks)
        return
    with serial_algebra(), ThreadPoolExecutor(workers, initializer=enter_worker) as pool:
        waiting: deque[Future[U]] = deque()
        try:
            for block in blocks:
                waiting.append(pool.submit(function, block))
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
