"""CSV, TSV and similar, with delimiter, encoding and header detected; parsed by `csv`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.below import n_below
from shoal.parts.readers.decoding import text_file
from shoal.parts.readers.dialect import SAMPLE_CHARS, Dialect, gaps_in, rows_of, shape_of
from shoal.parts.readers.headers import MAX_ABOVE, Head, find_head, has_header, joined_names
from shoal.parts.readers.printed import INNER, cuts_of, is_boxed
from shoal.parts.readers.sniff import BY_ENDING, DELIMITERS, FIXED, find_delimiter, whole_lines
from shoal.parts.readers.table import Gather, Table, called, in_memory, numbered, table_of

PIECE_ROWS = 1 << 13
SHOWN_CHARS = 40
WORDS = {
    "tab": "\t",
    "blank": " ",
    "space": " ",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
}
"""Delimiters that are hard to type on a command line."""


class _Even:
    """Gives every row the same number of fields; nothing is thrown away, and it is counted.

    Parameters
    ----------
    width : number of fields
    delimiter : puts surplus fields together
    header : a row that is left out where it comes again, as in files put together
    """

    def __init__(self, width: int, delimiter: str, header: Sequence[str] = ()) -> None:
        self.width = width
        self.delimiter = delimiter
        self.header = list(header)
        self.again = 0
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
                if row == self.header:
                    self.again += 1
                    continue
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
                f"{name}: {self.short:,} rows have fewer fields than the header; missing "
                "fields are empty."
            )
        if self.long:
            out.append(
                f"{name}: {self.long:,} rows have more fields than the header; extra fields "
                "were appended to the last column."
            )
        if self.again:
            out.append(
                f"{name}: the header stands {self.again:,} more times between the rows and is left "
                "out there. Use --set read.footer=false to keep it as a row."
            )
        if self.empty:
            out.append(f"{name}: {self.empty:,} empty lines between the rows were skipped.")
        return out


def _declared(head: str) -> tuple[int, str | None]:
    """How long a first line such as "sep=;" is, which Excel writes, and what it says."""
    found = re.match(r"\ufeff?sep=(.)\r?\n", head, flags=re.IGNORECASE)
    return (found.end(), found[1]) if found else (0, None)


def _remarks(head: str) -> str:
    """Lines behind # at the beginning that are many, or hide what cuts the rows below them."""
    found = re.match(r"\ufeff?(?:#[^\n]*\n|\s*\n)+", head)
    if found is None or "#" not in found[0]:
        return ""
    many = found[0].count("\n") > MAX_ABOVE
    hide = (many or find_delimiter(head)[1] < 2) and find_delimiter(head[found.end() :])[1] >= 2
    return found[0] if hide else ""


def _said_of_remarks(remarks: str, name: str) -> list[str]:
    """A sentence about remarks above the table."""
    n = remarks.count("\n")
    return [f"{name}: {n:,} lines of remarks (#) above the table are left out."] if n else []


def _names(shape: Dialect, head: Head, name: str) -> tuple[list[str], list[str]]:
    """Names of the columns, and sentences about where they are from."""
    usual = shape.widths.most_common(1)[0][0]
    if not head.lines:
        names = ["text"] if usual == 1 else [f"column_{i}" for i in range(1, usual + 1)]
        return names, [f"{name} has no header; its columns are called {', '.join(names)}."]
    below = head.first + head.lines
    if below >= len(shape.head):
        raise BadInput(f"{name} has a header but no rows. Use a file with at least one row.")
    names = shape.head[head.first]
    if head.lines == 2:
        names = joined_names(names, shape.head[head.first + 1])
    if len(names) == usual - 1 and any(row[-1].strip() for row in shape.head[below:]):
        names = ["", *names]  # as R writes tables whose rows have names
    return names + [""] * (usual - len(names)), _said(shape, head, name)


def _said(shape: Dialect, head: Head, name: str) -> list[str]:
    """A sentence about a header that is not simply the first line."""
    line = shape.numbers[head.first] + 1 + shape.above
    where = f"line {line}" if head.lines == 1 else f"lines {line} and {line + 1}"
    change = "Use --set read.header=true if it is the first line, false if every line is a row."
    if head.first:
        above = f"{line - 1:,} line{'s' * (line > 2)} above it"
        left = "are" if line > 2 else "is"
        return [f"{name}: the header is {where}; {above} {left} left out. {change}"]
    if head.lines == 2:
        return [f"{name}: the header is {where}, joined. {change}"]
    if head.guessed:
        told = shape.head[0][0].strip("\ufeff ")
        return [
            f"{name}: the first line, {told!r}, is taken as the column name; use --set "
            "read.header=false to read it as a row."
        ]
    return []


def _head_of(shape: Dialect, header: bool | None, known: Collection[str]) -> Head:
    """Find the header: as requested, by known names, or by the look of the rows."""
    if header is not None:
        return Head(0, int(header))
    names = _folded(known)
    if _names_known(shape.head[0], names):
        return Head(0, 1)
    for place, row in enumerate(shape.head[: MAX_ABOVE + 1]):
        n_known = sum(_names_known([cell], names) for cell in row)
        if n_known >= max(2, len(row) / 2):
            return Head(place, 1)
    if known and len(shape.head) == 1:
        return Head(0, 0)  # an only line is a row, where it has none of the names
    return find_head(shape.head, shape.gaps)


def _first_row(shape: Dialect, head: Head) -> int:
    """The number of the first row below the header."""
    return shape.numbers[head.first + head.lines - 1] + 1 if head.lines else 0


def _named_a_text(name: str, width: int) -> list[str]:
    """A sentence about a table that is named as if it held one text a line."""
    if BY_ENDING.get(Path(name).suffix.lower()) != "lines" or width < 2:
        return []
    return [f"{name} is read as a table; use --set read.part=lines to read one text per line."]


def _folded(known: Collection[str]) -> set[str]:
    return {name.strip().casefold() for name in known}


def _names_known(first: list[str], names: Collection[str]) -> bool:
    """Whether a first row holds a name that is known to be one of a column, in small letters."""
    return any(cell.strip("\ufeff ").casefold() in names for cell in first)


def _delimiter_of(
    head: str, declared: str | None, wanted: str | None, name: str
) -> tuple[str, int]:
    """The delimiter, and how many fields it makes where it had to be found out."""
    delimiter = WORDS.get(wanted or "", wanted) or declared
    if delimiter is None:
        tabs = Path(name).suffix.lower() in (".tsv", ".tab")
        return find_delimiter(head, prefer="\t" if tabs else None)
    if delimiter not in (*DELIMITERS, FIXED) and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise BadInput(f"the delimiter must be one character, such as ';', got {delimiter!r}.")
    return delimiter, 0


def read_delimited(
    source: Path | bytes,
    *,
    name: str = "",
    delimiter: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    footer: bool | None = None,
    known: Collection[str] = (),
    gather: Gather = in_memory,
) -> Table:
    """Read a delimited text file, twice: to see how its rows are cut, and to cut them.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    delimiter : one character, or tab, comma, semicolon, pipe, fixed; None to find it out
    encoding, header : None to find it out
    footer : whether there may be lines below the table, which are left out; None where only a
        table whose columns are not known yet may have some
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
        raise BadInput(f"{name} is empty. Use a file with at least one row.")
    sample = text.head(SAMPLE_CHARS)
    skipped, declared = _declared(sample)
    remarks = "" if skipped or delimiter else _remarks(sample)
    skipped = skipped or len(remarks)
    delimiter, width = _delimiter_of(sample[skipped:], declared, delimiter, name)
    above = sample[:skipped].count("\n")
    printed = Dialect(delimiter, True, skipped, above, boxed=is_boxed(whole_lines(sample)))
    if delimiter == FIXED:
        with text.open() as lines:
            printed = replace(printed, cuts=cuts_of(lines), delimiter=INNER)
    shape, notes = shape_of(text, printed, name)
    if not shape.head:
        raise BadInput(f"{name} is empty. Use a file with at least one row.")
    named = has_header(shape.head) or _names_known(shape.head[0], _folded(known))
    if width == 1 and not (named and len(shape.head[0]) > 1):
        shape = shape.joined()
    head = _head_of(shape, header, known)
    names, more = _names(shape, head, name)
    below = _n_below(shape, head) if _may_cut(footer, known) else 0
    if below:
        more = [*more, _said_below(shape, below, name)]
    header_again = (
        shape.head[head.first]
        if head.lines == 1 and len(names) > 1 and _may_cut(footer, known)
        else ()
    )
    even = _Even(len(names), delimiter, header_again)
    rows = islice(rows_of(text, shape), _first_row(shape, head), shape.last + 1)
    table, renamed = table_of(names, gather(even.pieces(rows)).columns)
    return Table(
        table,
        "csv",
        notes=(
            *text.notes,
            *_named_a_text(name, len(names)),
            *_said_of_print(printed, name),
            *_said_of_remarks(remarks, name),
            *notes,
            *more,
            *even.notes(name),
            *renamed,
        ),
        choices={"delimiter": delimiter, "encoding": text.encoding, "header": head.lines > 0},
        raw=True,
    )


def _may_cut(footer: bool | None, known: Collection[str]) -> bool:
    """Whether lines that are no rows are left out."""
    return bool(footer) or (footer is None and not known)


def _said_of_print(shape: Dialect, name: str) -> list[str]:
    """A sentence about a table that is printed and not delimited."""
    if shape.cuts:
        return [f"{name}: its lines are cut where columns of a fixed width begin."]
    return [f"{name}: the lines drawn around its cells are left out."] if shape.boxed else []


def _n_below(shape: Dialect, head: Head) -> int:
    """How many lines at the end are below the table; the shape then ends above them."""
    tail = list(shape.tail)
    numbers = [number for number, _ in tail]
    rows = shape.head[head.first + head.lines :]
    below = n_below(rows, [row for _, row in tail], gaps_in(numbers))
    if below:
        shape.last = numbers[-below - 1]
    return below


def _said_below(shape: Dialect, n: int, name: str) -> str:
    """A sentence about lines below the table."""
    first = next(cell.strip() for _, row in list(shape.tail)[-n:] for cell in row if cell.strip())
    left = "1 line below the table is" if n == 1 else f"{n:,} lines below the table are"
    return (
        f"{name}: {left} left out ({first[:SHOWN_CHARS]!r}). Use --set read.footer=false to keep "
        f"{'it as a row' if n == 1 else 'them as rows'}."
    )
