"""The default clusterer: layers of communities on the neighbor graph, one of them chosen.

It is given no number of clusters. Leiden's method is run on the graph at a fine resolution;
its communities are merged again and again at coarser ones, so that the layers nest. Each layer
is measured, one is chosen, and a few steps of k-means in the full space sharpen its borders.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from threadpoolctl import threadpool_limits

from shoal.clusterers.layers import (
    DETAILS,
    Trial,
    choose,
    distinct_steps,
    measure,
    nest,
    overlaps,
    sharpened,
)
from shoal.data import Layer
from shoal.errors import BadInput
from shoal.numerics.clusters import by_size, centres
from shoal.numerics.graph import merge_nodes, similarity_graph
from shoal.numerics.leiden import join_small, leiden
from shoal.numerics.neighbors import nearest

Labels = NDArray[np.int32]
Array = NDArray[np.float32]

RESOLUTIONS = tuple(float(16 / math.sqrt(2) ** step) for step in range(20))
"""Of modularity, fine to coarse, from 16 down to about 0.02."""
PART = 0.6
"""Share of the rows in a trial."""


class Communities(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters without a number given: communities of the neighbor graph.

    Parameters
    ----------
    detail : "coarse", "normal" or "fine"; coarse and fine are the best layers with at most half,
        or at least twice, as many clusters as the normal one
    n_neighbors : neighbors joined to each item
    n_trials : runs on random parts of the rows that the stability is measured on
    min_size : a smaller community is joined to the one it is most linked with
    refine : steps of k-means in the full space after the choice
    seed : of Leiden's random order

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster; each row belongs to the nearest centre
    layers_ : tuple of Layer, fine to coarse, each nested in the next
    chosen_ : index of the layer that labels_ is
    stabilities_ : (n_clusters,) float32, mean best overlap with the clusters of
        the trials
    centres_ : (n_clusters, n_dims) float32 unit vectors
    reason_ : one sentence

    References
    ----------
    Traag, Waltman, van Eck (2019), From Louvain to Leiden: guaranteeing well-connected
    communities. Scientific Reports 9. The communities are scikit-network's.
    """

    def __init__(
        self,
        detail: str = "normal",
        *,
        n_neighbors: int = 30,
        n_trials: int = 4,
        min_size: int = 3,
        refine: int = 5,
        seed: int = 0,
    ) -> None:
        self.detail = detail
        self.n_neighbors = n_neighbors
        self.n_trials = n_trials
        self.min_size = min_size
        self.refine = refine
        self.seed = seed

    def fit(
        self,
        X: Array,
        y: object = None,
        *,
        neighbors: tuple[NDArray[np.int32], Array] | None = None,
    ) -> Communities:
        """Cluster unit vectors.

        Parameters
        ----------
        X : (n, n_dims) float32, rows of unit length
        y : ignored
        neighbors : (rows, distances) of the nearest other items, each (n, k); found here when
            not given

        Raises
        ------
        BadInput : if `detail` is not one of the three words
        """
        if self.detail not in DETAILS:
            raise BadInput(f"detail must be one of {', '.join(DETAILS)}, got {self.detail!r}.")
        if len(X) < 4:
            return self._single(X)
        # in a small table a fixed number of neighbors would join everything with everything
        k = min(self.n_neighbors, max(5, round(math.sqrt(len(X)))), len(X) - 1)
        if neighbors is None:
            neighbors = nearest(X, X, k, exclude_itself=True)
        with threadpool_limits(limits=1):
            graph = similarity_graph(neighbors[0][:, :k], neighbors[1][:, :k])
            ladder = self._ladder(graph, self.seed)
            steps = distinct_steps(ladder)
            if not steps:
                return self._single(X)
            trials = self._trials(graph)
            layers = measure(X, neighbors[0][:, :k], ladder, steps, trials)
            self.chosen_, self.reason_ = choose(layers, self.detail)
            self.labels_, self.centres_ = sharpened(X, layers[self.chosen_].labels, self.refine)
            self.layers_ = nest(X, self.labels_, layers, self.chosen_)
        self.stabilities_ = overlaps(self.labels_, steps[self.chosen_], trials)
        return self

    def _trials(self, graph: Any) -> list[Trial]:
        """The same steps with other seeds on random parts of the rows."""
        n = graph.shape[0]
        rng = np.random.default_rng(self.seed)
        trials = []
        for number in range(1, max(1, self.n_trials) + 1):
            rows = np.sort(rng.choice(n, max(2, round(PART * n)), replace=False))
            part = graph[rows][:, rows].tocsr()
            part.sort_indices()
            trials.append(Trial(rows, self._ladder(part, self.seed + number)))
        return trials

    def _single(self, X: Array) -> Communities:
        """One cluster of everything."""
        self.labels_ = np.zeros(len(X), dtype=np.int32)
        self.centres_ = centres(X, self.labels_, 1)
        self.layers_ = (Layer(self.labels_, 1),)
        self.chosen_ = 0
        self.stabilities_ = np.empty(0, dtype=np.float32)
        self.reason_ = (
            f"1 cluster because {len(X)} distinct rows are too few to part."
            if len(X) < 4
            else "1 cluster because no division was found that holds together."
        )
        return self

    def _ladder(self, graph: Any, seed: int) -> list[Labels]:
        """Nested communities, one layer per resolution, finest first."""
        layers: list[Labels] = []
        current = np.arange(graph.shape[0])
        for resolution in RESOLUTIONS:
            if graph.shape[0] > 1:
                groups = leiden(graph, resolution, seed)
                graph, current = merge_nodes(graph, groups), groups[current]
                if not layers:
                    groups = join_small(graph, np.bincount(current), self.min_size)
                    graph, current = merge_nodes(graph, groups), groups[current]
            layers.append(by_size(current))
        return layers
