"""k-means initialization and iterations, block by block, for rows that need not fit in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import STREAM_ROWS, ordered_map, slices

BLOCK_CELLS = 1 << 23
"""Most products of rows and centres held at once by a thread."""
TOLERANCE = 1e-4
"""Share of the inertia below which a step's gain ends the steps."""

Labels = NDArray[np.int32]


def lloyd(
    vectors: FloatArray, centres: FloatArray, max_iter: int
) -> tuple[Labels, FloatArray, float]:
    """k-means from given centres by Euclidean distance, until a step gains next to nothing.

    The blocks are fixed and their sums are added in order, so the bits do not depend on the
    threads. A centre that no row is nearest to stays where it is.

    Parameters
    ----------
    vectors : (n, n_dims) float32; may be a memory map
    centres : (n_clusters, n_dims) float32
    max_iter : most steps

    Returns
    -------
    labels : (n,) int32, the nearest of the centres before the last step
    centres : (n_clusters, n_dims) float32
    inertia : sum of the squared distances of the rows to them, at the labels

    References
    ----------
    Lloyd (1982), Least squares quantization in PCM. IEEE Transactions on Information Theory 28.
    """
    labels = np.empty(len(vectors), dtype=np.int32)
    size = max(min(STREAM_ROWS, BLOCK_CELLS // max(len(centres), 1)), 1)
    parts = slices(len(vectors), size)
    squares = sum(ordered_map(lambda part: _squares(np.asarray(vectors[part])), parts))
    before = np.inf
    for _ in range(max(max_iter, 1)):
        half = 0.5 * np.einsum("ij,ij->i", centres, centres)

        def block(
            part: slice, centres: FloatArray = centres, half: FloatArray = half
        ) -> tuple[Labels, NDArray[np.intp], FloatArray, float]:
            rows = np.asarray(vectors[part])
            nearness = rows @ centres.T
            nearness -= half
            label = nearness.argmax(axis=1)
            found = nearness[np.arange(len(label)), label].sum(dtype=np.float64)
            there, place = np.unique(label, return_inverse=True)
            member = sparse.csr_matrix(
                (np.ones(len(label), np.float32), (place.ravel(), np.arange(len(label)))),
                shape=(len(there), len(label)),
            )
            return label.astype(np.int32), there, np.asarray(member @ rows), float(found)

        totals = np.zeros(centres.shape)
        inertia = squares
        for part, (label, there, total, near) in zip(parts, ordered_map(block, parts), strict=True):
            labels[part] = label
            totals[there] += total
            inertia -= 2.0 * near
        sizes = np.bincount(labels, minlength=len(centres))
        moved = totals / np.maximum(sizes, 1)[:, None]
        centres = np.where(sizes[:, None] > 0, moved, centres).astype(np.float32)
        if before - inertia <= TOLERANCE * inertia:
            break
        before = inertia
    return labels, centres, inertia


def careful_start(vectors: FloatArray, n_clusters: int, rng: np.random.Generator) -> FloatArray:
    """Rows to start from that lie far apart: k-means++ with several candidates for each.

    At 10,000 rows, 384 dimensions and 100 clusters scikit-learn's takes four times as long on one
    thread, as it converts single precision block by block (docs/scale.md).

    Parameters
    ----------
    vectors : (n, n_dims) float32, in memory
    n_clusters : at most n
    rng : draws the rows

    Returns
    -------
    (n_clusters, n_dims) float32, some of the rows

    References
    ----------
    Arthur, Vassilvitskii (2007), k-means++: the advantages of careful seeding. SODA (the greedy
    variant of section 7).
    """
    n_tried = 2 + int(np.log(n_clusters))
    squares = np.einsum("ij,ij->i", vectors, vectors)

    def distances(tried: NDArray[np.integer]) -> FloatArray:
        products = vectors[tried] @ vectors.T
        products *= -2.0
        products += squares
        products += squares[tried, None]
        return np.asarray(np.maximum(products, 0.0, out=products), dtype=np.float32)

    chosen = [int(rng.integers(len(vectors)))]
    nearest = distances(np.array(chosen))[0]
    for _ in range(1, n_clusters):
        total = np.cumsum(nearest, dtype=np.float64)
        tried = np.searchsorted(total, rng.random(n_tried) * total[-1], side="right")
        tried = np.minimum(tried, len(vectors) - 1)
        left = np.minimum(distances(tried), nearest)
        best = int(left.sum(axis=1, dtype=np.float64).argmin())
        chosen.append(int(tried[best]))
        nearest = left[best]
    return np.asarray(vectors[chosen])


def _squares(rows: FloatArray) -> float:
    """Sum of the squared lengths of some rows."""
    return float(np.einsum("ij,ij->i", rows, rows).sum(dtype=np.float64))
