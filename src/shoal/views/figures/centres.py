"""Where clusters lie on the map of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float64]


def on_square(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points of a map, (n_rows, 2) float32 with the longer side from -1 to 1; nan if none."""
    xy = np.column_stack([x, y]).astype(np.float32)
    placed = np.isfinite(xy).all(axis=1)
    if placed.any():
        low, high = xy[placed].min(axis=0), xy[placed].max(axis=0)
        half = max(float((high - low).max()) / 2, 1e-9)
        xy = (xy - (low + high) / 2) / half
    return np.asarray(xy, dtype=np.float32)


def centres(
    points: NDArray[np.float32], labels: NDArray[np.int32], clusters: Sequence[int]
) -> Places:
    """The median of the rows of each cluster.

    Parameters
    ----------
    points : (n_rows, 2) float32, nan where a row is not on the map
    labels : (n_rows,) int32
    clusters : which

    Returns
    -------
    (n_clusters, 2) float64, nan for a cluster that is nowhere
    """
    placed = np.nonzero(np.isfinite(points[:, 0]) & (labels >= 0))[0]
    order = placed[np.argsort(labels[placed], kind="stable")]
    borders = np.searchsorted(labels[order], [*clusters, *[c + 1 for c in clusters]])
    out = np.full((len(clusters), 2), np.nan)
    for i in range(len(clusters)):
        rows = order[borders[i] : borders[len(clusters) + i]]
        if len(rows):
            out[i] = np.median(points[rows], axis=0)
    return out
