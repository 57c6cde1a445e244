"""What stands between the rows of a table and is no row of it: headings, subtotals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.numerics.blocks import slices
from shoal.parts.readers.below import MAX_SUMMED, MIN_WIDTH, filled_in, is_odd
from shoal.parts.readers.cells import column_cells
from shoal.parts.readers.table import is_text
from shoal.parts.readers.values import numbers_of

MAX_HEADINGS = 0.34
"""Share of the rows that may be headings of the others."""
MIN_SUMS, SURE = 2, 0.7
"""Subtotals from which a table has some, and the share of rows called so that must be sums."""
ASKED = 1 << 16
"""Cells that are looked at together."""
ROUNDING = 0.006
"""How far a sum may be from that of its rounded addends, for each of them."""
TOTAL = (
    r"(?i)(?:^|[\W_])(?:(?:sub|grand)[- ]?)?(?:totals?|totale|totaal)(?:$|[\W_])"
    r"|(?:^|\W)(?:(?:zwischen|gesamt)?summe|gesamt|insgesamt|suma|soma|razem|summa|yhteens[aä]"
    r"|toplam|итого|всего)(?:$|\W)|合計|小計|总计|合计|小计|합계|소계"
)
"""What rows of sums are called."""


def rows_between(header: Sequence[str], rows: Sequence[Sequence[str]]) -> set[int]:
    """Places of rows that are the header again, or hold one heading or note for those below.

    Parameters
    ----------
    header : the names of the columns, as they are written; empty where nothing names them
    rows : the cells below it, as text
    """
    names = [name.strip() for name in header]
    out = {place for place, row in enumerate(rows) if any(names) and _bare(row) == names}
    alone = {place for place, row in enumerate(rows) if len(set(_bare(row)) - {""}) == 1} - out
    if len(names) < MIN_WIDTH or not alone or len(alone) > MAX_HEADINGS * len(rows):
        return out
    body = [row for place, row in enumerate(rows) if place not in alone | out]
    if not body or median(map(filled_in, body)) < MIN_WIDTH:
        return out
    columns = [column_cells(body, place) for place in range(len(names))]
    return out | {place for place in alone if is_odd(_once(rows[place]), columns)}


def _bare(row: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in row]


def _once(row: Sequence[str]) -> list[str]:
    """A row that says one thing, in its first cell."""
    return [next(filter(None, _bare(row))), *[""] * (len(row) - 1)]


def subtotals(columns: Any) -> list[int]:
    """Rows that are called totals and are the sums of the rows above them, in order.

    Parameters
    ----------
    columns : an Arrow table
    """
    n = len(columns)
    if not n or n > MAX_SUMMED:
        return []
    called = _are_called_totals(columns)
    places = np.nonzero(called)[0]
    if len(places) < MIN_SUMS or len(places) > n / 2:
        return []
    found = np.zeros((2, len(places)), dtype=int)
    for column in columns.itercolumns():
        values = _amounts(column, called)
        if values is not None:
            found += _are_sums(values, called, places)
    checked, told = found
    sums = places[(checked > 0) & (2 * told >= checked)]
    return sums.tolist() if len(sums) >= max(MIN_SUMS, SURE * len(places)) else []


def _are_called_totals(columns: Any) -> Any:
    """Whether a cell of each row is called a total, (n,).

    Columns are asked together, because Arrow compiles the expression for each array.
    """
    n, asked = len(columns), defaultdict(list)
    called = np.zeros(n, dtype=bool)
    for column in columns.itercolumns():
        if is_text(column.type) and not pa.types.is_dictionary(column.type):
            asked[column.type].append(column)
    for kind, texts in asked.items():
        for part in slices(len(texts), max(ASKED // n, 1)):
            chunks = [chunk for column in texts[part] for chunk in column.chunks]
            cells = pa.chunked_array(chunks, kind).combine_chunks()
            matched = pc.fill_null(pc.match_substring_regex(cells, TOTAL), False)
            called |= np.asarray(matched).reshape(-1, n).any(axis=0)
    return called


def _amounts(column: Any, called: Any) -> Any:
    """A column as numbers; None where its entries, but for those of sums, are none."""
    try:
        values, _, _ = numbers_of(column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    rows = values[~called]
    return values if len(rows) and np.isfinite(rows).mean() > 1 / 2 else None


def _are_sums(values: Any, called: Any, places: Any) -> Any:
    """Whether rows called sums have an amount, and it is that of the rows above; (2, n_places).

    Above are those since the last row called so, or all of them.
    """
    added = np.where(np.isnan(values) | called, 0.0, values)
    totals, sizes = np.cumsum(added)[places], np.cumsum(np.abs(added))[places]
    counts = np.cumsum(~called)[places]
    told = np.zeros(len(places), dtype=bool)
    for since in (np.r_[0, totals[:-1]], 0.0):
        room = 1e-9 * sizes + ROUNDING * np.sqrt(counts)
        told |= np.abs(totals - since - values[places]) <= room
    known = np.isfinite(values[places])
    return np.array([known, known & told], dtype=int)
