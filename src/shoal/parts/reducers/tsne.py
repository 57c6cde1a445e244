"""t-SNE's picture, from the shared neighbors and the two principal components as the start."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.neighbors import nearest
from shoal.parts.reducers.pca import PCAMap

MIN_ROWS = 12
"""Rows below which there is nothing to lay out."""
FFT_ROWS = 8000
"""Rows from which interpolation takes no longer than Barnes and Hut's tree: measured, as long at
8,000 rows (68 s each), twice as long at 4,000 and 40 times at 200."""
START_SPREAD = 1e-4
"""Standard deviation of the start along its first axis, as t-SNE wants it."""


class TSNEMap:
    """Two dimensions in which the nearest neighbors stay nearest; the slowest and finest picture.

    Parameters
    ----------
    perplexity : about how many neighbors each row has; at most a third of those that are shared
    n_epochs : steps after the first ones with exaggerated attraction, of which there are half as
        many
    seed : of openTSNE

    References
    ----------
    van der Maaten, Hinton (2008), Visualizing data using t-SNE. Journal of Machine Learning
    Research 9. Kobak, Linderman (2021), Initialization is critical for preserving global data
    structure in both t-SNE and UMAP. Nature Biotechnology 39. The arithmetic is openTSNE's.
    """

    history = ("tsne:3",)

    def __init__(self, perplexity: float = 10.0, *, n_epochs: int = 500, seed: int = 0) -> None:
        self.perplexity = perplexity
        self.n_epochs = n_epochs
        self.seed = seed

    def fit_transform(
        self,
        X: FloatArray,
        *,
        neighbors: tuple[NDArray[np.int32], FloatArray] | None = None,
        **_: Any,
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
        if self.perplexity < 1 or self.n_epochs < 1:
            raise BadInput(
                "perplexity and n_epochs must be at least 1, got "
                f"{self.perplexity!r} and {self.n_epochs!r}."
            )
        start = PCAMap().fit_transform(X)
        spread = float(start[:, 0].std())
        if len(X) < MIN_ROWS or spread == 0:
            return start
        if neighbors is None:
            wanted = min(round(3 * self.perplexity), len(X) - 1)
            neighbors = nearest(X, X, wanted, exclude_itself=True)
        points = self._points(start.astype(np.float64) * (START_SPREAD / spread), *neighbors)
        return np.asarray(points - points.mean(axis=0), dtype=np.float32)

    def _points(
        self, start: NDArray[np.float64], rows: NDArray[np.int32], distances: FloatArray
    ) -> NDArray[np.float64]:
        from openTSNE import TSNE
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors

        # t-SNE's distance is Euclidean
        lengths = np.sqrt(2.0 * distances.astype(np.float64))
        with serial_algebra():
            affinities = PerplexityBasedNN(
                perplexity=min(self.perplexity, rows.shape[1] / 3),
                knn_index=PrecomputedNeighbors(rows.astype(np.int64), lengths),
                n_jobs=1,
                random_state=self.seed,
            )
            made = TSNE(
                n_jobs=1,
                n_iter=self.n_epochs,
                early_exaggeration_iter=self.n_epochs // 2,
                negative_gradient_method="fft" if len(start) >= FFT_ROWS else "bh",
                random_state=self.seed,
            ).fit(affinities=affinities, initialization=start)
        return np.asarray(made, dtype=np.float64)
