"""Titles and keywords by class-based TF-IDF: all texts of a cluster are counted as one text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from shoal.describers.terms import UNSPACED, casing, terms
from shoal.numerics.clusters import members

MAX_CHARS = 5000
"""Of one text that are counted, so that one huge text does not decide."""
CASING_ROWS = 200
SIGN_CHARS = 20
"""Of a sign in the title of texts that have no words."""
ENDINGS = ("ing", "ed", "es", "s", "e")


def stem(word: str) -> str:
    """Strip the commonest English endings, enough to see that two keywords say the same."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


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


def _pick(ranked: Sequence[str], n: int) -> list[str]:
    """The first n terms that do not repeat each other's words."""
    picked: list[str] = []
    seen: list[set[str]] = []
    for term in ranked:
        # of scripts without spaces, the characters tell what is said twice
        parts = set(term) if UNSPACED.match(term) else None
        stems = parts or {stem(word) for word in term.split()}
        if any(stems & other for other in seen):
            continue
        picked.append(term)
        seen.append(stems)
        if len(picked) == n:
            break
    return picked


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
        ranked = self._ranked([text[:MAX_CHARS] for text in texts], labels, n_clusters)
        out: list[tuple[str, tuple[str, ...]]] = []
        taken: set[str] = set()
        inside = members(labels, n_clusters)
        for cluster, (best, rows) in enumerate(zip(ranked, inside, strict=True)):
            some = [texts[row][:MAX_CHARS] for row in rows[:CASING_ROWS]]
            written = casing(some, best)
            words = [written[term] for term in best] or _signs(some, self.n_title)
            title = self._title(words, cluster, taken)
            taken.add(title.lower())
            out.append((title, tuple(words)))
        return out

    def _title(self, words: Sequence[str], cluster: int, taken: set[str]) -> str:
        for n in range(min(self.n_title, len(words)), len(words) + 1):
            title = " · ".join(words[:n])
            if title and title.lower() not in taken:
                return title
        return f"{' · '.join(words[: self.n_title])} ({cluster})".strip()

    def _ranked(
        self, texts: Sequence[str], labels: NDArray[np.int32], n_clusters: int
    ) -> list[list[str]]:
        """The best terms of each cluster, without repetitions."""
        for stop_words in (ENGLISH_STOP_WORDS, frozenset[str]()):
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
        ranked = []
        for cluster in range(n_clusters):
            row = weights[[cluster]]
            # rounded, so that of a long term and its equally frequent parts the long one wins
            score = row.data.round(9)
            length = np.array([len(names[i]) for i in row.indices])
            best = np.lexsort((row.indices, -length, -score))[: 12 * self.n_keywords]
            ranked.append(_pick([str(names[row.indices[i]]) for i in best], self.n_keywords))
        return ranked


def _analyzer(stop_words: frozenset[str]) -> Callable[[str], list[str]]:
    return lambda text: terms(text, stop_words)
