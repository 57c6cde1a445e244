"""Hashed words as vectors: no model, no meaning, very fast. For tests and for exact wording."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.hashing import hashed_columns
from shoal.parts.embedders.base import BatchPlan, ModelInfo, even_plan

WORD, BLANKS = re.compile(r"\b\w\w+\b"), re.compile(r"\s\s+")


class Hashing:
    """Counts of hashed words and pairs of words.

    Parameters
    ----------
    n_dims : number of hash buckets, the length of a vector
    """

    parallel = True
    cheap = True

    def __init__(self, n_dims: int = 512) -> None:
        self.n_dims = n_dims
        self.info = ModelInfo("hashed words", f"hashing-2:{n_dims}", "none needed", remember="no")

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of 1,024 in order."""
        return even_plan(len(contents), 1024)

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32; a text with no word is hashed by its characters."""
        if len(contents) == 0:
            return np.empty((0, self.n_dims), dtype=np.float32)
        dense = self._counted([_words(text.lower()) for text in contents])
        wordless = np.nonzero(~dense.any(axis=1))[0].tolist()
        if wordless:
            dense[wordless] = self._counted(
                [list(BLANKS.sub(" ", contents[row].lower())) for row in wordless]
            )
            dense[~dense.any(axis=1), 0] = 1.0  # nothing at all, or signs that cancel
        return dense

    def _counted(self, texts: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """Counts of hashed strings of unit length, (n, n_dims) float32."""
        place: dict[str, int] = {}
        found = (place.setdefault(string, len(place)) for strings in texts for string in strings)
        which = np.fromiter(found, dtype=np.int64)
        columns, signs = hashed_columns(list(place), self.n_dims)
        row = np.repeat(np.arange(len(texts)), [len(strings) for strings in texts])
        cell = row * self.n_dims + columns[which]
        sums = np.bincount(cell, signs[which], len(texts) * self.n_dims).reshape(len(texts), -1)
        size = np.sqrt((sums**2).sum(axis=1, keepdims=True))
        return np.asarray(sums / np.maximum(size, 1.0), dtype=np.float32)


def _words(text: str) -> list[str]:
    """Words of two letters and more, and pairs of words in a row."""
    words = WORD.findall(text)
    return words + [f"{one} {other}" for one, other in pairwise(words)]
