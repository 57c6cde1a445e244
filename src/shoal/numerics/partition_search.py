"""Nearest neighbors of very many unit vectors, sought in the cells of a partition around each.

Rows are parted into cells by spherical k-means on a sample, and the neighbors of a row are sought
in the cells whose centres are nearest to it. In how many is not guessed: of some rows the true
neighbors are found by exact search, and as many cells are looked into as hold a wanted share of
them. What share that is of other rows, which had no part in the choice, is what is reported.

A block of work is one cell's rows, and all it needs are those rows and the cells that they look
into: whoever has them, on whatever machine, gets the same neighbors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.clusters import nearest_centre, sums, unit
from shoal.numerics.neighbors import largest, nearest
from shoal.numerics.ranking import order_key, places

EXACT_ROWS = 50_000
"""Rows up to which all pairs are compared, which then takes seconds."""
RECALL = 0.97
"""Share of the true neighbors that the cells looked into shall hold."""
CELLS_PER_ROOT = 2.0
"""Cells per root of the rows. At a million rows of 384 dimensions a row was compared with 14,100
centres and rows at 1, with 10,600 at 2, for the same share of its neighbors."""
FIT_ROWS = 20
"""Rows of the sample per cell; 50 were no better."""
FIT_STEPS = 6
TEST_ROWS = 1000
"""Rows whose neighbors are sought exactly: half for the choice, half for what is reported."""
BLOCK_ROWS = 8192
MOST_SEARCHED, LEAST_SEARCHED = 32_768, 4096
"""Rows whose neighbors are sought at once: many, so that many look into the same cell (at a million
rows a tenth less time than with 8,192), but 32 blocks to be shared by the processors."""
LOOKS = (1, 3)
"""Cells after which the border below which nothing need be looked at is drawn anew."""

Array = NDArray[np.float32]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Cells of rows.

    Parameters
    ----------
    centres : (n_cells, n_dims) float32 unit vectors
    order : (n,) int32, all rows, cell after cell, ascending inside a cell
    borders : (n_cells + 1,) int64, where each cell begins in `order`
    """

    centres: Array
    order: Rows
    borders: NDArray[np.int64]

    @property
    def n_cells(self) -> int:
        """How many cells there are."""
        return len(self.centres)

    def rows(self, cell: int) -> Rows:
        """The rows of a cell, ascending."""
        return self.order[self.borders[cell] : self.borders[cell + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What was found and how well.

    Parameters
    ----------
    rows, distances : (n, k) as `nearest` gives them
    recall : share of the true neighbors that were found, measured on `n_tested` rows
    n_tested : rows that had no part in choosing `n_probes`
    n_cells, n_probes : cells there are, and cells looked into for each row
    """

    rows: Rows
    distances: Array
    recall: float
    n_tested: int
    n_cells: int
    n_probes: int


def make_partition(vectors: Array, n_cells: int, seed: int = 0) -> Partition:
    """Part the rows of a table around the centres of `cell_centres`; parameters as there."""
    centre = cell_centres(vectors, n_cells, seed)
    return parted(centre, nearest_centre(vectors, centre)[0])


def parted(centre: Array, home: NDArray[np.integer]) -> Partition:
    """The partition whose centre nearest to each row is known.

    Parameters
    ----------
    centre : (n_cells, n_dims) float32 unit vectors
    home : (n,) the cell of each row
    """
    sizes = np.bincount(home, minlength=len(centre))
    order = np.argsort(home, kind="stable").astype(np.int32)
    return Partition(centre, order, np.concatenate([[0], np.cumsum(sizes)]))


def cell_centres(vectors: Array, n_cells: int, seed: int = 0) -> Array:
    """Centres of cells, found by k-means on a sample of the rows.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length; may be a memory map
    n_cells : how many, at most n
    seed : of the sample

    Returns
    -------
    (n_cells, n_dims) float32 unit vectors, those near each other one after another
    """
    rng = np.random.default_rng(seed)
    n = len(vectors)
    rows = np.sort(rng.choice(n, min(n, n_cells * FIT_ROWS), replace=False))
    sample = np.asarray(vectors[rows])
    centre = sample[np.sort(rng.choice(len(sample), n_cells, replace=False))]
    for _ in range(FIT_STEPS):
        labels = nearest_centre(sample, centre)[0]
        filled = np.bincount(labels, minlength=n_cells) > 0
        centre = np.where(filled[:, None], unit(sums(sample, labels, n_cells)), centre)
    # cells near each other one after another, so that a block of rows looks into few of them
    home = nearest_centre(centre, centre[:: max(round(n_cells**0.5), 1)])[0]
    return np.asarray(centre[np.argsort(home, kind="stable")])


def nearest_cells(
    vectors: Array, centre: Array, n_probes: int, n_threads: int | None = None
) -> NDArray[np.integer]:
    """The cells whose centres are nearest to each row, nearest first.

    Returns
    -------
    (n, n_probes) of the smallest kind of whole number that holds a cell: n of them are kept
    """
    out = np.empty((len(vectors), n_probes), dtype=np.min_scalar_type(len(centre)))
    parts = slices(len(vectors), BLOCK_ROWS)

    def block(part: slice) -> Rows:
        return largest(np.asarray(vectors[part]) @ centre.T, n_probes)[1]

    for part, cells in zip(parts, ordered_map(block, parts, n_threads), strict=True):
        out[part] = cells
    return out


def cells_holding(
    queries: Array, neighbors: Rows, vectors: Array, centre: Array
) -> NDArray[np.int64]:
    """How many of the nearest cells of a query hold each of its neighbors.

    Parameters
    ----------
    queries : (n_queries, n_dims) float32
    neighbors : (n_queries, k) rows of `vectors`
    vectors : (n, n_dims) float32, what is parted
    centre : (n_cells, n_dims) float32, of the cells

    Returns
    -------
    (n_queries, k): 1 where the neighbor is in the nearest cell
    """
    cosines = queries @ centre.T
    rank = np.argsort(np.argsort(-cosines, axis=1, kind="stable"), axis=1)
    cell = nearest_centre(np.asarray(vectors[neighbors.ravel()]), centre)[0]
    return np.take_along_axis(rank, cell.reshape(neighbors.shape), 1) + 1


def search_block(
    queries: Array,
    own: Rows,
    probes: NDArray[np.integer],
    cell_rows: Callable[[int], tuple[Rows, Array]],
    k: int,
) -> tuple[Array, Rows]:
    """Cosines and rows of the k nearest of each query in the cells that it looks into.

    The k-th largest cosine in a query's first cell is a border below which nothing need be looked
    at in the others, so that what a product gives is passed over once while it is in the cache.

    Parameters
    ----------
    queries : (n_queries, n_dims) float32
    own : (n_queries,) the row each query is, which is not its own neighbor; -1 for none
    probes : (n_queries, n_probes) cells that each looks into, nearest first
    cell_rows : cell -> its rows and their vectors
    k : how many

    Returns
    -------
    cosines : (n_queries, k) float32, falling; -inf where the cells hold fewer rows
    rows : (n_queries, k) int32
    """
    best = np.full((len(queries), k), -np.inf, dtype=np.float32)
    rows = np.zeros((len(queries), k), dtype=np.int32)

    def look(cell: int, query: NDArray[np.intp]) -> tuple[NDArray[np.int64], Rows, Array]:
        """Queries, rows and cosines of what may be among the nearest."""
        names, vectors = cell_rows(cell)
        cosines = queries[query] @ vectors.T
        border = best[query, -1:]
        if n_looked == 0 and len(names) > k:  # one more than k: a query may be among the rows
            border = np.partition(cosines, len(names) - k - 1, axis=1)[:, -k - 1, None]
        found = np.flatnonzero(cosines >= border)
        at, column = np.divmod(found, max(len(names), 1))
        return query[at], names[column], cosines.ravel()[found]

    each = np.repeat(np.arange(len(queries)), k)
    for n_looked, stop in pairwise((0, *LOOKS, probes.shape[1])):
        part = probes[:, n_looked:stop]
        order = np.argsort(part, axis=None, kind="stable")
        cells, starts = np.unique(part.ravel()[order], return_index=True)
        asked = np.split(order // max(part.shape[1], 1), starts[1:])
        told = [look(int(cell), query) for cell, query in zip(cells, asked, strict=False)]
        told.append((each, rows.ravel(), best.ravel()))
        query, row, cosine = (np.concatenate(one) for one in zip(*told, strict=True))
        kept = row != own[query]
        best, rows = _grouped(query[kept], row[kept], cosine[kept], len(queries), k)
    return best, rows


def _grouped(
    query: NDArray[np.int64], row: Rows, cosine: Array, n: int, k: int
) -> tuple[Array, Rows]:
    """The k largest of each query, (n, k); of equal ones those that come first."""
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
    vectors: Array,
    k: int,
    *,
    recall: float = RECALL,
    seed: int = 0,
    n_threads: int | None = None,
    advance: Callable[[int], None] | None = None,
) -> Search:
    """The k nearest other rows of each row, nearly all of them right.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length; may be a memory map
    k : how many, less than n
    recall : share of the true neighbors that is aimed at
    seed : of the samples
    n_threads : None for all; the result does not depend on it
    advance : called with the number of rows done

    References
    ----------
    Jegou, Douze, Schmid (2011), Product quantization for nearest neighbor search. IEEE
    Transactions on Pattern Analysis and Machine Intelligence 33 (the inverted file). That the
    number of cells is chosen by measurement is ours.
    """
    n = len(vectors)
    n_cells = max(min(round(CELLS_PER_ROOT * n**0.5), n // (k + 1)), 1)
    centre = cell_centres(vectors, n_cells, seed)
    rng = np.random.default_rng(seed + 1)
    tested = rng.choice(n, min(TEST_ROWS, n), replace=False)
    truth = _others(vectors, tested, k, n_threads)
    depth = cells_holding(np.asarray(vectors[tested]), truth, vectors, centre)
    half = len(tested) // 2
    deep = np.sort(depth[half:], axis=None)
    n_probes = int(deep[min(int(np.ceil(recall * deep.size)), deep.size) - 1])
    probes = nearest_cells(vectors, centre, n_probes, n_threads)
    partition = parted(centre, probes[:, 0])
    if (fewest := _fewest(partition, k)) > n_probes:
        n_probes = fewest
        probes = nearest_cells(vectors, centre, n_probes, n_threads)
    out_rows = np.empty((n, k), dtype=np.int32)
    out_distances = np.empty((n, k), dtype=np.float32)
    for rows, (cosines, found) in _blocks(vectors, partition, probes, k, n_threads):
        out_rows[rows], out_distances[rows] = found, np.clip(1.0 - cosines, 0.0, 2.0)
        if advance:
            advance(len(rows))
    reached = float((depth[:half] <= n_probes).mean())
    return Search(out_rows, out_distances, reached, half, n_cells, n_probes)


def nearest_at_any_size(
    vectors: Array,
    k: int,
    *,
    exact_rows: int = EXACT_ROWS,
    seed: int = 0,
    advance: Callable[[int], None] | None = None,
) -> tuple[Rows, Array]:
    """The k nearest other rows: exactly up to `exact_rows` rows, beyond as good as exactly.

    Returns
    -------
    rows, distances : (n, k) as `nearest` gives them
    """
    if len(vectors) <= exact_rows:
        return nearest(vectors, vectors, k, exclude_itself=True, advance=advance)
    found = nearest_in_partition(vectors, k, seed=seed, advance=advance)
    return found.rows, found.distances


def _others(vectors: Array, tested: NDArray[np.int64], k: int, n_threads: int | None) -> Rows:
    """The true k nearest rows of some, each not its own neighbor."""
    found, _ = nearest(np.asarray(vectors[tested]), vectors, k + 1, n_threads=n_threads)
    itself = found == tested[:, None]
    itself[~itself.any(axis=1), -1] = True  # among many equal rows it may not be found
    return np.asarray(found[~itself].reshape(len(tested), k), dtype=np.int32)


def _fewest(partition: Partition, k: int) -> int:
    """Cells that hold more than k rows, however small they are."""
    sizes = np.sort(np.diff(partition.borders))
    return int(np.searchsorted(np.cumsum(sizes), k + 1) + 1)


def _blocks(
    vectors: Array,
    partition: Partition,
    probes: NDArray[np.integer],
    k: int,
    n_threads: int | None,
) -> Iterator[tuple[Rows, tuple[Array, Rows]]]:
    """Rows of each block, and what `search_block` finds for them."""
    packed = np.asarray(vectors[partition.order])  # cell after cell, as they are read
    borders = partition.borders

    def cell_rows(cell: int) -> tuple[Rows, Array]:
        return partition.rows(cell), packed[borders[cell] : borders[cell + 1]]

    def search(part: slice) -> tuple[Array, Rows]:
        rows = partition.order[part]
        return search_block(packed[part], rows, probes[rows], cell_rows, k)

    at_once = min(max(len(packed) // 32, LEAST_SEARCHED), MOST_SEARCHED)
    blocks = slices(len(packed), at_once)
    for part, found in zip(blocks, ordered_map(search, blocks, n_threads), strict=True):
        yield partition.order[part], found
