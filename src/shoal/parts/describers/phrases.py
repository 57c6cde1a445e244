"""From a word to the phrase it mostly stands in: "funds" to "source of funds"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence, Set
from typing import NamedTuple

from shoal.parts.describers.stop_words import LINKS
from shoal.parts.describers.terms import UNSPACED, WORD, alike, singular

MAX_WORDS = 3
"""Words of a phrase that are no stop words."""
MAX_BETWEEN = 2
"""Stop words between two of them, as in "lost or stolen" or "source of my funds"."""
SHARE = 0.4
"""Of the texts with a word, those in which a phrase must stand to take the word's place."""


class Token(NamedTuple):
    """One word of a text.

    Parameters
    ----------
    key : in lower case and singular, so that forms of a word count together
    form : as written
    joined : whether only a space stands between it and the word before
    empty : whether it is a stop word
    links : whether it is one that may stand inside a phrase
    """

    key: str
    form: str
    joined: bool
    empty: bool
    links: bool


def tokens(text: str, stop_words: Set[str], links: Set[str] = LINKS) -> list[Token]:
    """The words of a text in order; a run of a script without spaces is one word.

    Parameters
    ----------
    text : any text
    stop_words : words that are empty
    links : those of them that may stand inside a phrase
    """
    out: list[Token] = []
    end = -1
    for found in WORD.finditer(text):
        form = found.group()
        lower = form.lower().replace("\u2019", "'")
        joined = end >= 0 and text[end : found.start()].isspace()
        out.append(Token(singular(lower), form, joined, lower in stop_words, lower in links))
        end = found.end()
    return out


Span = tuple[int, int, int]
"""A text, and the first and last token of a phrase in it."""


class Phrases:
    """The texts of one cluster, to look phrases up in.

    Parameters
    ----------
    texts : of the cluster, or some of them
    stop_words : that no phrase begins or ends with
    empty : more of them, found by counting, which may also stand inside a phrase
    """

    def __init__(
        self, texts: Sequence[str], stop_words: Set[str], empty: Set[str] = frozenset()
    ) -> None:
        info, links = stop_words | empty, LINKS | empty
        self._texts = [tokens(text, info, links) for text in texts]
        self._places: dict[str, list[Span]] = {}
        for number, text in enumerate(self._texts):
            for place, token in enumerate(text):
                self._places.setdefault(token.key, []).append((number, place, place))

    def grow(self, key: str, used: Collection[str]) -> str:
        """The phrase that a word mostly stands in, as it is mostly written.

        Parameters
        ----------
        key : the word, as in `Token.key`
        used : words that the phrase must not take in, since they are said already

        Returns
        -------
        The phrase; the word alone if it stands in many, the key itself if it is in no text
        """
        spans = self._places.get(key, [])
        if not spans or UNSPACED.match(key):
            return key
        n_texts = len({text for text, _, _ in spans})
        for _ in range(MAX_WORDS - 1):
            longer: dict[tuple[bool, str], list[Span]] = {}
            for span in spans:
                for forward in (True, False):
                    grown = self._next(span, forward=forward)
                    if grown is not None:
                        added = self._texts[span[0]][grown[2] if forward else grown[1]].key
                        longer.setdefault((forward, added), []).append(grown)
            held = {
                end: len({text for text, _, _ in found})
                for end, found in longer.items()
                if end[1] != key and not any(alike(end[1], other) for other in used)
            }
            best = max(held, key=lambda end: (held[end], end), default=None)
            if best is None or held[best] < max(2, SHARE * n_texts):
                break
            spans = longer[best]
        return self._written(spans)

    def _next(self, span: Span, *, forward: bool) -> Span | None:
        """The span with the next word that is no stop word, None where a phrase ends."""
        number, first, last = span
        text = self._texts[number]
        for step in range(1, MAX_BETWEEN + 2):
            place = last + step if forward else first - step
            if not 0 <= place < len(text) or not text[place if forward else place + 1].joined:
                return None
            if not text[place].empty:
                return (number, first, place) if forward else (number, place, last)
            if not text[place].links:
                return None
        return None

    def _written(self, spans: Sequence[Span]) -> str:
        """How a phrase is mostly written; a capital that begins a sentence tells nothing."""
        inside: Counter[str] = Counter()
        starting: Counter[str] = Counter()
        for number, first, last in spans:
            phrase = self._texts[number][first : last + 1]
            form = " ".join(token.form for token in phrase)
            (inside if phrase[0].joined else starting)[form] += 1
        folded: Counter[str] = Counter()
        for form, count in (*inside.items(), *starting.items()):
            folded[form.lower()] += count
        usual = _commonest(folded)
        written = Counter({form: n for form, n in inside.items() if form.lower() == usual})
        if written:
            return _commonest(written)
        return uncapitalized(
            _commonest(Counter({form: n for form, n in starting.items() if form.lower() == usual}))
        )


def _commonest(counted: Counter[str]) -> str:
    return min(counted, key=lambda form: (-counted[form], form))


def uncapitalized(form: str) -> str:
    """A phrase that was only seen where sentences begin, as it would be inside of one."""
    first, space, rest = form.partition(" ")
    return first.lower() + space + rest if first.istitle() else form
