"""What a metric may look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class View:
    """A clustering as arrays.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length, distinct items only
    labels : (n,) int32 of the distinct items, -1 for noise
    silhouettes : (n,) float64, nan where not defined
    row_labels : (n_rows,) int32 of all usable rows, repeats too
    truth : (n_rows,) true classes as text, or None
    stability : of the chosen layer, or None
    """

    vectors: NDArray[np.float32]
    labels: NDArray[np.int32]
    silhouettes: NDArray[np.float64]
    row_labels: NDArray[np.int32]
    truth: NDArray[np.str_] | None = None
    stability: float | None = None
