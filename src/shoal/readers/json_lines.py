"""JSON, one object a line or one array of objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.readers.sniff import decode
from shoal.readers.table import Table, table_of

UNREADABLE = (ValueError, RecursionError)
"""What the json module raises; the second one for brackets in brackets in brackets."""
MOST_DEPTH = 4
"""Objects in objects that become columns; what lies deeper stays JSON."""
MOST_COLUMNS = 500
"""Columns up to which objects in objects become columns."""


def _whole(text: str, name: str) -> list[Any] | None:
    """Entries of a file that is one JSON value over several lines, None if it is JSON lines."""
    if not text.startswith(("[", "{")):
        return None
    first = text.partition("\n")[0]
    if text.startswith("{") and len(first.strip()) > 1 and _is_json(first):
        return None
    try:
        whole = json.loads(text)
    except UNREADABLE as error:
        if text.startswith("{") or _is_json(first):
            return None
        why = "too deeply nested" if isinstance(error, RecursionError) else str(error)
        raise BadInput(f"{name} is not valid JSON: {why}.") from error
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list)]
        # the rows are often wrapped, as in {"data": [...]}
        whole = (
            lists[0] if len(lists) == 1 and any(isinstance(x, dict) for x in lists[0]) else whole
        )
    return whole if isinstance(whole, list) else [whole]


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except UNREADABLE:
        return False
    return True


def _objects(text: str, name: str) -> tuple[list[Any], dict[int, str], list[str]]:
    """Parsed entries, the rows that are not JSON, and a sentence about them."""
    whole = _whole(text.strip("\ufeff \t\r\n"), name)
    if whole is not None:
        return whole, {}, []
    entries: list[Any] = []
    problems: dict[int, str] = {}
    bad: list[int] = []
    # not splitlines: it also cuts at U+2028, which JSON allows inside a string
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entries.append(json.loads(line))
        except UNREADABLE:
            problems[len(entries)] = "not valid JSON"
            bad.append(number)
            entries.append({})
    if entries and len(problems) == len(entries):
        raise BadInput(f"{name} has no line that is valid JSON. Give one JSON object a line.")
    if not bad:
        return entries, problems, []
    where = ", ".join(map(str, bad[:5])) + (" and others" if len(bad) > 5 else "")
    return entries, problems, [f"{name}: {len(bad):,} lines are not valid JSON: line {where}."]


def _column(values: list[Any]) -> Any:
    """A column of one type; what is nested or mixed becomes text."""
    if any(isinstance(value, list | dict) for value in values):
        values = [
            json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
            for value in values
        ]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int} or kinds <= {int, float} or kinds <= {bool}:
        try:
            return pa.array(values, pa.bool_() if kinds == {bool} else None)
        except (pa.ArrowInvalid, OverflowError):
            pass  # whole numbers beyond 64 bits stay text
    texts = [None if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]
    # a lone surrogate, which JSON can escape, is no text that a file could hold
    clean = [t if t is None else t.encode("utf-8", "replace").decode("utf-8") for t in texts]
    return pa.array(clean, pa.large_string())


def _flat(row: dict[str, Any], depth: int = MOST_DEPTH) -> dict[str, Any]:
    """Objects in an object as entries of their own: {"a": {"b": 1}} as {"a.b": 1}."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict) and value and depth:
            inner = {f"{key}.{name}": v for name, v in _flat(value, depth - 1).items()}
            if not inner.keys() & row.keys():
                out.update(inner)
                continue
        out[str(key)] = value
    return out


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(key) for row in rows for key in row)) or ["text"]


def read_json_lines(source: Path | bytes, *, name: str = "", encoding: str | None = None) -> Table:
    """Read JSON lines or a JSON array.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    encoding : None to find it out

    Returns
    -------
    Table with one row per entry; an entry that is not JSON keeps its row and is named

    Raises
    ------
    BadInput : if there is no entry
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    name = name or (source.name if isinstance(source, Path) else "the input")
    text, encoding, notes = decode(data, name, encoding)
    entries, problems, more = _objects(text, name)
    if not entries:
        raise BadInput(f"{name} is empty. Give a file with at least one row.")
    rows = [entry if isinstance(entry, dict) else {"text": entry} for entry in entries]
    flat = [_flat(row) for row in rows]
    # where names are values, as in {"2024-01-01": {...}}, columns would have no end
    if len(names := _names(flat)) <= MOST_COLUMNS:
        rows = flat
    else:
        names = _names(rows)
    table, renamed = table_of(names, [_column([row.get(key) for row in rows]) for key in names])
    notes += more + renamed
    return Table(table, "jsonl", problems, tuple(notes), {"encoding": encoding})
