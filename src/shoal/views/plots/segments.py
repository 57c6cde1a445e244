"""What sets segments of records apart, as a heat map with its legend."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.artifacts.reading import number, records
from shoal.data.entries import ReadEntry
from shoal.errors import BadInput
from shoal.parts.describers.readable import percent as share_in_words
from shoal.text.cleaning import clean, shorten
from shoal.text.words import count, decimal
from shoal.views.figures.profiles import distinctive_level
from shoal.views.plots.marks import SOFT, TWO_HUES, HeatMap, Mark, Panel, Words, bar
from shoal.views.plots.picture import Picture
from shoal.views.plots.run_data import RunData

MAX_SEGMENTS, MAX_COLUMNS = 12, 24
FEW_SEGMENTS = 6
"""Segments that are drawn with wider cells."""
DEEPEST = 1.6
"""Effect, in standard deviations, from which the colour is no deeper."""
LEGEND_ROWS = 1.7
"""Height of the legend above the cells, in rows of them."""
LEGEND_WIDTH = 0.7
"""Of that of all cells, so that it is not taken for the heads of the columns."""


def segments(run: RunData, *, n: int | None = None) -> Picture:
    """What sets segments of records apart: the effect of each column in each cluster."""
    if run.saved.profiles is None:
        raise BadInput("the run does not cluster records, so it has no segments to plot.")
    hover = run.run.profiles
    columns, entries = records(hover, "columns"), records(hover, "clusters")
    shown = min(run.shown(n, MAX_SEGMENTS), len(entries))
    entries = entries[:shown]
    order = _order(columns, entries)
    values = np.array([[_effect(columns, entry, c) for entry in entries] for c in order])
    said = [
        [
            f"{run.titles[s]}\n{clean(columns[c].get('name'))}\n"
            f"{_typical(columns, entries[s], c)}, effect {values[row, s]:+.2f} standard deviations"
            for s in range(shown)
        ]
        for row, c in enumerate(order)
    ]
    wide = 1.25 if shown <= FEW_SEGMENTS else 0.85
    letters = round(16 * wide)
    written = [[_typical(columns, entry, c, letters) for entry in entries] for c in order]
    height, width = 3.2 + 0.32 * len(order), 3.2 + wide * shown
    cells = HeatMap(values, said, -DEEPEST, DEEPEST, signed=True, written=written)
    return Picture(
        title="What sets the segments apart",
        note="Medians, and the share of the most distinctive value. Color shows how far the "
        "cluster is from all rows, in standard deviations.",
        panels=[
            Panel(
                [cells, *_legend(shown)],
                (-0.5, shown - 0.5),
                (len(order) - 0.5, -0.5 - LEGEND_ROWS),
                x_ticks=[(float(s), run.short(s, 24)) for s in range(shown)],
                y_ticks=[
                    (float(i), shorten(_name(run, columns[c]), 30)) for i, c in enumerate(order)
                ],
                slanted=True,
            )
        ],
        size=(width, height),
        left=2.2 / width,
        bottom=1.5 / height,
    )


def _order(columns: Sequence[ReadEntry], entries: Sequence[ReadEntry]) -> list[int]:
    """Columns by their largest effect; those that had no say, an outcome among them, come last."""

    def rank(c: int) -> tuple[bool, float]:
        effect = max(abs(_effect(columns, entry, c)) for entry in entries)
        return columns[c].get("clustered") is False, -effect

    return sorted(range(len(columns)), key=rank)[:MAX_COLUMNS]


def _name(run: RunData, column: ReadEntry) -> str:
    """Name of a column, with what it is where the clusters were not made from it."""
    name = shorten(clean(column.get("name")), 18)
    if column.get("clustered") is not False:
        return name
    wanted = tomllib.loads(run.run.recipe).get("read", {})
    outcomes = [*wanted.get("outcome", ()), wanted.get("truth")]
    return f"{name} (outcome)" if column.get("name") in outcomes else f"{name} (not used)"


def _legend(shown: int) -> list[Mark]:
    """A strip of the colours above the cells, with the effects that they stand for."""
    width, top = LEGEND_WIDTH * shown / len(TWO_HUES), -0.6 - LEGEND_ROWS / 2
    steps = np.linspace(-DEEPEST, DEEPEST, len(TWO_HUES))
    words = ["less", *(decimal(float(step), 1) for step in steps[1:-1]), "more"]
    marks: list[Mark] = []
    for place, (hue, step, word) in enumerate(zip(TWO_HUES, steps, words, strict=True)):
        left = (1 - LEGEND_WIDTH) * shown / 2 - 0.5 + place * width
        hover = f"{step:+.1f} standard deviations from all rows"
        marks.append(bar(left, left + width, top, 0.4, hue, hover))
        marks.append(Words(left + width / 2, top + 0.55, word, SOFT, 6.5))
    return marks


def _effect(columns: Sequence[ReadEntry], entry: ReadEntry, column: int) -> float:
    hover = records(entry, "columns")
    if column >= len(hover):
        return 0.0
    level = distinctive_level(columns[column], hover[column])
    return (number(hover[column], "effect") or 0.0) if level is None else level[2]


def _typical(columns: Sequence[ReadEntry], entry: ReadEntry, column: int, most: int = 200) -> str:
    """A median, or a value and its share, cut to a length: of a share never the number."""
    hover: Any = records(entry, "columns")[column]
    median = number(hover, "median")
    if median is not None:
        return count(round(median)) if abs(median) >= 1000 else f"{median:.3g}"
    found = distinctive_level(columns[column], hover)
    if found is None:
        return "\u2013"
    # the share, since a level may be told because the cluster lacks it
    share = share_in_words(found[1])
    return f"{shorten(found[0], max(most - len(share) - 2, 4))}: {share}"
