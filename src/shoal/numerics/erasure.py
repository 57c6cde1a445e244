"""Remove from vectors what distinguishes groups of rows, and as little else as possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import AnyArray, DoubleArray, FloatArray, NamedArrays
from shoal.numerics.blocks import BLOCK_ROWS, serial_algebra, slices
from shoal.numerics.clusters import unit

MIN_ROWS = 10
"""Rows of a group from which its mean says something; smaller groups are taken as one."""
MAX_SHARE = 0.25
"""Share of the dimensions that may be taken out: more would leave little to cluster by."""
RIDGE = 1e-3
"""Share of the mean variance that is added to every direction before it is divided by."""
NEGLIGIBLE = 0.05
"""Correlation with the groups below which a direction is left alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Erasure:
    """A projection after which the means of all groups are the same: LEACE [1]_.

    Of all linear maps after which no linear classifier can tell the groups, it moves the vectors
    least. It needs no group to be known of a new row.

    Parameters
    ----------
    mean : (n_dims,) float32
    inward, outward : (n_dims, n_taken) and (n_taken, n_dims) float32; what is taken out of a row
        is its distance from the mean times both

    References
    ----------
    .. [1] Belrose, Schneider-Joseph, Ravfogel, Cotterell, Raff, Biderman (2023), LEACE: perfect
       linear concept erasure in closed form. NeurIPS.
    """

    mean: FloatArray
    inward: FloatArray
    outward: FloatArray

    @classmethod
    def of(cls, X: FloatArray, groups: Sequence[NDArray[np.int64]]) -> Erasure:
        """Learn from rows and the groups that they are in.

        Parameters
        ----------
        X : (n, n_dims) unit vectors; may be a memory map
        groups : one (n,) array of numbers from 0 for each column; -1 without a value, which is a
            group of its own
        """
        n, n_dims = X.shape
        offsets = np.cumsum([0, *(int(_dense(one).max()) + 1 for one in groups[:-1])])
        group_codes = np.stack([_dense(one) for one in groups]) + offsets[:, None]
        counts = np.bincount(group_codes.ravel())
        sums, square = np.zeros((len(counts), n_dims)), np.zeros((n_dims, n_dims))
        total = np.zeros(n_dims)
        with serial_algebra():
            for part in slices(n, BLOCK_ROWS):
                block = np.asarray(X[part], dtype=np.float64)
                total += block.sum(axis=0)
                square += block.T @ block
                for column in group_codes:
                    np.add.at(sums, column[part], block)
            mean = total / n
            covariance = square / n - np.outer(mean, mean)
            ridge = RIDGE * float(np.trace(covariance)) / n_dims + 1e-12
            spreads, axes = np.linalg.eigh(covariance + ridge * np.eye(n_dims))
            shares = counts / n
            # a group's indicator divided by its deviation, so that no large group outweighs
            scale = np.sqrt(np.maximum(shares * (1.0 - shares), 1.0 / n))[:, None]
            crossed = (sums / n - shares[:, None] * mean) / scale
            inner = (axes / np.sqrt(spreads)) @ axes.T
            directions, strengths, _ = np.linalg.svd(inner @ crossed.T, full_matrices=False)
            n_taken = min(int((strengths > NEGLIGIBLE).sum()), max(int(MAX_SHARE * n_dims), 1))
            taken = directions[:, :n_taken]
            outer = (axes * np.sqrt(spreads)) @ axes.T
            inward, outward = inner @ taken, taken.T @ outer
        return cls(*(part.astype(np.float32) for part in (mean, inward, outward)))

    @property
    def n_taken(self) -> int:
        """Directions to remove."""
        return len(self.outward)

    def apply(self, X: FloatArray) -> FloatArray:
        """Unit vectors without what tells the groups, (n, n_dims); a zero row stays zero."""
        with serial_algebra():
            left = X - ((X - self.mean) @ self.inward) @ self.outward
        left[~np.any(X, axis=1)] = 0.0
        return unit(left)

    def arrays(self) -> NamedArrays:
        """Return the state as named arrays."""
        return {"mean": self.mean, "inward": self.inward, "outward": self.outward}

    @classmethod
    def restored(cls, arrays: Mapping[str, AnyArray]) -> Erasure:
        """Restore the state that `arrays` returned."""
        return cls(arrays["mean"], arrays["inward"], arrays["outward"])


def predicted_by_neighbors(X: FloatArray, group: NDArray[np.int64], k: int = 10) -> float:
    """How well nearest rows predict a row's group, beyond chance: 0 not at all, 1 always.

    Parameters
    ----------
    X : (n, n_dims) unit vectors
    group : (n,) numbers, -1 for rows without a value, which are left out
    k : how many nearest rows are asked
    """
    known = np.flatnonzero(group >= 0)
    if len(known) < 2:
        return 0.0
    rows, own = np.asarray(X[known], dtype=np.float32), group[known]
    k = min(k, len(known) - 1)
    same: list[DoubleArray] = []
    with serial_algebra():
        for part in slices(len(known), 512):
            cosines = rows[part] @ rows.T
            cosines[np.arange(len(cosines)), np.arange(len(known))[part]] = -np.inf
            near = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
            same.append((own[near] == own[part, None]).mean(axis=1))
    counts = np.unique(own, return_counts=True)[1].astype(np.float64)
    chance = float((counts * (counts - 1)).sum() / max(len(own) * (len(own) - 1), 1))
    if chance >= 1.0:
        return 0.0
    return max((float(np.concatenate(same).mean()) - chance) / (1.0 - chance), 0.0)


def _dense(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers from 0 without gaps; groups of few rows are one, and so are rows without a value."""
    _, number, counts = np.unique(group, return_inverse=True, return_counts=True)
    number = np.where(counts[number] < MIN_ROWS, len(counts), number)
    return np.asarray(np.unique(number, return_inverse=True)[1], dtype=np.int64)
