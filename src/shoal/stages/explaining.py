"""The stages that say what a clustering is worth and shows: evaluate, describe, draw."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import (
    NOISE,
    Clustering,
    ClusterQuality,
    Description,
    Embeddings,
    Evaluation,
    IntArray,
    Items,
    Map,
    Neighbors,
    Score,
)
from shoal.describers.exemplars import borderline, typical
from shoal.metrics import METRICS, TRAITS, Metric
from shoal.metrics.view import View
from shoal.numerics.clusters import centres, members, silhouettes
from shoal.progress import SILENT, Progress

N_TYPICAL = 5
N_BORDERLINE = 3
N_IDS = 3
"""Typical rows named in a title where there are no texts."""


def evaluate(
    items: Items,
    unit: Embeddings,
    clustering: Clustering,
    names: Sequence[str],
    truth: Sequence[str] | None = None,
) -> tuple[Evaluation, NDArray[np.float64], IntArray]:
    """Measure a clustering in the full, normalized space.

    Parameters
    ----------
    items : of the run
    unit : vectors of the distinct items
    clustering : of the distinct items
    names : metrics to take; those that need a truth are left out without one
    truth : (n_rows,) true classes

    Returns
    -------
    Evaluation, and silhouettes and rivals of each distinct item
    """
    labels = clustering.labels
    values, rivals = silhouettes(unit.vectors, labels)
    usable = items.first >= 0
    view = View(
        vectors=unit.vectors,
        labels=labels,
        silhouettes=values,
        row_labels=items.spread(labels, NOISE)[usable],
        truth=None if truth is None else np.asarray(truth, dtype=str)[usable],
        stability=clustering.layers[clustering.chosen].stability,
    )
    scores = []
    for name in names:
        trait = TRAITS.get(name, Metric(True, False, "labels"))
        if trait.needs_truth and truth is None:
            continue
        value = METRICS.find(name)(view)
        if value is not None:
            in_vectors = trait.space == "vectors"
            space = ", ".join(unit.history) if in_vectors else "labels"
            n_items = int((labels >= 0).sum()) if in_vectors else len(view.row_labels)
            scores.append(Score(name, value, trait.higher_is_better, n_items, space))
    return Evaluation(tuple(scores), _qualities(unit, clustering, values)), values, rivals


def _qualities(
    unit: Embeddings, clustering: Clustering, values: NDArray[np.float64]
) -> tuple[ClusterQuality, ...]:
    n_clusters = clustering.n_clusters
    centre = centres(unit.vectors, clustering.labels, n_clusters)
    between = centre @ centre.T
    np.fill_diagonal(between, -np.inf)
    out = []
    for c, rows in enumerate(members(clustering.labels, n_clusters)):
        cosines = unit.vectors[rows] @ centre[c]
        alone = n_clusters < 2
        stability = clustering.stabilities[c] if len(clustering.stabilities) else None
        out.append(
            ClusterQuality(
                cohesion=float(cosines.mean()),
                separation=None if alone else float(1.0 - between[c].max()),
                silhouette=None if alone else float(np.nanmean(values[rows])),
                stability=None if stability is None else float(stability),
            )
        )
    return tuple(out)


def describe(
    items: Items,
    unit: Embeddings,
    clustering: Clustering,
    values: NDArray[np.float64],
    rivals: IntArray,
    describer: Any,
    written_by: str,
) -> tuple[Description, ...]:
    """Name each cluster and pick the rows that show it; rows are rows of `items`."""
    distinct, labels = items.distinct, clustering.labels
    if items.readable is None:
        named, written_by = [("", ())] * clustering.n_clusters, "ids"
    else:
        named = describer.describe([items.shown(row) for row in distinct], labels)
    centre = centres(unit.vectors, labels, clustering.n_clusters)
    out = []
    inside = members(labels, clustering.n_clusters)
    for c, ((title, keywords), rows) in enumerate(zip(named, inside, strict=True)):
        near = rows[typical(np.asarray(unit.vectors[rows]), centre[c], N_TYPICAL)]
        edge = borderline(values, rows, N_BORDERLINE)
        if items.readable is None:  # vectors alone: a cluster is known by its most typical rows
            title = "like " + " · ".join(items.shown(row) for row in distinct[near[:N_IDS]])
        out.append(
            Description(
                cluster=c,
                title=title,
                keywords=keywords,
                typical=tuple(int(row) for row in distinct[near]),
                borderline=tuple((int(distinct[row]), int(rivals[row])) for row in edge),
                written_by=written_by,
            )
        )
    return tuple(out)


def draw(reduced: Embeddings, graph: Neighbors, mapper: Any, *, progress: Progress = SILENT) -> Map:
    """Lay the distinct items out in two dimensions."""
    known = inspect.signature(mapper.fit_transform).parameters
    extras = {"neighbors": (graph.rows, graph.distances), "progress": progress}
    wanted = {key: value for key, value in extras.items() if key in known}
    points = mapper.fit_transform(np.asarray(reduced.vectors), **wanted)
    return Map(points, reduced.history + tuple(mapper.history))
