"""Novelty scores of new rows, and the limit that rows like the run's rarely exceed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import BLOCK_ROWS, serial_algebra, slices

REFUSED = 0.05
"""Share of rows like those of the run that may be refused, at most."""
TAIL = 0.1
"""Share of the scores from which their tail is estimated."""
PRIOR_ROWS = 50
"""Rows of the whole run that the limit of a cluster is drawn towards."""
POINTS = 257
"""Quantiles that stand for the scores of a run."""
MAX_DIMS = 4096
"""Dimensions up to which the spread of the rows in all directions is estimated."""
MIN_ROWS = 20
"""Rows from which on a share of 5 % can be told at all."""
WIDE, MIN_WIDE = 4, 512
"""Dimensions for each row, and in all, above which a covariance is inverted by its rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The Ledoit-Wolf shrunk covariance of rows [1]_.

    Parameters
    ----------
    mean : (n_dims,) float32
    precision : (n_dims, n_dims) float32, the inverse of the covariance

    References
    ----------
    .. [1] Ledoit, Wolf (2004), A well-conditioned estimator for large-dimensional covariance
       matrices. Journal of Multivariate Analysis 88.
    """

    mean: FloatArray
    precision: FloatArray

    @classmethod
    def of(
        cls, X: NDArray[np.floating], blur: NDArray[np.float64] | None = None
    ) -> tuple[Spread, NDArray[np.float64]] | None:
        """The spread of X, (n, n_dims), and the distance of each row without the row itself.

        A row pulls the covariance towards itself, so that new rows would look farther out than
        the rows it was estimated from; the share of each row is taken out in closed form.

        Parameters
        ----------
        X : (n, n_dims)
        blur : (n_dims,) variance added to each dimension, so that none counts as much as a
            smaller variance would let it; none if not given

        Returns
        -------
        The spread and (n,) squared Mahalanobis distances; None where rows do not spread
        """
        n, n_dims = X.shape
        rows = np.asarray(X, dtype=np.float64)
        mean = rows.mean(axis=0)
        if n < MIN_ROWS or n_dims > MAX_DIMS or float(rows.var(axis=0).sum()) < 1e-9:
            return None
        with serial_algebra():
            covariance, shrinkage = _ledoit_wolf(rows - mean)
            # a direction in which no row moves must not be infinitely far
            floor = 1e-3 * float(np.trace(covariance)) / n_dims
            added = np.full(n_dims, floor) if blur is None else floor + blur
            if n_dims > max(WIDE * n, MIN_WIDE):
                flat = shrinkage * float(np.trace(covariance)) / n_dims + added
                precision = _inverse(rows - mean, (1.0 - shrinkage) / n, flat)
            else:
                precision = np.asarray(np.linalg.inv(covariance + np.diag(added)), np.float64)
        spread = cls(mean.astype(np.float32), precision.astype(np.float32))
        own = spread.distances(X)
        held = np.clip((1.0 - shrinkage) * own / n, 0.0, 0.999)
        return spread, own / (1.0 - held) * (n / max(n - 1, 1)) ** 2

    def distances(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Squared Mahalanobis distance of each row of X, (n,) float64."""
        out = np.empty(len(X))
        with serial_algebra():
            for part in slices(len(X), BLOCK_ROWS):
                away = np.asarray(X[part], dtype=np.float32) - self.mean
                out[part] = np.einsum("ij,ij->i", away @ self.precision, away, dtype=np.float64)
        return out


def _ledoit_wolf(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The shrunk covariance of centred rows, (n_dims, n_dims), and how far it is shrunk.

    As scikit-learn has it, which takes longer to import than a small run takes.
    """
    n, n_dims = rows.shape
    if n_dims == 1:
        return np.atleast_2d((rows**2).mean()), 0.0
    squares = rows**2
    products = np.dot(rows.T, rows)
    trace = np.sum(squares, axis=0) / n
    mean = np.sum(trace) / n_dims
    delta = np.sum(products**2) / n**2
    beta = 1.0 / (n_dims * n) * (np.sum(np.dot(squares.T, squares)) / n - delta)
    delta = (delta - 2.0 * mean * trace.sum() + n_dims * mean**2) / n_dims
    shrinkage = 0.0 if min(beta, delta) == 0 else float(min(beta, delta) / delta)
    covariance = products / n
    added = shrinkage * (np.trace(covariance) / n_dims)
    covariance *= 1.0 - shrinkage
    covariance.flat[:: n_dims + 1] += added
    return covariance, shrinkage


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The distribution of a score over the run's rows.

    Parameters
    ----------
    quantiles : (n_points,) ascending, evenly from the lowest to the start of the tail
    excess : mean by which scores of the tail exceed its start
    """

    quantiles: NDArray[np.float64]
    excess: float

    @classmethod
    def of(cls, scores: NDArray[np.float64]) -> Tail:
        """The distribution of scores, (n,)."""
        levels = np.linspace(0.0, 1.0 - TAIL, POINTS)
        quantiles = np.quantile(scores, levels)
        above = scores[scores > quantiles[-1]] - quantiles[-1]
        usual = float(np.median(np.abs(scores - np.median(scores))))
        least = max(1e-6 * max(abs(float(quantiles[-1])), 1.0), 0.05 * usual)
        return cls(quantiles, max(float(above.mean()) if len(above) else 0.0, least))

    def surprise(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Negative log of the share of scores that are as high, (n,); exponential in the tail."""
        levels = np.linspace(0.0, 1.0 - TAIL, len(self.quantiles))
        below = np.interp(scores, self.quantiles, levels)
        start = float(self.quantiles[-1])
        return np.asarray(-np.log1p(-below) + np.maximum(scores - start, 0.0) / self.excess)


@dataclass(frozen=True, slots=True, eq=False)
class Novelty:
    """Detects rows that fit no cluster.

    Several scores speak for a row being foreign. Each is turned into the negative log of the
    share of the run's rows that score as high, and their weighted sum is compared with the sums
    of the run's own rows, each of them scored without itself. So a limit at the 95 % quantile
    refuses about 5 % of new rows that are like the run's (split conformal prediction, with the
    row left out in place of a split), whatever the scores are.

    Parameters
    ----------
    tails : one per score
    weights : (n_scores,) of the surprises in the sum
    rows : (n_sample,) places of the run's rows that were scored
    sums : (n_sample,) float32 sum of their surprises
    """

    tails: tuple[Tail, ...]
    weights: NDArray[np.float64]
    rows: NDArray[np.int64]
    sums: FloatArray

    @classmethod
    def of(
        cls,
        scores: Sequence[NDArray[np.float64]],
        weights: Sequence[float],
        rows: NDArray[np.int64],
    ) -> Novelty:
        """From the scores of the run's own rows, each (n_sample,), scored without themselves."""
        weighed = cls(tuple(map(Tail.of, scores)), np.array(weights), rows, np.empty(0, np.float32))
        return replace(weighed, sums=weighed.surprises(scores).sum(axis=0).astype(np.float32))

    def surprises(self, scores: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """What each score of new rows adds to the sum, (n_scores, n) float64."""
        pairs = zip(self.tails, scores, strict=True)
        found = np.array([tail.surprise(score) for tail, score in pairs], dtype=np.float64)
        return np.asarray(self.weights[:, None] * found)

    def limits(self, labels: IntArray) -> NDArray[np.float64]:
        """Sum of surprises above which a row is refused, for each cluster and then for any other.

        The limit of a small cluster is drawn towards that of all rows.

        Parameters
        ----------
        labels : (n,) clusters of all rows of the run, -1 for none

        Returns
        -------
        (n_clusters + 1,) float64
        """
        own = labels[self.rows]
        sums = self.sums.astype(np.float64)
        grouped = own >= 0
        whole = _conformal(sums[grouped] if grouped.any() else sums)
        limits = np.full(int(labels.max(initial=-1)) + 2, whole)
        for cluster in range(len(limits) - 1):
            inside = sums[own == cluster]
            if len(inside):
                share = len(inside) / (len(inside) + PRIOR_ROWS)
                limits[cluster] = share * _conformal(inside) + (1 - share) * whole
        return limits

    def share_beyond(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the run's rows that are as surprising as each new row, (n,) in (0, 1]."""
        below = np.searchsorted(np.sort(self.sums), sums.astype(np.float32), side="left")
        return np.asarray((len(self.sums) - below + 1) / (len(self.sums) + 1))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the state as named arrays."""
        return {
            "quantiles": np.array([tail.quantiles for tail in self.tails]),
            "excess": np.array([tail.excess for tail in self.tails]),
            "weights": self.weights,
            "rows": self.rows,
            "sums": self.sums,
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Novelty:
        """Restore the state that `arrays` returned."""
        excess = np.asarray(arrays["excess"], dtype=np.float64)
        quantiles = np.asarray(arrays["quantiles"], dtype=np.float64)
        tails = tuple(Tail(q, float(e)) for q, e in zip(quantiles, excess, strict=True))
        return cls(
            tails,
            np.asarray(arrays["weights"], dtype=np.float64),
            np.asarray(arrays["rows"], dtype=np.int64),
            np.asarray(arrays["sums"], dtype=np.float32),
        )


def _inverse(
    apart: NDArray[np.float64], share: float, flat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The inverse of diag(flat) + share * apart.T @ apart, where there are few rows (Woodbury)."""
    scaled = apart / flat
    inner = np.linalg.solve(np.eye(len(apart)) + share * (scaled @ apart.T), scaled)
    return np.asarray(np.diag(1.0 / flat) - share * (scaled.T @ inner))


def _conformal(sums: NDArray[np.float64]) -> float:
    """The smallest sum that at most `REFUSED` of rows like these exceed."""
    place = min(int(np.ceil((1 - REFUSED) * (len(sums) + 1))), len(sums)) - 1
    return float(np.sort(sums)[place])
