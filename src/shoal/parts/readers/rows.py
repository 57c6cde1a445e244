"""Rows that are Python objects (dicts, tuples, dataclasses and so on) as columns."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set, Sized
from itertools import chain, islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.base import (
    Indexable,
    KeyedRow,
    MappedRow,
    NamedTupleLike,
    PydanticModel,
)
from shoal.parts.readers.headers import has_header
from shoal.parts.readers.json_lines import flat
from shoal.parts.readers.stacking import unified

PIECE_ROWS = 1 << 13
ID_WORDS = 2
"""Most words of a first entry of a pair that is taken for the id of the second."""
VECTORS_FROM = 50
"""Entries from which a dict of equally long lists of numbers holds a vector for each name."""
Columns = dict[str, Any]


def table_of_rows(rows: Iterable[Any]) -> tuple[Any, list[str]]:
    """Rows as an Arrow table, read some thousand at a time.

    Parameters
    ----------
    rows : texts, numbers, bytes or None; or objects with named fields, such as dicts, named tuples,
        dataclasses and rows of a database; or sequences of cells. Each is asked for once.

    Returns
    -------
    A table, and sentences about how it was read.

    Raises
    ------
    BadInput : if there are no rows
    """
    source = iter(rows)
    head = list(islice(source, PIECE_ROWS))
    if not head:
        raise BadInput("there are no rows. Pass at least one.")
    shape, notes = _shape_of([_as_fields(row) for row in head])
    rest = iter(lambda: list(islice(source, PIECE_ROWS)), [])
    read = chain([head[shape.skipped :]], rest)
    pieces = [shape.columns([_as_fields(row) for row in piece]) for piece in read]
    return unified([pa.table(piece) for piece in pieces]), notes


def columns_of_mapping(source: Mapping[Any, Any]) -> tuple[Columns, list[str]]:
    """The columns of a dict of columns, or of a dict that has an entry for each id.

    Raises
    ------
    BadInput : if its columns are not equally long, or it is empty
    """
    if not source:
        raise BadInput("the dict is empty. Pass columns, such as {'text': [...]}.")
    values = list(source.values())
    names = [str(key) for key in source]
    if all(map(_is_column, values)):
        lengths = Counter(len(value) for value in values)
        if not _are_vectors(values):
            if len(lengths) > 1:
                info = ", ".join(
                    f"{n!r} has {len(v):,}" for n, v in zip(names, values, strict=True)
                )
                raise BadInput(
                    f"the columns of the dict differ in length: {info[:300]}. Each needs one "
                    "entry per row."
                )
            return dict(zip(names, map(column_of, values), strict=True)), []
        vectors = {"id": column_of(list(source)), "vector": column_of([list(v) for v in values])}
        return vectors, ["The dict maps names to vectors; the names are the ids."]
    table, notes = table_of_rows(values)
    columns = dict(zip(table.column_names, table.columns, strict=True))
    key = "id" if "id" not in columns else "key"
    return {key: column_of(list(source)), **columns}, [*notes, "The keys of the dict are the ids."]


def column_of(values: Any) -> Any:
    """An Arrow column of Python values; mixed types become text."""
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError, ValueError, TypeError):
        texts = [None if value is None else _shown(value) for value in values]
        return pa.array(
            [t and t.encode("utf-8", "replace").decode() for t in texts], pa.large_string()
        )


def _shown(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def is_unordered(source: Any) -> bool:
    """Whether the order of a collection may differ between processes."""
    return isinstance(source, Set) and not isinstance(source, Mapping) and not _is_view(source)


def _is_view(source: Any) -> bool:
    return type(source).__name__ in ("dict_keys", "dict_items", "odict_keys", "odict_items")


def _is_column(value: Any) -> bool:
    """Whether a value of a dict can be a column of a table."""
    if isinstance(value, str | bytes | Mapping | Set | NamedTupleLike):
        return False
    indexable: Any = value if isinstance(value, Sized) and isinstance(value, Indexable) else None
    return indexable is not None and np.ndim(indexable) != 0


def _are_vectors(values: Sequence[Any]) -> bool:
    """Whether a dict has a vector of decimal numbers for each of many names."""
    width = len(values[0])
    if len(values) < VECTORS_FROM or len(values) <= width or any(len(v) != width for v in values):
        return False
    return width > 1 and all(isinstance(x, float | np.floating) for v in values[:20] for x in v)


def _as_fields(row: Any) -> Any:
    """Return a row with named fields as a dict, and any other row unchanged."""
    if isinstance(row, Mapping):
        return flat({str(key): value for key, value in row.items()})
    if row is None or isinstance(row, str | bytes | int | float) or type(row) in (list, tuple):
        return row
    if isinstance(row, NamedTupleLike):
        return dict(row._asdict())
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return flat(_fields_of(row, dataclasses.fields(row)))
    if isinstance(row, SimpleNamespace):
        return flat(vars(row))
    if isinstance(row, PydanticModel):
        return flat(row.model_dump())
    # attrs marks its classes, and shoal does without attrs itself
    declared = getattr(type(row), "__attrs_attrs__", None)
    if declared is not None:
        return _fields_of(row, declared)
    if isinstance(row, MappedRow):
        return dict(row._mapping)
    if isinstance(row, KeyedRow):
        return {str(key): row[key] for key in row.keys()}
    return row


def _fields_of(row: Any, declared: Iterable[Any]) -> dict[str, Any]:
    """Field name -> value; the values themselves, where `asdict` would copy them."""
    # a class declares its fields by name, and there is no other way to read them
    return {field.name: getattr(row, field.name) for field in declared}


@dataclasses.dataclass(frozen=True, slots=True)
class _Shape:
    """How rows become columns.

    Parameters
    ----------
    kind : "fields", "cells", "vectors" or "values"
    names : of the columns, where the rows have none
    skipped : rows at the beginning that only name the columns
    """

    kind: str
    names: tuple[str, ...] = ()
    skipped: int = 0

    def columns(self, rows: Sequence[Any]) -> Columns:
        """The columns of some rows."""
        if self.kind == "fields":
            plain = [_named(row) for row in rows]
            names = dict.fromkeys(name for row in plain for name in row)
            return {name: column_of([row.get(name) for row in plain]) for name in names}
        if self.kind == "cells":
            cells = [self._evened(row) for row in rows]
            return {
                name: column_of([row[place] for row in cells])
                for place, name in enumerate(self.names)
            }
        if self.kind == "vectors":
            return {self.names[0]: column_of([None if r is None else list(r) for r in rows])}
        return {self.names[0]: column_of(list(rows))}

    def _evened(self, row: Any) -> list[Any]:
        cells = list(row) if _is_sequence(row) else [row]
        if len(cells) > len(self.names):
            raise BadInput(
                f"a row has {len(cells)} cells, but the first rows have {len(self.names)}. "
                "Pass rows of equal length, or dicts."
            )
        return cells + [None] * (len(self.names) - len(cells))


def _named(row: Any) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    return {} if row is None else {"text": row}


def _is_sequence(row: Any) -> bool:
    return isinstance(row, list | tuple | np.ndarray)


def _shape_of(rows: Sequence[Any]) -> tuple[_Shape, list[str]]:
    """Decide from the first rows how rows become columns, with notes."""
    there = [row for row in rows if row is not None]
    if any(isinstance(row, Mapping) for row in there):
        return _Shape("fields"), []
    if not there or not all(map(_is_sequence, there)):
        return _Shape("values", ("text",)), []
    widths = {len(row) for row in there}
    numbers = (isinstance(x, int | float | np.number) for row in there for x in row)
    if max(widths) > 1 and all(numbers):
        return _Shape("vectors", ("vector",)), []
    width = max(widths)
    if len(widths) == 1 and width == 2 and _ids_and_texts(there):
        return _Shape("cells", ("id", "text")), [
            "The rows are pairs; the first entry of each is used as its id."
        ]
    texts = [list(row) for row in there if all(isinstance(cell, str) for cell in row)]
    head = texts[0] if texts and isinstance(rows[0], list) and list(rows[0]) == texts[0] else []
    if head and len(texts) > 1 and len(set(head)) == width and has_header(texts):
        return _Shape("cells", tuple(head), 1), ["The first row names the columns."]
    names = ("text",) if width == 1 else tuple(f"column_{i}" for i in range(1, width + 1))
    return _Shape("cells", names), [
        f"The rows have no column names; they are called {', '.join(names)}."
    ]


def _ids_and_texts(rows: Sequence[Any]) -> bool:
    """Whether pairs are of something short that never repeats, and of a text."""
    firsts = [row[0] for row in rows]
    short = all(
        isinstance(x, int | np.integer) or (isinstance(x, str) and len(x.split()) <= ID_WORDS)
        for x in firsts
    )
    texts = sum(isinstance(row[1], str) for row in rows)
    return short and texts >= 0.9 * len(rows) and len(set(firsts)) == len(firsts)


def batches(source: Any) -> Iterator[Any]:
    """The tables of a data set of Hugging Face, some thousand rows each."""
    yield from source.with_format("arrow").iter(batch_size=PIECE_ROWS)
