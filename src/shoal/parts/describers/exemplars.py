"""Choosing example rows: typical ones, and ones on the border."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

POOL = 40
"""Rows nearest to the centre among which different ones are looked for."""


def typical(vectors: NDArray[np.float32], centre: NDArray[np.float32], n: int) -> NDArray[np.intp]:
    """Rows near the centre that differ from each other (maximal marginal relevance).

    Parameters
    ----------
    vectors : (n_members, n_dims) float32 unit vectors of one cluster
    centre : (n_dims,) float32 unit vector
    n : how many

    Returns
    -------
    Positions in `vectors`, at most n, the nearest to the centre first

    References
    ----------
    Carbonell, Goldstein (1998), The use of MMR, diversity-based reranking for reordering
    documents and producing summaries.
    """
    cosines = vectors @ centre
    pool = np.argsort(-cosines, kind="stable")[:POOL]
    alike = vectors[pool] @ vectors[pool].T
    picked = [0]
    while len(picked) < min(n, len(pool)):
        gain = 0.7 * cosines[pool] - 0.3 * alike[:, picked].max(axis=1)
        gain[picked] = -np.inf
        picked.append(int(gain.argmax()))
    return pool[picked]


def diverse(vectors: NDArray[np.float32], n: int) -> NDArray[np.intp]:
    """Rows as unlike each other as possible: each is the farthest from all picked before it.

    Parameters
    ----------
    vectors : (n_members, n_dims) float32 unit vectors of one cluster, at least one
    n : how many

    Returns
    -------
    Positions in `vectors`, at most n, beginning with the row farthest from their mean

    References
    ----------
    Gonzalez (1985), Clustering to minimize the maximum intercluster distance. Theoretical
    Computer Science 38.
    """
    nearest = vectors @ vectors.mean(axis=0)
    picked = [int(nearest.argmin())]
    nearest = vectors @ vectors[picked[0]]
    while len(picked) < min(n, len(vectors)):
        nearest[picked] = np.inf
        picked.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[picked[-1]])
    return np.array(picked, dtype=np.intp)


def borderline(
    silhouettes: NDArray[np.float64], rows: NDArray[np.intp], n: int
) -> NDArray[np.intp]:
    """The rows of a cluster that fit least well, the worst first.

    Parameters
    ----------
    silhouettes : (n_all,) float64
    rows : members of one cluster
    n : how many

    Returns
    -------
    At most n of `rows`, those below the cluster's median silhouette
    """
    values = silhouettes[rows]
    if len(rows) < 3 or np.isnan(values).all():
        return rows[:0]
    order = np.argsort(values, kind="stable")[:n]
    return rows[order[values[order] < np.median(values)]]
