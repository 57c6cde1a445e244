"""Exact nearest neighbors of unit vectors by cosine, block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import DISTANCE_ROWS, ordered_map, slices
from shoal.numerics.mutual_neighbors import nearest_others
from shoal.numerics.ranking import places

BLOCK_COLUMNS = 8192
GROUPS = 256
"""Groups of columns that are looked at as one when the largest of a row are sought."""


def _sorted_top(cosines: FloatArray, columns: IntArray, k: int) -> tuple[FloatArray, IntArray]:
    """The k largest of each row, largest first; ties go to the smaller column."""
    order = np.lexsort((columns, -cosines), axis=1)[:, :k]
    return np.take_along_axis(cosines, order, 1), np.take_along_axis(columns, order, 1)


def _none_yet(n_queries: int, k: int) -> tuple[FloatArray, IntArray]:
    """Neighbors that any real one is nearer than."""
    cosines = np.full((n_queries, k), -np.inf, dtype=np.float32)
    return cosines, np.full(cosines.shape, np.iinfo(np.int32).max, dtype=np.int32)


def _better(
    cosines: FloatArray, worst: FloatArray, k: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Queries and columns of what may be among the k largest and is above `worst` (n_queries,).

    Every GROUPS-th column is one group. The k-th largest of the groups' maxima is passed by at
    least k columns, so that what lies below it needs no further look; nor do most groups. That
    takes one pass over the cosines where a partition takes several.
    """
    n_queries, n_columns = cosines.shape
    whole = n_columns // GROUPS * GROUPS
    border = np.nextafter(worst, np.float32(np.inf))
    query: list[NDArray[np.intp]] = []
    column: list[NDArray[np.intp]] = []
    if whole:
        grouped = cosines[:, :whole].reshape(n_queries, -1, GROUPS)
        highest = grouped.max(axis=1)
        if k <= GROUPS:
            border = np.maximum(border, np.partition(highest, GROUPS - k, axis=1)[:, -k])
        one, group = np.nonzero(highest >= border[:, None])
        which, step = np.nonzero(grouped[one, :, group] >= border[one, None])
        query, column = [one[which]], [step * GROUPS + group[which]]
    one, rest = np.nonzero(cosines[:, whole:] >= border[:, None])
    return np.concatenate([*query, one]), np.concatenate([*column, whole + rest])


def _merge(
    best: FloatArray, rows: IntArray, cosines: FloatArray, start: int
) -> tuple[FloatArray, IntArray]:
    """Put a block's cosines among the best so far; ties stay with the smaller column."""
    query, column = _better(cosines, best[:, -1], best.shape[1])
    if len(query) == 0:
        return best, rows
    order = np.argsort(query, kind="stable")
    query, column = query[order], column[order]
    counts = np.bincount(query, minlength=len(best))
    place = places(counts)
    new, new_rows = _none_yet(len(best), int(counts.max()))
    new[query, place] = cosines[query, column]
    new_rows[query, place] = column + start
    return _sorted_top(np.hstack([best, new]), np.hstack([rows, new_rows]), best.shape[1])


def _search(queries: FloatArray, base: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
    """Cosines and rows of the k nearest of one block."""
    best, rows = _none_yet(len(queries), k)
    for part in slices(len(base), BLOCK_COLUMNS):
        best, rows = _merge(best, rows, queries @ base[part].T, part.start)
    return best, rows


def nearest(
    queries: FloatArray,
    base: FloatArray,
    k: int,
    *,
    exclude_itself: bool = False,
    n_threads: int | None = None,
    advance: Callable[[int], None] | None = None,
) -> tuple[IntArray, FloatArray]:
    """The k nearest rows of `base` for each query, nearest first.

    Parameters
    ----------
    queries : (n_queries, n_dims) float32, rows of unit length (or zero)
    base : (n_base, n_dims) float32, likewise
    k : how many, from 0; at most n_base (n_base - 1 with `exclude_itself`)
    exclude_itself : the queries are `base`; an item is not its own neighbor
    n_threads : None for all; the result does not depend on it
    advance : called with the number of queries done

    Returns
    -------
    rows : (n_queries, k) int32
    distances : (n_queries, k) float32, one minus the cosine, in [0, 2]
    """
    if exclude_itself:
        return nearest_others(base, k, n_threads=n_threads, advance=advance)

    def search(block: slice) -> tuple[FloatArray, IntArray]:
        return _search(queries[block], base, k)

    return by_blocks(search, slices(len(queries), DISTANCE_ROWS), k, n_threads, advance)


def from_all_groups(
    rows: IntArray, distances: FloatArray, groups: Sequence[NDArray[np.integer]], k: int
) -> tuple[IntArray, FloatArray]:
    """Of many neighbors so many from a row's own group and from the others as there are rows.

    Rows of one group may lie on a surface of their own, as sentences of one language do: the
    nearest ones are of that group then, whatever they say. Taken in proportion, the nearest of
    each side are those that are alike in everything else [1]_.

    Parameters
    ----------
    rows, distances : (n, n_pool) as `nearest` gives them, more than are wanted
    groups : one (n,) array of numbers for each way to group the rows, -1 for no group; a row's
        own group are the rows that share any of its numbers
    k : how many are wanted, at most n_pool

    Returns
    -------
    rows, distances : (n, k), nearest first; where a side lacks neighbors the other fills them up

    References
    ----------
    .. [1] Polański, Young, Miao, Meyer, Teichmann, Park (2020), BBKNN: fast batch alignment of
       single cell transcriptomes. Bioinformatics 36.
    """
    apart = np.ones(len(rows))
    for group in groups:
        known = group >= 0
        shares = np.bincount(group[known], minlength=1) / len(group)
        apart *= 1.0 - np.where(known, shares[group], 0.0)
    out_rows = np.empty((len(rows), k), dtype=rows.dtype)
    out_distances = np.empty((len(rows), k), dtype=distances.dtype)
    for part in slices(len(rows), BLOCK_COLUMNS):
        near, far_apart = rows[part], np.maximum(apart[part, None], 1e-9)
        own = np.zeros(near.shape, dtype=bool)
        for group in groups:
            mine = group[part, None]
            own |= (group[near] == mine) & (mine >= 0)
        # the i-th of a side comes where it would if neighbors were drawn by the sides' sizes
        turn = np.where(
            own,
            (own.cumsum(axis=1) - 0.5) / np.maximum(1.0 - far_apart, 1e-9),
            ((~own).cumsum(axis=1) - 0.5) / far_apart,
        )
        # in the order in which they stood, nearest first
        place = np.sort(np.argsort(turn, axis=1, kind="stable")[:, :k], axis=1)
        out_rows[part] = np.take_along_axis(near, place, 1)
        out_distances[part] = np.take_along_axis(distances[part], place, 1)
    return out_rows, out_distances


def by_blocks(
    search: Callable[[slice], tuple[FloatArray, IntArray]],
    blocks: Sequence[slice],
    k: int,
    n_threads: int | None = None,
    advance: Callable[[int], None] | None = None,
) -> tuple[IntArray, FloatArray]:
    """Rows and distances of all queries from what is found for blocks of them.

    Parameters
    ----------
    search : block -> cosines and rows of the k nearest of its queries, each (n_block, k)
    blocks : of the queries, one after the other
    k, n_threads, advance : as for `nearest`

    Returns
    -------
    rows, distances : (n_queries, k) as `nearest` gives them
    """
    n_queries = blocks[-1].stop if blocks else 0
    out_rows = np.empty((n_queries, k), dtype=np.int32)
    out_distances = np.empty((n_queries, k), dtype=np.float32)
    if k == 0:
        return out_rows, out_distances
    for block, (cosines, rows) in zip(blocks, ordered_map(search, blocks, n_threads), strict=True):
        out_rows[block] = rows
        out_distances[block] = np.clip(1.0 - cosines, 0.0, 2.0)
        if advance:
            advance(block.stop - block.start)
    return out_rows, out_distances
