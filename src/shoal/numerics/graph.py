"""The undirected similarity graph made from nearest neighbors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.numerics.blocks import NEIGHBOR_ROWS, ordered_map, slices
from shoal.numerics.clusters import unit

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def similarity_graph(rows: NDArray[np.int32], distances: NDArray[np.float32]) -> csr_matrix:
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


def averaged(vectors: NDArray[np.float32], graph: csr_matrix, steps: int) -> NDArray[np.float32]:
    """Average each vector with its neighbors repeatedly, then normalize.

    What one item says by chance cancels out and what its neighborhood says stays: groups become
    denser and the gaps between them emptier.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    graph : CSR (n, n) as `similarity_graph` gives it; an item counts as its own neighbor with
        weight one
    steps : how many times

    Returns
    -------
    (n, n_dims) float32

    References
    ----------
    Wu, Zhang, de Souza, Fifty, Yu, Weinberger (2019), Simplifying graph convolutional networks.
    ICML. Zhang, Liu, Li, Wu (2019), Attributed graph clustering via adaptive graph convolution.
    IJCAI.
    """
    n = len(vectors)
    joined = graph + sparse.identity(n, format="csr")
    shares = sparse.diags(1.0 / np.asarray(joined.sum(axis=1)).ravel()) @ joined
    shares = shares.tocsr().astype(np.float32)
    parts = slices(n, NEIGHBOR_ROWS)
    for _ in range(steps):
        before = np.ascontiguousarray(vectors)

        def block(part: slice, before: NDArray[np.float32] = before) -> NDArray[np.float32]:
            return np.asarray(shares[part] @ before)

        vectors = np.empty_like(before)
        for part, found in zip(parts, ordered_map(block, parts), strict=True):
            vectors[part] = found
    return unit(vectors)


def modularity(graph: csr_matrix, labels: NDArray[np.int32]) -> float:
    """Modularity: the share of edge weight inside clusters, minus what chance would put there.

    Parameters
    ----------
    graph : CSR (n, n), symmetric
    labels : (n,) int32 without noise

    Returns
    -------
    In [-0.5, 1]; 0 for a single cluster

    References
    ----------
    Newman, Girvan (2004), Finding and evaluating community structure in networks. Physical
    Review E 69.
    """
    rows = np.repeat(labels, np.diff(graph.indptr))
    total = float(graph.data.sum())
    if total == 0:
        return 0.0
    inside = float(np.dot(graph.data, rows == labels[graph.indices])) / total
    shares = np.bincount(rows, weights=graph.data) / total
    return inside - float((shares**2).sum())


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


def shares_inside(
    labels: NDArray[np.int32], rows: NDArray[np.int32], distances: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`inside_share` of all items, a block at a time.

    Parameters
    ----------
    labels : (n,) int32, the cluster of each item
    rows, distances : (n, k) neighbors of each; may be memory maps

    Returns
    -------
    (n,) float32
    """
    out = np.empty(len(labels), dtype=np.float32)
    for part in slices(len(labels), NEIGHBOR_ROWS):
        out[part] = inside_share(labels[rows[part]], distances[part], labels[part])
    return out
