"""Frames: what many texts share around what each of them says.

A signature, a disclaimer, a template, a greeting or a prefix of a log stands in many texts and
tells nothing of any; a link, an address or a ticket number tells whom a text is about and not what.
`finding_frames` finds them by counting. This file takes them out of texts, old and new.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.blocks import slices
from shoal.text.cleaning import shorten
from shoal.text.quotes import MAY_QUOTE, NAMED, quoted
from shoal.text.tokens import (
    CODE,
    CODES,
    MARKS,
    MARKUP,
    NAMES,
    Tokenizer,
    Tokens,
    numbers_of,
    shape_of,
)
from shoal.text.words import many

BLOCK_TEXTS, RUN = 1024, 3
"""Texts that are gone over at once, and tokens in a row that a frame is known by."""
LONGEST_SEGMENT = 12
"""Tokens of a line, sentence or part of one that counts as a frame in itself."""
LONGEST_SLOT, SLOT_REST = 6, 3
"""Tokens of a slot in a frame, and words that must be left beside all slots of a text."""
MULTIPLIERS = tuple(
    np.uint64(0x9E3779B97F4A7C15 * (2 * place + 1) % 2**64 | 1) for place in range(LONGEST_SEGMENT)
)
"""Odd numbers that tell the places of tokens apart when their numbers are added."""
TAIL = re.compile(r"[.!?)\]\"'\u2019\u201d\u2026%\u3002\uff01\uff1f]*")
"""Signs that belong to the word before."""
SIGNS = re.compile(
    r"[\x00-\x7f\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb-\u00bf\u0589\u05be\u05c0\u05c3"
    r"\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u1362-\u1368\u2000-\u200c\u200e-\u206f\u2100-\u2138"
    r"\u2190-\u21ff\u2500-\u25ff\u3000-\u303f\ufe30-\ufe6f\uff00-\uff20]+"
)
"""Signs that say nothing where the words beside them are gone; emoji are none of these."""
WORDS = re.compile(rf"[\w{MARKS}]+")
CODE_DIGITS = re.compile(r"\d{3}|[a-f]\d|\d[a-f]")
LINKS = ("://", "www.", "@")
"""One of them is in whatever is a link, a mail address or a handle."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing that many texts share, for people.

    Parameters
    ----------
    text : as it stands in one of them
    share : of the texts, in [0, 1]
    words : tokens of it
    """

    text: str
    share: float
    words: int


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What is taken out of texts before a model reads them.

    Parameters
    ----------
    runs : (n,) uint64, ascending, what three tokens in a row are known by, of each frame
    needs : (n,) uint8, tokens in a row from which on they are a frame
    rests : (n,) uint8, words that must be left
    segments : (m,) uint64, ascending, what lines or parts of sentences are known by
    slots : (l,) uint64, ascending, what short stretches between or beside frames are known by, of
        those that come again and again, such as the system in a template
    kinds : kinds of tokens that are taken out wherever they are, of `NAMES`
    codes : forms of numbers and codes that are
    quotes : whether quoted lines are
    programs : what header lines begin with below which mails quote whole mails, see `quotes`
    words : words that somebody asked to leave out
    info : the frames for people, the most frequent first
    """

    runs: NDArray[np.uint64]
    needs: NDArray[np.uint8]
    rests: NDArray[np.uint8]
    segments: NDArray[np.uint64]
    slots: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    kinds: frozenset[int] = frozenset()
    codes: frozenset[str] = frozenset()
    quotes: bool = False
    programs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    info: tuple[Frame, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            len(self.runs)
            or len(self.segments)
            or (self.kinds | self.codes | self.programs | self.words)
            or self.quotes
        )

    def stripped(self, texts: Sequence[str | None]) -> Iterator[tuple[str | None, bool]]:
        """Each text without its frames, and whether it is nothing but frames: then it is whole."""
        tokenizer = Tokenizer()
        for part in slices(len(texts), BLOCK_TEXTS):
            block = list(texts[part])
            yield from self._stripped(block, tokenizer)

    def parts(self, text: str) -> list[tuple[str, bool]]:
        """A text cut into pieces, and whether each is a frame; together they are the text."""
        kept, _ = self._kept([text], Tokenizer())
        spans = kept.get(0, [(0, len(text))])
        out: list[tuple[str, bool]] = []
        last = 0
        for start, end in spans:
            out += [(text[last:start], True), (text[start:end], False)]
            last = end
        return [piece for piece in (*out, (text[last:], True)) if piece[0]]

    def _stripped(
        self, block: list[str | None], tokenizer: Tokenizer
    ) -> list[tuple[str | None, bool]]:
        kept, only = self._kept(block, tokenizer)
        out: list[tuple[str | None, bool]] = [(text, row in only) for row, text in enumerate(block)]
        for row, spans in kept.items():
            out[row] = (_joined(block[row] or "", spans), False)
        if MARKUP in self.kinds:  # what is written in HTML writes its signs as &amp;
            return [(text and html.unescape(text), whole) for text, whole in out]
        return out

    def _kept(
        self, block: list[str | None], tokenizer: Tokenizer
    ) -> tuple[dict[int, list[tuple[int, int]]], set[int]]:
        """Of each text that frames are taken out of, the places of what stays; and those whole."""
        some = [row for row, text in enumerate(block) if text and self._may_hold(text)]
        texts = [block[row] or "" for row in some]
        tokens = tokenizer.of(texts)
        if not len(tokens):
            return {}, set()
        out, needed = self.covered(texts, tokens)
        left = np.bincount(tokens.row, weights=tokens.words * ~out, minlength=len(texts))
        touched = np.bincount(tokens.row[out], minlength=len(texts)) > 0
        # of a script without spaces a single word may be what is left
        whole = (left < needed) | (left <= 0)
        kept: dict[int, list[tuple[int, int]]] = {}
        for row in np.flatnonzero(touched & ~whole):
            mine = slice(*np.searchsorted(tokens.row, (row, row + 1)))
            kept[some[row]] = _spans(texts[row], tokens.start[mine], tokens.end[mine], ~out[mine])
        return kept, {some[row] for row in np.flatnonzero(touched & whole)}

    def _may_hold(self, text: str) -> bool:
        """Whether anything can be found in a text, told quickly."""
        return bool(
            len(self.runs)
            or len(self.segments)
            or self.words
            or (self.codes and CODE_DIGITS.search(text))
            or any(sign in text for sign in LINKS)
            or (MARKUP in self.kinds and "<" in text)
            or (self.quotes and MAY_QUOTE.search(text))
            or (self.programs and text.count("\n") > NAMED)
        )

    def covered(
        self, texts: Sequence[str], tokens: Tokens
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Which tokens are frame, (n_tokens,), and how many words must be left of each text."""
        out, needed = self._in_runs(tokens, len(texts))
        out |= np.isin(tokens.kind, np.array(sorted(self.kinds), np.uint8))
        if len(self.segments):
            number, known = segments_of(tokens)
            out |= isin_sorted(known, self.segments)[number]
        if self.codes:
            for place in np.flatnonzero((tokens.kind == CODE) & ~out):
                written = texts[tokens.row[place]][tokens.start[place] : tokens.end[place]]
                out[place] = shape_of(written) in self.codes
        if self.quotes or self.programs:
            out |= quoted(texts, tokens, self.programs, signs=self.quotes)
        if self.words:
            out |= isin_sorted(tokens.number, numbers_of(self.words))
        if len(self.slots):
            out |= self._in_slots(tokens, out, len(texts))
        return out, needed

    def _in_slots(self, tokens: Tokens, out: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
        """Tokens of known slots, of texts in which more than those is left."""
        stretch, known = slots_of(tokens, out)
        inside = isin_sorted(known, self.slots)[stretch] & ~out
        left = np.bincount(tokens.row, weights=tokens.words * (~out & ~inside), minlength=n)
        return np.asarray(inside & (left[tokens.row] >= SLOT_REST))

    def _in_runs(self, tokens: Tokens, n: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Tokens that are in a run that is long enough, and the words that must be left then."""
        needed = np.zeros(n, dtype=np.int64)
        if not len(self.runs):
            return np.zeros(len(tokens), dtype=bool), needed
        known = runs_of(tokens)
        place = np.minimum(np.searchsorted(self.runs, known), len(self.runs) - 1)
        hit = (self.runs[place] == known) & (known != 0)
        out = spread_runs(hit)
        run = _numbered(out, tokens.row)
        inside = np.flatnonzero(out)
        n_runs = int(run.max(initial=-1)) + 1
        lengths = np.bincount(run[inside], minlength=n_runs)
        needs, rests = np.full(n_runs, 255), np.zeros(n_runs, dtype=np.int64)
        hits = np.flatnonzero(hit)
        np.minimum.at(needs, run[hits], self.needs[place[hits]])
        np.maximum.at(rests, run[hits], self.rests[place[hits]])
        long = lengths >= needs
        out[inside] = long[run[inside]]
        took = inside[long[run[inside]]]
        np.maximum.at(needed, tokens.row[took], rests[run[took]])
        return out, needed

    @property
    def token_names(self) -> list[str]:
        """What else is left out wherever it stands, for people."""
        names = [name for kind, name in NAMES.items() if kind in self.kinds]
        return (
            names
            + [CODES] * bool(self.codes)
            + ["quoted lines"] * bool(self.quotes or self.programs)
            + [f"\u201c{word}\u201d" for word in sorted(self.words)]
        )

    def record(self) -> dict[str, Any]:
        """What `from_record` makes the frames of again."""
        return {
            "runs": [f"{number:016x}" for number in self.runs.tolist()],
            "needs": self.needs.tolist(),
            "rests": self.rests.tolist(),
            "segments": [f"{number:016x}" for number in self.segments.tolist()],
            "slots": [f"{number:016x}" for number in self.slots.tolist()],
            "kinds": sorted(self.kinds),
            "codes": sorted(self.codes),
            "quotes": self.quotes,
            "programs": sorted(self.programs),
            "words": sorted(self.words),
            "told": [[one.text, one.share, one.words] for one in self.info],
        }

    @classmethod
    def from_record(cls, info: dict[str, Any]) -> Frames:
        """The frames of a `record`."""
        return cls(
            runs=np.array([int(number, 16) for number in info["runs"]], np.uint64),
            needs=np.array(info["needs"], np.uint8),
            rests=np.array(info["rests"], np.uint8),
            segments=np.array([int(number, 16) for number in info["segments"]], np.uint64),
            slots=np.array([int(number, 16) for number in info["slots"]], np.uint64),
            kinds=frozenset(info["kinds"]),
            codes=frozenset(info["codes"]),
            quotes=bool(info["quotes"]),
            programs=frozenset(info.get("programs", ())),
            words=frozenset(info.get("words", ())),
            info=tuple(Frame(*one) for one in info["told"]),
        )

    def in_words(self, n_rows: int, n_changed: int, n_only: int) -> str:
        """One sentence on what was taken out."""
        n = n_changed + n_only
        rows = f"{n / n_rows:.0%} of the rows" if n >= 0.01 * n_rows > 0 else f"{n:,} rows"
        names, more = self.token_names, 0
        if self.info:
            widest = self.info[0]
            what = f"a {widest.words}-word frame" if widest.words else "the same signs"
            said = f"{widest.share:.0%} of the rows share {what}"
            said += f" (\u201c{shorten(' '.join(widest.text.split()), 60)}\u201d)"
            more = len(self.info) - 1
            said += f" and {more} more" if more else ""
            said += f"; {', '.join(names)} are treated as frame too" if names else ""
        else:
            held = ", ".join(names) or "words that many rows share at the same place"
            said = f"{rows} hold {held}"
        one = bool(self.info) and not more and not names
        what, kept = ("it is", "it") if one else ("they are", "them")
        only = many(n_only, "row holds", "rows hold")
        only = f" {only} nothing else and stayed whole." if n_only else ""
        asked = not self.info and len(names) == len(self.words) > 0
        how = "" if asked else f" Use --keep-frames to keep {kept}."
        said += f"; {what}" if self.info else ", which are"
        return f"{said} left out of the clustering.{only}{how}"


def none() -> Frames:
    """Frames of texts that share nothing."""
    empty = np.empty(0, np.uint64)
    return Frames(empty, np.empty(0, np.uint8), np.empty(0, np.uint8), empty)


def runs_of(tokens: Tokens) -> NDArray[np.uint64]:
    """What three tokens in a row are known by, at the first of them, (n_tokens,); 0 for none."""
    known = np.zeros(len(tokens), dtype=np.uint64)
    if len(tokens) >= RUN:
        last = len(tokens) - RUN + 1
        total = sum(
            tokens.number[place : place + last] * MULTIPLIERS[place] for place in range(RUN)
        )
        same = tokens.row[:last] == tokens.row[RUN - 1 :]
        known[:last] = np.where(same, np.asarray(total) | np.uint64(1), np.uint64(0))
    return known


def segments_of(tokens: Tokens) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The segment each token is in, (n_tokens,), and what each is known by; 0 for a long one."""
    begins = tokens.broken.copy()
    begins[1:] |= tokens.row[1:] != tokens.row[:-1]
    number = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    place = np.arange(len(tokens)) - first[number]
    lengths = np.diff(np.append(first, len(tokens)))
    times = np.array(MULTIPLIERS)[np.minimum(place, LONGEST_SEGMENT - 1)]
    known = np.add.reduceat(tokens.number * times, first) if len(first) else np.empty(0, np.uint64)
    return number, np.where(lengths <= LONGEST_SEGMENT, known | np.uint64(1), np.uint64(0))


def slots_of(
    tokens: Tokens, out: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The stretch each token is in, in or out, and what the short ones that are in are known by.

    Returns
    -------
    (n_tokens,) the number of the stretch; (n_stretches,) 0 for a long one, one that is out, and one
    that is beside nothing that is out
    """
    begins = np.ones(len(tokens), dtype=bool)
    begins[1:] = (out[1:] != out[:-1]) | (tokens.row[1:] != tokens.row[:-1])
    begins[1:] |= tokens.broken[1:] & ~out[1:]
    number, first = np.cumsum(begins) - 1, np.flatnonzero(begins)
    lengths = np.diff(np.append(first, len(tokens)))
    place = np.minimum(np.arange(len(tokens)) - first[number], LONGEST_SLOT - 1)
    known = np.add.reduceat(tokens.number * np.array(MULTIPLIERS)[place], first)
    row = tokens.row[first]
    beside = np.zeros(len(first), dtype=bool)
    follows = row[1:] == row[:-1]
    beside[1:] |= follows & out[first[:-1]]
    beside[:-1] |= follows & out[first[1:]]
    short = (lengths <= LONGEST_SLOT) & beside & ~out[first]
    return number, np.where(short, known | np.uint64(1), np.uint64(0))


def spread_runs(hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tokens that are in one of the runs that begin at the hits."""
    out = hit.copy()
    for shift in range(1, RUN):
        out[shift:] |= hit[:-shift]
    return out


def isin_sorted(values: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which values are among ascending ones."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray(known[place] == values)


def _numbered(inside: NDArray[np.bool_], row: NDArray[np.int32]) -> NDArray[np.int64]:
    """The number of the stretch each token is in, (n_tokens,); what is outside has any."""
    begins = inside.copy()
    begins[1:] &= ~inside[:-1] | (row[1:] != row[:-1])
    return np.asarray(np.maximum(np.cumsum(begins) - 1, 0))


def _spans(
    text: str, starts: NDArray[np.int32], ends: NDArray[np.int32], kept: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Places of the stretches of kept tokens, with the signs that belong to their last word."""
    spans = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    for first, stop in edges.reshape(-1, 2):
        end = int(ends[stop - 1])
        tail = TAIL.match(text, end)
        spans.append((int(starts[first]), tail.end() if tail else end))
    return spans


def _joined(text: str, spans: list[tuple[int, int]]) -> str:
    """The stretches of a text put together; emoji between them stay."""
    out = []
    last = 0
    for start, end in (*spans, (len(text), len(text))):
        out.append(SIGNS.sub(" ", WORDS.sub(" ", text[last:start])))
        out.append(text[start:end])
        last = end
    return " ".join(" ".join(out).split(" ")).strip()
