"""Scores that need no truth."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import davies_bouldin_score

from shoal.metrics.view import View


def coverage(view: View) -> float | None:
    """Share of the usable rows that are in a cluster, in [0, 1]."""
    return float((view.row_labels >= 0).mean()) if len(view.row_labels) else None


def silhouette(view: View) -> float | None:
    """Mean cosine silhouette of the distinct items that are in a cluster, in [-1, 1]."""
    values = view.silhouettes[view.labels >= 0]
    if len(values) == 0 or np.isnan(values).all():
        return None
    return float(np.nanmean(values))


def davies_bouldin(view: View) -> float | None:
    """Davies-Bouldin index of the items in a cluster, 0 is best; scikit-learn's, Euclidean."""
    inside = view.labels >= 0
    labels = view.labels[inside]
    if not 2 <= len(np.unique(labels)) < len(labels):
        return None
    vectors = view.vectors if inside.all() else view.vectors[inside]
    return float(davies_bouldin_score(vectors, labels))


def stability(view: View) -> float | None:
    """Mean adjusted Rand index with what parts of the rows give, where it was measured."""
    return view.stability
