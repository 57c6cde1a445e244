"""Measure cuts of a hierarchy, choose one, and fit the others around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import NOISE, Layer
from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import ordered_map
from shoal.numerics.clusters import (
    by_size,
    mean_silhouette,
    members,
    quick_sums,
    sampled_silhouette,
    unit,
)
from shoal.numerics.graph import averaged, modularity
from shoal.numerics.partitions.agreement import adjusted_rand, best_overlap, majority
from shoal.numerics.stats.intervals import mean_interval
from shoal.parts.clusterers.hierarchy import AVERAGINGS, Hierarchy, leading

Labels = NDArray[np.int32]

DETAILS = ("coarse", "normal", "fine")
DENSE = 8
"""Every number of clusters up to here is a level."""
STEP = 2**0.5
"""How many times more clusters the next finer level has beyond DENSE."""
EQUAL = 0.05
"""Levels whose score lacks no more than this share of another's are equally good: other trials
move a score by about as much."""
TRIAL_STEPS = 1
"""Most steps of k-means on a trial's cut; two measured alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The hierarchy of a part of the rows: `rows` (n_part,), ascending, and the hierarchy."""

    rows: NDArray[np.intp]
    hierarchy: Hierarchy


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
    separation = sampled_silhouette(vectors, labels, TOLD_ROWS) if n_clusters > 1 else None
    return separation, modularity(graph, apart)


def candidate_ks(most: int) -> list[int]:
    """Numbers of clusters to measure, from `most` or a little less down to two."""
    steps = int(np.log(max(most / DENSE, 1.0)) / np.log(STEP)) + 1
    wide = {round(DENSE * STEP**step) for step in range(steps + 1)}
    counts = {*range(2, DENSE), *wide}
    return sorted((count for count in counts if count <= most), reverse=True)


def between(levels: Sequence[Level]) -> list[int]:
    """Numbers of clusters halfway from the chosen level to the next finer and coarser one."""
    chosen = choose(levels, "normal")
    counts = [level.n_clusters for level in levels[max(chosen - 1, 0) : chosen + 2]]
    halfway = {round((one * other) ** 0.5) for one, other in pairwise(counts)}
    return sorted(halfway - set(counts), reverse=True)


def measure(
    vectors: FloatArray,
    graph: Any,
    hierarchy: Hierarchy,
    trials: Sequence[Trial],
    n_clusters: int,
    steps: int,
) -> Level:
    """Cut a hierarchy and measure the cut.

    A good level of detail has clusters that are apart (separation), are found again when some of
    the rows are missing (stability), and do not cut the graph more than chance does (modularity).
    Separation rises with detail and falls when clusters are cut in two; stability falls with
    detail; modularity falls at both ends. Their product is highest in between, and has nothing
    to tune.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    graph : CSR (n, n), their similarity graph
    hierarchy : to cut
    trials : hierarchies of parts of the rows
    n_clusters : of the cut
    steps : of k-means after it
    """
    labels = hierarchy.cut(n_clusters, steps)
    overlaps = np.zeros(n_clusters)
    agreements = []
    for trial in trials:
        own = labels[trial.rows]
        most = min(n_clusters, trial.hierarchy.n_groups)
        theirs = trial.hierarchy.cut(most, min(steps, TRIAL_STEPS))
        agreements.append(adjusted_rand(own, theirs))
        part = best_overlap(own, theirs)
        overlaps[: len(part)] += part / len(trials)
    return Level(
        labels,
        separation=mean_silhouette(vectors, labels),
        agreements=np.array(agreements),
        modularity=modularity(graph, labels),
        overlaps=overlaps.astype(np.float32),
    )


def packed(hierarchy: Hierarchy, levels: Sequence[Level]) -> dict[str, NDArray[Any]]:
    """A hierarchy and its measured cuts as named arrays; `unpacked` reads them."""
    marks = [(level.separation, level.modularity) for level in levels]
    return {
        "groups": hierarchy.groups,
        "linkage": hierarchy.linkage,
        "levels": np.array([level.labels for level in levels], dtype=np.int32),
        "marks": np.array(marks, dtype=np.float64),
        "agreements": np.array([level.agreements for level in levels], dtype=np.float64),
        "overlaps": np.concatenate([np.empty(0, np.float32), *(x.overlaps for x in levels)]),
    }


def unpacked(
    vectors: FloatArray, graph: Any, arrays: Mapping[str, NDArray[Any]]
) -> tuple[Hierarchy, list[Level]]:
    """What `packed` was given; the averaged vectors are made again from the vectors."""
    smooth = averaged(leading(vectors), graph, AVERAGINGS)
    hierarchy = Hierarchy(smooth, arrays["groups"], arrays["linkage"])
    counts = [int(labels.max()) + 1 for labels in arrays["levels"]]
    overlaps = np.split(arrays["overlaps"], np.cumsum(counts)[:-1]) if counts else []
    levels = [
        Level(labels, float(marks[0]), agreements, float(marks[1]), found)
        for labels, marks, agreements, found in zip(
            arrays["levels"], arrays["marks"], arrays["agreements"], overlaps, strict=True
        )
    ]
    return hierarchy, levels


def choose(levels: Sequence[Level], detail: str) -> int:
    """Index of the chosen level.

    "normal" is the finest level of the coarsest peak of the score that is as good as the highest;
    "coarse" and "fine" are the best ones with at most half, or at least twice, as many clusters,
    or else the coarsest or finest there is.
    """
    scores = [level.score for level in levels]
    counts = [level.n_clusters for level in levels]
    normal = _finest(scores, max(i for i in range(len(levels)) if _is_peak(scores, counts, i)))
    if detail == "coarse":
        able = [i for i, x in enumerate(levels) if x.n_clusters * 2 <= levels[normal].n_clusters]
        return max(able, key=lambda i: scores[i], default=len(levels) - 1)
    if detail == "fine":
        able = [i for i, x in enumerate(levels) if x.n_clusters >= levels[normal].n_clusters * 2]
        return max(able, key=lambda i: scores[i], default=0)
    return normal


def _is_peak(scores: Sequence[float], counts: Sequence[int], i: int) -> bool:
    """Whether a level is as good as the best, and the best of those with half to twice its k."""
    near = [x for x, k in zip(scores, counts, strict=True) if counts[i] <= 2 * k <= 4 * counts[i]]
    return scores[i] >= max(*near, max(scores) * (1.0 - EQUAL))


def _finest(scores: Sequence[float], peak: int) -> int:
    """Index of the finest of the levels next to a peak, and to each other, that are as good."""
    enough = scores[peak] * (1.0 - EQUAL)
    while peak > 0 and scores[peak - 1] >= enough:
        peak -= 1
    return peak


def reason(levels: Sequence[Level], chosen: int, detail: str, *, asked: bool) -> str:
    """Why there are that many clusters, in one sentence.

    Parameters
    ----------
    levels : all that were measured
    chosen : index of the one taken
    detail : "coarse", "normal" or "fine"
    asked : whether the number of clusters was given
    """
    level = levels[chosen]
    best = levels[choose(levels, "normal")].n_clusters
    if asked:
        why = f"because so many were asked for; {best} would be best by the three measures"
    elif detail == "normal":
        highest = max(x.score for x in levels) == level.score
        better = "the best" if highest else "as good as the best"
        why = f"{better} of {len(levels)} levels of detail by three measures"
    else:
        why = f"the best {detail} level beside the normal one, which has {best}"
    return (
        f"{level.n_clusters} clusters: {why}: how far clusters are apart (separation "
        f"{level.separation:.2f}), how well they are found again when 40 % of the rows are "
        f"missing (agreement {level.stability:.2f}), and how seldom they cut neighbors from each "
        f"other (modularity {level.modularity:.2f})."
    )


def nest(
    vectors: FloatArray, graph: Any, levels: Sequence[Level], chosen: int
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
        return levels[i].fitted(fitted[i], vectors, graph)

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
