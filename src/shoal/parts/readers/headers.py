"""Where the header of a table is, and whether it has one: seen from its first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from shoal.parts.readers.cells import (
    MISSING,
    column_cells,
    form_of,
    is_date,
    is_formed_otherwise,
    is_number,
    is_typed,
)
from shoal.parts.readers.field_names import HEADER_WORDS, are_field_names

MAX_NAME = 60
"""Characters of a name of a column of texts."""
SAMPLE_ROWS = 200
MAX_VOTES = 300
"""Columns that are asked whether the first row names them."""
MAX_ABOVE = 20
"""Most lines above a header, such as the title of an export and its date."""
MIN_BELOW = 5
"""Fewest rows that tell how a column below a name looks."""
CODE_FORM = re.compile(r"[A-Z\d]{1,5}")
"""A short code: AL, DE-BY has none, 4A."""
TWICE = 4
"""Votes that a name which comes twice above words takes away."""
SOME_TIMES = 5
"""Times that each value of a column of few values comes in the mean."""
SHARED = 0.9
"""Share of rows with a word of another row from which a first line without one is no row."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a table begins.

    Parameters
    ----------
    first : place of its first line among the rows
    lines : how many lines name the columns: 0, 1 or 2
    guessed : whether nothing but other words than in the rows tells that it is a header
    """

    first: int
    lines: int
    guessed: bool = False


def find_head(rows: Sequence[Sequence[str]], gaps: Collection[int] = ()) -> Head:
    """Where the header is among the first rows of a table.

    Parameters
    ----------
    rows : the first rows, at least one
    gaps : places of rows that an empty line stands above
    """
    first = _first_below(rows, gaps)
    if not first and _only_counts(rows):
        first = 1  # pandas numbers columns that it knows no names of
    table = rows[first:]
    if len(table[0]) > 1 and _is_group_line(table):
        return Head(first, 2)
    if not has_header(table):
        return Head(0, 0)
    two = len(table[0]) > 1 and is_second_line(table)
    guessed = len(table[0]) == 1 and table[0][0].strip().casefold() not in HEADER_WORDS
    return Head(first, 1 + two, guessed)


def _only_counts(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a first line numbers the columns, and the second one names them."""
    told = [cell for cell in rows[0] if cell.strip()]
    if len(told) < 3 or len(rows) < 2 + MIN_BELOW or any(map(is_number, rows[1])):
        return False
    return told in ([str(i + b) for i in range(len(told))] for b in (0, 1)) and has_header(rows[1:])


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns.

    Parameters
    ----------
    rows : the first rows, at least one
    """
    first, rest = rows[0], rows[1 : 1 + SAMPLE_ROWS]
    if len(first) > 1 and not any(is_number(cell) for cell in first):
        rest = [row for row in rest if row != first]  # of files that were put together
    cells = [" ".join(cell.strip("\ufeff").split()) for cell in first]
    columns = [column_cells(rest, place) for place in range(len(cells))]
    pairs = list(zip(cells, columns, strict=True))
    # a long cell is a text, unless it stands above numbers, or is a question above its answers
    long = [(cell, below) for cell, below in pairs if len(cell) > MAX_NAME]
    if not any(cells) or not all(
        is_typed(below) or (len(cells) > 1 and (not below or _is_answered(cell, below)))
        for cell, below in long
    ):
        return False
    if any(map(is_number, cells)):
        return _are_words_over_amounts(pairs) or _are_named_by_numbers(cells, columns)
    if any(cell.lower() in HEADER_WORDS for cell in cells) or are_field_names(cells, columns):
        return True
    if not rest:
        return len(cells) > 1
    if len(cells) == 1:
        return _names_one_column(cells[0], columns[0])
    named = [cell for cell in cells if cell]
    twice = {name for name, n in Counter(named).items() if n > 1}
    # columns of two tables that were joined may have the same name, cells of a row too
    like_a_row = sum(
        cell in twice and (is_date(cell) or _may_be_one_of(cell, below)) for cell, below in pairs
    )
    step = -(-len(cells) // MAX_VOTES)
    votes = sum(map(_header_vote, cells[::step], columns[::step]))
    return votes * step > like_a_row * TWICE


def _may_be_one_of(cell: str, column: Sequence[str]) -> bool:
    """Whether a cell is written as one of a column, which holds no amounts."""
    return not is_typed(column) and form_of(cell) in map(form_of, column)


def _are_words_over_amounts(pairs: Sequence[tuple[str, Sequence[str]]]) -> bool:
    """Whether words stand above two columns of amounts or dates: those are no row's."""
    words = [
        cell
        for cell, below in pairs
        if cell and is_typed(below) and not is_typed([cell]) and cell.lower() not in MISSING
    ]
    told = sum(bool(below) for _, below in pairs)  # of a blank column nothing is known
    return len(set(words)) >= 2 and len(words) > told / 4


def _is_answered(cell: str, column: Sequence[str]) -> bool:
    """Whether a long cell stands above a few answers that come again, or asks for short ones."""
    if len(column) < MIN_BELOW or cell in column:
        return False
    different, usual = len(set(column)), median(map(len, column))
    if cell.rstrip().endswith("?") and 3 * usual < len(cell):
        return True
    return different <= len(column) / (2 if 2 * usual < len(cell) else 10)


def _header_vote(cell: str, column: Sequence[str]) -> int:
    """How much a first cell looks like the name of the column below it."""
    if not column or not cell:
        return 0
    form = form_of(cell)
    if any(map(str.isdigit, cell)) and 2 * sum(form_of(one) == form for one in column) > len(
        column
    ):
        return -2
    if sum(map(is_number, column)) >= 0.9 * len(column):
        return 2
    if cell in column:
        return -2
    if CODE_FORM.fullmatch(cell) is None and is_formed_otherwise(cell, column):
        coded = sum(CODE_FORM.fullmatch(value) is not None for value in column)
        if coded >= 0.9 * len(column) and cell.isalpha() and not cell.isupper():
            return 2
    if len(set(column)) <= len(column) / SOME_TIMES and len(column) >= 2 * MIN_BELOW:
        return 2  # each value comes again and again, and the cell does not
    if len(cell.split()) == 1 and median(len(value.split()) for value in column) >= 3:
        return 2
    return int(len(cell) * 2 < median(map(len, column)))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _names_one_column(cell: str, column: Sequence[str]) -> bool:
    """Whether a first line is the name of an only column and not one more of its texts."""
    if not column or len(cell.split()) > 3 or cell.endswith((".", "!", "?", "…", "。")):
        return False
    if is_typed(column):
        return not is_date(cell)
    if any(map(str.isdigit, cell)):
        return False
    words = [_words(text) for text in column]
    own = _words(cell)
    if not own or any(own & others for others in words):
        return False
    one_word = len(cell.split()) == 1
    if one_word and median(len(text.split()) for text in column) >= 3:
        return True
    if len(column) < 2 * MIN_BELOW:
        return False
    if one_word and all(any(map(str.isdigit, text)) for text in column):
        return True
    # were it a row, it would share a word with another one, as nearly all rows do
    seen = Counter(word for text in words for word in text)
    shared = sum(any(seen[word] > 1 for word in text) for text in words)
    # a text that stands there twice or more shares all of its words
    return shared >= SHARED * len(column) and len(column) >= 4 * MIN_BELOW


def _period(cell: str) -> int | None:
    """The number of a year, a month or a day that a name of a column may be."""
    found = re.fullmatch(r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:[0-3]\d)?)?", cell)
    if found:
        return int(cell)
    found = re.fullmatch(r"(0?[1-9]|1[0-2])[.,]((?:19|20)\d\d)", cell)
    return int(found[2]) * 100 + int(found[1]) if found else None


def _are_named_by_numbers(cells: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether numbers in a first row are names: years, months, 1 to 12, numbers of articles."""
    places = [place for place, cell in enumerate(cells) if is_number(cell)]
    numbers = [cells[place] for place in places]
    below = [columns[place] for place in places]
    others = [place for place in range(len(cells)) if place not in places]
    # a year of which nothing is known has a blank column
    if (
        len(set(numbers)) < len(numbers)
        or not any(below)
        or not all(
            not column or is_typed(column) or is_formed_otherwise(cell, column)
            for cell, column in zip(numbers, below, strict=True)
        )
    ):
        return False
    if any(cells[place] and cells[place] in columns[place] for place in others):
        return False
    if any(cell in column for cell, column in zip(numbers, below, strict=True)):
        return False
    told = any(
        columns[place]
        and (
            not cells[place]
            or is_formed_otherwise(cells[place], columns[place])
            or (cells[place][0].islower() and all(cell[0].isupper() for cell in columns[place]))
        )
        for place in others
    ) or any(cells[place].lower() in HEADER_WORDS for place in others)
    periods = [period for period in map(_period, numbers) if period is not None]
    if len(periods) == len(numbers) and sorted(periods) in (periods, periods[::-1]):
        none_below = all(
            sum(_period(cell) is not None for cell in column) <= 0.1 * len(column)
            for column in below
        )
        steps = {b - a for a, b in pairwise(periods)}
        in_step = len(periods) > 2 and len(steps) == 1 and not _are_rising(below)
        if (none_below or in_step) and (told or len(numbers) > 1):
            return True
    whole = [int(cell) for cell in numbers if cell.isdecimal()]
    if len(whole) < len(numbers) or len(whole) < 2:
        return False
    if len(whole) >= 3 and {b - a for a, b in pairwise(whole)} == {1} and (told or not others):
        return not _are_rising(below)
    # numbers of articles are beyond every amount below them
    apart = all(_is_beyond(cell, column) for cell, column in zip(whole, below, strict=True))
    return told and apart and len({len(cell) for cell in numbers}) == 1


def _are_rising(columns: Sequence[Sequence[str]]) -> bool:
    """Whether rows count on by ones, too, so that a first one that does is a row."""
    rows = list(zip(*columns, strict=False))
    on = sum(
        all(_amount(b) - _amount(a) == 1 for a, b in pairwise(row))
        for row in rows
        if all(map(is_number, row))
    )
    return on > 0.1 * len(rows)


def _amount(cell: str) -> float:
    digits = re.sub(r"[^\d.,eE+-]", "", cell)
    whole, sign, part = digits.replace(",", ".").rpartition(".")
    if not sign or ("." in whole and len(part) == 3):  # 4,779,736
        whole, part = whole + part, ""
    return float(f"{whole.replace('.', '') or 0}.{part}") if "e" not in digits else float(digits)


def _is_beyond(number: int, column: Sequence[str]) -> bool:
    values = [_amount(cell) for cell in column if is_number(cell)]
    return len(values) >= MIN_BELOW and not min(values) <= number <= max(values)


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip("\ufeff \t")) for cell in row)


def _first_below(rows: Sequence[Sequence[str]], gaps: Collection[int]) -> int:
    """The place of the header where lines stand above it; 0 where there are none."""
    widths = Counter(len(row) for row in rows if _filled(row))
    if not widths or len(rows) <= MIN_BELOW:
        return 0
    width = widths.most_common(1)[0][0]
    full = _usual_fill(rows[min(MAX_ABOVE, len(rows) // 2) :], width)
    if width < 2 or full < 2:
        return 0
    titled = _filled(rows[0]) == 1 and bool(rows[0][0].strip())
    parted = False
    for place, row in enumerate(rows[: MAX_ABOVE + 1]):
        parted = parted or place in gaps or not _filled(row)
        below = rows[place + 1 :]
        if not place or len(row) != width or _filled(row) < full or len(below) < MIN_BELOW:
            continue
        narrow = all(_filled(line) < full or len(line) != width for line in rows[:place])
        if narrow and place not in gaps and _is_group_line(rows[place - 1 :]):
            return place - 1
        if (narrow or parted) and _is_name_line(row, below, narrow and (titled or parted)):
            return place
        if narrow and not parted:
            return 0
    return 0


def _usual_fill(rows: Sequence[Sequence[str]], width: int) -> int:
    """How many cells most rows of a table have filled."""
    counts = sorted(_filled(row) for row in rows if len(row) == width)
    return counts[len(counts) // 2] if counts else 0


def _is_name_line(row: Sequence[str], below: Sequence[Sequence[str]], title: bool) -> bool:
    """Whether a line below others names the columns: amounts below it, or a title above."""
    cells = [cell.strip() for cell in row]
    if any(map(is_date, cells)) or any(len(cell.split()) > 5 for cell in cells):
        return False
    if not has_header([row, *below]):
        return False
    columns = [column_cells(below[:SAMPLE_ROWS], place) for place in range(len(cells))]
    typed = [cell for cell, column in zip(cells, columns, strict=True) if is_typed(column)]
    return (bool(typed) and not MISSING & {cell.casefold() for cell in typed}) or title


def _is_group_line(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a first line with gaps names groups of the columns that the second one names."""
    if len(rows) < 2 + MIN_BELOW:
        return False
    upper, lower = rows[0], rows[1]
    if _filled(upper) < 2 or _filled(lower) <= _filled(upper) or len(upper) != len(lower):
        return False
    # a name of a group stands over its first column and goes for the blank ones after it
    places = [place for place, cell in enumerate(upper) if cell.strip()]
    if all(b - a == 1 for a, b in pairwise(places)) and places[-1] == len(upper) - 1:
        return False
    return is_second_line(rows)


def is_second_line(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the second line is of the header too: names or units where amounts are below."""
    if len(rows) < 2 + MIN_BELOW:
        return False
    lower, below = rows[1], rows[2 : 2 + SAMPLE_ROWS]
    typed = []
    for place, name in enumerate(lower):
        if is_typed(column_cells(below, place)):
            cell = name.strip().casefold()
            if cell in MISSING - {""} or is_number(cell) or is_date(cell):
                return False
            typed.append(place)
    if sum(bool(lower[place].strip()) for place in typed) < 2:
        return False
    others = [cell for place, cell in enumerate(lower) if place not in typed]
    return all(len(cell.split()) <= 3 for cell in others) and all(
        cell.strip() not in column_cells(below, place)
        for place, cell in enumerate(lower)
        if place not in typed and cell.strip()
    )


def joined_names(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Names of columns of two lines; a name of a group goes for the blank cells after it."""
    groups, group = [], ""
    gaps = _filled(upper) < len(upper)
    for over, under in zip(upper, lower, strict=False):
        group = over.strip("\ufeff \t") or (group if gaps and under.strip() else "")
        groups.append(group)
    return [
        " ".join(part for part in (over, under.strip()) if part)
        for over, under in zip(groups, lower, strict=False)
    ]
