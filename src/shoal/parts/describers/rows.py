"""What rows of clusters bear out: which titles they are near to, of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray

Values = NDArray[np.float64]

NARROW, BROAD = 0.65, 0.35
"""Mean cosine of the rows to their centre in the narrowest and in the broadest clusters."""
OWN_ROWS, OTHER_ROWS, RIVALS, FARTHER = 150, 100, 3, 0.85
"""A row is covered if it is nearer to the title than FARTHER of the rows of each rival."""
MAX_ROWS, FEWEST_ROWS = 20_000, 20
"""Rows of all clusters, and the fewest of each, that are asked what they bear out."""
AMONG = 10
"""A row bears a noun out that is AMONG so many of the subjects nearest to it."""


def evenly(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many rows, evenly spaced."""
    return rows[:: max(-(-len(rows) // most), 1)]


class Rows:
    """A sample of each cluster's rows, to measure how many of them a title covers."""

    def __init__(
        self, vectors: FloatArray, inside: Sequence[NDArray[np.int64]], centre: FloatArray
    ) -> None:
        self._vectors = vectors
        self._inside = inside
        self._centre = centre
        likeness = centre @ centre.T
        np.fill_diagonal(likeness, -np.inf)
        self._rivals = np.argsort(-likeness, axis=1, kind="stable")[:, :RIVALS]

    def some(self, cluster: int, most: int = OWN_ROWS) -> NDArray[np.int64]:
        """Evenly spaced rows of a cluster."""
        return evenly(self._inside[cluster], most)

    def typical(self, cluster: int, most: int) -> NDArray[np.int64]:
        """The rows nearest to the centre of a cluster, of some from all over it."""
        rows = self.some(cluster)
        near = self._vectors[rows] @ self._centre[cluster]
        return rows[np.argsort(-near, kind="stable")[:most]]

    def bearing(
        self,
        subjects: FloatArray,
        groups: Sequence[Sequence[int]],
        inside: Sequence[NDArray[np.int64]] | None = None,
    ) -> Bearing:
        """What the rows of these clusters, or of others, bear out."""
        return Bearing(self._vectors, inside or self._inside, subjects, groups)

    def breadth(self, cluster: int) -> float:
        """How dissimilar the rows of a cluster are, in [0, 1]."""
        near = float(np.mean(self._vectors[self.some(cluster)] @ self._centre[cluster]))
        return float(np.clip((NARROW - near) / (NARROW - BROAD), 0.0, 1.0))

    def covered(self, vectors: FloatArray, cluster: int) -> Values:
        """Share of the rows that are nearer to each title than most rows of any rival, (m,)."""
        own = self._vectors[self.some(cluster)] @ vectors.T
        out = np.ones(len(vectors))
        for rival in self._rivals[cluster]:
            if rival != cluster and len(self._inside[rival]):
                others = self._vectors[self.some(int(rival), OTHER_ROWS)] @ vectors.T
                out = np.minimum(out, (own > np.quantile(others, FARTHER, axis=0)).mean(axis=0))
        return out

    def borne_out(
        self, vectors: FloatArray, cluster: int, subjects: FloatArray
    ) -> NDArray[np.bool_]:
        """Whether each row, (n_some,), is nearer to each title, (m,), than to most subjects."""
        rows = self._vectors[self.some(cluster)]
        if not len(subjects):
            return np.ones((len(rows), len(vectors)), dtype=bool)
        return np.asarray(rows @ vectors.T >= _least(rows @ subjects.T))


class Bearing:
    """The share of each cluster's rows that bear titles out.

    A row bears a title out if it is nearer to it than to most subjects of the lexicon, which is a
    measure that a broad cluster can be held to as well as a narrow one.

    Parameters
    ----------
    vectors : (n, n_dims) float32, unit vectors of the rows
    inside : (n_clusters,) the rows of each cluster
    subjects : (n_subjects, n_dims) float32, unit vectors
    groups : of subjects, by their place

    Attributes
    ----------
    subjects : (n_clusters, n_subjects) share of the rows that bear out each
    groups : (n_clusters, n_groups) and any subject of each group
    """

    def __init__(
        self,
        vectors: FloatArray,
        inside: Sequence[NDArray[np.int64]],
        subjects: FloatArray,
        groups: Sequence[Sequence[int]],
    ) -> None:
        n_clusters = len(inside)
        most = int(np.clip(MAX_ROWS // max(n_clusters, 1), FEWEST_ROWS, OWN_ROWS))
        self._own = [np.asarray(vectors[evenly(rows, most)]) for rows in inside]
        self._least: list[FloatArray] = []
        self.subjects = np.zeros((n_clusters, len(subjects)))
        self.groups = np.zeros((n_clusters, len(groups)))
        for c, own in enumerate(self._own):
            near = np.asarray(own @ subjects.T)
            self._least.append(_least(near) if near.size else near[:, :1])
            if near.size:
                about = near >= self._least[-1]
                self.subjects[c] = about.mean(axis=0)
                self.groups[c] = [about[:, list(one)].any(axis=1).mean() for one in groups]

    def of(self, vectors: FloatArray) -> Values:
        """Share of each cluster's rows, (n_clusters, m), that bear each of some titles out."""
        out = np.zeros((len(self._own), len(vectors)))
        for c, (own, least) in enumerate(zip(self._own, self._least, strict=True)):
            if least.size:
                out[c] = (own @ vectors.T >= least).mean(axis=0)
        return out


def _least(near: FloatArray) -> FloatArray:
    """How near a title must be to each row, (n, 1), to be AMONG so many of the nearest subjects.

    Parameters
    ----------
    near : (n, n_subjects) cosines, at least one
    """
    place = max(near.shape[1] - AMONG, 0)
    return np.partition(near, place, axis=1)[:, place : place + 1]


def lead(shares: Values) -> Values:
    """How much larger each share, (n_clusters, m), is than in any other cluster."""
    if len(shares) < 2:
        return shares
    top = np.sort(shares, axis=0)[-2:]
    return np.asarray(shares - np.where(shares == top[1], top[0], top[1]), dtype=np.float64)
