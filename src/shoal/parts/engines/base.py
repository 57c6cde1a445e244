"""What an engine is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Engine(Protocol):
    """Where batches are worked on: one verb, and the stages of a run inside of `at_work`.

    Whatever the engine, batches are the same and results come from first to last: so the same seed
    gives the same bits.
    """

    @property
    def n_workers(self) -> int:
        """How many batches are worked on at once."""

    @property
    def apart(self) -> bool:
        """Whether they are worked on in other processes, from which results have to come back."""

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
        batches : its arguments, taken only a bounded number ahead of the results
        parallel : False for a function that two threads must not call at once

        Yields
        ------
        One result per batch
        """

    def at_work(self) -> AbstractContextManager[None]:
        """Inside of it, blocks of `numerics.blocks.ordered_map` are worked on here too."""
