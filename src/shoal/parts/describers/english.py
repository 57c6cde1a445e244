"""Titles of clusters of English texts: a noun phrase of the rows, or a common noun for them.

What rows say is counted (`candidates`), what they are about in general comes from a lexicon, and
all of it is held to one test: how near a title is to its cluster, how much nearer than to any
other, and how many rows bear it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import members
from shoal.parts.describers import terms
from shoal.parts.describers.base import Space
from shoal.parts.describers.doubts import (
    HINTED,
    TYPICAL,
    Evidence,
    are_borne,
    certain,
    of_parts,
    with_safe_titles,
)
from shoal.parts.describers.judging import (
    UNSAID_NOUN,
    UNSAID_SUBJECT,
    Family,
    Judge,
    Judged,
    hinted,
)
from shoal.parts.describers.languages import languages
from shoal.parts.describers.lexicon import Nouns, lemma, nouns_in, words
from shoal.parts.describers.made_phrases import WHEN
from shoal.parts.describers.offers import OFTEN, READ_CHARS, Offers, Reader
from shoal.parts.describers.pairs import with_pairs
from shoal.parts.describers.rows import Rows, Values, lead
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.subjects import GROUPS
from shoal.parts.describers.titles import MAX_AHEAD, Options, Titles

LOOKED_AT, KNOWN, MOSTLY_KNOWN, OTHERS = 40, 0.5, 0.85, 0.3
"""A cluster is in English if so many of the words of some rows are, and at most so many rows are in
another language; or if nearly all words are."""
MAX_NOUNS, MAX_SUBJECTS = 6, 8
"""Of the lexicon, those that are tried for a cluster."""
TOO_WIDE = 0.15
"""What a title costs that is a part of another cluster's, in units of cosine."""
MIN_HELD = 0.03
MIN_SPREAD, UNSAID_SPREAD, OF_SOME, A_LIST = 0.55, 0.75, 0.3, 0.2
"""A title of several clusters holds for so many of their rows, and for more if no row says it; what
it costs to hold for none, and to list the clusters."""
AN_INSTANCE = 0.08
"""What it costs more to name one of a kind that no row says, where the kind itself is as near."""
STEM = 6
"""Letters that forms of a word have in common."""
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
    titles: Sequence[str] = (),
) -> list[dict[int, Options]]:
    """What clusters in English may be called, with or without a space to compare in.

    Parameters
    ----------
    texts : (n,) as `plain` leaves them
    layers : (n,) labels each, int32, -1 for noise
    space : of the texts; None where nothing can be embedded
    wanted : for each layer, the clusters to name; those of other languages are left out
    titles : of the clusters of the first layer, which the others are made of

    Returns
    -------
    For each layer, cluster -> titles
    """
    reader = Reader(texts)
    inside = [members(labels, int(labels.max(initial=-1)) + 1) for labels in layers]
    asked = [english_clusters(texts, rows, some) for rows, some in zip(inside, wanted, strict=True)]
    families = [Family.of(layers[0], labels, titles) for labels in layers]
    offers = [
        reader.offers(rows, some, family.parts if family else ())
        for rows, some, family in zip(inside, asked, families, strict=True)
    ]
    within = [reader.within(title) for title in titles]
    families = [family and replace(family, titles=within) for family in families]
    if space is None:
        return [options_by_counts(some, of) for some, of in zip(asked, offers, strict=True)]
    # each call of a model costs, however few the strings
    forms = dict.fromkeys(form for of in offers for one in of for form in one.forms)
    for family, some in zip(families, asked, strict=True):
        listed = [family.listed(c) for c in some] if family else []
        forms |= dict.fromkeys(one[0] for one in listed if one)
    known = dict(zip(forms, space.embed(list(forms)), strict=True)) if forms else {}

    def embed(strings: list[str]) -> FloatArray:
        new = [string for string in strings if string not in known]
        known.update(zip(new, space.embed(new) if new else (), strict=True))
        return np.stack([known[string] for string in strings])

    held = Space(space.vectors, embed)
    return [
        english_options(texts, rows, Titles(held, labels, 1), some, of, family)
        for labels, rows, some, of, family in zip(
            layers, inside, asked, offers, families, strict=True
        )
    ]


def english_options(
    texts: Sequence[str],
    inside: Sequence[NDArray[np.intp]],
    titles: Titles,
    clusters: Sequence[int],
    offers: Sequence[Offers],
    family: Family | None = None,
) -> dict[int, Options]:
    """What clusters of English texts may be called, the best first.

    Parameters
    ----------
    texts : (n,) as `plain` leaves them
    inside : (n_clusters,) the rows of each cluster
    titles : what holds strings against the clusters
    clusters : those to name, which are in English
    offers : what each of them says
    family : the smaller clusters that they are made of; None where they are of the finest layer.
        A title that is true of too few of these is left out, and a cluster may be left without
    """
    if not clusters:
        return {}
    lexicon = nouns_in(titles.space)
    general = _general(lexicon, titles.centres)
    strings = sorted({form for one in offers for form in one.forms})
    place = {form: i for i, form in enumerate(strings)}
    vectors = titles.vectors(strings)
    rows = Rows(titles.space.vectors, inside, titles.centres)
    judge = Judge(titles.centres, rows, lexicon)
    parts = None
    if family is not None:
        parts = judge.bearing_in(members(family.labels, len(family.sizes))).groups
    out: dict[int, Judged] = {}
    evidence: dict[int, Evidence] = {}
    for c, one in zip(clusters, offers, strict=True):
        mine = vectors[[place[form] for form in one.forms]].reshape(-1, vectors.shape[1])
        nouns = _borne_out(lexicon, general[c], one, mine, [texts[row] for row in rows.some(c)])
        forms = [*one.forms, *(lexicon.names[i] for i, _ in nouns)]
        both = np.concatenate([mine, lexicon.vectors[[i for i, _ in nouns]]])
        costs = np.array([*one.costs, *(cost for _, cost in nouns)])
        out[c] = judge(c, forms, both, costs, one.said)
        typical = [texts[row] for row in rows.typical(c, TYPICAL)] if family is None else ()
        evidence[c] = Evidence(dict(zip(one.forms, one.said, strict=True)), mine, typical)
        if family is not None and parts is not None:
            out[c] = _of_family(out[c], one, family, titles, judge, c)
            if name := of_parts(c, judge, evidence[c], family, parts):
                out[c] = out[c].with_more(certain([name], float(out[c].value.max(initial=0.0))))
    if family is not None:
        return {c: _best(one.forms, one.value) for c, one in out.items()}
    out = with_safe_titles(out, judge, titles, evidence)
    some = {c: [texts[row] for row in rows.some(c)] for c in out}
    told = contrasted(with_pairs(out, titles, judge, some))
    return {c: _best(one.forms, one.value) for c, one in told.items()}


def contrasted(judged: Mapping[int, Judged]) -> dict[int, Judged]:
    """Titles at a cost where another cluster's title holds all of their words.

    "Payment" is too wide beside "pending payment" and "declined payment".
    """
    best = {c: _keys(one.forms[int(one.value.argmax())]) for c, one in judged.items() if one.forms}
    out = {}
    for c, one in judged.items():
        others = [keys for other, keys in best.items() if other != c]
        wide = np.array([any(_keys(form) < keys for keys in others) for form in one.forms], bool)
        out[c] = one.where(np.ones(len(wide), dtype=bool), TOO_WIDE * wide)
    return out


def _keys(phrase: str) -> frozenset[str]:
    return frozenset(lemma(word) for word in phrase.lower().split())


def _of_family(
    judged: Judged, offers: Offers, family: Family, titles: Titles, judge: Judge, c: int
) -> Judged:
    """Of the titles of a cluster, those that hold for most of its parts, and one that lists them.

    A noun that hardly a row says must be the name of a group of subjects, such as sports: a lexicon
    always has something that is near to a mixture.
    """
    said = dict(zip(offers.forms, offers.spread, strict=True))
    near = family.spread(titles.vectors(judged.forms), titles.space.vectors, c)
    share = np.array([min(said.get(f, n), n) for f, n in zip(judged.forms, near, strict=True)])
    group = np.array([form in GROUPS for form in judged.forms], dtype=bool)
    unsaid = (judged.costs >= UNSAID_SUBJECT) | group
    unsaid[: judged.n_said] = False
    spread = np.where(unsaid, UNSAID_SPREAD, MIN_SPREAD)
    borne = judge.bearing.of(titles.vectors(judged.forms))
    true = are_borne(borne[c], lead(borne)[c]) | (not judge.names)
    kept = judged.where((share >= spread) & ~(unsaid & ~group) & true, OF_SOME * (1 - share))
    if listed := family.listed(c):
        title, named = listed
        cost = np.array([A_LIST + OF_SOME * (1 - named)])
        kept = kept.with_more(judge(c, [title], titles.vectors([title]), cost, [1.0]))
    return kept


def _borne_out(
    lexicon: Nouns, near: Sequence[int], offers: Offers, vectors: FloatArray, texts: Sequence[str]
) -> list[tuple[int, float]]:
    """The nouns of the lexicon that speak for a cluster, and what each costs.

    A subject may always be tried; another noun if some rows hold it, or say what is near to it.
    """
    lower = [text.lower() for text in texts]
    whole, as_written = "\n".join(lower), "\n".join(texts)
    subjects = {lexicon.names[i] for i in near if i < lexicon.n_topics}
    out = []
    for i in near:
        name = lexicon.names[i]
        if name in offers.forms or name in STOP_WORDS or name in WHEN:
            continue
        share = 0.0
        if name in whole:
            if i >= lexicon.n_topics and not re.search(rf"\b{re.escape(name)}", as_written):
                continue  # always with a capital: "Trump" is no trump
            held = re.compile(rf"\b{re.escape(name)}\b")
            share = sum(name in text and held.search(text) is not None for text in lower)
            share /= max(len(lower), 1)
        if share >= MIN_HELD:
            out.append((i, -OFTEN * float(np.log(share))))
        elif i < lexicon.n_topics and hinted(offers.said, vectors, lexicon.vectors[[i]]) >= HINTED:
            cost = UNSAID_SUBJECT if _is_hinted(name, lower) else UNSAID_NOUN
            out.append((i, cost + AN_INSTANCE * _is_mere_instance(name, subjects, lower)))
    return out


def _is_mere_instance(name: str, subjects: Set[str], texts: Sequence[str]) -> bool:
    """Whether rows say no word of a subject, and one that takes it in is near as well.

    Such as tennis, where the rows are about sports.
    """
    if not any(group in subjects and name in held for group, held in GROUPS.items()):
        return False
    stems = "|".join(re.escape(word[:STEM]) for word in name.lower().split())
    held = re.compile(rf"\b(?:{stems})")
    return sum(held.search(text) is not None for text in texts) < MIN_HELD * len(texts)


def _is_hinted(name: str, texts: Sequence[str]) -> bool:
    """Whether rows say what makes a subject of several words a special one, in any form of it.

    Tests are no hypothesis testing where nothing is said of hypotheses.
    """
    words_of = name.lower().replace("-", " ").split()
    if len(words_of) == 1:
        return True
    stems = "|".join(re.escape(word[:STEM]) for word in words_of[:-1])
    held = re.compile(rf"\b(?:{stems})")
    return sum(held.search(text) is not None for text in texts) >= MIN_HELD * len(texts)


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


def headline(form: str) -> str:
    """A title as it stands alone: it begins with a capital, unless it is written its own way."""
    form = " ".join(word.upper() if word in ABBREVIATIONS else word for word in form.split(" "))
    first = form.split()[0] if form.strip() else form
    return form[:1].upper() + form[1:] if first == first.lower() else form
