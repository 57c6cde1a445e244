"""Titles and keywords: class-based TF-IDF proposes, and embedding the phrases decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.numerics.clusters import members
from shoal.parts.describers.base import Name, Space
from shoal.parts.describers.counting import MAX_CHARS, Counted, plain
from shoal.parts.describers.english import (
    english_clusters,
    english_options,
    headline,
    options_by_counts,
)
from shoal.parts.describers.excerpts import lead_back
from shoal.parts.describers.languages import languages
from shoal.parts.describers.offers import Reader
from shoal.parts.describers.phrases import Phrases
from shoal.parts.describers.spoken import spoken_in
from shoal.parts.describers.stop_words import MIN_TEXTS, STOP_WORDS, foreign
from shoal.parts.describers.terms import UNSPACED, alike, words
from shoal.parts.describers.titles import JOINT, TITLE_CHARS, Ordered, Ranked, Titles

PHRASE_ROWS, MIN_ROWS, MAX_ROWS, PHRASE_CHARS = 300, 60, 6000, 1500
"""Rows of a cluster in which phrases are looked for, the least of them, of all clusters together if
there are many, and characters of each."""
TERMS_A_PHRASE = 5
"""Terms that are looked at for each phrase that is wanted; many say the same."""
TITLE_SHARE = 0.25
"""Weight of a keyword in a title that is made by counting, as a share of the best one's."""
SEVERAL = "Several languages"
"""Title of a cluster that has little in common but that it is not in English."""
SIGN_CHARS = 20
"""Of a sign in the title of texts that have no words."""


def _pick(ranked: Ranked, n: int, phrases: Phrases) -> Ranked:
    """The first n terms, each as the phrase it mostly stands in, that repeat no word."""
    picked: Ranked = []
    said: list[str] = []
    for term, weight in ranked:
        if _is_said(term, said):
            continue
        phrase = phrases.grow(term, said)
        picked.append((phrase, weight))
        # "top up", "top-up" and "topup" are one
        said += [*_parts(phrase), re.sub(r"[\s-]", "", phrase.lower())]
        if len(picked) == n:
            break
    return picked


def _parts(term: str) -> list[str]:
    return [word for word in words(term.replace("-", " ")) if word not in STOP_WORDS]


def _is_said(term: str, said: Sequence[str]) -> bool:
    """Whether all of a term was said already, if in other forms of its words."""
    if UNSPACED.match(term):
        # the characters tell, there being no words
        return any(set(term) & set(other) for other in said)
    parts = _parts(term) or [term]
    return any(alike(term, other) for other in said) or all(
        any(alike(part, other) for other in said) for part in parts
    )


def _signs(texts: Sequence[str], n: int) -> list[str]:
    """What stands most often between spaces, for texts without words: emoji, numbers, dots."""
    found = Counter(
        sign[:SIGN_CHARS] for text in texts for sign in dict.fromkeys(text[:MAX_CHARS].split())
    )
    return sorted(found, key=lambda sign: (-found[sign], sign))[:n]


class Keywords:
    """Keywords by class-based TF-IDF and a title of the best of them.

    Phrases are ordered by how near they are to their cluster and how far from the others, where
    the run has a model that embeds them; else by their counts alone.

    Parameters
    ----------
    n_keywords : for each cluster
    n_title : most keywords in a title

    Raises
    ------
    BadInput : if one of them is less than 1
    """

    def __init__(self, n_keywords: int = 8, *, n_title: int = 3) -> None:
        for name, value in (("n_keywords", n_keywords), ("n_title", n_title)):
            if value < 1:
                raise BadInput(f"describe.{name} must be at least 1, got {value}.")
        self.n_keywords = n_keywords
        self.n_title = n_title

    def describe(
        self, texts: Sequence[str], labels: NDArray[np.int32], space: Space | None = None
    ) -> list[Name]:
        """Title and keywords of each cluster.

        Parameters
        ----------
        texts : (n,) the distinct texts
        labels : (n,) int32, -1 for noise
        space : where phrases are compared with clusters, None where they cannot be

        Returns
        -------
        One name per cluster; titles are unique
        """
        n_clusters = int(labels.max(initial=-1)) + 1
        if n_clusters == 0:
            return []
        read = [plain(text) for text in texts]
        spoken = languages(read, MIN_TEXTS)
        other = foreign({name for name, share in spoken.items() if share >= MIN_TEXTS})
        inside = members(labels, n_clusters)
        english = english_clusters(read, inside, range(n_clusters))
        several = len(spoken) > 0 and (len(spoken) > 1 or len(english) > 0)
        tongues = spoken_in(read, inside) if several else []
        counted = labels.copy()
        for cluster, tongue in enumerate(tongues):
            if cluster not in english and len(tongue.rows) < len(inside[cluster]):
                counted[inside[cluster]] = -1
                counted[tongue.rows] = cluster
        offers = Reader(read).offers(inside, english)
        if space is None:
            options = options_by_counts(english, offers)
            ordered = [
                Ordered(
                    [word for word, _ in pool],
                    [(0.0, said) for said in _by_weight(pool, self.n_title)],
                )
                for pool in self._pools(texts, read, counted, n_clusters, other, self.n_keywords)
            ]
        else:
            titles = Titles(space, labels, self.n_title)
            options = english_options(read, inside, titles, english, offers)
            size = max(titles.pool, self.n_keywords)
            pools = self._pools(texts, read, counted, n_clusters, other, size)
            named = {c for c, found in options.items() if found}
            ordered = titles.order(pools, self.n_keywords, named)
            ordered = lead_back(ordered, titles, read, labels, named, other)
        taken: set[str] = set()
        out = []
        for cluster, found in enumerate(ordered):
            choices = [said for _, said in options.get(cluster) or found.options]
            if cluster in english:
                choices = [(headline(said[0]), *said[1:]) for said in choices]
            if tongues and cluster not in english and tongues[cluster].name:
                choices = [
                    (*said[:-1], f"{said[-1]} ({tongues[cluster].name})") for said in choices
                ]
            elif tongues and cluster not in english and tongues[cluster].several:
                choices = [(SEVERAL,), *choices]
            title = unused(choices, found.keywords, cluster, taken)
            out.append(Name(title, tuple(found.keywords)))
        return out

    def _pools(
        self,
        texts: Sequence[str],
        read: Sequence[str],
        labels: NDArray[np.int32],
        n_clusters: int,
        other: Set[str],
        size: int,
    ) -> list[Ranked]:
        """The `size` phrases of each cluster that may be its keywords, the heaviest first."""
        counted = Counted(read)
        empty = counted.stop_words(labels, n_clusters) | other
        ranked = counted.ranked(labels, n_clusters, TERMS_A_PHRASE * size, empty)
        most = int(np.clip(MAX_ROWS // n_clusters, MIN_ROWS, PHRASE_ROWS))
        pools = []
        for best, rows in zip(ranked, members(labels, n_clusters), strict=True):
            some = [int(row) for row in rows[:: -(-len(rows) // most)]]
            phrases = Phrases([read[row][:PHRASE_CHARS] for row in some], STOP_WORDS, empty)
            pool = _pick(best, size, phrases)
            pools.append(pool or [(s, 1.0) for s in _signs([texts[r] for r in some], self.n_title)])
        return pools


def _by_weight(keywords: Ranked, n_title: int) -> list[tuple[str, ...]]:
    """Titles by counting alone: the best keywords, and then ever more of them."""
    if not keywords:
        return []
    best = [keywords[0][0]]
    for word, weight in keywords[1:]:
        # a phrase may stand alone, a word is best explained by another
        alone = len(best) > 1 or " " in best[0]
        if len(best) == n_title or (alone and weight < TITLE_SHARE * keywords[0][1]):
            break
        if len(JOINT.join([*best, word])) <= TITLE_CHARS:
            best.append(word)
    return [tuple(best)]


def unused(
    choices: Sequence[tuple[str, ...]], keywords: Sequence[str], cluster: int, taken: set[str]
) -> str:
    """The first title that no other cluster has, and take it.

    Parameters
    ----------
    choices : what the title may be made of, the best first
    keywords : what it may be made longer by
    cluster : its number, where nothing else tells it apart
    taken : titles in lower case; this one is added
    """
    first = choices[0] if choices else ()
    more = [word for word in keywords if word not in first]
    longer = [(*first, *more[:n]) for n in range(len(more) + 1)]
    for said in (*choices, *longer):
        title = JOINT.join(said)
        if title.strip() and title.lower() not in taken:
            break
    else:
        title = f"{JOINT.join(first)} ({cluster})".strip()
    taken.add(title.lower())
    return title
