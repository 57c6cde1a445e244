"""What every embedder tells about itself and how it cuts its work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model, exactly.

    Parameters
    ----------
    name : for people, such as "all-MiniLM-L6-v2"
    revision : what changes when the weights or settings change, such as a sha256
    licence : of the weights
    """

    name: str
    revision: str
    licence: str


@dataclass(frozen=True, slots=True, eq=False)
class BatchPlan:
    """Which contents are embedded together.

    Parameters
    ----------
    batches : positions of the contents of each batch; every position once
    costs : (n_batches,) relative work of each batch
    truncated : how many contents are longer than the model reads
    """

    batches: Sequence[NDArray[np.int64]]
    costs: NDArray[np.float64]
    truncated: int = 0


class Embedder(Protocol):
    """What the embed stage asks of a part."""

    info: ModelInfo
    parallel: bool

    def plan(self, contents: Sequence[Any]) -> BatchPlan:
        """Cut the contents into batches that depend on nothing but the contents."""

    def transform(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """Embed one batch: (n, n_dims) float32."""


def even_plan(n: int, size: int) -> BatchPlan:
    """Batches of `size` in the given order, all of one cost."""
    batches = [np.arange(i, min(i + size, n)) for i in range(0, n, size)]
    return BatchPlan(batches, np.array([len(b) for b in batches], dtype=np.float64))


class CallableEmbedder:
    """One's own function as an embedder.

    Parameters
    ----------
    function : list of contents -> (n, n_dims) numbers
    batch_rows : contents handed over at once
    """

    parallel = False

    def __init__(self, function: Callable[[list[Any]], Any], *, batch_rows: int = 256) -> None:
        self.function = function
        self.batch_rows = batch_rows
        name = getattr(function, "__qualname__", type(function).__name__)
        self.info = ModelInfo(name, f"callable:{name}", "your own")

    def plan(self, contents: Sequence[Any]) -> BatchPlan:
        """Batches of `batch_rows` in order."""
        return even_plan(len(contents), self.batch_rows)

    def transform(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """Embed one batch and check what comes back.

        Raises
        ------
        BadInput : if the function does not return one finite vector per content
        """
        vectors = np.asarray(self.function(list(contents)), dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(contents):
            raise BadInput(
                f"the embedder {self.info.name!r} returned shape {vectors.shape} for "
                f"{len(contents)} rows; it must return one vector per row, (n, n_dims)."
            )
        if not np.isfinite(vectors).all():
            raise BadInput(f"the embedder {self.info.name!r} returned numbers that are not finite.")
        return vectors
