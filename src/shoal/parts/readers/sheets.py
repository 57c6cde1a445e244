"""Sheets of Excel and OpenDocument, by calamine: the first table of a sheet, its cells as typed."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.headers import has_header
from shoal.parts.readers.packed import check_unpacked
from shoal.parts.readers.rows import column_of
from shoal.parts.readers.sniff import OLD_WORKBOOK
from shoal.parts.readers.table import Gather, Table, called, in_memory, table_of

LOOKED_AT = 200
"""Rows in which the table is looked for."""
WIDE_ENOUGH = 0.6
"""Share of a table's usual number of cells that its header has."""
SHOWN = 8
PIECE_ROWS = 1 << 13
Row = list[Any]


@dataclass(slots=True)
class _Found:
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


def read_sheet(
    source: Path | bytes,
    *,
    name: str = "",
    sheet: str | None = None,
    header: bool | None = None,
    gather: Gather = in_memory,
) -> Table:
    """Read the first table of a sheet of a workbook: .xlsx, .xlsm, .xlsb, .xls or .ods.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    sheet : its name; the first visible one that holds a table when None
    header : whether the first row of the table names the columns; None to find it out
    gather : takes the rows, some thousand at a time

    Returns
    -------
    Table whose numbers, dates and flags are typed; a column of several kinds is text

    Raises
    ------
    BadInput : if the workbook is damaged, protected, or has no such sheet or no table
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    name = called(source, name)
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        packed = file.read(4) != OLD_WORKBOOK
    if packed:
        check_unpacked(source, name)
    try:
        book = CalamineWorkbook.from_object(
            io.BytesIO(source) if isinstance(source, bytes) else str(source)
        )
        chosen, found = _table_in(book, sheet, header, name)
    except PasswordError as error:
        raise BadInput(f"{name} is password-protected. Save it without a password.") from error
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        why = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        raise BadInput(f"{name} is not a readable workbook: {why}. Save it again.") from error
    columns = [_column([row[place] for row in found.rows]) for place in range(len(found.names))]
    table, renamed = table_of(found.names, columns)
    pieces = (table.slice(at, PIECE_ROWS) for at in range(0, len(table), PIECE_ROWS))
    notes = (*(f"{name}: {note}" for note in found.notes), *renamed)
    return Table(gather(pieces), "excel", notes=notes, choices={"sheet": chosen})


def _table_in(book: Any, wanted: str | None, header: bool | None, name: str) -> tuple[str, _Found]:
    """The name of the sheet that is read, and its table."""
    names = list(book.sheet_names)
    if wanted is not None:
        same = [n for n in names if n == wanted] or [
            n for n in names if n.lower() == wanted.lower()
        ]
        if not same:
            info = ", ".join(map(repr, names[:SHOWN])) or "none"
            raise BadInput(f"{name} has no sheet {wanted!r} (--sheet). Sheets: {info}.")
        found = _table_of(book.get_sheet_by_name(same[0]), header)
        if found is None:
            raise BadInput(f"the sheet {same[0]!r} of {name} holds no table.")
        return same[0], found
    hidden = {entry.name for entry in book.sheets_metadata if "Visible" not in str(entry.visible)}
    hidden |= {entry.name for entry in book.sheets_metadata if "WorkSheet" not in str(entry.typ)}
    for chosen in sorted(names, key=lambda n: n in hidden):  # a stable sort: the visible first
        found = _table_of(book.get_sheet_by_name(chosen), header)
        if found is not None:
            others = [n for n in names if n != chosen]
            if others:
                info = ", ".join(map(repr, others[:SHOWN]))
                found.notes.insert(
                    0, f"reading the sheet {chosen!r}. Use --sheet NAME for another: {info}."
                )
            return chosen, found
    raise BadInput(f"{name} has no sheet with a table. It needs a header and rows.")


def _table_of(sheet: Any, header: bool | None) -> _Found | None:
    """The first table of a sheet; None where there is none."""
    rows: list[Row] = sheet.to_python(skip_empty_area=False)
    merged = [range_ for range_ in (sheet.merged_cell_ranges or ()) if range_[0][0] < len(rows)]
    top = _top_of(rows)
    if top is None:
        return None
    notes = [f"the {_lines(top)} above the table were left out."] if top else []
    filled_down = _spread(rows, merged, top)
    if filled_down:
        notes.append(f"{filled_down:,} merged cells were copied to every row they span.")
    body = rows[top:]
    heads = _header_rows(body, merged, top) if header is None else int(header)
    width = _width_of(body[heads : heads + LOOKED_AT] or body)
    below, left_out = _whole(body[heads:], width)
    if not below:
        return None
    if left_out:
        notes.append(f"{_lines(left_out)} below the table were left out.")
    places = _places(body[:heads] + below)
    if heads:
        upper = [[row[place] for place in places] for row in body[:heads]]
        names = _names(upper, carried=not merged)
    else:
        names = [f"column_{number}" for number in range(1, len(places) + 1)]
        notes.append(f"the sheet has no header; its columns are called {', '.join(names[:SHOWN])}.")
    return _Found(names, [[row[place] for place in places] for row in below], notes)


def _lines(n: int) -> str:
    return f"{n:,} line{'s' * (n > 1)}"


def _is_filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _count(row: Row) -> int:
    return sum(map(_is_filled, row))


def _width_of(rows: Sequence[Row]) -> int:
    """How many cells most rows have: the widest number that at least a fifth of them reach."""
    counts = sorted((n for n in map(_count, rows[:LOOKED_AT]) if n), reverse=True)
    return counts[len(counts) // 5] if counts else 0


def _top_of(rows: Sequence[Row]) -> int | None:
    """The first row of the table: as wide as it nearly, and followed by such rows."""
    width = _width_of(rows)
    if not width:
        return None
    least = max(WIDE_ENOUGH * width, min(width, 2))
    wide = [place for place, row in enumerate(rows[:LOOKED_AT]) if _count(row) >= least]
    top = wide[0]
    # a first line of two that is merged over groups of columns has gaps
    while (
        top
        and 2 <= _count(rows[top - 1])
        and all(isinstance(cell, str) for cell in rows[top - 1] if _is_filled(cell))
    ):
        top -= 1
    return top if len(rows) > 1 or width > 1 else None


def _spread(rows: list[Row], merged: Sequence[Any], top: int) -> int:
    """Write what a merged cell holds into all it covers; how many cells below the header."""
    n_filled = 0
    for (row, column), (last_row, last_column) in merged:
        if row < top or column >= len(rows[row]):
            continue
        value = rows[row][column]
        for at in range(row, min(last_row, len(rows) - 1) + 1):
            for place in range(column, min(last_column, len(rows[at]) - 1) + 1):
                if not _is_filled(rows[at][place]) and _is_filled(value):
                    rows[at][place] = value
                    n_filled += at > row
    return n_filled


def _header_rows(body: Sequence[Row], merged: Sequence[Any], top: int) -> int:
    """How many rows at the top name the columns: none, one or two."""
    if len(body) < 2:
        return 0
    over = any(
        row == top and last_row == top and last_column > column
        for (row, column), (last_row, last_column) in merged
    )
    width = _width_of(body)
    gaps = _count(body[0]) < WIDE_ENOUGH * width
    texts = all(isinstance(cell, str) for cell in body[1] if _is_filled(cell))
    if (over or gaps) and texts and len(body) > 2:
        return 2
    return int(_names_columns(body))


def _names_columns(body: Sequence[Row]) -> bool:
    """Whether the first row names the columns."""
    first = body[0]
    cells = [cell for cell in first if _is_filled(cell)]
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
        if _is_filled(cell) and place < len(row)
    )
    if typed and len(set(texts)) == len(texts):
        return True
    return has_header([[_written(cell) for cell in row] for row in body[: 1 + LOOKED_AT]])


def _years(body: Sequence[Row]) -> bool:
    """Whether numbers or dates in the first row are names, as in store, 2019, 2020, 2021."""
    first = [cell for cell in body[0] if _is_filled(cell)]
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
        kinds = {type(row[place]) for row in some if place < len(row) and _is_filled(row[place])}
        numbers = bool(kinds) and kinds <= {int, float, bool, datetime, date}
        if numbers and isinstance(cell, str) and cell.strip():
            return False  # a header, of another table
    return True


def _places(rows: Sequence[Row]) -> list[int]:
    """The columns in which anything stands."""
    width = max(map(len, rows), default=0)
    for row in rows:
        row.extend([""] * (width - len(row)))
    return [place for place in range(width) if any(_is_filled(row[place]) for row in rows)]


def _names(rows: Sequence[Row], *, carried: bool) -> list[str]:
    """Names of the columns from one row or two.

    Parameters
    ----------
    rows : the header
    carried : whether a first name goes for all columns up to the next, as where nobody knows which
        cells are merged
    """
    info = [[_written(cell) for cell in row] for row in rows]
    if len(info) == 1:
        return info[0]
    names, above = [], ""
    for upper, lower in zip(*info, strict=True):
        above = upper or (above if carried else "")
        names.append(lower if not above or above == lower else f"{above} {lower}".strip())
    return names


def _written(cell: Any) -> str:
    """A cell as text."""
    if not _is_filled(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.strip() if isinstance(cell, str) else str(cell)


def _column(cells: list[Any]) -> Any:
    """Cells as an Arrow column: of one kind typed, of several as text."""
    values = [cell if _is_filled(cell) else None for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        if all(v is None or (math.isfinite(v) and v == int(v) and abs(v) < 2**53) for v in values):
            return pa.array([None if v is None else int(v) for v in values], pa.int64())
        return pa.array(values, pa.float64())
    if kinds == {date}:
        return pa.array(values, pa.date32())
    if kinds <= {date, datetime}:
        whole = [
            v if v is None or isinstance(v, datetime) else datetime.combine(v, time())
            for v in values
        ]
        return pa.array(whole, pa.timestamp("us"))
    if len(kinds) == 1:
        return column_of(values)
    return pa.array([None if v is None else _written(v) for v in values], pa.large_string())
