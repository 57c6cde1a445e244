"""Days since 1970 of years, months, weeks and days, and of clocks in named zones."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Valid = NDArray[np.bool_]
MONTHS, MIN_SWAPPED = 12, 20
"""Months of a year, and the fewest dates that tell of swapped ones."""


def days_of(year: Any, month: Any, day: Any) -> tuple[NDArray[np.float64], Valid]:
    """Days since 1970 of years, months and days, and which of them the calendar has; (n,) each."""
    inside = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = np.where(inside, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[D]").astype(np.int64)
    valid = inside & (day <= following - first)
    return (first + np.asarray(day) - 1).astype(np.float64), np.asarray(valid, dtype=bool)


def of_week(year: Any, week: Any, weekday: Any) -> tuple[Any, Any, Any]:
    """Year, month and day of an ISO 8601 week date; Monday if it has no weekday."""
    fourth = ((year - 1970) * 12).astype("datetime64[M]").astype("datetime64[D]") + 3
    monday = fourth - (fourth.astype(np.int64) + 3) % 7
    return _ymd(monday + (week - 1) * 7 + (0 if weekday is None else weekday - 1))


def of_ordinal(year: Any, number: Any) -> tuple[Any, Any, Any]:
    """Year, month and day of a day of the year."""
    return _ymd(((year - 1970) * 12).astype("datetime64[M]").astype("datetime64[D]") + number - 1)


def _ymd(days: Any) -> tuple[Any, Any, Any]:
    months = days.astype("datetime64[M]")
    whole = months.astype(np.int64)
    return whole // 12 + 1970, whole % 12 + 1, (days - months).astype(np.int64) + 1


def in_greenwich(days: Any, zones: Any, valid: Valid) -> Any:
    """Days of clocks in named zones as days in Greenwich."""
    out = days.copy()
    for name in pc.unique(zones.drop_null()).to_pylist():
        proper = _zones().get(name)
        mask = valid & np.asarray(pc.fill_null(pc.equal(zones, name), False))
        if proper is None or not mask.any():
            continue
        local = pa.array(np.rint(days[mask] * 86_400).astype(np.int64)).cast(pa.timestamp("s"))
        info = pc.assume_timezone(local, proper, ambiguous="earliest", nonexistent="earliest")
        out[mask] = np.asarray(info.cast(pa.int64())) / 86_400
    return out


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def n_swapped(days: NDArray[np.float64]) -> int:
    """Dates whose day and month somebody seems to have swapped; 0 without a clear sign.

    A program that takes 15/04 for what it is and 03/04 for the fourth of March leaves days up to
    the 12th that are the numbers of the few months in which all later days are.

    Parameters
    ----------
    days : (n,) since 1970, nan for gaps
    """
    _, month, day = _ymd(days[np.isfinite(days)].astype("datetime64[D]"))
    few = np.unique(month[day > MONTHS])
    odd = int(np.count_nonzero(~np.isin(month[day <= MONTHS], few)))
    if min(int(np.sum(day > MONTHS)), odd) < MIN_SWAPPED or len(few) > MONTHS // 2:
        return 0
    return odd if np.isin(day[day <= MONTHS], few).all() else 0


def steps_back(days: NDArray[np.float64]) -> int:
    """Times that a date is before the one above it; gaps, which are nan, do not count."""
    known = days[~np.isnan(days)]
    return int((np.diff(known) < 0).sum())
