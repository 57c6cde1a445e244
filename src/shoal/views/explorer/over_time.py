"""The clusters over time, by a column of dates."""

from __future__ import annotations

import numpy as np

from shoal.data import NOISE
from shoal.data.entries import Entry
from shoal.numerics.stats.periods import trends
from shoal.views.explorer.view import RunView

CLEAR = 2.0
"""Standard errors from which a cluster is said to rise or to fall."""
MIN_PERIODS = 3
"""Fewer have no course."""


def course(view: RunView, layer: int, name: str | None = None) -> Entry | None:
    """Rows of each cluster in each period, and whether its share of all rows rises or falls.

    Parameters
    ----------
    view : of the run
    layer : which
    name : column of dates; the first when None

    Returns
    -------
    None if the run has no column of dates, or they are too near each other
    """
    dated = [column.name for column in view.columns.values() if column.kind == "date"]
    if not dated:
        return None
    column = dated[0] if name is None else name
    found = view.periods(column)
    if found is None or len(found.begins) < MIN_PERIODS:
        return None
    labels = view.labels(layer)
    clusters = [int(c) for c in np.unique(labels) if c != NOISE]
    counts, totals = found.counts(labels, clusters), found.totals()
    slopes = trends(counts, totals)
    return {
        "column": column,
        "columns": dated,
        "unit": found.unit,
        "periods": found.names,
        "clusters": {
            cluster: {
                "rows": own.astype(int).tolist(),
                "slope": round(float(slope), 2),
                "trend": "rising" if slope > CLEAR else "falling" if slope < -CLEAR else "steady",
            }
            for cluster, own, slope in zip(clusters, counts, slopes, strict=True)
        },
    }
