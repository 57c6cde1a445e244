"""Sheets of Excel and OpenDocument, by calamine: the first table of a sheet, its cells as typed."""

from __future__ import annotations

import io
import math
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.packed import check_unpacked
from shoal.parts.readers.rows import column_of
from shoal.parts.readers.sheet_tables import SHOWN, Found, is_filled, table_of_sheet, written
from shoal.parts.readers.sniff import OLD_WORKBOOK
from shoal.parts.readers.table import Gather, Table, called, in_memory, table_of

PIECE_ROWS = 1 << 13


def read_sheet(
    source: Path | bytes,
    *,
    name: str = "",
    sheet: str | None = None,
    header: bool | None = None,
    footer: bool | None = None,
    known: Collection[str] = (),
    gather: Gather = in_memory,
) -> Table:
    """Read the first table of a sheet of a workbook: .xlsx, .xlsm, .xlsb, .xls or .ods.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    sheet : its name; the first visible one that holds a table, rather than a few lines, when None
    header : whether the first row of the table names the columns; None to find it out
    footer : whether there may be lines below the table, which are left out; None where only a
        table whose columns are not known yet may have some
    known : names of columns of a run to which rows are new
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
        cut = True if footer is None and not known else footer
        chosen, found = _table_in(book, sheet, header, name, footer=cut)
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


def _table_in(
    book: Any, wanted: str | None, header: bool | None, name: str, *, footer: bool | None
) -> tuple[str, Found]:
    """The name of the sheet that is read, and its table."""
    names = list(book.sheet_names)
    if wanted is not None:
        same = [n for n in names if n == wanted] or [
            n for n in names if n.lower() == wanted.lower()
        ]
        if not same:
            info = ", ".join(map(repr, names[:SHOWN])) or "none"
            raise BadInput(f"{name} has no sheet {wanted!r} (--sheet). Sheets: {info}.")
        found = table_of_sheet(book.get_sheet_by_name(same[0]), header, footer=footer)
        if found is None:
            raise BadInput(f"the sheet {same[0]!r} of {name} holds no table.")
        return same[0], found
    about = book.sheets_metadata
    shown = [entry.name for entry in about if str(entry.visible).endswith(".Visible")]
    shown = [entry.name for entry in about if entry.name in shown and "WorkSheet" in str(entry.typ)]
    small: tuple[str, Found] | None = None
    for chosen in sorted(names, key=lambda n: n not in shown):  # a stable sort: the visible first
        found = table_of_sheet(book.get_sheet_by_name(chosen), header, footer=footer)
        if found is None or (chosen not in shown and small is not None):
            continue
        if not found.is_small:
            return chosen, _beside(found, chosen, names)
        small = small or (chosen, found)
    if small is not None:
        return small[0], _beside(small[1], small[0], names)
    raise BadInput(f"{name} has no sheet with a table. It needs a header and rows.")


def _beside(found: Found, chosen: str, names: Sequence[str]) -> Found:
    """The table of a sheet with a sentence on the other sheets."""
    others = [name for name in names if name != chosen]
    if others:
        info = ", ".join(map(repr, others[:SHOWN]))
        found.notes.insert(
            0, f"reading the sheet {chosen!r}. Use --sheet NAME for another: {info}."
        )
    return found


def _column(cells: list[Any]) -> Any:
    """Cells as an Arrow column: of one kind typed, of several as text."""
    values = [cell if is_filled(cell) else None for cell in cells]
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
    return pa.array([None if v is None else written(v) for v in values], pa.large_string())
