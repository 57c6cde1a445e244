"""How the rows of a delimited text are cut, and one pass over them that measures it."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from shoal.parts.readers.below import TAIL_ROWS
from shoal.parts.readers.decoding import TextFile
from shoal.parts.readers.printed import INNER, cut_at, unboxed
from shoal.parts.readers.sniff import is_escaped, long_fields, quote_of

SAMPLE_CHARS = 1 << 18
HEAD_ROWS = 300
SWALLOWED_LINES = 1000
"""A field with more lines than this means a quote that was opened and never closed."""


@dataclass(slots=True)
class Dialect:
    """What one pass over the rows finds.

    Parameters
    ----------
    delimiter, quoted : how they were cut
    skipped, above : characters before the first row, and lines that these are
    widths : number of fields -> how many rows have it, empty rows not counted
    head : the first rows that are not empty
    numbers : which rows of the file these are
    last : number of the last row that is not empty
    swallowed : whether a field has so many lines that a quote was never closed
    whole : whether what looks like a delimiter is part of the text
    escaped : whether a backslash stands before quotes inside of cells
    quote : the sign that stands around cells
    cuts : where the columns of lines of a fixed width begin; empty for any others
    boxed : whether lines are drawn around the rows
    tail : the last rows that are not empty, and their numbers
    """

    delimiter: str
    quoted: bool
    skipped: int
    above: int = 0
    widths: Counter[int] = field(default_factory=Counter)
    head: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    last: int = -1
    swallowed: bool = False
    whole: bool = False
    escaped: bool = False
    quote: str = '"'
    cuts: tuple[int, ...] = ()
    boxed: bool = False
    tail: deque[tuple[int, list[str]]] = field(default_factory=lambda: deque(maxlen=TAIL_ROWS))

    def joined(self) -> Dialect:
        """The same rows in a single column, for a file that no delimiter fits."""
        return replace(
            self,
            widths=Counter({1: self.widths.total()}),
            head=[[self.delimiter.join(row)] for row in self.head],
            whole=True,
        )

    @property
    def gaps(self) -> set[int]:
        """Places in the head that an empty line stands above."""
        return gaps_in(self.numbers)

    @property
    def ragged(self) -> int:
        """Rows whose number of fields is not the usual one; a swallowed file counts as all."""
        n_rows = self.widths.total()
        if self.swallowed:
            return n_rows + SWALLOWED_LINES
        return n_rows - max(self.widths.values(), default=0)


def gaps_in(numbers: Iterable[int]) -> set[int]:
    """Places among rows that an empty line stands above, by the numbers that the rows have."""
    pairs = enumerate(pairwise(numbers), start=1)
    return {place for place, (before, number) in pairs if number > before + 1}


def rows_of(text: TextFile, shape: Dialect) -> Iterator[list[str]]:
    """The rows of a file, one after the other."""
    quoting: Any = csv.QUOTE_MINIMAL if shape.quoted else csv.QUOTE_NONE
    several = len(shape.delimiter) > 1
    with long_fields(), text.open() as stream:
        stream.read(shape.skipped)
        rows = csv.reader(
            _lines(stream, shape),
            delimiter=INNER if several else shape.delimiter,
            quoting=csv.QUOTE_NONE if several else quoting,
            quotechar=shape.quote,
            escapechar="\\" if shape.escaped else None,
            skipinitialspace=shape.delimiter == " ",  # several part two columns that are aligned
        )
        if shape.whole:
            yield from ([shape.delimiter.join(row)] if row else row for row in rows)
        else:
            yield from rows


def _lines(stream: Iterable[str], shape: Dialect) -> Iterable[str]:
    """The lines of a file as the csv module takes them."""
    if shape.cuts:
        return (INNER.join(cut_at(line, shape.cuts)) for line in stream)
    if shape.boxed:
        return unboxed(stream)
    if len(shape.delimiter) > 1:
        return (line.replace(shape.delimiter, INNER) for line in stream)
    return _only_quotes_escaped(stream, shape.delimiter) if shape.escaped else stream


def _only_quotes_escaped(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    """Lines in which a backslash before anything but a quote or a delimiter stays what it is."""
    escape = re.compile(rf'\\(["\\{re.escape(delimiter)}]?)')
    for line in lines:
        if "\\" in line:
            yield escape.sub(lambda found: found[0] if found[1] else "\\\\", line)
        else:
            yield line


def _measured(text: TextFile, shape: Dialect) -> Dialect:
    """The same shape, filled in."""
    for number, row in enumerate(rows_of(text, shape)):
        if not row:
            continue
        if len(shape.head) < HEAD_ROWS:
            shape.head.append(row)
            shape.numbers.append(number)
        shape.widths[len(row)] += 1
        shape.last = number
        shape.tail.append((number, row))
        if any(len(cell) > SWALLOWED_LINES and cell.count("\n") > SWALLOWED_LINES for cell in row):
            shape.swallowed = True
    return shape


def shape_of(text: TextFile, shape: Dialect, name: str) -> tuple[Dialect, list[str]]:
    """How rows are cut: with quotes, or without where quotes make no sense of the file.

    Parameters
    ----------
    text : the file
    shape : its delimiter, what is skipped, and whether it is printed
    name : for messages
    """
    sample = text.head(SAMPLE_CHARS)
    escaped, quote = is_escaped(sample), quote_of(sample)
    shape = _measured(text, replace(shape, escaped=escaped, quote=quote))
    if shape.ragged and any(quote in piece for piece in text.pieces()):
        plain = _measured(
            text,
            Dialect(
                shape.delimiter,
                False,
                shape.skipped,
                shape.above,
                cuts=shape.cuts,
                boxed=shape.boxed,
            ),
        )
        if plain.ragged < shape.ragged:
            return plain, [f"{name}: quotes are unbalanced, so they were read as plain characters."]
    notes = []
    if escaped:
        notes.append(f'{name}: a backslash before a quote (\\") is read as that quote.')
    if quote == "'":
        notes.append(f"{name}: the single quotes around its cells are left out.")
    return shape, notes
