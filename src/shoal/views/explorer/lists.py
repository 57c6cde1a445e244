"""Lists to review: anomalies with a reason, and duplicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.data.entries import Entry
from shoal.storage import run_files
from shoal.views.explorer.view import RunView

MAX_ANOMALIES = 500
MAX_GROUPS = 500
MAX_IN_GROUP = 20


def anomalies(view: RunView) -> Entry:
    """The rows that the run calls anomalies, the oddest first, and what a person said of each.

    Returns
    -------
    entries, the farthest ones; total, of all rows that are listed; n, with their copies; rule, by
    which the run calls a row an anomaly; version of the edits
    """
    table = view.saved.anomalies
    table = table.filter(table["anomaly"]).sort_by([("score", "descending")])
    found = table.slice(0, MAX_ANOMALIES).to_pylist()
    info = {record["row"]: record for record in view.rows.records(e["row"] for e in found)}
    closest = view.editor.went_to
    state = view.editor.state
    entries = []
    for entry in found:
        row, near = int(entry["row"]), closest.get(entry["nearest_cluster"])
        entries.append(
            {
                **{key: info[row][key] for key in ("row", "id", "text")},
                "score": float(entry["score"]),
                "kind": str(entry["kind"]),
                # the cluster may be called otherwise by now, so it is told for itself
                "reason": str(entry["reason"]).partition("; closest cluster")[0],
                "nearest": near,
                "nearest_title": None if near is None else state.title(near),
                "cluster": int(state.labels[row]),
                "verdict": state.verdicts.get(("anomaly", str(row)), ""),
            }
        )
    recorded = view.saved.evaluation["anomalies"]
    return {
        "entries": entries,
        "total": len(table),
        "n": recorded["n"],
        "rule": recorded["rule"],
        "version": view.editor.history.version,
    }


def duplicates(view: RunView) -> Entry:
    """Groups of rows that say the same, the largest first.

    From duplicates.parquet, which holds near-duplicates too, where the run has one; else the rows
    with exactly the same content.
    """
    saved = view.saved.folder.has(run_files.DUPLICATES)
    members, total, n_rows = _saved_groups(view) if saved else _exact_groups(view)
    state = view.editor.state
    groups = []
    for rows in members:
        head = int(rows[0])
        shown = rows[:MAX_IN_GROUP]
        groups.append(
            {
                "key": str(head),
                "size": len(rows),
                "text": view.rows.records([head])[0]["text"],
                "rows": shown.tolist(),
                "ids": [str(i) for i in view.rows.ids(shown).to_pylist()],
                "cluster": int(state.labels[head]),
                "verdict": state.verdicts.get(("duplicates", str(head)), ""),
            }
        )
    version = view.editor.history.version
    return {"groups": groups, "total": total, "rows": n_rows, "version": version}


Groups = tuple[list[NDArray[np.int64]], int, int]
"""Rows of the largest groups, the one that stands for the others first; all groups; all rows."""


def _saved_groups(view: RunView) -> Groups:
    table = view.saved.duplicates
    group, rows = table["group"].to_numpy(), table["row"].to_numpy().astype(np.int64)
    return _largest(group, rows)


def _exact_groups(view: RunView) -> Groups:
    first = view.editor.first
    copies = np.bincount(first[first >= 0], minlength=view.n_rows)
    rows = np.nonzero((first >= 0) & (copies[first] > 1))[0]
    return _largest(first[rows], rows)


def _largest(group: NDArray[np.integer], rows: NDArray[np.int64]) -> Groups:
    if not len(rows):
        return [], 0, 0
    order = np.argsort(group, kind="stable")
    _, starts = np.unique(group[order], return_index=True)
    parts = np.split(rows[order], starts[1:])
    return sorted(parts, key=lambda part: -len(part))[:MAX_GROUPS], len(parts), len(rows)
