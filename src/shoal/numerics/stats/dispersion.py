"""How wide clusters are and how far apart, by Euclidean distance to their means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray, FloatArray
from shoal.numerics.blocks import BLOCK_ROWS, ordered_map, slices
from shoal.numerics.clusters import sums

BLOCK_CLUSTERS = 1024

Labels = NDArray[np.int32]


def dispersion(vectors: FloatArray, labels: Labels) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
    """Means of the clusters and how far their rows are from them.

    Parameters
    ----------
    vectors : (n, n_dims) float32
    labels : (n,) int32, -1 for noise, which is left out

    Returns
    -------
    means : (n_clusters, n_dims) float64, nan for a cluster without rows
    widths : (n_clusters,) float64, mean distance of the rows to the mean, nan likewise
    squares : (n_clusters,) float64, sum of the squared distances, 0 likewise
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], minlength=n_clusters).astype(np.float64)
    with np.errstate(invalid="ignore"):  # a cluster without rows has no mean
        means = sums(vectors, labels, n_clusters) / sizes[:, None]
    parts = slices(len(vectors), BLOCK_ROWS)

    def block(part: slice) -> tuple[Labels, DoubleArray]:
        rows = np.nonzero(labels[part] >= 0)[0]
        label = labels[part][rows]
        apart = np.asarray(vectors[part][rows], dtype=np.float64) - means[label]
        return label, np.einsum("ij,ij->i", apart, apart)

    widths, squares = np.zeros(n_clusters), np.zeros(n_clusters)
    for label, found in ordered_map(block, parts):
        widths += np.bincount(label, weights=np.sqrt(found), minlength=n_clusters)
        squares += np.bincount(label, weights=found, minlength=n_clusters)
    with np.errstate(invalid="ignore"):
        return means, widths / sizes, squares


def davies_bouldin(means: DoubleArray, widths: DoubleArray) -> DoubleArray:
    """The part of each cluster in the Davies-Bouldin index, which is the mean of the parts.

    Parameters
    ----------
    means : (n_clusters, n_dims) float64
    widths : (n_clusters,) float64, mean distances to the mean

    Returns
    -------
    (n_clusters,) float64: the widths of a cluster and of another over the distance of their
    means, for the other with which that is largest; 0 is best, nan for a cluster without rows.
    Clusters with the same mean are not compared, as in scikit-learn.

    References
    ----------
    Davies, Bouldin (1979), A cluster separation measure. IEEE Transactions on Pattern Analysis
    and Machine Intelligence 1.
    """
    out = np.full(len(means), np.nan)
    there = np.nonzero(np.isfinite(widths))[0]
    means, widths = means[there], widths[there]
    squares = np.einsum("ij,ij->i", means, means)
    for part in slices(len(means), BLOCK_CLUSTERS):
        apart = squares[part, None] + squares - 2.0 * (means[part] @ means.T)
        # what rounding leaves of a distance of nothing is no distance
        apart = np.where(apart > 1e-12, apart, np.inf)
        ratios = (widths[part, None] + widths) / np.sqrt(apart)
        ratios[np.arange(len(ratios)), np.arange(len(ratios)) + part.start] = 0.0
        out[there[part]] = ratios.max(axis=1)
    return out


def calinski_harabasz(
    means: DoubleArray, squares: DoubleArray, sizes: NDArray[np.integer]
) -> float | None:
    """Variance between clusters over variance inside, each by its degrees of freedom.

    Parameters
    ----------
    means : (n_clusters, n_dims) float64
    squares : (n_clusters,) float64, sums of squared distances to the mean
    sizes : (n_clusters,) rows of each cluster

    Returns
    -------
    From 0 upward; 1 where no cluster has any width, as in scikit-learn; None unless there are
    two clusters and more rows than clusters

    References
    ----------
    Calinski, Harabasz (1974), A dendrite method for cluster analysis. Communications in
    Statistics 3.
    """
    there = sizes > 0
    means, sizes = means[there], sizes[there]
    n, k = int(sizes.sum()), len(sizes)
    if not 2 <= k < n:
        return None
    apart = means - sizes @ means / n
    between = float(sizes @ np.einsum("ij,ij->i", apart, apart))
    within = float(squares.sum())
    return 1.0 if within == 0.0 else between * (n - k) / (within * (k - 1))
