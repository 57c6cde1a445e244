"""Lines of pages with their places -> a text in reading order.

Columns are read one after the other, lines become paragraphs, words that were broken at the end of
a line are put together, and what runs along the top and the bottom of pages is left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from shoal.parts.readers.documents.document import LONGEST_TITLE, PAGE

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
CROSSING = 0.15
"""Share of a page's lines that may run over the gap between two columns."""
MIN_COLUMN = 2
"""Lines of a column."""
MIN_WIDTH = 12.0
"""Mean number of characters of the lines of a column: numbers and bullets are none."""
NUMBER = re.compile(
    r"\W*((page|seite|pagina|página|p|s)\.?\s*)?(\d{1,4}|[ivxlc]{1,7})"
    r"(\s*(/|of|von|de|di|sur)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "ft",
             0xFB06: "st"}  # fmt: skip
HYPHENS = "-\u2010\u00ad"
ENDS = tuple('. ! ? : \u3002 \uff01 \uff1f ." .\u201d .) ?\u201d !\u201d'.split())
"""How a sentence ends."""


@dataclass(slots=True)
class Line:
    """A line, or the part of one that is in one column.

    Parameters
    ----------
    text : of it
    left, top, right, bottom : in points, from the left and the top of the page
    page : its number, from 0
    height : of its letters
    page_width, page_height : of its page
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    page: int
    height: float
    page_width: float
    page_height: float


def text_of(pages: Sequence[Sequence[Line]]) -> str:
    """The text of a document, paragraphs apart by blank lines.

    Parameters
    ----------
    pages : the lines of each, in any order
    """
    columns: list[list[Line]] = []
    for lines in _without_running(pages):
        columns += _columns(lines)
    return _joined(_paragraphs(columns)).translate(LIGATURES)


def headline(pages: Sequence[Sequence[Line]]) -> str:
    """What is written largest in the upper half of the first page; "" if nothing stands out."""
    lines = [line for line in (pages[0] if pages else ()) if any(map(str.isalpha, line.text))]
    if not lines:
        return ""
    largest = max(line.height for line in lines)
    usual = _usual_height(line for page in pages for line in page)
    first = [line for line in lines if line.height > 0.95 * largest]
    if largest < 1.15 * usual or first[0].top > 0.6 * first[0].page_height:
        return ""
    info = " ".join(line.text for line in sorted(first[:4], key=lambda line: line.top))
    return info[:LONGEST_TITLE].translate(LIGATURES)


def _usual_height(lines: Iterable[Line]) -> float:
    """The height of the line that the middle character is in."""
    chars: Counter[float] = Counter()
    for line in lines:
        chars[round(line.height, 1)] += len(line.text)
    half, seen = sum(chars.values()) / 2, 0
    for height in sorted(chars):
        seen += chars[height]
        if seen >= half:
            return height or 1.0
    return 1.0


def _without_running(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without headers, footers and page numbers."""
    usual = _usual_height(line for page in pages for line in page)
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


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of a page in reading order, each list one column or what lies across of them."""
    if not lines:
        return []
    upright = [line for line in lines if not _is_turned(line)]
    turned = [line for line in lines if _is_turned(line)]
    return [*_parted(upright, 0), *([turned] if turned else [])]


def _is_turned(line: Line) -> bool:
    """Whether a line runs up or down the page."""
    return len(line.text) > 4 and line.bottom - line.top > 3 * max(line.right - line.left, 1.0)


def _parted(lines: list[Line], depth: int) -> list[list[Line]]:
    """Lines cut at a gap between columns, if there is one, and so on in each of the two sides."""
    gutter = _gutter(lines) if depth < 4 else None
    if gutter is None:
        return [_by_rows(lines)] if lines else []
    out: list[list[Line]] = []
    left: list[Line] = []
    right: list[Line] = []
    across: list[Line] = []

    def end_band() -> None:
        nonlocal left, right
        for side in (left, right):
            out.extend(_parted(side, depth + 1))
        left, right = [], []

    def end_across() -> None:
        nonlocal across
        if across:
            out.append(_by_rows(across))
        across = []

    for line in sorted(lines, key=lambda line: line.top):
        if line.right <= gutter:
            end_across()
            left.append(line)
        elif line.left >= gutter:
            end_across()
            right.append(line)
        else:
            end_band()
            across.append(line)
    end_band()
    end_across()
    return out


def _gutter(lines: list[Line]) -> float | None:
    """Where the gap between two columns is, from the left; None where there is but one."""
    if len(lines) < 2 * MIN_COLUMN:
        return None
    least = min(line.left for line in lines)
    width = int(max(line.right for line in lines) - least) + 2
    if not 40 < width < 20_000:
        return None
    steps = np.zeros(width + 1, dtype=np.int64)
    for line in lines:
        steps[int(line.left - least)] += 1
        steps[min(int(line.right - least) + 1, width)] -= 1
    covered = np.cumsum(steps[:width])
    middle = slice(width // 5, width - width // 5)
    lowest = int(covered[middle].min())
    if lowest > CROSSING * len(lines):
        return None
    free = np.flatnonzero(covered[middle] == lowest) + middle.start
    runs = np.split(free, np.flatnonzero(np.diff(free) > 1) + 1)
    run = max(runs, key=len)
    at = float(least + (run[0] + run[-1]) / 2)
    left = [line for line in lines if line.right <= at]
    right = [line for line in lines if line.left >= at]
    height = median(line.height for line in lines)
    return at if len(run) >= 0.4 * height and _are_columns(left, right) else None


def _are_columns(left: list[Line], right: list[Line]) -> bool:
    """Whether two sets of lines are columns of text beside each other."""
    if min(len(left), len(right)) < MIN_COLUMN:
        return False
    if min(sum(len(line.text) for line in side) / len(side) for side in (left, right)) < MIN_WIDTH:
        return False
    top = max(min(line.top for line in side) for side in (left, right))
    bottom = min(max(line.bottom for line in side) for side in (left, right))
    shorter = min(
        max(line.bottom for line in side) - min(line.top for line in side) for side in (left, right)
    )
    return bottom - top > 0.3 * shorter


def _by_rows(lines: list[Line]) -> list[Line]:
    """Lines from top to bottom; those side by side from left to right, as one line."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom, line.left)):
        last = rows[-1][-1] if rows else None
        middle = (line.top + line.bottom) / 2
        if last is not None and last.top < middle < last.bottom and _beside(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_as_one(sorted(row, key=lambda line: line.left)) for row in rows]


def _beside(row: list[Line], line: Line) -> bool:
    """Whether a line overlaps none of a row."""
    return all(line.left >= other.right - 1 or line.right <= other.left + 1 for other in row)


def _as_one(row: list[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    first = row[0]
    return Line(
        " ".join(line.text for line in row),
        first.left,
        min(line.top for line in row),
        row[-1].right,
        max(line.bottom for line in row),
        first.page,
        max(line.height for line in row),
        first.page_width,
        first.page_height,
    )


def _paragraphs(columns: list[list[Line]]) -> list[list[Line]]:
    """Lines in reading order, cut where a paragraph ends."""
    out: list[list[Line]] = []
    before: Line | None = None
    for lines in columns:
        edges = min(line.left for line in lines), max(line.right for line in lines)
        tops = sorted(b.top - a.top for a, b in pairwise(lines))
        pitch = tops[len(tops) // 4] if tops else 0.0
        for place, line in enumerate(lines):
            if before is None or _begins(line, before, edges, pitch, beyond=not place):
                out.append([])
            out[-1].append(line)
            before = line
    return out


def _begins(
    line: Line, before: Line, edges: tuple[float, float], pitch: float, *, beyond: bool
) -> bool:
    """Whether a paragraph begins with a line.

    Parameters
    ----------
    line, before : it, and the one before it
    edges : left and right of its column
    pitch : usual distance of two lines of the column
    beyond : whether the line before is in another column or on another page
    """
    if abs(line.height - before.height) > 0.15 * max(line.height, before.height):
        return True
    ended = before.text.rstrip().endswith(ENDS)
    if beyond:
        return ended or (line.text[:1].isupper() and before.text[-1:] not in (*HYPHENS, ","))
    if line.top - before.top > 1.35 * pitch + 0.5:
        return True
    if line.left - edges[0] > line.height > 2 * (before.left - edges[0]):
        return True  # indented
    return ended and before.right < edges[1] - 0.2 * (edges[1] - edges[0])


def _joined(paragraphs: list[list[Line]]) -> str:
    """Paragraphs as text; a hyphen that ends a line goes unless the word has it elsewhere."""
    written = "\n".join(line.text for lines in paragraphs for line in lines).casefold()
    out: list[str] = []
    page = 0
    for lines in paragraphs:
        if out:
            out.append("\n\n")
        for place, line in enumerate(lines):
            text = line.text.strip()
            if place:
                before = out.pop()
                kept, joint = _joint(before, text, written)
                out += [kept, joint]
            if line.page != page:
                if out:
                    out[-1] = out[-1].rstrip(" ") + PAGE * (line.page - page)
                else:
                    out.append(PAGE * (line.page - page))
                page = line.page
            out.append(text)
    return "".join(out).replace("\u00ad", "")


def _joint(before: str, after: str, written: str) -> tuple[str, str]:
    """A line as it is followed by another one, and what comes between them."""
    if len(before) < 2 or before[-1] not in HYPHENS or not before[-2].isalpha():
        return before, "" if _without_spaces(before, after) else " "
    if not after[:1].isalpha():
        return before, " "
    if before[-1] == "\u00ad":
        return before[:-1], ""
    head = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*(?=.$)", before)
    tail = re.match(r"[^\W\d_]+", after)
    whole = f"{head[0] if head else ''}-{tail[0] if tail else ''}".casefold()
    if after[0].isupper() or whole in written:
        return before, ""
    return before[:-1], ""


def _without_spaces(before: str, after: str) -> bool:
    """Whether two lines are of a script that has no spaces between its words."""
    return all("\u2e80" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef"
               for char in (before[-1:] or "a", after[:1] or "a"))  # fmt: skip
