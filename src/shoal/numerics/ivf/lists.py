"""Inverted lists of very many unit vectors, and the lists that each row probes.

A cell is what lies nearest to a centre of a spherical k-means on a sample. A row looks into the
cells whose centres are nearly as near to it as the nearest one: amid a cell into few, between many
into many, which takes fewer comparisons than as many cells for every row. To compare each row with
all centres would take a third of the time at a million rows, so the centres are in groups, and a
row is compared with those that lie near the group it is nearest to.
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
"""Rows of the sample per cell; 20, and two steps more, found no better cells."""
FIT_STEPS = 4
CANDIDATES = 16
"""Cells that a row is compared with, in times of the number of groups. At a million rows one true
neighbor of 200 is in a cell that its row is not compared with; with 8 it would be one of 50."""


@dataclass(frozen=True, slots=True, eq=False)
class InvertedLists:
    """Centres of cells, in groups.

    Parameters
    ----------
    centres : (n_cells, n_dims) float32 unit vectors, those of a group one after another
    groups : (n_groups, n_dims) float32 unit vectors
    near : (n_groups, n_candidates) int32, the cells nearest to each group, ascending
    shares : (n_cells,) float64, the part of the sample that lies in each cell
    """

    centres: FloatArray
    groups: FloatArray
    near: IntArray
    shares: NDArray[np.float64]

    def wider(self) -> InvertedLists:
        """The same with twice as many cells that a row is compared with, at most all."""
        return replace(self, near=_near(self.groups, self.centres, 2 * self.near.shape[1]))

    def below_the_nearest(self, queries: FloatArray) -> FloatArray:
        """By how much each centre's cosine is lower than the highest of a query's.

        Returns
        -------
        (n_queries, n_cells) float32, inf for the cells that a query is not compared with
        """
        cosines = queries @ self.centres.T
        compared = np.zeros(cosines.shape, dtype=bool)
        group = nearest_centre(queries, self.groups)[0]
        np.put_along_axis(compared, self.near[group], True, axis=1)
        cosines[~compared] = -np.inf
        return np.asarray(cosines.max(axis=1, keepdims=True) - cosines)


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """The cells that each of n rows looks into.

    Parameters
    ----------
    lists : (n_looks,) the smallest kind of whole number that holds a cell; row after row, the
        nearest of a row first
    borders : (n + 1,) int64, where each row begins in `cells`
    """

    lists: NDArray[np.integer]
    borders: NDArray[np.int64]

    @property
    def home(self) -> NDArray[np.integer]:
        """The cell that each row lies in, (n,)."""
        return self.lists[self.borders[:-1]]

    def fewest(self, sizes: NDArray[np.integer]) -> int:
        """Rows in the cells that a row looks into, of the row with the fewest.

        Parameters
        ----------
        sizes : (n_cells,) rows of each cell
        """
        least = []
        for part in slices(len(self.borders) - 1, STREAM_ROWS):
            borders = self.borders[part.start : part.stop + 1]
            held = sizes[self.lists[borders[0] : borders[-1]]]
            least.append(int(np.add.reduceat(held, borders[:-1] - borders[0]).min()))
        return min(least)

    def of(self, rows: NDArray[np.integer]) -> tuple[NDArray[np.integer], NDArray[np.int64]]:
        """The cells that some rows look into, one row after the other, and how many each does."""
        starts, counts = self.borders[rows], self.borders[rows + 1] - self.borders[rows]
        return self.lists[np.repeat(starts, counts) + places(counts)], counts


def make_lists(vectors: FloatArray, n_cells: int, seed: int = 0) -> InvertedLists:
    """Find centres of cells by k-means on a sample of the rows.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length; may be a memory map
    n_cells : how many, at most n
    seed : of the sample
    """
    rng = np.random.default_rng(seed)
    n = len(vectors)
    rows = np.sort(rng.choice(n, min(n, n_cells * FIT_ROWS), replace=False))
    sample = np.asarray(vectors[rows])
    start = sample[np.sort(rng.choice(len(sample), n_cells, replace=False))]
    centres = _means(sample, start)
    groups = _means(centres, centres[:: max(round(n_cells**0.5), 1)])
    # cells near each other one after another, so that a block of rows looks into few of them
    centres = centres[np.argsort(nearest_centre(centres, groups)[0], kind="stable")]
    inside = np.bincount(nearest_centre(sample, centres)[0], minlength=n_cells)
    near = _near(groups, centres, CANDIDATES * len(groups))
    return InvertedLists(centres, groups, near, inside / len(sample))


def _means(vectors: FloatArray, centres: FloatArray) -> FloatArray:
    """Steps of spherical k-means; a centre that nothing is nearest to stays where it is."""
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
    """Which cells each row looks into.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length; may be a memory map
    lists : there are
    probe_margin : by how much the cosine with a centre may be lower than the highest
    least : cells that every row looks into at least, if it is compared with as many
    n_threads : None for all; the result does not depend on it
    scratch : where the cells of all rows are kept
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
    """Cells of the rows of a block, row after row, and how many each row has."""
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
