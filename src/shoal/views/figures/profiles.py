"""What sets clusters of records apart, as a heat map: a row per column, a column per cluster."""

from __future__ import annotations

from collections.abc import Sequence

from shoal.artifacts.reading import Run, number, records
from shoal.data.entries import Entry, ReadEntry
from shoal.numerics.stats.effects import share_effect
from shoal.parts.describers.profiles import middle_as_text
from shoal.parts.describers.readable import percent, times
from shoal.text.cleaning import clean
from shoal.text.words import many

MAX_CLUSTERS = 24
MAX_COLUMNS = 60
STEPS = (0.2, 0.5, 0.8, 1.2, 2.0)
"""Sizes of an effect from which the shade is deeper: small, medium, large after Cohen, and on."""


def profiles(run: Run, entries: Sequence[ReadEntry]) -> Entry | None:
    """The heat map of a run of records.

    Parameters
    ----------
    run : a run that was read
    entries : the clusters as the page shows them, with index, number, title and size

    Returns
    -------
    What the template shows, None where the run has no profiles
    """
    columns = records(run.profiles, "columns")
    by_number = {found["cluster"]: found for found in records(run.profiles, "clusters")}
    shown = [entry for entry in entries if entry["number"] in by_number][:MAX_CLUSTERS]
    if not columns or not shown:
        return None
    cells = [records(by_number[entry["number"]], "columns") for entry in shown]
    places = range(len(columns))
    used = [place for place in places if columns[place].get("clustered") is True]
    used.sort(key=lambda place: -(number(columns[place], "share") or 0.0))
    others = sorted(set(places) - set(used))
    rows = {
        place: _row(columns[place], [found[place] for found in cells])
        for place in (*used[:MAX_COLUMNS], *others[:MAX_COLUMNS])
    }
    return {
        "clusters": shown,
        "used": [rows[place] for place in used[:MAX_COLUMNS]],
        "others": [rows[place] for place in others[:MAX_COLUMNS]],
        "more": max(len(used) - MAX_COLUMNS, 0) + max(len(others) - MAX_COLUMNS, 0),
        "more_clusters": len(entries) - len(shown),
        "parts": _parts(run, columns),
    }


def _parts(run: Run, columns: Sequence[ReadEntry]) -> list[Entry]:
    """What the blocks of a mixed run add, where there are others than plain columns."""
    named = {column.get("name") for column in columns}
    found = [part for part in records(run.profiles, "parts") if part.get("name") not in named]
    return [
        {
            "name": clean(part.get("name")),
            "share": percent(number(part, "share") or 0.0),
            "weight": f"{number(part, 'weight') or 0.0:g}",
            "moved": _moved(part),
        }
        for part in found
    ]


def _moved(part: ReadEntry) -> str:
    """Share of the rows that would be in another cluster without it, or nothing."""
    moved = number(part, "moved")
    return "" if moved is None else percent(moved)


def _row(column: ReadEntry, entries: Sequence[ReadEntry]) -> Entry:
    cells = [
        _category(column, e) if column["kind"] == "category" else _number(column, e)
        for e in entries
    ]
    share = number(column, "share") or 0.0
    gaps = int(number(column, "gaps") or 0)
    return {
        "name": clean(column.get("name")),
        "clustered": column.get("clustered") is True,
        "share": share,
        "adds": percent(share),
        "moved": _moved(column),
        "all": _overall(column),
        "gaps": many(gaps, "gap") if gaps else "",
        "cells": cells,
    }


def _overall(column: ReadEntry) -> str:
    if column["kind"] != "category":
        median = number(column, "median")
        return "\u2013" if median is None else middle_as_text(median, column["kind"])
    levels = column["levels"]
    if not levels:
        return "\u2013"
    level, share = levels[_distinctive_index(column)]
    return f"{clean(level)} {percent(share)}"


def _distinctive_index(column: ReadEntry) -> int:
    """Of two categories the rarer is told of every cluster, so that they can be compared."""
    return 1 if column["n_levels"] == 2 else 0


def _number(column: ReadEntry, entry: ReadEntry) -> Entry:
    median, ratio = number(entry, "median"), number(entry, "ratio")
    if median is None:
        return _cell("\u2013", "", 0.0)
    effect = number(entry, "effect") or 0.0
    apart = f"{effect:+.1f} sd".replace("-", "\u2212") if abs(effect) >= 0.05 else ""
    info = apart if ratio is None else times(ratio)
    return _cell(middle_as_text(median, column["kind"]), info, effect)


def distinctive_level(column: ReadEntry, entry: ReadEntry) -> tuple[str, float, float] | None:
    """The category that is told of a cluster, its share there and its effect; None for none.

    Of a column of two categories it is the same one for every cluster.
    """
    level = entry.get("level")
    if level is None:
        return None
    share, effect = number(entry, "share") or 0.0, number(entry, "effect") or 0.0
    if column.get("n_levels") == 2:
        level, overall = column["levels"][_distinctive_index(column)]
        share = dict(entry["levels"]).get(level, 0.0)
        effect = share_effect(share, overall)
    return clean(level), share, effect


def _category(column: ReadEntry, entry: ReadEntry) -> Entry:
    found = distinctive_level(column, entry)
    if found is None:
        return _cell("\u2013", "", 0.0)
    level, share, effect = found
    return _cell(level, percent(share), effect)


def _cell(value: str, info: str, effect: float) -> Entry:
    step = sum(abs(effect) >= least for least in STEPS)
    side = "hi" if effect > 0 else "lo"
    return {"value": value, "told": info, "shade": f"{side}{step}" if step else ""}
