"""How far from everything a row is, and which rows have no home."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NTH = 5
"""The neighbor whose distance tells how lonely a row is."""
FAR = 4.0
"""Robust standard deviations above the median that count as far."""

Array = NDArray[np.float32]


def reach(distances: Array) -> Array:
    """Distance of each row to its fifth neighbor, or the last where there are fewer.

    Parameters
    ----------
    distances : (n, k) ascending

    Returns
    -------
    (n,) float32; zeros when there are no neighbors
    """
    if distances.shape[1] == 0:
        return np.zeros(len(distances), dtype=np.float32)
    return np.asarray(distances[:, min(NTH, distances.shape[1]) - 1], dtype=np.float32)


def far_limit(reaches: Array) -> float:
    """Reach above which a row is far from everything: the median and four robust deviations.

    The deviation is 1.4826 times the median distance from the median, which for a normal
    distribution is the standard deviation.
    """
    middle = float(np.median(reaches))
    return middle + FAR * 1.4826 * float(np.median(np.abs(reaches - middle))) + 1e-6


def homeless(far: NDArray[np.bool_], share: Array) -> NDArray[np.bool_]:
    """Rows with no home: far from everything, and most of their neighbors belong elsewhere."""
    return far & (share < 0.5)


def outlier_scores(reaches: Array, usual: float) -> Array:
    """How many times farther than usual a row's fifth neighbor is, (n,) float32."""
    return np.asarray(reaches / np.float32(max(usual, 1e-6)), dtype=np.float32)
