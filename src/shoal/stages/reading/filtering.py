"""Filter rows by a condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.sql import passing
from shoal.parts.readers.table import Gather, Table

PIECE_ROWS = 1 << 16


def keep_where(table: Table, condition: str, gather: Gather) -> Table:
    """Return the rows of a table that match a condition, with their numbers in the source.

    Parameters
    ----------
    table : what was read
    condition : one expression of SQL
    gather : takes the rows, some thousand at a time

    Raises
    ------
    BadInput : if it is no condition, or holds for no row
    """
    n = len(table.columns)
    rows = passing(table.columns, condition, raw=table.raw)
    if not len(rows):
        raise BadInput(
            f"none of the {n:,} rows matches --where {condition!r}. Change the condition."
        )
    problems = {}
    for row, why in table.problems.items():
        place = int(np.searchsorted(rows, row))
        if place < len(rows) and rows[place] == row:
            problems[place] = why
    return replace(
        table,
        columns=gather(_pieces(table.columns, rows)),
        problems=problems,
        numbers=rows,
        n_source=n,
        notes=(
            *table.notes,
            (f"{n - len(rows):,} of {n:,} rows do not match --where {condition!r}."),
        ),
    )


def _pieces(columns: Any, rows: np.ndarray[Any, np.dtype[np.int64]]) -> Iterator[Any]:
    """The rows of some numbers, ascending, a piece of the table after the other."""
    for start in range(0, len(columns), PIECE_ROWS):
        first, end = np.searchsorted(rows, (start, start + PIECE_ROWS))
        if first < end:
            yield columns.slice(start, PIECE_ROWS).take(pa.array(rows[first:end] - start))
