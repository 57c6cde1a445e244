"""Inverted lists for many unit vectors, and which lists each row probes.

Spherical k-means on a sample gives the centres; a list holds the rows nearest to its centre. A row
probes every list whose centre is almost as close as the closest one. A row in the middle of a list
probes few and a row between lists probes many, which takes fewer comparisons than a fixed number
of probes. Comparing each row with all centres would take a third of the time at a million rows.
Centres are therefore grouped, and a row is compared only with the centres near its own group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import STREAM_ROWS, ordered_map, slices
from shoal.numerics.clusters import nearest_centre, sums, unit
from shoal.numerics.ranking import order_key, places
from shoal.numerics.scratch import IN_MEMORY, Scratch

FIT_ROWS = 10
"""Sampled rows per list. 20 rows and two more steps gave no better lists."""
FIT_STEPS = 4
CANDIDATES = 16
"""Centres that a row is compared with, as a multiple of the number of groups. At a million rows one
true neighbor in 200 is in a list that its row is not compared with; with 8 it would be 1 in 50."""


@dataclass(frozen=True, slots=True, eq=False)
class InvertedLists:
    """Centres of the lists, in groups.

    Parameters
    ----------
    centres : (n_cells, n_dims) float32 unit vectors, sorted by group
    groups : (n_groups, n_dims) float32 unit vectors
    near : (n_groups, n_candidates) int32, the lists nearest to each group, ascending
    shares : (n_cells,) float64, share of the sample in each list
    """

    centres: FloatArray
    groups: FloatArray
    near: IntArray
    shares: NDArray[np.float64]

    def wider(self) -> InvertedLists:
        """A copy in which each row is compared with twice as many lists, at most all."""
        return replace(self, near=_near(self.groups, self.centres, 2 * self.near.shape[1]))

    def below_the_nearest(self, queries: FloatArray) -> FloatArray:
        """How far the cosine of each centre is below the highest cosine of a query.

        Returns
        -------
        (n_queries, n_cells) float32; inf for lists that a query is not compared with
        """
        cosines = queries @ self.centres.T
        compared = np.zeros(cosines.shape, dtype=bool)
        group = nearest_centre(queries, self.groups)[0]
        np.put_along_axis(compared, self.near[group], True, axis=1)
        cosines[~compared] = -np.inf
        return np.asarray(cosines.max(axis=1, keepdims=True) - cosines)


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """The lists that each of n rows probes.

    Parameters
    ----------
    lists : (n_probes,) list numbers in the smallest unsigned type that holds them; row by row,
        the closest list of a row first
    borders : (n + 1,) int64, where each row begins in `lists`
    """

    lists: NDArray[np.integer]
    borders: NDArray[np.int64]

    @property
    def home(self) -> NDArray[np.integer]:
        """The list that each row belongs to, (n,)."""
        return self.lists[self.borders[:-1]]

    def fewest(self, sizes: NDArray[np.integer]) -> int:
        """The smallest number of rows that any row finds in its probed lists.

        Parameters
        ----------
        sizes : (n_cells,) rows in each list
        """
        least = []
        for part in slices(len(self.borders) - 1, STREAM_ROWS):
            borders = self.borders[part.start : part.stop + 1]
            held = sizes[self.lists[borders[0] : borders[-1]]]
            least.append(int(np.add.reduceat(held, borders[:-1] - borders[0]).min()))
        return min(least)

    def of(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.integer], NDArray[np.int64]]:
        """The probed lists of some rows, row by row, and the number of probes of each row."""
        starts, counts = self.borders[rows], self.borders[rows + 1] - self.borders[rows]
        return self.lists[np.repeat(starts, counts) + places(counts)], counts


def make_lists(vectors: FloatArray, n_cells: int, seed: int = 0) -> InvertedLists:
    """Find the centres by k-means on a sample of the rows.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length; may be a memory map
    n_cells : number of lists, at most n
    seed : random seed of the sample
    """
    rng = np.random.default_rng(seed)
    n = len(vectors)
    rows = np.sort(rng.choice(n, min(n, n_cells * FIT_ROWS), replace=False))
    sample = np.asarray(vectors[rows])
    start = sample[np.sort(rng.choice(len(sample), n_cells, replace=False))]
    centres = _means(sample, start)
    groups = _means(centres, centres[:: max(round(n_cells**0.5), 1)])
    # lists of one group are numbered in a row, so that a block of rows probes few of them
    centres = centres[np.argsort(nearest_centre(centres, groups)[0], kind="stable")]
    inside = np.bincount(nearest_centre(sample, centres)[0], minlength=n_cells)
    near = _near(groups, centres, CANDIDATES * len(groups))
    return InvertedLists(centres, groups, near, inside / len(sample))


def _means(vectors: FloatArray, centres: FloatArray) -> FloatArray:
    """Run spherical k-means; a centre without rows stays where it is."""
    for _ in range(FIT_STEPS):
        labels = nearest_centre(vectors, centres)[0]
        filled = np.bincount(labels, minlength=len(centres)) > 0
        means = unit(sums(vectors, labels, len(centres)))
        centres = np.asarray(np.where(filled[:, None], means, centres), dtype=np.float32)
    return centres


def _near(groups: FloatArray, centres: FloatArray, n: int) -> IntArray:
    order = np.argsort(-(groups @ centres.T), axis=1, kind="stable")
    return np.sort(order[:, :n], axis=1).astype(np.int32)


def find_probes(
    vectors: FloatArray,
    lists: InvertedLists,
    probe_margin: float,
    least: int = 1,
    n_threads: int | None = None,
    scratch: Scratch = IN_MEMORY,
) -> Probes:
    """Find the lists that each row probes.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length; may be a memory map
    lists : the inverted lists
    probe_margin : how far below the highest cosine a centre may be and still be probed
    least : fewest lists that a row probes, as far as it is compared with so many
    n_threads : None for all; the result does not depend on it
    scratch : holds the probes of all rows
    """
    kind = np.min_scalar_type(len(lists.centres))
    borders = np.zeros(len(vectors) + 1, dtype=np.int64)
    parts = slices(len(vectors), STREAM_ROWS)

    def block(part: slice) -> tuple[NDArray[np.integer], NDArray[np.int64]]:
        found, number = _block_probes(np.asarray(vectors[part]), lists, probe_margin, least)
        return found.astype(kind), number

    def counted() -> Iterator[tuple[NDArray[np.integer]]]:
        for part, (found, number) in zip(parts, ordered_map(block, parts, n_threads), strict=True):
            borders[part.start + 1 : part.stop + 1] = borders[part.start] + np.cumsum(number)
            yield (found,)

    (found,) = scratch.gather(counted(), (kind,))
    return Probes(found, borders)


def _block_probes(
    vectors: FloatArray, lists: InvertedLists, probe_margin: float, least: int
) -> tuple[NDArray[np.integer], NDArray[np.int64]]:
    """The probed lists of a block of rows, row by row, and the number of probes of each row."""
    group = nearest_centre(vectors, lists.groups)[0]
    rows, found, cosines = [], [], []
    for one in np.unique(group):
        inside, near = np.flatnonzero(group == one), lists.near[one]
        products = vectors[inside] @ lists.centres[near].T
        border = products.max(axis=1) - np.float32(probe_margin)
        few = np.flatnonzero(np.count_nonzero(products >= border[:, None], axis=1) < least)
        place = max(len(near) - least, 0)
        border[few] = np.partition(products[few], place, axis=1)[:, place]
        row, column = np.divmod(np.flatnonzero(products >= border[:, None]), len(near))
        rows.append(inside[row])
        found.append(near[column])
        cosines.append(products[row, column])
    row = np.concatenate(rows)
    order = np.argsort(order_key(row, np.concatenate(cosines)), kind="stable")
    return np.concatenate(found)[order], np.bincount(row, minlength=len(vectors))
