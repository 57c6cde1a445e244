"""Cells as people write them, as numbers and dates: 1,234.50, € 12, (7), 24.11.2026 18:05."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.numerics.arrays import DoubleArray
from shoal.parts.readers.table import is_text

NOTHING = ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", ".")
"""What people write, in lower case, where there is no value."""
MAX_STRAYS = 0.02
"""Share of entries that may fail to be a number or date in a column of them."""
PLAIN = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
POINT = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$"
STYLES = ("1,234.5", "1.234,5")
"""How a column writes its numbers: with a decimal point or a decimal comma."""
DAYS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d %b %Y",
    "%b %d %Y",
    "%d %B %Y",
    "%B %d %Y",
    "%Y%m%d",
)
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
SECONDS_OF_DAY = 86_400.0


def texts_of(column: Any) -> Any:
    """A column of text without the spaces around it, null where people wrote that there is none."""
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    trimmed = pc.utf8_trim_whitespace(pc.cast(column, pa.large_string()))
    nothing = pc.is_in(pc.utf8_lower(trimmed), pa.array(NOTHING, pa.large_string()))
    return pc.if_else(nothing, pa.scalar(None, pa.large_string()), trimmed)


def numbers_of(column: Any, style: str | None = None) -> tuple[DoubleArray, str, int]:
    """A column as numbers.

    Parameters
    ----------
    column : an Arrow column of numbers or of text
    style : one of `STYLES`; found out when None

    Returns
    -------
    (n,) float64 with nan for gaps, the style, and how many entries are no number
    """
    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.int8())
    if pa.types.is_time(column.type) or pa.types.is_duration(column.type):
        wide = pa.types.is_duration(column.type) or pa.types.is_time64(column.type)
        column = pc.cast(column, pa.int64() if wide else pa.int32())
    if not is_text(column.type):
        return _finite(pc.cast(column, pa.float64(), safe=False)), style or STYLES[0], 0
    texts = texts_of(column)
    bare = pc.replace_substring_regex(texts, r"[€$£¥%'\s\x{00a0}\x{202f}]", "")
    bare = pc.replace_substring_regex(bare, r"^\((.*)\)$", r"-\1")  # a bookkeeper's minus
    bare = pc.replace_substring_regex(bare, r"^(.*\d)-$", r"-\1")
    found = {name: _parsed(bare, name) for name in ((style,) if style else STYLES)}
    best = min(found, key=lambda name: found[name].null_count)
    strays = found[best].null_count - texts.null_count
    return _finite(found[best]), best, strays


def _finite(column: Any) -> DoubleArray:
    """An Arrow column of decimal numbers, nan where there is none or it is infinite."""
    values = np.asarray(column, dtype=np.float64).copy()  # of a column without gaps, a view
    values[~np.isfinite(values)] = np.nan
    return values


def _parsed(bare: Any, style: str) -> Any:
    """Texts as numbers of one style, null where they are none."""
    plain = pc.match_substring_regex(bare, PLAIN)
    if style == STYLES[0]:
        fits = pc.or_(plain, pc.match_substring_regex(bare, POINT))
        cleaned = pc.replace_substring(bare, ",", "")
    else:
        fits = pc.match_substring_regex(bare, COMMA)
        cleaned = pc.replace_substring(pc.replace_substring(bare, ".", ""), ",", ".")
    # a leading zero makes a name: 007
    fits = pc.and_(fits, pc.invert(pc.match_substring_regex(bare, r"^[+-]?0\d")))
    return pc.cast(pc.if_else(fits, cleaned, pa.scalar(None, cleaned.type)), pa.float64())


def dates_of(column: Any, form: str | None = None) -> tuple[DoubleArray, str, int, str | None]:
    """A column as days since 1970.

    Parameters
    ----------
    column : an Arrow column of dates, times or text
    form : how dates are written, as of strptime; found out when None

    Returns
    -------
    (n,) float64 with nan for gaps; the form, "" where the type says it; how many entries are no
    date; and another form that all entries have as well, None if there is no doubt
    """
    if pa.types.is_temporal(column.type):
        stamps = pc.cast(column, pa.timestamp("us"), safe=False)
        return _days(stamps), "", 0, None
    texts = texts_of(column)
    n = len(texts) - texts.null_count
    plain = _without_fractions(texts)
    forms = [form] if form else _likely(plain)
    found: list[tuple[int, str, Any]] = []
    for name in forms:
        stamps = pc.strptime(plain, format=name, unit="s", error_is_null=True)
        found.append((stamps.null_count - texts.null_count, name, stamps))
        if found[-1][0] == 0 and not name.startswith(("%d/", "%m/", "%d-", "%m-")):
            break
    if not found or not n:
        return np.full(len(texts), np.nan), form or "", n, None
    fewest = min(entry[0] for entry in found)
    able = [entry for entry in found if entry[0] == fewest]
    # 03/04/2026 is of March or of April: tables are mostly sorted, so fewer steps back in time
    able.sort(key=lambda entry: _steps_back(_days(entry[2])))
    doubt = able[1][1] if len(able) > 1 else None
    return _days(able[0][2]), able[0][1], able[0][0], doubt


def as_dates(column: Any) -> DoubleArray | None:
    """Days since 1970, nan for gaps, of a column in which nearly all entries are dates; else None.

    Parameters
    ----------
    column : an Arrow column of any type
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_dates(pc.cast(column, kind.value_type))
    moments = pa.types.is_timestamp(kind) or pa.types.is_date(kind)
    if not (moments or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    days, _, strange, _ = dates_of(column)
    given = len(column) - column.null_count
    known = int(np.isfinite(days).sum())
    return days if known and strange <= MAX_STRAYS * given else None


def _without_fractions(texts: Any) -> Any:
    """ISO's T, fractions of seconds, zones and commas taken out."""
    plain = pc.replace_substring_regex(texts, r"^(\d{4}-\d\d-\d\d)T", r"\1 ")
    plain = pc.replace_substring_regex(plain, r"(:\d\d)\.\d+", r"\1")
    plain = pc.replace_substring_regex(plain, r"(:\d\d)\s*(Z|UTC|[+-]\d\d:?\d\d)$", r"\1")
    plain = pc.replace_substring(plain, ",", " ")
    return pc.replace_substring_regex(plain, r"\s+", " ")


def _likely(texts: Any) -> list[str]:
    """Forms that the first entries have."""
    first = texts.drop_null().slice(0, 50)
    if not len(first) or not pc.any(pc.match_substring_regex(first, r"\d")).as_py():
        return []
    compact = _mostly(first, r"^(19|20)\d{6}")
    whole_years = _mostly(first, r"\d{4}")
    able = []
    for day in DAYS:
        # a year of two digits would be read as one of four
        if (day == "%Y%m%d" and not compact) or ("%Y" in day and not whole_years):
            continue
        for clock in CLOCKS:
            read = pc.strptime(first, format=day + clock, unit="s", error_is_null=True)
            if read.null_count <= 0.3 * len(first):
                able.append(day + clock)
    return able


def _mostly(texts: Any, pattern: str) -> bool:
    return int(pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0) >= 0.7 * len(texts)


def _days(stamps: Any) -> DoubleArray:
    micros = pc.cast(pc.cast(stamps, pa.timestamp("us"), safe=False), pa.int64())
    return np.array(pc.cast(micros, pa.float64()), dtype=np.float64) / (SECONDS_OF_DAY * 1e6)


def _steps_back(days: DoubleArray) -> int:
    known = days[~np.isnan(days)]
    return int((np.diff(known) < 0).sum())


def looks_like_date(name: str) -> bool:
    """Whether a column is named as one of dates is."""
    words = re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
    return bool({"date", "day", "time", "datetime", "timestamp", "datum", "since"} & set(words))
