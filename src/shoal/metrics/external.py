"""Scores against true classes; noise counts as one cluster. The arithmetic is scikit-learn's."""

from __future__ import annotations

from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, v_measure_score

from shoal.metrics.view import View


def ari(view: View) -> float | None:
    """Adjusted Rand index: 1 for the same partition, 0 on average for a random one."""
    if view.truth is None or not len(view.truth):
        return None
    return float(adjusted_rand_score(view.truth, view.row_labels))


def ami(view: View) -> float | None:
    """Adjusted mutual information: 1 for the same partition, 0 on average for a random one."""
    if view.truth is None or not len(view.truth):
        return None
    return float(adjusted_mutual_info_score(view.truth, view.row_labels))


def v_measure(view: View) -> float | None:
    """V-measure, the harmonic mean of homogeneity and completeness, in [0, 1]."""
    if view.truth is None or not len(view.truth):
        return None
    return float(v_measure_score(view.truth, view.row_labels))
