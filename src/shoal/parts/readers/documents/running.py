"""What runs along the top and the bottom of pages: headers, footers and numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from shoal.parts.readers.documents.lines import Line, usual_height

MARGIN = 0.12
"""Of a page's height, at its top and its bottom, where running lines are looked for."""
EDGE = 0.08
"""Of it, where a line that is set apart is no part of the text even if nothing repeats it."""
RUNNING = 3
"""Outermost lines of a page that may be running ones, on either side."""
MIN_GAP = 0.4
"""Of the height of a line, between running lines and the text."""
REPEATS = 3
"""Pages on which a line stands at the same place before it is a running one."""
NUMBER = re.compile(
    r"\W*((page|seite|pagina|página|p|s)\.?\s*)?(\d{1,4}|[ivxlc]{1,7})"
    r"(\s*(/|of|von|de|di|sur)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)


def without_running(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without headers, footers and page numbers."""
    usual = usual_height(line for page in pages for line in page)
    sides = [(page, _outer(page, above=True), _outer(page, above=False)) for page in pages]
    seen: defaultdict[tuple[str, bool], set[int]] = defaultdict(set)
    for number, (_, *found) in enumerate(sides):
        for above, lines in zip((True, False), found, strict=True):
            for line in lines:
                seen[_sameness(line), above].add(number)
    least = max(min(REPEATS, len(pages)), 2)
    out = []
    for page, *found in sides:
        running: set[int] = set()
        for above, lines in zip((True, False), found, strict=True):
            repeated = [
                line
                for line in lines
                if len(seen[_sameness(line), above]) >= least or NUMBER.fullmatch(line.text)
            ]
            running |= _apart_from(page, repeated, usual, above=above)
        rest = [line for line in page if id(line) not in running]
        apart = _set_apart(rest, usual)
        out.append([line for line in rest if id(line) not in apart])
    return out


def _outer(page: Sequence[Line], *, above: bool) -> list[Line]:
    """The outermost lines of a page at its top or its bottom, the outermost first."""
    if above:
        near = [line for line in page if line.bottom < MARGIN * line.page_height]
        return sorted(near, key=lambda line: line.top)[:RUNNING]
    near = [line for line in page if line.top > (1 - MARGIN) * line.page_height]
    return sorted(near, key=lambda line: -line.bottom)[:RUNNING]


def _apart_from(page: Sequence[Line], lines: list[Line], usual: float, *, above: bool) -> set[int]:
    """Those of a page's outermost lines between which and the rest there is a gap.

    The text of a page may begin as that of others does, and a paragraph is not cut for it.
    """
    for n in range(len(lines), 0, -1):
        some = {id(line) for line in lines[:n]}
        rest = [line for line in page if id(line) not in some]
        if not rest:
            return some
        if above:
            gap = min(line.top for line in rest) - max(line.bottom for line in lines[:n])
        else:
            gap = min(line.top for line in lines[:n]) - max(line.bottom for line in rest)
        if gap > MIN_GAP * usual:
            return some
    return set()


def _sameness(line: Line) -> str:
    """What running lines share: their words and their height on the page, but no numbers."""
    words = re.sub(r"\d+", "#", line.text.casefold())
    return f"{round(line.top / 4)} {' '.join(words.split())}"


def _set_apart(page: Sequence[Line], usual: float) -> set[int]:
    """Rows at the very edge of a page that a gap or small letters set apart from its text."""
    out: set[int] = set()
    for above in (True, False):
        for _ in range(2):
            rest = [line for line in page if id(line) not in out]
            row, gap = _outermost(rest, above=above)
            height = max((line.height for line in row), default=0.0)
            small = height < 0.95 * usual and gap > 0.5 * usual
            apart = height <= 1.05 * usual and gap > 1.5 * usual
            if not (row and (small or apart)):
                break
            out |= {id(line) for line in row}
    return out


def _outermost(page: Sequence[Line], *, above: bool) -> tuple[list[Line], float]:
    """The first or last row of a page, if it is at its edge, and how far it is from the next."""
    first = min(page, key=lambda line: line.top if above else -line.bottom, default=None)
    if first is None or sum(len(line.text) for line in page) < 100:
        return [], 0.0
    row = [line for line in page if line.top < first.bottom and line.bottom > first.top]
    rest = [line for line in page if not (line.top < first.bottom and line.bottom > first.top)]
    top, bottom = min(line.top for line in row), max(line.bottom for line in row)
    near = EDGE * first.page_height
    if not rest or (bottom > near if above else top < first.page_height - near):
        return [], 0.0
    gap = (
        min(line.top for line in rest) - bottom
        if above
        else top - max(line.bottom for line in rest)
    )
    return row, gap
