"""Criteria for the number of clusters, over the labels of every tried k.

Each criterion is measured as it was published, on the same rows. None of them knows which
algorithm made the labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray, FloatArray
from shoal.numerics.partitions.agreement import adjusted_rand
from shoal.numerics.stats.dispersion import davies_bouldin as parts_of_davies_bouldin
from shoal.numerics.stats.dispersion import dispersion
from shoal.numerics.stats.knee import depth

Labels = NDArray[np.int32]
Divide = Callable[[FloatArray, Sequence[int], int], Sequence[Labels]]
"""Labels (n,) of vectors (n, n_dims) divided into each of several k, with a seed."""

nan = float("nan")
N_TRIALS = 4
"""Runs on parts of the rows that stability is measured on."""
PART = 0.6
"""Share of the rows in a part, as in the default clusterer."""
N_REFERENCES = 3
"""Data sets without clusters that the gap is measured against."""


def inertia(vectors: FloatArray, labels: Labels) -> float:
    """Sum of the squared Euclidean distances of the rows to the mean of their cluster."""
    return float(dispersion(vectors, labels)[2].sum())


def davies_bouldin(vectors: FloatArray, labels: Labels) -> float:
    """Davies-Bouldin index, 0 is best; nan where every row is a cluster."""
    if int(labels.max()) + 1 >= len(labels):
        return nan
    means, widths, _ = dispersion(vectors, labels)
    return float(parts_of_davies_bouldin(means, widths).mean())


def calinski_harabasz(n: int, ks: DoubleArray, total: float, within: DoubleArray) -> DoubleArray:
    """Variance between clusters over variance inside them, each by its degrees of freedom.

    Parameters
    ----------
    n : rows
    ks : (n_ks,) numbers of clusters
    total : inertia of all rows as one cluster
    within : (n_ks,) inertia

    Returns
    -------
    (n_ks,) float64; nan where nothing varies inside the clusters

    References
    ----------
    Calinski, Harabasz (1974), A dendrite method for cluster analysis. Communications in
    Statistics 3.
    """
    inside = within / (n - ks)
    return np.where(inside > 0, (total - within) / (ks - 1) / np.where(inside > 0, inside, 1), nan)


def elbow(ks: DoubleArray, within: DoubleArray) -> DoubleArray:
    """How far the inertia lies below the straight line through its ends, over log k.

    The axis is the logarithm because doubling k splits clusters in the same way wherever it
    starts; over k itself the bend hangs on how far the ladder of k goes.

    Returns
    -------
    (n_ks,) float64 in units of the whole fall; 0 where the curve is not below the line, so that
    its ends are no better than a k before the bend
    """
    return np.maximum(depth(np.log(ks), within), 0.0)


def stability(
    vectors: FloatArray, ks: Sequence[int], labels: Sequence[Labels], divide: Divide, seed: int
) -> DoubleArray:
    """Agreement (adjusted Rand index) with clusterings of parts of the rows, other seeds.

    Returns
    -------
    (n_trials, n_ks) float64; nan where a part has no more rows than clusters
    """
    n = len(vectors)
    size = round(PART * n)
    able = [place for place, k in enumerate(ks) if k < size]
    out = np.full((N_TRIALS, len(ks)), nan)
    for trial in range(N_TRIALS):
        rng = np.random.default_rng([seed, trial])
        rows = np.sort(rng.choice(n, size, replace=False))
        found = divide(vectors[rows], [ks[place] for place in able], seed + 1 + trial)
        for place, part in zip(able, found, strict=True):
            out[trial, place] = adjusted_rand(labels[place][rows], part)
    return out


def gap(
    vectors: FloatArray, ks: Sequence[int], within: DoubleArray, divide: Divide, seed: int
) -> tuple[DoubleArray, DoubleArray]:
    """How much lower the log of the inertia is than in data without clusters, and its error.

    The reference is uniform in the box along the principal components, as many rows.

    Parameters
    ----------
    vectors : (n, n_dims) float32
    ks : numbers of clusters from 2
    within : (1 + n_ks,) inertia of one cluster and of each k
    divide, seed : the clusterer

    Returns
    -------
    gap, standard error : (1 + n_ks,) float64 each, of one cluster and of each k

    References
    ----------
    Tibshirani, Walther, Hastie (2001), Estimating the number of clusters in a data set via the
    gap statistic. Journal of the Royal Statistical Society B 63.
    """
    mean = vectors.mean(axis=0, dtype=np.float64)
    moved = vectors - mean
    axes = np.linalg.svd(moved, full_matrices=False)[2]
    turned = moved @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    logs = []
    for number in range(N_REFERENCES):
        rng = np.random.default_rng([seed, number, 1])
        flat = np.asarray(rng.uniform(low, high, turned.shape) @ axes + mean, dtype=np.float32)
        found = [np.zeros(len(flat), dtype=np.int32), *divide(flat, ks, seed + number)]
        logs.append([_log(inertia(flat, labels)) for labels in found])
    reference = np.array(logs)
    error = reference.std(axis=0) * np.sqrt(1.0 + 1.0 / N_REFERENCES)
    return reference.mean(axis=0) - np.array([_log(w) for w in within]), error


def first_gap(gaps: DoubleArray, errors: DoubleArray) -> int | None:
    """The smallest k whose gap is not beaten by the next one's by more than its error."""
    enough = np.nonzero(gaps[:-1] >= gaps[1:] - errors[1:])[0]
    return int(enough[0]) if len(enough) else None


def _log(value: float) -> float:
    return float(np.log(max(value, np.finfo(np.float64).tiny)))
