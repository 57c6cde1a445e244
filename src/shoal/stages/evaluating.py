"""The evaluate stage: the quality of a clustering, overall and per cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import (
    NOISE,
    Clustering,
    ClusterQuality,
    Embeddings,
    Evaluation,
    IntArray,
    Items,
    Layer,
    Score,
)
from shoal.numerics.clusters import members, sums, unit
from shoal.numerics.partitions.agreement import dominant
from shoal.parts.metrics import METRICS, TRAITS, Traits
from shoal.parts.metrics.view import Metric, Sampled, View
from shoal.stages.classes import true_classes

Purity = tuple[str, float]


def evaluate(
    items: Items,
    unit: Embeddings,
    clustering: Clustering,
    names: Sequence[str],
    truth: Any = None,
) -> tuple[Evaluation, NDArray[np.float64], IntArray]:
    """Measure a clustering in the full, normalized space.

    Parameters
    ----------
    items : of the run
    unit : vectors of the distinct items
    clustering : of the distinct items
    names : metrics to take; those that need a truth are left out without one
    truth : (n_rows,) true classes as `true_classes` takes them, None or blank where a row has none

    Returns
    -------
    Evaluation, and silhouettes and rivals of each distinct item
    """
    usable = items.first >= 0
    labels = items.spread(clustering.labels, NOISE)
    classes, codes = ((), None) if truth is None else true_classes(truth, labels)
    view = View(
        vectors=unit.vectors,
        labels=clustering.labels,
        row_labels=labels[usable],
        truth=None if codes is None else codes[usable],
        stability=_stability(clustering.layers[clustering.chosen]),
    )
    scores = take(view, names, ", ".join(unit.history))
    dense = view.density.clusters if "dbcv" in names else np.empty(0)
    found = _qualities(view, clustering, classes, dense, items.copies)
    return Evaluation(scores, found), *view.silhouettes


def _stability(layer: Layer) -> Sampled | None:
    if layer.stability is None:
        return None
    return Sampled(layer.stability, layer.stability_low, layer.stability_high)


def take(view: View, names: Sequence[str], space: str) -> tuple[Score, ...]:
    """Measure the named metrics that are defined for a clustering.

    Parameters
    ----------
    view : the clustering
    names : metrics to take; those that need a truth are left out without one
    space : what the vectors are, such as "minilm, l2"
    """
    known = 0 if view.truth is None else int((view.truth >= 0).sum())
    scores = []
    for name in names:
        trait = TRAITS.get(name, Traits(True, False, "labels"))
        metric: Metric = METRICS.find(name)
        found = metric(view) if known or not trait.needs_truth else None
        if found is None:
            continue
        made = found if isinstance(found, Sampled) else Sampled(found)
        in_vectors = trait.space == "vectors"
        looked_at = int((view.labels >= 0).sum()) if in_vectors else len(view.row_labels)
        scores.append(
            Score(
                name=name,
                value=made.value,
                higher_is_better=trait.higher_is_better,
                n_items=made.n_items or (known if trait.needs_truth else looked_at),
                space=space if in_vectors else trait.space,
                low=made.low,
                high=made.high,
            )
        )
    return tuple(scores)


def purities(
    labels: IntArray, truth: IntArray, classes: Sequence[str]
) -> tuple[Purity | None, ...]:
    """The majority class of each cluster, and its share of the rows with a class.

    Parameters
    ----------
    labels : (n_rows,) clusters, -1 for none
    truth : (n_rows,) classes from 0, -1 for none
    classes : their names

    Returns
    -------
    (n_clusters,) name and share in [0, 1]; None for a cluster without rows of a known class
    """
    n_clusters = int(labels.max(initial=NOISE)) + 1
    known = (labels >= 0) & (truth >= 0)
    sizes = np.bincount(labels[known], minlength=n_clusters)
    label, rows = dominant(labels[known], truth[known])
    return tuple(
        (classes[label[c]], float(rows[c] / sizes[c])) if sizes[c] else None
        for c in range(n_clusters)
    )


def _qualities(
    view: View,
    clustering: Clustering,
    classes: Sequence[str],
    dense: NDArray[np.float64],
    copies: IntArray,
) -> tuple[ClusterQuality, ...]:
    n_clusters = clustering.n_clusters
    totals = sums(view.vectors, view.labels, n_clusters)
    centre = unit(totals)
    sizes = np.bincount(view.labels[view.labels >= 0], minlength=n_clusters)
    # products are linear: the mean product with the center is that of the sum
    cohesion = np.einsum("ij,ij->i", totals, centre) / np.maximum(sizes, 1)
    between = centre @ centre.T
    np.fill_diagonal(between, -np.inf)
    alone = n_clusters < 2
    pure: Sequence[Purity | None] = [None] * n_clusters
    if view.truth is not None:
        pure = purities(view.row_labels, view.truth, classes)
    out = []
    for c, rows in enumerate(members(view.labels, n_clusters)):
        truth, purity = pure[c] or (None, None)
        # a silhouette is 0 for a row alone, but rows that are all the same could not be closer
        same = len(rows) == 1 and copies[rows[0]] > 1
        silhouette = None if alone else 1.0
        if not alone and not same:
            silhouette = float(np.nanmean(view.silhouettes[0][rows]))
        out.append(
            ClusterQuality(
                cohesion=float(cohesion[c]),
                separation=None if alone else float(1.0 - between[c].max()),
                silhouette=silhouette,
                stability=_known(clustering.stabilities, c),
                davies_bouldin=None if alone else _known(view.davies_bouldin, c),
                dbcv=_known(dense, c),
                truth=truth,
                purity=purity,
            )
        )
    return tuple(out)


def _known(values: NDArray[np.floating], cluster: int) -> float | None:
    """A cluster's value, None where there is none."""
    if cluster >= len(values) or np.isnan(values[cluster]):
        return None
    return float(values[cluster])
