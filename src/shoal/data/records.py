"""Rows of a table as contents: named columns of numbers, dates, categories and texts.

This file knows nothing of files, of how a kind was found out, or of distances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import AnyArray

Kind = Literal["number", "date", "category", "text", "image", "vector"]
Record = tuple[Any, ...]
"""One row: a number, days since 1970, a text, a `Picture` or a vector for each column, or None."""

DEEP = ("text", "image", "vector")
"""Kinds of columns that a model embeds, or has embedded before."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_SHOWN = 500
"""Columns of a row that are put into its text."""
JOINT = " · "
BLOCK_CELLS = 1 << 18
"""Cells that are made at once where all rows are gone through."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of records.

    Parameters
    ----------
    name : as in the source
    kind : "number", "date" (days since 1970, with fractions), "category", "text", "image" or
        "vector"
    values : (n_rows,) float64, nan for a gap; or of texts, pictures or
        vectors, None for a gap
    """

    name: str
    kind: Kind
    values: AnyArray

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers, dates among them."""
        return self.kind in ("number", "date")

    @property
    def gaps(self) -> NDArray[np.bool_]:
        """Which rows have no value, (n_rows,)."""
        if self.is_numeric:
            return np.asarray(np.isnan(self.values), dtype=bool)
        return np.array([value is None for value in self.values], dtype=bool)


class Records(Sequence[Record]):
    """Rows of several columns; a row is made when it is asked for.

    Parameters
    ----------
    columns : at least one, all of the same length
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        # views that give plain Python numbers and texts, without a copy of the numbers
        self._cells: list[tuple[bool, Any]] = [
            (True, memoryview(np.ascontiguousarray(column.values).data))
            if column.is_numeric
            else (False, column.values)
            for column in self.columns
        ]

    @cached_property
    def named(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    def __len__(self) -> int:
        return len(self.columns[0].values)

    @overload
    def __getitem__(self, row: int) -> Record: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Record]: ...
    def __getitem__(self, row: int | slice) -> Record | Sequence[Record]:
        if isinstance(row, slice):
            return self.at(np.arange(*row.indices(len(self))))
        # nan is the one number that is not itself
        return tuple(
            None
            if numeric and (value := values[row]) != value
            else value
            if numeric
            else values[row]
            for numeric, values in self._cells
        )

    def __iter__(self) -> Iterator[Record]:
        step = max(BLOCK_CELLS // len(self.columns), 1)
        starts = range(0, len(self), step)
        return chain.from_iterable(self[start : start + step] for start in starts)

    def at(self, rows: NDArray[np.integer]) -> list[Record]:
        """Some rows, made a column at a time: a tenth of the time of one after the other."""
        cells = [_cells(column, rows) for column in self.columns]
        return list(zip(*cells, strict=True))

    @property
    def has_pictures(self) -> bool:
        """Whether a column holds pictures."""
        return any(column.kind == "image" for column in self.columns)

    def as_text(self, row: int) -> str:
        """A row as a person reads it: "Fresh 12,669 · Region Other"; its texts come first."""
        info: list[str] = []
        for column, value in zip(self._shown.columns, self._shown[row], strict=True):
            if value is None or column.kind in ("image", "vector"):
                continue
            shown = value_as_text(value, column.kind)
            info.append(shown if column.kind == "text" else f"{column.name} {shown}")
        if len(self.columns) > MAX_SHOWN:
            info.append(f"and {len(self.columns) - MAX_SHOWN:,} columns more")
        return JOINT.join(info)

    @cached_property
    def _shown(self) -> Records:
        """The columns that a person reads, texts first."""
        texts_first = sorted(self.columns, key=lambda column: column.kind != "text")
        return Records(texts_first[:MAX_SHOWN])


def _cells(column: Column, rows: NDArray[np.integer]) -> list[Any]:
    """The values of a column in some rows as plain Python values, None for a gap."""
    if not column.is_numeric:
        return [column.values[row] for row in rows.tolist()]
    some = np.asarray(column.values)[rows]
    cells: list[Any] = some.tolist()
    for gap in np.flatnonzero(np.isnan(some)).tolist():
        cells[gap] = None
    return cells


@dataclass(frozen=True, slots=True, eq=False)
class RecordTexts(Sequence[str | None]):
    """Records as a person reads them, made when asked for; None for a row without values."""

    records: Records

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, row: int) -> str | None: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str | None]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str | None] | None:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        return self.records.as_text(row) or None


def value_as_text(value: float | str, kind: str) -> str:
    """A value as a person reads it: 12,669 or 0.319, 2026-11-24, or the text itself."""
    if isinstance(value, str):
        return value
    if kind == "date":
        day = EPOCH + timedelta(days=float(value))
        clock = "" if value == int(value) else " %H:%M"
        return day.strftime(f"%Y-%m-%d{clock}")
    return number_as_text(float(value))


def number_as_text(value: float) -> str:
    """A number in as few digits as it takes: 12,669, 3.14, 0.000132."""
    size = abs(value)
    if value == int(value) and size < 1e15:
        return f"{int(value):,}"
    if 1e-4 <= size < 1e15:
        return f"{value:,.0f}" if size >= 1000 else f"{value:.3g}" if size < 100 else f"{value:.1f}"
    return f"{value:.3g}"
