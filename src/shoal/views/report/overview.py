"""The data in at most ten lines of plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.artifacts.reading import Run, record, whole
from shoal.text import words
from shoal.text.cleaning import shorten
from shoal.views.report.sentences import without_cluster
from shoal.views.report.views import Counts

TITLE, TEXT = 60, 120
NAMED = 5
Line = list[tuple[str, bool]]
"""Pieces of a line: text, and whether it is quoted from the data."""


def overview(run: Run, n: Counts, entries: Sequence[Any]) -> list[Line]:
    """Say what is in the data.

    Parameters
    ----------
    run : the run
    n : its counts
    entries : the clusters as the page shows them

    Returns
    -------
    The lines, each in pieces
    """
    lines = [
        _largest(n, entries),
        _clearest(entries),
        _weakest(entries),
        _alone(n),
        _anomalies(run),
        _duplicates(run),
    ]
    return [line for line in lines if line]


def _quoted(titles: Sequence[str]) -> Line:
    """Titles with commas, and `and` before the last."""
    out: Line = []
    for place, title in enumerate(titles):
        if place:
            out.append((" and " if place == len(titles) - 1 else ", ", False))
        out.append((shorten(title, TITLE), True))
    return out


def _largest(n: Counts, entries: Sequence[Any]) -> Line:
    if not entries:
        return [("No clusters were found: no rows are similar enough.", False)]
    sizes = np.array([entry["size"] for entry in entries])
    half = int(np.searchsorted(np.cumsum(np.sort(sizes)[::-1]), sizes.sum() / 2)) + 1
    if len(entries) == 1:
        return [("All rows form one cluster: ", False), (entries[0]["title"], True), (".", False)]
    shown = entries[: min(NAMED, len(entries))]
    line: Line = [(f"The {'largest clusters are ' if len(shown) > 1 else 'cluster is '}", False)]
    line += _quoted([entry["title"] for entry in shown])
    share = words.percent(int(sum(entry["size"] for entry in shown)), n.rows)
    if len(shown) < len(entries):
        line.append((f", together {share} of the rows", False))
    if len(entries) > 2 * NAMED:
        info = words.many(half, "largest", "largest")
        line.append((f"; half of the clustered rows are in the {info}", False))
    return [*line, (".", False)]


def _clearest(entries: Sequence[Any]) -> Line:
    measured = [e for e in entries if e["measures"]["silhouette"] is not None]
    best = sorted(measured, key=lambda e: (-e["measures"]["silhouette"], e["index"]))[:3]
    best = [entry for entry in best if entry["dots"] == 3]
    if not best or len(best) == len(entries):
        return []
    return [("Most clearly separated: ", False), *_quoted([e["title"] for e in best]), (".", False)]


def _weakest(entries: Sequence[Any]) -> Line:
    measured = [e for e in entries if e["measures"]["silhouette"] is not None]
    loose = sorted(
        (e for e in measured if e["dots"] <= 1), key=lambda e: e["measures"]["silhouette"]
    )
    if not measured:
        return []
    if not loose:
        return [("No cluster overlaps its neighbors much.", False)]
    part = f"{words.count(len(loose))} of {words.many(len(measured), 'cluster')}"
    line: Line = [(f"{part} overlap others, most of all ", False)]
    return [*line, *_quoted([e["title"] for e in loose[:2]]), ("; see the caveats.", False)]


def _alone(n: Counts) -> Line:
    if not n.noise and not n.excluded:
        return [("Every row has a cluster.", False)]
    return [(" and ".join(without_cluster(n.noise, n.excluded, n.blank)) + ".", False)]


def _anomalies(run: Run) -> Line:
    info = record(run.evaluation, "anomalies")
    amount = whole(info, "n")
    if amount is None:
        return []
    if not amount:
        return [("No row stands out enough to check.", False)]
    first = run.anomalies[0] if run.anomalies else {}
    line: Line = [(f"{words.many(amount, 'row stands', 'rows stand')} out", False)]
    row = whole(first, "row")
    if row is not None and row < len(run.rows.cluster):
        line += [(", farthest of all ", False), (shorten(run.rows.text(row), TEXT), True)]
    return [*line, (".", False)]


def _duplicates(run: Run) -> Line:
    info = record(run.evaluation, "duplicates")
    amount = whole(info, "rows")
    if amount is None:
        return []
    if not amount:
        return [("No row repeats another.", False)]
    near = whole(info, "near") or 0
    # only texts have letters
    exactly = "to the letter" if info.get("by") == "spelling" else "exactly"
    if near == amount:
        said = f"{words.many(amount, 'row nearly repeats', 'rows nearly repeat')} another"
    else:
        said = f"{words.many(amount, 'row repeats', 'rows repeat')} another"
        changed = (
            f"{words.many(near, 'differs', 'differ')} a little from the one that stands for them"
        )
        said += f"; {changed}" if near else f" {exactly}"
    return [(f"{said}.", False)]
