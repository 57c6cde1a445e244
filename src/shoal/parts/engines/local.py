"""The engine of one process: threads, results in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from shoal.numerics.blocks import available_threads, ordered_map
from shoal.parts.engines.base import Engine, T, U


class LocalEngine(Engine):
    """Work on batches with the threads of this process; the verbs are those of `Engine`.

    Parameters
    ----------
    n_threads : None for all processors this process may use
    """

    apart = False

    def __init__(self, n_threads: int | None = None) -> None:
        self.n_threads = n_threads

    @property
    def n_workers(self) -> int:
        """How many threads."""
        return self.n_threads or available_threads()

    def map(
        self,
        make: Callable[[], Callable[[T], U]],
        batches: Iterable[T],
        *,
        parallel: bool = True,
    ) -> Iterator[U]:
        """Apply a function to each batch; see `Engine.map`."""
        return ordered_map(make(), batches, self.n_threads if parallel else 1)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Nothing to prepare: blocks are worked on by threads anyway."""
        yield
