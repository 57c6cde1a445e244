"""What the clusterers share: checks of what they are given, and words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput


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


def counted(n_clusters: int) -> str:
    """Such as "1 cluster" or "7 clusters"."""
    return "1 cluster" if n_clusters == 1 else f"{n_clusters} clusters"


def all_alike(vectors: NDArray[np.float32]) -> bool:
    """Whether all rows are the same, to single precision."""
    return bool(np.allclose(vectors, vectors[:1], atol=1e-6))
