"""The 2-D map: neighbors pull, random others push, from the shared neighbor graph.

The objective is UMAP's, with the kernel 1 / (1 + d^2); the optimisation moves all points at once
by vectorised steps instead of one edge at a time, which needs no compiler and gives the same
picture for the same seed on any number of threads.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.data import freeze
from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import (
    STREAM_ROWS,
    available_threads,
    ordered_map,
    serial_algebra,
    slices,
)
from shoal.numerics.ivf.search import nearest_at_any_size
from shoal.numerics.neighbors import nearest
from shoal.numerics.principal import components, project
from shoal.numerics.samples import even_sample
from shoal.progress import SILENT, Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

EXAGGERATION = 4.0
"""Stronger pull in the first part of the epochs, so that groups find together."""
EXAGGERATED_SHARE = 0.3
MOMENTUM = 0.5
ROUNDS = 5
PLACED_BY = 3
"""Neighbors with a point that a row is put among."""
SHARP = 8
"""Power of the cosine by which they weigh."""
SOFTENING = 0.01
"""Added to the squared distance in the push, which is infinite at zero otherwise."""


def fuzzy_graph(rows: NDArray[np.int32], distances: FloatArray) -> csr_matrix:
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


def among_sample(
    X: FloatArray,
    neighbors: tuple[NDArray[np.int32], FloatArray],
    sample: NDArray[np.int64],
    points: FloatArray,
) -> FloatArray:
    """Points of all rows, where those of a sample are known.

    A row that is not in the sample lies at the mean of its neighbors that have a point, the
    nearer the heavier; one with no such neighbor takes its turn after them, and what no chain of
    neighbors leads to lies at the nearest row of the sample.

    Parameters
    ----------
    X : (n, n_dims) float32 unit vectors
    neighbors : (rows, distances), each (n, k)
    sample, points : (n_sample,) rows that have a point, and their points (n_sample, 2)
    """
    out = np.full((len(X), 2), np.nan, dtype=np.float32)
    out[sample] = points
    for _ in range(ROUNDS):
        left = np.nonzero(np.isnan(out[:, 0]))[0]
        parts = [left[part] for part in slices(len(left), STREAM_ROWS)]
        found = ordered_map(partial(_mean_point, neighbors, freeze(out)), parts)
        out[left] = np.concatenate([*found, np.empty((0, 2), dtype=np.float32)])
    left = np.nonzero(np.isnan(out[:, 0]))[0]
    if len(left):
        out[left] = points[nearest(np.asarray(X[left]), np.asarray(X[sample]), 1)[0][:, 0]]
    return np.asarray(out - out.mean(axis=0), dtype=np.float32)


def _mean_point(
    neighbors: tuple[NDArray[np.int32], FloatArray], points: FloatArray, rows: NDArray[np.intp]
) -> FloatArray:
    """Mean point of the neighbors of some rows that have one, nan where none has."""
    around = points[neighbors[0][rows]]
    there = ~np.isnan(around[:, :, 0])
    # of neighbors far apart on the map the middle is nowhere: only the first few count
    there &= np.cumsum(there, axis=1) <= PLACED_BY
    weights = np.where(there, np.maximum(1.0 - neighbors[1][rows], 1e-6) ** SHARP, 0.0)
    total = weights.sum(axis=1)
    mean = np.einsum("ij,ijc->ic", weights, np.where(there[:, :, None], around, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(mean / total[:, None], dtype=np.float32)


class NeighborLayout:
    """2-D points in which neighbors are near.

    Parameters
    ----------
    n_neighbors : neighbors that pull
    n_epochs : steps of all points
    n_negatives : random others that push each point in a step
    repulsion : weight of the push
    sample_rows : of more rows than this an even sample of so many is laid out, and the others are
        put among those of it that they are nearest to
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
        sample_rows: int = 100_000,
        seed: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.n_epochs = n_epochs
        self.n_negatives = n_negatives
        self.repulsion = repulsion
        self.sample_rows = sample_rows
        self.seed = seed

    def fit_transform(
        self,
        X: FloatArray,
        *,
        neighbors: tuple[NDArray[np.int32], FloatArray] | None = None,
        progress: Progress = SILENT,
    ) -> FloatArray:
        """Lay out X.

        Parameters
        ----------
        X : (n, n_dims) float32 unit vectors; where the points start from
        neighbors : (rows, distances), each (n, k); found here when not given
        progress : advanced once for each epoch

        Returns
        -------
        (n, 2) float32, centred

        Raises
        ------
        BadInput : if n_neighbors or sample_rows is too small
        """
        if self.n_neighbors < 1:
            raise BadInput(f"n_neighbors must be at least 1, got {self.n_neighbors}.")
        if self.sample_rows < 4:
            raise BadInput(f"sample_rows must be at least 4, got {self.sample_rows}.")
        if len(X) < 3 or X.shape[1] < 2:
            points = np.zeros((len(X), 2), dtype=np.float32)
            points[:, 0] = np.arange(len(X))
            return points
        k = self.n_neighbors
        if neighbors is None:
            neighbors = nearest_at_any_size(X, min(k, len(X) - 1), seed=self.seed)
        if len(X) > self.sample_rows:
            sample = even_sample(len(X), self.sample_rows, self.seed)
            points = self.fit_transform(np.asarray(X[sample]), progress=progress)
            return among_sample(X, neighbors, sample, points)
        graph = fuzzy_graph(neighbors[0][:, :k], neighbors[1][:, :k])
        mean, axes, _explained = components(X, 2)
        start = project(X, mean, axes)
        points = start * np.float32(5.0 / max(float(start.std()), 1e-9))
        with serial_algebra():
            points = self._move(points, graph, progress)
        return np.asarray(points - points.mean(axis=0), dtype=np.float32)

    def _move(self, points: FloatArray, graph: csr_matrix, progress: Progress) -> FloatArray:
        n, weights = len(points), graph.data
        parts = slices(n, STREAM_ROWS)
        rng = np.random.default_rng(self.seed)
        speed = np.zeros_like(points)
        for epoch in range(self.n_epochs):
            pull = EXAGGERATION if epoch < self.n_epochs * EXAGGERATED_SHARE else 1.0
            others = [rng.integers(0, n, n) for _ in range(self.n_negatives)]

            def force(
                part: slice,
                points: FloatArray = points,
                pull: float = pull,
                others: list[NDArray[np.int64]] = others,
            ) -> FloatArray:
                own = points[part]
                edges = slice(graph.indptr[part.start], graph.indptr[part.stop])
                starts = graph.indptr[part.start : part.stop + 1] - edges.start
                gaps = points[graph.indices[edges]] - np.repeat(own, np.diff(starts), axis=0)
                near = weights[edges] * (2 * pull / (1 + np.einsum("ij,ij->i", gaps, gaps)))
                shape = (len(own), n)
                drawn = sparse.csr_matrix((near, graph.indices[edges], starts), shape=shape)
                out = drawn @ points - own * np.asarray(drawn.sum(axis=1))
                push = np.zeros_like(own)
                for other in others:
                    gaps = own - points[other[part]]
                    squared = np.einsum("ij,ij->i", gaps, gaps)
                    gaps *= (2 / ((SOFTENING + squared) * (1 + squared)))[:, None]
                    push += np.clip(gaps, -4, 4)
                out += push * np.float32(self.repulsion / self.n_negatives)
                return np.asarray(out)

            # by threads of this process: others would be sent all points for each epoch
            found = ordered_map(force, parts, available_threads())
            speed = MOMENTUM * speed + np.vstack(list(found)) * np.float32(
                1 - epoch / self.n_epochs
            )
            points = np.asarray(points + speed, dtype=np.float32)
            progress.advance()
        return points
