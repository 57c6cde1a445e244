"""Which column is the text, which the id, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shoal.data.texts import Texts
from shoal.errors import BadInput, UnknownPart
from shoal.parts.readers.table import Table, is_text, with_types
from shoal.text.blanks import is_blank

SAMPLE_ROWS = 2000
TEXT_WORDS = (
    "text review comment body content message description question summary abstract sentence "
    "document title utterance tweet headline query feedback docstring note answer subject"
).split()
ID_WORDS = ("id", "uuid", "guid", "key", "index", "_id", "doc_id", "row_id", "item_id")


def named_column(table: Table, wanted: str, option: str) -> str:
    """A column by its name; raises `UnknownPart` with the option that asks for it and all names."""
    names = table.columns.column_names
    if wanted in names:
        return wanted
    raise UnknownPart.among(f"column (asked for by {option})", wanted, names)


def _score(column: Any, name: str) -> tuple[float, int, float]:
    """How much a column looks like prose: (score, median words, share of distinct values)."""
    step = max(len(column) // SAMPLE_ROWS, 1)
    # values at even distances, so that a sorted file does not mislead
    values = [str(v) for v in column.take(pa.array(range(0, len(column), step))).to_pylist() if v]
    values = [value for value in values if value.strip()]
    if not values:
        return 0.0, 0, 0.0
    counts = sorted(len(value.split()) for value in values)
    words = counts[len(counts) // 2]
    letters = sum(any(char.isalpha() for char in value) for value in values) / len(values)
    # languages without spaces between words count by their length
    length = sorted(len(value) for value in values)[len(values) // 2]
    size = max(min(words, 40), min(length / 12, 20))
    distinct = len(set(values)) / len(values)
    filled = len(values) / max(len(range(0, len(column), step)), 1)
    lower = name.lower()
    bonus = 2.0 if lower in TEXT_WORDS else 1.5 if any(w in lower for w in TEXT_WORDS) else 1.0
    return size * (0.2 + distinct) * filled * letters**2 * bonus, words, distinct


def choose_text(
    table: Table, wanted: str | None, *, among: Collection[str] = ()
) -> tuple[str, str]:
    """Name of the text column and the reason for it.

    Parameters
    ----------
    table : what was read
    wanted : the column that the user named, if any
    among : columns that it is found among; all when empty

    Raises
    ------
    UnknownPart : if the column asked for does not exist
    BadInput : if no column looks like text
    """
    if wanted is not None:
        return named_column(table, wanted, "--text"), "named by you"
    columns = table.columns
    scored = {}
    for name in columns.column_names:
        column = with_types(columns[name]) if table.raw else columns[name]
        if is_text(column.type):
            scored[name] = _score(columns[name], name)
    able = [name for name in scored if not among or name in among]
    best = max(able, key=lambda name: scored[name][0], default=None)
    if best is not None and columns.num_columns == 1:
        return best, "it is the only column"
    if best is None or scored[best][0] <= 0:
        kinds = ", ".join(f"{name} ({_holds(columns[name])})" for name in columns.column_names)
        raise BadInput(
            f"no column holds text. Columns: {kinds}. Name the one to cluster with --text COLUMN."
        )
    _, words, distinct = scored[best]
    others = [n for n in scored if n != best and scored[n][0] > 0]
    others.sort(key=lambda name: -scored[name][0])
    rest = f"; next best: {', '.join(map(repr, others[:2]))}" if others else ""
    return best, (
        f"it looks most like text (median {words} words, {distinct:.0%} distinct values{rest})"
    )


def _holds(column: Any) -> str:
    """What a column holds, in one word."""
    column = with_types(column)
    if is_text(column.type):
        is_empty = all(is_blank(str(value or "")) for value in column.to_pylist())
        return "blank" if is_empty else "signs"
    if column.null_count == len(column):
        return "blank"
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return "numbers"
    return "dates" if pa.types.is_temporal(column.type) else str(column.type)


def choose_id(
    table: Table, wanted: str | None, taken: Collection[str] = ()
) -> tuple[str | None, str]:
    """Name of the id column, or None for row numbers, and the reason for it.

    Parameters
    ----------
    table : what was read
    wanted : the column that the user named, if any
    taken : columns that are clustered by

    Raises
    ------
    UnknownPart : if the column asked for does not exist
    """
    if wanted is not None:
        return named_column(table, wanted, "--id"), "named by you"
    for name in table.columns.column_names:
        if name in taken or not is_named_id(name):
            continue
        column = table.columns[name]
        if column.null_count or pa.types.is_nested(column.type):
            continue
        if len(pc.unique(column)) == len(column):
            return name, "its name suggests it and no value repeats"
    return None, "no id column found, so rows are numbered from 0"


def is_named_id(name: str) -> bool:
    """Whether a column is named like an id: id, customer_id, customer-id, customerID."""
    lower = name.lower()
    return (
        lower in ID_WORDS
        or lower.endswith(("_id", " id", "-id"))
        or re.search(r"[a-z]I[dD]$", name) is not None
    )


def as_texts(column: Any) -> Sequence[str | None]:
    """A column as texts, None for empty cells."""
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if not is_text(column.type):
        try:
            column = pc.cast(column, pa.large_string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return [None if value is None else str(value) for value in column.to_pylist()]
    return Texts(column)
