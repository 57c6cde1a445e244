"""Sums, centres and silhouettes of labelled unit vectors, in time linear in the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.blocks import slices

BLOCK_ROWS = 4096

Array = NDArray[np.float32]
Double = NDArray[np.float64]
Labels = NDArray[np.int32]


def by_size(labels: NDArray[np.integer]) -> Labels:
    """Rename labels so that 0 is the largest cluster; ties go to the one that comes first.

    Parameters
    ----------
    labels : (n,) integers; negative ones (noise) all become -1

    Returns
    -------
    (n,) int32: 0..n_clusters-1 by falling size
    """
    labels = np.asarray(labels)
    out = np.full(len(labels), -1, dtype=np.int32)
    inside = labels >= 0
    if inside.any():
        _, first, inverse, counts = np.unique(
            labels[inside], return_index=True, return_inverse=True, return_counts=True
        )
        rank = np.empty(len(counts), dtype=np.int32)
        rank[np.lexsort((first, -counts))] = np.arange(len(counts), dtype=np.int32)
        out[inside] = rank[inverse.ravel()]
    return out


def sums(vectors: Array, labels: Labels, n_clusters: int) -> Double:
    """Sum of the vectors of each cluster, (n_clusters, n_dims) float64; noise is left out.

    The blocks are fixed and added in order, so the bits do not depend on the threads.
    """
    out = np.zeros((n_clusters, vectors.shape[1]))
    for part in slices(len(vectors), BLOCK_ROWS):
        label = labels[part]
        inside = np.nonzero(label >= 0)[0]
        order = inside[np.argsort(label[inside], kind="stable")]
        if len(order):
            present, starts = np.unique(label[order], return_index=True)
            rows = vectors[part][order].astype(np.float64)
            out[present] += np.add.reduceat(rows, starts, axis=0)
    return out


def unit(vectors: NDArray[np.floating]) -> Array:
    """Rows scaled to length one, float32; zero rows stay zero."""
    wide = np.asarray(vectors, dtype=np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    lengths[lengths == 0] = 1.0
    return np.asarray(wide / lengths[:, None], dtype=np.float32)


def centres(vectors: Array, labels: Labels, n_clusters: int) -> Array:
    """Unit vectors along the mean of each cluster, (n_clusters, n_dims) float32."""
    return unit(sums(vectors, labels, n_clusters))


def nearest_centre(vectors: Array, centre: Array) -> tuple[Labels, Array]:
    """The centre with the largest cosine for each row, ties to the smaller label.

    Returns
    -------
    labels : (n,) int32
    cosines : (n,) float32
    """
    labels = np.empty(len(vectors), dtype=np.int32)
    cosines = np.empty(len(vectors), dtype=np.float32)
    for part in slices(len(vectors), BLOCK_ROWS):
        all_cosines = np.asarray(vectors[part]) @ centre.T
        labels[part] = all_cosines.argmax(axis=1)
        cosines[part] = np.take_along_axis(all_cosines, labels[part][:, None], axis=1)[:, 0]
    return labels, cosines


def silhouettes(vectors: Array, labels: Labels) -> tuple[Double, Labels]:
    """Exact cosine silhouette of every row in O(n * n_clusters * n_dims), no sample taken.

    The cosine distance is linear in each vector, so the mean distance of a row to a cluster is
    one minus its product with the cluster's mean: no pair of rows is ever visited.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    labels : (n,) int32, -1 for noise

    Returns
    -------
    values : (n,) float64 in [-1, 1]; 0 in clusters of one row, nan for noise or a single cluster
    rivals : (n,) int32, the nearest other cluster, -1 where there is none

    References
    ----------
    Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and validation of
    cluster analysis. Journal of Computational and Applied Mathematics 20.
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    values = np.full(len(labels), np.nan)
    rivals = np.full(len(labels), -1, dtype=np.int32)
    if n_clusters < 2:
        return values, rivals
    totals = sums(vectors, labels, n_clusters)
    sizes = np.bincount(labels[labels >= 0], minlength=n_clusters).astype(np.float64)
    for part in slices(len(vectors), BLOCK_ROWS):
        rows = np.nonzero(labels[part] >= 0)[0]
        block = np.asarray(vectors[part][rows], dtype=np.float64)
        label = labels[part][rows]
        each = np.arange(len(rows))
        products = block @ totals.T
        own = products[each, label] - np.einsum("ij,ij->i", block, block)
        inner = 1.0 - own / np.maximum(sizes[label] - 1, 1)
        outer = 1.0 - products / sizes
        outer[each, label] = np.inf
        rivals[part.start + rows] = outer.argmin(axis=1)
        nearest = outer.min(axis=1)
        larger = np.maximum(np.maximum(inner, nearest), 1e-12)
        values[part.start + rows] = np.where(sizes[label] > 1, (nearest - inner) / larger, 0.0)
    return values, rivals
