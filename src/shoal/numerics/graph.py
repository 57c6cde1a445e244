"""The undirected similarity graph made from nearest neighbors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def similarity_graph(rows: NDArray[np.int32], distances: NDArray[np.float32]) -> Any:
    """Join each item to its neighbors with their cosine as the weight.

    Parameters
    ----------
    rows : (n, k) int32 neighbors of each item
    distances : (n, k) float32 cosine distances

    Returns
    -------
    scipy CSR matrix (n, n) float64, symmetric: an edge is there if either end chose the other;
    weights in [1e-6, 1], so that opposite vectors stay joined, if barely
    """
    n, k = rows.shape
    weights = np.clip(1.0 - distances.astype(np.float64), 1e-6, 1.0)
    starts = np.arange(0, n * k + 1, k)
    graph = sparse.csr_matrix((weights.ravel(), rows.ravel(), starts), shape=(n, n))
    joined = graph.maximum(graph.T).tocsr()
    joined.sort_indices()
    return joined


def merge_nodes(graph: Any, groups: NDArray[np.integer]) -> Any:
    """Graph of groups: the weight between two is the sum of the edges between their nodes.

    Parameters
    ----------
    graph : CSR (n, n)
    groups : (n,) group of each node, 0..n_groups-1

    Returns
    -------
    CSR (n_groups, n_groups); what lies inside a group is on the diagonal
    """
    n = len(groups)
    member = sparse.csr_matrix((np.ones(n), (groups, np.arange(n))))
    return (member @ graph @ member.T).tocsr()


def inside_share(
    neighbor_labels: NDArray[np.int32], distances: NDArray[np.float32], labels: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Share of an item's neighbor weight that lies in its own cluster.

    Parameters
    ----------
    neighbor_labels : (n, k) int32, the cluster of each neighbor
    distances : (n, k) float32 cosine distances
    labels : (n,) int32, the cluster of each item

    Returns
    -------
    (n,) float32 in [0, 1]; 0 for noise, 1 where an item has no neighbors
    """
    if neighbor_labels.shape[1] == 0:
        return np.where(labels >= 0, 1.0, 0.0).astype(np.float32)
    weights = np.clip(1.0 - distances, 1e-6, 1.0)
    same = neighbor_labels == labels[:, None]
    share = np.where(same, weights, 0.0).sum(axis=1) / weights.sum(axis=1)
    return np.where(labels >= 0, share, 0.0).astype(np.float32)
