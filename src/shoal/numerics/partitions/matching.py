"""Rows of two tables that belong together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def occurrence(codes: NDArray[np.integer]) -> Rows:
    """How many equal entries come before each, (n,) int64: 0 for the first of its kind."""
    order = np.argsort(codes, kind="stable")
    sorted_codes = codes[order]
    first = np.concatenate([[True], sorted_codes[1:] != sorted_codes[:-1]])[: len(codes)]
    starts = np.nonzero(first)[0]
    out = np.empty(len(codes), dtype=np.int64)
    out[order] = np.arange(len(codes)) - starts[np.cumsum(first) - 1]
    return out


def matched(one: NDArray[np.integer], other: NDArray[np.integer]) -> tuple[Rows, Rows]:
    """Pairs of rows with the same key, the k-th of its kind with the k-th.

    Parameters
    ----------
    one, other : (n_one,), (n_other,) keys from 0

    Returns
    -------
    Rows of `one`, ascending, and the rows of `other` they belong with, each (n_matched,) int64;
    no row is in two pairs
    """
    width = max(len(one), len(other), 1)
    ours = one.astype(np.int64) * width + occurrence(one)
    theirs = other.astype(np.int64) * width + occurrence(other)
    _, left, right = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    order = np.argsort(left, kind="stable")
    return left[order].astype(np.int64), right[order].astype(np.int64)
