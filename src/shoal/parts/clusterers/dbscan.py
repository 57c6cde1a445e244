"""DBSCAN on the shared neighbor graph, exact, with a radius that is found when none is given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.data import NOISE, Curve
from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import by_size
from shoal.numerics.density.radius import dense_groups
from shoal.numerics.neighbors import nearest
from shoal.numerics.stats.knee import knee
from shoal.parts.clusterers.base import Estimator, at_least, counted

CURVE_POINTS = 200


class DBSCAN(Estimator):
    """Clusters are rows joined by dense neighborhoods of one radius; the rest is noise.

    Rows with enough neighbors within the radius are cores; cores within it of each other share
    a cluster, and any other row joins its nearest core within it. The labels of cores are
    those of scikit-learn's DBSCAN; a row between two clusters goes to the nearer one instead
    of the one found first.

    Parameters
    ----------
    eps : the radius, a cosine distance in (0, 2]; None takes the knee of the curve of the
        distances to the neighbor that makes a row a core
    min_samples : rows within the radius that make a core, itself counted

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster, -1 is noise
    eps_ : the radius used
    curves_ : tuple of Curve, what it was chosen by, empty when it was given
    reason_ : one sentence

    References
    ----------
    Ester, Kriegel, Sander, Xu (1996), A density-based algorithm for discovering clusters in
    large spatial databases with noise. KDD 1996.
    """

    def __init__(self, eps: float | None = None, *, min_samples: int = 5) -> None:
        self.eps = eps
        self.min_samples = min_samples

    def fit(
        self,
        X: FloatArray,
        y: object = None,
        *,
        neighbors: tuple[NDArray[np.int32], FloatArray] | None = None,
    ) -> DBSCAN:
        """Cluster unit vectors.

        Parameters
        ----------
        X : (n, n_dims) float32, rows of unit length
        y : ignored
        neighbors : (rows, distances) of the nearest other items, each (n, k); found here when
            not given, or when there are fewer than min_samples need

        Raises
        ------
        BadInput : if eps or min_samples is out of its range
        """
        needed = at_least("min_samples", self.min_samples, 1)
        if self.eps is not None and not 0 < self.eps <= 2:
            raise BadInput(
                f"eps must be a cosine distance above 0 and at most 2, got {self.eps!r}. "
                "Leave it out to choose it from the data."
            )
        n = len(X)
        k = min(max(needed - 1, 1), n - 1)
        if neighbors is None or neighbors[0].shape[1] < k:
            neighbors = nearest(X, X, k, exclude_itself=True)
        rows, distances = neighbors
        self.curves_: tuple[Curve, ...] = ()
        if self.eps is not None:
            self.eps_ = float(self.eps)
        else:
            # with too few rows for a single core there is no such distance
            known = 2 <= needed <= n
            self.eps_, self.curves_ = _bend(distances[:, needed - 2] if known else np.zeros(n))
        self.labels_ = by_size(dense_groups(X, rows, distances, self.eps_, needed))
        found = counted(int(self.labels_.max(initial=NOISE)) + 1)
        why = (
            "given"
            if self.eps is not None
            else (
                f"where the distances to the nearest neighbor number {max(needed - 1, 1)} "
                "bend upward"
            )
        )
        self.reason_ = (
            f"{found} of rows that have {needed} rows within a cosine distance of "
            f"{self.eps_:.3g}, {why}; {np.mean(self.labels_ == NOISE):.0%} of the rows are noise."
        )
        return self


def _bend(distances: NDArray[np.floating]) -> tuple[float, tuple[Curve, ...]]:
    """The distance at which the curve of all distances bends upwards most, and the curve.

    Parameters
    ----------
    distances : (n,) of each row to the neighbor that makes it a core

    Returns
    -------
    A radius above zero, and the curve; none where all distances are the same
    """
    n = len(distances)
    rising = np.sort(np.asarray(distances, dtype=np.float64))
    radius = max(float(rising[-1]), float(np.finfo(np.float32).tiny))
    if rising[-1] <= rising[0]:
        return radius, ()
    shares = np.arange(1, n + 1) / n
    place = knee(shares, rising)
    if place is not None:
        radius = max(float(rising[place]), float(np.finfo(np.float32).tiny))
    # as many points as can be seen, and among them the one taken
    shown = np.unique(np.append(np.linspace(0, n - 1, CURVE_POINTS).astype(int), place or n - 1))
    xs, last = np.unique(rising[shown][::-1], return_index=True)
    ys = shares[shown][::-1][last]
    return radius, (Curve("k_distance", "eps", xs, ys, radius, None, radius, True, n),)
