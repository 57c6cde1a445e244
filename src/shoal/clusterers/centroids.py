"""The fast relatives of k-means: mini-batches for many rows, bisection for a quick tree."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import BisectingKMeans as SklearnBisectingKMeans
from sklearn.cluster import MiniBatchKMeans as SklearnMiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning

from shoal.clusterers.base import as_asked, at_least, check_count
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import by_size, centres, nearest_centre, renamed

Labels = NDArray[np.int32]
Array = NDArray[np.float32]


def _settled(model: Any, X: Array) -> tuple[Labels, Array]:
    """Labels and unit centres of a fitted scikit-learn k-means; labels are the nearest of them."""
    # one thread: with more, partial sums are added in the order in which threads finish
    with serial_algebra(), warnings.catch_warnings():
        # said in reason_ instead: fewer rows that differ than clusters asked for
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X)
    labels = by_size(model.labels_)
    centre = centres(X, labels, int(labels.max()) + 1)
    # the centres decide, so that a new item and a training item follow one rule
    labels, old = renamed(nearest_centre(X, centre)[0])
    return labels, centre[old]


class MiniBatchKMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Exactly `n_clusters` clusters by k-means that looks at a batch of rows at a time.

    Parameters
    ----------
    n_clusters : how many
    batch_size : rows looked at in a step
    n_init : starts; the best on a sample is kept
    max_iter : most passes over all rows
    seed : of the starts and the batches

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    centres_ : (n_clusters, n_dims) float32 unit vectors; labels_ are the nearest of them
    reason_ : one sentence

    References
    ----------
    Sculley (2010), Web-scale k-means clustering. WWW 2010. The arithmetic is scikit-learn's.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        batch_size: int = 4096,
        n_init: int = 3,
        max_iter: int = 100,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.batch_size = batch_size
        self.n_init = n_init
        self.max_iter = max_iter
        self.seed = seed

    def fit(self, X: Array, y: object = None) -> MiniBatchKMeans:
        """Cluster unit vectors X, (n, n_dims) float32; `y` is ignored.

        Raises
        ------
        BadInput : if a parameter is not a positive whole number
        TooFewItems : if there are fewer distinct items than clusters
        """
        asked = check_count(self.n_clusters, len(X))
        model = SklearnMiniBatchKMeans(
            asked,
            batch_size=at_least("batch_size", self.batch_size, 1),
            n_init=at_least("n_init", self.n_init, 1),
            max_iter=at_least("max_iter", self.max_iter, 1),
            random_state=self.seed,
        )
        self.labels_, self.centres_ = _settled(model, X)
        self.reason_ = as_asked(len(self.centres_), asked, "mini-batch k-means")
        return self


class BisectingKMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Exactly `n_clusters` clusters by cutting the loosest cluster in two, again and again.

    Parameters
    ----------
    n_clusters : how many
    n_init : starts of each cut; the one with the lowest inertia is kept
    max_iter : most iterations of one cut
    seed : of the starts

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    centres_ : (n_clusters, n_dims) float32 unit vectors; labels_ are the nearest of them
    reason_ : one sentence

    References
    ----------
    Steinbach, Karypis, Kumar (2000), A comparison of document clustering techniques. KDD
    workshop on text mining. The arithmetic is scikit-learn's.
    """

    def __init__(
        self, n_clusters: int = 8, *, n_init: int = 3, max_iter: int = 300, seed: int = 0
    ) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.max_iter = max_iter
        self.seed = seed

    def fit(self, X: Array, y: object = None) -> BisectingKMeans:
        """Cluster unit vectors X, (n, n_dims) float32; `y` is ignored.

        Raises
        ------
        BadInput : if a parameter is not a positive whole number
        TooFewItems : if there are fewer distinct items than clusters
        """
        asked = check_count(self.n_clusters, len(X))
        model = SklearnBisectingKMeans(
            asked,
            n_init=at_least("n_init", self.n_init, 1),
            max_iter=at_least("max_iter", self.max_iter, 1),
            random_state=self.seed,
        )
        self.labels_, self.centres_ = _settled(model, X)
        self.reason_ = as_asked(len(self.centres_), asked, "bisecting k-means")
        return self
