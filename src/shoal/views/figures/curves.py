"""Curves behind a chosen parameter: one small drawing each, and a table of all values."""

from __future__ import annotations

import math

from shoal.artifacts.reading import Run, number, numbers, records
from shoal.data.entries import Entry, ReadEntry
from shoal.text import words
from shoal.text.cleaning import clean

WIDTH, HEIGHT = 264, 132
_LEFT, _RIGHT, _TOP, _BOTTOM = 6, 258, 22, 108
_ROOM = 36
"""Least distance between two names on the axis."""
_WIDE = 20.0
"""An axis whose end is so many times its beginning is logarithmic."""
_MAX_POINTS = 120
"""Of one curve that are drawn and listed."""

# Title, and what to look for.
_CURVES: dict[str, tuple[str, str]] = {
    "consensus": (
        "Consensus",
        "Mean rank in silhouette, elbow and stability; 1 is first in all three.",
    ),
    "silhouette": ("Silhouette", "Own cluster compared with the next nearest. Higher is better."),
    "davies_bouldin": (
        "Davies\u2013Bouldin",
        ("Cluster width compared with the gaps between clusters. Lower is better."),
    ),
    "calinski_harabasz": (
        "Cali\u0144ski\u2013Harabasz",
        "Variance between clusters compared with variance inside. Higher is better.",
    ),
    "elbow": ("Elbow", "Inertia: squared distances to the centers. The strongest bend decides."),
    "gap": (
        "Gap statistic",
        ("Advantage over data without clusters. The point where it stops growing decides."),
    ),
    "stability": (
        "Stability",
        "Agreement between clusterings of three fifths of the rows. Higher is better.",
    ),
    "k_distance": (
        "Distance to the k-th neighbor",
        "Share of rows with a smaller distance. The bend decides.",
    ),
    "dbcv": ("DBCV", "Dense inside, sparse between. Higher is better."),
    "persistence": ("Persistence", "How long clusters persist. Higher is better."),
}
AXES = {
    "n_clusters": "clusters",
    "eps": "eps, the radius",
    "min_cluster_size": "minimum cluster size",
}

TITLES = {name: title for name, (title, _) in _CURVES.items()}
"""What a curve is called, by its name in evaluation.json."""


def curves(run: Run) -> Entry:
    """Build the drawings of the curves and the table of their figures.

    Parameters
    ----------
    run : the run

    Returns
    -------
    The panels, the one that decided first, and a table for each parameter; nothing where the
    run has no curves.
    """
    given = [curve for entry in records(run.evaluation, "curves") if (curve := _curve(entry))]
    given.sort(key=lambda curve: not curve["decided"])
    axes = list(dict.fromkeys(curve["axis"] for curve in given))
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "panels": [_panel(curve) for curve in given],
        "tables": [_table(axis, [c for c in given if c["axis"] == axis]) for axis in axes],
        "where": _where(given),
        "wide": any(_is_wide(curve) for curve in given),
    }


def _curve(entry: ReadEntry) -> Entry | None:
    """A curve with at least two points that are defined, else None."""
    xs, ys = numbers(entry, "xs"), numbers(entry, "ys")
    points = [(x, y) for x, y in zip(xs, ys, strict=False) if x is not None and y is not None]
    points.sort()
    if len(points) < 2 or points[0][0] == points[-1][0]:
        return None
    points = _thinned(points, {number(entry, "suggestion"), number(entry, "chosen")})
    name, axis = clean(entry.get("name")), clean(entry.get("x_name"))
    title, meaning = _CURVES.get(name, (name.replace("_", " ").capitalize() or "A curve", ""))
    return {
        "title": title,
        "meaning": meaning,
        "axis": AXES.get(axis, axis.replace("_", " ")),
        "points": points,
        "suggestion": number(entry, "suggestion"),
        "chosen": number(entry, "chosen"),
        "decided": entry.get("decided") is True,
        "n_items": number(entry, "n_items"),
    }


def _thinned(
    points: list[tuple[float, float]], kept: set[float | None]
) -> list[tuple[float, float]]:
    """Points evenly along a long curve, and those that are marked."""
    if len(points) <= _MAX_POINTS:
        return points
    step = (len(points) - 1) / (_MAX_POINTS - 1)
    places = {round(i * step) for i in range(_MAX_POINTS)}
    return [point for i, point in enumerate(points) if i in places or point[0] in kept]


def _where(given: list[Entry]) -> str:
    """How many rows the curves were measured on, if one number holds for all."""
    amounts = {curve["n_items"] for curve in given}
    amount = amounts.pop() if len(amounts) == 1 else None
    return "" if amount is None else words.many(int(amount), "row")


def _short(value: float) -> str:
    """Write a value on an axis: whole and large numbers whole, others with three figures."""
    if value == int(value) or abs(value) >= 1000:
        return words.count(round(value))
    return f"{value:.3g}".replace("-", "\u2212")


def _is_wide(curve: Entry) -> bool:
    low, high = curve["points"][0][0], curve["points"][-1][0]
    return bool(low > 0 and high / low >= _WIDE)


def _panel(curve: Entry) -> Entry:
    """Lay one curve out."""
    points = curve["points"]
    low, high = points[0][0], points[-1][0]
    floor, top = min(y for _, y in points), max(y for _, y in points)
    wide = _is_wide(curve)

    def across(x: float) -> float:
        share = math.log(x / low) / math.log(high / low) if wide else (x - low) / (high - low)
        return round(_LEFT + (_RIGHT - _LEFT) * share, 1)

    def up(y: float) -> float:
        share = (y - floor) / (top - floor) if top > floor else 0.5
        return round(_BOTTOM - (_BOTTOM - _TOP) * share, 1)

    chosen, suggestion = curve["chosen"], curve["suggestion"]
    at = None if chosen is None or not low <= chosen <= high else across(chosen)
    ring = next(((across(x), up(y)) for x, y in points if x == suggestion), None)
    says = "suggests none" if suggestion is None else f"suggests {_short(suggestion)}"
    return {
        **{name: curve[name] for name in ("title", "meaning", "axis", "decided")},
        "says": says,
        "path": " ".join(f"{across(x)},{up(y)}" for x, y in points),
        "chosen": at,
        "ring": ring,
        "agrees": suggestion is not None and suggestion == chosen,
        "names": _names([(at, chosen), (across(low), low), (across(high), high)]),
        "top": _short(top),
        "floor": _short(floor),
        "spoken": (
            f"{curve['title']} by {curve['axis']} from {_short(low)} to {_short(high)}: "
            f"{_short(points[0][1])} at first, {_short(points[-1][1])} at last; {says}."
        ),
    }


def _names(wanted: list[tuple[float | None, float | None]]) -> list[Entry]:
    """Names on the axis, the first first, as far as they do not run into each other."""
    taken: list[Entry] = []
    for place, (at, value) in enumerate(wanted):
        if at is None or value is None or any(abs(at - n["x"]) < _ROOM for n in taken):
            continue
        side = "start" if at < _LEFT + 8 else "end" if at > _RIGHT - 8 else "mid"
        taken.append({"x": at, "text": _short(value), "side": side, "chosen": place == 0})
    return taken


def _table(axis: str, given: list[Entry]) -> Entry:
    """All figures of the curves over one parameter, a row for each of its values."""
    xs = sorted({x for curve in given for x, _ in curve["points"]})
    found = [dict(curve["points"]) for curve in given]
    return {
        "axis": axis.capitalize(),
        "titles": [curve["title"] for curve in given],
        "rows": [
            {
                "x": _short(x),
                "chosen": any(curve["chosen"] == x for curve in given),
                "cells": [words.decimal(points.get(x), 3) for points in found],
            }
            for x in xs
        ],
    }
