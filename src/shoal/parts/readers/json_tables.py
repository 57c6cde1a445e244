"""Where the rows are in a JSON value: wrapped, by column, by key, or as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MAX_DEPTH = 3
"""Objects in which rows may be wrapped, as in {"response": {"docs": [...]}}."""
MIN_ROWS = 2
MIN_ENTRIES = 20
"""Values of one kind in an object from which each of them is a row."""


def rows_in(value: Any) -> tuple[list[Any], str]:
    """The rows that a JSON value holds.

    Parameters
    ----------
    value : an array, or an object that wraps one, has a list for each column, as pandas and other
        programs write it, or an object for each row

    Returns
    -------
    The rows, one where it is an object of another kind; and where they were, "" for the value
    """
    if isinstance(value, list):
        return _of_arrays(value), ""
    if not isinstance(value, dict):
        return [value], ""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and _are_lists(data, len(columns)):
        return [dict(zip(map(str, columns), row, strict=True)) for row in data], "data"
    wrapped = max(_wrapped(value), key=lambda one: len(one[1]), default=None)
    if wrapped is not None:
        return wrapped[1], wrapped[0]
    by_column = _by_column(value)
    if by_column:
        return by_column, ""
    return _by_key(value) or _by_entry(value) or [value], ""


def _wrapped(
    value: Mapping[str, Any], above: str = "", depth: int = 1
) -> Iterator[tuple[str, Any]]:
    """Lists that hold mostly objects, and their places."""
    for key, inner in value.items():
        place = f"{above}{key}"
        if isinstance(inner, list) and 2 * sum(isinstance(x, dict) for x in inner) > len(inner):
            yield place, inner
        elif isinstance(inner, dict) and depth < MAX_DEPTH:
            yield from _wrapped(inner, f"{place}.", depth + 1)


def _are_lists(rows: Sequence[Any], width: int) -> bool:
    return len(rows) > 0 and all(isinstance(row, list) and len(row) == width for row in rows)


def _of_arrays(rows: list[Any]) -> list[Any]:
    """Rows that are arrays of one length as objects, if the first one names the columns."""
    first = rows[0] if rows else None
    if len(rows) <= MIN_ROWS or not isinstance(first, list) or not _are_lists(rows, len(first)):
        return rows
    named = all(isinstance(cell, str) for cell in first) and len(set(first)) == len(first) > 1
    typed = any(not isinstance(cell, str) for row in rows[1:] for cell in row)
    if named and typed and not any(_are_mixed(column) for column in zip(*rows[1:], strict=True)):
        return [dict(zip(first, row, strict=True)) for row in rows[1:]]
    words = any(isinstance(cell, str) for row in rows for cell in row)
    flat = all(not isinstance(cell, list | dict) for row in rows for cell in row)
    if len(first) < MIN_ROWS or not (words and typed and flat):
        return rows  # of numbers only, they are vectors
    names = [f"column_{number}" for number in range(1, len(first) + 1)]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _are_mixed(column: Sequence[Any]) -> bool:
    """Whether a column holds words and other values."""
    kinds = {isinstance(cell, str) for cell in column if cell is not None}
    return len(kinds) > 1


def _by_column(value: Mapping[str, Any]) -> list[Any]:
    """Rows of an object that has a list of values for each column; none where it has not."""
    lengths = {len(column) if isinstance(column, list) else -1 for column in value.values()}
    n = next(iter(lengths)) if len(lengths) == 1 else -1
    if n < MIN_ROWS:
        return []
    return [dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True)]


def _by_key(value: Mapping[str, Any]) -> list[Any]:
    """Rows of an object of objects that have the same keys: a row for each, or one for each key."""
    inner = [one for one in value.values() if isinstance(one, dict)]
    if len(inner) < len(value) or len(inner) < MIN_ROWS:
        return []
    if all(isinstance(cell, dict) for one in inner for cell in one.values()):
        # objects of objects of objects: a row for each of the innermost
        return _by_key({f"{a}.{b}": cell for a, one in value.items() for b, cell in one.items()})
    keys = list(inner[0])
    alike = all(list(one) == keys for one in inner)
    if not alike or any(isinstance(cell, dict) for one in inner for cell in one.values()):
        return []
    numbered = all(key.isdecimal() for key in keys)
    if len(keys) >= MIN_ROWS and (numbered or len(keys) > 2 * len(value)):
        return [{name: column[key] for name, column in value.items()} for key in keys]
    own = "key" if "id" in keys else "id"
    return [{own: key, **one} for key, one in value.items()]


def _by_entry(value: Mapping[str, Any]) -> list[Any]:
    """A row for each value of an object of many texts or many numbers, as of translations."""
    entries = list(_leaves(value))
    kinds = {str if isinstance(leaf, str) else type(leaf) for _, leaf in entries}
    if len(entries) < MIN_ENTRIES or not (kinds == {str} or kinds <= {int, float}):
        return []
    name = "text" if kinds == {str} else "value"
    return [{"key": key, name: leaf} for key, leaf in entries]


def _leaves(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The values of an object and of those in it, each with its place."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _leaves(inner, f"{above}{key}.")
        else:
            yield f"{above}{key}", inner
