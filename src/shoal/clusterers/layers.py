"""Measure layers of detail, choose one, and fit the others around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from shoal.data import Layer
from shoal.numerics.clusters import by_size, centres, mean_silhouettes, members
from shoal.numerics.partitions import adjusted_rand, best_overlap, majority

Labels = NDArray[np.int32]
Array = NDArray[np.float32]

DETAILS = ("coarse", "normal", "fine")


def measure(vectors: Array, ladders: Sequence[Sequence[Labels]]) -> list[Layer]:
    """Separation, stability and score of each distinct layer of the first ladder.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    ladders : one per seed, each a list of labels (n,), fine to coarse, step by step comparable

    Returns
    -------
    Layers with at least two clusters, fine to coarse, no two alike
    """
    found: list[tuple[int, int]] = []
    for step, labels in enumerate(ladders[0]):
        n_clusters = int(labels.max()) + 1
        if n_clusters >= 2 and (not found or found[-1][1] != n_clusters):
            found.append((step, n_clusters))
    separations = mean_silhouettes(vectors, [ladders[0][step] for step, _ in found])
    layers: list[Layer] = []
    for (step, n_clusters), separation in zip(found, separations, strict=True):
        labels = ladders[0][step]
        pairs = combinations([ladder[step] for ladder in ladders], 2)
        stability = float(np.mean([adjusted_rand(one, other) for one, other in pairs]))
        # a description with as many clusters as rows says nothing: its cost grows with log k
        brevity = math.sqrt(1.0 - math.log(n_clusters) / math.log(len(labels)))
        score = separation * stability * brevity if separation > 0 else separation
        layers.append(Layer(labels, n_clusters, separation, stability, score))
    return layers


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
        f"of {len(layers)} levels of detail from {span} clusters, {layer.n_clusters} parts the "
        "rows best for its size"
        if chosen == normal
        else f"it is the best {detail} level beside the normal one with "
        f"{layers[normal].n_clusters}, of levels from {span} clusters"
    )
    marks = f"silhouette {layer.separation:.2f}, agreement over seeds {layer.stability:.2f}"
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


def overlaps(final: Labels, chosen: Labels, ladders: Sequence[Sequence[Labels]]) -> Array:
    """How well each final cluster is found again with other seeds.

    Parameters
    ----------
    final : (n,) the final labels
    chosen : (n,) labels of the chosen layer as it was found with the first seed
    ladders : one per seed

    Returns
    -------
    (n_clusters,) float32 in [0, 1]: mean over the other seeds of the best Jaccard overlap
    """
    step = next(i for i, labels in enumerate(ladders[0]) if np.array_equal(labels, chosen))
    best = [best_overlap(final, ladder[step]) for ladder in ladders[1:]]
    return np.asarray(np.mean(best, axis=0), dtype=np.float32)
