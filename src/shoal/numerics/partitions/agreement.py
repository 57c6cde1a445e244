"""Comparing two partitions of the same rows: agreement, majority, overlap.

Only pairs of clusters that share a row are ever visited, so that a hundred thousand clusters
cost no more than their rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

Labels = NDArray[np.int32]
Counts = NDArray[np.int64]


def shared(
    one: Labels, other: Labels, weights: Counts | None = None
) -> tuple[Counts, Counts, Counts]:
    """Pairs of clusters that share rows.

    Parameters
    ----------
    one, other : (n,) labels from 0; no noise
    weights : (n,) int64, how many rows each entry stands for, at least 1; one if not given

    Returns
    -------
    Clusters of `one`, clusters of `other`, and the rows they share, each (n_pairs,) int64,
    ordered by the first and then the second
    """
    width = int(other.max(initial=0)) + 1
    codes = one.astype(np.int64) * width + other
    size = (int(one.max(initial=0)) + 1) * width
    if size <= max(4 * len(codes), 1 << 16):
        table = np.bincount(codes, weights, size)
        pairs = np.nonzero(table)[0]
        counts = table[pairs].astype(np.int64)
    else:  # too many pairs for a table: sort instead
        pairs, place = np.unique(codes, return_inverse=True)
        counts = np.bincount(place.ravel(), weights).astype(np.int64)
    return pairs // width, pairs % width, counts


def adjusted_rand(one: Labels, other: Labels, weights: Counts | None = None) -> float:
    """Adjusted Rand index of two partitions without noise, 1 where they are the same.

    Parameters
    ----------
    one, other : (n,) labels from 0; no noise
    weights : (n,) int64, how many rows each entry stands for; one if not given

    References
    ----------
    Hubert, Arabie (1985), Comparing partitions. Journal of Classification 2.
    """

    def pairs(counts: NDArray[np.number]) -> float:
        exact = counts.astype(np.float64)
        return float((exact * (exact - 1) / 2).sum())

    n = len(one) if weights is None else float(weights.sum())
    left, right = pairs(np.bincount(one, weights)), pairs(np.bincount(other, weights))
    both = pairs(shared(one, other, weights)[2])
    chance = left * right / (n * (n - 1) / 2) if n > 1 else 0.0
    most = (left + right) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def majority(fine: Labels, coarse: Labels) -> Labels:
    """The coarse cluster that holds most of each fine one, ties to the smaller label.

    Returns
    -------
    (n_fine,) int32; 0 for a fine cluster without rows
    """
    return dominant(fine, coarse)[0]


def dominant(one: Labels, other: Labels) -> tuple[Labels, Counts]:
    """The cluster of `other` that each cluster of `one` has most rows in, and how many.

    Parameters
    ----------
    one, other : (n,) labels from 0; no noise

    Returns
    -------
    label : (n_one,) int32, ties to the smaller one; 0 for a cluster without rows
    rows : (n_one,) int64
    """
    ones, others, counts = shared(one, other)
    order = np.lexsort((others, -counts, ones))
    names, first = np.unique(ones[order], return_index=True)
    label = np.zeros(int(one.max(initial=-1)) + 1, dtype=np.int32)
    rows = np.zeros(len(label), dtype=np.int64)
    label[names], rows[names] = others[order][first], counts[order][first]
    return label, rows


def best_overlap(one: Labels, other: Labels, weights: Counts | None = None) -> NDArray[np.float64]:
    """The largest Jaccard overlap of each cluster of `one` with any of `other`.

    Parameters
    ----------
    one, other : (n,) labels from 0; no noise
    weights : (n,) int64, how many rows each entry stands for; one if not given

    Returns
    -------
    (n_one,) float64 in [0, 1]; 0 for a cluster without rows
    """
    ones, others, counts = shared(one, other, weights)
    union = np.bincount(one, weights)[ones] + np.bincount(other, weights)[others] - counts
    out = np.zeros(int(one.max(initial=-1)) + 1)
    np.maximum.at(out, ones, counts / union)
    return out


def one_to_one(one: Labels, other: Labels) -> tuple[Labels, int]:
    """The pairing of clusters, each with one at most, that keeps most rows together.

    Parameters
    ----------
    one, other : (n,) labels from 0; no noise

    Returns
    -------
    partner : (n_one,) int32, the cluster of `other` paired with each, -1 for none
    kept : rows whose two clusters are partners

    References
    ----------
    Kuhn (1955), The Hungarian method for the assignment problem. Naval Research Logistics
    Quarterly 2. The matching is scipy's, on the pairs that share rows only.
    """
    ones, others, counts = shared(one, other)
    n_one, n_other = int(one.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1
    alone = np.arange(n_one)
    # everyone may stay alone, so that a full matching exists; one more on every edge changes
    # no comparison, and no edge has the weight 0 that a sparse matrix would not hold
    weights = np.concatenate([counts + 1.0, np.ones(n_one)])
    ends = (np.concatenate([ones, alone]), np.concatenate([others, n_other + alone]))
    graph = sparse.csr_matrix((weights, ends), shape=(n_one, n_other + n_one))
    partner = np.full(n_one, -1, dtype=np.int32)
    if n_one:
        left, right = min_weight_full_bipartite_matching(graph, maximize=True)
        paired = right < n_other
        partner[left[paired]] = right[paired]
    return partner, int(counts[partner[ones] == others].sum())
