"""Hierarchies over the neighbor graph, and what many of them agree on.

Rows are averaged with their neighbors and put into cells. A trial groups a random part of the
cells and merges the groups by Ward's method. One such hierarchy hangs on the rows that it
happened to start from; what many of them say together does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import ordered_map
from shoal.numerics.clusters import nearest_centre, quick_sums, unit
from shoal.numerics.partitions.agreement import majority
from shoal.numerics.principal import components, project
from shoal.numerics.samples import priorities
from shoal.numerics.ward import cut_tree, ward_linkage

Labels = NDArray[np.int32]
Keys = NDArray[np.uint64]

DIMS = 32
"""Dimensions of the averaged vectors; 20, 64 and 128 found less."""
AVERAGINGS = 2
"""Times each vector is averaged with its neighbors'; 1 to 4 measured alike."""
MEAN_SIZE = 4
"""Rows that a small group has on the average, at least."""
PER_ROOT = 3.5
"""Small groups for each root of the number of rows; 2.5 and 5 measured alike."""
STEPS = 4
"""Of k-means, for the small groups; 2 and 8 measured alike."""
CELLS = 1500
"""Rows up to which each is a cell of its own, and the fewest cells of more."""
CELLS_A_GROUP = 3
"""Cells for each small group, at least."""
CELL_STEPS = 2
"""Of k-means, for the cells."""
PART = 0.7
"""Share of the cells in a trial."""
WIDER = 1.5
"""Times more groups than a trial has that the consensus is made of."""
CELL_DRAW, WHOLE_DRAW = 1 << 20, 1 << 21
"""Draws of rows that are not those of a trial."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Many small sets of like rows, which stand for the rows wherever clusters are compared.

    Parameters
    ----------
    smooth : (n, n_leading) float32, vectors averaged with their neighbors'
    cell : (n,) int32, the cell of each row
    keys : (n_cells,) uint64, what a cell is drawn by
    """

    smooth: FloatArray
    cell: Labels
    keys: Keys
    sizes: NDArray[np.int64]
    totals: FloatArray
    directions: FloatArray

    @classmethod
    def made(cls, smooth: FloatArray, cell: Labels, keys: Keys) -> Cells:
        """Cells from the rows in each."""
        totals = quick_sums(smooth, cell)
        return cls(smooth, cell, keys, np.bincount(cell), totals, unit(totals))

    @classmethod
    def of(cls, smooth: FloatArray, keys: Keys, seed: int, n_cells: int) -> Cells:
        """Cells of averaged vectors, at most `n_cells`.

        Parameters
        ----------
        smooth : (n, n_leading) float32
        keys : (n,) uint64, what a row is drawn by
        seed : of the rows that the cells start from
        n_cells : each row is a cell where there are no more rows
        """
        if len(smooth) <= n_cells:
            return cls.made(smooth, np.arange(len(smooth), dtype=np.int32), keys)
        first = np.argsort(priorities(keys, seed, CELL_DRAW), kind="stable")[:n_cells]
        kept = keys[first]
        cell = nearest_centre(smooth, unit(smooth[first]))[0]
        for _ in range(CELL_STEPS):
            cell, kept = _without_gaps(cell), kept[np.unique(cell)]
            cell = nearest_centre(smooth, unit(quick_sums(smooth, cell)))[0]
        return cls.made(smooth, _without_gaps(cell), kept[np.unique(cell)])

    def __len__(self) -> int:
        return len(self.sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Hierarchies of random parts of the cells, cut into several numbers of clusters.

    Parameters
    ----------
    cells : all of them
    groups : (n_cells,) int32, small groups of cells that the trials hardly ever part
    cuts : for each trial, number of clusters -> the cluster of each cell, (n_cells,)
    """

    cells: Cells
    groups: Labels
    cuts: Sequence[Mapping[int, Labels]]

    @property
    def n_groups(self) -> int:
        """The most clusters that `consensus` can give."""
        return int(self.groups.max()) + 1

    def into(self, n_clusters: int) -> list[Labels]:
        """What the trials say that have so many clusters, each (n_cells,) int32."""
        return [cut[n_clusters] for cut in self.cuts if n_clusters in cut]

    def consensus(self, n_clusters: int) -> Labels:
        """Exactly `n_clusters` clusters of cells by what share of the trials puts them together.

        Returns
        -------
        (n_cells,) int32 without gaps

        References
        ----------
        Fred, Jain (2005), Combining multiple clusterings using evidence accumulation. IEEE
        Transactions on Pattern Analysis and Machine Intelligence 27.
        """
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import squareform

        if n_clusters >= self.n_groups:  # there is nothing to put together
            return sharpened(self.cells.directions, self.groups, 1, self.cells.totals)
        together = np.zeros((self.n_groups, self.n_groups), dtype=np.uint16)
        cuts = self.into(n_clusters)
        for cut in cuts:
            label = majority(self.groups, cut)
            together += label[:, None] == label
        apart = 1.0 - squareform(together, checks=False) / max(len(cuts), 1)
        labels = cut_tree(linkage(apart, "average"), n_clusters)[self.groups]
        return sharpened(self.cells.directions, labels, 1, self.cells.totals)

    def rows(self, labels: Labels, steps: int) -> Labels:
        """Clusters of the rows, their borders sharpened by steps of k-means.

        Parameters
        ----------
        labels : (n_cells,) int32
        steps : of k-means

        Returns
        -------
        (n,) int32, the clusters named as they were
        """
        return sharpened(self.cells.smooth, labels[self.cells.cell], steps)


def n_small_groups(n: int) -> int:
    """Small groups that so many rows are put into."""
    return max(min(round(PER_ROOT * math.sqrt(n)), n // MEAN_SIZE), 2)


def leading(vectors: FloatArray) -> FloatArray:
    """Coordinates of the rows along the DIMS directions in which they vary most.

    Averaging with neighbors leaves little beyond the directions that many rows share, and each
    step of k-means costs as much as there are.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors

    Returns
    -------
    (n, n_leading) float32; the vectors themselves where there are no more dimensions than that,
    or hardly more rows
    """
    if vectors.shape[1] <= DIMS or len(vectors) <= 2 * DIMS:
        return vectors
    _, axes, _explained = components(vectors, DIMS)
    return project(vectors, np.zeros(vectors.shape[1], dtype=np.float32), axes)


def tried(
    cells: Cells, counts: Sequence[int], n_trials: int, seed: int, at_least: int = 1
) -> Trials:
    """Cut hierarchies of random parts of the cells.

    Parameters
    ----------
    cells : all of them
    counts : numbers of clusters to cut into; a trial that has fewer groups leaves them out
    n_trials : how many hierarchies
    seed : of the parts and of what the groups start from
    at_least : groups that each must have
    """
    n_groups = max(n_small_groups(len(cells.smooth)), min(2 * at_least, len(cells)))

    def one(draw: int) -> tuple[dict[int, Labels], FloatArray]:
        order, part = drawn(cells, seed, draw, at_least)
        directions, totals = cells.directions[part], cells.totals[part]
        start = cells.directions[order[: min(n_groups, len(part))]]
        groups = _grouped(directions, totals, start, at_least)
        sizes = np.bincount(groups, cells.sizes[part]).astype(np.int64)
        tree = ward_linkage(quick_sums(totals, groups) / sizes[:, None], sizes)
        found, summed = {}, np.zeros_like(cells.directions)
        for count in counts:
            if count <= len(sizes):
                labels = sharpened(directions, cut_tree(tree, count)[groups], 1, totals)
                centre = unit(quick_sums(totals, labels))
                found[count] = nearest_centre(cells.directions, centre)[0]
                summed += centre[found[count]]
        return found, summed

    cuts, summed = zip(*ordered_map(one, range(n_trials)), strict=True)
    groups = np.arange(len(cells), dtype=np.int32)
    wanted = max(round(WIDER * n_groups), at_least)
    if len(cells) > wanted:
        # a cell lies where the centres of its clusters lie in the mean, so that what the trials
        # put together is close together
        agreed = np.sum(summed, axis=0)
        order = np.argsort(priorities(cells.keys, seed, WHOLE_DRAW), kind="stable")
        directions, weights = unit(agreed), cells.sizes[:, None].astype(np.float32)
        start = directions[order[:wanted]]
        groups = _grouped(directions, agreed * weights, start, at_least)
    return Trials(cells, groups, cuts)


def drawn(
    cells: Cells, seed: int, draw: int, at_least: int = 1
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """All cells in a random order, and in ascending order those at its begin that a trial is of.

    Parameters
    ----------
    cells : all of them
    seed, draw : of the random order
    at_least : cells that the trial must have
    """
    order = np.argsort(priorities(cells.keys, seed, draw), kind="stable")
    n_part = max(round(PART * len(cells)), min(at_least, len(cells)))
    return order, np.sort(order[:n_part])


def _grouped(
    directions: FloatArray, totals: FloatArray, start: FloatArray, at_least: int
) -> Labels:
    """Groups by k-means without gaps; each cell alone where there would be too few."""
    labels = nearest_centre(directions, start)[0]
    for _ in range(STEPS):
        labels = _without_gaps(labels)
        labels = nearest_centre(directions, unit(quick_sums(totals, labels)))[0]
    labels = _without_gaps(labels)
    if labels.max() + 1 < at_least:
        return np.arange(len(directions), dtype=np.int32)
    return labels


def _without_gaps(labels: Labels) -> Labels:
    return np.unique(labels, return_inverse=True)[1].ravel().astype(np.int32)


def sharpened(
    directions: FloatArray, labels: Labels, steps: int, totals: FloatArray | None = None
) -> Labels:
    """Labels after some steps of k-means; a step that would empty a cluster is not taken.

    Parameters
    ----------
    directions : (n, n_dims) float32 unit vectors
    labels : (n,) int32 without gaps and without noise
    steps : at most so many
    totals : (n, n_dims) float32, what each adds to its centre; its direction if not given

    Returns
    -------
    (n,) int32 without gaps
    """
    totals = directions if totals is None else totals
    n_clusters = int(labels.max()) + 1
    for _ in range(steps):
        found = nearest_centre(directions, unit(quick_sums(totals, labels)))[0]
        if np.bincount(found, minlength=n_clusters).min() == 0 or np.array_equal(found, labels):
            break
        labels = found
    return labels
