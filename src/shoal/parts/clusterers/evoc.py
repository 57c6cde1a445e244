"""EVoC, as its authors ship it: a node embedding of its own graph, then density clusters."""

from __future__ import annotations

import numpy as np

from shoal.data import NOISE
from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import by_size
from shoal.parts.clusterers.base import Estimator, all_alike, at_least, counted

TOO_FEW = 50
"""Rows below which EVoC's own arithmetic does not work or means nothing."""
MIN_DIMS = 16
"""EVoC wants at least as many dimensions as its embedding has; zeros change no angle."""


class EVoC(Estimator):
    """Clusters without a number given, of rows that stay together in a small node embedding.

    EVoC takes no neighbors from outside: it finds its own, approximately. It runs on one thread
    here, because with more it gives other labels for the same seed.

    Parameters
    ----------
    approx_n_clusters : about how many clusters; None lets EVoC choose
    noise_level : from 0, where more rows are placed, to 1, where clusters are purer
    base_min_cluster_size : fewest rows of a cluster in the finest layer
    n_neighbors : neighbors of each row in EVoC's own graph
    min_samples : rows that make a neighborhood dense
    seed : of its neighbor search and its embedding

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster, -1 is noise
    probabilities_ : (n,) float64 in [0, 1], membership strength; 0 for noise
    reason_ : one sentence

    References
    ----------
    EVoC, https://github.com/TutteInstitute/evoc
    """

    def __init__(
        self,
        approx_n_clusters: int | None = None,
        *,
        noise_level: float = 0.5,
        base_min_cluster_size: int = 5,
        n_neighbors: int = 15,
        min_samples: int = 5,
        seed: int = 0,
    ) -> None:
        self.approx_n_clusters = approx_n_clusters
        self.noise_level = noise_level
        self.base_min_cluster_size = base_min_cluster_size
        self.n_neighbors = n_neighbors
        self.min_samples = min_samples
        self.seed = seed

    def fit(self, X: FloatArray, y: object = None) -> EVoC:
        """Cluster unit vectors X, (n, n_dims) float32; `y` is ignored.

        Raises
        ------
        BadInput : if a parameter is out of its range
        """
        if self.approx_n_clusters is not None:
            at_least("approx_n_clusters", self.approx_n_clusters, 2)
        at_least("base_min_cluster_size", self.base_min_cluster_size, 2)
        at_least("n_neighbors", self.n_neighbors, 2)
        at_least("min_samples", self.min_samples, 2)
        if not 0 <= self.noise_level <= 1:
            raise BadInput(f"noise_level must be from 0 to 1, got {self.noise_level!r}.")
        if len(X) < max(TOO_FEW, self.n_neighbors + 2) or all_alike(X):
            self.labels_ = np.zeros(len(X), dtype=np.int32)
            self.probabilities_ = np.ones(len(X))
            self.reason_ = f"1 cluster because EVoC cannot split these {len(X)} rows."
            return self
        import evoc
        import numba

        params = self.get_params()
        points = np.zeros((len(X), max(X.shape[1], MIN_DIMS)), dtype=np.float32)
        points[:, : X.shape[1]] = X
        threads = numba.get_num_threads()
        numba.set_num_threads(1)
        try:
            with serial_algebra():
                model = evoc.EVoC(random_state=params.pop("seed"), **params).fit(points)
        finally:
            numba.set_num_threads(threads)
        self.labels_ = by_size(model.labels_)
        self.probabilities_ = np.asarray(model.membership_strengths_, dtype=np.float64)
        noise = np.mean(self.labels_ == NOISE)
        self.reason_ = (
            f"{counted(int(self.labels_.max(initial=NOISE)) + 1)} found by EVoC, the most "
            f"persistent of {len(model.cluster_layers_)} levels; {noise:.0%} of the rows are "
            "noise."
        )
        return self
