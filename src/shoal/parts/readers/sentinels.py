"""Numbers that stand for no value, such as -999 among ages."""

from __future__ import annotations

import numpy as np

from shoal.numerics.arrays import DoubleArray

NINES = np.array([sign * (10**digits - 1) for digits in range(2, 10) for sign in (-1, 1)])
"""What people put where there is no number: 99, -999, 9999 and so on."""
LEAST = float(np.abs(NINES).min())
MIN_ROWS, MIN_SHARE = 2, 0.005
"""How often it must be there."""
MIN_OTHERS = 5
"""Different other numbers that there must be."""


def sentinels_of(values: DoubleArray) -> list[float]:
    """The numbers of a column that stand for no value.

    They are written with nines only, come more than once, and lie farther from all other numbers
    than those lie from each other; a negative one lies among numbers that are never negative.

    Parameters
    ----------
    values : (n,) with nan for gaps
    """
    known = values[~np.isnan(values)]
    if not len(known) or np.abs(known).max() < LEAST:
        return []
    able = np.isin(known, NINES)
    others = known[~able]
    if not able.any() or not len(others) or len(np.unique(others[:10_000])) < MIN_OTHERS:
        return []
    low, high = float(others.min()), float(others.max())
    found = []
    for number in np.unique(known[able]).tolist():
        n = int((known == number).sum())
        if n < max(MIN_ROWS, MIN_SHARE * len(known)):
            continue
        distance = low - number if number < low else number - high
        if distance > high - low or (number < 0 <= low):
            found.append(number)
    return found


def without(values: DoubleArray, numbers: list[float]) -> DoubleArray:
    """Values with a gap where one of some numbers is, (n,)."""
    return np.where(np.isin(values, numbers), np.nan, values) if numbers else values
