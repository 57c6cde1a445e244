"""Measure clusterings of several levels of detail, choose one, and fit the others around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Labels = NDArray[np.int32]

DETAILS = ("coarse", "normal", "fine")
DENSE = 16
"""Every number of clusters up to here is a level."""
STEP = 2**0.25
"""Ratio of cluster numbers between neighboring levels beyond DENSE."""
MIN_SUMMED = 5
"""Fewest clusters that are summed up as themes."""
MAX_THEMES, MAX_IN_THEME = 15, 12
"""Most themes, and most clusters in a theme on average, that a reader can take in."""
BREADTH = 0.25
"""Width of the smoothing of scores, in the logarithm of the cluster number: one or two steps."""
UNSURE = 0.05
"""If the agreement of the trials has this standard deviation or more, the score of a level counts
no more than those of its neighbors."""
HIGH = 0.1
"""Peaks within this share of the highest score are equally good."""
EQUAL = 0.06
"""Levels within this share of the highest score count when the middle is chosen."""
AS_GOOD = 0.05
"""Levels within this share of the best score are reported as equally good. Other rows or a little
noise change a score by about as much."""


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
        """Number of clusters."""
        return len(self.overlaps)

    @property
    def score(self) -> float:
        """The product of the three, negative ones as zero: what the choice compares."""
        marks = (self.separation, self.stability, self.modularity)
        return float(np.prod(np.maximum(marks, 0.0)))

    def fitted(self, labels: Labels, vectors: FloatArray, graph: csr_matrix) -> Layer:
        """A layer with labels fitted to another level; stability and score stay as measured."""
        kept = np.array_equal(labels, self.labels)
        found = (self.separation, self.modularity) if kept else marks(vectors, graph, labels)
        stability, low, high = mean_interval(self.agreements, -1.0, 1.0)
        n_clusters = int(labels.max()) + 1
        return Layer(labels, n_clusters, found[0], stability, found[1], self.score, low, high)


TOLD_ROWS = 2000
"""Rows that the reported silhouette of a layer is measured on after nesting changed it."""


def marks(vectors: FloatArray, graph: csr_matrix, labels: Labels) -> tuple[float | None, float]:
    """Separation and modularity. A row without a cluster counts as a cluster of its own.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    graph : CSR (n, n), their similarity graph
    labels : (n,) int32, -1 for none

    Returns
    -------
    The mean cosine silhouette of at most `TOLD_ROWS` evenly spaced rows, in which rows without a
    cluster count as 0; None for a single cluster. And the share of the graph's weight inside
    clusters, minus the share expected by chance
    """
    n_clusters = int(labels.max(initial=NOISE)) + 1
    alone = labels == NOISE
    apart = labels.copy()
    apart[alone] = n_clusters + np.arange(np.count_nonzero(alone))
    # only reported, not used for the choice; measuring all rows took a sixth of the time of a run
    some = evenly(len(labels), TOLD_ROWS)
    separation = sampled_silhouette(vectors, labels, some) if n_clusters > 1 else None
    return separation, modularity(graph, apart)


def candidate_ks(most: int) -> list[int]:
    """Numbers of clusters to measure, descending from `most` or a little less to 2."""
    steps = int(np.log(max(most / DENSE, 1.0)) / np.log(STEP)) + 1
    wide = {round(DENSE * STEP**step) for step in range(steps + 1)}
    counts = {*range(2, DENSE), *wide}
    return sorted((count for count in counts if count <= most), reverse=True)


def measure(
    vectors: FloatArray,
    graph: csr_matrix,
    trials: Trials,
    n_clusters: int,
    steps: int,
    seen: NDArray[np.intp],
) -> Level:
    """Cluster by the agreement of the trials, and measure the result.

    At a good level of detail clusters are well separated, hierarchies of subsets of the rows find
    them again (stability), and they cut fewer edges of the graph than chance would (modularity).
    Separation rises with detail until clusters are cut in two. Stability falls with detail.
    Modularity falls at both ends. The product of the three peaks in between and needs no weights.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    graph : CSR (n, n), their similarity graph
    trials : of the same rows
    n_clusters : number of clusters
    steps : final steps of k-means
    seen : (n_seen,) rows whose separation is measured
    """
    cells = trials.consensus(n_clusters)
    labels, named = renamed(trials.rows(cells, steps))
    again = trials.into(n_clusters)
    level = level_of(vectors, graph, labels, cells, again, trials.cells.sizes, seen)
    return replace(level, overlaps=level.overlaps[named])


def level_of(
    vectors: FloatArray,
    graph: csr_matrix,
    labels: Labels,
    cells: Labels,
    again: Sequence[Labels],
    sizes: NDArray[np.int64],
    seen: NDArray[np.intp],
) -> Level:
    """Measure clusters that the trials found again.

    Parameters
    ----------
    vectors, graph : see `measure`
    labels : (n,) int32, cluster of each row
    cells : (n_cells,) int32, cluster of each cell
    again : for each trial (n_cells,) int32, its cluster of each cell
    sizes : (n_cells,) rows in each cell
    seen : (n_seen,) rows whose separation is measured

    Returns
    -------
    A level whose overlaps follow the numbering in `cells`
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
    """Levels from the arrays of `packed`."""
    counts = [int(labels.max()) + 1 for labels in arrays["levels"]]
    overlaps = np.split(arrays["overlaps"], np.cumsum(counts)[:-1]) if counts else []
    return [
        Level(labels, float(marks[0]), agreements, float(marks[1]), found)
        for labels, marks, agreements, found in zip(
            arrays["levels"], arrays["marks"], arrays["agreements"], overlaps, strict=True
        )
    ]


def smoothed(levels: Sequence[Level]) -> NDArray[np.float64]:
    """The score of each level, averaged with levels of similar size where it is uncertain.

    Levels with similar numbers of clusters measure nearly the same, so what sets one of them apart
    is mostly chance, unless all trials find the same clusters.
    """
    counts = np.log([level.n_clusters for level in levels])
    weights = np.exp(-0.5 * ((counts[:, None] - counts) / BREADTH) ** 2)
    scores = np.array([level.score for level in levels])
    mean = (weights @ scores) / weights.sum(axis=1)
    spread = np.array([np.std(level.agreements) for level in levels])
    return np.asarray(mean + (scores - mean) * np.maximum(1.0 - spread / UNSURE, 0.0))


def plateau(levels: Sequence[Level], lack: float = AS_GOOD) -> tuple[int, int]:
    """Indices of the finest and the coarsest level that are as good as the peak between them.

    A peak is the best level among those with half to twice as many clusters. Among peaks that
    hardly differ the coarsest is taken: themes come first, and `detail` gives their parts.

    Parameters
    ----------
    levels : finest first
    lack : share of the peak's score by which they may be lower
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

    "normal" is the middle of the levels that are nearly as good as the best. "coarse" is the best
    level with at most half as many clusters, and "fine" the best with at least twice as many; if
    there is none, the coarsest or finest.
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

    Levels are weighted by their score. A level that only just counts, or only just does not, then
    hardly moves the middle, so a few other rows do not change the choice.
    """
    counts = np.log([level.n_clusters for level in levels])
    finest, coarsest = plateau(levels, EQUAL)
    if finest == coarsest or scores.max() <= 0:
        return finest
    near = slice(finest, coarsest + 1)
    lack = 1.0 - scores[near] / scores[near].max()
    # levels are unevenly spaced, so each is weighted by the range that it covers
    weights = np.maximum(1.0 - lack / EQUAL, 0.0) * np.abs(np.gradient(counts[near]))
    if not weights.sum():  # a handful of rows, no two alike
        return int(np.argmax(scores))
    return int(np.abs(counts - np.average(counts[near], weights=weights)).argmin())


def themes(levels: Sequence[Level], chosen: int) -> int | None:
    """Index of the level whose clusters are the themes of the chosen ones; None without themes.

    Themes are the best level with at most half as many clusters. A level that a reader can take in
    is preferred: up to 15 themes, or one per eight clusters, each of at most a dozen clusters.
    Fewer than five clusters have no themes.
    """
    n_clusters = levels[chosen].n_clusters
    able = [i for i, x in enumerate(levels) if x.n_clusters * 2 <= n_clusters and x.score > 0]
    if n_clusters < MIN_SUMMED:
        return None
    most = max(MAX_THEMES, n_clusters // 8)
    told = [i for i in able if n_clusters / MAX_IN_THEME <= levels[i].n_clusters <= most]
    return max(told or able, key=lambda i: levels[i].score * levels[i].stability, default=None)


def reason(levels: Sequence[Level], chosen: int, detail: str, *, asked: bool) -> str:
    """Explain the number of clusters.

    Parameters
    ----------
    levels : all measured levels
    chosen : index of the chosen one
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
    vectors: FloatArray,
    graph: csr_matrix,
    levels: Sequence[Level],
    chosen: int,
    broad: int | None = None,
) -> tuple[Layer, ...]:
    """Fit all levels to the labels of the chosen one, so that they nest.

    A coarser layer merges whole chosen clusters. In a finer layer each row goes to the nearest of
    the smaller clusters inside its own cluster. Layers that this changes are measured again.
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
    """Label each row by the nearest fine cluster inside its own cluster."""
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
