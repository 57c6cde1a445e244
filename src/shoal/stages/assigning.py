"""Assign new items to existing clusters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import NOISE, FloatArray, IntArray, Items, Neighbors
from shoal.numerics.blocks import STREAM_ROWS, slices
from shoal.numerics.clusters import nearest_centre
from shoal.numerics.duplicates.exact import KeyLookup
from shoal.numerics.graph import inside_share
from shoal.numerics.ivf.index import IVFIndex
from shoal.numerics.neighbors import nearest
from shoal.numerics.outliers import kth_distance, outlier_threshold, unassigned
from shoal.stages.detecting import Detector, Examined, farther_than_usual
from shoal.stages.vectors import transform_blocks

KEY_BYTES = 16
USUAL = 0.25
"""A row that this share of the run's rows, or more, are as odd as has its whole strength."""


def content_key(content: Any) -> bytes:
    """Hash a content into sixteen bytes; equal contents have equal keys."""
    if isinstance(content, tuple):  # a record, of numbers, texts and pictures
        plain = (str, float, type(None))
        content = repr([cell if isinstance(cell, plain) else bytes(cell) for cell in content])
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else bytes(content)
    return hashlib.blake2b(data, digest_size=KEY_BYTES).digest()


def content_keys(contents: Iterable[Any]) -> NDArray[np.uint8]:
    """Keys of contents, (n, 16) uint8; zeros for None."""
    keys = b"".join(bytes(KEY_BYTES) if c is None else content_key(c) for c in contents)
    return np.frombuffer(keys, dtype=np.uint8).reshape(-1, KEY_BYTES)


def distinct_keys(items: Items) -> NDArray[np.uint8]:
    """Keys of the distinct contents, (n_distinct, 16) uint8."""
    if items.keys is None:
        return content_keys(items.contents[row] for row in items.distinct)
    return items.keys[items.distinct]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that distinguish new items from known ones.

    Parameters
    ----------
    far : distance of the fifth neighbor above which an item is far from everything
    usual : the median of that distance
    beyond : distance above which an item is new whatever its neighbors are: twice as much above
        the usual one as the farthest item that was grouped
    n_neighbors : neighbors that are looked at
    coverage : "auto" or "100"
    """

    far: float
    usual: float
    beyond: float
    n_neighbors: int
    coverage: str

    @classmethod
    def of(cls, graph: Neighbors, coverage: str) -> Limits:
        """Limits from the neighbors of the items that were grouped."""
        kth_distances = kth_distance(graph.distances)
        farthest, usual = float(kth_distances.max(initial=0.0)), float(np.median(kth_distances))
        return cls(
            # in a small table the limit may exceed every row: farther than all of them is far
            far=min(outlier_threshold(kth_distances), farthest),
            usual=usual,
            beyond=2 * farthest - usual,
            n_neighbors=max(graph.k, 1),
            coverage=coverage,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """The outcome for new items.

    Parameters
    ----------
    labels : (n,) int32, NOISE where an item fits nowhere
    strengths : (n,) float32 in [0, 1]
    notes : (n,) None, or why an item has no cluster
    """

    labels: IntArray
    strengths: FloatArray
    notes: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Assigner:
    """Assigns items by the rules of one clustering.

    A content that was grouped keeps its label, exactly. Any other item goes to the nearest
    centre or, where the clusterer has no centres, to the cluster most of its neighbors are in.
    It fits nowhere if it is more unlike the rows of the run than 95 % of those of that cluster
    are, and not near to them. Without a detector it is new if it is far from everything and most
    of its neighbors are in other clusters, or if it is farther by much than any of them was.

    Parameters
    ----------
    keys : the keys of the contents that were grouped
    items : (n_keys,) the place of each among the grouped items, or of what stands for it
    labels, strengths : (n,) of the grouped items
    base : (n, n_dims) their reduced vectors
    centres : (n_clusters, n_dims), or None
    reducer : the fitted reducer
    limits : what tells new from known in runs without a detector
    detector : tells rows that fit nowhere; None in runs that are tiny or of an older shoal
    numbers : (n_centres,) cluster of each centre; None where they are numbered alike
    index : the cells in which neighbors are sought; all items are compared where None
    """

    keys: KeyLookup
    items: NDArray[np.int64]
    labels: IntArray
    strengths: FloatArray
    base: FloatArray
    centres: FloatArray | None
    reducer: Any
    limits: Limits
    numbers: IntArray | None = None
    index: IVFIndex | None = None
    detector: Detector | None = None

    def known(self, keys: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Index of each content among the known ones, -1 for new ones, (n,) int64.

        Parameters
        ----------
        keys : (n, 16) uint8, as `content_keys` gives them
        """
        found = self.keys.of(keys)
        return np.where(found < 0, -1, self.items[found])

    def predict_known(self, places: NDArray[np.int64]) -> Assignment:
        """Labels and strengths of known items."""
        labels = self.labels[places]
        note = "unassigned: far from all rows of the run"
        return Assignment(
            labels, self.strengths[places], tuple(note if c == NOISE else None for c in labels)
        )

    def assign(self, unit: FloatArray, contents: Sequence[Any] = ()) -> Assignment:
        """Assign new items.

        Parameters
        ----------
        unit : (n, n_dims) their normalized vectors
        contents : n, what they were made of; only texts are looked at
        """
        vectors = transform_blocks(self.reducer, unit)
        limits = None if self.detector is None else self.detector.novelty.limits(self.labels)
        parts = []
        for part in slices(len(unit), STREAM_ROWS):
            placed = self._place(np.asarray(vectors[part]))
            if self.detector is None or limits is None:
                parts.append(self._without_detector(placed))
            else:
                far = placed.kth_distances, placed.nearest
                seen = self.detector.examine(unit[part], *far, contents[part])
                parts.append(_refusing(placed, seen, limits))
        if not parts:
            return Assignment(np.empty(0, np.int32), np.empty(0, np.float32), ())
        return Assignment(
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.strengths for part in parts]),
            tuple(note for part in parts for note in part.notes),
        )

    def _place(self, vectors: FloatArray) -> _Placed:
        """The nearest cluster of each row, however far away it is."""
        k = min(self.limits.n_neighbors, len(self.labels))
        search = nearest if self.index is None else self.index.nearest
        rows, distances = search(vectors, self.base, k)
        around = self.labels[rows]
        if self.centres is not None and len(self.centres):
            labels, _ = nearest_centre(vectors, self.centres)
            labels = labels if self.numbers is None else self.numbers[labels]
        else:
            labels = _vote(around, distances)
        share = inside_share(around, distances, labels)
        return _Placed(labels, share, kth_distance(distances), distances[:, 0])

    def _without_detector(self, placed: _Placed) -> Assignment:
        labels, share, kth_distances = placed.labels, placed.share, placed.kth_distances
        lonely = unassigned(kth_distances > self.limits.far, share) | (
            kth_distances > self.limits.beyond
        )
        times = kth_distances / max(self.limits.usual, 1e-6)
        why = {
            row: f"new: {farther_than_usual(float(times[row]))}"
            for row in np.flatnonzero(lonely).tolist()
        }
        if self.limits.coverage != "100":
            labels = np.where(lonely, NOISE, labels).astype(np.int32)
        return _assignment(labels, share, why)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """The nearest cluster of some rows, the share of neighbors in it, and how far those are.

    Parameters
    ----------
    labels, share : (n,) the cluster, and the share of the neighbors in it
    kth_distances, nearest : (n,) distance to the fifth neighbor, and to the first
    """

    labels: IntArray
    share: FloatArray
    kth_distances: FloatArray
    nearest: FloatArray


def _refusing(placed: _Placed, seen: Examined, limits: NDArray[np.float64]) -> Assignment:
    """Clusters and strengths; rows beyond the limit of their cluster get none.

    The strength is the share of neighbors in the cluster, less where the row is odder than most
    rows of the run: nothing of it is left at the limit of what is known.
    """
    sums = seen.evidence.sum(axis=0)
    # the last limit is for rows among noise
    refused = (sums > limits[placed.labels]) & (seen.nearness <= 0)
    labels = np.where(refused, NOISE, placed.labels).astype(np.int32)
    strengths = placed.share * np.minimum(np.maximum(seen.share_beyond / USUAL, seen.nearness), 1.0)
    why = {row: f"new: {seen.reason(row)}" for row in np.flatnonzero(refused).tolist()}
    return _assignment(labels, strengths.astype(np.float32), why)


def _assignment(labels: IntArray, strengths: FloatArray, why: Mapping[int, str]) -> Assignment:
    notes = [why.get(row) for row in range(len(labels))]
    for row in np.nonzero(labels == NOISE)[0]:
        notes[row] = notes[row] or "no cluster: its nearest rows have none"
    return Assignment(labels, np.where(labels == NOISE, 0, strengths), tuple(notes))


def _vote(labels: IntArray, distances: FloatArray) -> IntArray:
    """The label with the most neighbor weight; ties go to the nearest neighbor's label."""
    weights = np.clip(1.0 - distances, 1e-6, 1.0)
    out = np.empty(len(labels), dtype=np.int32)
    for row, around in enumerate(labels):
        names, first, places = np.unique(around, return_index=True, return_inverse=True)
        totals = np.bincount(places.ravel(), weights=weights[row])
        out[row] = names[np.lexsort((first, -totals.round(9)))[0]]
    return out
