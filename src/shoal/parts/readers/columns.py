"""Which column is the text, which the id, and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shoal.data.texts import Texts
from shoal.errors import BadInput, UnknownPart
from shoal.parts.readers.naming import is_called_number
from shoal.parts.readers.table import Table, is_text, with_types
from shoal.text.blanks import is_blank

SAMPLE_ROWS = 2000
TEXT_WORDS = (
    "text review comment body content message description question summary abstract sentence "
    "document title utterance tweet headline query feedback docstring note answer subject"
).split()
ID_WORDS = frozenset("id uuid guid key index _id pid uid sid hid cid gid oid nr identifier".split())
NAMED_ID = re.compile(
    r"[\W_](id|nr|no)(_str)?\.?$|[a-z]{2}(?<!ps)nr$|^idx$"
    r"|^(id|seq|doc|case|cust|order|inv|acct|part|item|ref|bill|policy|claim)(no|num|nr)$"
)
NO_IDS = frozenset(
    "paid unpaid prepaid grid solid valid invalid humid covid bid kid lid acid liquid fluid rapid "
    "android raid maid aid said laid void avoid hybrid vivid rigid toroid opioid steroid thyroid "
    "rhomboid ellipsoid centroid plaid braid madrid david squid amid placid morbid orchid overpaid "
    "repaid pyramid diploid triploid haploid asteroid schizoid splendid stupid candid arid timid "
    "vapid florid lucid rancid acrid torrid turbid viscid aramid".split()
)
"""Words that end like a name of ids and are none."""


RENAMED = "read as the run's"
"""What is said of a column that has another name than in the run."""


def as_known(table: Table, known: Sequence[str]) -> Table:
    """A table with the names that its columns have in a run, where they can be no others.

    A name may differ in case, spaces and signs. Where a file has no header and as many columns as
    the run, these are taken in its order.

    Parameters
    ----------
    table : what was read
    known : names of the columns of the run, in order
    """
    names = table.columns.column_names
    if table.choices.get("header") is False and len(names) == len(known) > 1:
        told = f"There is no header, so the columns are {RENAMED}: {', '.join(known)}."
        return replace(
            table, columns=table.columns.rename_columns(list(known)), notes=(*table.notes, told)
        )
    folded = Counter(_folded(name) for name in names)
    lacking = {_folded(name): name for name in known if name not in names}
    new = {
        name: lacking[_folded(name)]
        for name in names
        if name not in known and _folded(name) in lacking and folded[_folded(name)] == 1
    }
    if not new:
        return table
    pairs = ", ".join(f"{name!r} is {RENAMED} {run!r}" for name, run in new.items())
    columns = table.columns.rename_columns([new.get(name, name) for name in names])
    return replace(table, columns=columns, notes=(*table.notes, f"{pairs}."))


def _folded(name: str) -> str:
    """A name without case, spaces and signs; itself where nothing else is in it."""
    return re.sub(r"[\W_]+", "", name).casefold() or name


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
    among : columns that it is found among; all where none of these holds text

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
    # what looks like the text may hold no letter after all
    able = [name for name in scored if name in among and scored[name][0] > 0] or list(scored)
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
    able = [name for name in table.columns.column_names if name not in set(taken)]
    named = [name for name in able if is_named_id(name)]
    numbers = [name for name in able if is_called_number(name) or name.rstrip().endswith("#")]
    for name in (*named, *numbers):
        column = table.columns[name]
        if column.null_count or pa.types.is_nested(column.type):
            continue
        if len(pc.unique(column)) == len(column):
            return name, "its name suggests it and no value repeats"
    return None, "no id column found, so rows are numbered from 0"


def is_named_id(name: str) -> bool:
    """Whether a column is named as ids are: id, customer_id, x.id, customerID, Art-Nr, Site.No."""
    lower = name.lower().strip()
    if lower in ID_WORDS or NAMED_ID.search(lower):
        return True
    last = re.split(r"[\W_]+", lower)[-1]
    if last in ID_WORDS - {"key", "index"}:
        return True
    joined = re.fullmatch(r"[a-z]{2,8}id", last) is not None and last not in NO_IDS
    return joined or re.search(r"[a-z]I[dD]$", name) is not None


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
