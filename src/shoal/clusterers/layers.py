"""Measure layers of detail, choose one, and fit the others around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shoal.data import Layer
from shoal.numerics.clusters import (
    by_size,
    centres,
    members,
    nearest_centre,
    renamed,
    silhouettes,
)
from shoal.numerics.partitions import adjusted_rand, best_overlap, majority

Labels = NDArray[np.int32]
Array = NDArray[np.float32]

DETAILS = ("coarse", "normal", "fine")
SHARPEN_STEPS = 3
"""Steps of k-means before the separation of a layer is measured, as the chosen one gets some."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Layers found on a part of the rows.

    Parameters
    ----------
    rows : (n_part,) the rows of the part, ascending
    layers : labels (n_part,) of each step, fine to coarse
    """

    rows: NDArray[np.intp]
    layers: Sequence[Labels]


def distinct_steps(ladder: Sequence[Labels]) -> list[int]:
    """Steps of a ladder with at least two clusters, no two with equally many."""
    found: list[int] = []
    last = 0
    for step, labels in enumerate(ladder):
        n_clusters = int(labels.max()) + 1
        if n_clusters >= 2 and n_clusters != last:
            found.append(step)
            last = n_clusters
    return found


def measure(
    vectors: Array,
    neighbor_rows: Labels,
    ladder: Sequence[Labels],
    steps: Sequence[int],
    trials: Sequence[Trial],
) -> list[Layer]:
    """Measure layers; the score is the product of four shares, with nothing to tune.

    A good level of detail has clusters that are apart (separation), are found again when four
    tenths of the rows are missing (stability), do not cut neighbors from each other (together),
    and tell rows apart (contrast). Finer layers lose by the second and third, coarser ones by
    the first and fourth.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    neighbor_rows : (n, k) int32, the nearest others of each row
    ladder : labels (n,) of each step, fine to coarse
    steps : the steps to measure
    trials : the same steps on parts of the rows

    Returns
    -------
    One Layer per step
    """
    layers: list[Layer] = []
    for step in steps:
        labels = ladder[step]
        values, _ = silhouettes(vectors, sharpened(vectors, labels, SHARPEN_STEPS)[0])
        separation = float(np.nan_to_num(values).mean())
        agreed = [adjusted_rand(labels[trial.rows], trial.layers[step]) for trial in trials]
        stability = float(np.mean(agreed))
        together = float((labels[neighbor_rows] == labels[:, None]).mean())
        shares = np.bincount(labels) / len(labels)
        contrast = 1.0 - float((shares**2).sum())
        score = separation * max(stability, 0.0) * together * contrast
        n_clusters = len(shares)
        layers.append(Layer(labels, n_clusters, separation, stability, together, contrast, score))
    return layers


def sharpened(vectors: Array, labels: Labels, steps: int) -> tuple[Labels, Array]:
    """Labels and centres after some steps of k-means; a cluster left empty is dropped.

    Returns
    -------
    labels : (n,) int32 by falling size, each the nearest of the centres
    centres : (n_clusters, n_dims) float32 unit vectors
    """
    labels = by_size(labels)
    for step in range(steps + 1):
        centre = centres(vectors, labels, int(labels.max()) + 1)
        found, old = renamed(nearest_centre(vectors, centre)[0])
        settled = np.array_equal(found, labels)
        labels = found
        if settled or step == steps:
            break
    # the last centres decide, so that a new item and these items follow one rule
    return labels, centre[old]


def choose(layers: Sequence[Layer], detail: str) -> tuple[int, str]:
    """Index of the chosen layer and the reason in one sentence.

    "normal" is the layer with the highest score; "coarse" and "fine" are the best ones with at
    most half, or at least twice, as many clusters, or else the coarsest or finest there is.
    """
    scores = [layer.score or 0.0 for layer in layers]
    normal = int(np.argmax(scores))
    chosen = normal
    if detail == "coarse":
        able = [i for i, x in enumerate(layers) if x.n_clusters * 2 <= layers[normal].n_clusters]
        chosen = max(able, key=lambda i: scores[i], default=len(layers) - 1)
    elif detail == "fine":
        able = [i for i, x in enumerate(layers) if x.n_clusters >= layers[normal].n_clusters * 2]
        chosen = max(able, key=lambda i: scores[i], default=0)
    layer = layers[chosen]
    span = f"{layers[-1].n_clusters} to {layers[0].n_clusters}"
    why = (
        f"of {len(layers)} levels of detail from {span} clusters this one is best at once apart, "
        "stable, and kind to neighbors"
        if chosen == normal
        else f"it is the best {detail} level beside the normal one with "
        f"{layers[normal].n_clusters}, of levels from {span} clusters"
    )
    marks = (
        f"separation {layer.separation:.2f}, {layer.stability:.2f} agreement when 40 % of the "
        f"rows are missing, {layer.together:.0%} of neighbors together"
    )
    return chosen, f"{layer.n_clusters} clusters: {why} ({marks})."


def nest(vectors: Array, labels: Labels, layers: Sequence[Layer], chosen: int) -> tuple[Layer, ...]:
    """Fit the layers around the final labels of the chosen one, so that all nest in each other.

    A coarser layer merges whole final clusters. In a finer one each item goes to the nearest
    of the smaller clusters inside its own.
    """
    fitted = list(layers)
    fitted[chosen] = _relabelled(layers[chosen], labels)
    below = labels
    for i in range(chosen + 1, len(layers)):
        parent = majority(below, layers[i].labels)
        fitted[i] = _relabelled(layers[i], by_size(parent[below]))
        below = fitted[i].labels
    above = labels
    for i in range(chosen - 1, -1, -1):
        parent = majority(layers[i].labels, above)
        fitted[i] = _relabelled(layers[i], _nearest_child(vectors, layers[i].labels, parent, above))
        above = fitted[i].labels
    return tuple(fitted)


def _relabelled(layer: Layer, labels: Labels) -> Layer:
    return replace(layer, labels=labels, n_clusters=int(labels.max()) + 1)


def _nearest_child(vectors: Array, fine: Labels, parent: Labels, own: Labels) -> Labels:
    """Label each row by the nearest centre among the fine clusters inside its own cluster."""
    centre = centres(vectors, fine, len(parent))
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


def overlaps(labels: Labels, step: int, trials: Sequence[Trial]) -> Array:
    """How well each cluster is found again in parts of the rows.

    Parameters
    ----------
    labels : (n,) the final labels
    step : the step of the chosen layer
    trials : the same steps on parts of the rows

    Returns
    -------
    (n_clusters,) float32 in [0, 1]: mean over the trials of the best Jaccard overlap; 0 where no
    row of a cluster is in the part
    """
    n_clusters = int(labels.max()) + 1
    total = np.zeros(n_clusters)
    for trial in trials:
        part = best_overlap(labels[trial.rows], trial.layers[step])
        total[: len(part)] += part
    return np.asarray(total / max(len(trials), 1), dtype=np.float32)
