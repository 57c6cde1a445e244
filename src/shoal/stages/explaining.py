"""The stages that show a clustering: describe and draw."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import Clustering, Description, Embeddings, IntArray, Items, Map, Neighbors
from shoal.describers.exemplars import borderline, typical
from shoal.describers.pictures import describe_pictures
from shoal.embedders.recognising import Recogniser
from shoal.errors import MissingExtra
from shoal.numerics.clusters import centres, members
from shoal.progress import SILENT, Progress

N_TYPICAL = 5
N_BORDERLINE = 3
N_IDS = 3
"""Typical rows named in a title where there are no texts."""


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
    if items.modality == "image" and items.texts is None:
        pictures = [items.contents[row] for row in distinct]
        paths = [path or "" for path in items.columns["path"].take(distinct).to_pylist()]
        small = [picture.thumbnail for picture in pictures]
        named = describe_pictures(paths, small, labels, _recogniser())
        written_by = "pictures"
    elif items.readable is None:
        named, written_by = [("", ())] * clustering.n_clusters, "ids"
    else:
        named = describer.describe([items.shown(row) for row in distinct], labels)
    centre = centres(unit.vectors, labels, clustering.n_clusters)
    out = []
    inside = members(labels, clustering.n_clusters)
    for c, ((title, keywords), rows) in enumerate(zip(named, inside, strict=True)):
        near = rows[typical(np.asarray(unit.vectors[rows]), centre[c], N_TYPICAL)]
        edge = borderline(values, rows, N_BORDERLINE)
        if not title:  # vectors alone: a cluster is known by its most typical rows
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


def _recogniser() -> Recogniser | None:
    """What says what pictures show, where it is installed."""
    try:
        return Recogniser()
    except MissingExtra:
        return None


def draw(reduced: Embeddings, graph: Neighbors, mapper: Any, *, progress: Progress = SILENT) -> Map:
    """Lay the distinct items out in two dimensions."""
    known = inspect.signature(mapper.fit_transform).parameters
    extras = {"neighbors": (graph.rows, graph.distances), "progress": progress}
    wanted = {key: value for key, value in extras.items() if key in known}
    points = mapper.fit_transform(np.asarray(reduced.vectors), **wanted)
    return Map(points, reduced.history + tuple(mapper.history))
