"""Adjusted mutual information of two partitions of some thousand rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from shoal.numerics.arrays import DoubleArray
from shoal.numerics.partitions.agreement import shared

TINY = float(np.finfo(np.float64).eps)

Codes = NDArray[np.integer]


def adjusted_mutual_information(one: Codes, other: Codes) -> float:
    """Mutual information over the mean entropy, 0 for chance and 1 where both are the same.

    scikit-learn has it too, and takes longer to import than a small run takes.

    Parameters
    ----------
    one, other : (n,) whole numbers, one a group

    References
    ----------
    Vinh, Epps, Bailey (2010), Information theoretic measures for clusterings comparison. Journal
    of Machine Learning Research 11.
    """
    left, right = (np.unique(codes, return_inverse=True)[1].ravel() for codes in (one, other))
    here, there = np.bincount(left), np.bincount(right)
    if min(len(here), len(there)) <= 1:
        return float(len(here) == len(there))
    n = len(left)
    i, j, both = shared(left.astype(np.int32), right.astype(np.int32))
    found = float((both / n * np.log(both * float(n) / (here[i] * there[j]))).sum())
    expected = _expected(here, there)
    most = (_entropy(here) + _entropy(there)) / 2
    return _no_zero(found - expected) / _no_zero(most - expected)


def _no_zero(value: float) -> float:
    """A difference that is not 0, so that of equal partitions the ratio is 1."""
    return min(value, -TINY) if value < 0 else max(value, TINY)


def _entropy(counts: Codes) -> float:
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _expected(here: Codes, there: Codes) -> float:
    """Mutual information that partitions with groups of these sizes have by chance."""
    n = int(here.sum())
    logs: DoubleArray = gammaln(np.arange(n + 2, dtype=np.float64))  # of (x - 1)!
    b, b_often = np.unique(there, return_counts=True)
    total = 0.0
    for a, a_often in zip(*np.unique(here, return_counts=True), strict=True):
        both = np.arange(1, min(int(a), int(b.max())) + 1)[:, None]
        is_possible = (both <= b) & (both >= a + b - n)
        row, column = np.nonzero(is_possible)
        both, size = row + 1, b[column]
        chance = (
            (logs[a + 1] + logs[n - a + 1] - logs[n + 1])
            + (logs[size + 1] + logs[n - size + 1])
            - (logs[both + 1] + logs[a - both + 1] + logs[size - both + 1])
            - logs[n - a - size + both + 1]
        )
        told = both / n * np.log(n * both / (float(a) * size))
        total += float((told * np.exp(chance) * b_often[column]).sum()) * float(a_often)
    return total
