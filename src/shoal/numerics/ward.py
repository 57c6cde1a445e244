"""Ward's hierarchy of groups that have a mean and a size, and its cuts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray

Labels = NDArray[np.int32]


def ward_linkage(means: DoubleArray, sizes: NDArray[np.integer]) -> DoubleArray:
    """Merge groups two by two, each time the pair that adds least to the sum of squares.

    scipy's ``linkage`` starts from single rows; this starts from groups of any size. Chains of
    nearest neighbors find the same merges without a matrix of all distances.

    Parameters
    ----------
    means : (n_groups, n_dims) float64
    sizes : (n_groups,) rows in each group, at least 1

    Returns
    -------
    (n_groups - 1, 4) float64 as scipy's ``linkage``: the two clusters merged, the height, and
    the rows in the new one; heights rise

    References
    ----------
    Ward (1963), Hierarchical grouping to optimize an objective function. Journal of the American
    Statistical Association 58. Murtagh (1983), A survey of recent advances in hierarchical
    clustering algorithms. The Computer Journal 26.
    """
    mean, size = np.array(means, dtype=np.float64), np.array(sizes, dtype=np.float64)
    squares = np.einsum("ij,ij->i", mean, mean)
    # a merged group keeps the place of its first half, so that a place is also one of its leaves
    merges: list[tuple[int, int, float]] = []
    alive = np.ones(len(mean), dtype=bool)
    chain: list[int] = []
    while len(merges) < len(mean) - 1:
        if not chain:
            chain.append(int(alive.argmax()))
        here = chain[-1]
        gaps = np.maximum(squares + squares[here] - 2.0 * (mean @ mean[here]), 0.0)
        costs = np.where(alive, gaps * (size * size[here] / (size + size[here])), np.inf)
        costs[here] = np.inf
        there = int(costs.argmin())
        if len(chain) > 1 and costs[chain[-2]] <= costs[there]:
            there = chain[-2]
        else:
            chain.append(there)
            continue
        del chain[-2:]
        keep, gone = min(here, there), max(here, there)
        merges.append((keep, gone, float(np.sqrt(2.0 * costs[there]))))
        total = size[keep] + size[gone]
        mean[keep] = (size[keep] * mean[keep] + size[gone] * mean[gone]) / total
        squares[keep] = mean[keep] @ mean[keep]
        size[keep] = total
        alive[gone] = False
    return _in_order(merges, np.asarray(sizes))


def _in_order(merges: list[tuple[int, int, float]], sizes: NDArray[np.integer]) -> DoubleArray:
    """Merges by rising height, clusters named as scipy names them."""
    n = len(sizes)
    out = np.empty((max(n - 1, 0), 4))
    parent = np.arange(2 * n - 1)
    rows = np.concatenate([sizes, np.zeros(max(n - 1, 0), dtype=sizes.dtype)])

    def root(cluster: int) -> int:
        while parent[cluster] != cluster:
            parent[cluster] = parent[parent[cluster]]
            cluster = parent[cluster]
        return cluster

    for number, (one, other, height) in enumerate(sorted(merges, key=lambda merge: merge[2])):
        pair = sorted((root(one), root(other)))
        new = n + number
        parent[pair] = new
        rows[new] = rows[pair].sum()
        out[number] = (*pair, height, rows[new])
    return out


def cut_tree(linkage: DoubleArray, n_clusters: int) -> Labels:
    """Groups of a hierarchy cut into exactly so many clusters.

    Parameters
    ----------
    linkage : (n_groups - 1, 4) as `ward_linkage` gives it
    n_clusters : from 1 to n_groups

    Returns
    -------
    (n_groups,) int32, 0..n_clusters-1 in the order in which clusters first appear
    """
    n = len(linkage) + 1
    n_merges = n - n_clusters
    name = np.arange(2 * n - 1)
    name[linkage[:n_merges, :2].astype(np.int64)] = (n + np.arange(n_merges))[:, None]
    while not np.array_equal(above := name[name], name):
        name = above
    _, first, inverse = np.unique(name[:n], return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int32)
    order[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return np.asarray(order[inverse], dtype=np.int32)
