"""What kind each column of a table is, what is done with it, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.parts.readers.columns import TEXT_WORDS, is_named_id
from shoal.parts.readers.table import is_text
from shoal.parts.readers.values import (
    MAX_STRAYS,
    STYLES,
    dates_of,
    looks_like_date,
    numbers_of,
    texts_of,
)

FEW_LEVELS = 20
"""So many different texts are categories however few rows there are."""
DIFFERENT = 0.5
"""Share of different texts above which a column holds no categories."""
PROSE_WORDS = 3
"""Median words from which texts that differ are prose."""
LONGEST = 2**53
"""Whole numbers above this are told apart by digits that a decimal number does not keep."""
CODE_WORDS = ("zip", "zipcode", "postcode", "plz", "phone", "fax", "ssn", "iban", "ean", "sku")
OUTCOME_WORDS = ("label", "target", "class", "outcome", "y", "truth")
Values = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What a column is.

    Parameters
    ----------
    kind : "number", "date", "category", "text", or what it is left out for: "id", "constant",
        "empty", "free text", "nested"
    why : in a few words
    values : (n,) float64 with nan for gaps, or texts with None; empty for what is left out
    form : how its values are written: a style of numbers, a form of dates, or ""
    notes : sentences for the user
    """

    kind: str
    why: str
    values: Values = field(default_factory=lambda: np.empty(0))
    form: str = ""
    notes: tuple[str, ...] = ()


BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
"""What tells types whose values are bytes."""


def find_kind(column: Any, name: str, *, dates: str | None = None) -> Finding:
    """Find out what a column holds.

    Parameters
    ----------
    column : an Arrow column of any type
    name : in the source
    dates : the form of dates, as of strptime, where the user gave one
    """
    if pa.types.is_nested(column.type) or any(is_kind(column.type) for is_kind in BYTES):
        return Finding("nested", f"its values are {column.type}")
    if pa.types.is_null(column.type):
        return Finding("empty", "it holds nothing")
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return _dates(column, name, dates)
    if not is_text(column.type):
        return _numbers(column, name)
    texts = texts_of(column)
    known = len(texts) - texts.null_count
    if not known:
        return Finding("empty", "it holds nothing")
    if looks_like_date(name) or _shaped_like_dates(texts):
        found = _dates(texts, name, dates)
        if found.kind != "empty":
            return found
    _, _, strays = numbers_of(texts)
    if strays <= MAX_STRAYS * known:
        return _numbers(texts, name)
    return _texts(texts, name, known)


def as_kind(column: Any, kind: str, form: str) -> Values:
    """The values of a column of which kind and form are known, (n,)."""
    if kind == "number":
        return numbers_of(column, form or None)[0]
    if kind == "date":
        return dates_of(column, form or None)[0]
    if kind == "category" and form:
        return _levels(numbers_of(column, form)[0])
    return np.array(texts_of(_as_text(column)).to_pylist(), dtype=object)


def _as_text(column: Any) -> Any:
    return column if is_text(column.type) else pc.cast(column, pa.large_string())


def _dates(column: Any, name: str, form: str | None) -> Finding:
    values, form, strays, doubt = dates_of(column, form)
    known = int((~np.isnan(values)).sum())
    if not known or strays > MAX_STRAYS * (known + strays):
        return Finding("empty", "it holds nothing")
    notes = []
    if doubt:
        notes.append(
            f"The dates in {name!r} are read as {form}; {doubt} would fit as well. "
            "Say which: --set read.dates=FORM"
        )
    if strays:
        notes.append(f"{strays:,} entries of {name!r} are no date and count as gaps.")
    if len(np.unique(values[~np.isnan(values)])) == 1:
        return Finding("constant", "all its values are the same")
    return Finding("date", "its values are dates", values, form, tuple(notes))


def _numbers(column: Any, name: str) -> Finding:
    values, style, strays = numbers_of(column)
    known = values[~np.isnan(values)]
    if not len(known):
        return Finding("empty", "it holds nothing")
    distinct = np.unique(known)
    if np.abs(known).max() > LONGEST and (known == np.floor(known)).all():
        return Finding("id", "its numbers are too long to be amounts")
    if len(distinct) == 1:
        return Finding("constant", "all its values are the same")
    if _is_number_of_row(known, distinct, name):
        return Finding("id", "no value repeats and it only tells the rows apart")
    if _named_like(name, CODE_WORDS):
        return Finding("id", "it is named like a code, which is no amount")
    if len(distinct) == 2:
        info = "its values are two numbers"
        return Finding("category", info, _levels(values), style)
    notes = [f"{strays:,} entries of {name!r} are no number and count as gaps."] if strays else []
    if style == STYLES[1]:
        notes.append(f"The numbers in {name!r} are read with a decimal comma.")
    return Finding("number", "its values are numbers", values, style, tuple(notes))


def _is_number_of_row(known: Values, distinct: Values, name: str) -> bool:
    """Whether whole numbers that all differ are named like an id, or count the rows."""
    if len(distinct) < len(known) or len(known) < 3 or (known != np.floor(known)).any():
        return False
    return is_named_id(name) or bool(distinct[-1] - distinct[0] == len(distinct) - 1)


def _levels(values: Values) -> Values:
    """Numbers as names of categories: 1 and 1.0 are the same one."""
    info = [
        None if np.isnan(v) else str(int(v)) if v == np.floor(v) else repr(float(v)) for v in values
    ]
    return np.array(info, dtype=object)


def _texts(texts: Any, name: str, known: int) -> Finding:
    distinct = len(pc.unique(texts.drop_null()))
    if distinct == 1:
        return Finding("constant", "all its values are the same")
    step = max(known // 2000, 1)
    some = texts.drop_null().take(pa.array(range(0, known, step))).to_pylist()
    words = sorted(len(text.split()) for text in some)[len(some) // 2]
    length = sorted(map(len, some))[len(some) // 2]
    share = distinct / known
    info = f"{distinct:,} different values"
    values = np.array(texts.to_pylist(), dtype=object)
    # languages without spaces between words count by their length
    prose = words >= PROSE_WORDS or (length >= 12 and any(not text.isascii() for text in some))
    if prose and (share > DIFFERENT or (distinct > FEW_LEVELS and words >= 2 * PROSE_WORDS)):
        return Finding("text", f"{info}, median {words} words", values)
    if share > DIFFERENT and is_named_id(name):
        return Finding("id", "it is named like an id and its values hardly repeat")
    if distinct > FEW_LEVELS and share > DIFFERENT:
        if name.lower() in TEXT_WORDS:
            return Finding("text", f"{info}, and it is named like a text", values)
        kind = "id" if share > 0.95 and words == 1 else "free text"
        return Finding(kind, f"{info}: they hardly repeat, so they part no groups")
    return Finding("category", info, values)


def _shaped_like_dates(texts: Any) -> bool:
    first = texts.drop_null().slice(0, 50)
    dated = r"^\s*(\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2}))(\D|$)"
    spelled = r"(?i)^\s*(\d{1,2} [a-z]{3,9},? \d{4}|[a-z]{3,9} \d{1,2},? \d{4})"
    for pattern in (dated, spelled):
        hits = pc.sum(pc.match_substring_regex(first, pattern)).as_py() or 0
        if len(first) and hits >= 0.8 * len(first):
            return True
    return False


def is_named_outcome(name: str) -> bool:
    """Whether a column is named as what others predict is: label, target, class."""
    return name.lower().strip() in OUTCOME_WORDS


def _named_like(name: str, words: tuple[str, ...]) -> bool:
    return bool(set(re.split(r"[^a-z]+", name.lower())) & set(words))
