"""Lists to go through one by one: odd rows with a reason, and rows that say the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from shoal.explorer.view import RunView

MOST_ANOMALIES = 200
MOST_GROUPS = 500
MOST_IN_GROUP = 20
ANOMALIES = "anomalies.parquet"


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
    """Groups of rows with the same content, the largest first."""
    first = view.editor.first
    copies = np.bincount(first[first >= 0], minlength=view.n_rows)
    heads = np.nonzero(copies > 1)[0]
    heads = heads[np.argsort(-copies[heads], kind="stable")]
    shown = heads[:MOST_GROUPS]
    order = np.argsort(first, kind="stable")
    borders = np.searchsorted(first[order], np.stack([shown, shown + 1]))
    groups = []
    for head, low, high in zip(shown, *borders, strict=True):
        rows = order[low : min(high, low + MOST_IN_GROUP)]
        key = str(int(head))
        groups.append(
            {
                "key": key,
                "size": int(copies[head]),
                "text": view.rows.records([int(head)])[0]["text"],
                "rows": rows.tolist(),
                "ids": [str(i) for i in view.rows.ids(rows).to_pylist()],
                "cluster": int(view.editor.state.labels[head]),
                "verdict": view.editor.state.verdicts.get(("duplicates", key), ""),
            }
        )
    return {
        "groups": groups,
        "total": len(heads),
        "rows": int(copies[heads].sum()),
        "version": view.editor.history.version,
    }
