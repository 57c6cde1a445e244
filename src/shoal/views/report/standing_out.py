"""Anomalies and near-duplicates for the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shoal.artifacts.reading import Run, number, record, whole
from shoal.data.entries import ReadEntry
from shoal.text.cleaning import clean, shorten
from shoal.text.words import decimal

MAX_ANOMALIES, MAX_GROUPS, MAX_OF_GROUP = 20, 12, 4
TEXT_LENGTH, ID_LENGTH, REASON_LENGTH = 320, 60, 240


def anomalies(run: Run, entries: Sequence[Any]) -> dict[str, Any] | None:
    """The rows that stand out, a group of them in one entry.

    Parameters
    ----------
    run : the run
    entries : the clusters as the page shows them

    Returns
    -------
    What the template shows; None for a run of an older shoal
    """
    info = record(run.evaluation, "anomalies")
    if not info:
        return None
    places = {entry["number"]: entry for entry in entries}
    shown: list[dict[str, Any]] = []
    groups: dict[int, dict[str, Any]] = {}
    beyond = _beyond(run)
    for entry in beyond:
        group = whole(entry, "group")
        if group in groups:
            groups[group]["alike"].append(_text(run, entry))
        elif len(shown) < MAX_ANOMALIES:
            made = _anomaly(run, entry, places)
            shown.append(made)
            if group is not None:
                groups[group] = made
    return {
        "n": whole(info, "n") or 0,
        "lone": whole(info, "lone") or 0,
        "groups": whole(info, "groups") or 0,
        "rule": clean(info.get("rule")),
        "rows": shown,
        "more": len(beyond) - sum(1 + len(entry["alike"]) for entry in shown),
        "farthest": [] if beyond else [_anomaly(run, e, places) for e in run.anomalies[:3]],
    }


def odd_rows(run: Run) -> list[int]:
    """The rows that stand out, farthest first."""
    return [row for entry in _beyond(run) if (row := whole(entry, "row")) is not None]


def _beyond(run: Run) -> list[ReadEntry]:
    return [entry for entry in run.anomalies if entry.get("anomaly") is True]


def _text(run: Run, entry: ReadEntry) -> str:
    row = whole(entry, "row")
    if row is None or not 0 <= row < len(run.rows.cluster):
        return "(no text)"
    return shorten(run.rows.text(row), TEXT_LENGTH) or "(no text)"


def _anomaly(run: Run, entry: ReadEntry, places: dict[int, Any]) -> dict[str, Any]:
    closest = places.get(whole(entry, "nearest_cluster") or 0)
    return {
        "text": _text(run, entry),
        "id": shorten(clean(entry.get("id")), ID_LENGTH),
        "times": decimal(number(entry, "score"), 1),
        "kind": "group" if entry.get("kind") == "group" else "lone",
        # the cluster has a column of its own
        "reason": shorten(clean(entry.get("reason")).partition("; closest")[0], REASON_LENGTH),
        "closest": closest if whole(entry, "nearest_cluster") is not None else None,
        "alike": [],
    }


def duplicates(run: Run) -> dict[str, Any] | None:
    """The largest groups of rows that are nearly or exactly the same.

    Returns
    -------
    What the template shows; None for a run of an older shoal
    """
    info = record(run.evaluation, "duplicates")
    if not info:
        return None
    groups: dict[int, list[dict[str, Any]]] = {}
    for entry in run.duplicates:
        group = whole(entry, "group")
        if group is not None and (group in groups or len(groups) < MAX_GROUPS):
            exact = entry.get("exact") is True
            groups.setdefault(group, []).append(
                {
                    "text": _text(run, entry),
                    "id": shorten(clean(entry.get("id")), ID_LENGTH),
                    "alike": "the same" if exact else decimal(number(entry, "similarity")),
                }
            )
    return {
        "rows": whole(info, "rows") or 0,
        "exact": whole(info, "exact") or 0,
        "near": whole(info, "near") or 0,
        "groups": whole(info, "groups") or 0,
        "joined": info.get("joined") is True,
        "rule": clean(info.get("rule")),
        "shown": [
            {"first": rows[0], "others": rows[1:MAX_OF_GROUP], "more": len(rows) - MAX_OF_GROUP}
            for rows in groups.values()
        ],
    }
