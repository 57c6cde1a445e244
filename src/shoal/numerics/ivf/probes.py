"""Choosing how many inverted lists to probe, from measured recall.

The neighbors of a row are searched in the lists with the closest centres (`lists.py`). How many
lists is not guessed. An exact search finds the true neighbors of some rows, and each row probes
enough lists to hold the wanted share of them, as long as the search stays affordable. The reported
recall is measured on other rows that played no part in this choice.
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
"""Target share of the true neighbors in the probed lists."""
MAX_COMPARED = 40_000
"""Upper limit for the mean number of rows that a row is compared with. Hashed words are spread so
evenly that 97 % of the neighbors of 700,000 titles are in 120,000 rows and 90 % in 39,000."""
ALWAYS_BEARABLE = 20
"""Lists of mean size that a row may always be compared with, even if they hold more rows."""
MISSED, DEAR = 0.01, 0.1
"""If more than MISSED of the true neighbors are in lists that their rows are not compared with,
rows are compared with more lists, until these cost DEAR of all comparisons of a row."""
CELLS_PER_ROOT = 2.0
"""Lists per square root of the rows. 3 and 4 are no faster at a million rows, slower at 200,000."""
MIN_LOOKS = 3
"""Fewest lists that a row probes."""
TEST_ROWS = 1000
"""Rows with an exact search: half for the choice, half for the reported recall."""


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """The rows of each list.

    Parameters
    ----------
    order : (n,) int32, all rows, list by list, ascending inside a list
    borders : (n_cells + 1,) int64, where each list begins in `order`
    """

    order: IntArray
    borders: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows in each list, (n_cells,)."""
        return np.diff(self.borders)

    def rows(self, list_: int) -> IntArray:
        """The rows of a list, ascending."""
        return self.order[self.borders[list_] : self.borders[list_ + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Where to search for the neighbors of each row.

    Parameters
    ----------
    lists : the inverted lists
    probe_margin : how far below the highest cosine a centre may be and still be probed
    probes, partition : the lists that each row probes, and the rows of each list
    recall : share of the true neighbors in the probed lists, measured on `n_tested` other rows
    """

    lists: InvertedLists
    probe_margin: float
    probes: Probes
    partition: Partition
    recall: float
    n_tested: int


def parted(home: NDArray[np.integer], n_cells: int) -> Partition:
    """Sort rows by list, from the list of each row, (n,)."""
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
    """Make the lists and measure how many of them a row must probe.

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
    """The true k nearest other rows of the tested rows."""
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
    """The probe margin that reaches the wanted recall, and the lists it applies to.

    If the lists that a row is compared with hold too few of its neighbors, it is compared with
    more. The margin is capped so that the mean number of comparisons stays affordable.
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
    """How many rows each of n rows may be compared with on average."""
    return max(MAX_COMPARED, ALWAYS_BEARABLE * n / n_cells)


def _probe_margin_for(most: float, below: FloatArray, sizes: NDArray[np.float64]) -> float:
    """The margin at which a row is compared with `most` rows on average; inf if any is affordable.

    Parameters
    ----------
    most : number of rows
    below : (n_queries, n_cells) how far the cosine of each centre is below the highest
    sizes : (n_cells,) rows in each list
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
    """Find probes for each row that together hold more than k rows, even if lists are small.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    lists, probe_margin : see `find_probes`
    k : number of neighbors
    n_threads : None for all; the result does not depend on it
    partition : the rows of each list; made from `vectors` when None
    scratch : holds the probes of all rows
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
    """Share of the true neighbors that are in a probed list."""
    home = probes.home
    held = [
        np.isin(home[near], probes.of(tested[i : i + 1])[0]).mean() for i, near in enumerate(truth)
    ]
    return float(np.mean(held))
