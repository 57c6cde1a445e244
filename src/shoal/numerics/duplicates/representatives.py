"""Choosing representatives of similar rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.numerics.arrays import FloatArray, IntArray


def representatives(
    n: int, one: IntArray, other: IntArray, alike: FloatArray, copies: NDArray[np.integer]
) -> tuple[IntArray, FloatArray]:
    """Return the representative of each row, and their similarity.

    Every row is alike to the one that stands for it, so that no chain of small steps joins what is
    not alike.

    Parameters
    ----------
    n : rows
    one, other : (n_pairs,) rows that are alike, each two once
    alike : (n_pairs,) float32, how much, above 0
    copies : (n,) how many hold each content: the most frequent stands for the others, of equally
        frequent ones that which stands for most, then that which is most like them, then the first

    Returns
    -------
    representative : (n,) int32, the row itself where it is like no other
    similarity : (n,) float32, 1 for the row itself
    """
    representative = np.arange(n, dtype=np.int32)
    similarity = np.ones(n, dtype=np.float32)
    pairs = sparse.coo_matrix((alike, (one, other)), shape=(n, n)).tocsr()
    around = (pairs + pairs.T).tocsr()
    around.sort_indices()  # sums are added in the order of the rows, not in that of the pairs
    linked = np.flatnonzero(np.diff(around.indptr))
    stood_for = np.zeros(n, dtype=np.int64)
    if len(linked):
        stood_for[linked] = np.add.reduceat(copies[around.indices], around.indptr[linked])
    likeness = around @ np.ones(n)
    order = np.lexsort((-likeness[linked], -stood_for[linked], -copies[linked]))
    taken = np.zeros(n, dtype=bool)
    is_taken = taken.data  # one value of it is read in a fraction of the array's time
    for row in linked[order]:
        if is_taken[row]:
            continue
        found = slice(around.indptr[row], around.indptr[row + 1])
        left = ~taken[around.indices[found]]
        rows = around.indices[found][left]
        representative[rows], similarity[rows] = row, around.data[found][left]
        taken[rows] = taken[row] = True
    return representative, similarity
