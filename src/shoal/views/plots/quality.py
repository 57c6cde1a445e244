"""How good the clusters are: silhouettes row by row, and what a number was chosen by."""

from __future__ import annotations

import numpy as np

from shoal.artifacts.reading import number, numbers, record, records
from shoal.errors import BadInput
from shoal.numerics.clusters import silhouettes
from shoal.numerics.outliers import DEVIATIONS
from shoal.text.cleaning import clean
from shoal.text.words import count, decimal, many
from shoal.views.figures.curves import AXES, TITLES
from shoal.views.plots.marks import ACCENT, FALLING, GREY, INK, Line, Mark, Panel, Shape, Words
from shoal.views.plots.picture import Picture
from shoal.views.plots.run_data import RunData

MAX_CLUSTERS = 40
STEPS = 160
"""Points of a cluster's outline at most."""


def silhouette(run: RunData, *, n: int | None = None) -> Picture:
    """The silhouette of every row, cluster by cluster, the largest clusters first."""
    shown = run.shown(n, MAX_CLUSTERS)
    if len(run.numbers) < 2:
        raise BadInput("a silhouette needs two clusters, but the run has one.")
    labels = run.labels[run.saved.distinct]
    values = silhouettes(run.vectors, labels)[0]
    mean = float(values[labels >= 0].mean())
    marks: list[Mark] = []
    ticks, top = [], 0.0
    low = 0.0
    for cluster in range(shown):
        inside = np.sort(values[labels == run.numbers[cluster]])[::-1]
        thick = max(np.sqrt(len(inside)), 4.0)
        kept = inside[np.linspace(0, len(inside) - 1, min(len(inside), STEPS)).astype(int)]
        ys = top + np.linspace(0, thick, len(kept)) if len(kept) > 1 else np.array([top])
        ys = ys if len(kept) > 1 else np.array([top, top + thick])
        kept = kept if len(kept) > 1 else np.repeat(kept, 2)
        below = float((inside < 0).mean())
        hover = (
            f"{run.titles[cluster]}\n{many(len(inside), 'row')}, mean "
            f"{decimal(inside.mean())}, {below:.0%} nearer to another cluster"
        )
        marks.append(Shape([0, *kept, 0], [ys[0], *ys, ys[-1]], run.colours[cluster], hover, 0.9))
        ticks.append((top + thick / 2, run.short(cluster)))
        low = min(low, float(inside.min()))
        top += thick * 1.18 + 1
    high = float(max(values[labels >= 0].max(), 0.1))
    marks.append(Line([mean, mean], [0, top], FALLING, 1.2, dashed=True))
    marks.append(Line([0, 0], [0, top], INK, 0.8))
    places = [tick for tick in (np.arange(-5, 6) / 5).tolist() if low <= tick <= high]
    more = f"; the {count(shown)} largest are shown" if shown < len(run.numbers) else ""
    return Picture(
        title="Silhouettes",
        note=(
            f"{run.said}{more}. Right: clearly inside the cluster. Left of 0: nearer to "
            f"another cluster. Dashed line: the mean, {decimal(mean)}."
        ),
        panels=[
            Panel(
                marks,
                (low - 0.02, high + 0.02),
                (top, -1),
                x_name="silhouette (height of a cluster: square root of its rows)",
                x_ticks=[(tick, f"{tick:g}".replace("-", "\u2212")) for tick in places],
                y_ticks=ticks,
                grid=False,
            )
        ],
        size=(9.0, 2.2 + 0.26 * shown),
        left=0.36,
        bottom=0.62 / (2.2 + 0.26 * shown),
    )


def curves(run: RunData) -> Picture:
    """What a parameter such as the number of clusters was chosen by; the layers where nothing."""
    given = [c for c in map(_curve, records(run.run.evaluation, "curves")) if c is not None]
    panels = sorted(given, key=lambda found: not found[0])
    made = [panel for _, panel in panels] or _layers(run)
    if not made:
        raise BadInput(
            "this run has no curves, because no number of clusters was chosen from the data. "
            "`shoal cluster --cluster kmeans` without -k does that."
        )
    columns = 2 if len(made) == 4 else min(len(made), 3)
    rows = -(-len(made) // columns)
    return Picture(
        title="How the number of clusters was chosen",
        note=clean(run.run.evaluation.get("reason")),
        panels=made,
        columns=columns,
        size=(3.6 * columns + 0.6, 2.9 * rows + 0.8),
        left=0.06,
        bottom=0.6 / (2.9 * rows + 0.8),
        gap=(0.08, 0.16),
    )


def _curve(entry: object) -> tuple[bool, Panel] | None:
    hover = record({"curve": entry}, "curve")
    pairs = [
        (x, y)
        for x, y in zip(numbers(hover, "xs"), numbers(hover, "ys"), strict=False)
        if x is not None and y is not None
    ]
    if len(pairs) < 2:
        return None
    name, axis = clean(hover.get("name")), clean(hover.get("x_name"))
    decided = hover.get("decided") is True
    title = TITLES.get(name, name.replace("_", " ").capitalize())
    title += " (decided)" if decided else ""
    return decided, _panel(
        title, AXES.get(axis, axis.replace("_", " ")), sorted(pairs), number(hover, "chosen")
    )


def _layers(run: RunData) -> list[Panel]:
    """The marks of the layers by their number of clusters."""
    layers = records(run.run.evaluation, "layers")
    chosen = next(
        (number(layer, "n_clusters") for layer in layers if layer.get("chosen") is True), None
    )
    names = {
        "score": "Score (decided)",
        "separation": "Separation",
        "stability": "Stability",
        "modularity": "Modularity",
    }
    made = []
    for key, title in names.items():
        pairs = sorted(
            (x, y)
            for layer in layers
            if (x := number(layer, "n_clusters")) is not None
            and (y := number(layer, key)) is not None
        )
        if len(pairs) > 1:
            made.append(_panel(title, "clusters", pairs, chosen))
    return made


def _panel(title: str, axis: str, pairs: list[tuple[float, float]], chosen: float | None) -> Panel:
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    wide = xs[0] > 0 and xs[-1] / xs[0] >= 20
    places = [float(np.log(x)) if wide else x for x in xs]
    low, high = min(ys), max(ys)
    pad = (high - low or abs(high) or 1.0) * 0.12
    hover = [f"{_short(x)} {axis}: {_short(y)}" for x, y in pairs]
    marks: list[Mark] = [Line(places, ys, ACCENT, 1.8, hover=hover, dots=len(xs) <= 60)]
    ticks = [(places[0], _short(xs[0])), (places[-1], _short(xs[-1]))]
    if chosen is not None and xs[0] <= chosen <= xs[-1]:
        at = float(np.log(chosen)) if wide else chosen
        marks.insert(0, Line([at, at], [low - pad, high + pad], FALLING, 1.2, dashed=True))
        span = places[-1] - places[0]
        # the chosen one is named; an end is not where the two would run into each other
        ticks = [tick for tick in ticks if abs(tick[0] - at) > 0.12 * span] + [(at, _short(chosen))]
    span = (places[-1] - places[0]) * 0.04 or 1.0
    return Panel(
        marks,
        (places[0] - span, places[-1] + span),
        (low - pad, high + pad),
        title=title,
        x_name=axis,
        x_ticks=ticks,
        y_ticks=[(low, _short(low)), (high, _short(high))],
        grid=False,
    )


def _short(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return count(round(value))
    return f"{value:.3g}".replace("-", "\u2212")


def anomalies(run: RunData) -> Picture:
    """How far rows are from their nearest, and where anomalies begin."""
    hover = record(run.run.evaluation, "anomalies")
    limit = number(hover, "limit")
    scores = run.run.rows.outlier
    scores = scores[np.isfinite(scores)].astype(np.float64)
    if limit is None or not len(scores):
        raise BadInput("the run has no outlier scores. Run `shoal cluster` again with --force.")
    top = float(np.quantile(scores, 0.9995)) * 1.02
    top = max(top, limit * 1.1)
    edges = np.linspace(0, top, 61)
    counts = np.histogram(np.clip(scores, 0, top), edges)[0]
    marks: list[Mark] = []
    for amount, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
        if amount:
            colour = FALLING if left >= limit else GREY
            said = f"{many(int(amount), 'row')}\n{left:.2f} to {right:.2f} times the usual distance"
            marks.append(
                Shape([left, right, right, left], [0, 0, amount, amount], colour, said, 0.95)
            )
    high = float(counts.max())
    marks.append(Line([limit, limit], [0, high], INK, 1.2, dashed=True))
    beyond = int((scores > limit).sum())
    marks.append(
        Words(limit, high * 0.97, f" {count(beyond)} beyond {limit:.2f}", INK, 9, side="left")
    )
    return Picture(
        title="Distances of rows to their nearest neighbors",
        note=(
            f"{run.said}. 1 is usual. An anomaly is more than {DEVIATIONS:g} robust deviations "
            "above."
        ),
        panels=[
            Panel(
                marks,
                (0, top),
                (0, high * 1.05),
                x_name="times the usual distance",
                y_name="rows",
                x_ticks=[(float(t), f"{t:g}") for t in np.arange(0, top, 0.5)],
                y_ticks=[(0, "0"), (high, count(round(high)))],
            )
        ],
        size=(9.0, 4.6),
        left=0.08,
        bottom=0.13,
    )
