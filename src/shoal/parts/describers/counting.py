"""Counting terms per cluster, and weighting them."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.numerics.blocks import ordered_map, slices
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.terms import Terms

BLOCK_TEXTS = 8192
"""Texts whose terms are counted at once."""
MAX_CHARS = 5000
"""Of one text that are counted, so that one huge text does not decide."""
MIN_WEIGHT = 0.01
"""Weight of a word that is as frequent elsewhere: little, so that some word is always left."""
EMPTY_SHARE, EMPTY_NATS, EMPTY_TEXTS = 0.02, 0.1, 100
"""A word in so many texts that tells so little of the cluster is a stop word, in any language;
of fewer texts chance tells as much."""
MARKUP = re.compile(
    r"(?:https?|ftp)://\S+"
    r"|www\.\S+"
    r"|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    r"|</?[A-Za-z][^<>]{0,300}>"
    r"|<?\b(?:[A-Za-z]{1,8}\s+)?(?:href|src)(?:\b[^<>]{0,300}>|\s{2,})"
    r"|&(?:[A-Za-z]{2,8}|#x?[0-9A-Fa-f]{1,6});",
    re.ASCII,
)
"""Addresses, tags, what is left of a tag whose address was taken out, and entities."""
SIGNS = ("://", "www.", "@", "<", "&", "href", "src")
"""One of them is in whatever `MARKUP` finds."""
BREAK = "|"
"""What takes the place of markup: no phrase reaches over it."""


def plain(text: str) -> str:
    """The part of a text that counts, without markup."""
    text = text[:MAX_CHARS]
    return MARKUP.sub(BREAK, text) if any(sign in text for sign in SIGNS) else text


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
    totals = texts_with(counts, labels, n_clusters)
    sizes = np.maximum(np.bincount(labels[labels >= 0], minlength=n_clusters), 1)
    per_term = np.asarray(totals.sum(axis=0)).ravel()
    rarity = np.log1p(totals.sum() / n_clusters / np.maximum(per_term, 1e-12))
    weights = (sparse.diags(1.0 / sizes) @ totals @ sparse.diags(rarity)).tocsr()
    # a word as frequent outside as inside says nothing of the cluster, however frequent it is
    cluster = np.repeat(np.arange(n_clusters), np.diff(totals.indptr))
    inside = totals.data / sizes[cluster]
    elsewhere = (per_term[totals.indices] - totals.data) / np.maximum(
        sizes.sum() - sizes[cluster], 1
    )
    weights.data *= np.maximum(1.0 - elsewhere / inside, MIN_WEIGHT)
    return weights


def texts_with(counts: Any, labels: NDArray[np.int32], n_clusters: int) -> Any:
    """In how many texts of each cluster each term stands, CSR (n_clusters, n_terms) float64."""
    rows = np.nonzero(labels >= 0)[0]
    member = sparse.csr_matrix(
        (np.ones(len(rows)), (labels[rows], rows)), shape=(n_clusters, len(labels))
    )
    # once a text: a word repeated in one text is no sign of a theme shared by many
    present = counts.copy()
    present.data = np.ones_like(present.data, dtype=np.float64)
    return (member @ present).tocsr()


class Counted:
    """The terms of texts.

    Parameters
    ----------
    texts : (n,) as `plain` leaves them
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.counts: Any = None
        self.terms: list[str] = []
        for stop_words in (STOP_WORDS, frozenset[str]()):
            # a text is sent to whoever counts it, and not the rest with it
            blocks = [list(texts[part]) for part in slices(len(texts), BLOCK_TEXTS)]
            count = _BlockCount(stop_words)
            self.terms, self.counts = _merged(ordered_map(count, blocks, releases_lock=False))
            if self.terms:
                break

    def stop_words(self, labels: NDArray[np.int32], n_clusters: int) -> Set[str]:
        """Terms that tell next to nothing of the cluster, whatever the language.

        What a term tells is the Kullback-Leibler divergence of the clusters of the texts with
        the term from the clusters of all texts.
        """
        n = int((labels >= 0).sum())
        if self.counts is None or n_clusters < 2 or n < EMPTY_TEXTS:
            return frozenset()
        totals = texts_with(self.counts, labels, n_clusters).tocsc()
        per_term = np.asarray(totals.sum(axis=0)).ravel()
        frequent = np.nonzero(per_term >= EMPTY_SHARE * n)[0]
        part = totals[:, frequent].toarray() / per_term[frequent]
        sizes = np.bincount(labels[labels >= 0], minlength=n_clusters) / n
        with np.errstate(divide="ignore", invalid="ignore"):
            info = np.where(part > 0, part * np.log(part / sizes[:, None]), 0.0).sum(axis=0)
        return frozenset(self.terms[i] for i in frequent[info < EMPTY_NATS])

    def ranked(
        self, labels: NDArray[np.int32], n_clusters: int, n: int, without: Set[str]
    ) -> list[list[tuple[str, float]]]:
        """The n heaviest terms of each cluster with their weights, the heaviest first."""
        if self.counts is None:
            return [[] for _ in range(n_clusters)]
        weights = class_tf_idf(self.counts, labels, n_clusters)
        length = np.array([len(term) for term in self.terms])
        out = []
        for cluster in range(n_clusters):
            row = weights[[cluster]]
            # rounded, so that of a long term and its equally frequent parts the long one wins
            score = row.data.round(9)
            best = np.lexsort((row.indices, -length[row.indices], -score))[: n + len(without)]
            found = [(self.terms[row.indices[i]], float(score[i])) for i in best]
            telling = [(term, weight) for term, weight in found if term not in without]
            out.append((telling or found)[:n])
        return out


class _BlockCount:
    """Counts the terms of some texts, see `Terms`."""

    def __init__(self, stop_words: Set[str]) -> None:
        self._terms = Terms(stop_words)

    def __call__(self, texts: Sequence[str]) -> tuple[list[str], Any]:
        """The terms, sorted, and how often each stands in each text, CSR (n, n_terms)."""
        place: dict[str, int] = {}
        columns, times, ends = array("q"), array("q"), [0]
        for text in texts:
            found: dict[int, int] = {}
            for term in self._terms.of(text):
                column = place.setdefault(term, len(place))
                found[column] = found.get(column, 0) + 1
            columns.extend(sorted(found))
            times.extend(found[column] for column in sorted(found))
            ends.append(len(columns))
        terms = sorted(place)
        rank = np.empty(len(terms), dtype=np.int32)
        rank[[place[term] for term in terms]] = np.arange(len(terms))
        counts = (np.frombuffer(times, dtype=np.int64), rank[columns], ends)
        return terms, sparse.csr_matrix(counts, shape=(len(texts), len(terms)))


def _merged(blocks: Iterable[tuple[list[str], Any]]) -> tuple[list[str], Any]:
    """The counts of blocks below each other, their terms put together and sorted.

    Returns
    -------
    terms : of all blocks, sorted
    counts : CSR (n, n_terms), None where there is no term
    """
    found = list(blocks)
    terms = sorted(set().union(*(block_terms for block_terms, _ in found)))
    if not terms:
        return [], None
    place = {term: column for column, term in enumerate(terms)}
    parts = []
    for block_terms, counts in found:
        # both are sorted, so the columns of a row stay sorted
        columns = np.array([place[term] for term in block_terms], dtype=np.int32)
        shape = (counts.shape[0], len(terms))
        parts.append(
            sparse.csr_matrix((counts.data, columns[counts.indices], counts.indptr), shape=shape)
        )
    return terms, sparse.vstack(parts, format="csr")
