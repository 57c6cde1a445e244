"""Tables of very many columns: what is asked of all cells at once instead of column by column.

A question to Arrow takes some 0.1 ms however few the rows are, so thirty of them for each of
10,000 columns take half a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray
from shoal.parts.readers import dates
from shoal.parts.readers.table import DECIMAL, WHOLE, exactly_typed
from shoal.parts.readers.values import SURELY_PLAIN, finite

MIN_COLUMNS = 100
"""Columns from which on they are asked together."""
MAX_CELLS = 1 << 20
"""Cells that are asked at once."""
Mask = NDArray[np.bool_]


class _Cells(NamedTuple):
    """The cells of some columns of texts, one column behind the other.

    Parameters
    ----------
    places : of the columns in the table
    texts : (n_columns * n_rows,)
    shape : n_columns, n_rows
    """

    places: list[int]
    texts: Any
    shape: tuple[int, int]

    def mask(self, found: Any) -> Mask:
        """What was found of each cell, (n_columns, n_rows); False for a null."""
        flat = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
        return np.asarray(flat, dtype=bool).reshape(self.shape)

    def match(self, pattern: str) -> Mask:
        """Whether a pattern is in each cell."""
        return self.mask(pc.match_substring_regex(self.texts, pattern))

    @property
    def empty(self) -> Mask:
        """Which cells are null or hold no sign."""
        return self.mask(pc.fill_null(pc.equal(self.texts, ""), True))


def _batches(columns: Any) -> Iterator[_Cells]:
    """Columns of texts, as many at once as `MAX_CELLS` allows; none of a table that is not wide."""
    n_rows = len(columns)
    at_once = MAX_CELLS // max(n_rows, 1)
    if columns.num_columns < MIN_COLUMNS or at_once < MIN_COLUMNS or not n_rows:
        return
    pairs = enumerate(columns.itercolumns())
    every = [(place, one) for place, one in pairs if pa.types.is_large_string(one.type)]
    for start in range(0, len(every), at_once):
        some = every[start : start + at_once]
        texts = pa.concat_arrays([chunk for _, column in some for chunk in column.chunks])
        yield _Cells([place for place, _ in some], texts, (len(some), n_rows))


def plain_numbers(columns: Any) -> dict[str, DoubleArray]:
    """The numbers of columns of texts that are surely numbers and no dates, by name.

    Parameters
    ----------
    columns : pyarrow table

    Returns
    -------
    Column -> (n_rows,) with nan for an empty cell, as `numbers_of` reads them; of a column that is
    not here nothing is known, nor of any where there are few columns
    """
    names: list[str] = columns.column_names
    found: dict[str, DoubleArray] = {}
    step = dates.sampled_step(len(columns))
    for cells in _batches(columns):
        plain, able = cells.match(SURELY_PLAIN), cells.match(dates.NAMED_ABLE)
        sure = (plain | cells.empty).all(axis=1) & plain.any(axis=1)
        known = plain[:, ::step].sum(axis=1)
        sure &= able[:, ::step].sum(axis=1) < dates.MIN_ABLE * known
        numbers = pa.array(plain.ravel())
        texts = pc.if_else(numbers, cells.texts, pa.scalar(None, cells.texts.type))
        values = finite(pc.cast(texts, pa.float64())).reshape(cells.shape)
        found |= {names[cells.places[row]]: values[row] for row in np.nonzero(sure)[0]}
    return found


def all_exactly_typed(columns: Any) -> list[Any]:
    """Each column of a table as `exactly_typed` makes it."""
    out: list[Any] = list(columns.itercolumns())
    left = set(range(len(out)))
    for cells in _batches(columns):
        left -= set(cells.places)
        empty = cells.empty
        gaps = np.asarray(empty.any(axis=1))
        filled = np.asarray(~empty.all(axis=1))
        for form, kind in ((WHOLE, pa.int64()), (DECIMAL, pa.float64())):
            fits = (cells.match(form) | empty).all(axis=1) & filled
            filled &= ~fits
            for row in np.nonzero(fits)[0]:
                place = cells.places[row]
                out[place] = exactly_typed(out[place]) if gaps[row] else pc.cast(out[place], kind)
    for place in left:
        out[place] = exactly_typed(out[place])
    return out
