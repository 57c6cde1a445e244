"""What the clusterers share: the check of a number of clusters, and their sentences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput, TooFewItems


def at_least(name: str, value: Any, least: int) -> int:
    """A parameter that must be a whole number of at least `least`.

    Raises
    ------
    BadInput : if it is not
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:
        raise BadInput(f"{name} must be a whole number of at least {least}, got {value!r}.")
    return int(value)


def check_count(n_clusters: Any, n_rows: int) -> int:
    """The number of clusters, if that many can be made.

    Raises
    ------
    BadInput : if it is not a positive whole number
    TooFewItems : if there are fewer distinct rows than clusters
    """
    number = at_least("k", n_clusters, 1)
    if number > n_rows:
        raise TooFewItems(
            f"k ({number}) must be at most the number of distinct rows ({n_rows}). "
            f"Give a smaller -k, such as -k {max(1, n_rows // 2)}."
        )
    return number


def counted(n_clusters: int) -> str:
    """Such as "1 cluster" or "7 clusters"."""
    return "1 cluster" if n_clusters == 1 else f"{n_clusters} clusters"


def as_asked(
    found: int, asked: int, how: str, why_fewer: str = "not that many rows differ in direction"
) -> str:
    """Why there are that many clusters where a number was given, in one sentence.

    Parameters
    ----------
    found, asked : numbers of clusters
    how : what made them, such as "bisecting k-means"
    why_fewer : why there can be fewer than were asked for
    """
    them = "it" if asked == 1 else "them"
    if found == asked:
        return f"{counted(found)} because -k {asked} asked for {them}, by {how}."
    return f"{counted(found)} by {how}, though -k {asked} asked for {asked}: {why_fewer}."


def all_alike(vectors: NDArray[np.float32]) -> bool:
    """Whether all rows are the same, to single precision."""
    return bool(np.allclose(vectors, vectors[:1], atol=1e-6))
