"""The input and output of a metric."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray
from shoal.numerics.clusters import silhouettes
from shoal.numerics.stats.dispersion import davies_bouldin, dispersion
from shoal.parts.metrics.density import Validity, validity

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A measurement on samples, which a metric returns in place of a plain number.

    Parameters
    ----------
    value : what was measured
    low, high : its 95 % interval, None where there was a single sample
    n_items : items looked at, None where the samples together are all of them
    """

    value: float
    low: float | None = None
    high: float | None = None
    n_items: int | None = None


@dataclass(frozen=True)
class View:
    """A clustering as arrays; what several metrics need is computed once, when first asked for.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length, distinct items only
    labels : (n,) int32 of the distinct items, -1 for noise
    row_labels : (n_rows,) int32 of all usable rows, repeats too
    truth : (n_rows,) int32 true classes from 0, -1 where a row has none; or None
    stability : of the chosen layer, or None
    """

    vectors: NDArray[np.float32]
    labels: Labels
    row_labels: Labels
    truth: Labels | None = None
    stability: Sampled | None = None

    @cached_property
    def silhouettes(self) -> tuple[DoubleArray, Labels]:
        """Silhouette and nearest other cluster of each item, nan and -1 where not defined."""
        return silhouettes(self.vectors, self.labels)

    @cached_property
    def dispersion(self) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
        """Means of the clusters, mean distances to them, sums of squared distances to them."""
        return dispersion(self.vectors, self.labels)

    @cached_property
    def davies_bouldin(self) -> DoubleArray:
        """The part of each cluster in the Davies-Bouldin index."""
        return davies_bouldin(*self.dispersion[:2])

    @cached_property
    def density(self) -> Validity:
        """Density-based validity, overall and of each cluster."""
        return validity(self.vectors, self.labels)


class Metric(Protocol):
    """A function that says how good a clustering is."""

    def __call__(self, view: View) -> float | Sampled | None:
        """Measure a clustering.

        Parameters
        ----------
        view : vectors (n, n_dims), labels (n,), and the truth (n_rows,) where there is one

        Returns
        -------
        A number, or a `Sampled` one where only samples were looked at; None where the metric is
        not defined, such as the silhouette of a single cluster
        """
