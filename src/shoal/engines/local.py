"""The engine of one process: threads, results in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import TypeVar

from shoal.numerics.blocks import ordered_map

T = TypeVar("T")
U = TypeVar("U")


class LocalEngine:
    """Work on batches with the threads of this process.

    Parameters
    ----------
    n_threads : None for all processors this process may use
    """

    def __init__(self, n_threads: int | None = None) -> None:
        self.n_threads = n_threads

    def map(
        self,
        make: Callable[[], Callable[[T], U]],
        batches: Iterable[T],
        *,
        parallel: bool = True,
    ) -> Iterator[U]:
        """Apply a function to each batch; results come in the batches' order.

        Parameters
        ----------
        make : builds the function, once per worker, so that a model is loaded once
        batches : its arguments
        parallel : False for a function that two threads must not call at once

        Yields
        ------
        One result per batch
        """
        return ordered_map(make(), batches, self.n_threads if parallel else 1)

    def map_reduce(
        self,
        make: Callable[[], Callable[[T], U]],
        merge: Callable[[U, U], U],
        batches: Iterable[T],
    ) -> U:
        """Apply a function to each batch and merge the results from first to last.

        Raises
        ------
        TypeError : if there is no batch
        """
        return reduce(merge, self.map(make, batches))
