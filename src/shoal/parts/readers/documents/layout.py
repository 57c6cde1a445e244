"""Lines of pages with their places -> a text in reading order.

Columns are read one after the other, lines become paragraphs, words that were broken at the end of
a line are put together, and what runs along the top and the bottom of pages is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, pairwise
from statistics import median

import numpy as np

from shoal.parts.readers.documents.document import LONGEST_TITLE, PAGE
from shoal.parts.readers.documents.lines import Line, usual_height
from shoal.parts.readers.documents.running import without_running

CROSSING = 0.15
"""Share of a page's lines that may run over the gap between two columns."""
MIN_WIDTH = 12.0
"""Mean number of characters of the lines of a column: numbers and bullets are none."""
MIN_WIDTH_ALONE = 20.0
"""The same of a column of one line."""
LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "ft",
             0xFB06: "st"}  # fmt: skip
HYPHENS = "-\u2010\u00ad"
COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
HEAD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*(?=.$)")
TAIL = re.compile(r"[^\W\d_]+")
"""A word with hyphens, the part of one that ends a line, and the part that begins the next."""
ENDS = tuple('. ! ? : \u3002 \uff01 \uff1f ." .\u201d .) ?\u201d !\u201d'.split())
"""How a sentence ends."""


def text_of(pages: Sequence[Sequence[Line]]) -> str:
    """The text of a document, paragraphs apart by blank lines.

    Parameters
    ----------
    pages : the lines of each, in any order
    """
    columns: list[list[Line]] = []
    for lines in without_running(pages):
        columns += _columns(lines)
    return _joined(_paragraphs(columns)).translate(LIGATURES)


def headline(pages: Sequence[Sequence[Line]]) -> str:
    """What is written largest in the upper half of the first page; "" if nothing stands out."""
    lines = [line for line in (pages[0] if pages else ()) if any(map(str.isalpha, line.text))]
    lines = [line for line in lines if not line.is_slanted]
    if not lines:
        return ""
    largest = max(line.height for line in lines)
    usual = usual_height(line for page in pages for line in page)
    tall = [line for line in lines if line.height > 0.95 * largest]
    first = sorted(tall[:4], key=lambda line: line.top)
    if largest < 1.15 * usual or tall[0].top > 0.6 * tall[0].page_height:
        return ""
    # another heading of that size further down is none of its lines
    n = next((n for n, (a, b) in enumerate(pairwise(first), 1) if b.top - a.bottom > largest), 4)
    info = " ".join(line.text for line in first[:n])
    return info[:LONGEST_TITLE].translate(LIGATURES)


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines of a page in reading order, each list one column or what lies across of them."""
    if not lines:
        return []
    lines = [line for line in lines if not line.is_slanted]
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
    if len(lines) < 3:
        return None
    edges = np.array([(line.left, line.right) for line in lines])
    least = float(edges[:, 0].min())
    width = int(edges[:, 1].max() - least) + 2
    if not 40 < width < 20_000:
        return None
    starts, ends = (edges - least).astype(np.int64).T
    steps = np.bincount(starts, minlength=width + 1)
    steps -= np.bincount(np.minimum(ends + 1, width), minlength=width + 1)
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
    if not left or not right or len(left) + len(right) < 3:
        return False
    widths = [sum(len(line.text) for line in side) / len(side) for side in (left, right)]
    alone = min(len(left), len(right)) == 1
    if min(widths) < (MIN_WIDTH_ALONE if alone else MIN_WIDTH):
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
    texts = (line.text[:-1].casefold() for lines in paragraphs for line in lines)
    found = (COMPOUND.findall(text) for text in texts if "-" in text)
    compounds = "\n".join(dict.fromkeys(chain.from_iterable(found)))
    out: list[str] = []
    page = 0
    for lines in paragraphs:
        if out:
            out.append("\n\n")
        for place, line in enumerate(lines):
            text = line.text.strip()
            if place:
                before = out.pop()
                kept, joint = _joint(before, text, compounds)
                out += [kept, joint]
            if line.page != page:
                if out:
                    out[-1] = out[-1].rstrip(" ") + PAGE * (line.page - page)
                else:
                    out.append(PAGE * (line.page - page))
                page = line.page
            out.append(text)
    return "".join(out).replace("\u00ad", "")


def _joint(before: str, after: str, compounds: str) -> tuple[str, str]:
    """A line as it is followed by another one, and what comes between them.

    Parameters
    ----------
    before, after : two lines
    compounds : words with hyphens that the document has within lines
    """
    if len(before) < 2 or before[-1] not in HYPHENS or not before[-2].isalpha():
        return before, "" if _without_spaces(before, after) else " "
    if not after[:1].isalpha():
        return before, " "
    if before[-1] == "\u00ad":
        return before[:-1], ""
    if after[0].isupper():
        return before, ""
    head, tail = HEAD.search(before.rsplit(None, 1)[-1]), TAIL.match(after)
    whole = f"{head[0] if head else ''}-{tail[0] if tail else ''}".casefold()
    if whole in compounds:
        return before, ""
    return before[:-1], ""


def _without_spaces(before: str, after: str) -> bool:
    """Whether two lines are of a script that has no spaces between its words."""
    if before[-1:] < "\u2e80" or after[:1] < "\u2e80":
        return False
    return all(char <= "\u9fff" or "\uff00" <= char <= "\uffef" for char in (before[-1], after[0]))
