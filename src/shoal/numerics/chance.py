"""How apart the clusters of a table are whose columns have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import silhouettes, unit
from shoal.numerics.lloyd import careful_start, lloyd
from shoal.numerics.samples import priorities, row_keys

SAMPLE_ROWS = 2000
SAMPLE_DRAW = 1 << 24
"""A draw of rows that nothing else takes."""
STEPS = 20
"""Of k-means."""


def silhouette_by_chance(
    vectors: FloatArray, blocks: Sequence[tuple[int, int]], n_clusters: int, seed: int
) -> float | None:
    """The highest mean silhouette of a cluster when each column is shuffled by itself.

    Any rows can be cut into clusters that look apart, above all rows of few dimensions. Shuffling
    keeps what each column holds and breaks what the columns say together, so real clusters are
    further apart than the best of these.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    blocks : the first dimension of each column and the one after its last
    n_clusters : how many clusters the rows were put into
    seed : of the shuffles

    Returns
    -------
    In [-1, 1]; None for a single column or cluster, or hardly more rows than clusters

    References
    ----------
    Breiman (2001), Random forests, Machine Learning 45, on unsupervised learning: columns drawn
    by themselves as data without structure.
    """
    if len(blocks) < 2 or not 2 <= n_clusters <= min(len(vectors), SAMPLE_ROWS) // 2:
        return None
    keys = row_keys(vectors)
    rows = np.argsort(priorities(keys, seed, SAMPLE_DRAW), kind="stable")[:SAMPLE_ROWS]
    rng = np.random.default_rng(seed)
    shuffled = np.array(vectors[rows], dtype=np.float32)
    for first, end in blocks:
        shuffled[:, first:end] = shuffled[rng.permutation(len(rows)), first:end]
    shuffled = unit(shuffled)
    labels, _, _ = lloyd(shuffled, careful_start(shuffled, n_clusters, rng), STEPS)
    kept, place = np.unique(labels, return_inverse=True)
    values, _ = silhouettes(shuffled, place.astype(np.int32))
    means = [values[labels == label].mean() for label in kept]
    return float(max(means)) if len(means) > 1 else None
