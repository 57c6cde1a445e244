"""Scores against true classes; noise counts as one cluster, rows of no known class not at all.

The arithmetic of the shared information is scikit-learn's, that of the matching scipy's.
"""

from __future__ import annotations

from pkgutil import resolve_name

from shoal.numerics.arrays import IntArray
from shoal.numerics.partitions.agreement import one_to_one
from shoal.parts.metrics.view import View


def _compared(score: str, view: View) -> float | None:
    """scikit-learn's score of the true classes and the clusters, None where no class is known."""
    if (known := _known(view)) is None:
        return None
    found: float = resolve_name(f"sklearn.metrics:{score}")(*known)
    return float(found)


def _known(view: View) -> tuple[IntArray, IntArray] | None:
    """True classes and clusters of the rows whose class is known."""
    if view.truth is None or not (view.truth >= 0).any():
        return None
    known = view.truth >= 0
    return view.truth[known], view.row_labels[known]


def ari(view: View) -> float | None:
    """Adjusted Rand index: 1 for the same partition, 0 on average for a random one."""
    return _compared("adjusted_rand_score", view)


def ami(view: View) -> float | None:
    """Adjusted mutual information: 1 for the same partition, 0 on average for a random one."""
    return _compared("adjusted_mutual_info_score", view)


def nmi(view: View) -> float | None:
    """Mutual information over the mean of both entropies, in [0, 1]; not adjusted for chance."""
    return _compared("normalized_mutual_info_score", view)


def homogeneity(view: View) -> float | None:
    """How far each cluster holds rows of one class only, in [0, 1]."""
    return _compared("homogeneity_score", view)


def completeness(view: View) -> float | None:
    """How far all rows of a class are in one cluster, in [0, 1]."""
    return _compared("completeness_score", view)


def v_measure(view: View) -> float | None:
    """V-measure, the harmonic mean of homogeneity and completeness, in [0, 1]."""
    return _compared("v_measure_score", view)


def accuracy(view: View) -> float | None:
    """Share of rows in the class their cluster is matched with, one to one, in [0, 1]."""
    if (known := _known(view)) is None:
        return None
    truth, labels = known
    return float(one_to_one(truth, labels + 1)[1] / len(truth))
