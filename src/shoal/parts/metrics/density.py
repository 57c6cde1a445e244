"""Density-based validity of a clustering: exact up to a size, beyond it on stated samples.

The index falls as rows are added, because the nearest rows of two clusters get nearer while the
clusters stay as dense as they were. So a sample does not tell the index of all rows, and two
runs are compared by it only where it was measured on equally many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.density.dbcv import density_validity
from shoal.numerics.stats.intervals import mean_interval

EXACT_ROWS = 20_000
"""Up to so many rows all of them are looked at."""
SAMPLE_ROWS = 10_000
N_SAMPLES = 4
MIN_ROWS = 10
"""Rows a cluster must have on average in a sample for the index to mean anything."""
SEED = 0
"""Of the samples: the same for every run, so that runs of the same rows see the same ones."""


@dataclass(frozen=True, slots=True)
class Validity:
    """Density-based validity of a clustering.

    Parameters
    ----------
    value : in [-1, 1], None where it is not defined
    low, high : 95 % interval over the samples, None where all rows were looked at
    n_items : rows of each sample, None where all rows were looked at
    clusters : (n_clusters,) float64 in [-1, 1], nan where not defined
    """

    value: float | None
    low: float | None
    high: float | None
    n_items: int | None
    clusters: NDArray[np.float64]


def validity(vectors: NDArray[np.float32], labels: NDArray[np.int32]) -> Validity:
    """Density-based validity, overall and of each cluster.

    Parameters
    ----------
    vectors : (n, n_dims) float32
    labels : (n,) int32, -1 for noise, which counts as rows of no validity

    Returns
    -------
    Validity; of several samples the mean
    """
    n, n_clusters = len(labels), int(labels.max(initial=-1)) + 1
    nothing = Validity(None, None, None, None, np.full(n_clusters, np.nan))
    if n <= EXACT_ROWS:
        value, clusters = _measured(vectors, labels, n_clusters)
        return nothing if value is None else Validity(value, None, None, None, clusters)
    if n_clusters * MIN_ROWS > SAMPLE_ROWS:
        return nothing
    rng = np.random.default_rng(SEED)
    values, found = [], []
    for _ in range(N_SAMPLES):
        rows = np.sort(rng.choice(n, SAMPLE_ROWS, replace=False))
        value, clusters = _measured(vectors[rows], labels[rows], n_clusters)
        if value is not None:
            values.append(value)
            found.append(clusters)
    if not values:
        return nothing
    info = np.isfinite(found)
    total = np.where(info, found, 0.0).sum(axis=0)
    times = info.sum(axis=0)
    clusters = np.where(times > 0, total / np.maximum(times, 1), np.nan)
    return Validity(*mean_interval(values, -1.0, 1.0), SAMPLE_ROWS, clusters)


def _measured(
    vectors: NDArray[np.float32], labels: NDArray[np.int32], n_clusters: int
) -> tuple[float | None, NDArray[np.float64]]:
    """The index of some rows and of each cluster, weighed by the rows each cluster has."""
    found = density_validity(vectors, labels).validity
    clusters = np.full(n_clusters, np.nan)  # the last clusters may have no row in a sample
    clusters[: len(found)] = found
    if not np.isfinite(clusters).any():
        return None, clusters
    sizes = np.bincount(labels[labels >= 0], minlength=n_clusters)
    return float(np.nansum(sizes * clusters) / len(labels)), clusters
