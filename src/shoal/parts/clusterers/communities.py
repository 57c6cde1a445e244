"""The default clusterer: what several hierarchies over the neighbor graph agree on.

It needs no number of clusters. Each vector is averaged with its neighbors along the leading
directions. Hierarchies of several random subsets of the rows are cut at two to some hundreds of
clusters. At each number, rows that most hierarchies put together form a cluster. All numbers are
measured, and the middle of those that are about as good as the best is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import Layer
from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import ordered_map, serial_algebra
from shoal.numerics.clusters import centres, renamed
from shoal.numerics.graph import averaged, similarity_graph
from shoal.numerics.ivf.search import nearest_at_any_size
from shoal.numerics.neighbors import from_all_groups
from shoal.numerics.samples import priorities, row_keys
from shoal.numerics.scratch import IN_MEMORY, Scratch
from shoal.parts.clusterers.base import Estimator, at_least
from shoal.parts.clusterers.choosing_k import asked_for
from shoal.parts.clusterers.hierarchy import (
    AVERAGINGS,
    CELLS,
    CELLS_A_GROUP,
    PART,
    Cells,
    leading,
    n_small_groups,
    tried,
)
from shoal.parts.clusterers.layers import (
    DETAILS,
    Level,
    candidate_ks,
    choose,
    marks,
    measure,
    nest,
    packed,
    plateau,
    reason,
    themes,
    unpacked,
)
from shoal.parts.clusterers.pieces import with_pieces
from shoal.parts.clusterers.sampling import all_kept, place, spread_layers

Labels = NDArray[np.int32]
Keys = NDArray[np.uint64]
Arrays = Mapping[str, NDArray[Any]]
Groups = Sequence[NDArray[np.int64]]
Softened = Callable[[FloatArray], FloatArray]

SEEN_ROWS = 4000
"""Most rows that separation is measured on at each level; a random sample of larger data."""
SEEN_DRAW, SAMPLE_DRAW = 1 << 22, 1 << 23
"""Numbers of random draws, apart from those of the trials."""
POOL = 10
"""How many times more neighbors are searched than joined if all groups must be among them."""
FEW = 4
"""Fewer rows than this are one cluster unless a number is given."""
FEW_DISTINCT, OFTEN = 12, 3
"""At most FEW_DISTINCT distinct rows with OFTEN copies on average are a cluster each."""


class Communities(Estimator):
    """Clusters without a given number, by a consensus of hierarchies over the neighbor graph.

    Parameters
    ----------
    detail : "coarse", "normal" or "fine"; coarse and fine are the best cuts with at most half,
        or at least twice, as many clusters as the normal one
    n_clusters : exact number of clusters; chosen if None
    n_neighbors : neighbors joined to each item, fewer in a small table; 10 and 15 measured alike
    n_trials : number of hierarchies of random subsets that clusters are agreed on by, and that
        their stability is measured with
    refine : steps of k-means on the averaged vectors after a cut
    sample_rows : larger data are clustered by a random sample of this many rows, and all rows are
        assigned to its clusters
    seed : random seed of the small groups and the trials

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    layers_ : tuple of Layer, fine to coarse, each nested in the next
    chosen_ : index of the layer that labels_ is
    stabilities_ : (n_clusters,) float32, mean best overlap with the clusters of the trials
    hierarchy_ : named arrays with all that another cut needs; `fit` takes them back
    range_ : fewest and most clusters that are about as good, None for a single cluster
    reason_ : explanation of the number of clusters
    """

    cut_parameters = frozenset({"detail", "n_clusters"})
    """Parameters that choose a cut and leave the hierarchy as it is."""
    range_: tuple[int, int] | None
    _measured_on: tuple[FloatArray, Any] | None
    """Vectors and graph that the layers were scored on; None for a sample."""

    def __init__(
        self,
        detail: str = "normal",
        *,
        n_clusters: int | None = None,
        n_neighbors: int = 12,
        n_trials: int = 24,
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
        keys: Keys | None = None,
        copies: Labels | None = None,
        alike: bool = False,
        groups: Groups = (),
        softened: Softened | None = None,
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
        keys : (n,) uint64, a number for what each row holds, by which rows are drawn at random;
            made of the vectors when not given
        copies : (n,) how many rows hold each; one if not given
        alike : whether the rows are known to differ in nothing that counts
        groups : (n,) each, -1 for none: what the clusters shall not follow, so that rows are
            joined with rows of all groups
        softened : makes of vectors those that the separation of clusters is measured on, (n,
            n_dims) float32, where the values behind them were rounded
        scratch : where labels of the layers are kept that are found by a sample

        Raises
        ------
        BadInput : if `detail` is not one of the three words, or `n_clusters` no positive number
        TooFewItems : if there are fewer distinct items than clusters
        """
        self._check(len(X))
        if alike and self.n_clusters is None:
            return self._single(len(X), "all rows are the same except for numbers and names.")
        many = copies is not None and int(copies.sum()) >= OFTEN * len(X)
        if many and 1 < len(X) <= FEW_DISTINCT and self.n_clusters is None:
            return self._each(len(X))
        if len(X) < FEW and self.n_clusters is None:
            return self._single(len(X), "there are fewer than four distinct rows.")
        if len(X) == 1 or self.n_clusters == 1:
            why = "there is only one distinct row." if len(X) == 1 else "-k 1 asked for it."
            return self._single(len(X), why)
        if len(X) > at_least("sample_rows", self.sample_rows, FEW):
            return self._by_sample(X, neighbors, hierarchy, keys, groups, softened, scratch)
        with serial_algebra():
            rows, distances = self._joined(X, neighbors, groups)
            graph = similarity_graph(rows, distances)
            apart = X if softened is None else softened(X)
            keys = row_keys(X) if keys is None else keys
            parted = apart is X or _says_more_than_rounding(distances, apart)
            levels = self._levels(X, apart, graph, keys, hierarchy, parted=parted)
            holds = any(level.score > 0 for level in levels) or self.n_clusters is not None
            if not holds:
                return self._single(len(X), "no stable division was found.")
            if self.n_clusters is None:
                self.chosen_ = choose(levels, self.detail)
            else:
                self.chosen_ = [level.n_clusters for level in levels].index(self.n_clusters)
            asked = self.n_clusters is not None
            self.reason_ = reason(levels, self.chosen_, self.detail, asked=asked)
            self.labels_ = levels[self.chosen_].labels
            self.stabilities_ = levels[self.chosen_].overlaps
            finest, coarsest = plateau(levels)
            self.range_ = (levels[coarsest].n_clusters, levels[finest].n_clusters)
            self.layers_ = nest(apart, graph, levels, self.chosen_, themes(levels, self.chosen_))
            self._measured_on = (apart, graph)
        return self

    def _joined(
        self, X: FloatArray, neighbors: tuple[Labels, FloatArray] | None, groups: Groups
    ) -> tuple[Labels, FloatArray]:
        """The neighbors that each row is joined with, and their distances, (n, k) each."""
        # in a small table a fixed number of neighbors would join everything with everything
        k = min(self.n_neighbors, max(5, round(len(X) ** 0.5 / 6)), len(X) - 1)
        if groups:
            pool = min(POOL * k, len(X) - 1)
            return from_all_groups(*nearest_at_any_size(X, pool, seed=self.seed), groups, k)
        rows, distances = neighbors or nearest_at_any_size(X, k, seed=self.seed)
        return rows[:, :k], distances[:, :k]

    def remeasured(self, layer: Layer) -> Layer:
        """A layer with the separation and modularity of its present labels.

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
        keys: Keys | None,
        groups: Groups,
        softened: Softened | None,
        scratch: Scratch,
    ) -> Communities:
        """Cluster a sample, and assign all rows to the centres of its clusters."""
        keys = row_keys(X) if keys is None else keys
        first = np.argpartition(priorities(keys, self.seed, SAMPLE_DRAW), self.sample_rows)
        sample = first[: self.sample_rows]
        sample = sample[np.argsort(keys[sample], kind="stable")]  # whatever order the rows are in
        some = np.asarray(X[sample])
        found = self._joined(some, None, [group[sample] for group in groups])
        k = found[0].shape[1]
        self.fit(some, neighbors=found, hierarchy=hierarchy, keys=keys[sample], softened=softened)
        self._measured_on = None
        self.reason_ += f" Measured on a sample of {len(some):,} of the {len(X):,} rows."
        if len(self.layers_) == 1 and self.layers_[0].n_clusters == 1:
            self.labels_ = np.zeros(len(X), dtype=np.int32)
            self.layers_ = (Layer(self.labels_, 1),)
            return self
        rows, distances = neighbors or nearest_at_any_size(X, k, seed=self.seed)
        with serial_algebra():
            # centres of averaged rows, as those that are placed will be
            smooth = averaged(some, similarity_graph(*found), AVERAGINGS)
            centre = centres(smooth, self.labels_, int(self.labels_.max()) + 1)
            if groups:
                rows, distances = from_all_groups(rows, distances, groups, k)
            placed = place(X, rows[:, :k], distances[:, :k], centre, AVERAGINGS, scratch)
            placed = all_kept(placed, sample, self.labels_)
            self.layers_ = spread_layers(X, placed, sample, self.layers_, self.chosen_, scratch)
        self.labels_, old = renamed(placed)
        self.stabilities_ = self.stabilities_[old]
        chosen = replace(self.layers_[self.chosen_], labels=self.labels_)
        self.layers_ = (*self.layers_[: self.chosen_], chosen, *self.layers_[self.chosen_ + 1 :])
        return self

    def _levels(
        self,
        X: FloatArray,
        apart: FloatArray,
        graph: Any,
        keys: Keys,
        saved: Arrays | None,
        *,
        parted: bool,
    ) -> list[Level]:
        """Measured levels of detail, finest first, including the requested number."""
        if saved is None:
            levels = self._measured(X, apart, graph, keys, parted=parted)
            self.hierarchy_ = packed(levels)
        else:
            levels = unpacked(saved)
            self.hierarchy_ = dict(saved)
        wanted = self.n_clusters
        if wanted is not None and wanted not in {level.n_clusters for level in levels}:
            levels += self._measured(X, apart, graph, keys, wanted)
            levels.sort(key=lambda level: -level.n_clusters)
        return levels

    def _measured(
        self,
        X: FloatArray,
        apart: FloatArray,
        graph: Any,
        keys: Keys,
        wanted: int | None = None,
        *,
        parted: bool = False,
    ) -> list[Level]:
        """The levels at all candidate numbers, or at the requested one."""
        smooth = averaged(leading(X), graph, AVERAGINGS)
        n_groups = n_small_groups(len(X))
        least = wanted or 1
        n_cells = max(CELLS, CELLS_A_GROUP * n_groups, 2 * least)
        cells = Cells.of(smooth, keys, self.seed, n_cells)
        counts = candidate_ks(round(n_groups * PART**0.5)) if wanted is None else [wanted]
        trials = tried(cells, counts, self.n_trials, self.seed, least)
        seen = np.sort(np.argsort(priorities(keys, self.seed, SEEN_DRAW))[:SEEN_ROWS])

        def one(count: int) -> Level:
            return measure(apart, graph, trials, count, self.refine, seen)

        whole = [x for x in counts if len(trials.into(x)) == self.n_trials]
        levels = list(ordered_map(one, whole))
        if wanted is not None or not parted:
            return levels
        return with_pieces(levels, apart, graph, trials, self.seed, seen)

    def _check(self, n: int) -> None:
        if self.detail not in DETAILS:
            raise BadInput(f"detail must be one of {', '.join(DETAILS)}, got {self.detail!r}.")
        asked_for(self.n_clusters, n)  # says what is wrong with it, if anything is

    def _each(self, n: int) -> Communities:
        """Make each distinct row a cluster: there are few, and each has many copies."""
        self._single(n, "")
        self.labels_ = np.arange(n, dtype=np.int32)
        self.layers_ = (Layer(self.labels_, n),)
        self.stabilities_ = np.ones(n, dtype=np.float32)
        self.reason_ = f"{n} clusters because there are {n} distinct rows with many copies each."
        return self

    def _single(self, n: int, why: str) -> Communities:
        """One cluster of everything."""
        self.labels_ = np.zeros(n, dtype=np.int32)
        self.layers_ = (Layer(self.labels_, 1),)
        self.chosen_ = 0
        self.range_ = None
        self.stabilities_ = np.empty(0, dtype=np.float32)
        self.hierarchy_ = {}
        self._measured_on = None
        self.reason_ = f"1 cluster because {why}"
        return self


def _says_more_than_rounding(distances: FloatArray, apart: FloatArray) -> bool:
    """Whether neighbors are farther away than rounding alone can explain.

    Else the neighbor graph falls apart between the steps of the values, and not between groups.
    """
    unclear = 1.0 - np.einsum("ij,ij->i", apart, apart)
    return bool(np.median(distances) >= np.median(unclear))
