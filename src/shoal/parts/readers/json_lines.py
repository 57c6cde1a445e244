"""JSON, one object a line or one array of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.decoding import TextFile, text_file
from shoal.parts.readers.json_tables import rows_in
from shoal.parts.readers.table import Gather, Table, called, in_memory, numbered, table_of

UNREADABLE = (ValueError, RecursionError)
"""What the json module raises; the second one for brackets in brackets in brackets."""
MAX_DEPTH = 4
"""Objects in objects that become columns; what lies deeper stays JSON."""
MAX_COLUMNS = 500
"""Columns up to which objects in objects become columns."""
PIECE_ROWS = 1 << 13
EXACT = 2**53
"""Whole numbers up to which a decimal number holds all of them."""


SEPARATOR = re.compile(r"[\s,]*")
LINES = (".jsonl", ".ndjson")
"""Endings of files in which an only line is a row, whatever it holds."""


def _whole(file: TextFile, name: str) -> tuple[list[Any], str] | None:
    """Rows of a file that is one JSON value and where they are, None if it is JSON lines."""
    with file.open(newline="\n") as stream:
        lines = (line for line in map(_stripped, stream) if line)
        first, more = next(lines, ""), next(lines, "")
    if not first.startswith(("[", "{")):
        return None
    lined = more or Path(name).suffix.lower() in LINES
    if first.startswith("{") and len(first) > 1 and lined and _is_json(first):
        return None
    text = _stripped("".join(file.pieces()))  # nothing less can be parsed
    try:
        whole = json.loads(text)
    except UNREADABLE as error:
        values = _one_after_another(text)
        if values:
            return values, ""
        if text.startswith("{") or _is_json(first):
            return None
        why = "too deeply nested" if isinstance(error, RecursionError) else str(error)
        raise BadInput(f"{name} is not valid JSON: {why}.") from error
    return rows_in(whole)


def _one_after_another(text: str) -> list[Any]:
    """The values of a text of several, over as many lines as they take; none if some are wrong."""
    decoder, values, place = json.JSONDecoder(), [], 0
    try:
        while place < len(text):
            value, place = decoder.raw_decode(text, place)
            values.append(value)
            place = SEPARATOR.match(text, place).end()  # type: ignore[union-attr]
    except UNREADABLE:
        return []
    return values


def _stripped(text: str) -> str:
    return text.strip("\ufeff \t\r\n")


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except UNREADABLE:
        return False
    return True


class _Lines:
    """The entries of a file with one a line, each time they are asked for.

    Parameters
    ----------
    file : the text
    """

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self._n_rows = 0
        self.bad: list[int] = []
        self.problems: dict[int, str] = {}

    def __len__(self) -> int:
        """How many there were the last time."""
        return self._n_rows

    def __iter__(self) -> Iterator[Any]:
        self.bad, self.problems, self._n_rows = [], {}, 0
        # not the usual lines: those end at U+2028 too, which JSON allows inside a string
        with self._file.open(newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                try:
                    entry = json.loads(line)
                except UNREADABLE:
                    entry = {}
                    self.problems[self._n_rows] = "not valid JSON"
                    self.bad.append(number)
                self._n_rows += 1
                yield entry

    def notes(self, name: str) -> list[str]:
        """A sentence about lines that are no JSON."""
        if not self.bad:
            return []
        where = ", ".join(map(str, self.bad[:5])) + (" and others" if len(self.bad) > 5 else "")
        return [f"{name}: {len(self.bad):,} lines are not valid JSON: line {where}."]


@dataclass(slots=True)
class _Column:
    """What is in a column, seen from all of its values.

    Parameters
    ----------
    kinds : their types, without those of nulls; lists and objects count as text
    least, most : bounds of its whole numbers
    """

    kinds: set[type] = field(default_factory=set)
    least: int = 0
    most: int = 0

    def look(self, value: Any) -> None:
        """See one more value."""
        kind = str if isinstance(value, list | dict) else type(value)
        self.kinds.add(kind)
        if kind is int:
            self.least, self.most = min(self.least, value), max(self.most, value)

    @property
    def type(self) -> Any:
        """The Arrow type that holds all of them; text where there are several kinds."""
        if not self.kinds:
            return pa.null()
        if self.kinds == {bool}:
            return pa.bool_()
        if self.kinds == {int}:
            for kind, low, end in ((pa.int64(), -(2**63), 2**63), (pa.uint64(), 0, 2**64)):
                if low <= self.least and self.most < end:
                    return kind
        elif self.kinds <= {int, float} and max(-self.least, self.most) <= EXACT:
            return pa.float64()
        return pa.large_string()


def _array(values: list[Any], kind: Any) -> Any:
    """Values of a column; what is nested or mixed becomes text."""
    if kind != pa.large_string():
        return pa.array(values, kind)
    texts = [v if v is None or isinstance(v, str) else _as_text(v) for v in values]
    # a lone surrogate, which JSON can escape, is no text that a file could hold
    clean = [t if t is None else t.encode("utf-8", "replace").decode("utf-8") for t in texts]
    return pa.array(clean, kind)


def _as_text(value: Any) -> str:
    """A value as JSON; as one text what a chat has cut at links: ["see ", {"text": "a.io"}]."""
    if isinstance(value, list) and {str, dict} == set(map(type, value)):
        parts = [part if isinstance(part, str) else part.get("text") for part in value]
        if all(isinstance(part, str) for part in parts):
            return "".join(parts)
    return json.dumps(value, ensure_ascii=False)


def flat(row: dict[str, Any], depth: int = MAX_DEPTH) -> dict[str, Any]:
    """Objects in an object as entries of their own: {"a": {"b": 1}} as {"a.b": 1}."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict) and value and depth:
            inner = {f"{key}.{name}": v for name, v in flat(value, depth - 1).items()}
            if not inner.keys() & row.keys():
                out.update(inner)
                continue
        out[str(key)] = value
    return out


def _rows(entries: Iterable[Any]) -> Iterator[dict[str, Any]]:
    return (entry if isinstance(entry, dict) else {"text": entry} for entry in entries)


def _columns_of(entries: Iterable[Any]) -> tuple[dict[str, _Column], int]:
    """What each column holds, and how many objects in objects are columns.

    Where names are values, as in {"2024-01-01": {...}}, columns would have no end: those objects
    stay JSON.
    """
    for depth in (MAX_DEPTH, 1):
        columns = _columns(entries, depth)
        if columns is not None:
            return columns, depth
    return _columns(entries, 0) or {"text": _Column()}, 0


def _columns(entries: Iterable[Any], depth: int) -> dict[str, _Column] | None:
    """What each column holds; None if objects in objects make too many of them."""
    columns: dict[str, _Column] = {}
    for row in _rows(entries):
        for key, value in flat(row, depth).items():
            column = columns.get(key)
            if column is None:
                column = columns[key] = _Column()
            if value is not None:
                column.look(value)
        if depth and len(columns) > MAX_COLUMNS:
            return None
    return columns


def _pieces(entries: Iterable[Any], columns: dict[str, _Column], depth: int) -> Iterator[Any]:
    """Tables of some thousand entries each, their columns numbered."""
    kinds = {key: column.type for key, column in columns.items()}
    rows = _rows(entries)
    while piece := list(islice(rows, PIECE_ROWS)):
        wide = [flat(row, depth) for row in piece]
        yield numbered(_array([row.get(key) for row in wide], kind) for key, kind in kinds.items())


def read_json_lines(
    source: Path | bytes,
    *,
    name: str = "",
    encoding: str | None = None,
    gather: Gather = in_memory,
) -> Table:
    """Read JSON lines, twice: to see what columns hold, and to take it; or a JSON array.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    encoding : None to find it out
    gather : takes the rows, some thousand at a time

    Returns
    -------
    Table with one row per entry; an entry that is not JSON keeps its row and is named

    Raises
    ------
    BadInput : if there is no entry
    """
    name = called(source, name)
    text = text_file(source, name, encoding)
    whole = _whole(text, name)
    entries, where = (_Lines(text), "") if whole is None else whole
    columns, depth = _columns_of(entries)
    if not len(entries):
        raise BadInput(f"{name} is empty. Use a file with at least one row.")
    problems = entries.problems if isinstance(entries, _Lines) else {}
    if len(problems) == len(entries):
        raise BadInput(f"{name} has no line of valid JSON. Write one JSON object per line.")
    info = entries.notes(name) if isinstance(entries, _Lines) else []
    if where:
        info.append(f"{name}: the rows are those in {where!r}.")
    read = gather(_pieces(entries, columns, depth))
    table, renamed = table_of(list(columns), read.columns)
    return Table(
        table, "jsonl", problems, (*text.notes, *info, *renamed), {"encoding": text.encoding}
    )
