"""How cells of text tables look: numbers, dates, and the way in which they are written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

NUMBER = re.compile(
    r"\s*[+-]?(?:[$€£¥]\s?)?"
    r"(?:\d{1,3}(?:[,.'\u2019]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d*)?|[.,]\d+)"
    r"(?:[eE][+-]?\d+|\s?[%€£])?\s*"
)
"""A number, also as an amount of money or in percent: $4,779,736.20 or 45 %."""
MISSING = frozenset(
    ("", "-", "?", "na", "n/a", "nan", "null", "none", "unknown", "..", "...", ":", "\\n", "#n/a")
)
DATE = re.compile(
    r"\s*(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4}|(?:19|20)\d\d-(?:0\d|1[0-2])\s*$)"
)


def column_cells(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    """The cells of a column that are not blank."""
    cells = (row[place].strip() for row in rows if place < len(row))
    return [cell for cell in cells if cell]


def is_number(cell: str) -> bool:
    """Whether a cell is a number, also as an amount of money or in percent."""
    return NUMBER.fullmatch(cell) is not None


def is_date(cell: str) -> bool:
    """Whether a cell begins with a day in digits, or is a month with its year."""
    return DATE.match(cell) is not None


def is_typed(column: Sequence[str]) -> bool:
    """Whether nearly all of a column are numbers or dates, words for nothing aside."""
    told = [cell for cell in column if cell.lower() not in MISSING]
    known = sum(is_number(cell) or is_date(cell) for cell in told)
    return bool(told) and known >= 0.9 * len(told)


def count_typed(rows: Sequence[Sequence[str]]) -> int:
    """How many columns are numbers or dates, of rows of one length."""
    columns = (column_cells(rows, place) for place in range(len(rows[0])))
    return sum(map(is_typed, columns))


def form_of(cell: str) -> str:
    """How a cell is written: its kinds of characters, each once."""
    kinds = (
        "9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in cell
    )
    return re.sub(r"(.)\1+", r"\1", "".join(kinds))


def is_formed_otherwise(cell: str, column: Sequence[str]) -> bool:
    """Whether nearly all of a column are written in one way, and a cell is not."""
    form, n = Counter(map(form_of, column)).most_common(1)[0]
    return n >= 0.9 * len(column) and form != form_of(cell)
