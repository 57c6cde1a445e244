"""HDBSCAN on the exact spanning tree of the shared graph; scikit-learn makes the clusters of it.

scikit-learn's own search for the tree holds the distances of all pairs of rows, or visits them
one by one where there are many dimensions. Here the tree comes from the shared neighbors
(numerics/spanning.py), is the same one, and is found once for all sizes that are tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.data import NOISE, Curve
from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import by_size
from shoal.numerics.density.spanning_tree import (
    SpanningTree,
    core_distances,
    neighbor_lengths,
    spanning_tree,
    validity,
)
from shoal.numerics.neighbors import nearest
from shoal.parts.clusterers.base import Estimator, all_alike, at_least, counted

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Labels = NDArray[np.int32]

METHODS = ("eom", "leaf")
SMALLEST = 5
"""The first size of a cluster that is tried."""
STEP = 1.5
LARGEST_SHARE = 0.05
"""Of the rows, in the largest size that is tried."""


class HDBSCAN(Estimator):
    """Clusters are the groups that last longest as the demand for density rises; rest is noise.

    Parameters
    ----------
    min_cluster_size : fewest rows of a cluster; None tries several and keeps the one with the
        highest density based validity
    min_samples : rows that make a neighborhood, the row itself counted; more call more rows noise
    method : "eom" (excess of mass: the most lasting clusters) or "leaf" (the finest ones)

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster, -1 is noise
    probabilities_ : (n,) float64 in [0, 1], how deep in its cluster a row is; 0 for noise
    min_cluster_size_ : the size used
    validity_ : density based validity in [-1, 1]; 0 where there are not two clusters
    curves_ : tuple of Curve, what the size was chosen by, empty when it was given
    reason_ : one sentence

    References
    ----------
    Campello, Moulavi, Sander (2013), Density-based clustering based on hierarchical density
    estimates. PAKDD 2013. Moulavi et al. (2014), Density-based clustering validation. SDM 2014.
    """

    words: ClassVar = {"method": METHODS}

    def __init__(
        self, min_cluster_size: int | None = None, *, min_samples: int = 5, method: str = METHODS[0]
    ) -> None:
        self.min_cluster_size = min_cluster_size
        self.min_samples = min_samples
        self.method = method

    def fit(
        self,
        X: FloatArray,
        y: object = None,
        *,
        neighbors: tuple[Labels, FloatArray] | None = None,
    ) -> HDBSCAN:
        """Cluster unit vectors.

        Parameters
        ----------
        X : (n, n_dims) float32, rows of unit length
        y : ignored
        neighbors : (rows, distances) of the nearest other items, each (n, k); found here when
            not given, or when there are fewer than min_samples need

        Raises
        ------
        BadInput : if a parameter is out of its range
        """
        if self.method not in METHODS:
            raise BadInput(f"method must be {' or '.join(METHODS)}, got {self.method!r}.")
        needed = at_least("min_samples", self.min_samples, 1)
        sizes = self._sizes(len(X))
        if all_alike(X):
            return self._single(X)
        self.curves_: tuple[Curve, ...] = ()
        needed = min(needed, len(X))
        k = max(needed - 1, 1)
        if neighbors is None or neighbors[0].shape[1] < k:
            neighbors = nearest(X, X, k, exclude_itself=True)
        lengths = neighbor_lengths(X, neighbors[0])
        tree = spanning_tree(X, neighbors[0], lengths, core_distances(lengths, needed))
        graph = _as_graph(tree, len(X))
        tried = [(self._clusters(graph, size), size) for size in sizes]
        scores = [validity(tree, model.labels_) for model, _ in tried]
        best = int(np.argmax(scores))
        model, self.min_cluster_size_ = tried[best]
        self.validity_ = scores[best]
        chosen = float(self.min_cluster_size_)
        if len(sizes) > 1:
            xs, ys = np.array(sizes, dtype=np.float64), np.array(scores)
            curve = Curve("dbcv", "min_cluster_size", xs, ys, chosen, True, chosen, True, len(X))
            self.curves_ = (curve,)
        self.labels_ = by_size(model.labels_)
        self.probabilities_ = np.asarray(model.probabilities_)
        self.reason_ = self._reason(len(sizes))
        return self

    def _sizes(self, n: int) -> list[int]:
        """Sizes of a cluster to try, ascending."""
        if self.min_cluster_size is not None:
            return [at_least("min_cluster_size", self.min_cluster_size, 2)]
        top = max(SMALLEST, LARGEST_SHARE * n)
        steps = range(int(np.log(top / SMALLEST) / np.log(STEP)) + 1)
        return [round(SMALLEST * STEP**step) for step in steps]

    def _clusters(self, graph: Any, size: int) -> Any:
        """scikit-learn's clusters of the tree."""
        from sklearn import cluster

        # with one sample a row's core distance is its shortest edge: it lengthens no edge
        return cluster.HDBSCAN(
            min_cluster_size=size,
            min_samples=1,
            metric="precomputed",
            cluster_selection_method=self.method,
            copy=True,
        ).fit(graph)

    def _single(self, X: FloatArray) -> HDBSCAN:
        """One cluster of rows that are all the same."""
        self.labels_ = np.zeros(len(X), dtype=np.int32)
        self.probabilities_ = np.ones(len(X))
        self.min_cluster_size_ = self.min_cluster_size or SMALLEST
        self.validity_ = 0.0
        self.curves_ = ()
        self.reason_ = "1 cluster because all rows are the same."
        return self

    def _reason(self, n_tried: int) -> str:
        found = counted(int(self.labels_.max(initial=NOISE)) + 1)
        noise = f"{np.mean(self.labels_ == NOISE):.0%} of the rows are noise"
        if self.min_cluster_size is not None:
            return (
                f"{found} of at least {self.min_cluster_size_} rows, the given size: each "
                f"persists as the density threshold rises; {noise}."
            )
        return (
            f"{found}: of {n_tried} sizes tried, a minimum cluster size of "
            f"{self.min_cluster_size_} has the best density-based validity "
            f"({self.validity_:.2f}); {noise}."
        )


def _as_graph(tree: SpanningTree, n: int) -> csr_matrix:
    """The tree as a symmetric sparse matrix of lengths, none of them zero."""
    one, other = tree.edges.T
    # a stored zero would be no edge: rows that are the same are a hair apart
    lengths = np.maximum(tree.lengths, np.finfo(np.float64).eps)
    both = (np.concatenate([one, other]), np.concatenate([other, one]))
    return sparse.csr_matrix((np.tile(lengths, 2), both), shape=(n, n))
