"""Color names: the shares of a few basic colors in a picture.

References
----------
Ottosson (2020), A perceptual color space for image processing (OKLab).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray

NAMED = {
    "black": "#141414",
    "dark grey": "#484848",
    "grey": "#868686",
    "light grey": "#bebebe",
    "white": "#f4f4f4",
    "dark red": "#701c1c",
    "red": "#cc2222",
    "orange": "#ea8420",
    "brown": "#6e4a2a",
    "beige": "#d4bd98",
    "yellow": "#f0d532",
    "olive": "#75702c",
    "dark green": "#2a4426",
    "green": "#4a9a3a",
    "teal": "#2a8a8a",
    "sky blue": "#8cc0ea",
    "blue": "#2f66c8",
    "navy": "#1e2c58",
    "purple": "#7c40a8",
    "pink": "#ea8cb0",
}
"""Names that people use, each with the colour that is most like what they mean by it."""
HUE_WEIGHT = 2.5
"""Of hue and chroma against lightness: people call a pale sky blue, not light grey."""
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(rgb: DoubleArray) -> DoubleArray:
    """Colours in a space where equal steps look equal.

    Parameters
    ----------
    rgb : (n, 3) sRGB, 0 to 1
    """
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _LMS.T) @ _LAB.T)


def _named() -> DoubleArray:
    rgb = [[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in NAMED.values()]
    return oklab(np.array(rgb))


def colour_shares(pixels: NDArray[np.uint8]) -> DoubleArray:
    """How much of a picture each named colour makes up.

    Parameters
    ----------
    pixels : (n, 3) uint8, sRGB

    Returns
    -------
    (n_colours,) float64 in the order of `NAMED`, adding up to 1
    """
    lab = oklab(np.asarray(pixels, dtype=np.float64) / 255)
    apart = (lab[:, None] - _named()[None]) * (1.0, HUE_WEIGHT, HUE_WEIGHT)
    nearest = (apart**2).sum(axis=2).argmin(axis=1)
    return np.bincount(nearest, minlength=len(NAMED)) / max(len(pixels), 1)
