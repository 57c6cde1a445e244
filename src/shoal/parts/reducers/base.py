"""What a reducer and a mapper are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import AnyArray, FloatArray, NamedArrays

NeighborGraph = tuple[NDArray[np.int32], FloatArray]
"""Rows and distances of the nearest neighbors, each (n, k)."""


class Reducer(Protocol):
    """Fewer dimensions for neighbors and clusters; the directions are learned from all rows.

    ``restore`` may take a second argument, the vectors that the reducer was fitted on,
    (n, n_dims) float32.
    """

    @property
    def history(self) -> Sequence[str]:
        """What was done to the vectors, such as ("pca:128", "l2"); empty if nothing was."""

    def fit(self, X: FloatArray) -> Self:
        """Fit to unit vectors X, (n, n_dims) float32."""

    def transform(self, X: FloatArray) -> FloatArray:
        """Return unit vectors (n, n_kept) float32 of unit vectors X, (n, n_dims)."""

    def arrays(self) -> NamedArrays:
        """Return the fitted state as named arrays, which are saved without pickle."""

    def restore(self, arrays: Mapping[str, AnyArray]) -> Self:
        """Set the state to what `arrays` returned."""


@runtime_checkable
class FitsInPlace(Protocol):
    """A reducer whose fitted rows have positions that `transform` only comes close to."""

    @property
    def history(self) -> Sequence[str]:
        """What was done to the vectors."""

    def fit_transform(self, X: FloatArray) -> FloatArray:
        """Fit to unit vectors X, (n, n_dims), and return their positions, (n, n_kept)."""


class Mapper(Protocol):
    """Positions on the 2-D map.

    ``fit_transform`` may also take ``progress``, which is advanced once for each epoch.
    """

    @property
    def history(self) -> Sequence[str]:
        """What was done to the vectors, such as ("layout",)."""

    def fit_transform(self, X: FloatArray, *, neighbors: NeighborGraph | None = None) -> FloatArray:
        """Lay out unit vectors X, (n, n_dims) float32.

        Parameters
        ----------
        X : unit vectors
        neighbors : rows and distances of the nearest other rows, each (n, k)

        Returns
        -------
        (n, 2) float32, centred
        """


@runtime_checkable
class Iterative(Protocol):
    """A mapper that works in epochs, so that its progress can be shown."""

    n_epochs: int
