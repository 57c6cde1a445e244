"""Leiden's method with the same answer for the same seed, whatever the process did before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sknetwork.clustering import Leiden

Labels = NDArray[np.int64]


class _SeededLeiden(Leiden):  # type: ignore[misc]
    """scikit-network's Leiden with a refinement that draws its lots from the seed.

    scikit-network refines with the C library's rand(), which no seed of ours reaches: a second
    fit in one process would give other communities. Here the refinement is the local moves of
    the first phase on a graph that has lost the edges between communities, with each remaining
    edge weighed by a lot. Chance is wanted: what holds under it is what `stability` measures.
    """

    def _optimize_refine(
        self, labels: Labels, labels_refined: Labels, adjacency: Any, *weights: Any
    ) -> Any:
        n = len(labels)
        rows = np.repeat(np.arange(n), np.diff(adjacency.indptr))
        inside = labels[rows] == labels[adjacency.indices]
        columns = adjacency.indices[inside]
        # one lot a node makes one lot an edge, the same from both ends, even between 0 and 2
        lots = self.random_state.permutation(n) / n
        edge_lots = 2.0 * ((lots[rows[inside]] + lots[columns]) % 1.0)
        ends = np.concatenate([[0], np.cumsum(inside)])[adjacency.indptr].astype(np.int32)
        within = sparse.csr_matrix(
            (adjacency.data[inside] * edge_lots, columns, ends), shape=adjacency.shape
        )
        return self._optimize(labels_refined, within, *weights)[0]


def leiden(graph: Any, resolution: float, seed: int) -> Labels:
    """Communities of an undirected graph by modularity.

    Parameters
    ----------
    graph : CSR (n, n), symmetric, weights above zero; what lies inside a node is on the diagonal
    resolution : the larger, the more communities
    seed : of the order in which nodes are visited, and of the refinement

    Returns
    -------
    (n,) int64, 0 is the largest community

    References
    ----------
    Traag, Waltman, van Eck (2019), From Louvain to Leiden: guaranteeing well-connected
    communities. Scientific Reports 9.
    """
    method = _SeededLeiden(
        resolution=resolution,
        random_state=seed,
        shuffle_nodes=True,
        return_probs=False,
        return_aggregate=False,
    )
    return np.asarray(method.fit_predict(graph), dtype=np.int64)


def join_small(graph: Any, sizes: NDArray[np.int64], min_size: int) -> Labels:
    """Join each group below `min_size` to the group it is most linked with, smallest first.

    Parameters
    ----------
    graph : CSR (n_groups, n_groups) of links between groups
    sizes : (n_groups,) items in each
    min_size : a group with as many is left alone

    Returns
    -------
    (n_groups,) the new group of each, without gaps; a group without links stays, however small
    """
    parent = list(range(len(sizes)))

    def root(group: int) -> int:
        while parent[group] != group:
            parent[group] = parent[parent[group]]
            group = parent[group]
        return group

    grown = sizes.tolist()
    small = np.nonzero(sizes < min_size)[0]
    for group in small[np.argsort(sizes[small], kind="stable")].tolist():
        if parent[group] != group or grown[group] >= min_size:
            continue
        links: dict[int, float] = {}
        span = slice(graph.indptr[group], graph.indptr[group + 1])
        others, weights = graph.indices[span].tolist(), graph.data[span].tolist()
        for other, weight in zip(others, weights, strict=True):
            home = root(other)
            if home != group:
                links[home] = links.get(home, 0.0) + weight
        if links:
            home = min(links, key=lambda name: (-links[name], name))
            grown[home] += grown[group]
            parent[group] = home
    roots = np.array([root(group) for group in range(len(parent))], dtype=np.int64)
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)
