"""k-means: scikit-learn's for some rows and our own steps for many, with the words around it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.clusters import around_centres
from shoal.numerics.lloyd import careful_start, lloyd
from shoal.numerics.samples import even_sample
from shoal.parts.clusterers.base import Estimator, at_least, fitting
from shoal.parts.clusterers.choosing_k import CRITERIA, by_fitting, number_for

START_ROWS = 50
"""Rows of the sample for each cluster, at least."""
MANY = 1000
"""Clusters beyond which steps begin from random rows, which all threads share."""
LADDER_ITERATIONS = 20
"""Of a fit that is only compared with fits of other k."""
LADDER_STARTS = 30
"""Centres to start from in such a fit, shared out to up to five starts: a bad start spoils a fit
of few clusters, and among many it is made up for."""


class KMeans(Estimator):
    """Exactly `n_clusters` clusters around centres, fewer where not that many rows differ.

    Parameters
    ----------
    n_clusters : how many; chosen over a ladder of numbers when None
    choose : the criterion that chooses: consensus (of silhouette, elbow and stability),
        silhouette, davies_bouldin, calinski_harabasz, elbow, gap or stability
    max_clusters : the largest number to try; 1.6 times the root of the rows, at most 250, when
        None
    n_init : starts; the one with the lowest inertia is kept
    max_iter : most iterations of one start
    sample_rows : of more rows than this, or for more than 1,000 clusters, the starts are fitted
        to an even sample of so many, or of 50 a cluster, and all rows go on from the best of them
    seed : of the random starts

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    centres_ : (n_clusters, n_dims) float32 unit vectors; labels_ are the nearest of them
    curves_ : tuple of Curve, what the number was chosen by, empty when it was given
    reason_ : one sentence

    References
    ----------
    Arthur, Vassilvitskii (2007), k-means++: the advantages of careful seeding. The arithmetic is
    scikit-learn's up to `sample_rows`, ours beyond.
    """

    words: ClassVar = {"choose": CRITERIA}

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        choose: str = "consensus",
        max_clusters: int | None = None,
        n_init: int = 3,
        max_iter: int = 300,
        sample_rows: int = 10_000,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.choose = choose
        self.max_clusters = max_clusters
        self.n_init = n_init
        self.max_iter = max_iter
        self.sample_rows = sample_rows
        self.seed = seed

    def fit(self, X: NDArray[np.float32], y: object = None) -> KMeans:
        """Cluster unit vectors X, (n, n_dims) float32; `y` is ignored.

        Raises
        ------
        BadInput : if n_clusters is neither None nor a positive whole number
        TooFewItems : if there are fewer distinct items than clusters
        UnknownPart : if there is no such criterion to choose by
        """
        choice = number_for(self, X, by_fitting(self._quick))
        with fitting():
            wanted = max(at_least("sample_rows", self.sample_rows, 1), choice.k * START_ROWS)
            if len(X) > wanted or choice.k > MANY:
                labels = self._from_sample(X, choice.k, min(wanted, len(X)))
            else:
                labels = self._made(choice.k, self.n_init, self.max_iter, self.seed).fit(X).labels_
            self.labels_, self.centres_ = around_centres(X, labels)
        self.curves_ = choice.curves
        self.reason_ = choice.reason(len(self.centres_))
        return self

    def _from_sample(self, X: NDArray[np.float32], k: int, n_rows: int) -> NDArray[np.int32]:
        """Labels of all rows by steps that begin where the best start on a sample ends."""
        rng = np.random.default_rng(self.seed)
        sample = np.asarray(X[even_sample(len(X), n_rows, self.seed)])
        if k > MANY:  # careful starts take longer than the steps, and gain little
            start = sample[np.sort(rng.choice(len(sample), k, replace=False))]
            if n_rows < len(X):
                start = lloyd(sample, start, self.max_iter)[1]
        else:
            starts = [careful_start(sample, k, rng) for _ in range(self.n_init)]
            ends = [lloyd(sample, start, self.max_iter) for start in starts]
            start = min(ends, key=lambda end: end[2])[1]
        return lloyd(X, start, self.max_iter)[0]

    def _quick(self, k: int, seed: int) -> Any:
        return self._made(k, min(max(LADDER_STARTS // k, 1), 5), LADDER_ITERATIONS, seed)

    @staticmethod
    def _made(k: int, n_init: int, max_iter: int, seed: int) -> Any:
        """scikit-learn's clusterer."""
        from sklearn.cluster import KMeans as SklearnKMeans

        return SklearnKMeans(k, n_init=n_init, max_iter=max_iter, random_state=seed)
