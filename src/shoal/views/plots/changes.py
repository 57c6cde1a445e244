"""What changes: clusters over time, and from one run to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.errors import BadInput, UnknownPart
from shoal.numerics.arrays import DoubleArray
from shoal.numerics.stats.periods import periods, trends
from shoal.parts.readers.dates import Dates, as_dates, saved_form
from shoal.text.cleaning import clean, shorten
from shoal.text.words import count, decimal, many
from shoal.views.comparison.result import Comparison
from shoal.views.plots.marks import FALLING, GREY, INK, RISING, Line, Mark, Panel, Shape, Words
from shoal.views.plots.picture import Picture
from shoal.views.plots.run_data import RunData

MAX_CLUSTERS = 12
MIN_STEPS = 3
MIN_ROWS = 10
"""Rows of a step from which its shares are drawn."""
MAX_NODES, MAX_FLOWS = 24, 120
CURVE = np.linspace(0, 1, 25)
EASE = CURVE**2 * (3 - 2 * CURVE)


def time(run: RunData, *, column: str | None = None, n: int | None = None) -> Picture:
    """Rows of the clusters over time; those that rise and fall the most.

    Parameters
    ----------
    run : the run, with a column of dates
    column : the column; found when there is only one
    n : most clusters, half of them rising
    """
    name, dates = _dates(run, column)
    found = periods(dates.days)
    if found is None or len(found.begins) < MIN_STEPS:
        unit = "hour" if found is None else found.unit
        raise BadInput(
            f"the dates in {name!r} span less than two {unit}s, so there is no trend to plot."
        )
    unit, names = found.unit, found.names
    totals, counts = found.totals(), found.counts(run.labels, run.numbers)
    # a share of a few rows says nothing: there the line is broken
    shares = np.where(totals >= MIN_ROWS, counts / np.maximum(totals, 1), np.nan)
    trend = trends(counts, totals)
    shown = run.shown(n, MAX_CLUSTERS)
    order = np.argsort(-trend, kind="stable")
    half = shown // 2
    chosen = [*order[: shown - half], *(order[len(order) - half :] if half else ())]
    panels = [
        _trend_panel(run, int(c), counts[c], shares[c], float(trend[c]), names) for c in chosen
    ]
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    return Picture(
        title=f"The clusters by {unit}",
        note=(
            f"{run.said}, by {shorten(name, 40)}. Share of all rows of a {unit}; those with "
            "the strongest rise first, those with the strongest decline last. "
            + " ".join(dates.notes(name))
        ).strip(),
        panels=panels,
        columns=columns,
        size=(3.9 * columns + 0.3, 2.0 * rows + 1.0),
        left=0.055,
        bottom=0.45 / (2.0 * rows + 1.0),
        gap=(0.07, 0.12),
    )


def _dates(run: RunData, column: str | None) -> tuple[str, Dates]:
    """Name of the column of dates, and what it holds, read as the run read it."""
    table = run.saved.items
    if column is not None and column not in table.column_names:
        raise UnknownPart.among("column of the run", column, table.column_names)
    names = [column] if column is not None else table.column_names
    found: dict[str, Dates] = {}
    for name in names:
        form, is_date = saved_form(run.run.run.get("columns", {}), name)
        dates = as_dates(table[name], form, named=is_date or column is not None)
        if dates is not None:
            found[name] = dates
    if len(found) == 1:
        return next(iter(found.items()))
    if column is not None:
        raise BadInput(
            f"the column {column!r} holds no dates, such as 2026-01-31. If it does, cluster with "
            "--set read.dates=FORM, such as %d/%m/%Y."
        )
    if not found:
        raise BadInput("the run has no column of dates, such as 2026-01-31.")
    raise BadInput(f"several columns hold dates: {', '.join(found)}. Name one: --column NAME.")


def _trend_panel(
    run: RunData,
    cluster: int,
    counts: DoubleArray,
    shares: Any,
    trend: float,
    names: list[str],
) -> Panel:
    most = float(np.nanmax(shares)) if np.isfinite(shares).any() else 0.0
    colour = RISING if trend > 2 else FALLING if trend < -2 else GREY
    word = "rising" if trend > 2 else "falling" if trend < -2 else "steady"
    steps = list(range(len(names)))
    hover = [
        f"{run.titles[cluster]}\n{name}: {many(int(amount), 'row')}, {share:.1%} of all"
        for name, amount, share in zip(names, counts, np.nan_to_num(shares), strict=True)
    ]
    area = Shape([0, *steps, steps[-1]], [0, *np.nan_to_num(shares), 0], colour, "", 0.18)
    return Panel(
        [area, Line(steps, shares, colour, 1.8, hover=hover, dots=len(steps) <= 40)],
        (-0.3, len(steps) - 0.7),
        (0, most * 1.15 or 1.0),
        title=f"{run.short(cluster, 34)} ({word})",
        x_ticks=[(0, names[0]), (len(names) - 1, names[-1])],
        y_ticks=[(0, "0"), (most, f"{most:.1%}")],
    )


def flow(run: RunData, *, other: Comparison) -> Picture:
    """Which rows went where from one run to another.

    Parameters
    ----------
    run : the one before
    other : the comparison with the one after
    """
    flows = [f for f in other.flows if f.rows]
    left = _nodes(other, [f.before for f in flows], [f.rows for f in flows])
    right = _nodes(other, [f.after for f in flows], [f.rows for f in flows])
    bands = Counter[tuple[int, int]]()
    for found in flows:
        bands[left.place(found.before), right.place(found.after)] += found.rows
    order = _uncrossed(bands, len(left.names), len(right.names))
    total = sum(bands.values())
    tops = [_tops(left.sizes, range(len(left.names)), total), _tops(right.sizes, order, total)]
    marks: list[Mark] = []
    ends = [dict(tops[0]), dict(tops[1])]
    rank = {place: position for position, place in enumerate(order)}
    for (a, b), rows in sorted(bands.items(), key=lambda x: (x[0][0], rank[x[0][1]])):
        thick = rows / total
        y0, y1 = ends[0][a], ends[1][b]
        ends[0][a] += thick
        ends[1][b] += thick
        hover = f"{left.names[a]}\n\u2192 {right.names[b]}\n{many(rows, 'row')}"
        upper = y0 + (y1 - y0) * EASE
        xs = 0.02 + 0.96 * CURVE
        home = left.clusters[a]
        colour = GREY if home is None else run.colours[home]
        marks.append(Shape([*xs, *xs[::-1]], [*upper, *(upper[::-1] + thick)], colour, hover, 0.45))
    for nodes, places, x, side in ((left, tops[0], 0.0, "left"), (right, tops[1], 1.0, "right")):
        marks += _ends(nodes, places, x, side, total)
    last = max(
        v + n.sizes[p] / total
        for n, t in zip((left, right), tops, strict=True)
        for p, v in t.items()
    )
    height = float(np.clip(2.0 + 0.3 * max(len(left.names), len(right.names)), 4.5, 12.0))
    agreed = other.agreement
    return Picture(
        title=f"From {shorten(other.before.name, 40)} to {shorten(other.after.name, 40)}",
        note=(
            f"{many(other.n_matched, 'row')} in both runs; adjusted Rand index "
            f"{decimal(agreed.ari)}, {agreed.together:.0%} of the rows stayed with most of "
            "their cluster."
        ),
        panels=[Panel(marks, (-0.62, 1.62), (last * 1.01, -0.01))],
        size=(11.0, height),
        left=0.01,
        right=0.01,
        bottom=0.02,
    )


class _Nodes:
    """The ends of the bands on one side: the largest clusters, and all others as one."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.sizes: list[int] = []
        self.clusters: list[int | None] = []
        self._places: dict[int | None, int] = {}
        self.rest = -1

    def add(self, key: int | None, name: str, size: int) -> None:
        self._places[key] = len(self.names)
        self.names.append(name)
        self.sizes.append(size)
        self.clusters.append(key)

    def place(self, cluster: Any) -> int:
        return self._places.get(None if cluster is None else cluster.label, self.rest)


def _nodes(other: Comparison, ends: Sequence[Any], rows: Sequence[int]) -> _Nodes:
    sizes: Counter[int | None] = Counter()
    titles: dict[int | None, str] = {None: "no cluster"}
    for end, amount in zip(ends, rows, strict=True):
        key = None if end is None else end.label
        sizes[key] += amount
        if end is not None:
            titles[key] = clean(end.title)
    ranked = sorted(sizes, key=lambda key: (key is None, -sizes[key]))
    made = _Nodes()
    for key in ranked[:MAX_NODES]:
        made.add(key, titles[key], sizes[key])
    if len(ranked) > MAX_NODES:
        others = ranked[MAX_NODES:]
        made.rest = len(made.names)
        made.names.append(many(len(others), "smaller one"))
        made.sizes.append(sum(sizes[key] for key in others))
        made.clusters.append(None)
    return made


def _uncrossed(bands: Counter[tuple[int, int]], n_left: int, n_right: int) -> list[int]:
    """The right side in the order of the mean place its rows come from."""
    weight, total = np.zeros(n_right), np.zeros(n_right)
    for (a, b), rows in bands.items():
        weight[b] += a * rows
        total[b] += rows
    return [int(b) for b in np.argsort(weight / np.maximum(total, 1), kind="stable")]


def _tops(sizes: Sequence[int], order: Sequence[int], total: int) -> dict[int, float]:
    """Where each end begins, from the top."""
    out, at = {}, 0.0
    for place in order:
        out[place] = at
        at += sizes[place] / total + 0.006
    return out


def _ends(nodes: _Nodes, tops: dict[int, float], x: float, side: str, total: int) -> list[Mark]:
    marks: list[Mark] = []
    named = -1.0
    for place, top in tops.items():
        thick = nodes.sizes[place] / total
        left, right = (x - 0.012, x + 0.012)
        hover = f"{nodes.names[place]}\n{many(nodes.sizes[place], 'row')}"
        marks.append(
            Shape([left, right, right, left], [top, top, top + thick, top + thick], INK, hover)
        )
        middle = top + thick / 2
        if middle - named < 0.02:
            continue
        named = middle
        text = f"{shorten(nodes.names[place], 44)}  {count(nodes.sizes[place])}"
        at = x - 0.03 if side == "left" else x + 0.03
        marks.append(Words(at, middle, text, INK, 8, "right" if side == "left" else "left"))
    return marks
