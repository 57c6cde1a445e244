"""Tables in HTML and XML: what web applications call .xls, XML spreadsheets, XML of records."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from shoal.errors import BadInput
from shoal.parts.readers.decoding import opened, text_file
from shoal.parts.readers.delimited import read_delimited
from shoal.parts.readers.lines import read_lines
from shoal.parts.readers.table import Gather, Table, called, in_memory

SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
MAX_SPAN = 1000
"""Columns that one cell may cover."""
MIN_RECORDS = 2
Rows = list[list[str]]


def read_markup(
    source: Path | bytes,
    *,
    name: str = "",
    header: bool | None = None,
    footer: bool | None = None,
    known: Collection[str] = (),
    gather: Gather = in_memory,
) -> Table:
    """Read the largest table of an HTML page, an XML spreadsheet, or the records of an XML file.

    Parameters
    ----------
    source : the file or its bytes
    name, header, footer, known, gather : as of `read_delimited`

    Returns
    -------
    Table of text columns; XML without records is read as one text a line

    Raises
    ------
    BadInput : if there is no table in what is named a workbook
    """
    name = called(source, name)
    text = text_file(source, name)
    if text.head(1 << 16).lstrip("\ufeff \t\r\n")[:2] in ("<?", "<!") or name.endswith(".xml"):
        rows, note = _of_xml(source, name)
        if rows is None and not re.search(r"(?i)<table[\s>]", text.head(1 << 16)):
            return read_lines(source, name=name, gather=gather)
    else:
        rows = None
    if rows is None:
        rows, note = _largest_table("".join(text.pieces()), name)
    table = read_delimited(
        _as_csv(rows), name=name, delimiter=",", header=header, footer=footer, known=known,
        gather=gather,
    )  # fmt: skip
    return replace(table, notes=(f"{name}: {note}", *table.notes))


def _as_csv(rows: Rows) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


class _Tables(HTMLParser):
    """Collects the tables of a page, those within others apart."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Rows] = []
        self._open: list[Rows] = []
        self._cell: list[str] | None = None
        self._covered: dict[tuple[int, int], str] = {}
        self._spans = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_cell()
            self._open.append([])
            self.tables.append(self._open[-1])
            self._covered = {}
        elif tag == "tr" and self._open:
            self._end_cell()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open:
            self._end_cell()
            told = {key: value or "" for key, value in attrs}
            across, down = (_span(told.get(key, "")) for key in ("colspan", "rowspan"))
            self._spans, self._cell = (across, down), []
        elif tag in ("br", "p", "div", "li") and self._cell:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end_cell(self) -> None:
        """Write the open cell into its row, and into the cells that it covers."""
        if self._cell is None:
            return
        rows = self._open[-1]
        rows[:] = rows or [[]]
        text, (across, down) = " ".join("".join(self._cell).split()), self._spans
        self._cell, at = None, len(rows) - 1
        while (at, len(rows[at])) in self._covered:
            rows[at].append(self._covered[at, len(rows[at])])
        for below in range(1, down):
            for place in range(across):
                self._covered[at + below, len(rows[at]) + place] = text
        rows[at] += [text] * across


def _span(told: str) -> int:
    return min(int(told), MAX_SPAN) if told.isdecimal() and int(told) else 1


def _largest_table(page: str, name: str) -> tuple[Rows, str]:
    """The table of a page with the most cells, and a sentence on it."""
    parser = _Tables()
    parser.feed(page)
    parser.close()
    sizes = [sum(map(len, rows)) for rows in parser.tables]
    if not sizes or not max(sizes):
        raise BadInput(f"{name} is a web page without a table. Save the table as a workbook.")
    rows = [row for row in parser.tables[sizes.index(max(sizes))] if row]
    others = sum(size > 0 for size in sizes) - 1
    left = f"; {others} smaller one{'s are' if others > 1 else ' is'} left out" if others else ""
    return rows, f"the table of a web page is read{left}."


def _of_xml(source: Path | bytes, name: str) -> tuple[Rows | None, str]:
    """The rows of an XML spreadsheet or of records, and a sentence; None where there are none."""
    sheet: Rows = []
    counts: Counter[tuple[int, str]] = Counter()
    try:
        for depth, element in _elements(source):
            if element.tag == f"{SPREADSHEET}Row":
                sheet.append(_sheet_row(element))
            elif element.tag == f"{SPREADSHEET}Table" and sheet:
                return sheet, "the first sheet of an XML spreadsheet is read."
            counts[depth, element.tag] += depth and len(element) + len(element.attrib) > 1
        several = [key for key, n in counts.items() if n >= MIN_RECORDS]
        if not several:
            return None, ""
        top = min(depth for depth, _ in several)
        record = max((key for key in several if key[0] == top), key=lambda key: counts[key])
        found = [_fields(one) for depth, one in _elements(source, top) if one.tag == record[1]]
    except ElementTree.ParseError:
        return None, ""
    names = list(dict.fromkeys(key for fields in found for key in fields))
    rows = [names, *([fields.get(key, "") for key in names] for fields in found)]
    return rows, f"each {_bare(record[1])!r} of the XML is a row."


def _elements(source: Path | bytes, at: int | None = None) -> Iterator[tuple[int, Any]]:
    """The elements that are whole, inner ones first, and how deep they lie; emptied behind.

    Parameters
    ----------
    source : the file or its bytes
    at : only those so deep, None for all of them, without the texts of inner ones
    """
    depth = -1
    with opened(source) as file:
        for event, element in ElementTree.iterparse(file, ("start", "end")):
            if event == "start":
                depth += 1
                continue
            if at in (depth, None):
                yield depth, element
            if depth <= (at or 0) or (at is None and not element.tag.startswith(SPREADSHEET)):
                element.clear()
            depth -= 1


def _fields(element: Any, above: str = "") -> dict[str, str]:
    """Attributes and inner elements of a record, by dotted names; of several of a name, all."""
    out = {above + _bare(key): value for key, value in element.attrib.items()}
    for inner in element:
        key = above + _bare(inner.tag)
        own = {key: " ".join((inner.text or "").split())} if not len(inner) else {}
        for name, value in {**own, **_fields(inner, f"{key}.")}.items():
            out[name] = f"{out[name]}; {value}" if name in out else value
    return out


def _sheet_row(element: Any) -> list[str]:
    row: list[str] = []
    for cell in element.iter(f"{SPREADSHEET}Cell"):
        index = cell.get(f"{SPREADSHEET}Index", "")
        if index.isdecimal() and int(index) > len(row) + 1:
            row += [""] * (min(int(index), MAX_SPAN) - 1 - len(row))
        row.append(" ".join("".join(cell.itertext()).split()))
    return row


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]
