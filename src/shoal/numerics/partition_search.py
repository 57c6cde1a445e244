"""Nearest neighbors of very many unit vectors, sought in the cells of a partition around each.

Rows are parted into cells (`cells.py`), and the neighbors of a row are sought in the cells whose
centres are nearest to it. How near is not guessed: of some rows the true neighbors are found by
exact search, and as many cells are looked into as hold a wanted share of them, or as many as a row
can be compared with in bearable time. What share that is of other rows, which had no part in the
choice, is what is reported.

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
from shoal.numerics.cells import Cells, Looks, find_looks, make_cells
from shoal.numerics.neighbors import nearest
from shoal.numerics.ranking import order_key, places
from shoal.numerics.room import IN_MEMORY, Room

EXACT_ROWS = 50_000
"""Rows up to which all pairs are compared, which then takes seconds."""
RECALL = 0.97
"""Share of the true neighbors that the cells looked into shall hold."""
MOST_COMPARED = 40_000
"""Rows that a row is compared with in the mean, at most: words that are hashed lie so evenly that
0.97 of the neighbors of 700,000 titles are in 120,000 rows, 0.9 of them in 39,000."""
MISSED, DEAR = 0.01, 0.1
"""Where more of the true neighbors than the first lie in cells that their rows are not compared
with, rows are compared with more cells, up to the second of what they are compared with in all."""
CELLS_PER_ROOT = 2.0
"""Cells per root of the rows; 3 and 4 are no faster at a million rows, and slower at 200,000."""
LEAST_LOOKS = 3
"""Cells that every row looks into at least."""
TEST_ROWS = 1000
"""Rows whose neighbors are sought exactly: half for the choice, half for what is reported."""
MOST_SEARCHED, LEAST_SEARCHED = 32_768, 4096
"""Rows whose neighbors are sought at once: many, so that many look into the same cell (at a million
rows a tenth less time than with 8,192), but 32 blocks to be shared by the processors."""
MOST_LOOKS = 1 << 20
"""Looks into cells in a block, by the mean: each takes some fifty bytes while it is worked on."""
LOOKS = (1, 3)
"""Cells after which the border below which nothing need be looked at is drawn anew."""

Array = NDArray[np.float32]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Rows by the cell that they lie in.

    Parameters
    ----------
    order : (n,) int32, all rows, cell after cell, ascending inside a cell
    borders : (n_cells + 1,) int64, where each cell begins in `order`
    """

    order: Rows
    borders: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each cell, (n_cells,)."""
        return np.diff(self.borders)

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
    n_tested : rows that had no part in choosing how many cells are looked into
    n_cells : cells there are
    n_looks : cells that a row looked into, in the mean
    """

    rows: Rows
    distances: Array
    recall: float
    n_tested: int
    n_cells: int
    n_looks: float


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Where the neighbors of each row are to be sought.

    Parameters
    ----------
    cells, margin : centres, and by how much a cosine may be below the highest
    looks, partition : the cells that each row looks into, and the rows of each cell
    recall : share of the true neighbors that lie there, measured on `n_tested` other rows
    """

    cells: Cells
    margin: float
    looks: Looks
    partition: Partition
    recall: float
    n_tested: int


def parted(home: NDArray[np.integer], n_cells: int) -> Partition:
    """The partition of rows whose cells are known, (n,)."""
    sizes = np.bincount(home, minlength=n_cells)
    order = np.argsort(home, kind="stable").astype(np.int32)
    return Partition(order, np.concatenate([[0], np.cumsum(sizes)]))


def search_block(
    queries: Array,
    own: Rows,
    cells: NDArray[np.integer],
    counts: NDArray[np.integer],
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
    cells : cells that they look into, query after query, the nearest of a query first
    counts : (n_queries,) how many cells each query looks into
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
    asking, place = np.repeat(np.arange(len(queries)), counts), places(counts)
    for n_looked, stop in pairwise((0, *LOOKS, int(counts.max(initial=0)))):
        part = np.flatnonzero((place >= n_looked) & (place < stop))
        order = part[np.argsort(cells[part], kind="stable")]
        looked_into, starts = np.unique(cells[order], return_index=True)
        asked = np.split(asking[order], starts[1:])
        told = [look(int(cell), query) for cell, query in zip(looked_into, asked, strict=False)]
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
    room: Room = IN_MEMORY,
) -> Search:
    """The k nearest other rows of each row, nearly all of them right.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length; may be a memory map
    k : how many, less than n
    recall : share of the true neighbors that is aimed at; it is lower where a row would have to
        be compared with more than 40,000 rows for it
    seed : of the samples
    n_threads : None for all; the result does not depend on it
    advance : called with the number of rows done
    room : where the result is made, and a copy of the vectors in the order of their cells

    References
    ----------
    Jegou, Douze, Schmid (2011), Product quantization for nearest neighbor search. IEEE
    Transactions on Pattern Analysis and Machine Intelligence 33 (the inverted file). That the
    number of cells is chosen by measurement is ours.
    """
    n = len(vectors)
    chosen = choose_cells(vectors, k, recall, seed, n_threads)
    out_rows, out_distances = room.new((n, k), np.int32), room.new((n, k))
    for rows, (cosines, found) in _blocks(vectors, chosen, k, n_threads, room):
        out_rows[rows], out_distances[rows] = found, np.clip(1.0 - cosines, 0.0, 2.0)
        if advance:
            advance(len(rows))
    n_cells, n_looks = len(chosen.cells.centres), len(chosen.looks.cells) / n
    return Search(out_rows, out_distances, chosen.recall, chosen.n_tested, n_cells, n_looks)


def choose_cells(
    vectors: Array,
    k: int,
    recall: float = RECALL,
    seed: int = 0,
    n_threads: int | None = None,
) -> Chosen:
    """Part the rows and measure how far around a row its neighbors lie.

    Parameters as in `nearest_in_partition`.
    """
    n = len(vectors)
    n_cells = max(min(round(CELLS_PER_ROOT * n**0.5), n // (k + 1)), 1)
    cells = make_cells(vectors, n_cells, seed)
    rng = np.random.default_rng(seed + 1)
    tested = rng.choice(n, min(TEST_ROWS, n), replace=False)
    truth = _others(vectors, tested, k, n_threads)
    half = len(tested) // 2
    cells, margin = _margin(vectors, tested[half:], truth[half:], cells, recall)
    looks, partition = _enough(vectors, cells, margin, k, n_threads)
    reached = _held(looks, tested[:half], truth[:half])
    return Chosen(cells, margin, looks, partition, reached, half)


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


def _margin(
    vectors: Array, tested: NDArray[np.int64], truth: Rows, cells: Cells, recall: float
) -> tuple[Cells, float]:
    """By how much a centre's cosine may be below the highest, to find a share of the neighbors.

    Where the cells that a row is compared with do not hold as many, they are made more; the margin
    is never so wide that a row is compared with more than `MOST_COMPARED` rows in the mean.
    """
    queries, others = np.asarray(vectors[tested]), np.asarray(vectors[truth.ravel()])
    while True:
        home = find_looks(others, cells, 0.0).home.astype(np.int64).reshape(truth.shape)
        below = cells.below_the_nearest(queries)
        held = np.take_along_axis(below, home, 1)
        margin = float(np.quantile(held, recall, method="inverted_cdf"))
        margin = min(margin, _bearable(below, cells.shares * len(vectors)))
        all_compared = cells.near.shape[1] == len(cells.centres)
        dear = cells.near.shape[1] > MOST_COMPARED * DEAR
        if np.isfinite(margin) and (all_compared or dear or np.isinf(held).mean() <= MISSED):
            return cells, margin
        cells = cells.wider()


def _bearable(below: Array, sizes: NDArray[np.float64]) -> float:
    """The margin with which as many rows are compared in the mean as may be; inf for any.

    Parameters
    ----------
    below : (n_queries, n_cells) by how much each cell's centre is farther than the nearest
    sizes : (n_cells,) rows of each cell
    """
    order = np.argsort(below, axis=None, kind="stable")
    compared = np.cumsum(sizes[order % len(sizes)]) / len(below)
    place = int(np.searchsorted(compared, MOST_COMPARED))
    return float(below.ravel()[order[place]]) if place < len(order) else np.inf


def _enough(
    vectors: Array, cells: Cells, margin: float, k: int, n_threads: int | None
) -> tuple[Looks, Partition]:
    """The cells that each row looks into, which hold more than k rows, however small they are."""
    least = LEAST_LOOKS
    while True:
        looks = find_looks(vectors, cells, margin, least, n_threads)
        partition = parted(looks.home, len(cells.centres))
        if np.add.reduceat(partition.sizes[looks.cells], looks.borders[:-1]).min() > k:
            return looks, partition
        least *= 2
        while least > cells.near.shape[1] < len(cells.centres):
            cells = cells.wider()


def _held(looks: Looks, tested: NDArray[np.int64], truth: Rows) -> float:
    """Share of the true neighbors that lie in cells which their queries look into."""
    home = looks.home
    held = [
        np.isin(home[near], looks.of(tested[i : i + 1])[0]).mean() for i, near in enumerate(truth)
    ]
    return float(np.mean(held))


def _blocks(
    vectors: Array, chosen: Chosen, k: int, n_threads: int | None, room: Room
) -> Iterator[tuple[Rows, tuple[Array, Rows]]]:
    """Rows of each block, and what `search_block` finds for them."""
    partition, looks = chosen.partition, chosen.looks
    packed = _packed(vectors, partition.order, room)
    borders = partition.borders

    def cell_rows(cell: int) -> tuple[Rows, Array]:
        return partition.rows(cell), packed[borders[cell] : borders[cell + 1]]

    def search(part: slice) -> tuple[Array, Rows]:
        rows = partition.order[part]
        return search_block(packed[part], rows, *looks.of(rows), cell_rows, k)

    at_once = min(max(len(packed) // 32, LEAST_SEARCHED), MOST_SEARCHED)
    at_once = max(min(at_once, MOST_LOOKS * len(packed) // len(looks.cells)), 1)
    blocks = slices(len(packed), at_once)
    for part, found in zip(blocks, ordered_map(search, blocks, n_threads), strict=True):
        yield partition.order[part], found


def _packed(vectors: Array, order: Rows, room: Room) -> Array:
    """The vectors cell after cell, as they are read."""
    out = room.new(vectors.shape)
    for part in slices(len(order), LEAST_SEARCHED):
        out[part] = vectors[order[part]]
    return room.sealed(out)
