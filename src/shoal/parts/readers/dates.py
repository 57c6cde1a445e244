"""The date parser: cells in any common format as days since 1970.

A column is read by its shapes. ``Tue, 08 May 2018 18:17 GMT`` has the shape of a word, numbers and
separators; all entries of a shape are cut and checked at once, as arrays. What a shape leaves open
(is 04/11/2023 in April or in November?) is decided by all entries of the column together. A date
that the calendar does not have, such as 30 February, is a gap, and it is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.numerics.arrays import DoubleArray
from shoal.parts.readers.calendar_days import n_swapped, steps_back
from shoal.parts.readers.calendar_words import Meaning, meanings, plain_meaning
from shoal.parts.readers.date_forms import fields_of_form, strptime_form
from shoal.parts.readers.date_layouts import FULL_ORDERS, Cut, Fields, cut_shape
from shoal.parts.readers.date_numbers import (
    COMPACTS,
    SECONDS_OF_DAY,
    are_first_of_months,
    are_stamps,
    days_of_numbers,
    number_forms,
)
from shoal.parts.readers.date_shapes import (
    are_months_of_short_years,
    prepared,
    shapes_of,
)
from shoal.parts.readers.table import is_text
from shoal.parts.readers.values import MAX_STRAYS, texts_of

MAX_IMPOSSIBLE = 0.2
"""Share of entries that may be days that no calendar has, in a column of dates."""
MAX_SHAPES = 100
"""Shapes of a column that are looked at, the most frequent first."""
ABLE = r"(?s)\d.*[^\d.,+-]|[^\d.,+-].*\d|\d[.,+-]+\d+[.,+-]+\d|(^|\D)[12]\d{3}(\D|$)|\d{8}|^\d{6}$"
NAMED_ABLE = rf"{ABLE}|\d{{5}}|^\d\d-\d\d$|^\d\d?\.\d\d?\.$"
"""What a text has that is a date: a digit and a letter or another sign than those of a number,
three numbers, a year, or as many digits as a whole date has; where the column is named as one of
dates, as many as a serial day has, or a day and a month."""
SAMPLE = 300
"""Entries that are tried before a whole column is read."""
SAMPLE_SHARE = 0.8
"""Share of the sample that must be dates for the column to be read on."""
MIN_ABLE = SAMPLE_SHARE * (1 - MAX_IMPOSSIBLE)
"""Share of the sample that must look like dates for any to be tried."""
MIN_MONTHS = 2
"""Different months of days without a year, in a column that is not named as one of dates."""
SORTED = 0.5
"""An order of day and month is taken from the order of the rows if it steps back in time at most
this often compared with the other one, and in no more than `MAX_STEPS_BACK` of the rows."""
MAX_STEPS_BACK = 0.1
SHORT_MONTH = "%m/%y"


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """A column as dates.

    Parameters
    ----------
    days : (n,) float64 since 1970, nan for gaps
    form : how they are written: a form of strptime, one of `EPOCHS`, "serial days", or "" where
        the type of the column says it
    order : what `read_dates` takes as `form` to read other rows in the same way
    strays : entries that are no dates
    impossible : entries that are dates no calendar has
    example : one of those, or ""
    doubt : another form that all entries have as well; None where there is none
    decided : False where nothing in the column speaks for `form` rather than for `doubt`
    """

    days: DoubleArray
    form: str = ""
    order: str = ""
    strays: int = 0
    impossible: int = 0
    example: str = ""
    doubt: str | None = None
    decided: bool = True

    @property
    def known(self) -> int:
        """Entries that are dates."""
        return int(np.isfinite(self.days).sum())

    @property
    def is_dates(self) -> bool:
        """Whether enough entries are dates to treat the column as dates."""
        entries = self.known + self.strays + self.impossible
        return (
            self.known > 0
            and self.strays <= MAX_STRAYS * entries
            and self.impossible <= MAX_IMPOSSIBLE * entries
        )

    @property
    def has_year(self) -> bool:
        """Whether the year is written."""
        return "%d" not in self.form or "%y" in self.form.lower()

    def notes(self, name: str) -> list[str]:
        """Notes on ambiguous and unreadable dates."""
        out = []
        if not self.has_year:
            out.append(f"The dates in {name!r} have no year; they are read as days of 2000.")
        if self.doubt:
            info = f"The dates in {name!r} are read as {self.form}, but {self.doubt} fits as well"
            why = "" if self.decided else ", and the column does not show which is meant"
            line = f"--set read.dates={self.doubt}"
            out.append(f"{info}{why}. If they are {self.doubt}: {line}")
        if "%d" in self.form and "%m" in self.form and (n := n_swapped(self.days)):
            out.append(
                f"In {n:,} dates of {name!r} day and month look swapped; they are read as written."
            )
        if self.impossible:
            out.append(
                f"{self.impossible:,} entries of {name!r} are not valid dates "
                f"({self.example}) and count as missing."
            )
        if self.strays:
            out.append(f"{self.strays:,} entries of {name!r} are not dates and count as missing.")
        return out


def read_dates(column: Any, form: str | None = None, *, named: bool = False) -> Dates:
    """Read a column as dates.

    Parameters
    ----------
    column : an Arrow column of dates, times, numbers or text, (n,)
    form : how they are written: a form of strptime, or what `Dates.order` gave; found out when
        None
    named : whether it is known that the column holds dates, so that numbers which may as well be
        amounts are read as moments or as serial days
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = column.type
    if pa.types.is_temporal(kind):
        if pa.types.is_time(kind) or pa.types.is_duration(kind):
            return Dates(np.full(len(column), np.nan), strays=len(column) - column.null_count)
        return Dates(_days_of_stamps(pc.cast(column, pa.timestamp("us"), safe=False)))
    if pa.types.is_integer(kind) and column.null_count < len(column):
        if are_stamps(_floats(column.drop_null())):
            column, kind = pc.cast(column, pa.large_string()), pa.large_string()
    if not is_text(kind):
        return _of_numbers(_floats(column), form, named=named)
    texts = texts_of(column)
    coded = pc.dictionary_encode(texts)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0) if coded.num_chunks else pa.array([], texts.type).dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    return _of_distinct(coded.dictionary, codes, form, named=named)


def as_dates(column: Any, form: str | None = None, *, named: bool = False) -> Dates | None:
    """A column as dates if nearly all of its entries are dates; None otherwise.

    Parameters
    ----------
    column, form, named : as of `read_dates`; a form that is given and does not fit is not used
    """
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_null(kind) or pa.types.is_boolean(kind):
        return None
    if is_text(kind) and not _worth_reading(column, form, named=named):
        return None
    if form:
        found = read_dates(column, form, named=named)
        if found.is_dates:
            return found
    found = read_dates(column, named=named)
    return found if found.is_dates else None


def saved_form(columns: Mapping[str, Any], name: str) -> tuple[str | None, bool]:
    """How a run read the dates of a column, and whether it took it for one of dates.

    Parameters
    ----------
    columns : "columns" of run.json
    name : of the column
    """
    roles = {entry.get("name"): entry for entry in columns.get("roles", ())}
    entry = roles.get(name, {})
    return columns.get("dates") or entry.get("form") or None, entry.get("role") == "date"


def _worth_reading(column: Any, form: str | None, *, named: bool) -> bool:
    """Whether most of a sample of texts are dates; of a short column, whether they may be."""
    step = sampled_step(len(column))
    texts = texts_of(column if step == 1 else column.take(pa.array(range(0, len(column), step))))
    known = len(texts) - texts.null_count
    if not known:
        return False
    if not form:
        able = pc.sum(pc.match_substring_regex(texts, NAMED_ABLE if named else ABLE)).as_py()
        if able < MIN_ABLE * known:
            return False
        if len(column) <= SAMPLE:
            return True  # reading it all costs no more than trying it
    for wanted in dict.fromkeys((form, None)):
        found = read_dates(texts, wanted, named=True)
        if found.known + found.impossible >= SAMPLE_SHARE * known:
            return True
    return False


def sampled_step(n_rows: int) -> int:
    """Every so many-th entry of a column is tried before all of it is read."""
    return max(n_rows // SAMPLE, 1)


def _floats(column: Any) -> DoubleArray:
    values = np.asarray(pc.cast(column, pa.float64(), safe=False), dtype=np.float64).copy()
    values[~np.isfinite(values)] = np.nan
    return values


def _days_of_stamps(stamps: Any) -> DoubleArray:
    micros = pc.cast(pc.cast(stamps, pa.int64()), pa.float64(), safe=False)
    return np.array(micros, dtype=np.float64) / (SECONDS_OF_DAY * 1e6)


def _of_numbers(values: DoubleArray, form: str | None, *, named: bool) -> Dates:
    """Numbers as dates; all are strays where they cannot be."""
    forms = number_forms(values, form, named=named)
    if not forms:
        strays = int((~np.isnan(values)).sum())
        return Dates(np.full(len(values), np.nan), form or "", strays=strays)
    found = forms[0]
    days, strays, impossible, example = days_of_numbers(values, found)
    doubt = forms[1] if len(forms) > 1 else None
    return Dates(days, found, found, strays, impossible, example, doubt)


def _of_distinct(distinct: Any, codes: Any, form: str | None, *, named: bool) -> Dates:
    """Dates of a column of which (n_distinct,) texts and (n,) places in them are given."""
    n = len(distinct)
    counts = np.bincount(codes[codes >= 0], minlength=n)
    if form and "%" in form and form not in COMPACTS:
        fields = fields_of_form(distinct, form)
        return _spread(_resolved(distinct, [fields], codes, counts, form), codes, counts)
    if pc.any(pc.starts_with(distinct, "/Date(")).as_py():  # as JSON has it from .NET
        moments = pc.replace_substring_regex(distinct, r"^/Date\((-?\d+)([+-]\d{4})?\)/$", r"\1")
        return _of_distinct(moments, codes, form or "epoch ms", named=True)
    if not form and are_months_of_short_years(distinct, named=named):
        dashed = pc.all(pc.match_substring(distinct, "-")).as_py()
        short = SHORT_MONTH.replace("/", "-") if dashed else SHORT_MONTH
        return _of_distinct(distinct, codes, short, named=named)
    plain = pc.match_substring_regex(distinct, r"^-?\d+([.,]\d+)?([eE]\+?\d+)?$")
    matched = np.asarray(pc.fill_null(plain, False).to_numpy(zero_copy_only=False), dtype=bool)
    if n and matched.mean() >= 1 - MAX_STRAYS:
        numbers = pc.cast(
            pc.if_else(plain, pc.replace_substring(distinct, ",", "."), None), "float64"
        )
        found = _of_numbers(_floats(numbers), form, named=named)
        if found.known:
            return _spread(found, codes, counts)
    groups = _of_a_kind(_cut(distinct), named=named)
    found = _resolved(distinct, groups, codes, counts, form)
    if not found.has_year and not named and len(np.unique(_months(found.days))) < MIN_MONTHS:
        found = replace(found, days=np.full(n, np.nan), impossible=0)  # 3 mar, 5 mar
    return _spread(found, codes, counts)


def _of_a_kind(groups: Sequence[Fields], *, named: bool) -> list[Fields]:
    """Dates with their year or, where most have none, those: both in one column are of two kinds.

    Parameters
    ----------
    groups : as cut
    named : whether it is known that the column holds dates; else 3/4 is one only with a clock
    """
    with_year = sum(len(group.rows) for group in groups if group.has_year)
    whole = 2 * with_year >= sum(len(group.rows) for group in groups)
    return [
        group
        for group in groups
        if group.has_year == whole and (whole or named or group.layout.clock or not group.is_open)
    ]


def _months(days: DoubleArray) -> Any:
    return days[np.isfinite(days)].astype("datetime64[D]").astype("datetime64[M]")


def _spread(found: Dates, codes: Any, counts: Any) -> Dates:
    """What was found for distinct texts, for all rows."""
    days = np.append(found.days, np.nan)[codes]
    wrong = ~np.isfinite(found.days)
    total = int(counts[wrong].sum())
    if found.impossible:
        impossible = min(found.impossible, total)
    else:
        impossible = 0
    return replace(found, days=days, strays=total - impossible, impossible=impossible)


def _cut(distinct: Any) -> list[Fields]:
    """The numbers and words of each text, one group a shape."""
    plain, zones = prepared(distinct)
    shapes = shapes_of(plain)
    info = pc.value_counts(shapes)
    ranked = sorted(info.to_pylist(), key=lambda e: (-e["counts"], e["values"] or ""))
    cuts: list[Cut] = []
    for entry in ranked[:MAX_SHAPES]:
        shape = entry["values"]
        if not shape or not set("NYTL") & set(shape) or len(shape) > 60:
            continue
        rows = np.nonzero(np.asarray(pc.equal(shapes, shape)))[0]
        cut = cut_shape(plain.take(pa.array(rows)), shape, rows)
        # a language adds names of a day and of a month; looking into all of them takes a while
        if (
            cut is not None
            and sum(not any(map(plain_meaning, column)) for column in cut.words) <= 2
        ):
            cuts.append(cut)
    words = sorted({word for cut in cuts for column in cut.words for word in set(column)})
    known: dict[str, Meaning] = meanings(words)
    out: list[Fields] = []
    for cut in cuts:
        out += cut.fields(known, zones)
    return out


def _resolved(
    distinct: Any, groups: Sequence[Fields], codes: Any, counts: Any, order: str | None
) -> Dates:
    """Days of each distinct text, with the order of day and month that fits the whole column."""
    n = len(distinct)
    given = order if order in FULL_ORDERS else None
    open_groups = [group for group in groups if group.is_open]
    candidates = [given] if given else list(FULL_ORDERS)
    tried: dict[str, tuple[DoubleArray, Any]] = {}
    for wanted in candidates if open_groups else candidates[:1]:
        days, shaped = np.full(n, np.nan), np.zeros(n, dtype=bool)
        for group in groups:
            own, valid = group.days(wanted)
            days[group.rows] = np.where(valid, own, np.nan)
            shaped[group.rows] = True
        tried[wanted] = (days, shaped)
    wrong = {name: int(counts[~np.isfinite(days)].sum()) for name, (days, _) in tried.items()}
    best, doubt, decided = _best_order(tried, wrong, open_groups, codes)
    days, shaped = tried[best]
    bad = shaped & ~np.isfinite(days)
    example = str(distinct[int(np.argmax(bad))].as_py()) if bad.any() else ""
    largest = max(groups, key=lambda group: int(counts[group.rows].sum()), default=None)
    form = order if order and "%" in order else strptime_form(largest, best)
    return Dates(
        days,
        form,
        order if order and "%" in order else best,
        impossible=int(counts[bad].sum()),
        example=example,
        doubt=None if doubt is None else strptime_form(largest, doubt),
        decided=decided,
    )


def _best_order(
    tried: dict[str, tuple[DoubleArray, Any]], wrong: dict[str, int], open_groups: Any, codes: Any
) -> tuple[str, str | None, bool]:
    """The order of most entries, another that fits as well, and whether rows decide."""
    fewest = min(wrong.values())
    able = [name for name in tried if wrong[name] == fewest]
    best = able[0]
    if len(able) == 1 or not open_groups:
        return best, None, True
    usual = max(open_groups, key=lambda group: len(group.rows)).usual_orders
    able.sort(key=lambda name: usual.index(name) if name in usual else len(usual))
    able = [name for name in able if name in usual] or able
    days = tried[able[0]][0]
    differing = [n for n in able[1:] if not np.array_equal(tried[n][0], days, equal_nan=True)]
    if (usual[0] == able[0] and len(usual) == 1) or not differing:
        return able[0], None, True
    # 03/04/2026 is of March or of April: a table in the order of time tells by itself
    usual_one, other = able[0], differing[0]
    back = {
        name: steps_back(np.append(tried[name][0], np.nan)[codes]) for name in (usual_one, other)
    }
    for first, second in ((usual_one, other), (other, usual_one)):
        if are_first_of_months(tried[first][0]) and not are_first_of_months(tried[second][0]):
            return first, second, True
    most = MAX_STEPS_BACK * int((codes >= 0).sum())
    for first, second in ((usual_one, other), (other, usual_one)):
        if back[first] <= most and back[first] <= SORTED * back[second] and back[second]:
            return first, second, True
    return usual_one, other, False
