"""Tables as programs print them: columns of a fixed width, and lines drawn around the cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

INNER = "\x1f"
"""What parts the cells of such a line once it is cut."""
MIN_LINES = 12
"""Lines below a header that tell where columns of a fixed width begin."""
MAX_COLUMNS = 60
RULE = re.compile(
    r"[\s|+:=\-\u2500-\u257f]*(?:-{2,}|={2,}|[\u2500\u2501\u2550]{2,})[\s|+:=\-\u2500-\u257f]*"
)
"""A line that is only drawn: +----+-----+ or |---|:--:|."""
SIDES = "|\u2502\u2503\u2551"
"""Signs that are drawn between cells."""


def is_boxed(lines: Sequence[str]) -> bool:
    """Whether the first lines are a table with signs drawn between its cells and below its header.

    Parameters
    ----------
    lines : of the beginning of a file
    """
    filled = [line for line in lines if line.strip()]
    rules = [place for place, line in enumerate(filled[:4]) if RULE.fullmatch(line.strip())]
    rows = [line for line in filled if not RULE.fullmatch(line.strip())]
    counts = [sum(map(line.count, SIDES)) for line in rows[:-1]]  # a last line may count the rows
    return bool(rules) and len(rows) > 2 and len(set(counts)) == 1 and counts[0] > 0


def unboxed(lines: Iterable[str]) -> Iterator[str]:
    """Lines of such a table without what is drawn, a bar between two cells."""
    for line in lines:
        bare = line.strip()
        if RULE.fullmatch(bare):
            continue
        for sign in SIDES[1:]:
            bare = bare.replace(sign, "|")
        bare = bare.removeprefix("|").removesuffix("|").strip()
        yield re.sub(r"\s*\|\s*", "|", bare) + "\n"


def cuts_of(lines: Iterable[str]) -> tuple[int, ...]:
    """Where the columns of lines of a fixed width begin; empty where they have none.

    They are parted by blanks that stand in the same places of all lines. Lines that are drawn do
    not count.

    Parameters
    ----------
    lines : at least some; an empty one does not count
    """
    filled: list[bool] = []
    n = 0
    for line in lines:
        bare = line.rstrip().expandtabs()
        if not bare or RULE.fullmatch(bare):
            continue
        n += 1
        filled.extend([False] * (len(bare) - len(filled)))
        for place, sign in enumerate(bare):
            if sign != " ":
                filled[place] = True
    if n <= MIN_LINES:
        return ()
    begins = [place for place, (a, b) in enumerate(pairwise([False, *filled])) if b and not a]
    return tuple(begins) if 1 < len(begins) <= MAX_COLUMNS else ()


def cut_at(line: str, cuts: Sequence[int]) -> list[str]:
    """The cells of a line of a fixed width; none of a line that is empty or only drawn."""
    bare = line.rstrip().expandtabs()
    if not bare or RULE.fullmatch(bare):
        return []
    ends = [*cuts[1:], len(bare)]
    return [bare[begin:end].strip() for begin, end in zip(cuts, ends, strict=True)]
