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


def mean_ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks along the last axis from 1 for the lowest; equal values share the mean of theirs.

    Parameters
    ----------
    values : (..., n); NaN has no rank

    Returns
    -------
    (..., n) float64, NaN where there is no value; what ``scipy.stats.rankdata`` gives, which
    takes a second to import
    """
    order = np.argsort(values, axis=-1, kind="stable")
    ascending = np.take_along_axis(values, order, axis=-1)
    place = np.broadcast_to(np.arange(values.shape[-1], dtype=np.float64), values.shape)
    differs = ascending[..., 1:] != ascending[..., :-1]
    edge = np.ones((*values.shape[:-1], 1), dtype=bool)
    starts = np.where(np.concatenate([edge, differs], axis=-1), place, 0.0)
    ends = np.where(np.concatenate([differs, edge], axis=-1), place, np.inf)
    first = np.maximum.accumulate(starts, axis=-1)
    last = np.minimum.accumulate(ends[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=-1)
    ranks[np.isnan(values)] = np.nan
    return ranks
