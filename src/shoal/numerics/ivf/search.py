"""Approximate nearest neighbors of many unit vectors, from inverted lists.

A block of work needs only its own rows and the lists that they probe. Any thread or machine that
has them gets the same neighbors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.ivf.probes import RECALL, Chosen, choose_lists
from shoal.numerics.neighbors import nearest
from shoal.numerics.ranking import order_key, places
from shoal.numerics.scratch import IN_MEMORY, Scratch

EXACT_ROWS = 50_000
"""Up to this many rows all pairs are compared, which takes seconds."""
MAX_SEARCHED, MIN_SEARCHED = 32_768, 4096
"""Rows in a block. Large blocks probe each list for many rows at once: at a million rows that takes
a tenth less time than blocks of 8,192. But threads need about 32 blocks to share."""
MAX_PROBES = 1 << 20
"""Mean number of probes in a block. Each takes about fifty bytes while the block is searched."""
MAX_PRODUCTS = 1 << 22
"""Products of queries and rows of a list that are held at once. Smaller pieces are no faster. At
10,000,000 rows with lists of 1,600 all at once took 1.5 GB on two threads, and this takes 0.6."""
LOOKS = (1, 3)
"""Probes after which the threshold is raised, below which no cosine is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Neighbors and their measured recall.

    Parameters
    ----------
    rows, distances : (n, k) as `nearest` gives them
    recall : share of the true neighbors that were found, measured on `n_tested` rows
    n_tested : rows that played no part in choosing the number of probes
    n_probes : mean number of probes of a row
    chosen : the lists and probes
    """

    rows: IntArray
    distances: FloatArray
    recall: float
    n_tested: int
    n_probes: float
    chosen: Chosen

    @property
    def n_cells(self) -> int:
        """Number of lists."""
        return len(self.chosen.lists.centres)


def search_block(
    queries: FloatArray,
    own: IntArray,
    lists: NDArray[np.integer],
    counts: NDArray[np.integer],
    list_rows: Callable[[int], tuple[IntArray, FloatArray]],
    k: int,
) -> tuple[FloatArray, IntArray]:
    """Cosines and rows of the k nearest rows of each query in its probed lists.

    The k-th largest cosine in the first list of a query is a threshold for the others. Most
    products are below it and are dropped in one pass while they are in the processor's cache.

    Parameters
    ----------
    queries : (n_queries, n_dims) float32
    own : (n_queries,) row number of each query, which is not its own neighbor; -1 for none
    lists : probed lists, query by query, the closest list of a query first
    counts : (n_queries,) number of probes of each query
    list_rows : list -> its rows and their vectors
    k : number of neighbors

    Returns
    -------
    cosines : (n_queries, k) float32, descending; -inf if the lists hold fewer rows
    rows : (n_queries, k) int32
    """
    best = np.full((len(queries), k), -np.inf, dtype=np.float32)
    rows = np.zeros((len(queries), k), dtype=np.int32)

    def look(
        list_: int, asked: NDArray[np.intp]
    ) -> Iterator[tuple[NDArray[np.int64], IntArray, FloatArray]]:
        """Queries, rows and cosines of the candidates in one list."""
        names, vectors = list_rows(list_)
        for part in slices(len(asked), max(MAX_PRODUCTS // max(len(names), 1), 1)):
            query = asked[part]
            cosines = queries[query] @ vectors.T
            border = best[query, -1:]
            if n_looked == 0 and len(names) > k:  # one more than k: a query may be among the rows
                border = np.partition(cosines, len(names) - k - 1, axis=1)[:, -k - 1, None]
            found = np.flatnonzero(cosines >= border)
            at, column = np.divmod(found, max(len(names), 1))
            yield query[at], names[column], cosines.ravel()[found]

    each = np.repeat(np.arange(len(queries)), k)
    asking, place = np.repeat(np.arange(len(queries)), counts), places(counts)
    for n_looked, stop in pairwise((0, *LOOKS, int(counts.max(initial=0)))):
        part = np.flatnonzero((place >= n_looked) & (place < stop))
        order = part[np.argsort(lists[part], kind="stable")]
        looked_into, starts = np.unique(lists[order], return_index=True)
        asked = np.split(asking[order], starts[1:])
        info = [
            found
            for list_, query in zip(looked_into, asked, strict=False)
            for found in look(int(list_), query)
        ]
        info.append((each, rows.ravel(), best.ravel()))
        query, row, cosine = (np.concatenate(one) for one in zip(*info, strict=True))
        kept = row != own[query]
        best, rows = _grouped(query[kept], row[kept], cosine[kept], len(queries), k)
    return best, rows


def _grouped(
    query: NDArray[np.int64], row: IntArray, cosine: FloatArray, n: int, k: int
) -> tuple[FloatArray, IntArray]:
    """The k largest of each query, (n, k); the first ones win ties."""
    order = np.argsort(order_key(query, cosine), kind="stable")
    query, row, cosine = query[order], row[order], cosine[order]
    place = places(np.bincount(query, minlength=n))
    best = np.full((n, k), -np.inf, dtype=np.float32)
    rows = np.zeros((n, k), dtype=np.int32)
    inside = place < k
    best[query[inside], place[inside]] = cosine[inside]
    rows[query[inside], place[inside]] = row[inside]
    return best, rows


def nearest_in_partition(
    vectors: FloatArray,
    k: int,
    *,
    recall: float = RECALL,
    seed: int = 0,
    n_threads: int | None = None,
    advance: Callable[[int], None] | None = None,
    scratch: Scratch = IN_MEMORY,
) -> Search:
    """The approximate k nearest other rows of each row.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length; may be a memory map
    k : number of neighbors, less than n
    recall : target share of the true neighbors. The search stays below it if a row would have to be
        compared with more than 40,000 rows
    seed : random seed of the samples
    n_threads : None for all; the result does not depend on it
    advance : called with the number of rows done
    scratch : holds the result, and a copy of the vectors sorted by list

    References
    ----------
    Jegou, Douze, Schmid (2011), Product quantization for nearest neighbor search. IEEE
    Transactions on Pattern Analysis and Machine Intelligence 33 (the inverted file). Choosing
    the number of probes by measurement is ours.
    """
    n = len(vectors)
    chosen = choose_lists(vectors, k, recall, seed, n_threads, scratch)
    out_rows, out_distances = scratch.new((n, k), np.int32), scratch.new((n, k))
    for rows, (cosines, found) in _blocks(vectors, chosen, k, n_threads, scratch):
        out_rows[rows], out_distances[rows] = found, np.clip(1.0 - cosines, 0.0, 2.0)
        if advance:
            advance(len(rows))
    n_probes = len(chosen.probes.lists) / n
    return Search(out_rows, out_distances, chosen.recall, chosen.n_tested, n_probes, chosen)


def nearest_at_any_size(
    vectors: FloatArray,
    k: int,
    *,
    exact_rows: int = EXACT_ROWS,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> tuple[IntArray, FloatArray]:
    """The k nearest other rows: exact up to `exact_rows` rows, approximate beyond.

    Returns
    -------
    rows, distances : (n, k) as from `nearest`
    """
    if len(vectors) <= exact_rows:
        return nearest(vectors, vectors, k, exclude_itself=True, advance=advance)
    found = nearest_in_partition(vectors, k, seed=seed, advance=advance)
    return found.rows, found.distances


def _blocks(
    vectors: FloatArray, chosen: Chosen, k: int, n_threads: int | None, scratch: Scratch
) -> Iterator[tuple[IntArray, tuple[FloatArray, IntArray]]]:
    """Rows of each block, and what `search_block` finds for them."""
    partition, probes = chosen.partition, chosen.probes
    packed = _packed(vectors, partition.order, scratch)
    borders = partition.borders

    def list_rows(list_: int) -> tuple[IntArray, FloatArray]:
        return partition.rows(list_), packed[borders[list_] : borders[list_ + 1]]

    def search(part: slice) -> tuple[FloatArray, IntArray]:
        rows = partition.order[part]
        return search_block(packed[part], rows, *probes.of(rows), list_rows, k)

    at_once = min(max(len(packed) // 32, MIN_SEARCHED), MAX_SEARCHED)
    at_once = max(min(at_once, MAX_PROBES * len(packed) // len(probes.lists)), 1)
    blocks = slices(len(packed), at_once)
    for part, found in zip(blocks, ordered_map(search, blocks, n_threads), strict=True):
        yield partition.order[part], found


def _packed(vectors: FloatArray, order: IntArray, scratch: Scratch) -> FloatArray:
    """The vectors sorted by list, the order in which they are read."""
    out = scratch.new(vectors.shape)
    for part in slices(len(order), MIN_SEARCHED):
        out[part] = vectors[order[part]]
    return scratch.sealed(out)
