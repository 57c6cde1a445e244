"""How unusual the spelling of a text is, by the runs of three characters that other texts have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 16
"""Counts that are kept; runs of characters that fall into one bucket share a count."""
MAX_CHARACTERS = 2000
"""Characters of a text that are looked at."""
UNSEEN = 0.1
"""Texts that a run in no text counts as."""
_DIGITS = str.maketrans("123456789", "000000000")


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """In how many texts each run of three characters is.

    Letters are counted in lower case, all digits as one, and white space as one blank, so that
    neither capitals nor numbers make a text unusual.

    Parameters
    ----------
    counts : (65536,) uint32 texts that hold a run of each bucket
    n_texts : texts that were counted
    """

    counts: NDArray[np.uint32]
    n_texts: int

    @classmethod
    def of(cls, texts: Iterable[str]) -> Spelling:
        """Count the runs of characters of these texts."""
        counts, n_texts = np.zeros(BUCKETS, dtype=np.uint32), 0
        for text in texts:
            counts[np.unique(_runs(text))] += 1
            n_texts += 1
        return cls(counts, n_texts)

    def surprise(self, texts: Iterable[str], *, counted: bool = False) -> NDArray[np.float64]:
        """Mean negative log of the share of texts that hold each run of a text.

        Parameters
        ----------
        texts : n texts
        counted : whether these texts were counted themselves, so that each is to be compared with
            the others alone

        Returns
        -------
        (n,) float64, at least about 0; higher means less like the counted texts
        """
        n_others = max(self.n_texts - counted, 1)
        costs = -np.log((np.maximum(np.arange(n_others + 1), UNSEEN)) / n_others)
        found = []
        for text in texts:
            seen = self.counts[_runs(text)].astype(np.int64) - counted
            found.append(float(costs[np.clip(seen, 0, n_others)].mean()))
        return np.array(found, dtype=np.float64)


def _runs(text: str) -> NDArray[np.int64]:
    """The bucket of each run of three characters of a text with a blank at either end."""
    plain = f" {' '.join(text[:MAX_CHARACTERS].lower().translate(_DIGITS).split())} "
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = codes.astype(np.int64)
    if len(codes) < 3:
        return np.zeros(1, dtype=np.int64)
    mixed = (codes[:-2] * 73_856_093) ^ (codes[1:-1] * 19_349_663) ^ (codes[2:] * 83_492_791)
    return (mixed ^ (mixed >> 17)) % BUCKETS
