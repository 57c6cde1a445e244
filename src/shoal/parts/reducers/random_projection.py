"""Random projection: fewer dimensions without looking at the data, distances about kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.random_projection import GaussianRandomProjection

from shoal.errors import BadInput
from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import unit
from shoal.numerics.principal import project


class RandomProjection:
    """Products with random directions, scaled back to unit length.

    Parameters
    ----------
    n_components : how many; a table with no more dimensions than `only_above` is left as it is
    only_above : number of dimensions up to which reduction does not pay
    seed : of the directions

    Attributes
    ----------
    history : what was done, such as ("random_projection:128", "l2"); empty where nothing was

    References
    ----------
    Dasgupta, Gupta (2003), An elementary proof of a theorem of Johnson and Lindenstrauss. Random
    Structures and Algorithms 22. The directions are scikit-learn's.
    """

    def __init__(self, n_components: int = 128, *, only_above: int = 256, seed: int = 0) -> None:
        self.n_components = n_components
        self.only_above = only_above
        self.seed = seed
        self.axes_: FloatArray | None = None

    @property
    def history(self) -> tuple[str, ...]:
        """What was done to the vectors."""
        return () if self.axes_ is None else (f"random_projection:{len(self.axes_)}", "l2")

    def fit(self, X: FloatArray) -> RandomProjection:
        """Draw the directions for X, (n, n_dims) float32.

        Raises
        ------
        BadInput : if n_components is not a positive whole number
        """
        if not isinstance(self.n_components, int) or self.n_components < 1:
            raise BadInput(f"n_components must be at least 1, got {self.n_components!r}.")
        n_dims = X.shape[1]
        if n_dims > self.only_above and self.n_components < n_dims:
            made = GaussianRandomProjection(self.n_components, random_state=self.seed)
            self.axes_ = made.fit(X[:1]).components_.astype(np.float32)
        return self

    def transform(self, X: FloatArray) -> FloatArray:
        """Project X, (n, n_dims) -> (n, n_components) float32 rows of unit length."""
        if self.axes_ is None:
            return X
        return unit(project(X, np.zeros(X.shape[1], dtype=np.float32), self.axes_))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `transform` needs, to be saved."""
        return {} if self.axes_ is None else {"axes": self.axes_}

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> RandomProjection:
        """Restore the state that `arrays` returned."""
        if arrays:
            self.axes_ = np.asarray(arrays["axes"], dtype=np.float32)
        return self
