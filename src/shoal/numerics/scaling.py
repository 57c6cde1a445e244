"""A robust scale for columns of any unit and skew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray
from shoal.numerics.blocks import slices

MIDDLE = 0.95
"""Share of the values that the half circle of `angles` holds; what lies beyond is at its ends."""
SKEWED = 1.0
"""Skewness above which a column is logged, if that makes it smaller."""
MIN_LOGGED = 11
"""Fewer different values than this are grades, and stay as they are."""
HAIR = 1e-9
"""Share of the range of a column below which two values are the same one."""
NORMAL = 3.919927969080108
"""Standard deviations between the ends of the middle of a normal distribution."""

MAX_CELLS = 1 << 20
"""Values of several columns that are looked at together."""


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

    def values(self, angles: DoubleArray) -> DoubleArray:
        """The values at angles on the half circle, (n,); what lies beyond its ends is at an end."""
        logged = np.asarray(angles, dtype=np.float64) * (NORMAL / np.pi) * self.width + self.centre
        return logged if self.unit is None else np.sinh(logged) * self.unit

    def half_steps(self, angles: DoubleArray, step: float) -> DoubleArray:
        """How far half a step of the values is at angles on the half circle, (n,) in radians."""
        values = self.values(angles)
        return (self.angles(values + step / 2) - self.angles(values - step / 2)) / 2

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
    return list(map(float, quantiles_of(np.sort(values)[None], shares)[:, 0]))


def quantiles_of(
    ranked: DoubleArray, shares: Sequence[float], n_known: NDArray[np.intp] | None = None
) -> DoubleArray:
    """The same of several columns.

    Parameters
    ----------
    ranked : (n_columns, n) ascending, nan at the end
    shares : in [0, 1]
    n_known : (n_columns,) values of each that are not nan, at least one; all when None

    Returns
    -------
    (n_shares, n_columns)
    """
    n_columns, n = ranked.shape
    last = np.full(n_columns, n - 1) if n_known is None else n_known - 1
    rows, out = np.arange(n_columns), np.empty((len(shares), n_columns))
    for number, share in enumerate(shares):
        place = last * share
        low = place.astype(np.intp)
        below, above = ranked[rows, low], ranked[rows, np.minimum(low + 1, last)]
        part, step = place - low, above - below
        out[number] = np.where(part < 0.5, below + step * part, above - step * (1 - part))
    return out


def skewness(values: DoubleArray) -> float:
    """Third standardized moment; 0 where all values are the same."""
    return float(_skewness(values[None])[0])


def _skewness(values: DoubleArray) -> DoubleArray:
    """The same of columns of one length, (n_columns, n)."""
    spreads = values.std(axis=1)
    alike = spreads == 0
    units = np.where(alike, 1.0, spreads)[:, None]
    moments = (((values - values.mean(axis=1, keepdims=True)) / units) ** 3).mean(axis=1)
    return np.where(alike, 0.0, moments)


def step_of(values: DoubleArray) -> float | None:
    """The least difference of two values, which they may be rounded to; None for two or fewer.

    Parameters
    ----------
    values : (n,) finite
    """
    steps = np.diff(np.unique(values))
    # 0.1 + 0.2 is no value of its own beside 0.3
    steps = steps[steps > HAIR * steps.sum()]
    return float(steps.min()) if len(steps) > 1 else None


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
    return fit_scales([values], [may_log])[0]


def fit_scales(columns: Sequence[DoubleArray], may_log: Sequence[bool]) -> list[Scale]:
    """The scale of each of some columns, those of one length together, as there may be very many.

    Parameters
    ----------
    columns, may_log : of each, as `fit_scale` takes them
    """
    lengths = np.array([len(values) for values in columns])
    out: dict[int, Scale] = {}
    for length in np.unique(lengths):
        alike = np.nonzero(lengths == length)[0]
        for part in slices(len(alike), max(MAX_CELLS // max(int(length), 1), 1)):
            places = alike[part]
            values = np.array([columns[place] for place in places], dtype=np.float64)
            logs = np.array([may_log[place] for place in places], dtype=bool)
            out |= zip(places.tolist(), _scales(values, logs), strict=True)
    return [out[place] for place in range(len(columns))]


def _scales(values: DoubleArray, may_log: NDArray[np.bool_]) -> list[Scale]:
    """The same of columns of one length, (n_columns, n)."""
    units: list[float | None] = [None] * len(values)
    ranked = np.sort(values, axis=1)
    distinct = 1 + (np.diff(ranked, axis=1) != 0).sum(axis=1)
    able = np.nonzero(may_log & (distinct >= MIN_LOGGED))[0]
    skewed = able[np.abs(_skewness(values[able])) > SKEWED]
    for place in skewed:
        own = values[place]
        size = float(np.median(np.abs(own[own != 0])))
        logged = np.arcsinh(own / size)
        if abs(skewness(logged)) < abs(skewness(own)):
            units[place], ranked[place] = size, np.sort(logged)
    low, high = quantiles_of(ranked, ((1 - MIDDLE) / 2, (1 + MIDDLE) / 2))
    widths = (high - low) / NORMAL
    for place in np.nonzero(widths <= 0)[0]:  # nearly all values are the same one
        unit = units[place]
        taken = values[place] if unit is None else np.arcsinh(values[place] / unit)
        widths[place] = float(taken.std()) or 1.0
    return list(map(Scale, units, ((low + high) / 2).tolist(), widths.tolist()))
