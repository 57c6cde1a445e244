"""What stands below a table and is no row of it: notes, sources, another table, a sum."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.parts.readers.cells import column_cells, is_typed
from shoal.parts.readers.table import is_numeric, is_text
from shoal.parts.readers.values import MAX_STRAYS, numbers_of

TAIL_ROWS = 30
"""Last rows that are looked at."""
MIN_WIDTH, MIN_ROWS = 3, 8
"""Columns and rows of a table from which lines below it can be told from its rows; of one of two
columns, those that begin with words where others begin with amounts."""
MAX_THIN = 0.02
"""Share of the rows of a table that may have hardly a cell filled."""
MIN_ADDENDS = 5
"""Amounts, beside zeros, that a sum is made of."""
SAMPLE_ROWS = 40
"""Rows of which a last amount must be at least the sum, before all are added up."""
MAX_OTHERS = 5
"""Columns of amounts after which one of sums is looked for no longer."""
UNNAMED = "without a name"
"""What a row of sums is called that has none."""
MAX_SUMMED = 100_000
"""Rows up to which it is seen whether the last one is the sum of the others."""


def n_below(
    rows: Sequence[Sequence[str]], tail: Sequence[Sequence[str]], gaps: Collection[int]
) -> int:
    """How many of the last lines are below a table, and no rows of it.

    They have hardly a cell filled, which its rows have not, and stand below an empty line, or begin
    with something else than the rows do.

    Parameters
    ----------
    rows : the first rows below the header
    tail : the last rows, which may be some of the first
    gaps : places in the tail that an empty line stands above
    """
    width = median(map(len, rows)) if rows else 0
    if width < MIN_WIDTH - 1 or len(rows) < MIN_ROWS:
        return 0
    body = rows[: max(len(rows) - len(tail), len(rows) // 2)]
    most = max(median(map(filled_in, body)) / 2, 1)
    if sum(0 < filled_in(row) <= most for row in body) > MAX_THIN * len(body):
        return 0
    first = len(tail)
    while first and filled_in(tail[first - 1]) <= most:
        first -= 1
    thin = range(first, len(tail))
    parted = min((place for place in thin if place in gaps), default=None)
    columns = [column_cells(body, place) for place in range(int(width))]
    odd = (place for place in thin if is_odd(tail[place], columns))
    begin = parted if parted is not None else next(odd, None)
    if width < MIN_WIDTH and not (begin is not None and is_typed(columns[0])):
        return 0
    if begin is None or len(thin) == len(tail) or not any(map(filled_in, tail[begin:])):
        return 0
    while begin > first and not filled_in(tail[begin - 1]):
        begin -= 1
    return len(tail) - begin


def is_odd(row: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether a row holds one note, as no other begins, or words where others have amounts."""
    words = any(
        cell.strip() and is_typed(column) and not is_typed([cell])
        for cell, column in zip(row, columns, strict=False)
    )
    alone = filled_in(row) == 1 or len(row) < len(columns)
    return words or (alone and _begins_otherwise(row, columns[0]))


def filled_in(row: Sequence[str]) -> int:
    """How many cells of a row hold something."""
    return sum(bool(cell.strip()) for cell in row)


def _begins_otherwise(row: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the first cell of a row is nothing that the first cells of other rows are."""
    cell = next((cell.strip() for cell in row if cell.strip()), "")
    if not cell or not cells or cell in cells:
        return False
    longest, most = max(map(len, cells)), max(len(one.split()) for one in cells)
    if len(cell) > longest and len(cell.split()) > most:
        return True
    return re.match(r"[^\W\d]+\s?:\s|[*\u2020\u00b9\u00b2(\[]", cell) is not None and not any(
        one[0] == cell[0] for one in cells
    )


def sum_at_end(columns: Any) -> str | None:
    """What the last row of a table is called if it is the sum of the others; None if it is not.

    One without a name is blank where the others have words, and has nothing but sums.

    Parameters
    ----------
    columns : an Arrow table
    """
    n = len(columns)
    if not MIN_ROWS <= n - 1 <= MAX_SUMMED:
        return None
    label, summed, other, blank = "", 0, 0, False
    # words first: where none of them is a name of the row, no amount needs to be added up
    for column in sorted(columns.itercolumns(), key=lambda one: _rank(one[n - 1].as_py())):
        last = column[n - 1].as_py()
        if last is None or (isinstance(last, str) and not last.strip()):
            blank = blank or (is_text(column.type) and bool(column[0].as_py()))
            continue
        told = _is_sum(column, last)
        if told is None:
            others = column.slice(0, n - 1)
            if not is_text(column.type) or pc.any(pc.equal(others, last)).as_py():
                return None
            label = label or str(last).strip()
            continue
        summed, other = summed + told, other + (not told)
        if not label and (other or not blank):
            return None
        if other > MAX_OTHERS and not summed:
            return None
    return (label or UNNAMED) if summed else None


def _rank(cell: Any) -> int:
    """Blank cells first, then words, then amounts."""
    blank = cell is None or (isinstance(cell, str) and not cell.strip())
    return 0 if blank else 1 + _is_amount(cell)


def _is_amount(cell: Any) -> bool:
    return not isinstance(cell, str) or re.search(r"\d", cell) is not None


def _is_sum(column: Any, last: Any) -> bool | None:
    """Whether a last amount is the sum of the others; None where it is no amount."""
    if not is_numeric(column.type) and not (is_text(column.type) and _is_amount(last)):
        return None
    n = len(column)
    some = column.take(pa.array([*range(0, n - 1, max(n // SAMPLE_ROWS, 1)), n - 1]))
    values, _, strays = numbers_of(some)
    known = values[:-1][~np.isnan(values[:-1])]
    if np.isnan(values[-1]) or strays > MAX_STRAYS * (len(known) + 1):
        return None
    # to read all amounts takes long, and few last ones are beyond those of a sample
    if abs(values[-1]) < 0.9 * abs(known.sum()) or not known.any():
        return False
    values = numbers_of(column)[0]
    known = values[:-1][~np.isnan(values[:-1])]
    if np.isnan(values[-1]) or np.count_nonzero(known) < MIN_ADDENDS or len(set(known)) < 2:
        return False
    # each of the amounts may have been rounded where the sum was not
    rounding = 1e-9 * np.abs(known).sum()
    if (known != np.floor(known)).any():
        rounding += 0.005 * np.sqrt(len(known))
    return bool(abs(known.sum() - values[-1]) <= rounding)
