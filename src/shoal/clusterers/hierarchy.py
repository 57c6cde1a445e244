"""One hierarchy over the neighbor graph, from some hundreds of communities up to two clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.numerics.clusters import by_size, nearest_centre, sums, unit
from shoal.numerics.graph import averaged, merge_nodes
from shoal.numerics.leiden import join_small, leiden
from shoal.numerics.ward import cut_tree, ward_linkage

Labels = NDArray[np.int32]
Array = NDArray[np.float32]

RESOLUTIONS = (40.0, 160.0, 640.0)
"""Of the communities; from 10 to 160 measured alike. Finer ones when more clusters are wanted."""
MIN_SIZE = 3
"""A smaller community is joined to the one it is most linked with."""
AVERAGINGS = 2
"""Times each vector is averaged with its neighbors'; 1 to 4 measured alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Communities of the rows and how they merge; any number of clusters is a cut of it.

    Parameters
    ----------
    smooth : (n, n_dims) float32, vectors averaged with their neighbors'
    communities : (n,) int32, the leaf that each row is in
    linkage : (n_communities - 1, 4) float64 as scipy writes a hierarchy
    """

    smooth: Array
    communities: Labels
    linkage: NDArray[np.float64]

    @classmethod
    def grow(cls, vectors: Array, graph: Any, seed: int, at_least: int = 1) -> Hierarchy:
        """Find the communities of a graph and merge them by Ward's method.

        Parameters
        ----------
        vectors : (n, n_dims) float32 unit vectors
        graph : CSR (n, n), the similarity graph of the same rows
        seed : of Leiden's random order
        at_least : communities wanted, at most n
        """
        communities = _communities(graph, seed, at_least)
        smooth = averaged(vectors, graph, AVERAGINGS)
        sizes = np.bincount(communities)
        means = sums(smooth, communities, len(sizes)) / sizes[:, None]
        return cls(smooth, communities, ward_linkage(means, sizes))

    @property
    def n_communities(self) -> int:
        """The most clusters that a cut can give."""
        return len(self.linkage) + 1

    def cut(self, n_clusters: int, steps: int) -> Labels:
        """Exactly `n_clusters` clusters, their borders sharpened by steps of k-means.

        Returns
        -------
        (n,) int32 by falling size
        """
        labels = by_size(cut_tree(self.linkage, n_clusters)[self.communities])
        return sharpened(self.smooth, labels, steps)


def _communities(graph: Any, seed: int, at_least: int) -> Labels:
    for resolution in RESOLUTIONS:
        groups = leiden(graph, resolution, seed)
        small = join_small(merge_nodes(graph, groups), np.bincount(groups), MIN_SIZE)
        groups = small[groups]
        if groups.max() + 1 >= at_least:
            return groups.astype(np.int32)
    return np.arange(graph.shape[0], dtype=np.int32)


def sharpened(vectors: Array, labels: Labels, steps: int) -> Labels:
    """Labels after some steps of k-means; a step that would empty a cluster is not taken.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    labels : (n,) int32 without gaps and without noise
    steps : at most so many

    Returns
    -------
    (n,) int32 by falling size
    """
    n_clusters = int(labels.max()) + 1
    ones, rows = np.ones(len(labels), dtype=np.float32), np.arange(len(labels))
    for _ in range(steps):
        # single precision is enough to compare centres, and many cuts are compared
        member = sparse.csr_matrix((ones, (labels, rows)), shape=(n_clusters, len(labels)))
        found = nearest_centre(vectors, unit(member @ vectors))[0]
        if np.bincount(found, minlength=n_clusters).min() == 0 or np.array_equal(found, labels):
            break
        labels = found
    return by_size(labels)
