"""Exact nearest neighbors of unit vectors by cosine, block by block."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.blocks import ordered_map, slices

BLOCK_ROWS = 512
BLOCK_COLUMNS = 8192

Array = NDArray[np.float32]
Rows = NDArray[np.int32]


def _sorted_top(cosines: Array, columns: Rows, k: int) -> tuple[Array, Rows]:
    """The k largest of each row, largest first; ties go to the smaller column."""
    order = np.lexsort((columns, -cosines), axis=1)[:, :k]
    return np.take_along_axis(cosines, order, 1), np.take_along_axis(columns, order, 1)


def _first(cosines: Array, start: int, k: int) -> tuple[Array, Rows]:
    """The k largest of the first block of columns."""
    columns = np.arange(start, start + cosines.shape[1], dtype=np.int32)
    if cosines.shape[1] <= k:
        return _sorted_top(cosines, np.broadcast_to(columns, cosines.shape), k)
    border = np.partition(cosines, cosines.shape[1] - k, axis=1)[:, -k]
    # only what is strictly above is surely kept: ties at the border are settled by column
    return _merge(
        np.full((len(cosines), k), -np.inf, dtype=np.float32),
        np.full((len(cosines), k), np.iinfo(np.int32).max, dtype=np.int32),
        cosines,
        start,
        cosines >= border[:, None],
    )


def _merge(
    best: Array, rows: Rows, cosines: Array, start: int, better: NDArray[np.bool_]
) -> tuple[Array, Rows]:
    """Put the marked cosines of a block among the best so far."""
    query, column = np.nonzero(better)
    if len(query) == 0:
        return best, rows
    counts = np.bincount(query, minlength=len(best))
    place = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
    new = np.full((len(best), int(counts.max())), -np.inf, dtype=np.float32)
    new_rows = np.full(new.shape, np.iinfo(np.int32).max, dtype=np.int32)
    new[query, place] = cosines[query, column]
    new_rows[query, place] = column + start
    return _sorted_top(np.hstack([best, new]), np.hstack([rows, new_rows]), best.shape[1])


def _search(queries: Array, base: Array, k: int, itself: int | None) -> tuple[Array, Rows]:
    """Cosines and rows of the k nearest of one block; `itself` is the first query's own row."""
    best: Array | None = None
    for part in slices(len(base), BLOCK_COLUMNS):
        cosines = queries @ base[part].T
        if itself is not None:
            own = np.arange(len(queries)) + itself - part.start
            inside = (own >= 0) & (own < cosines.shape[1])
            cosines[np.nonzero(inside)[0], own[inside]] = -np.inf
        if best is None:
            best, rows = _first(cosines, part.start, k)
        else:
            if best.shape[1] < k:
                lack = k - best.shape[1]
                best = np.pad(best, ((0, 0), (0, lack)), constant_values=-np.inf)
                rows = np.pad(rows, ((0, 0), (0, lack)), constant_values=np.iinfo(np.int32).max)
            better = cosines > best[:, -1:]
            best, rows = _merge(best, rows, cosines, part.start, better)
    assert best is not None  # base has at least one row
    return best, rows


def nearest(
    queries: Array,
    base: Array,
    k: int,
    *,
    exclude_itself: bool = False,
    n_threads: int | None = None,
    advance: Callable[[int], None] | None = None,
) -> tuple[Rows, Array]:
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
    out_rows = np.empty((len(queries), k), dtype=np.int32)
    out_distances = np.empty((len(queries), k), dtype=np.float32)
    if k == 0:
        return out_rows, out_distances
    blocks = slices(len(queries), BLOCK_ROWS)

    def search(block: slice) -> tuple[Array, Rows]:
        return _search(queries[block], base, k, block.start if exclude_itself else None)

    for block, (cosines, rows) in zip(blocks, ordered_map(search, blocks, n_threads), strict=True):
        out_rows[block] = rows
        out_distances[block] = np.clip(1.0 - cosines, 0.0, 2.0)
        if advance:
            advance(block.stop - block.start)
    return out_rows, out_distances
