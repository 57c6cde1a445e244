"""English words, and the common nouns a title may be, from WordNet (`wordnet/LICENSE`).

`lexicon/make_lexicon.py` makes the files. Words tell what a text's own words can be; nouns are
candidates for titles beside what is counted; kinds tell what a class of pictures is a kind of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from shoal.parts.describers.base import Space
from shoal.parts.describers.terms import singular

FOLDER = Path(__file__).with_name("wordnet")
SAME_WORD = 0.95
"""Cosine of two words without a common meaning that only a model gives that knows neither."""
UNCOMMON = 65535
"""Rank of a word that is not in the vocabulary of the model."""
SHORT = re.compile(r"^[^aeiou]*[aeiou][^aeiouwxy]$")
"""A verb of one syllable that doubles its last letter before an ending."""
SAME_MODEL = 0.97
"""Cosine of two vectors of one word from which they come of one model, whatever its precision."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a word can be.

    Parameters
    ----------
    noun, verb, adjective, adverb : one more than how often it was tagged as that, 0 if it is none
    act : the noun for what a verb does, "" for none
    infinitive, singular : of an irregular form of a verb or noun, "" for any other
    kind : of thing a noun names, such as "person"
    rank : in a vocabulary, the commonest first
    """

    noun: int
    verb: int
    adjective: int
    adverb: int
    act: str
    infinitive: str
    singular: str
    kind: str
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class Nouns:
    """Common nouns and their vectors.

    Parameters
    ----------
    names : (n,) a few words each, subjects that texts are often about first
    vectors : (n, n_dims) float32, unit vectors
    n_topics : how many subjects there are
    """

    names: list[str]
    vectors: NDArray[np.float32]
    n_topics: int


class Lexicon(Mapping[str, Word]):
    """English words in lower case; what a word can be is put together when it is asked for."""

    def __init__(self) -> None:
        columns = pq.read_table(FOLDER / "words.parquet")
        self._at = {word: at for at, word in enumerate(columns["word"].to_pylist())}
        keys = ("noun", "verb", "adj", "adv", "act", "infinitive", "singular", "kind", "common")
        self._columns = [columns[key].combine_chunks() for key in keys]
        self.infinitives = columns["infinitive"]
        self._made: dict[str, Word] = {}

    def __getitem__(self, word: str) -> Word:
        if word not in self._made:
            at = self._at[word]
            self._made[word] = Word(*(column[at].as_py() for column in self._columns))
        return self._made[word]

    def __contains__(self, word: object) -> bool:
        return word in self._at

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)


@cache
def words() -> Lexicon:
    """English words in lower case."""
    return Lexicon()


@cache
def nouns() -> Nouns:
    """Common nouns, with vectors of the default model."""
    with np.load(FOLDER / "nouns.npz") as kept:
        names = kept["nouns"].tobytes().decode().split("\n")
        vectors = kept["vectors"].astype(np.float32)
        n_topics = int(kept["n_topics"])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors.flags.writeable = False
    return Nouns(names, vectors, n_topics)


def nouns_in(space: Space) -> Nouns:
    """Common nouns in the space of a run: all where its model is the default one, else subjects.

    Parameters
    ----------
    space : of the run; a few words are embedded to see which model it is of
    """
    known = nouns()
    probe = np.array([0, known.n_topics, len(known.names) - 1])
    mine = space.embed([known.names[i] for i in probe])
    kept = known.vectors[probe]
    if (mine @ mine.T)[np.triu_indices(len(mine), 1)].max() >= SAME_WORD:
        return Nouns([], mine[:0], 0)  # a model of some words only: it knows nothing of these
    if mine.shape == kept.shape and (mine * kept).sum(axis=1).min() >= SAME_MODEL:
        return known
    names = known.names[: known.n_topics]
    return Nouns(names, space.embed(names), len(names))


@cache
def kinds() -> dict[str, list[str]]:
    """Class of ImageNet -> what it is a kind of, the nearest first."""
    found: dict[str, list[str]] = json.loads((FOLDER / "kinds.json").read_text(encoding="utf-8"))
    return found


@cache
def noun_base(form: str) -> str:
    """The singular of a noun, "" for what is no noun."""
    known = words()
    found = known.get(form)
    if found is not None and found.singular:
        return found.singular
    listed = found.noun if found is not None else 0
    for end, instead in (("s", ""), ("es", ""), ("ies", "y"), ("ves", "f")):
        base = form[: -len(end)] + instead
        # "cards" is a game of its own, and yet mostly more than one card
        if form.endswith(end) and len(base) > 2 and base in known and known[base].noun > listed:
            return base
    return form if listed else ""


@cache
def verb_base(form: str) -> str:
    """The infinitive of a verb, "" for what is no verb."""
    known = words()
    found = known.get(form)
    if found is not None and found.verb:
        return form
    listed = found.infinitive if found is not None else ""
    if listed and known[listed].rank < UNCOMMON:
        return listed
    for end in ("s", "es", "ed", "ing", "d", "ies", "ied"):
        if not form.endswith(end) or len(form) - len(end) < 2:
            continue
        stem = form[: -len(end)]
        bases = [stem + "y"] if end in ("ies", "ied") else [stem, stem + "e"]
        if end in ("ed", "ing") and SHORT.search(stem):
            bases.reverse()  # "hoped" and "rating" are of "hope" and "rate", which do not double
        if end in ("ed", "ing") and len(stem) > 2 and stem[-1] == stem[-2]:
            bases.insert(0, stem[:-1])
        verbs = [base for base in bases if base in known and known[base].verb]
        if verbs:
            # "installed" is of "install", not of "instal"
            common = (base for base in verbs if known[base].rank < UNCOMMON)
            return next(common, listed or verbs[0])
    return listed


@cache
def _irregular() -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    known = words()
    for form, infinitive in zip(known, known.infinitives.to_pylist(), strict=True):
        if infinitive:
            out.setdefault(infinitive, []).append(form)
    return out


def irregular(verb: str) -> list[str]:
    """The irregular forms of a verb."""
    return _irregular().get(verb, [])


def is_participle(form: str, verb: str) -> bool:
    """Whether a form of a verb may be said of a thing: "stolen", but not "stole"."""
    if form.endswith("ed"):
        return True
    ending = ("n", "ne", "wn")
    others = [other for other in irregular(verb) if other.endswith(ending)]
    return form.endswith(ending) if others else not form.endswith("s")


@cache
def lemma(form: str) -> str:
    """What forms of a word share: the singular, the infinitive, or the word itself."""
    return noun_base(form) or verb_base(form) or singular(form)
