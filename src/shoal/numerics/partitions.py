"""Two partitions of the same rows side by side: agreement, majority, overlap.

Only pairs of clusters that share a row are ever visited, so that a hundred thousand clusters
cost no more than their rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]
Counts = NDArray[np.int64]


def shared(one: Labels, other: Labels) -> tuple[Counts, Counts, Counts]:
    """Pairs of clusters that share rows.

    Parameters
    ----------
    one, other : (n,) labels from 0; no noise

    Returns
    -------
    Clusters of `one`, clusters of `other`, and the rows they share, each (n_pairs,) int64,
    ordered by the first and then the second
    """
    width = int(other.max(initial=0)) + 1
    codes = one.astype(np.int64) * width + other
    size = (int(one.max(initial=0)) + 1) * width
    if size <= max(4 * len(codes), 1 << 16):
        table = np.bincount(codes, minlength=size)
        pairs = np.nonzero(table)[0]
        counts = table[pairs]
    else:  # too many pairs for a table: sort instead
        pairs, counts = np.unique(codes, return_counts=True)
    return pairs // width, pairs % width, counts


def adjusted_rand(one: Labels, other: Labels) -> float:
    """Adjusted Rand index of two partitions without noise, 1 where they are the same.

    References
    ----------
    Hubert, Arabie (1985), Comparing partitions. Journal of Classification 2.
    """

    def pairs(counts: Counts) -> float:
        exact = counts.astype(np.float64)
        return float((exact * (exact - 1) / 2).sum())

    n = len(one)
    left, right = pairs(np.bincount(one)), pairs(np.bincount(other))
    both = pairs(shared(one, other)[2])
    chance = left * right / (n * (n - 1) / 2) if n > 1 else 0.0
    most = (left + right) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def majority(fine: Labels, coarse: Labels) -> Labels:
    """The coarse cluster that holds most of each fine one, ties to the smaller label.

    Returns
    -------
    (n_fine,) int32; 0 for a fine cluster without rows
    """
    ones, others, counts = shared(fine, coarse)
    order = np.lexsort((others, -counts, ones))
    names, first = np.unique(ones[order], return_index=True)
    out = np.zeros(int(fine.max(initial=-1)) + 1, dtype=np.int32)
    out[names] = others[order][first]
    return out


def best_overlap(one: Labels, other: Labels) -> NDArray[np.float64]:
    """The largest Jaccard overlap of each cluster of `one` with any of `other`.

    Returns
    -------
    (n_one,) float64 in [0, 1]; 0 for a cluster without rows
    """
    ones, others, counts = shared(one, other)
    union = np.bincount(one)[ones] + np.bincount(other)[others] - counts
    out = np.zeros(int(one.max(initial=-1)) + 1)
    np.maximum.at(out, ones, counts / union)
    return out
