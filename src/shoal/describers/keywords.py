"""Titles and keywords by class-based TF-IDF: all texts of a cluster are counted as one text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from shoal.describers.phrases import Phrases
from shoal.describers.stop_words import STOP_WORDS
from shoal.describers.terms import UNSPACED, alike, terms, words
from shoal.numerics.clusters import members

MAX_CHARS = 5000
"""Of one text that are counted, so that one huge text does not decide."""
PHRASE_ROWS = 300
"""Rows of a cluster in which phrases are looked for."""
TITLE_CHARS = 40
"""A title is not made longer by a further keyword."""
TITLE_SHARE = 0.25
"""Weight of a keyword in a title, as a share of the best one's."""
JOINT = " · "
SIGN_CHARS = 20
"""Of a sign in the title of texts that have no words."""
LEAST = 0.01
"""Weight of a word that is as frequent elsewhere: little, so that some word is always left."""


def class_tf_idf(counts: Any, labels: NDArray[np.int32], n_clusters: int) -> Any:
    """Weight of each term in each cluster: class-based TF-IDF times how much rarer it is elsewhere.

    Parameters
    ----------
    counts : CSR (n, n_terms), how often a term stands in a text
    labels : (n,) int32, -1 for noise
    n_clusters : how many

    Returns
    -------
    CSR (n_clusters, n_terms) float64

    References
    ----------
    Grootendorst (2022), BERTopic: neural topic modeling with a class-based TF-IDF procedure.
    """
    rows = np.nonzero(labels >= 0)[0]
    member = sparse.csr_matrix(
        (np.ones(len(rows)), (labels[rows], rows)), shape=(n_clusters, len(labels))
    )
    # once a text: a word repeated in one text is no sign of a theme shared by many
    present = counts.copy()
    present.data = np.ones_like(present.data, dtype=np.float64)
    totals = (member @ present).tocsr()
    sizes = np.maximum(np.bincount(labels[rows], minlength=n_clusters), 1)
    per_term = np.asarray(totals.sum(axis=0)).ravel()
    rarity = np.log1p(totals.sum() / n_clusters / np.maximum(per_term, 1e-12))
    weights = (sparse.diags(1.0 / sizes) @ totals @ sparse.diags(rarity)).tocsr()
    # a word as frequent outside as inside says nothing of the cluster, however frequent it is
    cluster = np.repeat(np.arange(n_clusters), np.diff(totals.indptr))
    inside = totals.data / sizes[cluster]
    elsewhere = (per_term[totals.indices] - totals.data) / np.maximum(
        sizes.sum() - sizes[cluster], 1
    )
    weights.data *= np.maximum(1.0 - elsewhere / inside, LEAST)
    return weights


Ranked = list[tuple[str, float]]
"""Terms with their weights, the heaviest first."""


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

    Parameters
    ----------
    n_keywords : for each cluster
    n_title : keywords in a title
    """

    def __init__(self, n_keywords: int = 8, *, n_title: int = 3) -> None:
        self.n_keywords = n_keywords
        self.n_title = n_title

    def describe(
        self, texts: Sequence[str], labels: NDArray[np.int32]
    ) -> list[tuple[str, tuple[str, ...]]]:
        """Title and keywords of each cluster.

        Parameters
        ----------
        texts : (n,) the distinct texts
        labels : (n,) int32, -1 for noise

        Returns
        -------
        One (title, keywords) per cluster; titles are unique
        """
        n_clusters = int(labels.max(initial=-1)) + 1
        if n_clusters == 0:
            return []
        counted = [text[:MAX_CHARS] for text in texts]
        ranked = self._ranked(counted, labels, n_clusters)
        out: list[tuple[str, tuple[str, ...]]] = []
        taken: set[str] = set()
        inside = members(labels, n_clusters)
        for cluster, (best, rows) in enumerate(zip(ranked, inside, strict=True)):
            some = [counted[row] for row in rows[:: -(-len(rows) // PHRASE_ROWS)]]
            keywords = _pick(best, self.n_keywords, Phrases(some, STOP_WORDS))
            keywords = keywords or [(sign, 1.0) for sign in _signs(some, self.n_title)]
            title = self._title(keywords, cluster, taken)
            taken.add(title.lower())
            out.append((title, tuple(word for word, _ in keywords)))
        return out

    def _title(self, keywords: Ranked, cluster: int, taken: set[str]) -> str:
        """The best keywords, as many as it takes to be unlike the titles so far."""
        words = [word for word, _ in keywords]
        best: list[str] = words[:1]
        for word, weight in keywords[1:]:
            # a phrase may stand alone, a word is best explained by another
            alone = len(best) > 1 or " " in best[0]
            if len(best) == self.n_title or (alone and weight < TITLE_SHARE * keywords[0][1]):
                break
            if len(JOINT.join([*best, word])) <= TITLE_CHARS:
                best.append(word)
        more = [word for word in words if word not in best]
        for n in range(len(more) + 1):
            title = JOINT.join(best + more[:n])
            if title and title.lower() not in taken:
                return title
        return f"{JOINT.join(best)} ({cluster})".strip()

    def _ranked(
        self, texts: Sequence[str], labels: NDArray[np.int32], n_clusters: int
    ) -> list[Ranked]:
        """The heaviest terms of each cluster, many more than will be kept."""
        for stop_words in (STOP_WORDS, frozenset[str]()):
            vectorizer = CountVectorizer(analyzer=_analyzer(stop_words))
            try:
                counts = vectorizer.fit_transform(texts)
                break
            except ValueError:  # no word is left
                continue
        else:
            return [[] for _ in range(n_clusters)]
        weights = class_tf_idf(counts.tocsr(), labels, n_clusters)
        names = vectorizer.get_feature_names_out()
        ranked: list[Ranked] = []
        for cluster in range(n_clusters):
            row = weights[[cluster]]
            # rounded, so that of a long term and its equally frequent parts the long one wins
            score = row.data.round(9)
            length = np.array([len(names[i]) for i in row.indices])
            best = np.lexsort((row.indices, -length, -score))[: 12 * self.n_keywords]
            ranked.append([(str(names[row.indices[i]]), float(score[i])) for i in best])
        return ranked


def _analyzer(stop_words: frozenset[str]) -> Callable[[str], list[str]]:
    return lambda text: terms(text, stop_words)
