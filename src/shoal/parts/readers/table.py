"""What every reader returns: columns, and the problems of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shoal.errors import BadInput
from shoal.parts.readers.holdable import holdable

LOOKED_AT = 200
"""Entries of bytes in which no text has a control character, before all of them are decoded."""
Gather = Callable[[Iterable[Any]], Any]
"""Makes one pyarrow table of pieces, which have one schema; it decides where the rows are kept."""


def in_memory(pieces: Iterable[Any]) -> Any:
    """A `Gather` that holds everything in memory."""
    return pa.concat_tables(pieces)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A source as columns.

    Parameters
    ----------
    columns : pyarrow table, one row per row of the source, bad ones too
    kind : the reader's name
    problems : row -> why it cannot be used
    notes : sentences for the user about how it was read
    choices : what was found out, such as {"delimiter": ";", "encoding": "utf-8"}
    raw : whether the columns are text as written, their types still to be found out
    sources : (name, columns) of each source, where there are several
    numbers : (n_rows,) int64, which rows of the source these are; None where they are all
    n_source : how many rows the source has where these are not all
    """

    columns: Any
    kind: str
    problems: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    raw: bool = False
    sources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    numbers: Any = None
    n_source: int | None = None

    def check_everywhere(self, column: str) -> None:
        """Refuse a column that some of several sources lack: their rows would drop out.

        Raises
        ------
        BadInput : naming the sources that lack it, and the columns that all have
        """
        lacking = [name for name, columns in self.sources if column not in columns]
        if not lacking:
            return
        shared = [
            name
            for name in self.columns.column_names
            if all(name in columns for _, columns in self.sources)
        ]
        names = ", ".join(lacking[:3]) + (" and others" if len(lacking) > 3 else "")
        hint = f"All sources have: {', '.join(shared)}" if shared else "No column is in all sources"
        raise BadInput(
            f"the text column {column!r} is not in {names}. {hint}. Use the same column name "
            "in every source, or cluster them separately."
        )


def called(source: Path | bytes, name: str) -> str:
    """What messages call a source: the name given or, where that is empty, its file's."""
    return name or (source.name if isinstance(source, Path) else "the input")


def numbered(columns: Iterable[Any]) -> Any:
    """A piece of a table whose columns get their names when all pieces are together."""
    arrays = list(columns)
    return pa.table(arrays, names=[str(place) for place in range(len(arrays))])


def is_text(kind: Any) -> bool:
    """Whether an Arrow type holds text, in a dictionary or not."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_numeric(kind: Any) -> bool:
    """Whether values of an Arrow type are read as numbers: booleans, times and durations too."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_time(kind)
        or pa.types.is_duration(kind)
    )


def unique_names(names: list[str]) -> tuple[list[str], list[str]]:
    """Make column names unique and not empty.

    Returns
    -------
    The names, and a sentence for each that was changed.
    """
    out: dict[str, None] = {}
    notes: list[str] = []
    for place, name in enumerate(names, start=1):
        base = name.strip() or f"column_{place}"
        new, suffix = base, 0
        while new in out:
            suffix += 1
            new = f"{base}_{suffix}"
        if new != name.strip():
            notes.append(f"Column {place} of the source, {name!r}, was renamed to {new!r}.")
        out[new] = None
    return list(out), notes


def table_of(names: list[str], columns: list[Any]) -> tuple[Any, list[str]]:
    """A pyarrow table of columns whose names may repeat or hold what no file can.

    Returns
    -------
    The table, and a sentence for each name or column that was changed.
    """
    plain = [name.encode("utf-8", "replace").decode("utf-8") for name in names]
    unique, notes = unique_names(plain)
    handled = [_handled(column) for column in columns]
    for place, name in enumerate(unique):
        handled[place], n_bad = _valid(handled[place])
        if n_bad:
            notes.append(
                f"{n_bad:,} texts of {name!r} are not valid UTF-8; unreadable bytes are shown as �."
            )
    return pa.table(handled, names=unique), notes


def _handled(column: Any) -> Any:
    """A column in a type that every function of pyarrow takes."""
    if isinstance(column.type, pa.BaseExtensionType):
        return _handled(_stored(column))
    if pa.types.is_string_view(column.type):
        return pc.cast(column, pa.large_string())
    if pa.types.is_binary_view(column.type):
        column = pc.cast(column, pa.large_binary())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return _decoded(column)
    return holdable(column)


def _stored(column: Any) -> Any:
    """A column of an extension type as what it is stored as; one of UUIDs as they are written."""
    if column.type.extension_name == "arrow.uuid":
        return pa.array([v and str(v) for v in column.to_pylist()], pa.large_string())
    kind = column.type.storage_type
    return pa.chunked_array([chunk.storage for chunk in column.chunks], kind)


def _valid(column: Any) -> tuple[Any, int]:
    """A column of text with every text valid UTF-8, and how many were not."""
    if not is_text(column.type):
        return column, 0
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        as_bytes = pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()
        data = pc.cast(pc.cast(column, kind), as_bytes).to_pylist()
        texts = [None if value is None else value.decode("utf-8", "replace") for value in data]
        n_bad = sum(
            text is not None and text.encode() != value
            for value, text in zip(data, texts, strict=True)
        )
        return pa.array(texts, pa.large_string()), n_bad
    return column, 0


def _decoded(column: Any) -> Any:
    """A column of bytes as text where all of them are UTF-8; any other as it is."""
    some = [value for value in column.slice(0, LOOKED_AT).to_pylist() if value]
    if not some or any(byte < 9 for value in some for byte in value[:2000]):
        return column
    try:
        return pc.cast(column, pa.large_string())
    except pa.ArrowInvalid:
        return column


WHOLE = r"^(0|-?[1-9]\d{0,17})$"
DECIMAL = r"^-?(0|[1-9]\d{0,8})\.(0|\d{0,3}[1-9]|[1-9]\d{0,4}[1-9])$"
"""Numbers that are written as every program writes them, so that nothing is lost as numbers."""


def exactly_typed(column: Any) -> Any:
    """Turn a column of text into numbers if each would be written again just as it stands.

    A price of 1.10, an amount of 1E5 and a code of 007 stay the texts that they are.
    """
    if not pa.types.is_large_string(column.type) and not pa.types.is_string(column.type):
        return column
    values = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
    if values.null_count == len(values):
        return column
    for form, kind in ((WHOLE, pa.int64()), (DECIMAL, pa.float64())):
        if pc.all(pc.match_substring_regex(values, form)).as_py():
            return pc.cast(values, kind)
    return column


def with_types(column: Any) -> Any:
    """Turn a column of text into whole or decimal numbers if every entry is one.

    Entries with a leading zero ("007") are names, not numbers, and keep a column as text.
    """
    if not pa.types.is_large_string(column.type) and not pa.types.is_string(column.type):
        return column
    blank = pc.equal(pc.utf8_trim_whitespace(column), "")
    values = pc.if_else(blank, pa.scalar(None, column.type), column)
    if values.null_count == len(values):
        return column
    if pc.any(pc.match_substring_regex(values, r"^\s*[+-]?0\d|[^0-9eE+\-.\s]")).as_py():
        return column
    long = pc.any(pc.match_substring_regex(values, r"^\s*[+-]?\d{16,}\s*$")).as_py()
    # digits beyond the fifteenth would be lost in a decimal number
    for target in (pa.int64(),) if long else (pa.int64(), pa.float64()):
        try:
            return pc.cast(pc.utf8_trim_whitespace(values), target)
        except pa.ArrowInvalid:
            continue
    return column
