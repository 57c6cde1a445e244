"""Titles of clusters of English texts: a noun phrase of the rows, or a common noun for them.

What rows say is counted (`candidates`), what they are about in general comes from a lexicon, and
all of it is held to one test: how near a title is to its cluster, how much nearer than to any
other, and how many rows bear it out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import members
from shoal.parts.describers import terms
from shoal.parts.describers.base import Space
from shoal.parts.describers.languages import languages
from shoal.parts.describers.lexicon import Nouns, lemma, nouns_in, words
from shoal.parts.describers.offers import OFTEN, READ_CHARS, Offers, Reader
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.titles import SURE, TITLE_CHARS, Options, Titles, nearness

Values = NDArray[np.float64]

LOOKED_AT, KNOWN, MOSTLY_KNOWN, OTHERS = 40, 0.5, 0.85, 0.3
"""A cluster is in English if so many of the words of some rows are, and at most so many rows are in
another language; or if nearly all words are."""
MAX_NOUNS, MAX_SUBJECTS = 6, 6
"""Of the lexicon, those that are tried for a cluster."""
MAX_AHEAD, MIN_AHEAD = 0.15, -0.3
"""Between these, in units of cosine, it counts how much nearer a title is to its cluster."""
COVERED, A_SUBJECT = 0.5, 0.2
"""Worth of covering all rows, and of being a subject, in a cluster that is as broad as can be."""
A_PHRASE = 0.06
"""Worth of saying more than one word in a cluster that is not broad."""
NARROW, BROAD = 0.65, 0.35
"""Mean cosine of the rows to their centre in clusters that are not broad at all, and that are."""
ASTRAY = 0.06
WELL_AHEAD, NARROWLY = 0.04, 1.5
"""What it costs to lead back or astray by little, for another model may see it otherwise."""
PAIRED, MAX_PAIRS, A_PAIR, MAX_WORDS = 6, 12, 0.05, 5
"""Phrases of a cluster that are put together by two, pairs that are tried, what a pair costs, and
words of it."""
MIN_NEAR = 0.35
MIN_HELD, LIKE_SAID = 0.03, 0.5
UNSAID_SUBJECT, UNSAID_NOUN = 0.13, 0.25
"""What a title costs that no row says, in units of cosine."""
OWN_ROWS, OTHER_ROWS, RIVALS, FARTHER = 150, 100, 3, 0.85
"""A row is covered if it is nearer to the title than so many of the rows of each rival."""
MAX_OPTIONS = 8
ABBREVIATIONS = frozenset(
    "ac ai api apr atm bbc cd cpu css csv cv dna dns dvd eu faq fbi gbp gps gpu hiv html http "
    "https hr id imdb ios ip irs json kpi mba mpg mri nasa nato nba nfl nhl mlb pc pdf "
    "php pin pto roi rss sdk seo sim sms sql ssd ssl tv uk url usa usb usd ui vat "
    "vip vpn w2 xml aud eur gpt llm nlp cnn gdp ceo cfo cto ipo".split()
)
"""Words that are written in capitals whoever wrote them small."""


def english_titles(
    texts: Sequence[str],
    layers: Sequence[NDArray[np.int32]],
    space: Space | None,
    wanted: Sequence[Sequence[int]],
) -> list[dict[int, Options]]:
    """What clusters in English may be called, with or without a space to compare in.

    Parameters
    ----------
    texts : (n,) as `plain` leaves them
    layers : (n,) labels each, int32, -1 for noise
    space : of the texts; None where nothing can be embedded
    wanted : for each layer, the clusters to name; those of other languages are left out

    Returns
    -------
    For each layer, cluster -> titles
    """
    reader = Reader(texts)
    inside = [members(labels, int(labels.max(initial=-1)) + 1) for labels in layers]
    asked = [english_clusters(texts, rows, some) for rows, some in zip(inside, wanted, strict=True)]
    offers = [reader.offers(rows, some) for rows, some in zip(inside, asked, strict=True)]
    if space is None:
        return [options_by_counts(some, of) for some, of in zip(asked, offers, strict=True)]
    # each call of a model costs, however few the strings
    forms = dict.fromkeys(form for of in offers for one in of for form in one.forms)
    known = dict(zip(forms, space.embed(list(forms)), strict=True)) if forms else {}

    def embed(strings: list[str]) -> FloatArray:
        new = [string for string in strings if string not in known]
        known.update(zip(new, space.embed(new) if new else (), strict=True))
        return np.stack([known[string] for string in strings])

    held = Space(space.vectors, embed)
    return [
        english_options(texts, rows, Titles(held, labels, 1), some, of)
        for labels, rows, some, of in zip(layers, inside, asked, offers, strict=True)
    ]


def english_options(
    texts: Sequence[str],
    inside: Sequence[NDArray[np.intp]],
    titles: Titles,
    clusters: Sequence[int],
    offers: Sequence[Offers],
) -> dict[int, Options]:
    """What clusters of English texts may be called, the best first.

    Parameters
    ----------
    texts : (n,) as `plain` leaves them
    inside : (n_clusters,) the rows of each cluster
    titles : what holds strings against the clusters
    clusters : those to name, which are in English
    offers : what each of them says
    """
    if not clusters:
        return {}
    lexicon = nouns_in(titles.space)
    general = _general(lexicon, titles.centres)
    strings = sorted({form for one in offers for form in one.forms})
    place = {form: i for i, form in enumerate(strings)}
    vectors = titles.vectors(strings)
    rows = _Rows(titles.space.vectors, inside, titles.centres)
    judge = _Judge(titles.centres, rows, frozenset(lexicon.names[: lexicon.n_topics]))
    out: dict[int, Judged] = {}
    for c, one in zip(clusters, offers, strict=True):
        mine = vectors[[place[form] for form in one.forms]].reshape(-1, vectors.shape[1])
        nouns = _borne_out(lexicon, general[c], one, mine, [texts[row] for row in rows.some(c)])
        forms = [*one.forms, *(lexicon.names[i] for i, _ in nouns)]
        both = np.concatenate([mine, lexicon.vectors[[i for i, _ in nouns]]])
        costs = np.array([*one.costs, *(cost for _, cost in nouns)])
        out[c] = judge(c, forms, both, costs, len(one.forms))
    paired = _paired(out, titles, judge)
    return {c: _best(one.forms, one.value) for c, one in paired.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Candidates of one cluster and what each is worth.

    Parameters
    ----------
    forms : (m,) as they would be read; those that rows say first
    costs, value : (m,) in units of cosine
    ahead : (m,) how much nearer each is to its cluster than to any other
    n_said : how many of them rows say
    """

    forms: list[str]
    costs: Values
    value: Values
    ahead: Values
    n_said: int

    def with_more(self, other: Judged) -> Judged:
        """These and others."""
        return Judged(
            [*self.forms, *other.forms],
            np.concatenate([self.costs, other.costs]),
            np.concatenate([self.value, other.value]),
            np.concatenate([self.ahead, other.ahead]),
            self.n_said,
        )


class _Judge:
    """What a title is worth: nearness, how many rows it covers, and how it is said."""

    def __init__(self, centre: FloatArray, rows: _Rows, subjects: Set[str]) -> None:
        self._centre = centre
        self._rows = rows
        self._subjects = subjects

    def __call__(
        self, c: int, forms: list[str], vectors: FloatArray, costs: Values, n_said: int
    ) -> Judged:
        """Judge candidates of a cluster; the first `n_said` of them are said in rows."""
        own, ahead = nearness(vectors, self._centre, c)
        value = own + np.clip(ahead, MIN_AHEAD, MAX_AHEAD) - costs
        unsaid = np.arange(len(forms)) >= n_said
        value[unsaid & (own < MIN_NEAR)] -= 1.0
        if len(self._centre) > 1:
            breadth = self._rows.breadth(c)
            value += COVERED * breadth * self._rows.covered(vectors, c)
            value += A_PHRASE * (1 - breadth) * np.array([" " in form for form in forms])
            value += A_SUBJECT * breadth * np.array([form in self._subjects for form in forms])
            # a title that leads elsewhere is taken only where none leads back
            value -= np.where(ahead < SURE, ASTRAY, 0.0)
            value -= NARROWLY * np.clip(WELL_AHEAD - ahead, 0.0, WELL_AHEAD)
        return Judged(forms, costs, value, ahead, n_said)


def _paired(judged: dict[int, Judged], titles: Titles, judge: _Judge) -> dict[int, Judged]:
    """Two phrases together where none alone tells a cluster from its neighbors."""
    wanted: list[tuple[int, str, float]] = []
    for c, one in judged.items():
        best = int(one.value.argmax()) if len(one.value) else -1
        if best < 0 or one.ahead[best] >= SURE:
            continue
        said = one.value[: one.n_said]
        order = [int(i) for i in np.argsort(-said, kind="stable")[:PAIRED]]
        found = []
        for place, i in enumerate(order):
            for j in order[place + 1 :]:
                first, second = one.forms[i], one.forms[j]
                apart = not {lemma(w) for w in first.lower().split()} & {
                    lemma(w) for w in second.lower().split()
                }
                whole = f"{first} and {second}"
                if apart and len(whole) <= TITLE_CHARS and len(whole.split()) <= MAX_WORDS:
                    found.append((c, whole, float(one.costs[i] + one.costs[j]) / 2 + A_PAIR))
        wanted += found[:MAX_PAIRS]
    if not wanted:
        return judged
    vectors = titles.vectors([whole for _, whole, _ in wanted])
    out = dict(judged)
    for c in dict.fromkeys(c for c, *_ in wanted):
        mine = [i for i, (cluster, *_) in enumerate(wanted) if cluster == c]
        more = judge(
            c,
            [wanted[i][1] for i in mine],
            vectors[mine],
            np.array([wanted[i][2] for i in mine]),
            len(mine),
        )
        out[c] = judged[c].with_more(more)
    return out


def _borne_out(
    lexicon: Nouns, near: Sequence[int], offers: Offers, vectors: FloatArray, texts: Sequence[str]
) -> list[tuple[int, float]]:
    """The nouns of the lexicon that speak for a cluster, and what each costs.

    A subject may always be tried; another noun if some rows hold it, or say what is near to it.
    """
    lower = [text.lower() for text in texts]
    whole = "\n".join(lower)
    best = vectors[: max(len(vectors) // 2, 1)]
    out = []
    for i in near:
        name = lexicon.names[i]
        if name in offers.forms:
            continue
        share = 0.0
        if name in whole:
            held = re.compile(rf"\b{re.escape(name)}\b")
            share = sum(name in text and held.search(text) is not None for text in lower)
            share /= max(len(lower), 1)
        if share >= MIN_HELD:
            out.append((i, -OFTEN * float(np.log(share))))
        elif i < lexicon.n_topics:
            out.append((i, UNSAID_SUBJECT))
        elif len(best) and float((best @ lexicon.vectors[i]).max()) >= LIKE_SAID:
            out.append((i, UNSAID_NOUN))
    return out


def options_by_counts(clusters: Sequence[int], offers: Sequence[Offers]) -> dict[int, Options]:
    """The same where nothing can be embedded: what many rows say, and few of other clusters."""
    return {
        c: _best(one.forms, np.arange(len(one.forms), 0, -1.0))
        for c, one in zip(clusters, offers, strict=True)
    }


def _best(forms: Sequence[str], value: Values) -> Options:
    order = np.argsort(-value, kind="stable")[:MAX_OPTIONS]
    return [(float(value[i]), (headline(forms[i]),)) for i in order]


def english_clusters(
    texts: Sequence[str], inside: Sequence[NDArray[np.intp]], wanted: Sequence[int]
) -> list[int]:
    """The clusters whose texts are in English, as far as their words tell.

    Parameters
    ----------
    texts : (n,) as `plain` leaves them
    inside : (n_clusters,) the rows of each cluster
    wanted : the clusters that are asked about
    """
    out = []
    for cluster in wanted:
        rows = inside[cluster]
        some = [texts[row][:READ_CHARS] for row in rows[:: max(-(-len(rows) // LOOKED_AT), 1)]]
        said = [word for text in some for word in dict.fromkeys(terms.words(text))]
        known = sum(_is_known(word) for word in said) / max(len(said), 1)
        # to rank languages takes long, and words that are nearly all English need no ranking
        if known >= MOSTLY_KNOWN or (
            known >= KNOWN and sum(languages(some, OTHERS).values()) <= OTHERS
        ):
            out.append(cluster)
    return out


@cache
def _is_known(word: str) -> bool:
    return word in STOP_WORDS or lemma(word) in words()


def _general(lexicon: Nouns, centre: FloatArray) -> list[list[int]]:
    """Of each cluster, the subjects and other nouns that are near to it and far from the rest."""
    near = np.asarray(centre @ lexicon.vectors.T, dtype=np.float64)
    out = []
    for c in range(len(centre)):
        others = np.delete(near, c, axis=0).max(axis=0) if len(centre) > 1 else near[c] - MAX_AHEAD
        value = near[c] + np.minimum(near[c] - others, MAX_AHEAD)
        order = np.argsort(-value, kind="stable")
        subjects = order[order < lexicon.n_topics][:MAX_SUBJECTS]
        nouns = order[order >= lexicon.n_topics][:MAX_NOUNS]
        out.append([int(i) for i in (*subjects, *nouns)])
    return out


class _Rows:
    """Some rows of each cluster, to see how many of them a title covers."""

    def __init__(
        self, vectors: FloatArray, inside: Sequence[NDArray[np.int64]], centre: FloatArray
    ) -> None:
        self._vectors = vectors
        self._inside = inside
        self._centre = centre
        likeness = centre @ centre.T
        np.fill_diagonal(likeness, -np.inf)
        self._rivals = np.argsort(-likeness, axis=1, kind="stable")[:, :RIVALS]

    def some(self, cluster: int, most: int = OWN_ROWS) -> NDArray[np.int64]:
        """Evenly spaced rows of a cluster."""
        rows = self._inside[cluster]
        return rows[:: max(-(-len(rows) // most), 1)]

    def breadth(self, cluster: int) -> float:
        """How little alike the rows of a cluster are, in [0, 1]."""
        near = float(np.mean(self._vectors[self.some(cluster)] @ self._centre[cluster]))
        return float(np.clip((NARROW - near) / (NARROW - BROAD), 0.0, 1.0))

    def covered(self, vectors: FloatArray, cluster: int) -> Values:
        """Share of the rows that are nearer to each title than most rows of any rival, (m,)."""
        own = self._vectors[self.some(cluster)] @ vectors.T
        out = np.ones(len(vectors))
        for rival in self._rivals[cluster]:
            if rival != cluster and len(self._inside[rival]):
                others = self._vectors[self.some(int(rival), OTHER_ROWS)] @ vectors.T
                out = np.minimum(out, (own > np.quantile(others, FARTHER, axis=0)).mean(axis=0))
        return out


def headline(form: str) -> str:
    """A title as it stands alone: it begins with a capital, unless it is written its own way."""
    form = " ".join(word.upper() if word in ABBREVIATIONS else word for word in form.split(" "))
    first = form.split()[0] if form.strip() else form
    return form[:1].upper() + form[1:] if first == first.lower() else form
