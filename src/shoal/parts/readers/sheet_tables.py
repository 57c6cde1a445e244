"""The table of a sheet: where it begins, which lines name its columns, and what is beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from shoal.parts.readers.below import TAIL_ROWS, n_below
from shoal.parts.readers.between import rows_between
from shoal.parts.readers.cells import is_number
from shoal.parts.readers.headers import MAX_ABOVE, has_header, is_second_line

LOOKED_AT = 200
"""Rows in which the table is looked for."""
WIDE_ENOUGH = 0.6
"""Share of a table's usual number of cells that its header has."""
MIN_ROWS, MIN_TEXTS = 5, 20
"""Rows from which a table, and one of a column of words or of two, is looked no further than."""
MAX_BESIDE = 0.2
"""Share of the rows that a column behind a blank one may fill and still be no part of the table."""
NOTE_LENGTH = 40
"""Characters of a merged cell from which it is a note and no value of all the columns it covers."""
MAX_GROUPS = 3
"""Most lines that name groups of columns."""
SHOWN = 8
Row = list[Any]


@dataclass(slots=True)
class Found:
    """The table of a sheet.

    Parameters
    ----------
    names : of its columns
    rows : the cells below them, of one length
    notes : sentences about what was left out
    """

    names: list[str]
    rows: list[Row]
    notes: list[str] = field(default_factory=list)

    @property
    def is_small(self) -> bool:
        """Whether it is no more than a few lines, as on a sheet that says what the others hold."""
        cells = [cell for row in self.rows for cell in row if is_filled(cell)]
        worded = 4 * sum(isinstance(cell, str) for cell in cells) >= 3 * len(cells)
        words = len(self.names) == 1 or (len(self.names) == 2 and worded)
        return len(self.rows) < (MIN_TEXTS if words else MIN_ROWS)


def table_of_sheet(sheet: Any, header: bool | None, *, footer: bool | None) -> Found | None:
    """The first table of a sheet; None where there is none.

    Parameters
    ----------
    sheet : as of calamine
    header : whether the first row of the table names the columns; None to find it out
    footer : whether lines below the table are left out; None for only those below an empty line
    """
    rows: list[Row] = sheet.to_python(skip_empty_area=False)
    merged = [range_ for range_ in (sheet.merged_cell_ranges or ()) if range_[0][0] < len(rows)]
    top = _top_of(rows, merged)
    if top is None:
        return None
    notes = [f"{_left(top, 'line')} out above the table."] if top else []
    filled_down = _spread(rows, merged, top)
    if filled_down:
        notes.append(f"{filled_down:,} merged cells were copied to every row they span.")
    body = rows[top:]
    heads = _header_rows(body, merged, top) if header is None else int(header)
    width = _width_of(body[heads : heads + LOOKED_AT] or body)
    if len(body) == 1 and header is None and _is_bare_header(body[0]):
        return None
    below, left_out = (body[heads:], 0) if footer is False else _whole(body[heads:], width)
    if not below:
        return None
    places, n_beside = _places(body[:heads], below)
    below = [[row[place] for place in places] for row in below]
    n_odd = _n_below(below) if footer else 0
    below = below[: len(below) - n_odd]
    between = _between(body[:heads], places, below) if footer else set()
    if between:
        below, said = _without(below, between)
        notes.append(said)
    if left_out + n_odd:
        told = "Use --set read.footer=false to keep what is below it."
        notes.append(f"{_left(left_out + n_odd, 'line')} out below the table. {told}")
    if n_beside:
        notes.append(f"{_left(n_beside, 'column')} out beside the table, behind a blank one.")
    if heads:
        upper = [[row[place] for place in places] for row in body[:heads]]
        names = _names(upper, carried=not merged)
    else:
        names = [f"column_{number}" for number in range(1, len(places) + 1)]
        notes.append(f"the sheet has no header; its columns are called {', '.join(names[:SHOWN])}.")
    return Found(names, below, notes)


def _is_bare_header(row: Row) -> bool:
    """Whether the only row of a sheet is nothing but names, as in a form that nobody has filled."""
    cells = [cell for cell in row if is_filled(cell)]
    names = {cell for cell in cells if isinstance(cell, str) and not is_number(cell)}
    return len(names) == len(cells) > 1


def _between(heads: Sequence[Row], places: Sequence[int], rows: Sequence[Row]) -> set[int]:
    """Which rows of the table are headings, or the header again."""
    names = [written(heads[-1][place]) for place in places] if heads else [""] * len(places)
    return rows_between(names, [[written(cell) for cell in row] for row in rows])


def _without(rows: Sequence[Row], odd: Collection[int]) -> tuple[list[Row], str]:
    """Rows without some, and a sentence on those."""
    first = next(filter(None, map(written, rows[min(odd)])))
    told = "Use --set read.footer=false to keep all rows."
    said = f"{_left(len(odd), 'line')} out between the rows ({first[:NOTE_LENGTH]!r}). {told}"
    return [row for place, row in enumerate(rows) if place not in odd], said


def _n_below(rows: Sequence[Row]) -> int:
    """How many of the last rows are no rows of the table."""
    first = [[written(cell) for cell in row] for row in rows[:LOOKED_AT]]
    last = [[written(cell) for cell in row] for row in rows[-TAIL_ROWS:]]
    return n_below(first, last, ())


def _left(n: int, what: str) -> str:
    return f"{n:,} {what}{'s were' if n > 1 else ' was'} left"


def is_filled(cell: Any) -> bool:
    """Whether anything is to be seen in a cell."""
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _count(row: Row) -> int:
    return sum(map(is_filled, row))


def _width_of(rows: Sequence[Row]) -> int:
    """How many cells most rows have: the widest number that at least a fifth of them reach."""
    counts = sorted((n for n in map(_count, rows[:LOOKED_AT]) if n), reverse=True)
    return counts[len(counts) // 5] if counts else 0


def _top_of(rows: Sequence[Row], merged: Sequence[Any]) -> int | None:
    """The first row of the table: as wide as it nearly, and followed by such rows."""
    width = _width_of(rows)
    if not width:
        return None
    least = max(WIDE_ENOUGH * width, min(width, 2))
    wide = [place for place, row in enumerate(rows[:LOOKED_AT]) if _count(row) >= least]
    top = wide[0]
    for later in wide[1 : MAX_ABOVE + 1]:
        # notes above a table may be as wide as it, but what follows them is not
        if later == top + 1 or not _are_notes(rows[top:later]) or not _names_columns(rows[later:]):
            break
        top = later
    wanted = max(top - MAX_GROUPS, 0)
    while top > wanted and _names_groups(rows, top - 1, merged):
        top -= 1
    return top if len(rows) > 1 or width > 1 else None


def _are_notes(rows: Sequence[Row]) -> bool:
    """Whether rows hold nothing but words."""
    return all(isinstance(cell, str) for row in rows for cell in row if is_filled(cell))


def _names_groups(rows: Sequence[Row], place: int, merged: Sequence[Any]) -> bool:
    """Whether a row names groups of the columns that the next one names.

    A name stands over several columns, or the columns have the same names in each group.
    """
    upper, lower = rows[place], rows[place + 1]
    told = [cell for cell in upper if is_filled(cell)]
    if len(told) < 2 or not all(isinstance(cell, str) for cell in told):
        return False
    below = [cell for cell in lower if is_filled(cell)]
    return _is_merged_over(place, merged) or len(set(map(str, below))) < len(below)


def _is_merged_over(row: int, merged: Sequence[Any]) -> bool:
    """Whether a cell of a row goes for several columns."""
    return any(
        first == row and last == row and last_column > column
        for (first, column), (last, last_column) in merged
    )


def _spread(rows: list[Row], merged: Sequence[Any], top: int) -> int:
    """Write what a merged cell holds into all it covers; how many cells below the header."""
    n_filled = 0
    for (row, column), (last_row, last_column) in merged:
        if row < top or column >= len(rows[row]):
            continue
        value = rows[row][column]
        wide = last_column - column >= len(rows[row]) / 2
        if row > top + MAX_GROUPS and (wide or len(str(value)) > NOTE_LENGTH):
            last_column = column  # a note below the table
        for at in range(row, min(last_row, len(rows) - 1) + 1):
            for place in range(column, min(last_column, len(rows[at]) - 1) + 1):
                if not is_filled(rows[at][place]) and is_filled(value):
                    rows[at][place] = value
                    n_filled += at > row
    return n_filled


def _header_rows(body: Sequence[Row], merged: Sequence[Any], top: int) -> int:
    """How many rows at the top name the columns: none, one, or some with groups or units."""
    if len(body) < 2:
        return 0
    width = _width_of(body)
    over = 0
    while over < min(MAX_GROUPS, len(body) - 2):
        gaps = over == 0 and _count(body[0]) < WIDE_ENOUGH * width
        texts = all(isinstance(cell, str) for cell in body[over + 1] if is_filled(cell))
        texts = texts or _years(body[over + 1 :])
        if not texts or not (gaps or _is_merged_over(top + over, merged)):
            break
        over += 1
    heads = over + 1 if over else int(_names_columns(body))
    if not heads:
        return 0
    some = [[written(cell) for cell in row] for row in body[heads - 1 : heads + LOOKED_AT]]
    return heads + is_second_line(some)


def _names_columns(body: Sequence[Row]) -> bool:
    """Whether the first row names the columns."""
    first = body[0]
    cells = [cell for cell in first if is_filled(cell)]
    if any(isinstance(cell, bool | date | time | timedelta) for cell in cells):
        return all(not isinstance(c, bool) for c in cells) and _years(body)
    texts = [cell for cell in cells if isinstance(cell, str)]
    if len(texts) < len(cells):
        return _years(body)
    below = body[1 : 1 + LOOKED_AT]
    typed = any(
        isinstance(row[place], int | float | date)
        for row in below
        for place, cell in enumerate(first)
        if is_filled(cell) and place < len(row)
    )
    if typed and len(set(texts)) == len(texts):
        return True
    return has_header([[written(cell) for cell in row] for row in body[: 1 + LOOKED_AT]])


def _years(body: Sequence[Row]) -> bool:
    """Whether numbers or dates in the first row are names, as in store, 2019, 2020, 2021."""
    first = [cell for cell in body[0] if is_filled(cell)]
    others = [cell for cell in first if not isinstance(cell, str)]
    if not isinstance(body[0][0] if body[0] else None, str) or len(set(map(str, others))) < len(
        others
    ):
        return False
    if all(isinstance(cell, date) for cell in others):
        return not any(isinstance(cell, date) for row in body[1:LOOKED_AT] for cell in row)
    whole = [cell for cell in others if isinstance(cell, int | float) and cell == int(cell)]
    steps = {round(b - a, 9) for a, b in pairwise(whole)}
    return len(whole) == len(others) >= 2 and steps <= {1.0}


def _whole(rows: list[Row], width: int) -> tuple[list[Row], int]:
    """The rows of the table, without those below an empty line that are not like them.

    Returns
    -------
    The rows, and how many lines with something in them were left out
    """
    out: list[Row] = []
    block: list[Row] = []
    for place, row in enumerate([*rows, []]):
        if _count(row):
            block.append(row)
            continue
        if block and out and not _continues(out, block, width):
            left = sum(bool(_count(r)) for r in rows[place - len(block) :])
            return out, left
        out += block
        block = []
    return out, 0


def _continues(above: Sequence[Row], block: Sequence[Row], width: int) -> bool:
    """Whether rows after an empty line go on with the table above."""
    if _count(block[0]) < WIDE_ENOUGH * width:
        return False
    some = above[:LOOKED_AT]
    for place, cell in enumerate(block[0]):
        kinds = {type(row[place]) for row in some if place < len(row) and is_filled(row[place])}
        numbers = bool(kinds) and kinds <= {int, float, bool, datetime, date}
        if numbers and isinstance(cell, str) and cell.strip():
            return False  # a header, of another table
    return True


def _places(heads: Sequence[Row], rows: Sequence[Row]) -> tuple[list[int], int]:
    """The columns of the table, and how many others there are beside it.

    What stands behind a blank column and is in a few rows only is no part of the table: a legend, a
    note, or another table.
    """
    width = max(map(len, (*heads, *rows)), default=0)
    for row in (*heads, *rows):
        row.extend([""] * (width - len(row)))
    filled = [place for place in range(width) if any(is_filled(r[place]) for r in (*heads, *rows))]
    blocks: list[list[int]] = []
    for place in filled:
        if not blocks or place > blocks[-1][-1] + 1:
            blocks.append([])
        blocks[-1].append(place)
    kept: list[int] = []
    for block in blocks:
        named = all(any(is_filled(row[place]) for row in heads) for place in block) and heads
        told = [place for place, row in enumerate(rows) if any(is_filled(row[c]) for c in block)]
        few = len(told) <= MAX_BESIDE * len(rows)
        # a column that is rarely filled has its values anywhere, another table has them on top
        other = few and len(block) > 1 and kept and told == list(range(len(told)))
        if not few or (named and not other):
            kept += block
    return (kept, len(filled) - len(kept)) if kept else (filled, 0)


def _names(rows: Sequence[Row], *, carried: bool) -> list[str]:
    """Names of the columns from one row or several.

    Parameters
    ----------
    rows : the header
    carried : whether a name of a group goes for all columns up to the next, as where nobody knows
        which cells are merged
    """
    lines = [[written(cell) for cell in row] for row in rows]
    if carried:
        for line in lines[:-1]:
            for place in range(1, len(line)):
                line[place] = line[place] or line[place - 1]
    return [" ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*lines, strict=True)]


def written(cell: Any) -> str:
    """A cell as text."""
    if not is_filled(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.strip() if isinstance(cell, str) else str(cell)
