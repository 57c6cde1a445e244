"""Spectral clustering of the shared neighbor graph: k-means on its leading eigenvectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import eigsh

from shoal.numerics.arrays import DoubleArray, FloatArray
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import by_size, unit
from shoal.numerics.density.spanning_tree import connected_graph
from shoal.numerics.neighbors import nearest
from shoal.parts.clusterers.base import Estimator, all_alike, at_least, fitting
from shoal.parts.clusterers.choosing_k import CRITERIA, number_for

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Labels = NDArray[np.int32]

TOLERANCE = 1e-4
"""Relative, of an eigenvalue; measured to change no figure."""
LADDER_ROWS = 2000
"""Most rows that the number of clusters is chosen on: it takes many eigenvectors many times."""
DENSE_ROWS = 500
"""Up to as many rows all eigenvectors are found at once, without iteration."""


class Spectral(Estimator):
    """Clusters that few and weak edges of the neighbor graph connect.

    The eigenvectors are those of the normalized adjacency, scaled to unit rows. scikit-learn's
    solvers invert the Laplacian or precondition it; measured on this kind of graph the plain
    Lanczos iteration of scipy is faster by far and its clusters are nearer to the true ones.

    Parameters
    ----------
    n_clusters : how many; chosen over a ladder of numbers when None
    choose, max_clusters : the criterion that chooses, and the largest number to try, as of kmeans
    n_neighbors : neighbors joined to each item
    n_init : starts of k-means on the eigenvectors
    seed : of the starts

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    curves_ : tuple of Curve, what the number was chosen by, empty when it was given
    reason_ : one sentence

    References
    ----------
    Ng, Jordan, Weiss (2001), On spectral clustering: analysis and an algorithm. NIPS 14.
    """

    words: ClassVar = {"choose": CRITERIA}

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        choose: str = CRITERIA[0],
        max_clusters: int | None = None,
        n_neighbors: int = 15,
        n_init: int = 3,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.choose = choose
        self.max_clusters = max_clusters
        self.n_neighbors = n_neighbors
        self.n_init = n_init
        self.seed = seed

    def fit(
        self,
        X: FloatArray,
        y: object = None,
        *,
        neighbors: tuple[Labels, FloatArray] | None = None,
    ) -> Spectral:
        """Cluster unit vectors.

        Parameters
        ----------
        X : (n, n_dims) float32, rows of unit length
        y : ignored
        neighbors : (rows, distances) of the nearest other items, each (n, k); found here when
            not given

        Raises
        ------
        BadInput : if a parameter is not a positive whole number
        TooFewItems : if there are fewer distinct items than clusters
        UnknownPart : if there is no such criterion to choose by
        """
        at_least("n_neighbors", self.n_neighbors, 1)
        at_least("n_init", self.n_init, 1)
        choice = number_for(self, X, self._divide, LADDER_ROWS)
        if choice.k == 1 or all_alike(X):
            self.labels_ = np.zeros(len(X), dtype=np.int32)
        else:
            points = self._points(X, neighbors, choice.k)
            self.labels_ = self._labels(points, choice.k, self.seed)
        self.curves_ = choice.curves
        self.reason_ = choice.reason(int(self.labels_.max()) + 1)
        return self

    def _points(
        self, X: FloatArray, neighbors: tuple[Labels, FloatArray] | None, count: int
    ) -> DoubleArray:
        """Leading eigenvectors of the graph, the strongest last, (n, count) float64."""
        k = min(self.n_neighbors, len(X) - 1)
        rows, distances = neighbors or nearest(X, X, k, exclude_itself=True)
        # a graph in pieces has the eigenvalue 1 once a piece, and the iteration misses some
        graph = connected_graph(X, rows[:, :k], distances[:, :k])
        with serial_algebra():
            return eigenvectors(graph, count)

    def _labels(self, points: DoubleArray, k: int, seed: int) -> Labels:
        from sklearn.cluster import KMeans

        with fitting():
            model = KMeans(k, n_init=self.n_init, random_state=seed).fit(unit(points[:, -k:]))
        return by_size(model.labels_)

    def _divide(self, vectors: FloatArray, ks: Sequence[int], seed: int) -> list[Labels]:
        """Clusters of several numbers from the eigenvectors of one graph."""
        if all_alike(vectors):
            return [np.zeros(len(vectors), dtype=np.int32)] * len(ks)
        points = self._points(unit(vectors), None, max(ks))
        return [self._labels(points, k, seed) for k in ks]


def eigenvectors(graph: csr_matrix, count: int) -> DoubleArray:
    """Eigenvectors of the largest eigenvalues of the normalized adjacency, (n, count) float64.

    Parameters
    ----------
    graph : CSR (n, n), symmetric, in one piece
    count : at most n
    """
    n = graph.shape[0]
    scale = sparse.diags(1.0 / np.sqrt(np.asarray(graph.sum(axis=1)).ravel()))
    normal = (scale @ graph @ scale).tocsr()
    if n <= DENSE_ROWS or count >= n // 2:
        return np.asarray(np.linalg.eigh(normal.toarray())[1][:, -count:])
    # a start without a random draw; all ones would be near an eigenvector and hide the others
    start = np.cos(np.arange(n, dtype=np.float64))
    return np.asarray(eigsh(normal, count, which="LA", v0=start, tol=TOLERANCE)[1])
