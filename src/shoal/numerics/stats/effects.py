"""Effect sizes of groups against all rows, by column and by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import sums
from shoal.numerics.samples import evenly
from shoal.numerics.scaling import quantiles

Labels = NDArray[np.int32]

MAX_MOVED = 50_000
"""Rows that are looked at for what a block decides; of more, evenly spaced."""
ALIKE = 1e-9
"""Cosines that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much of a block's dispersion lies between the clusters.

    Parameters
    ----------
    between : sum of squared distances of the clusters' means to the overall mean, each times its
        rows
    total : the same of the rows themselves
    """

    between: float
    total: float

    @property
    def explained(self) -> float:
        """Share of the block's own dispersion that the clusters account for, in [0, 1]."""
        return self.between / self.total if self.total > 0 else 0.0


def block_spreads(
    vectors: NDArray[np.float32], labels: Labels, blocks: Sequence[tuple[int, int]]
) -> list[Spread]:
    """The dispersion between and in all, of each block of dimensions; noise is left out.

    As squared distances are sums over the dimensions, those of the blocks add up to that of all.

    Parameters
    ----------
    vectors : (n, n_dims) float32
    labels : (n,) clusters, -1 for noise
    blocks : first dimension and the one after the last, of each block
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    inside = labels >= 0
    sizes = np.bincount(labels[inside], minlength=n_clusters).astype(np.float64)
    totals = sums(vectors, labels, n_clusters)
    n = max(float(sizes.sum()), 1.0)
    mean = totals.sum(axis=0) / n
    means = totals / np.maximum(sizes, 1.0)[:, None]
    between = (sizes[:, None] * (means - mean) ** 2).sum(axis=0)
    squares = np.zeros(vectors.shape[1])
    for start in range(0, len(vectors), 4096):
        part = slice(start, start + 4096)
        wide = np.asarray(vectors[part], dtype=np.float64)[inside[part]]
        squares += ((wide - mean) ** 2).sum(axis=0)
    return [Spread(float(between[a:b].sum()), float(squares[a:b].sum())) for a, b in blocks]


def moved_without(
    vectors: NDArray[np.float32], labels: Labels, blocks: Sequence[tuple[int, int]]
) -> list[float | None]:
    """Share of the rows that would be in another cluster if a block were left out.

    Rows and centres are compared without its dimensions, and a row moves if another centre is then
    nearer (by the cosine) than the one that was nearest with all of them; of centres that are
    equally near it is in each by a part. Of very many rows an even part is looked at. None where
    there is no other block to go by.

    Parameters
    ----------
    vectors : (n, n_dims) float32
    labels : (n,) clusters, -1 for noise
    blocks : first dimension and the one after the last, of each block
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    if len(blocks) < 2 or n_clusters == 0:
        return [None] * len(blocks)
    rows = np.nonzero(labels >= 0)[0]
    rows = rows[evenly(len(rows), MAX_MOVED)]
    means = sums(vectors, labels, n_clusters)
    squares = [(means[:, a:b] ** 2).sum(axis=1) for a, b in blocks]
    whole = np.sum(squares, axis=0)
    moved = np.zeros(len(blocks))
    with serial_algebra():
        for start in range(0, len(rows), 4096):
            part = np.asarray(vectors[rows[start : start + 4096]], dtype=np.float64)
            products = part @ means.T
            home = (products / _lengths(whole)).argmax(axis=1)[:, None]
            for place, (a, b) in enumerate(blocks):
                left = products - part[:, a:b] @ means[:, a:b].T
                left /= _lengths(whole - squares[place])
                nearest = left >= left.max(axis=1, keepdims=True) - ALIKE
                stays = np.take_along_axis(nearest, home, axis=1)[:, 0] / nearest.sum(axis=1)
                moved[place] += float((1 - stays).sum())
    return [float(n / len(rows)) for n in moved]


def _lengths(squares: DoubleArray) -> DoubleArray:
    return np.sqrt(np.maximum(squares, 1e-12))


def share_effect(inside: float, overall: float) -> float:
    """How far a share is from another one, Cohen's h: 0.2 is small, 0.5 medium, 0.8 large.

    Parameters
    ----------
    inside, overall : shares in [0, 1]

    Returns
    -------
    In [-pi, pi]; above zero where the share inside is the larger one

    References
    ----------
    Cohen (1988), Statistical power analysis for the behavioral sciences, 2nd edition, chapter 6.
    """
    return float(2 * np.arcsin(np.sqrt(inside)) - 2 * np.arcsin(np.sqrt(overall)))


def quartiles(values: DoubleArray) -> tuple[float, float, float] | None:
    """Lower quartile, median and upper quartile of the values that are not nan; None of none."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, half, high = quantiles(known, (0.25, 0.5, 0.75))
    return low, half, high
