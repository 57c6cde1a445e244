"""What is left of texts beside what may be a frame, and whether it tells who has the frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.text.tokens import Tokens

N_BINS = 1 << 16
"""Bins that words are hashed into."""


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What is left of texts beside all that may be a frame.

    Parameters
    ----------
    words : CSR (n, N_BINS), whether a word is there
    lengths : (n,) how many there are
    half : (n,) one of two halves of the texts, by what they say
    """

    words: sparse.csr_matrix
    lengths: NDArray[np.float64]
    half: NDArray[np.bool_]

    @classmethod
    def of(cls, tokens: Tokens, kept: NDArray[np.bool_], n: int) -> Rest:
        """What is left of n texts: the tokens that are `kept`, (n_tokens,) bool."""
        row, column = tokens.row[kept], (tokens.number[kept] % np.uint64(N_BINS)).astype(np.int64)
        words = sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=(n, N_BINS))
        words.data[:] = 1.0
        total = np.zeros(n, dtype=np.uint64)
        np.add.at(total, tokens.row, tokens.number)  # the same in any order of the texts
        lengths = np.bincount(row, weights=tokens.words[kept], minlength=n).astype(np.float64)
        return cls(words, lengths, (total >> np.uint64(7)) % 2 == 0)

    def info(self, rows: NDArray[np.int32]) -> float:
        """How well the rest tells which texts some are, as the area under the curve."""
        has = np.zeros(len(self.lengths), dtype=bool)
        has[rows] = True
        areas = []
        for learnt in (self.half, ~self.half):
            with_it, without = learnt & has, learnt & ~has
            tested = ~learnt
            if not with_it.any() or not without.any() or len(np.unique(has[tested])) < 2:
                continue
            p = np.asarray(self.words[with_it].sum(axis=0)).ravel() + 0.5
            q = np.asarray(self.words[without].sum(axis=0)).ravel() + 0.5
            weight = np.log(p / p.sum()) - np.log(q / q.sum())
            weight[(p == 0.5) & (q == 0.5)] = 0.0
            score = (self.words[tested] @ weight) / np.maximum(self.lengths[tested], 1)
            areas.append(_area(score, has[tested]))
        return float(np.mean(areas)) if areas else 0.5


def _area(score: NDArray[np.float64], has: NDArray[np.bool_]) -> float:
    """Area under the curve: how often one that has it scores higher than one that has not."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    n_has = int(has.sum())
    n_not = len(has) - n_has
    return float((ranks[has].sum() - n_has * (n_has + 1) / 2) / (n_has * n_not))
