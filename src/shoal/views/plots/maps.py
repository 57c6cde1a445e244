"""The map: every row a dot, each cluster in its colour, titles where there is room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from shoal.errors import UnknownPart
from shoal.numerics.samples import evenly
from shoal.parts.reducers import MAPPERS
from shoal.text.cleaning import shorten
from shoal.text.words import count
from shoal.views.figures.points import MapPlaces, place
from shoal.views.plots.marks import GREY, INK, Mark, Panel, Points, Words
from shoal.views.plots.picture import Picture
from shoal.views.plots.placing import place as find_room
from shoal.views.plots.run_data import RunData

MAX_POINTS = 50_000
MAX_TITLES = 40
TITLE, LETTERS = 34, 8.5
TEXT_LENGTH = 200
WIDTH, HEIGHT = 10.0, 8.0
INCH = 72.0
SCALE = 100.0
"""Units of the longer side of the map."""


def map_(run: RunData, *, by: str = "run", n: int | None = None) -> Picture:
    """The map of the rows.

    Parameters
    ----------
    run : the run
    by : "run" for the map it has, or a mapper to draw another: "umap", "tsne", "pca", "layout"
    n : most titles

    Raises
    ------
    UnknownPart : if there is no such mapper
    MissingExtra : if it needs a package that is not installed
    """
    places = run.places if by == "run" else _drawn(run, by)
    kept = evenly(len(places.rows), MAX_POINTS)
    width, height = (SCALE, SCALE / places.aspect)
    if places.aspect < 1:
        width, height = SCALE * places.aspect, SCALE
    x, y = places.x * width, (1 - places.y) * height
    size = float(np.clip(110 / np.sqrt(max(len(kept), 1)), 1.6, 7.0))
    marks: list[Mark] = []
    position = places.position[kept]
    for group in np.unique(position):
        inside = kept[position == group]
        title = run.titles[group] if group >= 0 else "no cluster"
        hover = [
            f"{title}\n{shorten(run.run.rows.text(int(row)), TEXT_LENGTH)}"
            for row in places.rows[inside]
        ]
        colour = run.colours[group] if group >= 0 else GREY
        marks.append(Points(x[inside], y[inside], colour, title, hover, size))
    marks += _titles(run, places, width, height, min(n or MAX_TITLES, len(run.titles)))
    how = {"run": "the run's own map", "tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}.get(by, by)
    note = (
        f"{run.said}; {how}. Nearby points are similar; distances between far groups mean little."
    )
    if len(kept) < len(places.rows):
        note += f" Shows {count(len(kept))} evenly spaced rows."
    pad = 0.02 * SCALE
    return Picture(
        title=f"The map of {run.name}",
        note=note,
        panels=[
            Panel(marks, (-pad, width + pad), (-pad, height + pad), equal=True),
        ],
        size=(WIDTH, HEIGHT),
        left=0.02,
        right=0.02,
        bottom=0.02,
    )


def _drawn(run: RunData, by: str) -> MapPlaces:
    """Where another mapper puts the distinct rows, from the run's own neighbors."""
    if not MAPPERS.has(by):
        raise UnknownPart.among("map", by, ["run", *MAPPERS.names()])
    distinct = run.saved.distinct
    graph = run.saved.folder.read_neighbors(distinct)
    seed = run.run.run.get("seed")
    mapper: Any = MAPPERS.build(by, {}, seed=seed if isinstance(seed, int) else 0)
    vectors = run.vectors if run.saved.reduced is None else run.saved.reduced
    points = mapper.fit_transform(np.asarray(vectors), neighbors=(graph.rows, graph.distances))
    x, y = np.full((2, len(run.labels)), np.nan, dtype=np.float32)
    x[distinct], y[distinct] = points[:, 0], points[:, 1]
    return place(replace(run.run.rows, x=x, y=y), run.numbers)


def _titles(run: RunData, places: MapPlaces, width: float, height: float, most: int) -> list[Mark]:
    """Titles of the largest clusters at their densest places, none on another."""
    points = (HEIGHT - 1.0) * INCH if height >= width else (WIDTH - 0.6) * INCH
    unit = min(points / SCALE, (HEIGHT - 1.0) * INCH / height)
    anchors = [
        (float(x) * width * unit, (1 - float(y)) * height * unit) for x, y in places.peaks[:most]
    ]
    texts = [run.short(cluster, TITLE) for cluster in range(most)]
    extent = (width * unit, height * unit)
    return [
        Words(
            found.x / unit,
            found.y / unit,
            texts[found.index],
            INK,
            LETTERS,
            bold=True,
            halo=True,
            leader=tuple(v / unit for v in anchors[found.index]) if found.moved else None,  # type: ignore[arg-type]
        )
        for found in find_room(texts, anchors, extent, LETTERS)
    ]
