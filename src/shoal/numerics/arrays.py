"""Array types used everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
AnyArray = NDArray[Any]
NamedArrays = dict[str, AnyArray]
"""Arrays by name, as a .npz file holds them."""
