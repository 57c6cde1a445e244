"""The phrases that clusters of English texts offer as titles, with what each costs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.blocks import ordered_map
from shoal.parts.describers.candidates import Finder, Found, casing_of, in_case
from shoal.parts.describers.lexicon import lemma, words
from shoal.parts.describers.made_phrases import Key

READ_ROWS, MIN_READ, MAX_READ, READ_CHARS = 120, 30, 6000, 1500
"""Rows of a cluster that are read for phrases, least and most of them, of all clusters together if
there are many, and characters of each."""
MAX_STRINGS, MAX_PHRASES = 3600, 18
"""Phrases that are embedded, of all clusters and of one."""
OFTEN = 0.05
"""Worth of an e-fold in the rows that say a phrase, in units of cosine."""
MIN_SAID = 0.02
FEW, A_FEW = 0.05, 0.055
"""What it costs more to be said by fewer of the rows than that: it tells of these alone."""
A_NAME, A_NAME_OF_ALL, MOSTLY, SOME = 0.28, 0.1, 0.4, 0.1
"""What a name or a number costs that fewer of the rows have, or a word of no dictionary that only a
few have; a name that most have is what they are about, and costs only what few say of it."""
HALF_SAID, MOSTLY_LONGER = 0.1, 0.6
"""What half a phrase costs: "customer" where most rows that say it say "customer service"."""
EVERYWHERE, MIN_CLUSTERS = 0.3, 4
"""A verb that is done to things in so many of the clusters, at least four, sets none apart."""
STEM, COMMON = 5, 12_000
"""Letters of a word that another, misspelt, begins with, and its rank in a vocabulary."""
SPOKEN, EVENLY = 0.04, 0.4
"""A part of a cluster says a phrase if so many of its rows do, and so much of what is usual in the
cluster."""
HYPHENED = re.compile(r"[A-Za-z]+-(?:up|out|in|off|on|down|back|over|away)\b")


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """What a cluster may be called before meaning is asked.

    Parameters
    ----------
    forms : as they would be read
    costs : what each costs for being said in few rows, or for being a name, in units of cosine
    said : share of the rows that say each
    spread : share of the cluster's parts, by their rows, that say each; 1 where it has no parts
    """

    forms: list[str]
    costs: list[float]
    said: list[float]
    spread: list[float]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One of the clusters that a cluster of a coarser layer is made of.

    Parameters
    ----------
    found : what the rows that were read say
    n_read, size : how many were read, and all
    """

    found: Mapping[Key, Found]
    n_read: int
    size: int


def spread_over(parts: Sequence[Part], key: Key) -> float:
    """Share of the rows of some parts that are in a part which says a phrase."""
    if not parts:
        return 1.0
    sizes = [part.size for part in parts]
    shares = [part.found[key].rows / part.n_read if key in part.found else 0.0 for part in parts]
    whole = sum(share * size for share, size in zip(shares, sizes, strict=True)) / sum(sizes)
    least = max(SPOKEN, EVENLY * whole)
    saying = sum(size for share, size in zip(shares, sizes, strict=True) if share >= least)
    return saying / sum(sizes)


class Reader:
    """Reads clusters of the same texts for noun phrases; none is read twice.

    Parameters
    ----------
    texts : (n,) as `plain` leaves them
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._finder: Finder | None = None
        self._casing: Mapping[str, str] = {}
        self._common: Set[str] = frozenset()
        self._read: dict[bytes, dict[Key, Found]] = {}
        self._stands_for = np.zeros(len(texts))
        self._finest: list[Part] = []

    def offers(
        self,
        inside: Sequence[NDArray[np.integer]],
        wanted: Sequence[int] | None = None,
        parts: Sequence[Sequence[int]] = (),
    ) -> list[Offers]:
        """What is said in many rows of a cluster and in few of the others.

        Parameters
        ----------
        inside : (n_clusters,) the rows of each cluster of a layer
        wanted : the clusters that are asked for; None for all
        parts : of each, the clusters of the layer that was asked for first which it is made of
        """
        samples = self._sampled(inside)
        found = self._found(samples)
        if not self._finest:
            self._finest = [
                Part(one, len(sample), len(rows))
                for one, sample, rows in zip(found, samples, inside, strict=True)
            ]
        everywhere: dict[Key, float] = {}
        for one, sample in zip(found, samples, strict=True):
            for key, phrase in one.items():
                everywhere[key] = everywhere.get(key, 0.0) + phrase.rows / len(sample)
        most = int(np.clip(MAX_STRINGS // max(len(inside), 1), 8, MAX_PHRASES))
        return [
            self._best(
                found[c],
                len(samples[c]),
                everywhere,
                max(len(inside) - 1, 1),
                most,
                [self._finest[part] for part in parts[c]] if parts else [],
            )
            for c in (range(len(inside)) if wanted is None else wanted)
        ]

    def within(self, title: str) -> str:
        """A title as it stands inside of another: "Gun control" is small, "Spring" may not be."""
        first, _, rest = title.partition(" ")
        plain = first.lower()
        if not first.istitle() or plain in self._casing or lemma(plain) not in words():
            return title
        return f"{plain} {rest}".strip()

    def _sampled(self, inside: Sequence[NDArray[np.integer]]) -> list[NDArray[np.integer]]:
        """Rows of each cluster; of a layer that is asked for later, from those read before."""
        most = int(np.clip(MAX_READ // max(len(inside), 1), MIN_READ, READ_ROWS))
        if self._finder is None:
            samples = [rows[:: -(-len(rows) // most)] for rows in inside]
            for rows, sample in zip(inside, samples, strict=True):
                self._stands_for[sample] = len(rows) / len(sample)
            return samples
        out = []
        for rows in inside:
            known = rows[self._stands_for[rows] > 0]
            if not len(known):
                known = rows[:: -(-len(rows) // most)]
            passed = np.cumsum(np.maximum(self._stands_for[known], 1.0))
            steps = (np.arange(most) + 0.5) * passed[-1] / most
            out.append(known[np.unique(np.searchsorted(passed, steps))])
        return out

    def _found(self, samples: Sequence[NDArray[np.integer]]) -> list[dict[Key, Found]]:
        """The phrases of each sample of rows."""
        keys = [sample.tobytes() for sample in samples]
        new = [place for place, key in enumerate(keys) if key not in self._read]
        texts = [[self.texts[row][:READ_CHARS] for row in samples[place]] for place in new]
        first = self._finder is None
        if self._finder is None:
            self._finder = Finder(
                {w.lower() for some in texts for text in some for w in HYPHENED.findall(text)}
            )
        found = ordered_map(self._finder, texts, releases_lock=False)
        self._read.update(zip((keys[place] for place in new), found, strict=True))
        out = [self._read[key] for key in keys]
        if first:
            self._casing = casing_of(out)
            self._common = _verbs_of_all(out)
        return out

    def _best(
        self,
        found: Mapping[Key, Found],
        n: int,
        everywhere: Mapping[Key, float],
        n_others: int,
        most: int,
        parts: Sequence[Part],
    ) -> Offers:
        """The best phrases of one cluster.

        Parameters
        ----------
        found : what `n` of its rows say
        everywhere : share of the rows that say a phrase, summed over all clusters
        n_others : how many other clusters there are
        most : phrases
        parts : of the cluster
        """
        ranked: list[tuple[float, str, float, float, float, Key]] = []
        for key, phrase in found.items():
            said = phrase.rows / n
            elsewhere = (everywhere[key] - said) / n_others
            said_of_all = self._common & {*phrase.done, *(key if len(key) == 1 else ())}
            if elsewhere < said and not said_of_all:
                spread = spread_over(parts, key)
                worth = said**0.5 * (1 - elsewhere / said) * len(key) * spread
                form = in_case(phrase.form, self._casing)
                strange = self._strangeness(form, phrase, found, n)
                ranked.append((-worth, form, said, strange, spread, key))
        costs: dict[str, float] = {}
        shares: dict[str, float] = {}
        spreads: dict[str, float] = {}
        best = sorted(ranked)[:most]
        for _, form, said, strange, spread, key in best:
            cost = -OFTEN * float(np.log(max(said, MIN_SAID))) + A_FEW * (said < FEW)
            longer = max((other[2] for other in best if {*key} < {*other[5]}), default=0.0)
            cost += HALF_SAID * (longer >= MOSTLY_LONGER * said)
            costs[form] = min(cost + strange, costs.get(form, np.inf))
            shares[form] = max(said, shares.get(form, 0.0))
            spreads[form] = max(spread, spreads.get(form, 0.0))
        return Offers(
            list(costs), list(costs.values()), list(shares.values()), list(spreads.values())
        )

    def _strangeness(self, form: str, phrase: Found, every: Mapping[Key, Found], n: int) -> float:
        """What it costs to have a name that few rows have, or a word that hardly any has."""
        if any(
            (word,) not in every or every[(word,)].rows < SOME * n or _is_misspelt(word)
            for word in phrase.unknown
        ):
            return A_NAME
        if phrase.rows >= MOSTLY * n:
            return 0.0
        loud = (word for word in form.split() if word[:1].isupper() and not word.isupper())
        # a word of the dictionary that is written small elsewhere is no name
        named = [
            w.lower() for w in loud if w.lower() in self._casing or lemma(w.lower()) not in words()
        ]
        own = [every.get((word,)) or every.get((lemma(word),)) for word in named]
        if any(letter.isdigit() for letter in form) or any(
            one is None or one.rows < MOSTLY * n for one in own
        ):
            return A_NAME
        return A_NAME_OF_ALL * bool(named)


def _is_misspelt(word: str) -> bool:
    """Whether a word that is in no dictionary is a common one with more at its end: "flightled"."""
    known = words()
    stems = (word[:-n] for n in range(2, 5) if len(word) - n >= STEM)
    return any(stem in known and known[stem].rank < COMMON for stem in stems)


def _verbs_of_all(found: Sequence[Mapping[Key, Found]]) -> frozenset[str]:
    """Verbs that go with the things of any cluster, as "return" does in texts on functions."""
    held = Counter(verb for one in found for verb in {v for f in one.values() for v in f.done})
    least = max(EVERYWHERE * len(found), MIN_CLUSTERS)
    return frozenset(verb for verb, n in held.items() if n >= least)
