"""The 2-D map: neighbors pull, random others push, from the shared neighbor graph.

The objective is UMAP's, with the kernel 1 / (1 + d^2); the optimisation moves all points at once
by vectorised steps instead of one edge at a time, which needs no compiler and gives the same
picture for the same seed on any number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.errors import BadInput
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.neighbors import nearest
from shoal.numerics.principal import components, project
from shoal.progress import SILENT, Progress

Array = NDArray[np.float32]

EXAGGERATION = 4.0
"""Stronger pull in the first part of the epochs, so that groups find together."""
EXAGGERATED_SHARE = 0.3
MOMENTUM = 0.5
SOFTENING = 0.01
"""Added to the squared distance in the push, which is infinite at zero otherwise."""


def fuzzy_graph(rows: NDArray[np.int32], distances: Array) -> Any:
    """Weights that fall from one at the nearest neighbor on each item's own scale.

    Returns
    -------
    CSR (n, n) float32, symmetric by fuzzy union, each row then divided by its sum

    References
    ----------
    McInnes, Healy, Melville (2018), UMAP: Uniform Manifold Approximation and Projection for
    Dimension Reduction, section 3.1.
    """
    n, k = rows.shape
    nearest_distance = distances[:, :1]
    scale = np.maximum((distances - nearest_distance).mean(axis=1, keepdims=True), 1e-6)
    weights = np.exp(-(distances - nearest_distance) / scale)
    starts = np.arange(0, n * k + 1, k)
    graph = sparse.csr_matrix((weights.ravel(), rows.ravel(), starts), shape=(n, n))
    union = (graph + graph.T - graph.multiply(graph.T)).tocsr()
    union.sort_indices()
    degrees = np.asarray(union.sum(axis=1)).ravel()
    union.data = (union.data / np.repeat(degrees, np.diff(union.indptr))).astype(np.float32)
    return union


class NeighborLayout:
    """2-D points in which neighbors are near.

    Parameters
    ----------
    n_neighbors : neighbors that pull
    n_epochs : steps of all points
    n_negatives : random others that push each point in a step
    repulsion : weight of the push
    seed : of the random others

    Attributes
    ----------
    history : ("layout",)

    References
    ----------
    McInnes, Healy, Melville (2018), UMAP. Boehm, Berens, Kobak (2022), Attraction-repulsion
    spectrum in neighbor embeddings, Journal of Machine Learning Research 23.
    """

    history = ("layout",)

    def __init__(
        self,
        n_neighbors: int = 15,
        *,
        n_epochs: int = 200,
        n_negatives: int = 6,
        repulsion: float = 5.0,
        seed: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.n_epochs = n_epochs
        self.n_negatives = n_negatives
        self.repulsion = repulsion
        self.seed = seed

    def fit_transform(
        self,
        X: Array,
        *,
        neighbors: tuple[NDArray[np.int32], Array] | None = None,
        progress: Progress = SILENT,
    ) -> Array:
        """Lay out X.

        Parameters
        ----------
        X : (n, n_dims) float32 unit vectors; where the points start from
        neighbors : (rows, distances), each (n, k); found here when not given
        progress : told of each epoch

        Returns
        -------
        (n, 2) float32, centred

        Raises
        ------
        BadInput : if n_neighbors is below one
        """
        if self.n_neighbors < 1:
            raise BadInput(f"n_neighbors must be at least 1, got {self.n_neighbors}.")
        if len(X) < 3 or X.shape[1] < 2:
            points = np.zeros((len(X), 2), dtype=np.float32)
            points[:, 0] = np.arange(len(X))
            return points
        if neighbors is None:
            neighbors = nearest(X, X, min(self.n_neighbors, len(X) - 1), exclude_itself=True)
        k = self.n_neighbors
        graph = fuzzy_graph(neighbors[0][:, :k], neighbors[1][:, :k])
        mean, axes, _explained = components(X, 2)
        start = project(X, mean, axes)
        points = start * np.float32(5.0 / max(float(start.std()), 1e-9))
        with serial_algebra():
            points = self._move(points, graph, progress)
        return np.asarray(points - points.mean(axis=0), dtype=np.float32)

    def _move(self, points: Array, graph: Any, progress: Progress) -> Array:
        n = len(points)
        source = np.repeat(np.arange(n), np.diff(graph.indptr))
        target, weights = graph.indices, graph.data.copy()
        rng = np.random.default_rng(self.seed)
        speed = np.zeros_like(points)
        for epoch in range(self.n_epochs):
            pull = EXAGGERATION if epoch < self.n_epochs * EXAGGERATED_SHARE else 1.0
            gaps = points[target] - points[source]
            graph.data = weights * (2 * pull / (1 + np.einsum("ij,ij->i", gaps, gaps)))
            force = graph @ points - points * np.asarray(graph.sum(axis=1))
            push = np.zeros_like(points)
            for _ in range(self.n_negatives):
                gaps = points - points[rng.integers(0, n, n)]
                squared = np.einsum("ij,ij->i", gaps, gaps)
                gaps *= (2 / ((SOFTENING + squared) * (1 + squared)))[:, None]
                push += np.clip(gaps, -4, 4)
            force += push * np.float32(self.repulsion / self.n_negatives)
            speed = MOMENTUM * speed + force * np.float32(1 - epoch / self.n_epochs)
            points = np.asarray(points + speed, dtype=np.float32)
            progress.advance()
        return points
