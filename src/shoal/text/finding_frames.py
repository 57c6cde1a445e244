"""Finds the frames of texts by counting, in any language and without lists of words.

Three tokens in a row that stand in many texts are linked to those that nearly always follow them:
such a chain is what many texts share. It is a frame if it is long for how many share it, if enough
is left of the texts beside it, and if what is left does not tell which texts have it. What only the
texts of one theme share is part of what they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from shoal.text.frame_rest import Rest
from shoal.text.frames import (
    RUN,
    Frame,
    Frames,
    none,
    runs_of,
    segments_of,
    slots_of,
    spread_runs,
)
from shoal.text.quotes import answered, quoted
from shoal.text.tokens import (
    CHARACTER,
    CODE,
    HANDLE,
    LETTER,
    MAIL,
    MARKUP,
    URL,
    WORDS_OF,
    Tokenizer,
    Tokens,
    shape_of,
)

SAMPLE = 5000
"""Texts that are counted."""
MIN_TEXTS = 12
"""Of fewer texts nothing can be said."""
EDGE = 3000
"""Characters of a text that are counted, from either end: a frame is around what it says."""
MIN_ROWS, MIN_SHARE = 5, 0.01
"""Texts that share a frame, and their share of all."""
LINKED = 0.6
"""Share of the more frequent of two runs that follow each other, from which on they are one."""
LENGTHS = ((0.9, 6), (0.5, 7), (0.2, 8), (0.05, 9), (0.0, 12))
"""Share of the texts, and the tokens in a row from which on what they share may be a frame."""
LONG = 20
"""Tokens of a frame that is one whatever it goes with, where enough is left."""
MAX_TOLD = 0.65
"""Area under the curve with which the rest may tell who has a frame: half is by chance."""
NEARLY_ALL, HALF = 0.98, 0.5
"""Shares of the texts from which on nothing can go with a frame, and little."""
SEGMENT_SHARE, SEGMENT_REST, SEGMENT_EDGE = 0.05, 6, 3
"""Of lines and parts of sentences: the texts that share one, the words that are left of them in
the median, and how near to either end it stands."""
LETTER_REST = 6
"""Words beside a frame that mostly stands alone, as a letter that many signed, from which on a text
is more than the letter."""
TOKENS_SHARE, HANDLES_SHARE, MANY_VALUES = 0.01, 0.05, 0.5
"""Share of texts with codes or handles from which on those are left out; and of differing codes."""
MIN_NAMED = 2
"""Texts with the same words in a slot from which these are a name, where no text has them else."""
IS_SET = re.compile(
    r"<br ?/?>|<(\w+)(?:\s[^<>]{0,500})?>[^<]{0,500}</\1>|<(?:a|img)\s[^<>]{0,500}="
)
"""What only a text that is written in HTML has: a line's end, an element that is closed, a link."""
QUOTES_SHARE = 0.02
"""Share of texts that quote others behind signs from which on those are mails or posts."""
MAX_TESTED = 400
MAX_EXAMPLES = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Chains:
    """Runs that follow each other, as one thing each.

    Parameters
    ----------
    runs : (n,) uint64, ascending, those that stand in many texts
    chain : (n,) the chain of each
    at : (n_tokens,) the chain that begins or goes on at each token, -1 for none
    rows : chain -> the texts that hold most of it, (n_rows,) each
    tokens : (n_chains,) how many
    lengths : (n_chains,) words that these are, about
    """

    runs: NDArray[np.uint64]
    chain: NDArray[np.int64]
    at: NDArray[np.int64]
    rows: list[NDArray[np.int32]]
    tokens: NDArray[np.int64]
    lengths: NDArray[np.float64]


def find_frames(texts: Sequence[str]) -> Frames:
    """What many of some texts share around what each of them says.

    Parameters
    ----------
    texts : (n,) different ones, a sample of all of them

    Returns
    -------
    Frames; they are the same in any order of the texts
    """
    n = len(texts)
    if n < MIN_TEXTS:
        return none()
    texts = [_edges(text) for text in texts]
    tokens = Tokenizer().of(texts)
    kinds, codes = _kinds(texts, tokens), _codes(texts, tokens)
    least = max(MIN_ROWS, QUOTES_SHARE * n)
    behind_signs = quoted(texts, tokens)
    quotes = len(np.unique(tokens.row[behind_signs])) >= least
    programs = answered(texts, max(MIN_ROWS, round(MIN_SHARE * n)))
    is_quoted = quoted(texts, tokens, programs, signs=False)
    if quotes:
        is_quoted |= behind_signs
    chains = _chains(tokens, n)
    long = np.array(
        [
            length >= _length_needed(len(rows) / n)
            for length, rows in zip(chains.lengths, chains.rows, strict=True)
        ],
        dtype=bool,
    )
    # whatever may be a frame is no part of the rest that others are judged by
    inside = (
        spread_runs(np.where(chains.at >= 0, long[chains.at], False)) if len(long) else is_quoted
    )
    number, known = segments_of(tokens)
    shared = _shared_segments(tokens, number, known, inside | is_quoted, n)
    candidate = inside | is_quoted | shared[number] | np.isin(tokens.kind, sorted(kinds))
    rest = Rest.of(tokens, ~candidate & (tokens.words > 0), n)
    rests = {
        c: need
        for c in np.flatnonzero(long).tolist()
        if (need := _rest_needed(rest, chains.rows[c], float(chains.lengths[c]))) is not None
    }
    accepted = np.isin(chains.chain, sorted(rests))
    needs = np.clip((chains.tokens + 1) // 2, RUN, 8)
    segments = _segments(tokens, number, known, shared, rest)
    info = _frames_for_people(texts, tokens, chains, rests, n)
    info += _segment_info(texts, tokens, number, known, segments)
    frames = Frames(
        runs=chains.runs[accepted],
        needs=needs[chains.chain[accepted]].astype(np.uint8),
        rests=np.array([rests[c] for c in chains.chain[accepted]], np.uint8),
        segments=segments,
        kinds=frozenset(kinds),
        codes=frozenset(codes),
        quotes=quotes,
        programs=programs,
        info=tuple(sorted(info, key=_worth))[:MAX_EXAMPLES],
    )
    return replace(frames, slots=_slots(texts, tokens, frames))


def _slots(texts: Sequence[str], tokens: Tokens, frames: Frames) -> NDArray[np.uint64]:
    """What stands again and again in the same place of a frame, whatever else a text says."""
    if not (len(frames.runs) or len(frames.segments)) or not len(tokens):
        return np.empty(0, np.uint64)
    out, _ = frames.covered(texts, tokens)
    number, known = slots_of(tokens, out)
    row = tokens.row[np.searchsorted(number, np.arange(len(known)))]
    found, count = np.unique(known[known != 0], return_counts=True)
    often = found[count >= max(MIN_ROWS, MIN_SHARE * len(texts))]
    # names come twice among few texts, and no text says anything of them
    said = np.unique(tokens.number[~out & (known[number] == 0) & (tokens.words > 0)])
    saying = np.isin(tokens.number, said) & (tokens.words > 0)
    says = np.bincount(number, weights=saying, minlength=len(known)) > 0
    often = np.union1d(often, np.setdiff1d(found[count >= MIN_NAMED], known[says]))
    # what is judged is no part of what it is judged by
    kept = ~out & ~np.isin(known, often)[number] & (tokens.words > 0)
    rest = Rest.of(tokens, kept, len(texts))
    neutral = [one for one in often if not _goes_with_theme(rest, np.unique(row[known == one]))]
    return np.array(neutral, np.uint64)


def _length_needed(share: float) -> int:
    return next(length for least, length in LENGTHS if share >= least)


def _edges(text: str) -> str:
    return text if len(text) <= 2 * EDGE else f"{text[:EDGE]}\n{text[-EDGE:]}"


def _kinds(texts: Sequence[str], tokens: Tokens) -> set[int]:
    """Kinds of tokens that say whom and not what, or how a text is set."""
    n = len(texts)

    def holders(kind: int) -> int:
        return len(np.unique(tokens.row[tokens.kind == kind]))

    out = {kind for kind in (URL, MAIL) if holders(kind)}
    if holders(HANDLE) >= max(MIN_ROWS, HANDLES_SHARE * n):
        out.add(HANDLE)
    # a question about <div> names it, and closes none
    if sum(IS_SET.search(text) is not None for text in texts) >= max(MIN_ROWS, TOKENS_SHARE * n):
        out.add(MARKUP)
    return out


def _codes(texts: Sequence[str], tokens: Tokens) -> set[str]:
    """Forms of codes of which nearly each is another one, such as ticket numbers."""
    rows: dict[str, set[int]] = {}
    values: dict[str, set[str]] = {}
    for place in np.flatnonzero(tokens.kind == CODE):
        row = int(tokens.row[place])
        written = texts[row][tokens.start[place] : tokens.end[place]]
        shape = shape_of(written)
        rows.setdefault(shape, set()).add(row)
        values.setdefault(shape, set()).add(written)
    least = max(MIN_ROWS, TOKENS_SHARE * len(texts))
    return {
        shape
        for shape, held in rows.items()
        if len(held) >= least and len(values[shape]) > MANY_VALUES * len(held) and len(shape) > 4
    }


def _chains(tokens: Tokens, n: int) -> _Chains:
    """The runs of three that many texts share, those that follow each other as one."""
    known = runs_of(tokens)
    places = np.flatnonzero(known)
    found, which = np.unique(known[places], return_inverse=True)
    holders = np.unique(which.astype(np.int64) * n + tokens.row[places]) // n
    df = np.bincount(holders, minlength=len(found))
    often = df >= max(MIN_ROWS, MIN_SHARE * n)
    kept = often[which]
    places, new = places[kept], np.cumsum(often) - 1
    run = new[which[kept]]
    runs = found[often]
    times = np.bincount(run, minlength=len(runs))
    # those that follow each other nearly always
    follow = np.flatnonzero(
        (np.diff(places) == 1) & (tokens.row[places[1:]] == tokens.row[places[:-1]])
    )
    pair, count = np.unique(run[follow] * len(runs) + run[follow + 1], return_counts=True)
    one, other = (pair // len(runs), pair % len(runs)) if len(runs) else (pair, pair)
    tied = count >= LINKED * np.maximum(times[one], times[other])
    graph = sparse.coo_matrix(
        (np.ones(int(tied.sum())), (one[tied], other[tied])), shape=(len(runs), len(runs))
    )
    n_chains, chain = connected_components(graph, directed=False) if len(runs) else (0, run)
    at = np.full(len(tokens), -1, dtype=np.int64)
    at[places] = chain[run]
    sizes = np.bincount(chain, minlength=n_chains)
    # characters of a script without spaces are not yet words
    there = at >= 0
    n_tokens = np.bincount(at[there], minlength=n_chains)
    worth = np.where(np.isin(tokens.kind, (CHARACTER, LETTER)), WORDS_OF[tokens.kind], 1.0)
    share = np.bincount(at[there], weights=worth[there], minlength=n_chains) / np.maximum(
        n_tokens, 1
    )
    lengths = (sizes + RUN - 1) * share
    return _Chains(runs, chain, at, _holders(tokens, at, sizes, n), sizes + RUN - 1, lengths)


def _holders(
    tokens: Tokens, at: NDArray[np.int64], sizes: NDArray[np.int64], n: int
) -> list[NDArray[np.int32]]:
    """The texts that hold at least half of each chain."""
    there = np.flatnonzero(at >= 0)
    key, count = np.unique(at[there] * n + tokens.row[there], return_counts=True)
    chain, row = key // n, (key % n).astype(np.int32)
    kept = count >= sizes[chain] / 2
    borders = np.searchsorted(chain[kept], np.arange(len(sizes) + 1))
    return [row[kept][a:b] for a, b in pairwise(borders)]


def _goes_with_theme(rest: Rest, rows: NDArray[np.int32]) -> bool:
    """Whether the rest tells which texts have a thing, by more than chance would."""
    chance = 1.5 * 0.29 / np.sqrt(max(len(rows), 1))
    return bool(rest.info(rows) > MAX_TOLD + chance)


def _rest_needed(rest: Rest, rows: NDArray[np.int32], length: float) -> int | None:
    """Words that must be left for a chain to be a frame; None where it is none."""
    share = len(rows) / len(rest.lengths)
    usual = float(np.median(rest.lengths[rows])) if len(rows) else 0.0
    if share >= NEARLY_ALL:
        return 1
    poor = usual < max(3.0, min(LETTER_REST, length / 8))
    if share >= HALF and not poor:
        return 1
    themed = _goes_with_theme(rest, rows)
    if not poor:
        return None if themed and (length < LONG or usual < LETTER_REST) else 1
    if not themed and share >= HALF:
        return 1
    return LETTER_REST if length >= LONG else None


def _shared_segments(
    tokens: Tokens,
    number: NDArray[np.int64],
    known: NDArray[np.uint64],
    out: NDArray[np.bool_],
    n: int,
) -> NDArray[np.bool_]:
    """Lines and parts of sentences near either end that many texts share, (n_segments,).

    What may be a frame already is `out` and does not count: the end is what is left in front of it.
    """
    if not len(known):
        return np.zeros(0, dtype=bool)
    row = tokens.row[np.searchsorted(number, np.arange(len(known)))]
    has_word = np.bincount(number, weights=WORDS_OF[tokens.kind], minlength=len(known)) > 0
    free = np.flatnonzero(np.bincount(number, weights=~out, minlength=len(known)) > 0)
    place, own = np.arange(len(free)), row[free]
    from_start = place - np.searchsorted(own, own)
    from_end = np.searchsorted(own, own, side="right") - 1 - place
    near = (np.minimum(from_start, from_end) < SEGMENT_EDGE) & (from_start + from_end > 0)
    near &= (known[free] != 0) & has_word[free]
    found, which = np.unique(known, return_inverse=True)
    holders = np.unique(which[free[near]].astype(np.int64) * n + own[near]) // n
    df = np.bincount(holders, minlength=len(found))
    return np.asarray((df >= max(MIN_ROWS, SEGMENT_SHARE * n))[which])


def _segments(
    tokens: Tokens,
    number: NDArray[np.int64],
    known: NDArray[np.uint64],
    shared: NDArray[np.bool_],
    rest: Rest,
) -> NDArray[np.uint64]:
    """Those of the shared segments that are frames."""
    out = []
    first = np.searchsorted(number, np.arange(len(known)))
    row = tokens.row[first] if len(known) else np.empty(0, np.int32)
    for one in np.unique(known[shared])[:MAX_TESTED]:
        rows = np.unique(row[known == one])
        if np.median(rest.lengths[rows]) < SEGMENT_REST:
            continue
        if len(rows) >= HALF * len(rest.lengths) or not _goes_with_theme(rest, rows):
            out.append(one)
    return np.array(out, np.uint64)


def _frames_for_people(
    texts: Sequence[str], tokens: Tokens, chains: _Chains, rests: dict[int, int], n: int
) -> tuple[Frame, ...]:
    """The frames for people: each as it stands in the text that comes first by its letters."""
    out = []
    for chain in rests:
        best = ""
        for row in sorted(chains.rows[chain], key=lambda row: texts[row])[:1]:
            first, stop = np.searchsorted(tokens.row, (row, row + 1))
            places = np.flatnonzero(chains.at[first:stop] == chain) + first
            best = texts[row][tokens.start[places[0]] : tokens.end[places[-1] + RUN - 1]]
        if best:
            out.append(
                Frame(best[:2000], len(chains.rows[chain]) / n, round(chains.lengths[chain]))
            )
    return tuple(out)


def _segment_info(
    texts: Sequence[str],
    tokens: Tokens,
    number: NDArray[np.int64],
    known: NDArray[np.uint64],
    segments: NDArray[np.uint64],
) -> tuple[Frame, ...]:
    """The shared lines and parts of sentences for people; see `_frames_for_people`."""
    out = []
    bounds = np.searchsorted(number, np.arange(len(known) + 1))
    for one in segments:
        places = np.flatnonzero(known == one)
        rows = tokens.row[bounds[places]].tolist()
        i = min(range(len(places)), key=lambda i: (texts[rows[i]], places[i]))
        first, stop = bounds[places[i]], bounds[places[i] + 1]
        said = texts[rows[i]][tokens.start[first] : tokens.end[stop - 1]]
        n_words = int((tokens.words[first:stop] > 0).sum())
        out.append(Frame(said[:2000], len(np.unique(rows)) / len(texts), n_words))
    return tuple(out)


def _worth(one: Frame) -> tuple[float, str]:
    """Sort key: the frame that covers the most words of all texts first."""
    return -one.share * one.words, one.text
