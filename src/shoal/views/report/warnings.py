"""Warnings: clusters that overlap, are loose or unstable, and rows in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.artifacts.reading import Run, number, records, whole
from shoal.text import words
from shoal.views.report.views import Counts

MAX_LISTED = 8
"""Clusters of each kind that are listed."""
UNSTABLE = 0.6
"""Stability below which a cluster may be due to chance."""
TWIN = 0.15
"""Separation of centres below which two clusters may be one theme."""
BETWEEN = 0.5
"""Strength below which most of a row's neighbors are in other clusters."""


def caveats(run: Run, n: Counts, entries: Sequence[Any]) -> dict[str, Any]:
    """Collect what should be read with caution.

    Parameters
    ----------
    run : the run
    n : its counts
    entries : the clusters as the page shows them

    Returns
    -------
    "pairs", "loose" and "unstable" clusters with how many there are, and the rows "between"
    """
    pairs = _pairs(run, entries)
    loose = sorted(
        (e for e in entries if e["measures"]["silhouette"] is not None and e["dots"] <= 1),
        key=lambda e: e["measures"]["silhouette"],
    )
    unstable = sorted(
        # as they are shown: a written 0.60 is not below 0.60
        (e for e in entries if round(e["measures"]["stability"] or 1.0, 2) < UNSTABLE),
        key=lambda e: e["measures"]["stability"],
    )
    grouped = run.rows.cluster >= 0
    between = int((run.rows.strength[grouped] < BETWEEN).sum()) if grouped.any() else 0
    return {
        "pairs": pairs[:MAX_LISTED],
        "n_pairs": len(pairs),
        "loose": loose[:MAX_LISTED],
        "n_loose": len(loose),
        "unstable": unstable[:MAX_LISTED],
        "n_unstable": len(unstable),
        "limit": words.decimal(UNSTABLE),
        "between": between,
        "share": words.percent(between, int(grouped.sum())),
        "noise": n.noise,
        "any": bool(pairs or loose or unstable or between or n.noise),
    }


def _pairs(run: Run, entries: Sequence[Any]) -> list[dict[str, Any]]:
    """Clusters whose centres are close and whose borderline rows name each other."""
    places = {entry["number"]: entry for entry in entries}
    rivals: Counter[tuple[int, int]] = Counter()
    for entry in run.clusters:
        own = whole(entry, "cluster")
        for row in records(entry, "borderline"):
            rival = whole(row, "rival")
            if own in places and rival in places and own is not None and rival is not None:
                rivals[min(own, rival), max(own, rival)] += 1
    apart = {whole(entry, "cluster"): number(entry, "separation") for entry in run.clusters}
    found = []
    for (one, other), times in rivals.items():
        gaps = [gap for gap in (apart[one], apart[other]) if gap is not None]
        gap = max(gaps, default=np.inf)
        if times >= 2 and gap < TWIN:
            found.append(
                {
                    "one": places[one],
                    "other": places[other],
                    "rows": times,
                    "separation": words.decimal(float(gap)),
                    "gap": gap,
                }
            )
    return sorted(found, key=lambda pair: (-pair["rows"], pair["gap"]))
