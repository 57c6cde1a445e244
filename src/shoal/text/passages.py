"""Where a text falls into passages: at headings, paragraphs, items of lists, and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

MIN_WORDS = 20
"""Sentences are put together until a passage has so many words."""
MIN_WORDS_OF_ANSWERS = 3
"""The same in a text that is short: an answer names one thing a sentence."""
MAX_WORDS = 30
"""A paragraph up to so many words is one passage."""
SHORT_WORDS = 40
"""A text up to so many words is an answer."""
LIST_WORDS = 8
"""Most words of an entry of a list with semicolons."""
HEADING_WORDS = 14
"""Most words of a heading: a line without an end of a sentence, before a paragraph."""
CHARS_A_WORD = 6
"""For scripts that have no spaces between words."""
WRAPPED = range(45, 120)
"""Median length of lines that were broken to fit a page."""
BLANK = re.compile(r"\n[ \t]*\n\s*|\s*\f\s*")
ITEM = re.compile(
    r"^[ \t]*(?:[-*+\u2022\u2023\u25aa\u25e6\u2013]|\(?(?:\d{1,3}|[a-zA-Z])[.)])[ \t]+\S", re.M
)
SENTENCE = re.compile(
    r"(?<=[.!?\u2026])[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c\u2018(\[]?[^\W_a-z])|(?<=[\u3002\uff01\uff1f])"
)
ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|e\.g|i\.e|No|Fig|Inc|Corp|Ltd|Co|U\.S|U\.K|"
    r"Jan|Feb|Aug|Sept?|Oct|Nov|Dec|Gen|Sen|Rep|Gov|approx|bzw|z\.B|Nr|Hr|Fr)\.)[\"')\]]*\s*$"
)
Span = tuple[int, int]
"""Where a passage begins and ends, in characters."""


def passages_of(text: str) -> list[Span]:
    """The passages of a text in their order; together they hold all that is not blank.

    Parameters
    ----------
    text : of a document or an answer

    Returns
    -------
    Begin and end of each passage, without the blanks around it
    """
    out: list[Span] = []
    heading: int | None = None
    answer = len(text) < SHORT_WORDS * 2 * CHARS_A_WORD and _n_words(text) <= SHORT_WORDS
    for start, end in _blocks(text):
        if heading is None and _is_heading(text[start:end]):
            heading = start
            continue
        parts = _parts(text, start, end, answer=answer)
        if heading is not None:
            parts[0] = (heading, parts[0][1])
            heading = None
        out += parts
    if heading is not None:
        out.append(_trimmed(text, heading, len(text)))
    return [span for span in out if span[0] < span[1]]


def _trimmed(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _cut(text: str, start: int, end: int, borders: Iterator[tuple[int, int]]) -> list[Span]:
    """Parts between borders, each (end of a part, begin of the next)."""
    out, at = [], start
    for before, after in borders:
        out.append(_trimmed(text, at, before))
        at = after
    out.append(_trimmed(text, at, end))
    return [(a, b) for a, b in out if a < b]


def _blocks(text: str) -> list[Span]:
    """Paragraphs, and lines where lines are not broken to fit a page."""
    paragraphs = _cut(text, 0, len(text), ((m.start(), m.end()) for m in BLANK.finditer(text)))
    out: list[Span] = []
    for start, end in paragraphs:
        lines = [line for line in text[start:end].split("\n") if line.strip()]
        items = [m.start() + start for m in ITEM.finditer(text, start, end)]
        wrapped = len(lines) > 2 and int(median(map(len, lines[:-1]))) in WRAPPED
        if len(items) > 1:
            out += _cut(text, start, end, ((at, at) for at in items if at > start))
        elif wrapped or len(lines) < 2:
            out.append((start, end))
        else:
            ends = (m.start() + start for m in re.finditer("\n", text[start:end]))
            out += _cut(text, start, end, ((at, at + 1) for at in ends))
    return [(a, b) for a, b in out if a < b]


def _is_heading(block: str) -> bool:
    """Whether a block is a line that names what follows."""
    return (
        _n_words(block) <= HEADING_WORDS
        and "\n" not in block
        and ";" not in block
        and not ITEM.match(block)
        and block[-1] not in ".!?;,\u3002\uff01\uff1f"
    )


def _n_words(text: str) -> int:
    wide = sum("\u0e00" <= char <= "\u0eff" or "\u2e80" <= char <= "\uffef" for char in text)
    return len(text.split()) + wide * 2 // CHARS_A_WORD


def _parts(text: str, start: int, end: int, *, answer: bool) -> list[Span]:
    """A paragraph as one passage, or some sentences at a time."""
    entries = _entries(text, start, end)
    if len(entries) > 1:
        return entries
    if not answer and _n_words(text[start:end]) <= MAX_WORDS:
        return [(start, end)]
    least = MIN_WORDS_OF_ANSWERS if answer else MIN_WORDS
    out: list[Span] = []
    at, n_words = start, 0
    for a, b in _sentences(text, start, end):
        n_words += _n_words(text[a:b])
        if n_words >= least:
            out.append((at, b))
            at, n_words = b, 0
    if n_words and out and n_words < least // 2:
        out[-1] = (out[-1][0], end)
    elif n_words:
        out.append((at, end))
    return [_trimmed(text, a, b) for a, b in out] or [(start, end)]


def _entries(text: str, start: int, end: int) -> list[Span]:
    """The entries of a list in a line: "slow; too dear; rude staff"."""
    borders = ((m.end(), m.end()) for m in re.finditer(r";\s", text[start:end]))
    parts = _cut(text, start, end, ((a + start, b + start) for a, b in borders))
    short = all(_n_words(text[a:b]) <= LIST_WORDS for a, b in parts)
    return parts if short else []


def _sentences(text: str, start: int, end: int) -> list[Span]:
    borders = (
        (match.end(), match.end())
        for match in SENTENCE.finditer(text, start, end)
        if not ABBREVIATION.search(text, max(start, match.start() - 12), match.end())
    )
    return _cut(text, start, end, borders)
