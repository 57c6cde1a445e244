"""Scores that need no truth."""

from __future__ import annotations

import numpy as np

from shoal.numerics.stats.dispersion import calinski_harabasz as variance_ratio
from shoal.parts.metrics.view import Sampled, View


def _sizes(view: View) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.bincount(view.labels[view.labels >= 0])


def coverage(view: View) -> float | None:
    """Share of the usable rows that are in a cluster, in [0, 1]."""
    return float((view.row_labels >= 0).mean()) if len(view.row_labels) else None


def silhouette(view: View) -> float | None:
    """Mean cosine silhouette of the distinct items that are in a cluster, in [-1, 1]."""
    values = view.silhouettes[0][view.labels >= 0]
    if len(values) == 0 or np.isnan(values).all():
        return None
    return float(np.nanmean(values))


def davies_bouldin(view: View) -> float | None:
    """Davies-Bouldin index of the items in a cluster by Euclidean distance, 0 is best."""
    sizes = _sizes(view)
    if not 2 <= np.count_nonzero(sizes) < sizes.sum():
        return None
    return float(np.nanmean(view.davies_bouldin))


def calinski_harabasz(view: View) -> float | None:
    """Calinski-Harabasz index of the items in a cluster by Euclidean distance, from 0 upward."""
    means, _, squares = view.dispersion
    return variance_ratio(means, squares, _sizes(view))


def dbcv(view: View) -> Sampled | None:
    """Density-based cluster validity by Euclidean distance, in [-1, 1]; noise counts as 0."""
    found = view.density
    if found.value is None:
        return None
    return Sampled(found.value, found.low, found.high, found.n_items)


def stability(view: View) -> Sampled | None:
    """Mean adjusted Rand index with what parts of the rows give, where it was measured."""
    return view.stability
