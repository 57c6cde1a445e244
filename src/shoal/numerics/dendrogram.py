"""The tree of merges of a hierarchical clustering: its usual table, and cuts of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Labels = NDArray[np.int32]
Double = NDArray[np.float64]


def linkage_table(children: NDArray[np.integer], heights: Double) -> Double:
    """The table of merges that scipy's dendrogram draws.

    Parameters
    ----------
    children : (n - 1, 2) what each merge joins: rows 0..n-1, or n plus the number of a merge
    heights : (n - 1,) at which distance; a merge is put no lower than the one before

    Returns
    -------
    (n - 1, 4) float64: the two children, the height, the rows below
    """
    n = len(children) + 1
    table = np.empty((len(children), 4))
    table[:, :2], table[:, 2] = children, np.maximum.accumulate(heights) if n > 1 else heights
    sizes = np.ones(2 * n - 1)
    for number, (one, other) in enumerate(children.tolist()):
        sizes[n + number] = sizes[one] + sizes[other]
    table[:, 3] = sizes[n:]
    return table


def cut(table: Double, n_clusters: int) -> Labels:
    """Labels after the merges that leave `n_clusters` clusters, (n,) int32 in no special order."""
    n = len(table) + 1
    n_merges = n - n_clusters
    children = table[:n_merges, :2].astype(np.int64)
    parents = np.repeat(n + np.arange(n_merges), 2)
    nodes = n + n_merges
    joined = sparse.csr_matrix(
        (np.ones(2 * n_merges), (children.ravel(), parents)), shape=(nodes, nodes)
    )
    return np.asarray(connected_components(joined, directed=False)[1][:n], dtype=np.int32)
