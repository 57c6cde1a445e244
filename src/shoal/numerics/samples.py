"""Sampling rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.blocks import BLOCK_ROWS, slices

GRID = 1 << 10
"""Steps of a coordinate that a key tells apart: sums added in another order differ by less."""


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


def row_keys(vectors: NDArray[np.float32]) -> NDArray[np.uint64]:
    """A random number per row that depends on its content, not on its position.

    Parameters
    ----------
    vectors : (n, n_dims) float32

    Returns
    -------
    (n,) uint64
    """
    odd = np.random.default_rng(0).integers(0, 1 << 63, vectors.shape[1], dtype=np.uint64) * 2 + 1
    out = np.empty(len(vectors), dtype=np.uint64)
    for part in slices(len(vectors), BLOCK_ROWS):
        whole = np.rint(np.asarray(vectors[part], dtype=np.float64) * GRID).astype(np.int64)
        out[part] = (whole.view(np.uint64) * odd).sum(axis=1, dtype=np.uint64)
    return out


def priorities(keys: NDArray[np.uint64], seed: int, draw: int) -> NDArray[np.uint64]:
    """Random numbers by which rows are drawn: the smallest are taken first.

    Each row has its own, whatever rows there are beside it and in whatever order, so that a
    sample drawn by them hardly changes where a row is added or the rows are shuffled.

    Parameters
    ----------
    keys : (n,) uint64, one per row
    seed, draw : another of either gives other numbers

    References
    ----------
    Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators. OOPSLA (the mixing
    function of SplitMix64).
    """
    start = np.random.SeedSequence([seed, draw]).generate_state(1, np.uint64)[0]
    mixed = keys ^ start
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
