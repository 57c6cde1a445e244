"""The reducer that changes nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray


class Identity:
    """All dimensions as they are."""

    history: tuple[str, ...] = ()

    def fit(self, X: FloatArray) -> Identity:
        """Learn nothing from X, (n, n_dims)."""
        return self

    def transform(self, X: FloatArray) -> FloatArray:
        """Return X itself."""
        return X

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What `transform` needs, to be saved: nothing."""
        return {}

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> Identity:
        """Restore the state that `arrays` returned."""
        return self
