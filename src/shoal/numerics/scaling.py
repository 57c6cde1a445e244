"""A robust scale for columns of any unit and skew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shoal.numerics.arrays import DoubleArray

MIDDLE = 0.95
"""Share of the values that the half circle of `angles` holds; what lies beyond is at its ends."""
SKEWED = 1.0
"""Skewness above which a column is logged, if that makes it smaller."""
MIN_LOGGED = 11
"""Fewer different values than this are grades, and stay as they are."""
NORMAL = 3.919927969080108
"""Standard deviations between the ends of the middle of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How the values of a column map to a half circle.

    Parameters
    ----------
    unit : the values are divided by this and logged; None where they are taken as they are
    centre : of the (logged) values, in the middle of the half circle
    width : of the (logged) values, one robust standard deviation
    """

    unit: float | None
    centre: float
    width: float

    def logged(self, values: DoubleArray) -> DoubleArray:
        """The values, after the signed logarithm asinh(x / unit) where the column has one."""
        wide = np.asarray(values, dtype=np.float64)
        return wide if self.unit is None else np.arcsinh(wide / self.unit)

    def deviations(self, values: DoubleArray) -> DoubleArray:
        """Robust standard deviations from the centre, (n,); nan stays nan."""
        return np.asarray((self.logged(values) - self.centre) / self.width)

    def angles(self, values: DoubleArray) -> DoubleArray:
        """Angles on the half circle, (n,) in [-pi/2, pi/2]; nan stays nan."""
        quarter = np.pi / 2
        return np.clip(self._unbounded(values), -quarter, quarter)

    def tail_excess(self, values: DoubleArray) -> DoubleArray:
        """How far past the ends of the half circle, (n,) in radians with a sign, mostly zero."""
        return self._unbounded(values) - self.angles(values)

    def _unbounded(self, values: DoubleArray) -> DoubleArray:
        return self.deviations(values) * (np.pi / NORMAL)


def quantiles(values: DoubleArray, shares: Sequence[float]) -> list[float]:
    """Quantiles between neighboring values, as those of numpy, which takes 50 us for each call.

    Parameters
    ----------
    values : (n,) at least one, none of them nan
    shares : in [0, 1]
    """
    ranked = np.sort(values)
    last = len(ranked) - 1
    out = []
    for share in shares:
        place = last * share
        low = int(place)
        below, above = float(ranked[low]), float(ranked[min(low + 1, last)])
        part, step = place - low, above - below
        out.append(below + step * part if part < 0.5 else above - step * (1 - part))
    return out


def skewness(values: DoubleArray) -> float:
    """Third standardized moment; 0 where all values are the same."""
    spread = float(values.std())
    if spread == 0:
        return 0.0
    return float((((values - values.mean()) / spread) ** 3).mean())


def fit_scale(values: DoubleArray, *, may_log: bool = True) -> Scale:
    """The scale of a column.

    The middle 95 % of the values lie between the ends of a half circle, so that no unit, no tail
    and no single outlier decides what is near. A skewed column is logged first. The logarithm
    has a sign, and is linear around zero, so that refunds and zeros have a place: asinh(x / u),
    where u is the median size of the values that are not zero.

    Parameters
    ----------
    values : (n,) at least one, finite
    may_log : whether a logarithm makes sense; it does not for dates

    Returns
    -------
    Scale
    """
    values = np.asarray(values, dtype=np.float64)
    unit, taken = None, values
    if may_log and len(np.unique(values)) >= MIN_LOGGED and abs(skewness(values)) > SKEWED:
        size = float(np.median(np.abs(values[values != 0])))
        logged = np.arcsinh(values / size)
        if abs(skewness(logged)) < abs(skewness(values)):
            unit, taken = size, logged
    low, high = quantiles(taken, [(1 - MIDDLE) / 2, (1 + MIDDLE) / 2])
    width = (high - low) / NORMAL
    if width <= 0:  # nearly all values are the same one
        width = float(taken.std()) or 1.0
    return Scale(unit, (low + high) / 2, width)
