"""k-means: scikit-learn's, with the words shoal needs around it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.exceptions import ConvergenceWarning

from shoal.errors import BadInput, TooFewItems
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import by_size, centres, nearest_centre, renamed


class KMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Exactly `n_clusters` clusters around centres, fewer where not that many rows differ.

    Parameters
    ----------
    n_clusters : how many
    n_init : starts; the one with the lowest inertia is kept
    max_iter : most iterations of one start
    seed : of the random starts

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    centres_ : (n_clusters, n_dims) float32 unit vectors; labels_ are the nearest of them
    reason_ : one sentence

    References
    ----------
    Arthur, Vassilvitskii (2007), k-means++: the advantages of careful seeding. The arithmetic is
    scikit-learn's.
    """

    def __init__(
        self, n_clusters: int = 8, *, n_init: int = 3, max_iter: int = 300, seed: int = 0
    ) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.max_iter = max_iter
        self.seed = seed

    def fit(self, X: NDArray[np.float32], y: object = None) -> KMeans:
        """Cluster unit vectors X, (n, n_dims) float32; `y` is ignored.

        Raises
        ------
        BadInput : if n_clusters is not a positive whole number
        TooFewItems : if there are fewer distinct items than clusters
        """
        if not isinstance(self.n_clusters, int | np.integer) or self.n_clusters < 1:
            raise BadInput(f"k must be a whole number of at least 1, got {self.n_clusters!r}.")
        if self.n_clusters > len(X):
            raise TooFewItems(
                f"k ({self.n_clusters}) must be at most the number of distinct rows ({len(X)}). "
                "Give a smaller -k, or leave it out."
            )
        # one thread: with more, partial sums are added in the order in which threads finish
        with serial_algebra(), warnings.catch_warnings():
            # said in reason_ instead: fewer rows that differ than clusters asked for
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = SklearnKMeans(
                self.n_clusters,
                n_init=self.n_init,
                max_iter=self.max_iter,
                random_state=self.seed,
            ).fit(X)
            labels = by_size(model.labels_)
            centre = centres(X, labels, int(labels.max()) + 1)
            # the centres decide, so that a new item and a training item follow one rule
            self.labels_, old = renamed(nearest_centre(X, centre)[0])
            self.centres_: Any = centre[old]
        found = "1 cluster" if len(old) == 1 else f"{len(old)} clusters"
        self.reason_ = (
            f"{found} because -k {self.n_clusters} asked for {'it' if len(old) == 1 else 'them'}."
        )
        if len(old) < self.n_clusters:
            self.reason_ = (
                f"{found}, though -k {self.n_clusters} asked for more: "
                "not that many rows differ in direction."
            )
        return self
