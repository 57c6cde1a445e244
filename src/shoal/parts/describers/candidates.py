"""What clusters of English texts may be called: noun phrases of rows, and of what they say is done.

"Why was my transfer declined?" offers "transfer" and "declined transfer", "how do I activate my
card" offers "card activation". Each is counted by the rows that say it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache

from shoal.parts.describers.grammar import (
    CONJUNCTION,
    DETERMINER,
    GERUND,
    LINK,
    NOT,
    UNKNOWN,
    Part,
    names_in,
    parts_of,
    phrases,
    verbs_among,
)
from shoal.parts.describers.lexicon import noun_base, verb_base, words
from shoal.parts.describers.made_phrases import (
    QUANTITIES,
    WHEN,
    Key,
    made,
    says_nothing,
    unknown_in,
    written,
)

MAX_PARTS = 160
"""Words of a row that are read."""
CAPITAL, UNKNOWN_CAPITAL, LONGEST_ABBREVIATION = 0.6, 0.4, 5
"""Share of its places where a word of the dictionary has a capital, and any other word, from which
it always has one; letters of an abbreviation."""
ALWAYS_SEVERAL = 10
"""From so many rows on, a plural whose singular none of them says is no plural, or has none."""
MIN_ROWS = 2
"""What only one row says names no cluster."""
NO_PARTS = (LINK, CONJUNCTION, DETERMINER)
"""What may differ where the same is said."""


@dataclass(slots=True)
class Found:
    """One candidate in one cluster.

    Parameters
    ----------
    rows : how many have all its words, in any order and form: "is my withdrawal still pending"
        bears out "pending withdrawal"
    forms : how it is written, and how often
    unknown : words of it that are in no dictionary
    """

    rows: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    unknown: Key = ()

    @property
    def done(self) -> tuple[str, ...]:
        """The verb of "returning arrays", none of any other phrase."""
        first, _, rest = next(iter(self.forms), "").partition(" ")
        verb = verb_base(first.lower()) if rest and first.endswith("ing") else ""
        return (verb,) if verb else ()

    @property
    def form(self) -> str:
        """As it is mostly written, each word small where it often is."""
        every = Counter[str]()
        for form, n in self.forms.items():
            every[form.lower()] += n
        best = min(every, key=lambda form: (-every[form], form))  # in any case of its letters
        alike = [(one.split(" "), n) for one, n in self.forms.items() if one.lower() == best]
        loud = sum(n for form, n in self.forms.items() if form.isupper())
        # "PIN" is written as most write it
        least = (0.5 if 2 * loud > every.total() else 0.2) * every[best]
        out = []
        for place, word in enumerate(best.split(" ")):
            written_as = Counter[str]()
            for words_of, n in alike:
                written_as[words_of[place]] += n
            mostly = min(written_as, key=lambda w: (-written_as[w], w))
            out.append(word if written_as[word] >= max(least, 1) else mostly)
        return " ".join(out)


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds candidates in the texts of one cluster.

    Parameters
    ----------
    compounds : words with a hyphen that stand in the texts of all clusters
    """

    compounds: Set[str] = frozenset()

    def __call__(self, texts: Sequence[str]) -> dict[Key, Found]:
        """Noun phrases of some texts, and phrases for what they say is done, by their key.

        Parameters
        ----------
        texts : of one cluster, or some of them, in English

        Returns
        -------
        Those that at least two of the texts say, where there are two
        """
        texts = [text.lower() if _is_all_capitals(text) else text for text in texts]
        names = names_in(texts)
        read: list[Mapping[Key, tuple[str, Key]]] = []
        holding: dict[str, set[int]] = defaultdict(set)
        for text in texts:
            # only these can change how the text is read, so other ones ask for no new reading
            mine = frozenset(c for c in self.compounds if c.partition("-")[2] in text.lower())
            reading = _read(text, mine)
            for word in reading.words:
                holding[word].add(len(read))
            read.append(reading.said(names))
        rows = Counter(key for said in read for key in said)
        least = min(MIN_ROWS, len(texts))
        out = {
            key: Found(max(n, len(set.intersection(*(holding[word] for word in key)))))
            for key, n in rows.items()
            if n >= least
        }
        for said in read:
            for key in said.keys() & out.keys():
                form, unknown = said[key]
                found = out[key]
                found.forms[form] += 1
                found.unknown = unknown
        return out


def _is_all_capitals(text: str) -> bool:
    """Whether a text of several words is written in capitals, which then tell no name."""
    return text.isupper() and " " in text.strip()


class _Reading:
    """What a text offers, which depends on the names in it that are written as verbs are.

    Parameters
    ----------
    text, compounds : as for `parts_of`
    """

    __slots__ = ("_compounds", "_said", "_text", "_verbs", "words")

    def __init__(self, text: str, compounds: frozenset[str]) -> None:
        self._text, self._compounds = text, compounds
        parts = parts_of(text, MAX_PARTS, compounds)
        self._verbs = frozenset(lower for _, lower in verbs_among(parts))
        self._said = {frozenset[str](): _said(parts)}
        self.words = {word for part in parts for word in _stands_for(part)}

    def said(self, names: Set[str]) -> Mapping[Key, tuple[str, Key]]:
        """Candidates by their key: how each is written, and the unknown words of it."""
        mine = self._verbs & names
        if mine not in self._said:
            self._said[mine] = _said(parts_of(self._text, MAX_PARTS, self._compounds, mine))
        return self._said[mine]


_read = lru_cache(maxsize=1 << 15)(_Reading)
"""A row is in a cluster of every level of detail, and says the same in each."""


def _stands_for(part: Part) -> tuple[str, ...]:
    """What a word may be in the key of a phrase: itself, what it does, and what is denied."""
    if part.tag == NOT:
        return ("not",)
    verb = verb_base(part.form.lower())
    return (part.key, verb, words()[verb].act) if verb else (part.key,)


def _said(parts: Sequence[Part]) -> dict[Key, tuple[str, Key]]:
    said: dict[Key, tuple[str, Key]] = {}
    for first, last in phrases(parts):
        mine = parts[first : last + 1]
        key = tuple(part.key for part in mine if part.tag not in NO_PARTS)
        if len(set(key)) == len(key) and _stands(mine):
            said.setdefault(key, (written(mine), unknown_in(mine)))
    for key, form, unknown in made(parts):
        said.setdefault(key, (form, unknown))
    return said


def _stands(parts: Sequence[Part]) -> bool:
    """Whether a phrase says more than when, or how many."""
    if any(part.tag != UNKNOWN and says_nothing(part.form.lower()) for part in parts):
        return False
    if len(parts) > 1 and (parts[0].key in QUANTITIES or parts[-1].key in WHEN):
        return False
    if len(parts) > 1 and _orders(parts[0]):
        return False
    return (not any(part.key in WHEN for part in parts) and parts[-1].tag != GERUND) or (
        len(parts) == 1 and parts[0].key not in WHEN
    )


def _orders(part: Part) -> bool:
    """Whether a word begins a sentence and may be a verb there: "request time off"."""
    found = words().get(part.form.lower())
    return not part.joined and found is not None and 3 * found.verb >= found.noun > 0


def casing_of(found: Sequence[Mapping[Key, Found]]) -> dict[str, str]:
    """How words are written that mostly have capitals, "Comcast", "PIN", or an s: "pandas".

    Parameters
    ----------
    found : what `Finder` found in each cluster
    """
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        for key, phrase in one.items():
            if len(key) == 1:
                for form, n in phrase.forms.items():
                    forms[form.lower()][form] += n
    out = {}
    for lower, mine in forms.items():
        # a long word in capitals is only said loudly
        loud = {f: n for f, n in mine.items() if f != lower and not _is_shouted(f)}
        best = max(loud, key=lambda form: (loud[form], form), default=lower)
        least = CAPITAL if noun_base(lower) else UNKNOWN_CAPITAL
        if sum(loud.values()) >= least * sum(mine.values()):
            out[lower] = best
    for lower, mine in forms.items():
        # no row says "panda" where all are about pandas, the library
        base = noun_base(lower)
        if base and base not in forms and sum(mine.values()) >= ALWAYS_SEVERAL:
            out[base] = out.get(lower, lower)
    return out


def in_case(form: str, casing: Mapping[str, str]) -> str:
    """A phrase with every word as most rows write it."""
    words_of = form.split(" ")
    shouted = len(words_of) > 1 and form.isupper()
    small = (w.lower() if shouted or _is_shouted(w) else w for w in words_of)
    return " ".join(casing.get(w, w) for w in small)


def _is_shouted(word: str) -> bool:
    return word.isupper() and len(word) > LONGEST_ABBREVIATION
