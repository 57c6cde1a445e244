"""Columns of records in the form in which near-duplicates are compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from shoal.data import IntArray
from shoal.data.records import DEEP, Column, Records
from shoal.numerics.arrays import AnyArray
from shoal.numerics.clusters import unit
from shoal.numerics.duplicates.edits import folded
from shoal.numerics.duplicates.small_changes import MIN_LOOKS, MIN_SPELLING, STEPS, ComparedColumn
from shoal.numerics.scaling import NORMAL, fit_scales
from shoal.parts.describers.looks import looks_of

ROUNDED = 9
"""Decimals, of the range of a column, to which its numbers are the same."""


def cells_of(records: Records, rows: IntArray) -> list[ComparedColumn]:
    """The columns of some records as they are compared, those that cost most last.

    Parameters
    ----------
    records : of the run
    rows : (n_distinct,) int32, those that are compared
    """
    columns = sorted(records.columns, key=lambda column: column.kind in DEEP)
    numeric = [column.values[rows] for column in columns if column.is_numeric]
    filled = [known for values in numeric if len(known := values[~np.isnan(values)])]
    widths = iter([s.width for s in fit_scales(filled, [False] * len(filled))])
    return [_cells(column, column.values[rows], widths) for column in columns]


def _cells(column: Column, values: AnyArray, widths: Iterator[float]) -> ComparedColumn:
    if column.is_numeric:
        middle = 1.0 if np.isnan(values).all() else next(widths) * NORMAL
        _, numbers = np.unique((values / middle).round(ROUNDED), return_inverse=True)
        same = np.where(np.isnan(values), -1, numbers).astype(np.int32)
        return ComparedColumn(same, "number", values, middle / STEPS)
    if column.kind == "text":
        same = _same(np.array([text and (folded(text) or text) for text in values], dtype=object))
        return ComparedColumn(
            same, "text", ["" if text is None else text for text in values], MIN_SPELLING
        )
    same = _same(values)
    if column.kind == "image":
        return ComparedColumn(same, "direction", looks_of(list(values)), MIN_LOOKS)
    if column.kind == "vector":
        width = max((len(value) for value in values if value is not None), default=0)
        full = [np.zeros(width) if value is None else value for value in values]
        return ComparedColumn(same, "direction", unit(np.array(full, dtype=np.float32)))
    return ComparedColumn(same, "category")


def _same(values: AnyArray) -> IntArray:
    """One number for each different text, picture or vector, -1 for a gap, (n,) int32."""
    seen: dict[Any, int] = {}
    keys = (value if value is None or isinstance(value, str) else bytes(value) for value in values)
    numbers = [-1 if key is None else seen.setdefault(key, len(seen)) for key in keys]
    return np.array(numbers, dtype=np.int32)
