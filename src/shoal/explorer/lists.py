"""Lists to go through one by one: odd rows with a reason, and rows that say the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.explorer.view import RunView

MOST_ANOMALIES = 200
MOST_GROUPS = 500
MOST_IN_GROUP = 20
ANOMALIES = "anomalies.parquet"
DUPLICATES = "duplicates.parquet"


def anomalies(view: RunView) -> dict[str, Any]:
    """The oddest rows, the oddest first, with why and what a person said of each.

    From anomalies.parquet where the run has one, else by the outlier scores.
    """
    found = _saved(view) if view.folder.path.joinpath(ANOMALIES).is_file() else _farthest(view)
    verdicts = view.editor.state.verdicts
    told = {record["row"]: record for record in view.rows.records(e["row"] for e in found)}
    labels = view.editor.state.labels
    entries = [
        {
            **entry,
            **{key: told[entry["row"]][key] for key in ("id", "text")},
            "cluster": int(labels[entry["row"]]),
            "verdict": verdicts.get(("anomaly", str(entry["row"])), ""),
        }
        for entry in found
    ]
    return {"entries": entries, "version": view.editor.history.version}


def _saved(view: RunView) -> list[dict[str, Any]]:
    table = view.folder.read_table(ANOMALIES)
    table = table.sort_by([("score", "descending")]).slice(0, MOST_ANOMALIES)
    return [
        {
            "row": int(entry["row"]),
            "score": float(entry["score"]),
            "reason": str(entry.get("reason") or ""),
            "kind": str(entry.get("kind") or ""),
        }
        for entry in table.to_pylist()
        if 0 <= int(entry["row"]) < view.n_rows
    ]


def _farthest(view: RunView) -> list[dict[str, Any]]:
    scores = np.nan_to_num(view.outlier_scores, nan=-np.inf)
    first = view.editor.first == np.arange(view.n_rows)
    rows = np.nonzero(first & (scores > 1))[0]
    best = rows[np.argsort(-scores[rows], kind="stable")[:MOST_ANOMALIES]]
    return [
        {
            "row": int(row),
            "score": round(float(scores[row]), 3),
            "reason": f"its 5th nearest row is {scores[row]:.1f} times farther than usual",
            "kind": "far",
        }
        for row in best
    ]


def duplicates(view: RunView) -> dict[str, Any]:
    """Groups of rows that say the same, the largest first.

    From duplicates.parquet, which holds near-duplicates too, where the run has one; else the rows
    with exactly the same content.
    """
    saved = view.folder.path.joinpath(DUPLICATES).is_file()
    members, total, n_rows = _saved_groups(view) if saved else _exact_groups(view)
    state = view.editor.state
    groups = []
    for rows in members:
        head = int(rows[0])
        shown = rows[:MOST_IN_GROUP]
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
    table = view.folder.read_table(DUPLICATES, ["group", "row"])
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
    return sorted(parts, key=lambda part: -len(part))[:MOST_GROUPS], len(parts), len(rows)
