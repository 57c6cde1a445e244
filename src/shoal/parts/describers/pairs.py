"""Titles of two phrases where one tells too little: "payment in the app", "Matlab and Excel"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from shoal.parts.describers.grammar import (
    ADJECTIVE,
    DETERMINER,
    NOUN,
    PREPOSITION,
    PREPOSITIONS,
    UNKNOWN,
    Part,
    parts_of,
)
from shoal.parts.describers.judging import Judge, Judged
from shoal.parts.describers.lexicon import lemma, words
from shoal.parts.describers.made_phrases import NO_HEADS, written
from shoal.parts.describers.offers import A_NAME, MOSTLY, OFTEN
from shoal.parts.describers.titles import SURE, TITLE_CHARS, Titles

BEST, MOST, MAX_WORDS = 6, 12, 5
"""Phrases of a cluster that are put together, pairs that are tried, and words of a pair."""
HALF = 0.5
"""A title that covers fewer of the rows may be made more special."""
REACH, MIN_ROWS, MIN_SHARE = 5, 2, 0.08
"""Words between a noun and the preposition that brings another to it, and the rows that do so."""
AN_AND = 0.16
"""What it costs to put two together that no row does, in units of cosine."""
MAX_PARTS = 160

Pair = tuple[str, float]
"""A title and what it costs."""


def with_pairs(
    judged: Mapping[int, Judged],
    titles: Titles,
    judge: Judge,
    texts: Mapping[int, Sequence[str]],
) -> dict[int, Judged]:
    """Two phrases together where none alone tells a cluster from its neighbors.

    Parameters
    ----------
    judged : cluster -> what it may be called
    titles, judge : of all clusters
    texts : cluster -> some of its rows, which say how phrases go together
    """
    found: dict[int, list[Pair]] = {}
    for c, one in judged.items():
        best = int(one.value.argmax()) if len(one.value) else -1
        if best < 0 or (one.ahead[best] >= SURE and one.covered[best] >= HALF):
            continue
        mine = [int(i) for i in np.argsort(-one.value[: one.n_said], kind="stable")[:BEST]]
        found[c] = linked([one.forms[i] for i in mine], texts[c])
        if one.ahead[best] < SURE:
            found[c] += _listed([(one.forms[i], float(one.costs[i])) for i in mine])
    every = [title for pairs in found.values() for title, _ in pairs]
    vectors = titles.vectors(every)
    out = dict(judged)
    for c, pairs in found.items():
        if pairs:
            costs = np.array([cost for _, cost in pairs])
            forms = [title for title, _ in pairs]
            more = judge(c, forms, vectors[: len(pairs)], costs, [1.0] * len(pairs))
            out[c] = judged[c].with_more(more)
        vectors = vectors[len(pairs) :]
    return out


def _listed(forms: Sequence[Pair]) -> list[Pair]:
    out = []
    for place, (first, cost) in enumerate(forms):
        for second, other in forms[place + 1 :]:
            whole = f"{first} and {second}"
            if not _keys(first) & _keys(second) and _fits(whole):
                out.append((whole, (cost + other) / 2 + AN_AND))
    return out[:MOST]


def linked(forms: Sequence[str], texts: Sequence[str]) -> list[Pair]:
    """Phrases with what rows put to them by a preposition, as often as they do."""
    holding: dict[str, list[str]] = {}
    for form in forms:
        if len(form.split()) <= 2 and not PREPOSITIONS & set(form.lower().split()):
            for key in _keys(form):
                holding.setdefault(key, []).append(form)
    counted: Counter[str] = Counter()
    for text in texts:
        parts = parts_of(text, MAX_PARTS)
        said: set[str] = set()
        for place, part in enumerate(parts):
            if part.tag == PREPOSITION and (noun := _noun_after(parts, place)):
                said |= {
                    f"{form} {part.form.lower()} {noun}"
                    for form in holding.get(_noun_before(parts, place), ())
                    if not _keys(form) & _keys(noun)
                }
        counted.update(said)
    least = max(MIN_SHARE * len(texts), MIN_ROWS)
    often = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    pairs = [(title, n / len(texts)) for title, n in often if n >= least and _fits(title)]
    return [
        (title, -OFTEN * float(np.log(said)) + A_NAME * (said < MOSTLY and _is_named(title)))
        for title, said in pairs[:MOST]
    ]


def _is_named(title: str) -> bool:
    """Whether the last word is a name: "transfer from Europe" is one of many."""
    last = title.split()[-1]
    found = words().get(last.lower())
    known = found is None or found.noun or found.adjective or found.verb or found.singular
    return (last != last.lower() and not last.isupper()) or not known


def _noun_before(parts: Sequence[Part], place: int) -> str:
    """What the noun nearest before a preposition shares with its other forms, "" for none."""
    before = reversed(parts[max(place - REACH, 0) : place])
    return next((part.key for part in before if part.tag in (NOUN, UNKNOWN)), "")


def _noun_after(parts: Sequence[Part], place: int) -> str:
    """The noun that a preposition brings, without its article, "" for none."""
    first = place + 1
    first += first < len(parts) and parts[first].joined and parts[first].tag == DETERMINER
    last = first
    while (
        last < len(parts) and parts[last].joined and parts[last].tag in (ADJECTIVE, NOUN, UNKNOWN)
    ):
        last += 1
    noun = parts[first:last]
    if not noun or noun[-1].tag == ADJECTIVE or noun[-1].key in NO_HEADS:
        return ""
    return written(noun)


def _keys(phrase: str) -> set[str]:
    return {lemma(word) for word in phrase.lower().split()}


def _fits(title: str) -> bool:
    return len(title) <= TITLE_CHARS and len(title.split()) <= MAX_WORDS
