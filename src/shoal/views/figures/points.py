"""The map's points, packed small: base64 typed arrays and the texts shown on hover."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.artifacts.reading import Rows
from shoal.data.entries import Entry
from shoal.numerics.arrays import AnyArray, DoubleArray
from shoal.numerics.blocks import slices
from shoal.numerics.samples import evenly
from shoal.text.cleaning import shorten

MAX_POINTS = 100_000
MAX_TEXTS = 20_000
MAX_RINGS = 200
"""Anomalies that are marked on the map, the farthest first."""
TEXT_LENGTH = 160
BLOCK_POINTS = 1 << 16
_STEPS = 65_535
_NOISE = 65_535
_NO_STRENGTH = 255


@dataclass(frozen=True)
class Map:
    """The map of a run: what goes into the page, and what must be said about it."""

    n_placed: int
    n_points: int
    n_texts: int
    peaks: DoubleArray
    payload: Entry
    texts: list[str]
    rows: NDArray[np.intp]

    @property
    def n_odd(self) -> int:
        """Rows with a ring."""
        return len(self.payload["odd"])


@dataclass(frozen=True)
class MapPlaces:
    """Where the rows of a run lie on its map.

    Parameters
    ----------
    rows : (n,) rows that have a place
    position : (n,) int32, each one's cluster, as its place in the order of the page; -1 for noise
    x, y : (n,) in 0..1, from the left and from the top
    aspect : width by height
    peaks : (n_clusters, 2) where each cluster is densest; NaN if it is nowhere
    """

    rows: NDArray[np.intp]
    position: NDArray[np.int32]
    x: DoubleArray
    y: DoubleArray
    aspect: float
    peaks: DoubleArray


def place(rows: Rows, cluster_ids: list[int]) -> MapPlaces:
    """Find the places of the rows on a map of width and height 1.

    Parameters
    ----------
    rows : the rows of the run
    cluster_ids : the clusters in the order of the page
    """
    placed = np.flatnonzero(np.isfinite(rows.x))
    position = _positions(rows.cluster[placed], cluster_ids)
    x, x_span = _unit(rows.x[placed].astype(np.float64))
    y, y_span = _unit(rows.y[placed].astype(np.float64))
    # Screens count downwards, the map's second axis upwards.
    y = 1.0 - y
    peaks = [_peak(x[position == k], y[position == k]) for k in range(len(cluster_ids))]
    aspect = round(min(max(x_span / y_span, 0.2), 5.0), 4)
    return MapPlaces(placed, position, x, y, aspect, np.array(peaks).reshape(-1, 2))


def pack(rows: Rows, cluster_ids: list[int], odd: Sequence[int] = ()) -> Map:
    """Pack the rows that have a place on the map.

    Parameters
    ----------
    rows : the rows of the run
    cluster_ids : the clusters in the order of the page
    odd : rows that stand out, the farthest first; they are always shown, with a ring

    Returns
    -------
    The map. Beyond MAX_POINTS rows, or MAX_TEXTS texts, every so many-th is taken.
    """
    places = place(rows, cluster_ids)
    placed, position, x, y = places.rows, places.position, places.x, places.y
    rings = np.flatnonzero(np.isin(placed, np.array(odd[:MAX_RINGS], dtype=np.int64)))
    kept = np.union1d(evenly(len(placed), MAX_POINTS), rings)
    # Noise is drawn first, below the clusters; sorting is stable, so rows keep their order.
    kept = kept[np.argsort(position[kept] >= 0, kind="stable")]
    with_text = evenly(len(kept), MAX_TEXTS)
    info = placed[kept[with_text]]
    strength = rows.strength[placed[kept]].astype(np.float64)
    coded = np.where(np.isfinite(strength), np.clip(strength, 0, 1) * 200, _NO_STRENGTH)
    group = np.where(position[kept] >= 0, position[kept], _NOISE)
    payload = {
        "n": len(kept),
        "aspect": places.aspect,
        "x": _base64(np.rint(x[kept] * _STEPS), "<u2"),
        "y": _base64(np.rint(y[kept] * _STEPS), "<u2"),
        "cluster": _base64(group, "<u2"),
        "strength": _base64(np.rint(coded), "u1"),
        "n_texts": len(info),
        "odd": np.flatnonzero(np.isin(kept, rings)).tolist(),
    }
    texts = [shorten(rows.text(int(row)), TEXT_LENGTH) for row in info]
    return Map(len(placed), len(kept), len(info), places.peaks, payload, texts, placed[kept])


def _positions(clusters: NDArray[np.int32], cluster_ids: list[int]) -> NDArray[np.int32]:
    """Each row's place in `cluster_ids`; -1 for noise and for clusters nothing is known of."""
    out = np.full(len(clusters), -1, dtype=np.int32)
    ids = np.array(cluster_ids)
    order = np.argsort(ids, kind="stable")
    for part in slices(len(clusters) if cluster_ids else 0, BLOCK_POINTS):
        some = clusters[part]
        place = order[np.clip(np.searchsorted(ids[order], some), 0, len(ids) - 1)]
        out[part] = np.where((ids[place] == some) & (some >= 0), place, -1)
    return out


def _unit(values: DoubleArray) -> tuple[DoubleArray, float]:
    """Scale to 0..1 and return the span; points that all lie in one place lie in the middle."""
    if not len(values):
        return values, 1.0
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.full(len(values), 0.5), 1.0
    return (values - low) / (high - low), high - low


def _peak(x: DoubleArray, y: DoubleArray) -> tuple[float, float]:
    """Where a cluster is densest: a mean may fall between its parts, on other clusters."""
    if not len(x):
        return (np.nan, np.nan)
    bins = int(np.clip(np.sqrt(len(x)) / 1.5, 3, 40))
    column, row = _bin(x, bins), _bin(y, bins)
    counts = np.zeros((bins + 2, bins + 2))
    np.add.at(counts, (column + 1, row + 1), 1.0)
    blocks = sum(counts[i : i + bins, j : j + bins] for i in range(3) for j in range(3))
    best = np.unravel_index(int(np.argmax(blocks)), (bins, bins))
    inside = (abs(column - best[0]) <= 1) & (abs(row - best[1]) <= 1)
    return (float(x[inside].mean()), float(y[inside].mean()))


def _bin(values: DoubleArray, bins: int) -> NDArray[np.int64]:
    unit, _ = _unit(values)
    return np.minimum((unit * bins).astype(np.int64), bins - 1)


def _base64(values: AnyArray, kind: str) -> str:
    return base64.b64encode(values.astype(kind).tobytes()).decode("ascii")
