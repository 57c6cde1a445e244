"""A mixture of Gaussians over a few principal components: clusters of unlike shapes and sizes."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnGaussianMixture

from shoal.clusterers.base import all_alike, as_asked, at_least, check_count
from shoal.errors import BadInput
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import by_size

Array = NDArray[np.float32]

COVARIANCES = ("full", "tied", "diag", "spherical")
ROWS_PER_DIM = 4
"""Rows of a cluster for each dimension kept, so that its shape can be told from chance."""
RELATIVE_FLOOR = 1e-3
"""Of the mean variance of a component, added to each so that none becomes flat."""


class GaussianMixture(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters that are Gaussians of their own shape, fewer where no row is left for one.

    Parameters
    ----------
    n_clusters : how many Gaussians
    covariance : shape of a cluster: "full", "tied" (one for all), "diag" or "spherical"
    n_dims : principal components kept; fewer where there are few rows for each cluster
    max_iter : most steps of expectation and maximisation
    seed : of the start, which is k-means

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    probabilities_ : (n,) float64, of each row's own cluster, in [0, 1]
    reason_ : one sentence

    References
    ----------
    Dempster, Laird, Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm.
    Journal of the Royal Statistical Society B 39. The arithmetic is scikit-learn's.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        covariance: str = "full",
        n_dims: int = 32,
        max_iter: int = 200,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.covariance = covariance
        self.n_dims = n_dims
        self.max_iter = max_iter
        self.seed = seed

    def fit(self, X: Array, y: object = None) -> GaussianMixture:
        """Cluster unit vectors X, (n, n_dims) float32; `y` is ignored.

        Raises
        ------
        BadInput : if a parameter is out of its range
        TooFewItems : if there are fewer distinct items than clusters
        """
        if self.covariance not in COVARIANCES:
            raise BadInput(
                f"covariance must be one of {', '.join(COVARIANCES)}, got {self.covariance!r}."
            )
        asked = check_count(self.n_clusters, len(X))
        n_dims = min(at_least("n_dims", self.n_dims, 1), *X.shape)
        n_dims = min(n_dims, max(2, len(X) // (ROWS_PER_DIM * asked)))
        if asked == 1 or all_alike(X):
            self.labels_ = np.zeros(len(X), dtype=np.int32)
            self.probabilities_ = np.ones(len(X))
        else:
            self._mix(X, asked, min(n_dims, *X.shape))
        found = int(self.labels_.max()) + 1
        how = f"a mixture of Gaussians on {n_dims} principal components"
        self.reason_ = as_asked(found, asked, how, "to no row are the others the likeliest")
        return self

    def _mix(self, X: Array, asked: int, n_dims: int) -> None:
        # one thread: with more, sums are added in the order in which threads finish
        with serial_algebra(), warnings.catch_warnings():
            # a mixture that still moves after max_iter steps is a mixture all the same; and
            # where fewer rows differ than clusters are asked for, reason_ says it
            warnings.simplefilter("ignore", ConvergenceWarning)
            wide = np.asarray(X, dtype=np.float64)
            points = PCA(n_dims, svd_solver="covariance_eigh").fit_transform(wide)
            model = SklearnGaussianMixture(
                asked,
                covariance_type=self.covariance,
                max_iter=at_least("max_iter", self.max_iter, 1),
                reg_covar=max(RELATIVE_FLOOR * float(points.var(axis=0).mean()), 1e-12),
                random_state=self.seed,
            ).fit(points)
            shares = model.predict_proba(points)
        self.labels_ = by_size(shares.argmax(axis=1))
        self.probabilities_ = shares.max(axis=1)
