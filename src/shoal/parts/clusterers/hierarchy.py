"""One hierarchy over the neighbor graph, from some hundreds of small groups up to two clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import by_size, nearest_centre, quick_sums, sums, unit
from shoal.numerics.graph import averaged
from shoal.numerics.principal import components, project
from shoal.numerics.ward import cut_tree, ward_linkage

Labels = NDArray[np.int32]

DIMS = 32
"""Dimensions of the averaged vectors; 20, 64 and 128 found less."""
PER_ROOT = 3.5
"""Small groups for each root of the number of rows; 2.5 and 5 measured alike."""
MEAN_SIZE = 4
"""Rows that a small group has on the average, at least."""
STEPS = 4
"""Of k-means, for the small groups; 2 and 8 measured alike."""
AVERAGINGS = 2
"""Times each vector is averaged with its neighbors'; 1 to 4 measured alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Small groups of the rows and how they merge; any number of clusters is a cut of it.

    Parameters
    ----------
    smooth : (n, n_leading) float32, vectors averaged with their neighbors'
    groups : (n,) int32, the leaf that each row is in
    linkage : (n_groups - 1, 4) float64 as scipy writes a hierarchy
    """

    smooth: FloatArray
    groups: Labels
    linkage: NDArray[np.float64]

    @classmethod
    def merged(cls, smooth: FloatArray, groups: Labels) -> Hierarchy:
        """Merge groups of averaged vectors, as `small_groups` gives them, by Ward's method."""
        sizes = np.bincount(groups)
        means = sums(smooth, groups, len(sizes)) / sizes[:, None]
        return cls(smooth, groups, ward_linkage(means, sizes))

    @property
    def n_groups(self) -> int:
        """The most clusters that a cut can give."""
        return len(self.linkage) + 1

    def cut(self, n_clusters: int, steps: int) -> Labels:
        """Exactly `n_clusters` clusters, their borders sharpened by steps of k-means.

        Returns
        -------
        (n,) int32 by falling size
        """
        labels = by_size(cut_tree(self.linkage, n_clusters)[self.groups])
        return sharpened(self.smooth, labels, steps)


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


def small_groups(
    vectors: FloatArray, graph: Any, seed: int, at_least: int = 1
) -> tuple[FloatArray, Labels]:
    """Average vectors with their neighbors' and part them by k-means from random rows.

    Parameters
    ----------
    vectors : (n, n_leading) float32 as `leading` gives them
    graph : CSR (n, n), the similarity graph of the same rows
    seed : of the rows that the groups start from
    at_least : groups wanted, at most n

    Returns
    -------
    smooth : (n, n_leading) float32, the averaged vectors
    groups : (n,) int32 without gaps
    """
    smooth = averaged(vectors, graph, AVERAGINGS)
    n = len(smooth)
    rng = np.random.default_rng(seed)
    for wanted in (max(min(round(PER_ROOT * n**0.5), n // MEAN_SIZE), 2), 2 * at_least):
        start = np.sort(rng.choice(n, min(wanted, n), replace=False))
        labels = nearest_centre(smooth, unit(smooth[start]))[0]
        for _ in range(STEPS):
            labels = _without_gaps(labels)
            labels = nearest_centre(smooth, unit(quick_sums(smooth, labels)))[0]
        labels = _without_gaps(labels)
        if labels.max() + 1 >= at_least:
            return smooth, labels
    return smooth, np.arange(n, dtype=np.int32)


def _without_gaps(labels: Labels) -> Labels:
    return np.unique(labels, return_inverse=True)[1].ravel().astype(np.int32)


def sharpened(vectors: FloatArray, labels: Labels, steps: int) -> Labels:
    """Labels after some steps of k-means; a step that would empty a cluster is not taken.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    labels : (n,) int32 without gaps and without noise
    steps : at most so many

    Returns
    -------
    (n,) int32 by falling size
    """
    n_clusters = int(labels.max()) + 1
    for _ in range(steps):
        found = nearest_centre(vectors, unit(quick_sums(vectors, labels)))[0]
        if np.bincount(found, minlength=n_clusters).min() == 0 or np.array_equal(found, labels):
            break
        labels = found
    return by_size(labels)
