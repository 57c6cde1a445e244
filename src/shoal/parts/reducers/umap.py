"""UMAP on exact neighbors: a few dimensions for density clusterers, or two for the picture.

umap-learn lays the rows out; the neighbors are shoal's own, exact and the same on any number of
threads. UMAP's space is flat and everything after it measures angles, so the layout is wrapped
onto a sphere. What is saved is the position of each row and no model: no pickle.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.neighbors import nearest
from shoal.parts.reducers.pca import PCAMap

Neighbors = tuple[NDArray[np.int32], FloatArray]

WRAP = 1.0
"""Angle from the middle to the farthest row on the sphere, in radians; measured to keep 98 % of
the 15 nearest neighbors of a layout and the clusters that HDBSCAN finds in it."""
N_PLACING = 15
"""Nearest fitted rows that place a new one."""


def lay_out(
    X: FloatArray,
    neighbors: Neighbors,
    n_components: int,
    n_neighbors: int,
    min_dist: float,
    seed: int,
) -> FloatArray:
    """UMAP's positions of the rows, (n, n_components) float32, centred.

    Parameters
    ----------
    X : (n, n_dims) float32 unit vectors
    neighbors : (rows, distances) of the nearest other rows, each (n, k)
    n_components, n_neighbors, min_dist, seed : as in UMAP; a row counts as its own neighbor
    """
    # umap-learn says at import that tensorflow, which nothing here needs, is not installed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)
        import numba
        import umap

    n = len(X)
    k = min(n_neighbors, neighbors[0].shape[1] + 1)
    rows = np.hstack([np.arange(n, dtype=np.int32)[:, None], neighbors[0][:, : k - 1]])
    distances = np.hstack([np.zeros((n, 1), dtype=np.float32), neighbors[1][:, : k - 1]])
    threads = numba.get_num_threads()
    try:
        with serial_algebra(), warnings.catch_warnings():
            # that there is no search index is wanted, and a graph in pieces is laid out in pieces
            warnings.simplefilter("ignore")
            model = umap.UMAP(
                n_neighbors=k,
                n_components=n_components,
                min_dist=min_dist,
                metric="cosine",
                random_state=seed,
                n_jobs=1,  # with a seed umap-learn allows no more
                precomputed_knn=(rows, distances),
            ).fit(X)
    finally:
        numba.set_num_threads(threads)
    points = np.asarray(model.embedding_)
    return np.asarray(points - points.mean(axis=0), dtype=np.float32)


class UMAP:
    """A few dimensions in which neighbors lie close together and groups far apart.

    New rows are placed at the weighted mean of the positions of their nearest fitted rows, where
    UMAP's own transform starts too. So a fitted row that is transformed again lands near its own
    position and not on it; `shoal predict` looks rows of the run up instead. A row unlike all
    fitted ones lands between those it is nearest to.

    Parameters
    ----------
    n_components : dimensions of the layout; the sphere it is wrapped onto has one more. A table
        with no more than that, or with too few rows for a layout, is left as it is
    n_neighbors : rows that a neighborhood holds, the row itself counted
    min_dist : least distance of rows in the layout; 0 lets groups be dense
    seed : of the layout

    Attributes
    ----------
    history : ("umap:5", "sphere"); empty where nothing was done

    References
    ----------
    McInnes, Healy, Melville (2018), UMAP: Uniform Manifold Approximation and Projection for
    Dimension Reduction. The layout is umap-learn's.
    """

    def __init__(
        self,
        n_components: int = 5,
        *,
        n_neighbors: int = 15,
        min_dist: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors
        self.min_dist = min_dist
        self.seed = seed
        self.points_: FloatArray | None = None
        self._fitted: FloatArray | None = None

    @property
    def history(self) -> tuple[str, ...]:
        """What was done to the vectors."""
        return () if self.points_ is None else (f"umap:{self.points_.shape[1]}", "sphere")

    def fit(self, X: FloatArray) -> UMAP:
        """Lay out X, (n, n_dims) float32 unit vectors.

        Raises
        ------
        BadInput : if a parameter is out of its range
        """
        if not isinstance(self.n_components, int) or self.n_components < 1:
            raise BadInput(f"n_components must be at least 1, got {self.n_components!r}.")
        _check(self.n_neighbors, self.min_dist)
        n, n_dims = X.shape
        if n_dims > self.n_components + 1 and n > max(self.n_neighbors, 4 * self.n_components):
            around = nearest(X, X, self.n_neighbors - 1, exclude_itself=True)
            self.points_ = lay_out(
                X, around, self.n_components, self.n_neighbors, self.min_dist, self.seed
            )
            self._fitted = X
        return self

    def fit_transform(self, X: FloatArray) -> FloatArray:
        """Lay out X and return the rows' own positions, (n, n_components + 1) float32."""
        self.fit(X)
        return X if self.points_ is None else self._wrapped(self.points_)

    def transform(self, X: FloatArray) -> FloatArray:
        """Places of X, (n, n_dims), among the fitted rows, (n, n_components + 1) float32."""
        if self.points_ is None or self._fitted is None:
            return X
        rows, distances = nearest(X, self._fitted, min(N_PLACING, len(self._fitted)))
        beyond = distances - distances[:, :1]
        scale = np.maximum(beyond.mean(axis=1, keepdims=True), 1e-6)
        weights = np.exp(-beyond / scale)
        weights /= weights.sum(axis=1, keepdims=True)
        return self._wrapped(np.einsum("ij,ijk->ik", weights, self.points_[rows]))

    def _wrapped(self, points: FloatArray) -> FloatArray:
        """Positions on the sphere: distance from the middle becomes angle from the pole."""
        wide = np.asarray(points, dtype=np.float64)
        farthest = float(np.linalg.norm(np.asarray(self.points_), axis=1).max())
        reach = np.linalg.norm(wide, axis=1, keepdims=True)
        angle = reach * (WRAP / max(farthest, 1e-12))
        out = np.hstack([np.sin(angle) * wide / np.maximum(reach, 1e-12), np.cos(angle)])
        return np.asarray(out, dtype=np.float32)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The positions of the fitted rows; their vectors the run keeps anyway."""
        return {} if self.points_ is None else {"points": self.points_}

    def restore(self, arrays: dict[str, NDArray[np.generic]], vectors: FloatArray) -> UMAP:
        """Restore the state that `arrays` returned.

        Parameters
        ----------
        arrays : of a fitted UMAP
        vectors : (n, n_dims) that it was fitted on
        """
        if arrays:
            self.points_ = np.asarray(arrays["points"], dtype=np.float32)
            self._fitted = vectors
        return self


class UMAPMap:
    """UMAP's picture: two dimensions, from the shared neighbors.

    Parameters
    ----------
    n_neighbors : rows that a neighborhood holds, the row itself counted
    min_dist : least distance of points
    seed : of the layout
    """

    history = ("umap:2",)

    def __init__(self, n_neighbors: int = 15, *, min_dist: float = 0.1, seed: int = 0) -> None:
        self.n_neighbors = n_neighbors
        self.min_dist = min_dist
        self.seed = seed

    def fit_transform(
        self, X: FloatArray, *, neighbors: Neighbors | None = None, **_: Any
    ) -> FloatArray:
        """Points (n, 2) float32 of X, (n, n_dims) float32 unit vectors; few rows get their PCA.

        Parameters
        ----------
        X : (n, n_dims) float32 unit vectors
        neighbors : (rows, distances), each (n, k); found here when not given

        Raises
        ------
        BadInput : if a parameter is out of its range
        """
        _check(self.n_neighbors, self.min_dist)
        if len(X) <= self.n_neighbors or X.shape[1] < 2:
            return PCAMap().fit_transform(X)
        if neighbors is None:
            neighbors = nearest(X, X, self.n_neighbors - 1, exclude_itself=True)
        return lay_out(X, neighbors, 2, self.n_neighbors, self.min_dist, self.seed)


def _check(n_neighbors: int, min_dist: float) -> None:
    if n_neighbors < 2:
        raise BadInput(f"n_neighbors must be at least 2, got {n_neighbors!r}.")
    if not 0 <= min_dist <= 1:
        raise BadInput(f"min_dist must be from 0 to 1, got {min_dist!r}.")
