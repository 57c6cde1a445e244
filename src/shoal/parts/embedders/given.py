"""Vectors that came with the data, passed through unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.parts.embedders.base import BatchPlan, ModelInfo, even_plan

BATCH_ROWS = 4096


class GivenVectors:
    """Takes the place of a model where the contents are vectors.

    Parameters
    ----------
    n_dims : their length
    """

    parallel = False
    at_home = True
    """Handing them on costs less than sending them."""

    def __init__(self, n_dims: int) -> None:
        self.n_dims = n_dims
        self.info = ModelInfo("your vectors", f"given:{n_dims}", "your own", remember="no")

    def plan(self, contents: Sequence[Any]) -> BatchPlan:
        """Batches of 4,096 in order."""
        return even_plan(len(contents), BATCH_ROWS)

    def transform(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """The rows under each other, (n, n_dims) float32."""
        rows = contents if isinstance(contents, np.ndarray) else list(contents)
        return np.array(rows, dtype=np.float32).reshape(len(contents), self.n_dims)
