"""Principal components as a reducer, and the first two as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import unit
from shoal.numerics.principal import components, project


class PCA:
    """Keep the leading principal components, scaled back to unit length.

    Parameters
    ----------
    n_components : how many; a table with no more dimensions than `only_above` is left as it is
    only_above : number of dimensions up to which reduction does not pay

    Attributes
    ----------
    history : what was done, such as ("pca:128",); empty where nothing was
    explained_ : share of the variance kept, in [0, 1]
    """

    def __init__(self, n_components: int = 128, *, only_above: int = 256) -> None:
        self.n_components = n_components
        self.only_above = only_above
        self.mean_: FloatArray | None = None
        self.axes_: FloatArray | None = None
        self.explained_ = 1.0

    @property
    def history(self) -> tuple[str, ...]:
        """What was done to the vectors."""
        return () if self.axes_ is None else (f"pca:{len(self.axes_)}", "l2")

    def fit(self, X: FloatArray) -> PCA:
        """Learn the components from X, (n, n_dims) float32.

        Raises
        ------
        BadInput : if n_components is not a positive whole number
        """
        if not isinstance(self.n_components, int) or self.n_components < 1:
            raise BadInput(f"n_components must be at least 1, got {self.n_components!r}.")
        n, n_dims = X.shape
        if n_dims > self.only_above and n > 2 * self.n_components and self.n_components < n_dims:
            self.mean_, self.axes_, self.explained_ = components(X, self.n_components)
        return self

    def transform(self, X: FloatArray) -> FloatArray:
        """Project X, (n, n_dims) -> (n, n_components) float32 rows of unit length."""
        if self.mean_ is None or self.axes_ is None:
            return X
        return unit(project(X, self.mean_, self.axes_))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `transform` needs, to be saved."""
        if self.mean_ is None or self.axes_ is None:
            return {}
        return {"mean": self.mean_, "axes": self.axes_}

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> PCA:
        """Restore the state that `arrays` returned."""
        if arrays:
            self.mean_ = np.asarray(arrays["mean"], dtype=np.float32)
            self.axes_ = np.asarray(arrays["axes"], dtype=np.float32)
        return self


class PCAMap:
    """The two principal components as a picture."""

    history = ("pca:2",)

    def fit_transform(self, X: FloatArray, **_: object) -> FloatArray:
        """Points (n, 2) float32 of X, (n, n_dims) float32."""
        if X.shape[1] < 2 or len(X) < 2:
            return np.zeros((len(X), 2), dtype=np.float32)
        mean, axes, _explained = components(X, 2)
        return project(X, mean, axes)
