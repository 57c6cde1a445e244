"""Exact duplicates, by sixteen-byte keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.blocks import slices

DIGEST_ROWS = 1 << 18
"""Rows looked at together once all are sorted."""
Keys = NDArray[np.uint8]


def first_equal(keys: Keys) -> NDArray[np.int32]:
    """The first row with the same key.

    Parameters
    ----------
    keys : (n, 16) uint8

    Returns
    -------
    (n,) int32, the row itself where it is the first
    """
    high, low = _halves(keys)
    order = np.lexsort((low, high))  # stable: of equal keys the first row comes first
    first = np.empty(len(keys), dtype=np.int32)
    row, lead = -1, 0
    for part in slices(len(order), DIGEST_ROWS):
        rows = order[part]
        same = np.zeros(len(rows), dtype=bool)
        same[0] = row >= 0 and bool((keys[rows[0]] == keys[row]).all())
        same[1:] = (np.diff(high[rows]) == 0) & (np.diff(low[rows]) == 0)
        # the last place before each where equal keys began; 0 stands for one in an earlier block
        begun = np.maximum.accumulate(np.where(same, 0, np.arange(len(rows))))
        leads = np.where(np.logical_and.accumulate(same), lead, rows[begun])
        first[rows] = leads
        row, lead = int(rows[-1]), int(leads[-1])
    return first


class KeyLookup:
    """Looks keys up among known ones.

    Parameters
    ----------
    keys : (n, 16) uint8, all different
    """

    def __init__(self, keys: Keys) -> None:
        high, low = _halves(keys)
        self._order = np.lexsort((low, high))
        self._high, self._low = high[self._order], low[self._order]
        same = np.flatnonzero(np.diff(self._high) != 0)
        borders = np.concatenate([[-1], same, [len(high) - 1]])
        self._most_alike = int(np.diff(borders).max(initial=0))

    def of(self, keys: Keys) -> NDArray[np.int64]:
        """The place of each key among the known ones, (n,) int64; -1 where it is new."""
        high, low = _halves(keys)
        out = np.full(len(keys), -1, dtype=np.int64)
        start = np.searchsorted(self._high, high)
        for step in range(self._most_alike):  # once, but for chance
            at = np.minimum(start + step, len(self._order) - 1)
            found = (self._high[at] == high) & (self._low[at] == low)
            out[found] = self._order[at[found]]
        return out


def _halves(keys: Keys) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    both = np.ascontiguousarray(keys).view("<u8").reshape(-1, 2)
    return both[:, 0], both[:, 1]
