"""CSV, TSV and the like; delimiter, encoding and header found out. Parsed by the csv module."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.decoding import TextFile, text_file
from shoal.parts.readers.sniff import find_delimiter, has_header, long_fields
from shoal.parts.readers.table import Gather, Table, called, in_memory, numbered, table_of

SAMPLE_CHARS = 1 << 18
HEAD_ROWS = 300
PIECE_ROWS = 1 << 13
WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
"""Delimiters that are hard to type on a command line."""
SWALLOWED_LINES = 1000
"""A field with more lines than this means a quote that was opened and never closed."""


@dataclass(slots=True)
class Dialect:
    """What one pass over the rows tells of them.

    Parameters
    ----------
    delimiter, quoted : how they were cut
    skipped : characters before the first row
    widths : number of fields -> how many rows have it, empty rows not counted
    head : the first rows that are not empty
    first, last : numbers of the first and the last row that are not empty
    swallowed : whether a field has so many lines that a quote was never closed
    whole : whether what looks like a delimiter is part of the text
    """

    delimiter: str
    quoted: bool
    skipped: int
    widths: Counter[int] = field(default_factory=Counter)
    head: list[list[str]] = field(default_factory=list)
    first: int = -1
    last: int = -1
    swallowed: bool = False
    whole: bool = False

    def joined(self) -> Dialect:
        """The same rows in a single column, for a file that no delimiter fits."""
        return replace(
            self,
            widths=Counter({1: self.widths.total()}),
            head=[[self.delimiter.join(row)] for row in self.head],
            whole=True,
        )

    @property
    def ragged(self) -> int:
        """Rows whose number of fields is not the usual one; a swallowed file counts as all."""
        n_rows = self.widths.total()
        if self.swallowed:
            return n_rows + SWALLOWED_LINES
        return n_rows - max(self.widths.values(), default=0)


def _rows(text: TextFile, shape: Dialect) -> Iterator[list[str]]:
    """The rows of a file, one after the other."""
    quoting: Any = csv.QUOTE_MINIMAL if shape.quoted else csv.QUOTE_NONE
    with long_fields(), text.open() as stream:
        stream.read(shape.skipped)
        rows = csv.reader(stream, delimiter=shape.delimiter, quoting=quoting)
        if shape.whole:
            yield from ([shape.delimiter.join(row)] if row else row for row in rows)
        else:
            yield from rows


def _measured(text: TextFile, shape: Dialect) -> Dialect:
    """The same shape, filled in."""
    for number, row in enumerate(_rows(text, shape)):
        if not row:
            continue
        if not shape.widths:
            shape.first = number
        if len(shape.head) < HEAD_ROWS:
            shape.head.append(row)
        shape.widths[len(row)] += 1
        shape.last = number
        if any(len(cell) > SWALLOWED_LINES and cell.count("\n") > SWALLOWED_LINES for cell in row):
            shape.swallowed = True
    return shape


def _shape_of(text: TextFile, delimiter: str, skipped: int, name: str) -> tuple[Dialect, list[str]]:
    """How rows are cut: with quotes, or without where quotes make no sense of the file."""
    shape = _measured(text, Dialect(delimiter, True, skipped))
    if shape.ragged and any('"' in piece for piece in text.pieces()):
        plain = _measured(text, Dialect(delimiter, False, skipped))
        if plain.ragged < shape.ragged:
            return plain, [f"{name}: quotes do not pair up, so they were read as plain characters."]
    return shape, []


class _Even:
    """Gives every row the same number of fields; nothing is thrown away, and it is counted.

    Parameters
    ----------
    width : number of fields
    delimiter : puts surplus fields together
    """

    def __init__(self, width: int, delimiter: str) -> None:
        self.width = width
        self.delimiter = delimiter
        self.short = self.long = self.empty = 0

    def pieces(self, rows: Iterable[list[str]]) -> Iterator[Any]:
        """Tables of some thousand rows each, their columns numbered."""
        evened = self._evened(rows)
        while piece := list(islice(evened, PIECE_ROWS)):
            columns = zip(*piece, strict=True)
            yield numbered(pa.array(column, pa.large_string()) for column in columns)

    def _evened(self, rows: Iterable[list[str]]) -> Iterator[list[str]]:
        for row in rows:
            if len(row) == self.width:
                yield row
            elif not row and self.width > 1:
                self.empty += 1
            elif len(row) < self.width:
                self.short += bool(row)
                yield row + [""] * (self.width - len(row))
            else:
                self.long += 1
                yield [*row[: self.width - 1], self.delimiter.join(row[self.width - 1 :])]

    def notes(self, name: str) -> list[str]:
        """Sentences about rows that had another number of fields."""
        out = []
        if self.short:
            out.append(
                f"{name}: {self.short:,} rows have fewer fields than the header; the rest is empty."
            )
        if self.long:
            out.append(
                f"{name}: {self.long:,} rows have more fields than the header; "
                "the surplus was kept in the last column."
            )
        if self.empty:
            out.append(f"{name}: {self.empty:,} empty lines between the rows were passed over.")
        return out


def _declared(head: str) -> tuple[int, str | None]:
    """How long a first line such as "sep=;" is, which Excel writes, and what it says."""
    found = re.match(r"\ufeff?sep=(.)\r?\n", head, flags=re.IGNORECASE)
    return (found.end(), found[1]) if found else (0, None)


def _names(shape: Dialect, header: bool, name: str) -> tuple[list[str], list[str]]:
    """Names of the columns, and a sentence where there are none."""
    usual = shape.widths.most_common(1)[0][0]
    if not header:
        names = ["text"] if usual == 1 else [f"column_{i}" for i in range(1, usual + 1)]
        return names, [f"{name} has no header; its columns are called {', '.join(names)}."]
    if shape.last == shape.first:
        raise BadInput(f"{name} has a header and no rows. Give a file with at least one row.")
    return shape.head[0] + [""] * (usual - len(shape.head[0])), []


def _names_known(first: list[str], known: Collection[str]) -> bool:
    """Whether a first row holds a name that is known to be one of a column."""
    names = {name.strip().casefold() for name in known}
    return any(cell.strip("\ufeff ").casefold() in names for cell in first)


def _delimiter_of(
    head: str, declared: str | None, wanted: str | None, name: str
) -> tuple[str, int]:
    """The delimiter, and how many fields it makes where it had to be found out."""
    delimiter = WORDS.get(wanted or "", wanted) or declared
    if delimiter is None:
        tabs = Path(name).suffix.lower() in (".tsv", ".tab")
        return find_delimiter(head, prefer="\t" if tabs else None)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise BadInput(f"the delimiter must be one character, such as ';', got {delimiter!r}.")
    return delimiter, 0


def read_delimited(
    source: Path | bytes,
    *,
    name: str = "",
    delimiter: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    known: Collection[str] = (),
    gather: Gather = in_memory,
) -> Table:
    """Read a delimited text file, twice: to see how its rows are cut, and to cut them.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    delimiter : one character, or tab, comma, semicolon, pipe; None to find it out
    encoding, header : None to find it out
    known : names of columns that tell a header, as those of a run to which rows are new
    gather : takes the rows, some thousand at a time

    Returns
    -------
    Table of text columns

    Raises
    ------
    BadInput : if the file is empty, binary, or has a header and no rows
    """
    name = called(source, name)
    text = text_file(source, name, encoding)
    if not any(piece.strip("\ufeff\r\n\t \x00") for piece in text.pieces()):
        raise BadInput(f"{name} is empty. Give a file with at least one row.")
    head = text.head(SAMPLE_CHARS)
    skipped, declared = _declared(head)
    delimiter, width = _delimiter_of(head[skipped:], declared, delimiter, name)
    shape, notes = _shape_of(text, delimiter, skipped, name)
    if not shape.head:
        raise BadInput(f"{name} is empty. Give a file with at least one row.")
    named = has_header(shape.head) or _names_known(shape.head[0], known)
    if width == 1 and not (named and len(shape.head[0]) > 1):
        shape = shape.joined()
    if header is None:
        header = _names_known(shape.head[0], known) or has_header(shape.head)
    names, more = _names(shape, header, name)
    even = _Even(len(names), delimiter)
    rows = islice(_rows(text, shape), shape.first + 1 if header else 0, shape.last + 1)
    table, renamed = table_of(names, gather(even.pieces(rows)).columns)
    return Table(
        table,
        "csv",
        notes=(*text.notes, *notes, *more, *even.notes(name), *renamed),
        choices={"delimiter": delimiter, "encoding": text.encoding, "header": header},
        raw=True,
    )
