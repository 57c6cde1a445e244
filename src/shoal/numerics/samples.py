"""Samples of rows that stand for all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def even_sample(n: int, size: int, seed: int) -> NDArray[np.int64]:
    """One random row out of each of `size` stretches of equal length, ascending.

    A table in order, such as one by date, is sampled evenly over its length.

    Parameters
    ----------
    n : rows there are
    size : rows wanted, at most n
    seed : of the random rows
    """
    borders = np.arange(size + 1, dtype=np.int64) * n // size
    return np.random.default_rng(seed).integers(borders[:-1], borders[1:])


def evenly(n: int, most: int) -> NDArray[np.intp]:
    """At most `most` of n places at even steps, ascending: the i-th is floor(i * n / most)."""
    count = min(n, most)
    return np.arange(count, dtype=np.intp) * n // max(count, 1)
