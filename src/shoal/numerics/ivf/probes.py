"""Choosing how many inverted lists to probe, from measured recall.

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

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.ivf.lists import InvertedLists, Probes, find_probes, make_lists
from shoal.numerics.neighbors import nearest
from shoal.numerics.scratch import IN_MEMORY, Scratch

RECALL = 0.97
"""Share of the true neighbors that the cells looked into shall hold."""
MAX_COMPARED = 40_000
"""Rows that a row is compared with in the mean, at most: words that are hashed lie so evenly that
0.97 of the neighbors of 700,000 titles are in 120,000 rows, 0.9 of them in 39,000."""
ALWAYS_BEARABLE = 20
"""Cells of the mean size that a row may be compared with, also where they hold more rows."""
MISSED, DEAR = 0.01, 0.1
"""Where more of the true neighbors than the first lie in cells that their rows are not compared
with, rows are compared with more cells, up to the second of what they are compared with in all."""
CELLS_PER_ROOT = 2.0
"""Cells per root of the rows; 3 and 4 are no faster at a million rows, and slower at 200,000."""
MIN_LOOKS = 3
"""Cells that every row looks into at least."""
TEST_ROWS = 1000
"""Rows whose neighbors are sought exactly: half for the choice, half for what is reported."""


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Rows by the cell that they lie in.

    Parameters
    ----------
    order : (n,) int32, all rows, cell after cell, ascending inside a cell
    borders : (n_cells + 1,) int64, where each cell begins in `order`
    """

    order: IntArray
    borders: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each cell, (n_cells,)."""
        return np.diff(self.borders)

    def rows(self, list_: int) -> IntArray:
        """The rows of a cell, ascending."""
        return self.order[self.borders[list_] : self.borders[list_ + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Where the neighbors of each row are to be sought.

    Parameters
    ----------
    lists, probe_margin : centres, and by how much a cosine may be below the highest
    probes, partition : the cells that each row looks into, and the rows of each cell
    recall : share of the true neighbors that lie there, measured on `n_tested` other rows
    """

    lists: InvertedLists
    probe_margin: float
    probes: Probes
    partition: Partition
    recall: float
    n_tested: int


def parted(home: NDArray[np.integer], n_cells: int) -> Partition:
    """The partition of rows whose cells are known, (n,)."""
    sizes = np.bincount(home, minlength=n_cells)
    order = np.argsort(home, kind="stable").astype(np.int32)
    return Partition(order, np.concatenate([[0], np.cumsum(sizes)]))


def choose_lists(
    vectors: FloatArray,
    k: int,
    recall: float = RECALL,
    seed: int = 0,
    n_threads: int | None = None,
    scratch: Scratch = IN_MEMORY,
) -> Chosen:
    """Part the rows and measure how far around a row its neighbors lie.

    Parameters as in `nearest_in_partition`.
    """
    n = len(vectors)
    n_cells = max(min(round(CELLS_PER_ROOT * n**0.5), n // (k + 1)), 1)
    lists = make_lists(vectors, n_cells, seed)
    rng = np.random.default_rng(seed + 1)
    tested = rng.choice(n, min(TEST_ROWS, n), replace=False)
    truth = _others(vectors, tested, k, n_threads)
    half = len(tested) // 2
    lists, probe_margin = _probe_margin(vectors, tested[half:], truth[half:], lists, recall)
    probes, partition = enough_probes(vectors, lists, probe_margin, k, n_threads, scratch=scratch)
    reached = _held(probes, tested[:half], truth[:half])
    return Chosen(lists, probe_margin, probes, partition, reached, half)


def _others(
    vectors: FloatArray, tested: NDArray[np.int64], k: int, n_threads: int | None
) -> IntArray:
    """The true k nearest rows of some, each not its own neighbor."""
    found, _ = nearest(np.asarray(vectors[tested]), vectors, k + 1, n_threads=n_threads)
    itself = found == tested[:, None]
    itself[~itself.any(axis=1), -1] = True  # among many equal rows it may not be found
    return np.asarray(found[~itself].reshape(len(tested), k), dtype=np.int32)


def _probe_margin(
    vectors: FloatArray,
    tested: NDArray[np.int64],
    truth: IntArray,
    lists: InvertedLists,
    recall: float,
) -> tuple[InvertedLists, float]:
    """By how much a centre's cosine may be below the highest, to find a share of the neighbors.

    Where the cells that a row is compared with do not hold as many, they are made more; the margin
    is never so wide that a row is compared with more rows in the mean than is bearable.
    """
    most = bearable(len(vectors), len(lists.centres))
    queries, others = np.asarray(vectors[tested]), np.asarray(vectors[truth.ravel()])
    while True:
        home = find_probes(others, lists, 0.0).home.astype(np.int64).reshape(truth.shape)
        below = lists.below_the_nearest(queries)
        held = np.take_along_axis(below, home, 1)
        probe_margin = float(np.quantile(held, recall, method="inverted_cdf"))
        probe_margin = min(
            probe_margin, _probe_margin_for(most, below, lists.shares * len(vectors))
        )
        all_compared = lists.near.shape[1] == len(lists.centres)
        dear = lists.near.shape[1] > most * DEAR
        if np.isfinite(probe_margin) and (all_compared or dear or np.isinf(held).mean() <= MISSED):
            return lists, probe_margin
        lists = lists.wider()


def bearable(n: int, n_cells: int) -> float:
    """Rows that each of n rows may be compared with in the mean."""
    return max(MAX_COMPARED, ALWAYS_BEARABLE * n / n_cells)


def _probe_margin_for(most: float, below: FloatArray, sizes: NDArray[np.float64]) -> float:
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


def enough_probes(
    vectors: FloatArray,
    lists: InvertedLists,
    probe_margin: float,
    k: int,
    n_threads: int | None = None,
    partition: Partition | None = None,
    scratch: Scratch = IN_MEMORY,
) -> tuple[Probes, Partition]:
    """The cells that each row looks into, which hold more than k rows, however small they are.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    lists, probe_margin : as `find_looks` takes them
    k : the rows that are sought
    n_threads : None for all; the result does not depend on it
    partition : the rows of each cell; that of `vectors` when None
    scratch : where the cells of all rows are kept
    """
    least = MIN_LOOKS
    while True:
        probes = find_probes(vectors, lists, probe_margin, least, n_threads, scratch)
        own = partition or parted(probes.home, len(lists.centres))
        if probes.fewest(own.sizes) > k:
            return probes, own
        scratch.drop(probes.lists)
        least *= 2
        while least > lists.near.shape[1] < len(lists.centres):
            lists = lists.wider()


def _held(probes: Probes, tested: NDArray[np.int64], truth: IntArray) -> float:
    """Share of the true neighbors that lie in cells which their queries look into."""
    home = probes.home
    held = [
        np.isin(home[near], probes.of(tested[i : i + 1])[0]).mean() for i, near in enumerate(truth)
    ]
    return float(np.mean(held))
