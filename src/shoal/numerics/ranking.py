"""Sorting candidates of many rows, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def order_key(row: NDArray[np.integer], cosine: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Whole numbers that rise with the row and, within a row, fall with the cosine.

    Parameters
    ----------
    row : (n,) whole numbers from 0 to 2**32 - 1
    cosine : (n,) float32, -inf among them
    """
    bits = cosine.view(np.uint32)
    falling = np.where(bits >> 31 == 1, bits, ~bits & np.uint32(0x7FFFFFFF))
    return np.asarray(row.astype(np.uint64) << np.uint64(32) | falling)


def places(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Which one of its row each thing is, from 0, where so many of each row follow each other."""
    return np.asarray(np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts))
