"""Which cells the neighbors of very many unit vectors are to be sought in.

Rows are parted into cells (`cells.py`), and the neighbors of a row are sought in the cells whose
centres are nearest to it. How near is not guessed: of some rows the true neighbors are found by
exact search, and as many cells are looked into as hold a wanted share of them, or as many as a row
can be compared with in bearable time. What share that is of other rows, which had no part in the
choice, is what is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.cells import Cells, Looks, find_looks, make_cells
from shoal.numerics.neighbors import nearest
from shoal.numerics.room import IN_MEMORY, Room

RECALL = 0.97
"""Share of the true neighbors that the cells looked into shall hold."""
MOST_COMPARED = 40_000
"""Rows that a row is compared with in the mean, at most: words that are hashed lie so evenly that
0.97 of the neighbors of 700,000 titles are in 120,000 rows, 0.9 of them in 39,000."""
ALWAYS_BEARABLE = 20
"""Cells of the mean size that a row may be compared with, also where they hold more rows."""
MISSED, DEAR = 0.01, 0.1
"""Where more of the true neighbors than the first lie in cells that their rows are not compared
with, rows are compared with more cells, up to the second of what they are compared with in all."""
CELLS_PER_ROOT = 2.0
"""Cells per root of the rows; 3 and 4 are no faster at a million rows, and slower at 200,000."""
LEAST_LOOKS = 3
"""Cells that every row looks into at least."""
TEST_ROWS = 1000
"""Rows whose neighbors are sought exactly: half for the choice, half for what is reported."""

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


def choose_cells(
    vectors: Array,
    k: int,
    recall: float = RECALL,
    seed: int = 0,
    n_threads: int | None = None,
    room: Room = IN_MEMORY,
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
    looks, partition = enough_looks(vectors, cells, margin, k, n_threads, room=room)
    reached = _held(looks, tested[:half], truth[:half])
    return Chosen(cells, margin, looks, partition, reached, half)


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
    is never so wide that a row is compared with more rows in the mean than is bearable.
    """
    most = bearable(len(vectors), len(cells.centres))
    queries, others = np.asarray(vectors[tested]), np.asarray(vectors[truth.ravel()])
    while True:
        home = find_looks(others, cells, 0.0).home.astype(np.int64).reshape(truth.shape)
        below = cells.below_the_nearest(queries)
        held = np.take_along_axis(below, home, 1)
        margin = float(np.quantile(held, recall, method="inverted_cdf"))
        margin = min(margin, _margin_for(most, below, cells.shares * len(vectors)))
        all_compared = cells.near.shape[1] == len(cells.centres)
        dear = cells.near.shape[1] > most * DEAR
        if np.isfinite(margin) and (all_compared or dear or np.isinf(held).mean() <= MISSED):
            return cells, margin
        cells = cells.wider()


def bearable(n: int, n_cells: int) -> float:
    """Rows that each of n rows may be compared with in the mean."""
    return max(MOST_COMPARED, ALWAYS_BEARABLE * n / n_cells)


def _margin_for(most: float, below: Array, sizes: NDArray[np.float64]) -> float:
    """The margin with which so many rows are compared in the mean; inf for any.

    Parameters
    ----------
    most : rows
    below : (n_queries, n_cells) by how much each cell's centre is farther than the nearest
    sizes : (n_cells,) rows of each cell
    """
    order = np.argsort(below, axis=None, kind="stable")
    compared = np.cumsum(sizes[order % len(sizes)]) / len(below)
    place = int(np.searchsorted(compared, most))
    return float(below.ravel()[order[place]]) if place < len(order) else np.inf


def enough_looks(
    vectors: Array,
    cells: Cells,
    margin: float,
    k: int,
    n_threads: int | None = None,
    partition: Partition | None = None,
    room: Room = IN_MEMORY,
) -> tuple[Looks, Partition]:
    """The cells that each row looks into, which hold more than k rows, however small they are.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    cells, margin : as `find_looks` takes them
    k : the rows that are sought
    n_threads : None for all; the result does not depend on it
    partition : the rows of each cell; that of `vectors` when None
    room : where the cells of all rows are kept
    """
    least = LEAST_LOOKS
    while True:
        looks = find_looks(vectors, cells, margin, least, n_threads, room)
        own = partition or parted(looks.home, len(cells.centres))
        if looks.fewest(own.sizes) > k:
            return looks, own
        room.drop(looks.cells)
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
