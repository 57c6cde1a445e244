"""Candidate phrases for titles of clusters of English texts, with a penalty for each."""

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
"""Rows of a cluster that are read for phrases; the fewest per cluster and the most in all, which
counts if there are many clusters; and characters read of each row."""
MAX_STRINGS, MAX_PHRASES = 3600, 18
"""Most phrases that are embedded, of all clusters and of one."""
OFTEN = 0.05
"""Bonus for each e-fold in the share of rows with a phrase, in cosine."""
MIN_SAID = 0.02
FEW, A_FEW = 0.05, 0.055
"""Extra penalty A_FEW if fewer than FEW of the rows have the phrase: it describes only those."""
A_NAME, A_NAME_OF_ALL, MOSTLY, SOME = 0.28, 0.1, 0.4, 0.1
"""Penalty A_NAME for a name or number in fewer than MOSTLY of the rows, and for an unknown word in
fewer than SOME of them. A name that most rows have is their subject: it costs A_NAME_OF_ALL."""
HALF_SAID, MOSTLY_LONGER = 0.1, 0.6
"""Penalty for half a phrase: "customer" if most rows with it have "customer service"."""
EVERYWHERE, MIN_CLUSTERS = 0.3, 4
"""A verb in this share of the clusters, and in at least four, tells none of them apart."""
NAMED, SOMEWHERE, A_NAME_EVERYWHERE = 0.15, 0.05, 0.15
"""A name that NAMED of the rows have, and in most clusters at least SOMEWHERE of them, is what all
texts are about, such as the firm in complaints about it: a phrase with it costs more."""
STEM, COMMON = 5, 12_000
"""Letters that a word shares with a misspelt one, and its rank in a vocabulary."""
SPOKEN, EVENLY = 0.04, 0.4
"""A part of a cluster has a phrase if SPOKEN of its rows have it, and EVENLY of the share that is
usual in the cluster."""
HYPHENED = re.compile(r"[A-Za-z]+-(?:up|out|in|off|on|down|back|over|away)\b")


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """Candidate titles of a cluster before vectors are compared.

    Parameters
    ----------
    forms : as shown
    costs : penalty of each for being rare or a name, in cosine
    said : share of the rows with each
    spread : share of the cluster's parts, weighted by rows, with each; 1 without parts
    """

    forms: list[str]
    costs: list[float]
    said: list[float]
    spread: list[float]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One of the finer clusters inside a coarser cluster.

    Parameters
    ----------
    found : phrases in the rows that were read
    n_read, size : number of rows read, and of all rows
    """

    found: Mapping[Key, Found]
    n_read: int
    size: int


def spread_over(parts: Sequence[Part], key: Key) -> float:
    """Share of the rows that are in a part with the phrase."""
    if not parts:
        return 1.0
    sizes = [part.size for part in parts]
    shares = [part.found[key].rows / part.n_read if key in part.found else 0.0 for part in parts]
    whole = sum(share * size for share, size in zip(shares, sizes, strict=True)) / sum(sizes)
    least = max(SPOKEN, EVENLY * whole)
    saying = sum(size for share, size in zip(shares, sizes, strict=True) if share >= least)
    return saying / sum(sizes)


class Reader:
    """Finds noun phrases in clusters of the same texts; no sample is read twice.

    Parameters
    ----------
    texts : (n,) after `plain`
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._finder: Finder | None = None
        self._casing: Mapping[str, str] = {}
        self._common: Set[str] = frozenset()
        self._names: Set[str] = frozenset()
        self._read: dict[bytes, dict[Key, Found]] = {}
        self._stands_for = np.zeros(len(texts))
        self._finest: list[Part] = []

    def offers(
        self,
        inside: Sequence[NDArray[np.integer]],
        wanted: Sequence[int] | None = None,
        parts: Sequence[Sequence[int]] = (),
    ) -> list[Offers]:
        """Phrases that are frequent in a cluster and rare in the others.

        Parameters
        ----------
        inside : for each cluster of a layer, its rows
        wanted : the clusters to report; None for all
        parts : for each cluster, its parts among the clusters of the first call
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
        """A title as it reads inside another: "Gun control" in small, "Spring" perhaps not."""
        first, _, rest = title.partition(" ")
        plain = first.lower()
        if not first.istitle() or plain in self._casing or lemma(plain) not in words():
            return title
        if rest.istitle():  # "White House" is a name
            return title
        return f"{plain} {rest}".strip()

    def _sampled(self, inside: Sequence[NDArray[np.integer]]) -> list[NDArray[np.integer]]:
        """Rows of each cluster to read; later layers reuse rows that were read before."""
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
            self._names = _names_of_all(out, [len(sample) for sample in samples], self._casing)
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
        found : the phrases in `n` of its rows
        everywhere : share of rows with each phrase, summed over all clusters
        n_others : number of other clusters
        most : number of phrases
        parts : its parts, if any
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
            cost += A_NAME_EVERYWHERE * bool(self._names & {*key})
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
    """Verbs that are frequent in most clusters, such as "return" in texts about functions."""
    held = Counter(verb for one in found for verb in {v for f in one.values() for v in f.done})
    least = max(EVERYWHERE * len(found), MIN_CLUSTERS)
    return frozenset(verb for verb, n in held.items() if n >= least)


def _names_of_all(
    found: Sequence[Mapping[Key, Found]], n_read: Sequence[int], casing: Mapping[str, str]
) -> frozenset[str]:
    """Names that rows of most clusters have: they tell none of them apart."""
    shares: dict[str, list[float]] = {}
    for one, n in zip(found, n_read, strict=True):
        for key, phrase in one.items():
            if len(key) == 1 and (phrase.unknown or casing.get(key[0], key[0]) != key[0]):
                shares.setdefault(key[0], []).append(phrase.rows / n)
    return frozenset(
        name
        for name, mine in shares.items()
        if len(found) >= MIN_CLUSTERS
        and sum(mine) >= NAMED * len(found)
        and 2 * sum(share >= SOMEWHERE for share in mine) > len(found)
    )
