"""Measure clusterings of several levels of detail, choose one, and fit the others around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import NOISE, Layer
from shoal.numerics.arrays import AnyArray, FloatArray, NamedArrays
from shoal.numerics.blocks import ordered_map
from shoal.numerics.clusters import by_size, members, quick_sums, renamed, sampled_silhouette, unit
from shoal.numerics.graph import modularity
from shoal.numerics.partitions.agreement import adjusted_rand, best_overlap, majority
from shoal.numerics.samples import evenly
from shoal.numerics.stats.intervals import mean_interval
from shoal.parts.clusterers.base import counted
from shoal.parts.clusterers.hierarchy import Trials

Labels = NDArray[np.int32]

DETAILS = ("coarse", "normal", "fine")
DENSE = 16
"""Every number of clusters up to here is a level."""
STEP = 2**0.25
"""How many times more clusters the next finer level has beyond DENSE."""
MIN_SUMMED = 5
"""Clusters from which on it is worth while to sum them up as themes."""
MAX_THEMES, MAX_IN_THEME = 15, 12
"""Themes, and clusters of each on average, that a reader can take in."""
BREADTH = 0.25
"""Of the average of scores, in the logarithm of the number of clusters: one or two steps."""
UNSURE = 0.05
"""Standard deviation of the trials' agreement from which on a score says no more than those of
its neighbors do."""
HIGH = 0.1
"""Peaks whose score lacks no more than this share of the highest are equally good."""
EQUAL = 0.06
"""Levels have a say in the middle whose score lacks no more than this share of the highest."""
AS_GOOD = 0.05
"""Levels whose score lacks no more than this share are told to be as good: other rows, or a little
noise, move a score by about as much."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A cut and what was measured on it.

    Parameters
    ----------
    labels : (n,) int32 by falling size
    separation : mean cosine silhouette, in [-1, 1]
    agreements : (n_trials,) float64, adjusted Rand index with the same cut of each trial
    modularity : share of the graph's weight inside clusters, less what chance would put there
    overlaps : (n_clusters,) float32, mean best Jaccard overlap of each cluster with the trials'
    """

    labels: Labels
    separation: float
    agreements: NDArray[np.float64]
    modularity: float
    overlaps: FloatArray

    @property
    def stability(self) -> float:
        """Mean agreement with the trials."""
        return float(np.mean(self.agreements))

    @property
    def n_clusters(self) -> int:
        """How many clusters it has."""
        return len(self.overlaps)

    @property
    def score(self) -> float:
        """What the choice compares: the product of the three, each nothing if below zero."""
        marks = (self.separation, self.stability, self.modularity)
        return float(np.prod(np.maximum(marks, 0.0)))

    def fitted(self, labels: Labels, vectors: FloatArray, graph: Any) -> Layer:
        """Labels fitted to another level's; stability and score stay those of the cut."""
        kept = np.array_equal(labels, self.labels)
        found = (self.separation, self.modularity) if kept else marks(vectors, graph, labels)
        stability, low, high = mean_interval(self.agreements, -1.0, 1.0)
        n_clusters = int(labels.max()) + 1
        return Layer(labels, n_clusters, found[0], stability, found[1], self.score, low, high)


TOLD_ROWS = 2000
"""Rows whose silhouettes are told of a layer that nesting changed."""


def marks(vectors: FloatArray, graph: Any, labels: Labels) -> tuple[float | None, float]:
    """Separation and modularity; a row without a cluster has no silhouette and stands alone.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    graph : CSR (n, n), their similarity graph
    labels : (n,) int32, -1 for none

    Returns
    -------
    Mean cosine silhouette, of which such a row counts as 0, None for a single cluster, of at most
    `TOLD_ROWS` rows at even steps; and the share of the graph's weight inside clusters, less what
    chance would put there
    """
    n_clusters = int(labels.max(initial=NOISE)) + 1
    alone = labels == NOISE
    apart = labels.copy()
    apart[alone] = n_clusters + np.arange(np.count_nonzero(alone))
    # told and not chosen by: measuring all rows of all layers again took a sixth of a run's time
    some = evenly(len(labels), TOLD_ROWS)
    separation = sampled_silhouette(vectors, labels, some) if n_clusters > 1 else None
    return separation, modularity(graph, apart)


def candidate_ks(most: int) -> list[int]:
    """Numbers of clusters to measure, from `most` or a little less down to two."""
    steps = int(np.log(max(most / DENSE, 1.0)) / np.log(STEP)) + 1
    wide = {round(DENSE * STEP**step) for step in range(steps + 1)}
    counts = {*range(2, DENSE), *wide}
    return sorted((count for count in counts if count <= most), reverse=True)


def measure(
    vectors: FloatArray,
    graph: Any,
    trials: Trials,
    n_clusters: int,
    steps: int,
    seen: NDArray[np.intp],
) -> Level:
    """Make clusters that the trials agree on, and measure them.

    A good level of detail has clusters that are apart (separation), are found again by
    hierarchies of parts of the rows (stability), and do not cut the graph more than chance does
    (modularity). Separation rises with detail and falls when clusters are cut in two; stability
    falls with detail; modularity falls at both ends. Their product is highest in between, and has
    nothing to tune.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    graph : CSR (n, n), their similarity graph
    trials : of the same rows
    n_clusters : how many
    steps : of k-means at the end
    seen : (n_seen,) rows whose separation is measured
    """
    cells = trials.consensus(n_clusters)
    labels, named = renamed(trials.rows(cells, steps))
    again = trials.into(n_clusters)
    level = level_of(vectors, graph, labels, cells, again, trials.cells.sizes, seen)
    return replace(level, overlaps=level.overlaps[named])


def level_of(
    vectors: FloatArray,
    graph: Any,
    labels: Labels,
    cells: Labels,
    again: Sequence[Labels],
    sizes: NDArray[np.int64],
    seen: NDArray[np.intp],
) -> Level:
    """The marks of clusters that trials found again.

    Parameters
    ----------
    vectors, graph : of the rows, as `measure` takes them
    labels : (n,) int32, the clusters of the rows
    cells : (n_cells,) int32, those of the cells
    again : (n_cells,) int32 each, what the trials say of the cells
    sizes : (n_cells,) rows of each cell
    seen : (n_seen,) rows whose separation is measured

    Returns
    -------
    A level whose overlaps are in the order of the clusters of the cells
    """
    overlaps = [best_overlap(cells, theirs, sizes) for theirs in again]
    return Level(
        labels,
        separation=sampled_silhouette(vectors, labels, seen),
        agreements=np.array([adjusted_rand(cells, theirs, sizes) for theirs in again]),
        modularity=modularity(graph, labels),
        overlaps=np.mean(overlaps, axis=0).astype(np.float32),
    )


def packed(levels: Sequence[Level]) -> NamedArrays:
    """Levels as named arrays; `unpacked` reads them."""
    marks = [(level.separation, level.modularity) for level in levels]
    return {
        "levels": np.array([level.labels for level in levels], dtype=np.int32),
        "marks": np.array(marks, dtype=np.float64),
        "agreements": np.array([level.agreements for level in levels], dtype=np.float64),
        "overlaps": np.concatenate([np.empty(0, np.float32), *(x.overlaps for x in levels)]),
    }


def unpacked(arrays: Mapping[str, AnyArray]) -> list[Level]:
    """What `packed` was given."""
    counts = [int(labels.max()) + 1 for labels in arrays["levels"]]
    overlaps = np.split(arrays["overlaps"], np.cumsum(counts)[:-1]) if counts else []
    return [
        Level(labels, float(marks[0]), agreements, float(marks[1]), found)
        for labels, marks, agreements, found in zip(
            arrays["levels"], arrays["marks"], arrays["agreements"], overlaps, strict=True
        )
    ]


def smoothed(levels: Sequence[Level]) -> NDArray[np.float64]:
    """The score of each level, averaged with those of about as many clusters where it is unsure.

    Neighboring numbers measure nearly the same, and what one of them has beyond the others is
    mostly chance. It is not where all trials find the same clusters.
    """
    counts = np.log([level.n_clusters for level in levels])
    weights = np.exp(-0.5 * ((counts[:, None] - counts) / BREADTH) ** 2)
    scores = np.array([level.score for level in levels])
    mean = (weights @ scores) / weights.sum(axis=1)
    spread = np.array([np.std(level.agreements) for level in levels])
    return np.asarray(mean + (scores - mean) * np.maximum(1.0 - spread / UNSURE, 0.0))


def plateau(levels: Sequence[Level], lack: float = AS_GOOD) -> tuple[int, int]:
    """Indices of the finest and the coarsest level that are as good as the peak between them.

    A peak is the best of the levels with half to twice as many clusters. Of several that hardly
    differ it is the coarsest: themes first, their parts by `detail`.

    Parameters
    ----------
    levels : finest first
    lack : share of the peak's score that they may lack
    """
    scores, counts = smoothed(levels), np.array([level.n_clusters for level in levels])
    high = np.flatnonzero(scores >= scores.max() * (1.0 - HIGH))
    near = [(counts * 2 >= counts[i]) & (counts <= counts[i] * 2) for i in high]
    peaks = [i for i, around in zip(high, near, strict=True) if scores[i] >= scores[around].max()]
    finest = coarsest = int(peaks[-1])
    enough = scores >= scores[finest] * (1.0 - lack)
    while finest > 0 and enough[finest - 1]:
        finest -= 1
    while coarsest + 1 < len(levels) and enough[coarsest + 1]:
        coarsest += 1
    return finest, coarsest


def choose(levels: Sequence[Level], detail: str) -> int:
    """Index of the chosen level.

    "normal" is the middle of those nearly as good as the best; "coarse" and "fine" are the best
    with at most half, or at least twice, as many clusters, or else the coarsest or finest.
    """
    scores = smoothed(levels)
    normal = _middle(levels, scores)
    n_normal = levels[normal].n_clusters
    if detail == "coarse":
        able = [i for i, x in enumerate(levels) if x.n_clusters * 2 <= n_normal]
        return max(able, key=lambda i: scores[i], default=len(levels) - 1)
    if detail == "fine":
        able = [i for i, x in enumerate(levels) if x.n_clusters >= n_normal * 2]
        return max(able, key=lambda i: scores[i], default=0)
    return normal


def _middle(levels: Sequence[Level], scores: NDArray[np.float64]) -> int:
    """Index of the level in the middle of the peak, in the logarithm of the number of clusters.

    A level counts the less the more its score lacks, so that one which comes to be just good
    enough, or no longer, with other rows or a little noise, hardly moves the middle.
    """
    counts = np.log([level.n_clusters for level in levels])
    finest, coarsest = plateau(levels, EQUAL)
    if finest == coarsest or scores.max() <= 0:
        return finest
    near = slice(finest, coarsest + 1)
    lack = 1.0 - scores[near] / scores[near].max()
    # levels stand closer in some places than in others: each counts for the stretch around it
    weights = np.maximum(1.0 - lack / EQUAL, 0.0) * np.abs(np.gradient(counts[near]))
    if not weights.sum():  # a handful of rows of which no two are alike
        return int(np.argmax(scores))
    return int(np.abs(counts - np.average(counts[near], weights=weights)).argmin())


def themes(levels: Sequence[Level], chosen: int) -> int | None:
    """Index of the level whose clusters are the themes of the chosen ones, None if none is.

    The best of those with at most half as many clusters that a reader can take in, where there is
    one: up to 15 themes, or one for eight clusters, of a dozen clusters each at most. Of fewer
    than five clusters there are none.
    """
    n_clusters = levels[chosen].n_clusters
    able = [i for i, x in enumerate(levels) if x.n_clusters * 2 <= n_clusters and x.score > 0]
    if n_clusters < MIN_SUMMED:
        return None
    most = max(MAX_THEMES, n_clusters // 8)
    told = [i for i in able if n_clusters / MAX_IN_THEME <= levels[i].n_clusters <= most]
    return max(told or able, key=lambda i: levels[i].score * levels[i].stability, default=None)


def reason(levels: Sequence[Level], chosen: int, detail: str, *, asked: bool) -> str:
    """Why there are that many clusters.

    Parameters
    ----------
    levels : all that were measured
    chosen : index of the one taken
    detail : "coarse", "normal" or "fine"
    asked : whether the number of clusters was given
    """
    level, best = levels[chosen], levels[choose(levels, "normal")].n_clusters
    most, least = (levels[i].n_clusters for i in plateau(levels))
    span = (
        f"any number from {least} to {most} is about as good"
        if least < most
        else ("no other number is as good")
    )
    if asked:
        info = f"{counted(level.n_clusters)}, as requested; the data suggest {best}, and {span}"
    elif detail == "normal":
        info = f"{counted(level.n_clusters)}; {span}"
    else:
        info = f"{counted(level.n_clusters)}, the best {detail} number; the normal choice is {best}"
    above = themes(levels, chosen)
    summed = "" if above is None else f" {levels[above].n_clusters} broad themes above them."
    return (
        f"{info}.{summed} Chosen among {len(levels)} numbers by how far apart the clusters "
        f"are (separation {level.separation:.2f}), how well subsets of the rows reproduce "
        f"them (stability {level.stability:.2f}), and how rarely they separate neighbors "
        f"(modularity {level.modularity:.2f})."
    )


def nest(
    vectors: FloatArray, graph: Any, levels: Sequence[Level], chosen: int, broad: int | None = None
) -> tuple[Layer, ...]:
    """Fit the levels around the labels of the chosen one, so that all nest in each other.

    A coarser layer merges whole chosen clusters. In a finer one each row goes to the nearest of
    the smaller clusters inside its own. What that changes is measured again.
    """
    labels = levels[chosen].labels
    fitted: dict[int, Labels] = {chosen: labels}
    below = above = labels
    for i in range(chosen + 1, len(levels)):
        below = by_size(majority(below, levels[i].labels)[below])
        fitted[i] = below
    for i in range(chosen - 1, -1, -1):
        parent = majority(levels[i].labels, above)
        above = _nearest_child(vectors, levels[i].labels, parent, above)
        fitted[i] = above

    def measured(i: int) -> Layer:
        return replace(levels[i].fitted(fitted[i], vectors, graph), broad=i == broad)

    return tuple(ordered_map(measured, range(len(levels))))


def _nearest_child(vectors: FloatArray, fine: Labels, parent: Labels, own: Labels) -> Labels:
    """Label each row by the nearest centre among the fine clusters inside its own cluster."""
    centre = unit(quick_sums(vectors, fine))
    out = np.empty(len(own), dtype=np.int32)
    spare = len(parent)
    n_clusters = int(own.max()) + 1
    homes = zip(members(own, n_clusters), members(parent, n_clusters), strict=True)
    for cluster, (rows, children) in enumerate(homes):
        if len(children) < 2:
            out[rows] = spare + cluster
        else:
            out[rows] = children[(vectors[rows] @ centre[children].T).argmax(axis=1)]
    return by_size(out)
