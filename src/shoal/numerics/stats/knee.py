"""Finding the bend of a curve."""

from __future__ import annotations

import numpy as np

from shoal.numerics.arrays import DoubleArray


def depth(xs: DoubleArray, ys: DoubleArray) -> DoubleArray:
    """How far a curve lies below the straight line from its first point to its last.

    Parameters
    ----------
    xs : (n_points,) float64, ascending
    ys : (n_points,) float64

    Returns
    -------
    (n_points,) float64, as a share of the span of `ys`; above 0 below the line, 0 at the ends
    and wherever nothing varies
    """
    span = float(ys.max() - ys.min()) if len(ys) else 0.0
    if span == 0.0 or xs[-1] <= xs[0]:
        return np.zeros(len(ys))
    line = ys[0] + (ys[-1] - ys[0]) * (xs - xs[0]) / (xs[-1] - xs[0])
    return np.asarray((line - ys) / span)


def knee(xs: DoubleArray, ys: DoubleArray) -> int | None:
    """The point of a curve that is farthest below the straight line through its ends.

    Parameters
    ----------
    xs : (n_points,) float64, ascending
    ys : (n_points,) float64; turn a curve that bends upward around before it is given

    Returns
    -------
    Index of the point; None where no point lies below the line

    References
    ----------
    Satopaa, Albrecht, Irwin, Raghavan (2011), Finding a "Kneedle" in a haystack: detecting knee
    points in system behavior. 31st International Conference on Distributed Computing Systems
    Workshops. This is the rule without its smoothing and threshold.
    """
    below = depth(xs, ys)
    # what rounding leaves between a point and the line is no bend
    return int(below.argmax()) if len(below) and below.max() > 1e-9 else None
