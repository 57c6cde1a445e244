"""A mixture of Gaussians over a few principal components: clusters of unlike shapes and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import by_size
from shoal.parts.clusterers.base import Estimator, all_alike, at_least, counted, fitting
from shoal.parts.clusterers.choosing_k import CRITERIA, by_fitting, number_for

Labels = NDArray[np.int32]

COVARIANCES = ("full", "tied", "diag", "spherical")
ROWS_PER_DIM = 4
"""Rows of a cluster for each dimension kept, so that its shape can be told from chance."""
LADDER_ROWS, LADDER_ITERATIONS = 2000, 20
"""Most rows that the number of clusters is chosen on, and steps of a fit that is only compared."""
RELATIVE_FLOOR = 1e-3
"""Of the mean variance of a component, added to each so that none becomes flat."""


class GaussianMixture(Estimator):
    """Clusters that are Gaussians of their own shape, fewer where no row is left for one.

    Parameters
    ----------
    n_clusters : how many Gaussians; chosen over a ladder of numbers when None
    choose, max_clusters : the criterion that chooses, and the largest number to try, as of kmeans
    covariance : shape of a cluster: "full", "tied" (one for all), "diag" or "spherical"
    n_dims : principal components kept; fewer where there are few rows for each cluster
    max_iter : most steps of expectation and maximisation
    seed : of the start, which is k-means

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    probabilities_ : (n,) float64, of each row's own cluster, in [0, 1]
    curves_ : tuple of Curve, what the number was chosen by, empty when it was given
    reason_ : one sentence

    References
    ----------
    Dempster, Laird, Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm.
    Journal of the Royal Statistical Society B 39. The arithmetic is scikit-learn's.
    """

    words: ClassVar = {"choose": CRITERIA, "covariance": COVARIANCES}

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        choose: str = CRITERIA[0],
        max_clusters: int | None = None,
        covariance: str = COVARIANCES[0],
        n_dims: int = 32,
        max_iter: int = 200,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.choose = choose
        self.max_clusters = max_clusters
        self.covariance = covariance
        self.n_dims = n_dims
        self.max_iter = max_iter
        self.seed = seed

    def fit(self, X: FloatArray, y: object = None) -> GaussianMixture:
        """Cluster unit vectors X, (n, n_dims) float32; `y` is ignored.

        Raises
        ------
        BadInput : if a parameter is out of its range
        TooFewItems : if there are fewer distinct items than clusters
        UnknownPart : if there is no such criterion to choose by
        """
        if self.covariance not in COVARIANCES:
            raise BadInput(
                f"covariance must be one of {', '.join(COVARIANCES)}, got {self.covariance!r}."
            )
        at_least("n_dims", self.n_dims, 1)
        at_least("max_iter", self.max_iter, 1)
        choice = number_for(self, X, self._divide, LADDER_ROWS)
        if choice.k == 1 or all_alike(X):
            self.labels_ = np.zeros(len(X), dtype=np.int32)
            self.probabilities_ = np.ones(len(X))
        else:
            self._mix(X, choice.k)
        found = int(self.labels_.max()) + 1
        self.curves_ = choice.curves
        self.reason_ = choice.reason(found)
        if 1 < found < choice.k:
            self.reason_ = (
                f"{counted(found)} of {choice.k} Gaussians, because the others are not the "
                "most likely for any row."
            )
        return self

    def _divide(self, vectors: FloatArray, ks: Sequence[int], seed: int) -> Sequence[Labels]:
        """Mixtures of several numbers on the same components."""
        if all_alike(vectors):
            return [np.zeros(len(vectors), dtype=np.int32)] * len(ks)
        return by_fitting(self._quick)(_principal(vectors, self.n_dims), ks, seed)

    def _quick(self, k: int, seed: int) -> GaussianMixture:
        return GaussianMixture(
            k,
            covariance=self.covariance,
            n_dims=self.n_dims,
            max_iter=LADDER_ITERATIONS,
            seed=seed,
        )

    def _mix(self, X: FloatArray, k: int) -> None:
        from sklearn.mixture import GaussianMixture as SklearnGaussianMixture

        n_dims = min(self.n_dims, max(2, len(X) // (ROWS_PER_DIM * k)), *X.shape)
        with fitting():
            points = _principal(X, n_dims)
            model = SklearnGaussianMixture(
                k,
                covariance_type=self.covariance,
                max_iter=self.max_iter,
                reg_covar=max(RELATIVE_FLOOR * float(points.var(axis=0).mean()), 1e-12),
                random_state=self.seed,
            ).fit(points)
            shares = model.predict_proba(points)
        self.labels_ = by_size(shares.argmax(axis=1))
        self.probabilities_ = shares.max(axis=1)


def _principal(X: FloatArray, n_dims: int) -> FloatArray:
    """The leading principal components of the rows, (n, at most n_dims) float32."""
    from sklearn.decomposition import PCA

    made = PCA(min(n_dims, *X.shape), svd_solver="covariance_eigh")
    return np.asarray(made.fit_transform(np.asarray(X, dtype=np.float64)), dtype=np.float32)
