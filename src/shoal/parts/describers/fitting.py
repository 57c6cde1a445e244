"""Whether a title retrieves its own cluster."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.data import TitleFit
from shoal.numerics.clusters import centres
from shoal.parts.describers.base import Space

MAX_ROWS = 20_000
"""Rows that a title is looked up in; of more, evenly spaced ones."""
BLOCK_TITLES = 256


def title_fits(
    titles: Sequence[str], space: Space, labels: NDArray[np.int32]
) -> tuple[TitleFit, ...]:
    """Use each title as a query for the rows of its cluster.

    Parameters
    ----------
    titles : (n_clusters,)
    space : of the rows
    labels : (n,) int32, -1 for noise

    Returns
    -------
    (n_clusters,) how well each title does
    """
    if not titles:
        return ()
    n_clusters = len(titles)
    asked = space.embed(list(titles))
    cosines = np.asarray(asked @ centres(space.vectors, labels, n_clusters).T, dtype=np.float64)
    own = cosines.diagonal().copy()
    ranks = 1 + (cosines > own[:, None]).sum(axis=1)
    np.fill_diagonal(cosines, -np.inf)
    rivals = cosines.argmax(axis=1)
    rows = np.unique(np.linspace(0, len(labels) - 1, min(len(labels), MAX_ROWS)).astype(np.int64))
    found = _found(asked, np.asarray(space.vectors[rows]), labels[rows])
    alone = n_clusters == 1
    return tuple(
        TitleFit(
            rank=int(ranks[c]),
            found=None if np.isnan(found[c]) else float(found[c]),
            rival=None if alone else int(rivals[c]),
            ahead=None if alone else float(own[c] - cosines[c, rivals[c]]),
        )
        for c in range(n_clusters)
    )


def _found(
    asked: NDArray[np.float32], vectors: NDArray[np.float32], labels: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Of as many rows as a cluster has, the nearest to its title: the share that is its own."""
    sizes = np.bincount(labels[labels >= 0], minlength=len(asked))
    out = np.full(len(asked), np.nan)
    for start in range(0, len(asked), BLOCK_TITLES):
        near = vectors @ asked[start : start + BLOCK_TITLES].T
        for place in range(near.shape[1]):
            cluster = start + place
            if size := int(sizes[cluster]):
                nearest = np.argpartition(-near[:, place], size - 1)[:size]
                out[cluster] = (labels[nearest] == cluster).mean()
    return out
