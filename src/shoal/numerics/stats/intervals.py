"""Confidence intervals of means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit


def mean_interval(
    values: Sequence[float] | NDArray[np.float64], least: float, most: float
) -> tuple[float, float | None, float | None]:
    """Mean of measurements and its 95 % interval by Student's t.

    Parameters
    ----------
    values : measurements of the same thing on different samples, at least one
    least, most : no value can lie beyond; the interval is cut there

    Returns
    -------
    mean, low, high; the latter two are None for a single measurement
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    reach = float(stdtrit(len(values) - 1, 0.975)) * error
    return mean, max(mean - reach, least), min(mean + reach, most)
