"""What clusters are: their sizes, their words, how alike they are."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from shoal.artifacts.reading import strings
from shoal.data import DoubleArray
from shoal.errors import BadInput
from shoal.text.cleaning import clean, shorten
from shoal.text.words import count, decimal, many, percent
from shoal.views.plots.marks import GREY, SOFT, HeatMap, Mark, Panel, Words, bar
from shoal.views.plots.picture import Picture
from shoal.views.plots.run_data import RunData

MAX_SIZES, MAX_SIMILAR, MAX_KEYWORDS = 40, 60, 9
WORDS = 6
MAX_READ = 4000
"""Rows of a cluster, and of all others, in which keywords are looked for."""


def sizes(run: RunData, *, n: int | None = None) -> Picture:
    """How many rows each cluster has."""
    shown = run.shown(n, MAX_SIZES)
    rows = len(run.labels)
    most = float(run.sizes[:shown].max())
    marks: list[Mark] = []
    for cluster in range(shown):
        size = int(run.sizes[cluster])
        hover = f"{run.titles[cluster]}\n{many(size, 'row')}, {percent(size, rows)} of all"
        marks.append(bar(0, size, cluster, 0.74, run.colours[cluster], hover))
        marks.append(Words(size + most * 0.012, cluster, count(size), SOFT, 7.5, "left"))
    ticks = [(float(cluster), run.short(cluster)) for cluster in range(shown)]
    rest = len(run.numbers) - shown
    lost = int((run.labels < 0).sum())
    note = run.said
    note += f"; {many(rest, 'smaller one')} not shown" if rest else ""
    note += f"; {many(lost, 'row has', 'rows have')} none" if lost else ""
    height = 1.3 + 0.24 * shown
    return Picture(
        title="Sizes of the clusters",
        note=note,
        panels=[Panel(marks, (0, most * 1.1), (shown - 0.4, -0.6), y_ticks=ticks, x_ticks=())],
        size=(9.0, height),
        left=0.36,
        bottom=0.15 / height,
    )


def similarity(run: RunData, *, n: int | None = None) -> Picture:
    """How alike the centres of the clusters are, like ones side by side."""
    shown = run.shown(n, MAX_SIMILAR)
    centre = np.asarray(run.centres[:shown], dtype=np.float64)
    values = np.clip(centre @ centre.T, -1, 1)
    order = _alike_together(values)
    values = values[np.ix_(order, order)]
    hover = [
        [
            f"{run.titles[a]}\n{run.titles[b]}\ncosine of their centers {decimal(float(v))}"
            for b, v in zip(order, row, strict=True)
        ]
        for a, row in zip(order, values, strict=True)
    ]
    off = values[~np.eye(shown, dtype=bool)]
    low = float(np.quantile(off, 0.02)) if len(off) else 0.0
    high = float(off.max()) if len(off) else 1.0
    letters = 30 if shown <= 40 else 24
    names = [(float(i), run.short(c, letters)) for i, c in enumerate(order)]
    side = float(np.clip(4.5 + 0.17 * shown, 5.5, 13.0))
    closest = ""
    if len(off):
        a, b = np.unravel_index(np.argmax(values - 2 * np.eye(shown)), values.shape)
        closest = (
            f" Most similar: {run.short(order[a], 30)} and {run.short(order[b], 30)}, "
            f"{decimal(float(values[a, b]))}."
        )
    return Picture(
        title="Similarity of the clusters",
        note="Cosine of the centers: dark means similar. Similar clusters are side by "
        f"side.{closest}",
        panels=[
            Panel(
                [HeatMap(np.where(np.eye(shown, dtype=bool), np.nan, values), hover, low, high)],
                (-0.5, shown - 0.5),
                (shown - 0.5, -0.5),
                x_ticks=names,
                y_ticks=names,
                slanted=True,
            )
        ],
        size=(side + 1.0, side),
        left=2.2 / (side + 1.0),
        bottom=1.7 / side,
    )


def _alike_together(values: DoubleArray) -> list[int]:
    """Clusters in the order of the leaves of an average-linkage tree."""
    if len(values) < 3:
        return list(range(len(values)))
    apart = np.clip(1 - values, 0, None)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), method="average", optimal_ordering=True)
    return [int(leaf) for leaf in leaves_list(tree)]


def keywords(run: RunData, *, n: int | None = None) -> Picture:
    """The keywords of clusters: in how many of its rows each stands, and in how many others."""
    shown = run.shown(n, MAX_KEYWORDS)
    texts = [clean(text).casefold() for text in run.run.rows.texts.to_pylist()]
    panels, most = [], 0.0
    for cluster in range(shown):
        found = strings(run.run.clusters[cluster], "keywords")[:WORDS]
        inside = _sample(np.nonzero(run.labels == run.numbers[cluster])[0])
        others = _sample(np.nonzero(run.labels != run.numbers[cluster])[0])
        marks: list[Mark] = []
        for place, word in enumerate(found):
            here, there = _share(word, texts, inside), _share(word, texts, others)
            most = max(most, here, there)
            hover = f"{word}\nin {here:.0%} of its rows, in {there:.1%} of the others"
            marks.append(bar(0, here, place - 0.08, 0.5, run.colours[cluster], hover))
            marks.append(bar(0, there, place + 0.28, 0.16, GREY, hover))
            marks.append(Words(here, place - 0.08, f"  {here:.0%}", SOFT, 7, "left"))
        panels.append(
            Panel(
                marks,
                (0.0, 1.0),
                (WORDS - 0.4, -0.6),
                title=run.short(cluster, 40),
                y_ticks=[(float(i), shorten(word, 20)) for i, word in enumerate(found)],
                x_ticks=(),
            )
        )
    if not any(panel.marks for panel in panels):
        raise BadInput("the clusters of this run have no keywords.")
    if not most:
        raise BadInput(
            "the keywords of this run describe columns or pictures, not words in its rows. "
            "For records, use the segments plot."
        )
    # one scale, so that bars can be compared from cluster to cluster
    panels = [replace(panel, x_range=(0.0, max(most, 0.05) * 1.25)) for panel in panels]
    columns = min(shown, 3)
    rows = -(-shown // columns)
    return Picture(
        title="Keywords of the clusters",
        note="Share of the cluster's rows that contain a keyword; gray: share of the other rows.",
        panels=panels,
        columns=columns,
        size=(4.0 * columns, 2.0 * rows + 1.0),
        left=0.11,
        bottom=0.2 / (2.0 * rows + 1.0),
        gap=(0.2, 0.09),
    )


def _sample(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """At most so many rows, at even steps."""
    step = -(-len(rows) // MAX_READ)
    return rows[:: max(step, 1)]


def _share(word: str, texts: list[str], rows: NDArray[np.intp]) -> float:
    # where a word begins, so that PL is not found in "apply"; its ending may be that of a plural
    parts = [re.compile(rf"(?<!\w){re.escape(part.casefold())}") for part in word.split()]
    hits = sum(all(part.search(texts[row]) for part in parts) for row in rows)
    return hits / max(len(rows), 1)
