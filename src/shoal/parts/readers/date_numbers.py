"""Numbers that are dates: moments since 1970, serial days, 20260131."""

from __future__ import annotations

import numpy as np

from shoal.numerics.arrays import DoubleArray
from shoal.parts.readers.calendar_days import days_of
from shoal.parts.readers.date_layouts import CENTURY
from shoal.parts.readers.values import MAX_STRAYS

SECONDS_OF_DAY = 86_400
SERIAL_EPOCH = 25_569
"""The first of January 1970 in the serial days of spreadsheets."""
EPOCHS = {"epoch s": 1, "epoch ms": 10**3, "epoch us": 10**6, "epoch ns": 10**9}
"""Forms of moments counted from 1970, and how many of the unit are a second."""
SERIAL, COMPACT, COMPACT_MONTH = "serial days", "%Y%m%d", "%Y%m"
YEAR_LAST = ("%m%d%Y", "%d%m%Y")
SHORT_YEARS = ("%y%m%d", "%d%m%y", "%m%d%y")
COMPACTS = (COMPACT, COMPACT_MONTH, *YEAR_LAST, *SHORT_YEARS)
STAMPED = (4, 6)
"""Digits behind the day, of hours, minutes and seconds."""
MIN_SHORT = 20
"""Different numbers of six digits that are dates without being named so."""
MAX_FUTURE = 2035
"""Year up to which dates of two digits for the year are plausible."""
CLOSER = 3
"""How many times wider the dates lie by another order of day, month and year that fits as well."""
PLAUSIBLE = (-2_208_988_800, 4_102_444_800)
"""Seconds since 1970 of the years 1900 to 2100."""
CERTAIN = (10**9, 2 * 10**9)
"""Seconds of the years 2001 to 2033, in which whole numbers are moments without being named so."""
MIN_SPREAD = 30 * SECONDS_OF_DAY
MIN_DISTINCT = 5
MIN_MONTHS = 10


def number_forms(values: DoubleArray, form: str | None, *, named: bool) -> list[str]:
    """The form in which numbers are dates, and others that fit as well; none where they are none.

    Parameters
    ----------
    values : (n,) with nan for gaps
    form : if it is known
    named : whether they are known to be dates
    """
    known = values[~np.isnan(values)]
    if form in (*EPOCHS, SERIAL, *COMPACTS):
        return [form]
    return _forms_of(known, named)


def _forms_of(known: DoubleArray, named: bool) -> list[str]:
    """The forms in which numbers can be dates, the likeliest first."""
    if not len(known):
        return []
    distinct = len(np.unique(known[:10_000]))
    if (known == np.floor(known)).all() and np.abs(known).max() < 10**9:
        forms = _compact_forms(known, distinct, named)
        if forms is not None:
            return forms
    if are_stamps(known):
        return []
    for form, per_second in EPOCHS.items():
        low, high = PLAUSIBLE if named else CERTAIN
        low = max(low, 10**8)  # fewer are days, amounts or numbers of rows
        inside = (known >= low * per_second) & (known < high * per_second)
        if inside.mean() >= 1 - MAX_STRAYS:
            spread = float(np.ptp(known[inside])) / per_second
            if named or (spread >= MIN_SPREAD and distinct >= MIN_DISTINCT):
                return [form]
    if named and ((known >= 18_000) & (known < 73_050)).mean() >= 1 - MAX_STRAYS:
        return [SERIAL]
    return []


def are_stamps(known: DoubleArray) -> bool:
    """Whether numbers are digits of days and times, 202601311530, which are read as texts are."""
    for scale in STAMPED:
        day, minute = known // 10**scale, known // 10 ** (scale - 4) % 10_000
        if days_of_numbers(day, COMPACT)[1:3] != (0, 0) or (minute // 100 > 23).any():
            continue
        if (minute % 100 < 60).all() and (day >= 19 * 10**6).all() and (day < 21 * 10**6).all():
            return True
    return False


def _compact_forms(known: DoubleArray, distinct: int, named: bool) -> list[str] | None:
    """The forms of days without separators that whole numbers have; None where they have none."""
    for form in (COMPACT, COMPACT_MONTH):
        days, strays, impossible, _ = days_of_numbers(known, form)
        if strays or impossible > MAX_STRAYS * len(known):
            continue
        if named or (form == COMPACT and distinct >= MIN_DISTINCT):
            return [form] if np.nanmin(days) > -25_000 and np.nanmax(days) < 48_000 else []
        if form == COMPACT_MONTH:
            return None  # 201112 is sooner a month of 2011 than a day
    if named and distinct >= MIN_DISTINCT and known.min() >= 10**6:
        fits = [form for form in YEAR_LAST if not any(days_of_numbers(known, form)[1:3])]
        if len(fits) == 1:  # 10142018; where both fit, nothing tells the month from the day
            return fits
    if distinct >= (MIN_DISTINCT if named else MIN_SHORT) and known.max() < 10**6:
        return _short_forms(known) or None
    return None


def _short_forms(known: DoubleArray) -> list[str]:
    """The orders of day, month and year of two digits that all numbers have; the closest first."""
    spans = {}
    for form in SHORT_YEARS:
        days, strays, impossible, _ = days_of_numbers(known, form)
        last = (MAX_FUTURE - 1970) * 365.25
        if not strays and not impossible and np.nanmax(days) < last:
            spans[form] = float(np.ptp(days))
    ranked = sorted(spans, key=lambda form: spans[form])
    if len(ranked) > 1 and spans[ranked[1]] < CLOSER * spans[ranked[0]]:
        return []  # nothing tells which is meant
    return ranked


def days_of_numbers(values: DoubleArray, form: str) -> tuple[DoubleArray, int, int, str]:
    """Days, strays, impossible entries and one of those, of numbers of a known form."""
    known = ~np.isnan(values)
    if form in EPOCHS:
        days = values / (EPOCHS[form] * SECONDS_OF_DAY)
        inside = (days * SECONDS_OF_DAY >= PLAUSIBLE[0]) & (days * SECONDS_OF_DAY < PLAUSIBLE[1])
        return np.where(inside, days, np.nan), int((known & ~inside).sum()), 0, ""
    if form == SERIAL:
        days = values - SERIAL_EPOCH
        inside = np.abs(days) < 73_050
        return np.where(inside, days, np.nan), int((known & ~inside).sum()), 0, ""
    whole = np.where(np.abs(values) < 10**9, values, 0).astype(np.int64)
    if form == COMPACT:
        year, month, day = whole // 10_000, whole // 100 % 100, whole % 100
    elif form in YEAR_LAST:
        year, first, second = whole % 10_000, whole // 10**6, whole // 10_000 % 100
        month, day = (first, second) if form == YEAR_LAST[0] else (second, first)
    elif form in SHORT_YEARS:
        parts = dict(
            zip(form[1::2], (whole // 10_000, whole // 100 % 100, whole % 100), strict=True)
        )
        month, day = parts["m"], parts["d"]
        year = parts["y"] + np.where(parts["y"] < CENTURY, 2000, 1900)
    else:
        year, month, day = whole // 100, whole % 100, np.ones_like(whole)
    shaped = known & (values == np.floor(values)) & (year >= 1000) & (year <= 9999)
    days, valid = days_of(year, month, day)
    wrong = shaped & ~valid
    example = f"{whole[wrong][0]}" if wrong.any() else ""
    days[~(shaped & valid)] = np.nan
    return days, int((known & ~shaped).sum()), int(wrong.sum()), example


def are_first_of_months(days: DoubleArray) -> bool:
    """Whether all days are the first of a month, as in a table by month or quarter.

    Parameters
    ----------
    days : (n,) since 1970, nan for gaps
    """
    known = days[~np.isnan(days)].astype("datetime64[D]")
    months = known.astype("datetime64[M]")
    return len(np.unique(months)) >= MIN_MONTHS and bool((known == months).all())
