"""Rows by time period: the unit, counts per cluster, and trends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray

UNITS = ("year", "quarter", "month", "week", "day", "hour")
NAMED = {"year": 4, "quarter": 7, "month": 7, "week": 10, "day": 10, "hour": 13}
"""Letters of an ISO date that tell the begin of a period of each unit."""
MIN_PERIODS = 8
MAX_PERIODS = 500
"""A finer unit that cuts the time into more, for a stray date, is not gone on to."""
SECONDS_PER_DAY = 86_400
MONDAY = 3
"""Days from a Monday to the first of January 1970."""


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """When each row is.

    Parameters
    ----------
    unit : one of `UNITS`
    begins : (n_periods,) datetime64[s], every period from the first to the last, also empty ones
    place : (n_rows,) int64, the period of each row, -1 where there is no date
    """

    unit: str
    begins: NDArray[np.datetime64]
    place: NDArray[np.int64]

    @property
    def names(self) -> list[str]:
        """The begin of each period: 2026, 2026-01, 2026-01-31 or 2026-01-31 13."""
        return [str(begin)[: NAMED[self.unit]].replace("T", " ") for begin in self.begins]

    def totals(self) -> DoubleArray:
        """Rows of each period, (n_periods,)."""
        return self._counted(self.place)

    def counts(self, labels: NDArray[np.int32], clusters: list[int]) -> DoubleArray:
        """Rows of each cluster in each period, (n_clusters, n_periods)."""
        # sorted once, so that many clusters cost no more than one
        order = np.argsort(labels, kind="stable")
        lows = np.searchsorted(labels[order], clusters, side="left")
        highs = np.searchsorted(labels[order], clusters, side="right")
        out = np.zeros((len(clusters), len(self.begins)))
        for row, (low, high) in enumerate(zip(lows, highs, strict=True)):
            out[row] = self._counted(self.place[order[low:high]])
        return out

    def _counted(self, place: NDArray[np.int64]) -> DoubleArray:
        found = np.bincount(place[place >= 0], minlength=len(self.begins))
        return np.asarray(found, dtype=np.float64)


def periods(days: DoubleArray) -> Periods | None:
    """The longest unit of time of which there are enough, and the period of each row.

    Parameters
    ----------
    days : (n_rows,) since 1970, with nan where there is none

    Returns
    -------
    None if no row has a date
    """
    known = np.isfinite(days)
    if not known.any():
        return None
    seconds = np.rint(days[known] * SECONDS_PER_DAY).astype(np.int64)
    when = seconds.astype("datetime64[s]")
    unit, steps = UNITS[0], _steps(when, UNITS[0])
    for finer in UNITS[1:]:
        if len(np.unique(steps)) >= MIN_PERIODS:
            break
        found = _steps(when, finer)
        if int(found.max()) - int(found.min()) >= MAX_PERIODS:
            break
        unit, steps = finer, found
    first = int(steps.min())
    place = np.full(len(days), -1, dtype=np.int64)
    place[known] = steps - first
    every = np.arange(first, int(steps.max()) + 1)
    return Periods(unit, _begins(every, unit), place)


def _steps(when: NDArray[np.datetime64], unit: str) -> NDArray[np.int64]:
    """The number of the period of each moment, counted without gaps."""
    match unit:
        case "year":
            found = when.astype("datetime64[Y]").astype(np.int64)
        case "quarter":
            found = when.astype("datetime64[M]").astype(np.int64) // 3
        case "month":
            found = when.astype("datetime64[M]").astype(np.int64)
        case "week":
            found = (when.astype("datetime64[D]").astype(np.int64) + MONDAY) // 7
        case "day":
            found = when.astype("datetime64[D]").astype(np.int64)
        case _:
            found = when.astype("datetime64[h]").astype(np.int64)
    return np.asarray(found, dtype=np.int64)


def _begins(steps: NDArray[np.int64], unit: str) -> NDArray[np.datetime64]:
    """The moment that each period begins with."""
    match unit:
        case "year":
            found = steps.astype("datetime64[Y]")
        case "quarter":
            found = (steps * 3).astype("datetime64[M]")
        case "month":
            found = steps.astype("datetime64[M]")
        case "week":
            found = (steps * 7 - MONDAY).astype("datetime64[D]")
        case "day":
            found = steps.astype("datetime64[D]")
        case _:
            found = steps.astype("datetime64[h]")
    made: NDArray[np.datetime64] = found.astype("datetime64[s]")
    return made


def trends(counts: DoubleArray, totals: DoubleArray) -> DoubleArray:
    """How the share of each cluster rises or falls, in standard errors of its own slope.

    The share is followed by least squares weighted by the rows of each period; the error is that
    of a share that does not change.

    Parameters
    ----------
    counts : (n_clusters, n_periods) rows of each cluster
    totals : (n_periods,) rows of all; at least one
    """
    at = np.arange(len(totals)) - np.average(np.arange(len(totals)), weights=totals)
    weight = max(float((totals * at**2).sum()), 1e-9)
    overall = counts.sum(axis=1) / totals.sum()
    slope = (counts - overall[:, None] * totals) @ at / weight
    error = np.sqrt(np.maximum(overall * (1 - overall), 1e-9) / weight)
    return np.asarray(slope / error)
