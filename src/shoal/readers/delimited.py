"""CSV, TSV and the like; delimiter, encoding and header found out. Parsed by the csv module."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.readers.sniff import decode, find_delimiter, has_header, long_fields
from shoal.readers.table import Table, table_of

SAMPLE_CHARS = 1 << 18
WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
"""Delimiters that are hard to type on a command line."""
SWALLOWED_LINES = 1000
"""A field with more lines than this means a quote that was opened and never closed."""


def _rows(text: str, delimiter: str, *, quoted: bool) -> list[list[str]]:
    quoting: Any = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    with long_fields():
        stream = io.StringIO(text, newline="")
        return list(csv.reader(stream, delimiter=delimiter, quoting=quoting))


def _ragged(rows: list[list[str]]) -> int:
    """Rows whose number of fields is not the usual one; a swallowed file counts as all."""
    if any(field.count("\n") > SWALLOWED_LINES for row in rows for field in row):
        return len(rows) + SWALLOWED_LINES
    widths = Counter(len(row) for row in rows if row)
    return sum(widths.values()) - max(widths.values(), default=0)


def _parse(text: str, delimiter: str, name: str) -> tuple[list[list[str]], list[str]]:
    """Rows of fields, read with quotes, or without where quotes make no sense of the file."""
    rows = _rows(text, delimiter, quoted=True)
    ragged = _ragged(rows)
    if ragged and '"' in text:
        plain = _rows(text, delimiter, quoted=False)
        if _ragged(plain) < ragged:
            return plain, [f"{name}: quotes do not pair up, so they were read as plain characters."]
    return rows, []


def _even(
    rows: list[list[str]], width: int, delimiter: str, name: str
) -> tuple[list[list[str]], list[str]]:
    """Give every row the same number of fields; nothing is thrown away."""
    out: list[list[str]] = []
    short = long = empty = 0
    for row in rows:
        if not row and width > 1:
            empty += 1
        elif len(row) < width:
            short += bool(row)
            out.append(row + [""] * (width - len(row)))
        elif len(row) > width:
            long += 1
            out.append([*row[: width - 1], delimiter.join(row[width - 1 :])])
        else:
            out.append(row)
    notes = []
    if short:
        notes.append(
            f"{name}: {short:,} rows have fewer fields than the header; the rest is empty."
        )
    if long:
        notes.append(
            f"{name}: {long:,} rows have more fields than the header; "
            "the surplus was kept in the last column."
        )
    if empty:
        notes.append(f"{name}: {empty:,} empty lines between the rows were passed over.")
    return out, notes


def _declared(text: str) -> tuple[str, str | None]:
    """The text without a first line such as "sep=;", which Excel writes, and what it says."""
    found = re.match(r"\ufeff?sep=(.)\r?\n", text, flags=re.IGNORECASE)
    return (text[found.end() :], found[1]) if found else (text, None)


def _names(
    rows: list[list[str]], header: bool, name: str
) -> tuple[list[str], list[list[str]], list[str]]:
    """Names of the columns, the rows below them, and a sentence where there are no names."""
    usual = Counter(len(row) for row in rows if row).most_common(1)[0][0]
    if not header:
        names = ["text"] if usual == 1 else [f"column_{i}" for i in range(1, usual + 1)]
        return names, rows, [f"{name} has no header; its columns are called {', '.join(names)}."]
    first = next(place for place, row in enumerate(rows) if row)
    names, rows = rows[first], rows[first + 1 :]
    if not any(rows):
        raise BadInput(f"{name} has a header and no rows. Give a file with at least one row.")
    return names + [""] * (usual - len(names)), rows, []


def read_delimited(
    source: Path | bytes,
    *,
    name: str = "",
    delimiter: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
) -> Table:
    """Read a delimited text file.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    delimiter : one character, or tab, comma, semicolon, pipe; None to find it out
    encoding, header : None to find it out

    Returns
    -------
    Table of text columns

    Raises
    ------
    BadInput : if the file is empty, binary, or has a header and no rows
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    name = name or (source.name if isinstance(source, Path) else "the input")
    text, encoding, notes = decode(data, name, encoding)
    if not text.strip("\ufeff\r\n\t \x00"):
        raise BadInput(f"{name} is empty. Give a file with at least one row.")
    text, declared = _declared(text)
    width = 0
    delimiter = WORDS.get(delimiter or "", delimiter) or declared
    if delimiter is None:
        tabs = Path(name).suffix.lower() in (".tsv", ".tab")
        delimiter, width = find_delimiter(text[:SAMPLE_CHARS], prefer="\t" if tabs else None)
    elif len(delimiter) != 1 or delimiter in '"\r\n':
        raise BadInput(f"the delimiter must be one character, such as ';', got {delimiter!r}.")
    rows, more = _parse(text, delimiter, name)
    notes += more
    while rows and not rows[-1]:
        rows.pop()
    filled = [row for row in rows[:300] if row]
    if width == 1 and not (has_header(filled) and len(filled[0]) > 1):
        # no delimiter fits, so what looks like one is part of the text
        rows = [[delimiter.join(row)] if row else row for row in rows]
        filled = [row for row in rows[:300] if row]
    if header is None:
        header = has_header(filled)
    names, rows, more = _names(rows, header, name)
    notes += more
    rows, more = _even(rows, len(names), delimiter, name)
    columns = [pa.array(column, pa.large_string()) for column in zip(*rows, strict=True)]
    table, renamed = table_of(names, columns)
    return Table(
        table,
        "csv",
        notes=tuple(notes + more + renamed),
        choices={"delimiter": delimiter, "encoding": encoding, "header": header},
        raw=True,
    )
