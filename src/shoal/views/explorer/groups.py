"""One grouping of the rows with its vector sums, from which scores and neighbors come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.data import NOISE, IntArray
from shoal.numerics.arrays import DoubleArray
from shoal.numerics.clusters import sums, unit
from shoal.views.explorer.vectors import Vectors

MAX_ROWS = 20_000
"""Rows of a cluster that are summed at once."""


class Groups:
    """The distinct rows by cluster.

    Parameters
    ----------
    labels : (n_rows,) int32, numbers need not be without gaps; repeats count as noise here
    vectors : of all rows
    """

    def __init__(self, labels: IntArray, vectors: Vectors) -> None:
        self.vectors = vectors
        self.labels = labels
        self.numbers = [int(c) for c in np.unique(labels) if c != NOISE]
        self._totals: dict[int, DoubleArray] = {}
        dense = np.searchsorted(self.numbers, labels).astype(np.int32)
        dense[labels == NOISE] = NOISE
        totals = np.zeros((len(self.numbers), vectors.n_dims))
        for part, block in vectors.each():
            totals += sums(block, dense[part], len(self.numbers))
        self._totals = dict(zip(self.numbers, totals, strict=True))
        counts = np.bincount(dense[dense >= 0], minlength=len(self.numbers))
        self.sizes = dict(zip(self.numbers, counts.tolist(), strict=True))

    def regroup(self, labels: IntArray) -> None:
        """Switch to other labels; only changed clusters are summed again."""
        moved = np.nonzero(labels != self.labels)[0]
        changed = {*np.unique(labels[moved]).tolist(), *np.unique(self.labels[moved]).tolist()}
        self.labels = labels
        for cluster in sorted(changed - {NOISE}):
            rows = self.members(cluster)
            self._totals.pop(cluster, None)
            self.sizes.pop(cluster, None)
            if len(rows):
                self._totals[cluster] = self._sum(rows)
                self.sizes[cluster] = len(rows)
        self.numbers = sorted(self._totals)

    def _sum(self, rows: NDArray[np.intp]) -> DoubleArray:
        total = np.zeros(self.vectors.n_dims)
        for start in range(0, len(rows), MAX_ROWS):
            some = self.vectors.take(rows[start : start + MAX_ROWS])
            total += some.sum(axis=0, dtype=np.float64)
        return total

    def members(self, cluster: int) -> NDArray[np.intp]:
        """Distinct rows of a cluster, ascending."""
        return np.nonzero(self.labels == cluster)[0]

    @property
    def totals(self) -> DoubleArray:
        """(n_clusters, n_dims), in the order of `numbers`."""
        made = [self._totals[c] for c in self.numbers]
        return np.array(made).reshape(len(made), self.vectors.n_dims)

    @property
    def counts(self) -> DoubleArray:
        """(n_clusters,), in the order of `numbers`."""
        return np.array([self.sizes[c] for c in self.numbers], dtype=np.float64)

    def nearest(self, clusters: Sequence[int], n: int) -> dict[int, list[tuple[int, float]]]:
        """The n nearest other clusters of each, with the cosine of the centres."""
        centres = unit(self.totals)
        place = {c: i for i, c in enumerate(self.numbers)}
        out: dict[int, list[tuple[int, float]]] = {}
        for cluster in clusters:
            cosines = centres @ centres[place[cluster]]
            cosines[place[cluster]] = -np.inf
            best = np.argsort(-cosines, kind="stable")[: min(n, len(cosines) - 1)]
            out[cluster] = [(self.numbers[i], float(cosines[i])) for i in best]
        return out
