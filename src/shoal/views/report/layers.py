"""Why this many clusters: the measured layers as a table and a small drawing."""

from __future__ import annotations

import math
from typing import Any

from shoal.artifacts.reading import Run, number, records, whole
from shoal.data.entries import ReadEntry
from shoal.text import words
from shoal.text.cleaning import clean

WIDTH, HEIGHT = 420, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 26, 40


def why(run: Run) -> dict[str, Any]:
    """Build the section on the number of clusters.

    Parameters
    ----------
    run : the run

    Returns
    -------
    The reason, the layers from few clusters to many, and the drawing if there are two or more.
    """
    layers = sorted(
        (_layer(entry) for entry in records(run.evaluation, "layers")),
        key=lambda layer: (layer["n"], layer["layer"]),
    )
    best = max([layer["score"] or 0.0 for layer in layers], default=0.0)
    for layer in layers:
        layer["share"] = round(100.0 * max(layer["score"] or 0.0, 0.0) / best, 2) if best else 0.0
    return {
        "reason": clean(run.evaluation.get("reason")),
        "n": whole(run.evaluation, "n_clusters"),
        "layers": layers if len(layers) > 1 else [],
        "chart": _chart(layers),
    }


def _layer(entry: ReadEntry) -> dict[str, Any]:
    score = number(entry, "score")
    return {
        "layer": whole(entry, "layer") or 0,
        "n": whole(entry, "n_clusters") or 0,
        "separation": words.decimal(number(entry, "separation"), 3),
        "stability": words.decimal(number(entry, "stability"), 2),
        "modularity": words.decimal(number(entry, "modularity"), 2),
        "score": score,
        "score_written": words.decimal(score, 3),
        "chosen": entry.get("chosen") is True,
    }


def _chart(layers: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Lay the layers out: clusters on a logarithmic axis, the score above it."""
    drawn = [layer for layer in layers if layer["score"] is not None and layer["n"] > 0]
    if len({layer["n"] for layer in drawn}) < 2:
        return None
    low, high = math.log(drawn[0]["n"]), math.log(drawn[-1]["n"])
    top = max(max(layer["score"] for layer in drawn), 0.0)
    floor = min(min(layer["score"] for layer in drawn), 0.0)
    span = (top - floor) or 1.0

    def across(n: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (math.log(n) - low) / (high - low)

    def up(score: float) -> float:
        return float(HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * (score - floor) / span)

    points = [
        {
            "x": round(across(layer["n"]), 1),
            "y": round(up(layer["score"]), 1),
            "n": words.count(layer["n"]),
            "chosen": layer["chosen"],
            "named": False,
        }
        for layer in drawn
    ]
    _name_apart(points)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": _LEFT,
        "right": WIDTH - _RIGHT,
        "zero": round(up(0.0), 1),
        "top": round(up(top), 1),
        "best": words.decimal(top, 3),
        "points": points,
        "path": " ".join(f"{p['x']},{p['y']}" for p in points),
    }


def _name_apart(points: list[dict[str, Any]]) -> None:
    """Name points on the axis where there is room; the chosen one first, then the ends."""
    taken: list[float] = []
    ends = {0, len(points) - 1}
    ranked = sorted(range(len(points)), key=lambda i: (not points[i]["chosen"], i not in ends, i))
    for index in ranked:
        x = points[index]["x"]
        if all(abs(x - other) >= 30 for other in taken):
            points[index]["named"] = True
            taken.append(x)
