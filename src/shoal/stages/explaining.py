"""The stages that show a clustering: describe and draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import (
    NOISE,
    Clustering,
    Description,
    Embeddings,
    FloatArray,
    IntArray,
    Items,
    Map,
    Neighbors,
)
from shoal.errors import MissingExtra
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import centres, members
from shoal.numerics.samples import evenly
from shoal.parts.describers.base import Describer, Name, Space
from shoal.parts.describers.counting import plain
from shoal.parts.describers.english import english_titles
from shoal.parts.describers.exemplars import borderline, diverse, typical
from shoal.parts.describers.fitting import title_fits
from shoal.parts.describers.languages import languages
from shoal.parts.describers.layers import coarser_names, parts_of_each
from shoal.parts.describers.pictures import MIXED, describe_pictures
from shoal.parts.describers.profiles import distinct_names, together
from shoal.parts.describers.segments import segments
from shoal.parts.describers.spoken import spoken_in
from shoal.parts.describers.stop_words import MIN_TEXTS as MIN_FOREIGN
from shoal.parts.describers.titles import Options
from shoal.parts.describers.zero_shot import Shown, remembered, zero_shot
from shoal.parts.embedders.recognising import Recogniser, class_names
from shoal.plugins import taken
from shoal.progress import SILENT, Progress
from shoal.stages.themes import theme_of_each, with_theme_titles
from shoal.stages.vectors import pictures_of

KEYWORDS = "keywords"
"""The describer whose titles are made of words of the texts."""
N_TYPICAL, N_PICTURES = 5, 9
"""Typical rows of a cluster; nine pictures tell it better than a word."""
N_DIVERSE = 5
N_BORDERLINE = 3
MIN_SHARE = 0.2
"""Share of the difference between clusters from which a column of texts gives the titles."""
MAX_MEMBERS = 20_000
"""Members of a cluster that typical and diverse ones are sought among; of more, evenly spaced."""
MAX_TEXTS = 100_000
"""Texts whose words are counted; of more, every so many-th of each cluster."""
MIN_TEXTS = 200
"""Texts of a cluster that are counted however many there are of others."""
POOL_DIVERSE = 2000
"""Members among which those far from each other are looked for."""
N_IDS = 3
"""Typical rows named in a title where there are no texts."""


@serial_algebra()
def describe(
    items: Items,
    unit: Embeddings,
    clustering: Clustering,
    values: NDArray[np.float64],
    rivals: IntArray,
    describer: Describer,
    written_by: str,
    profiles: Mapping[str, Any] | None = None,
    embed: Callable[[list[str]], FloatArray] | None = None,
    progress: Progress = SILENT,
) -> tuple[Description, ...]:
    """Name each cluster and pick the rows that show it; rows are rows of `items`.

    Parameters
    ----------
    items : of the run
    unit : vectors of the distinct items
    clustering : of the distinct items
    values, rivals : (n_distinct,) silhouettes, and the cluster each item is nearest to but its own
    describer : the part
    written_by : its name
    profiles : of records, None for anything else
    embed : strings -> unit vectors in the space of `unit`, None where strings have no vectors
    progress : told what a part that asks a service will send

    Returns
    -------
    (n_clusters,)
    """
    distinct, labels = items.distinct, clustering.labels
    space = None if embed is None else Space(unit.vectors, embed)
    named = _named(items, clustering, describer, written_by, profiles, space, progress)
    centre = centres(unit.vectors, labels, clustering.n_clusters)
    out = []
    pictured = items.modality == "image" or items.pictures is not None
    n_typical = N_PICTURES if pictured else N_TYPICAL
    inside = members(labels, clustering.n_clusters)
    for c, (name, every) in enumerate(zip(named, inside, strict=True)):
        edge = borderline(values, every, N_BORDERLINE)
        rows = every[evenly(len(every), MAX_MEMBERS)]
        own = np.asarray(unit.vectors[rows])
        near = rows[typical(own, centre[c], n_typical)]
        title = name.title
        if not title:  # vectors alone: a cluster is known by its most typical rows
            title = "like " + ", ".join(items.shown(row) for row in distinct[near[:N_IDS]])
        out.append(
            Description(
                cluster=c,
                title=title,
                keywords=name.keywords,
                typical=tuple(int(row) for row in distinct[near]),
                borderline=tuple((int(distinct[row]), int(rivals[row])) for row in edge),
                written_by=name.written_by or written_by,
                note=name.note,
                summary=name.summary,
                theme=name.theme,
                diverse=tuple(int(row) for row in distinct[rows[_all_over(own, centre[c])]]),
            )
        )
    if space is None or items.readable is None:
        return tuple(out)
    fits = title_fits([one.title for one in out], space, labels)
    return tuple(replace(one, fit=fit) for one, fit in zip(out, fits, strict=True))


def _all_over(own: FloatArray, centre: FloatArray) -> NDArray[np.intp]:
    """Diverse members of a cluster, without its outermost tenth, which holds outliers."""
    order = np.argsort(-(own @ centre), kind="stable")
    inner = order[: max(len(order) - len(order) // 10, 1)]
    some = inner[:: -(-len(inner) // POOL_DIVERSE)]
    return some[diverse(own[some], N_DIVERSE)]


@serial_algebra()
def name_layers(
    unit: Embeddings,
    clustering: Clustering,
    descriptions: Sequence[Description],
    embed: Callable[[list[str]], FloatArray] | None = None,
    items: Items | None = None,
) -> list[list[Name]]:
    """Name the clusters of each coarser layer in the style of the chosen one.

    Parameters
    ----------
    unit : vectors of the distinct items
    clustering : of the distinct items
    descriptions : of the chosen layer
    embed : strings -> unit vectors in the space of `unit`, None where strings have no vectors
    items : of the run; without them titles are put together from those below
    """
    names = [Name(one.title, one.keywords) for one in descriptions]
    if not any(name.keywords for name in names):
        return []
    coarser = clustering.layers[clustering.chosen + 1 :]
    layers = [clustering.labels, *(layer.labels for layer in coarser)]
    space = None if embed is None else Space(unit.vectors, embed)
    proposed = [] if items is None else _proposed(items, names, layers, space)
    named = coarser_names(names, layers, space, proposed)
    return with_theme_titles(named, clustering, descriptions)


def _proposed(
    items: Items, names: Sequence[Name], layers: Sequence[IntArray], space: Space | None
) -> list[dict[int, Options]]:
    """For each layer, what its clusters of texts or pictures may be called.

    Parameters
    ----------
    items, space : of the run
    names : of the clusters of the first layer
    layers : (n,) labels each, ever coarser ones; the first has its names

    Returns
    -------
    For each layer after the first, cluster -> titles
    """
    below, *layers = layers
    if items.modality == "image" and items.texts is None:
        paths, small = _pictures(items)
        shown = _shown(small, space)
        seen = shown and Shown(shown.names, remembered(shown.of))
        taken = {name.title.lower() for name in names}
        out: list[dict[int, Options]] = []
        for labels in layers:
            titles = [title for title, _ in describe_pictures(paths, small, labels, seen, taken)]
            # the numbers of mixed ones begin anew in each layer
            taken |= {t.lower() for t in titles if not t.lower().startswith(MIXED)}
            # where a number is taken in between, the next one is free
            more = [(0.0, (f"{MIXED.capitalize()} {n}",)) for n in range(2, len(names) + 9)]
            out.append({c: [(0.0, (title,)), *more] for c, title in enumerate(titles)})
        return out
    if items.modality != "text" or items.readable is None:
        return []
    rows = texts_to_count(below)
    texts = [plain(items.shown(row)) for row in items.distinct[rows]]
    some = space and Space(np.asarray(space.vectors[rows]), space.embed)
    # what is the same as one below has its name
    new = [
        [c for c, parts in enumerate(parts_of_each(finer, labels)) if len(parts) != 1]
        for finer, labels in pairwise([below, *layers])
    ]
    # the finest is read first, for the others are put together from it
    every = [labels[rows] for labels in (below, *layers)]
    out = english_titles(texts, every, some, [[], *new], [name.title for name in names])[1:]
    if languages(texts, MIN_FOREIGN):
        for found, labels, wanted in zip(out, every[1:], new, strict=True):
            inside = members(labels, int(labels.max(initial=NOISE)) + 1)
            tongues = spoken_in(texts, inside)
            named = [c for c in wanted if c not in found and tongues[c].name]
            found.update({c: [(0.0, (tongues[c].name,))] for c in named})
    return out


def _pictures(items: Items) -> tuple[list[str], list[bytes]]:
    """Paths and thumbnails of the distinct pictures."""
    distinct = items.distinct
    paths = [path or "" for path in items.columns["path"].take(distinct).to_pylist()]
    return paths, [items.contents[row].thumbnail for row in distinct]


def name_segments(
    profiles: Mapping[str, Any] | None, names: Sequence[Name], below: IntArray, labels: IntArray
) -> list[Name]:
    """Names of the clusters of a coarser layer of records, by their own profiles.

    Parameters
    ----------
    profiles : of that layer
    names : of the layer below it
    below, labels : (n,) clusters of both layers, -1 for noise

    Returns
    -------
    One name per cluster; a cluster that is the same in the layer below keeps its name
    """
    found = segments(profiles or {}, [name.title for name in names])
    made = [Name(s.title, s.keywords, summary=s.summary) for s in found]
    both = (below >= 0) & (labels >= 0)
    pairs = np.unique(np.column_stack([labels[both], below[both]]), axis=0)
    sizes, parts = np.bincount(labels[both]), np.bincount(below[both])
    for parent, child in pairs:
        if (pairs[:, 0] == parent).sum() == 1 and sizes[parent] == parts[child]:
            made[parent] = names[child]
    return made


def _named(
    items: Items,
    clustering: Clustering,
    describer: Describer,
    written_by: str,
    profiles: Mapping[str, Any] | None,
    space: Space | None,
    progress: Progress,
) -> list[Name]:
    """Name the clusters by the method that suits the kind of data."""
    distinct, rows = items.distinct, texts_to_count(clustering.labels)
    labels = clustering.labels[rows]
    whole = space
    if space is not None and len(rows) < len(distinct):
        space = Space(np.asarray(space.vectors[rows]), space.embed)

    def by_words(texts: Sequence[str], space: Space | None) -> list[Name]:
        say = taken(describer.describe, say=progress.note, themes=theme_of_each(clustering))
        return list(describer.describe(texts, labels, space, **say))

    if profiles is not None:
        found = segments(profiles)
        info = [Name(s.title, s.keywords, "profiles", "", s.summary) for s in found]
        texts = _telling(items, profiles, "text")
        if texts is None:
            paths = _telling(items, profiles, "image")
            return _with_pictures(items, clustering.labels, paths, info)
        some = [texts[row] for row in distinct[rows]]
        words = by_words(some, None)
        titles = distinct_names(
            [name.title for name in words],
            [one.phrases for one in found],
            some,
            labels,
            counted=written_by == KEYWORDS,
        )
        both = together([name[:2] for name in words], [name[:2] for name in info])
        return [
            Name(title, keywords, f"{written_by}, profiles", "", one.outcome)
            for title, (_, keywords), one in zip(titles, both, found, strict=True)
        ]
    if items.modality == "image" and items.texts is None:
        paths, small = _pictures(items)
        seen = describe_pictures(paths, small, clustering.labels, _shown(small, whole))
        return [Name(*one, "pictures") for one in seen]
    if items.readable is None:
        info = [Name("", (), "ids")] * clustering.n_clusters
        shown = None if items.pictures is None else items.columns["path"].to_pylist()
        return _with_pictures(items, clustering.labels, shown, info)
    if items.modality == "text":  # a frame that was left out must not become a title
        return by_words([str(items.contents[row] or "") for row in distinct[rows]], space)
    return by_words([items.shown(row) for row in distinct[rows]], space)


def texts_to_count(labels: IntArray) -> NDArray[np.intp]:
    """Rows used for naming clusters: all, or an even sample of very many.

    Parameters
    ----------
    labels : (n,) int32, -1 for noise

    Returns
    -------
    Ascending rows; the clusters keep their proportions but for small ones, which lose less
    """
    step = -(-len(labels) // MAX_TEXTS)
    if step <= 1:
        return np.arange(len(labels))
    kept = [
        rows[:: max(min(step, len(rows) // MIN_TEXTS), 1)]
        for rows in members(labels, int(labels.max(initial=NOISE)) + 1)
    ]
    return np.sort(np.concatenate([*kept, np.empty(0, dtype=np.intp)]))


def _telling(items: Items, profiles: Mapping[str, Any], kind: str) -> list[str] | None:
    """The text or picture column that separates the clusters most, if any does."""
    names = {f["name"] for f in items.about["features"] if f["kind"] == kind}
    info = {part["name"]: part["share"] for part in profiles["parts"] if part["name"] in names}
    best = max(info, key=lambda name: info[name], default=None)
    if best is None or info[best] < MIN_SHARE:
        return None
    return [str(value or "") for value in items.carried(best).to_pylist()]


def _with_pictures(
    items: Items, labels: IntArray, paths: Sequence[str | None] | None, info: list[Name]
) -> list[Name]:
    """The names of records or vectors, after what their pictures show; `paths` is None for none."""
    distinct = items.distinct
    pictures = pictures_of(items, distinct)
    seen = np.array([picture is not None for picture in pictures]) & (labels >= 0)
    if paths is None or not seen.any():
        return info
    rows = np.nonzero(seen)[0]
    clusters, places = np.unique(labels[rows], return_inverse=True)
    small = [found.thumbnail for row in rows if (found := pictures[row])]
    shown = describe_pictures(
        [paths[row] or "" for row in distinct[rows]], small, places.astype(np.int32), _shown(small)
    )
    out = list(info)
    for cluster, name in zip(clusters, shown, strict=True):
        both = together([name], [info[cluster][:2]])
        out[cluster] = Name(*both[0], "pictures, profiles" if info[cluster].title else "pictures")
    return out


def _shown(thumbnails: Sequence[bytes], space: Space | None = None) -> Shown | None:
    """The model that recognizes pictures: the run's own if it knows words, else another."""
    try:
        if space is not None:
            return zero_shot(space, class_names())
        part = Recogniser()
    except MissingExtra:
        return None
    return Shown(part.names, lambda rows: part.recognise([thumbnails[row] for row in rows]))


def draw(reduced: Embeddings, graph: Neighbors, mapper: Any, *, progress: Progress = SILENT) -> Map:
    """Lay the distinct items out in two dimensions."""
    near = (graph.rows, graph.distances)
    shared = taken(mapper.fit_transform, neighbors=near, progress=progress)
    points = mapper.fit_transform(reduced.vectors, **shared)
    return Map(points, reduced.history + tuple(mapper.history))
