"""The default clusterer: a hierarchy over the neighbor graph, cut where the data say.

It is given no number of clusters. Each vector is averaged with its neighbors' along the leading
directions; k-means finds some hundreds of small groups; Ward's method merges them into one
hierarchy, so that every cut nests in every coarser one. Cuts from two clusters to all groups are
measured, one is chosen, and a few steps of k-means sharpen its borders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin

from shoal.data import Layer
from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import ordered_map, serial_algebra
from shoal.numerics.clusters import centres, renamed
from shoal.numerics.graph import averaged, similarity_graph
from shoal.numerics.ivf.search import nearest_at_any_size
from shoal.numerics.samples import even_sample
from shoal.numerics.scratch import IN_MEMORY, Scratch
from shoal.parts.clusterers.base import at_least
from shoal.parts.clusterers.choosing_k import asked_for
from shoal.parts.clusterers.hierarchy import AVERAGINGS, Hierarchy, leading, small_groups
from shoal.parts.clusterers.layers import (
    DETAILS,
    Level,
    Trial,
    between,
    candidate_ks,
    choose,
    marks,
    measure,
    nest,
    packed,
    reason,
    unpacked,
)
from shoal.parts.clusterers.sampling import all_kept, place, spread_layers

Labels = NDArray[np.int32]
Arrays = Mapping[str, NDArray[Any]]

PART = 0.6
"""Share of the rows in a trial."""
FEW = 4
"""Fewer rows than this are one cluster unless a number is asked for."""


class Communities(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Clusters without a number given: a hierarchy over the neighbor graph.

    Parameters
    ----------
    detail : "coarse", "normal" or "fine"; coarse and fine are the best cuts with at most half,
        or at least twice, as many clusters as the normal one
    n_clusters : None to find the number, else exactly so many
    n_neighbors : neighbors joined to each item, fewer in a small table; 10 and 15 measured alike
    n_trials : hierarchies of random parts of the rows that the stability is measured on
    refine : steps of k-means on the averaged vectors after a cut
    sample_rows : of more rows than this an even sample of so many is clustered, and all rows are
        placed by what it found
    seed : of the small groups and of the trials

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    layers_ : tuple of Layer, fine to coarse, each nested in the next
    chosen_ : index of the layer that labels_ is
    stabilities_ : (n_clusters,) float32, mean best overlap with the clusters of the trials
    hierarchy_ : named arrays, all that another cut needs; handed back to `fit`, they are not
        computed again
    reason_ : one sentence
    """

    cut_parameters = frozenset({"detail", "n_clusters"})
    """Parameters that choose a cut and leave the hierarchy as it is."""
    _measured_on: tuple[FloatArray, Any] | None
    """What the marks of the layers were measured on: vectors and graph; None if on a sample."""

    def __init__(
        self,
        detail: str = "normal",
        *,
        n_clusters: int | None = None,
        n_neighbors: int = 12,
        n_trials: int = 3,
        refine: int = 2,
        sample_rows: int = 100_000,
        seed: int = 0,
    ) -> None:
        self.detail = detail
        self.n_clusters = n_clusters
        self.n_neighbors = n_neighbors
        self.n_trials = n_trials
        self.refine = refine
        self.sample_rows = sample_rows
        self.seed = seed

    def fit(
        self,
        X: FloatArray,
        y: object = None,
        *,
        neighbors: tuple[Labels, FloatArray] | None = None,
        hierarchy: Arrays | None = None,
        scratch: Scratch = IN_MEMORY,
    ) -> Communities:
        """Cluster unit vectors.

        Parameters
        ----------
        X : (n, n_dims) float32, rows of unit length
        y : ignored
        neighbors : (rows, distances) of the nearest other items, each (n, k); found here when
            not given
        hierarchy : `hierarchy_` of an earlier fit to the same X
        room : where labels of the layers are kept that are found by a sample

        Raises
        ------
        BadInput : if `detail` is not one of the three words, or `n_clusters` no positive number
        TooFewItems : if there are fewer distinct items than clusters
        """
        self._check(len(X))
        if len(X) < FEW and self.n_clusters is None:
            return self._single(len(X), "fewer than four distinct rows are too few to part.")
        if len(X) == 1 or self.n_clusters == 1:
            why = "there is one distinct row." if len(X) == 1 else "-k 1 asked for it."
            return self._single(len(X), why)
        if len(X) > at_least("sample_rows", self.sample_rows, FEW):
            return self._by_sample(X, neighbors, hierarchy, scratch)
        # in a small table a fixed number of neighbors would join everything with everything
        k = min(self.n_neighbors, max(5, round(len(X) ** 0.5 / 6)), len(X) - 1)
        # so that a row keeps k of them, on the average, in a part of the rows
        spare = min(round(k / PART), len(X) - 1)
        rows, distances = neighbors or nearest_at_any_size(X, spare, seed=self.seed)
        with serial_algebra():
            graph = similarity_graph(rows[:, :k], distances[:, :k])
            levels = self._levels(X, graph, (rows[:, :spare], distances[:, :spare]), hierarchy)
            holds = any(level.score > 0 for level in levels) or self.n_clusters is not None
            if not holds:
                return self._single(len(X), "no division was found that holds together.")
            if self.n_clusters is None:
                self.chosen_ = choose(levels, self.detail)
            else:
                self.chosen_ = [level.n_clusters for level in levels].index(self.n_clusters)
            asked = self.n_clusters is not None
            self.reason_ = reason(levels, self.chosen_, self.detail, asked=asked)
            self.labels_ = levels[self.chosen_].labels
            self.stabilities_ = levels[self.chosen_].overlaps
            self.layers_ = nest(X, graph, levels, self.chosen_)
            self._measured_on = (X, graph)
        return self

    def remeasured(self, layer: Layer) -> Layer:
        """A layer with the separation and modularity of its labels as they are by now.

        What was measured on a sample stays as it was there.

        Parameters
        ----------
        layer : of the rows of the last fit; its labels (n,) may leave some out
        """
        if self._measured_on is None:
            return layer
        separation, inside = marks(*self._measured_on, layer.labels)
        return replace(layer, separation=separation, modularity=inside)

    def _by_sample(
        self,
        X: FloatArray,
        neighbors: tuple[Labels, FloatArray] | None,
        hierarchy: Arrays | None,
        scratch: Scratch,
    ) -> Communities:
        """Cluster a sample, and place all rows by the centres of its clusters."""
        sample = even_sample(len(X), self.sample_rows, self.seed)
        some = np.asarray(X[sample])
        k = min(self.n_neighbors, len(some) - 1)
        found = nearest_at_any_size(some, min(round(k / PART), len(some) - 1), seed=self.seed)
        self.fit(some, neighbors=found, hierarchy=hierarchy)
        self._measured_on = None
        info = f"chosen on a sample of {len(some):,} of the {len(X):,} rows"
        self.reason_ = f"{self.reason_.rstrip('.')}; all this was {info}."
        if len(self.layers_) == 1 and self.layers_[0].n_clusters == 1:
            self.labels_ = np.zeros(len(X), dtype=np.int32)
            self.layers_ = (Layer(self.labels_, 1),)
            return self
        rows, distances = neighbors or nearest_at_any_size(X, k, seed=self.seed)
        with serial_algebra():
            # centres of averaged rows, as those that are placed will be
            smooth = averaged(some, similarity_graph(found[0][:, :k], found[1][:, :k]), AVERAGINGS)
            centre = centres(smooth, self.labels_, int(self.labels_.max()) + 1)
            placed = place(X, rows[:, :k], distances[:, :k], centre, AVERAGINGS, scratch)
            placed = all_kept(placed, sample, self.labels_)
            self.layers_ = spread_layers(X, placed, sample, self.layers_, self.chosen_, scratch)
        self.labels_, old = renamed(placed)
        self.stabilities_ = self.stabilities_[old]
        chosen = replace(self.layers_[self.chosen_], labels=self.labels_)
        self.layers_ = (*self.layers_[: self.chosen_], chosen, *self.layers_[self.chosen_ + 1 :])
        return self

    def _levels(
        self, X: FloatArray, graph: Any, neighbors: tuple[Labels, FloatArray], saved: Arrays | None
    ) -> list[Level]:
        """Cuts of the hierarchy, measured, finest first; the number asked for among them."""
        if saved is None:
            tree, *trials = self._grown(X, graph, neighbors)
            counts = candidate_ks(tree.n_groups)
            levels = self._measured(X, graph, tree, trials, counts)
            if levels:
                levels += self._measured(X, graph, tree, trials, between(levels))
                levels.sort(key=lambda level: -level.n_clusters)
            self.hierarchy_ = packed(tree, levels)
        else:
            tree, levels = unpacked(X, graph, saved)
            trials = []
            self.hierarchy_ = dict(saved)
        wanted = self.n_clusters
        if wanted is not None and wanted not in {level.n_clusters for level in levels}:
            if not trials or wanted > min(tree.n_groups, *(x.hierarchy.n_groups for x in trials)):
                # the same ones again where they have so many groups
                tree, *trials = self._grown(X, graph, neighbors, wanted)
            levels += self._measured(X, graph, tree, trials, [wanted])
            levels.sort(key=lambda level: -level.n_clusters)
        return levels

    def _grown(
        self, X: FloatArray, graph: Any, neighbors: tuple[Labels, FloatArray], at_least: int = 1
    ) -> tuple[Hierarchy, *tuple[Trial, ...]]:
        """The hierarchy of all rows, and trials: those of random parts of the rows."""
        rng = np.random.default_rng(self.seed)
        n_part = max(2, round(PART * len(X)))
        parts = [np.sort(rng.choice(len(X), n_part, False)) for _ in range(self.n_trials)]
        wide = similarity_graph(*neighbors)
        vectors = leading(X)

        def grouped(number: int) -> tuple[FloatArray, Labels]:
            if number == 0:
                return small_groups(vectors, graph, self.seed, at_least)
            rows = parts[number - 1]
            part = wide[rows][:, rows].tocsr()
            part.sort_indices()
            least = min(at_least, n_part)
            return small_groups(vectors[rows], part, self.seed + number, least)

        found = list(ordered_map(grouped, range(1 + self.n_trials)))
        # short calls by the thousand, which threads would only take from each other
        whole, *others = (Hierarchy.merged(smooth, groups) for smooth, groups in found)
        return whole, *map(Trial, parts, others)

    def _measured(
        self,
        X: FloatArray,
        graph: Any,
        tree: Hierarchy,
        trials: Sequence[Trial],
        counts: Sequence[int],
    ) -> list[Level]:
        """Cuts into so many clusters, measured against the trials."""

        def one(count: int) -> Level:
            return measure(X, graph, tree, trials, count, self.refine)

        return list(ordered_map(one, counts))

    def _check(self, n: int) -> None:
        if self.detail not in DETAILS:
            raise BadInput(f"detail must be one of {', '.join(DETAILS)}, got {self.detail!r}.")
        asked_for(self.n_clusters, n)  # says what is wrong with it, if anything is

    def _single(self, n: int, why: str) -> Communities:
        """One cluster of everything."""
        self.labels_ = np.zeros(n, dtype=np.int32)
        self.layers_ = (Layer(self.labels_, 1),)
        self.chosen_ = 0
        self.stabilities_ = np.empty(0, dtype=np.float32)
        self.hierarchy_ = {}
        self._measured_on = None
        self.reason_ = f"1 cluster because {why}"
        return self
