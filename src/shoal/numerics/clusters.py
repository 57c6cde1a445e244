"""Sums, centres and silhouettes of labelled unit vectors, in time linear in the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.numerics.arrays import AnyArray, DoubleArray, FloatArray
from shoal.numerics.blocks import BLOCK_ROWS, available_threads, ordered_map, slices

BLOCK_CELLS = 1 << 22
"""Most products of rows and clusters held at once by a thread."""

NOISE_16 = 65535
"""What -1 becomes in 16 bits."""

Labels = NDArray[np.int32]


def by_size(labels: NDArray[np.integer], copies: NDArray[np.integer] | None = None) -> Labels:
    """Rename labels so that 0 is the largest cluster; ties go to the one that comes first.

    Parameters
    ----------
    labels : (n,) integers; negative ones (noise) all become -1
    copies : (n,) how often each counts; once if not given

    Returns
    -------
    (n,) int32: 0..n_clusters-1 by falling size
    """
    labels = np.asarray(labels)
    out = np.full(len(labels), -1, dtype=np.int32)
    inside = labels >= 0
    if inside.any():
        label = labels[inside]
        if label.max() > 8 * len(label):
            label = np.unique(label, return_inverse=True)[1].ravel()
        sizes = np.bincount(label, None if copies is None else copies[inside])
        first = np.full(len(sizes), len(label))
        first[label[::-1]] = np.arange(len(label))[::-1]
        # unused labels come last, so that they leave no gap
        rank = np.empty(len(sizes), dtype=np.int32)
        rank[np.lexsort((first, -sizes, first == len(label)))] = np.arange(len(sizes))
        out[inside] = rank[label]
    return out


def renamed(
    labels: NDArray[np.integer], copies: NDArray[np.integer] | None = None
) -> tuple[Labels, NDArray[np.intp]]:
    """Labels `by_size`, and the old label of each new one.

    Returns
    -------
    labels : (n,) int32 without gaps
    old : (n_clusters,) so that ``anything_per_old_cluster[old]`` is per new cluster
    """
    new = by_size(labels, copies)
    old = np.zeros(int(new.max(initial=-1)) + 1, dtype=np.intp)
    old[new[new >= 0]] = np.asarray(labels)[new >= 0]
    return new, old


def members(labels: Labels, n_clusters: int) -> list[NDArray[np.intp]]:
    """Rows of each cluster, ascending, found for all clusters in one sort."""
    # whole numbers of 16 bits are sorted by digits, ten times as fast; noise comes last then
    key = labels.astype(np.uint16) if n_clusters < NOISE_16 else labels
    order = np.argsort(key, kind="stable")
    borders = np.searchsorted(key[order], np.arange(n_clusters + 1).astype(key.dtype))
    return [order[borders[c] : borders[c + 1]] for c in range(n_clusters)]


def sums(vectors: FloatArray, labels: Labels, n_clusters: int) -> DoubleArray:
    """Sum of the vectors of each cluster, (n_clusters, n_dims) float64; noise is left out.

    The blocks are fixed and added in order, so the bits do not depend on the threads.
    """
    out = np.zeros((n_clusters, vectors.shape[1]))

    def block(part: slice) -> tuple[Labels, DoubleArray]:
        inside = np.nonzero(labels[part] >= 0)[0]
        present, place = np.unique(labels[part][inside], return_inverse=True)
        member = sparse.csr_matrix(
            (np.ones(len(inside)), (place.ravel(), inside)),
            shape=(len(present), len(labels[part])),
        )
        return present, np.asarray(member @ np.asarray(vectors[part], dtype=np.float64))

    parts = slices(len(vectors), BLOCK_ROWS)
    # by threads of this process: other machines would be sent the vectors for little work
    for present, total in ordered_map(block, parts, available_threads()):
        out[present] += total
    return out


def quick_sums(vectors: FloatArray, labels: Labels) -> FloatArray:
    """Sum of the vectors of each cluster in single precision, which is enough to compare centres.

    Parameters
    ----------
    vectors : (n, n_dims) float32, in memory
    labels : (n,) int32; noise is left out

    Returns
    -------
    (n_clusters, n_dims) float32
    """
    # a column for each row, empty for noise: written down without sorting, which cost more than
    # the sums themselves
    inside = labels >= 0
    starts = np.concatenate([[0], np.cumsum(inside, dtype=np.int32)]).astype(np.int32)
    ones = np.ones(int(starts[-1]), dtype=np.float32)
    shape = (int(labels.max(initial=-1)) + 1, len(labels))
    member = sparse.csc_matrix((ones, labels[inside].astype(np.int32), starts), shape=shape)
    return np.asarray(member @ vectors)


def unit(vectors: NDArray[np.floating]) -> FloatArray:
    """Rows scaled to length one, float32; zero rows stay zero."""
    out = np.empty(vectors.shape, dtype=np.float32)
    for part in slices(len(vectors), BLOCK_ROWS):  # double precision for a block only
        wide = np.asarray(vectors[part], dtype=np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))
        lengths[lengths == 0] = 1.0
        out[part] = wide / lengths[:, None]
    return out


def centres(vectors: FloatArray, labels: Labels, n_clusters: int) -> FloatArray:
    """Unit vectors along the mean of each cluster, (n_clusters, n_dims) float32."""
    return unit(sums(vectors, labels, n_clusters))


def nearest_centre(vectors: FloatArray, centre: FloatArray) -> tuple[Labels, FloatArray]:
    """The centre with the largest cosine for each row, ties to the smaller label.

    Returns
    -------
    labels : (n,) int32
    cosines : (n,) float32
    """
    labels = np.empty(len(vectors), dtype=np.int32)
    cosines = np.empty(len(vectors), dtype=np.float32)
    parts = slices(len(vectors), max(min(BLOCK_ROWS, BLOCK_CELLS // max(len(centre), 1)), 1))

    def block(part: slice) -> tuple[Labels, FloatArray]:
        products = np.asarray(vectors[part]) @ centre.T
        best = products.argmax(axis=1)
        return best.astype(np.int32), products[np.arange(len(best)), best]

    for part, (label, cosine) in zip(parts, ordered_map(block, parts), strict=True):
        labels[part], cosines[part] = label, cosine
    return labels, cosines


def around_centres(vectors: FloatArray, labels: NDArray[np.integer]) -> tuple[Labels, FloatArray]:
    """Labels and centres after one step of k-means, so that the centres decide.

    A new row and a row that was fitted then follow one rule: the nearest centre.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    labels : (n,) whole numbers from 0

    Returns
    -------
    labels : (n,) int32 by falling size; a cluster left empty is dropped
    centres : (n_clusters, n_dims) float32 unit vectors, the nearest of which is each label
    """
    named = by_size(labels)
    centre = centres(vectors, named, int(named.max()) + 1)
    found, old = renamed(nearest_centre(vectors, centre)[0])
    return found, centre[old]


def silhouettes(
    vectors: FloatArray, labels: Labels, *, single: bool = False
) -> tuple[DoubleArray, Labels]:
    """Exact cosine silhouette of every row in O(n * n_clusters * n_dims), no sample taken.

    The cosine distance is linear in each vector, so the mean distance of a row to a cluster is
    one minus its product with the cluster's mean: no pair of rows is ever visited.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    labels : (n,) int32, -1 for noise
    single : in single precision, which is enough to compare clusterings and twice as fast

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
    totals = quick_sums(vectors, labels) if single else sums(vectors, labels, n_clusters)
    sizes = np.bincount(labels[labels >= 0], minlength=n_clusters).astype(totals.dtype)
    parts = slices(len(vectors), _rows_at_once(n_clusters))

    def block(part: slice) -> tuple[Labels, DoubleArray, Labels]:
        rows = np.nonzero(labels[part] >= 0)[0].astype(np.int32)
        return rows, *silhouettes_by_sums(vectors[part][rows], labels[part][rows], totals, sizes)

    for part, (rows, value, rival) in zip(parts, ordered_map(block, parts), strict=True):
        values[part.start + rows], rivals[part.start + rows] = value, rival
    return values, rivals


def mean_silhouette(vectors: FloatArray, labels: Labels) -> float:
    """Mean cosine silhouette of the rows, in [-1, 1]; 0 counts where it is not defined.

    In single precision, which is enough to compare clusterings.
    """
    return float(np.nan_to_num(silhouettes(vectors, labels, single=True)[0]).mean())


def sampled_silhouette(vectors: FloatArray, labels: Labels, some: NDArray[np.intp]) -> float:
    """`mean_silhouette` of some rows.

    What they are compared with are the clusters of all rows.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    labels : (n,) int32, -1 for noise; at least two clusters
    some : (n_some,) the rows
    """
    if len(labels) == len(some):
        return mean_silhouette(vectors, labels)
    totals = quick_sums(vectors, labels)
    sizes = np.bincount(labels[labels >= 0], minlength=len(totals)).astype(totals.dtype)
    rows = some[labels[some] >= 0]
    values = silhouettes_by_sums(np.asarray(vectors[rows]), labels[rows], totals, sizes)[0]
    return float(values.sum() / len(some))


def _rows_at_once(n_clusters: int) -> int:
    return max(min(BLOCK_ROWS, BLOCK_CELLS // max(n_clusters, 1)), 1)


def silhouettes_by_sums(
    vectors: FloatArray, labels: Labels, totals: AnyArray, sizes: AnyArray
) -> tuple[AnyArray, Labels]:
    """Exact silhouettes of some rows, and their nearest other clusters.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    labels : (n,) int32, the cluster of each, none of them -1
    totals : (n_clusters, n_dims), sum of all the vectors of each cluster; the precision of all
    sizes : (n_clusters,), how many they are; a cluster of none is nobody's neighbor

    Returns
    -------
    values : (n,) float64 in [-1, 1]; 0 in clusters of one row
    rivals : (n,) int32
    """
    wide = np.asarray(vectors, dtype=totals.dtype)
    each = np.arange(len(labels))
    own_size = sizes[labels]
    # one division per cluster and not per row and cluster: this is done for every cut measured
    nearness = wide @ (totals / np.maximum(sizes, 1)[:, None]).T
    own = nearness[each, labels] * own_size - np.einsum("ij,ij->i", wide, wide)
    nearness[each, labels] = -np.inf
    if not sizes.all():
        nearness[:, sizes == 0] = -np.inf
    rivals = nearness.argmax(axis=1).astype(np.int32)
    # rounded lengths may make a distance a hair below zero, and then rows that nearly coincide
    # would have a silhouette of any size
    inner = np.maximum(1.0 - own / np.maximum(own_size - 1, 1), 0.0)
    nearest = np.maximum(1.0 - nearness[each, rivals], 0.0)
    larger = np.maximum(np.maximum(inner, nearest), 1e-12)
    return np.where(own_size > 1, (nearest - inner) / larger, 0.0), rivals
