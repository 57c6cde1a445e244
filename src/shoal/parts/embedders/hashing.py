"""Hashed words as vectors: no model, no meaning, very fast. For tests and for exact wording."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from shoal.parts.embedders.base import BatchPlan, ModelInfo, even_plan


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
        self._vectorizer = HashingVectorizer(n_features=n_dims, ngram_range=(1, 2))
        self._signs = HashingVectorizer(n_features=n_dims, analyzer="char")
        self.info = ModelInfo("hashed words", f"hashing-2:{n_dims}", "none needed", remember="no")

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of 1,024 in order."""
        return even_plan(len(contents), 1024)

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32; a text with no word is hashed by its characters."""
        if len(contents) == 0:
            return np.empty((0, self.n_dims), dtype=np.float32)
        dense = self._vectorizer.transform(contents).toarray().astype(np.float32)
        wordless = np.nonzero(~dense.any(axis=1))[0].tolist()
        if wordless:
            dense[wordless] = self._signs.transform([contents[row] for row in wordless]).toarray()
            dense[~dense.any(axis=1), 0] = 1.0  # nothing at all, or signs that cancel
        return np.asarray(dense, dtype=np.float32)
