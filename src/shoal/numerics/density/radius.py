"""Exact DBSCAN groups, from the nearest neighbors.

A neighbor list that ends beyond the radius holds all rows within it. Only rows whose list ends
inside are compared with each other again, a block at a time; only which groups meet is kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import DISTANCE_ROWS, ordered_map, slices

BLOCK_COLUMNS = 8192

Pairs = NDArray[np.int64]


def dense_groups(
    vectors: FloatArray, rows: IntArray, distances: FloatArray, radius: float, min_samples: int
) -> IntArray:
    """Rows joined by dense neighborhoods.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    rows, distances : (n, k) the nearest others and their cosine distances, ascending,
        k >= min_samples - 1 unless there are fewer rows
    radius : cosine distance
    min_samples : rows within the radius that make a core, itself counted

    Returns
    -------
    (n,) int32 groups without gaps, -1 for rows that no core is near to
    """
    n, k = rows.shape
    within = distances <= radius
    core = within.sum(axis=1) + 1 >= min_samples
    source = np.repeat(np.arange(n), k).reshape(n, k)
    joined = within & core[rows] & core[:, None]
    group = _components(n, np.stack([source[joined], rows[joined]], axis=1))
    full = np.nonzero(core & within.all(axis=1))[0] if k < n - 1 else np.empty(0, dtype=np.intp)
    if len(full):
        group = _components(int(group.max()) + 1, _meetings(vectors, full, group, radius))[group]
    # a row that is no core has a list that ends beyond the radius: its nearest core is in it
    near = within & core[rows]
    home = rows[np.arange(n), near.argmax(axis=1)] if k else np.zeros(n, dtype=np.int32)
    border = ~core & near.any(axis=1)
    out = np.where(core, group, -1)
    out[border] = group[home[border]]
    return out.astype(np.int32)


def _components(n: int, pairs: NDArray[np.integer]) -> IntArray:
    graph = sparse.csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    found: IntArray = connected_components(graph, directed=False)[1]
    return found


def _meetings(
    vectors: FloatArray, wanted: NDArray[np.intp], group: IntArray, radius: float
) -> Pairs:
    """Pairs of groups with rows among the wanted that are within the radius, (n_pairs, 2)."""
    chosen, own = np.ascontiguousarray(vectors[wanted]), group[wanted].astype(np.int64)
    width = int(group.max()) + 1

    def block(part: slice) -> Pairs:
        codes = []
        for other in slices(part.stop, BLOCK_COLUMNS):
            near = 1.0 - chosen[part] @ chosen[other].T <= radius
            near &= own[part][:, None] != own[other]
            one, two = np.nonzero(near)
            codes.append(np.unique(own[part][one] * width + own[other][two]))
        return np.unique(np.concatenate(codes))

    met = np.concatenate(list(ordered_map(block, slices(len(wanted), DISTANCE_ROWS))))
    return np.stack([met // width, met % width], axis=1)
