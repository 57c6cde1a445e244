"""The fast relatives of k-means: mini-batches for many rows, bisection for a quick tree."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import around_centres
from shoal.parts.clusterers.base import Estimator, at_least, fitting
from shoal.parts.clusterers.choosing_k import CRITERIA, by_fitting, number_for


class _Centroids(Estimator):
    """What both do with scikit-learn's clusterer, which each makes in its own way."""

    n_clusters: int | None
    choose: str
    max_clusters: int | None
    n_init: int
    seed: int

    def fit(self, X: FloatArray, y: object = None) -> Self:
        """Cluster unit vectors X, (n, n_dims) float32; `y` is ignored.

        Raises
        ------
        BadInput : if a parameter is not a positive whole number
        TooFewItems : if there are fewer distinct items than clusters
        UnknownPart : if there is no such criterion to choose by
        """
        n_init = at_least("n_init", self.n_init, 1)
        self._make(1, self.seed, n_init)  # says what is wrong with a parameter, if anything is
        choice = number_for(self, X, by_fitting(self._make))
        with fitting():
            model = self._make(choice.k, self.seed, n_init).fit(X)
        self.labels_, self.centres_ = around_centres(X, model.labels_)
        self.curves_ = choice.curves
        self.reason_ = choice.reason(len(self.centres_))
        return self

    def _make(self, k: int, seed: int, n_init: int = 1) -> Any:
        """scikit-learn's clusterer; the default of `n_init` is for fits that are only compared."""
        raise NotImplementedError


class MiniBatchKMeans(_Centroids):
    """k-means that looks at a batch of rows at a time.

    Parameters
    ----------
    n_clusters : how many; chosen over a ladder of numbers when None
    choose, max_clusters : the criterion that chooses, and the largest number to try, as of kmeans
    batch_size : rows looked at in a step
    n_init : starts; the best on a sample is kept
    max_iter : most passes over all rows
    seed : of the starts and the batches

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    centres_ : (n_clusters, n_dims) float32 unit vectors; labels_ are the nearest of them
    curves_ : tuple of Curve, what the number was chosen by, empty when it was given
    reason_ : one sentence

    References
    ----------
    Sculley (2010), Web-scale k-means clustering. WWW 2010. The arithmetic is scikit-learn's.
    """

    words: ClassVar = {"choose": CRITERIA}

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        choose: str = CRITERIA[0],
        max_clusters: int | None = None,
        batch_size: int = 4096,
        n_init: int = 3,
        max_iter: int = 100,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.choose = choose
        self.max_clusters = max_clusters
        self.batch_size = batch_size
        self.n_init = n_init
        self.max_iter = max_iter
        self.seed = seed

    def _make(self, k: int, seed: int, n_init: int = 1) -> Any:
        from sklearn import cluster

        return cluster.MiniBatchKMeans(
            k,
            batch_size=at_least("batch_size", self.batch_size, 1),
            n_init=n_init,
            max_iter=at_least("max_iter", self.max_iter, 1),
            random_state=seed,
        )


class BisectingKMeans(_Centroids):
    """Clusters by cutting the loosest cluster in two, again and again.

    Parameters
    ----------
    n_clusters : how many; chosen over a ladder of numbers when None
    choose, max_clusters : the criterion that chooses, and the largest number to try, as of kmeans
    n_init : starts of each cut; the one with the lowest inertia is kept
    max_iter : most iterations of one cut
    seed : of the starts

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    centres_ : (n_clusters, n_dims) float32 unit vectors; labels_ are the nearest of them
    curves_ : tuple of Curve, what the number was chosen by, empty when it was given
    reason_ : one sentence

    References
    ----------
    Steinbach, Karypis, Kumar (2000), A comparison of document clustering techniques. KDD
    workshop on text mining. The arithmetic is scikit-learn's.
    """

    words: ClassVar = {"choose": CRITERIA}

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        choose: str = CRITERIA[0],
        max_clusters: int | None = None,
        n_init: int = 3,
        max_iter: int = 300,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.choose = choose
        self.max_clusters = max_clusters
        self.n_init = n_init
        self.max_iter = max_iter
        self.seed = seed

    def _make(self, k: int, seed: int, n_init: int = 3) -> Any:
        from sklearn import cluster

        return cluster.BisectingKMeans(
            k,
            n_init=n_init,
            max_iter=at_least("max_iter", self.max_iter, 1),
            random_state=seed,
        )
