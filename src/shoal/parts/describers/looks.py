"""Thumbnail comparison of pictures, which recognizes re-saved copies."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.data.pictures import Picture
from shoal.numerics.blocks import ordered_map, slices

LOOKS_SIDE = 8
BATCH = 256


def looks_of(pictures: Sequence[Picture | None]) -> NDArray[np.float32]:
    """What pictures look like from afar, for comparing them by the cosine.

    Parameters
    ----------
    pictures : None where there is none

    Returns
    -------
    (n, 192) float32: light and dark in 8 x 8 places of each colour, without the mean of the
    colour, of unit length; zeros for a picture of one colour, or none
    """
    from PIL import Image

    def work(part: slice) -> NDArray[np.float32]:
        out = np.zeros((part.stop - part.start, LOOKS_SIDE**2 * 3))
        for row, picture in enumerate(pictures[part]):
            if picture is not None:
                with Image.open(io.BytesIO(picture.thumbnail), formats=("JPEG",)) as image:
                    small = image.convert("RGB").resize((LOOKS_SIDE, LOOKS_SIDE))
                places = np.asarray(small, dtype=np.float64).reshape(-1, 3)
                out[row] = (places - places.mean(axis=0)).ravel()
        length = np.linalg.norm(out, axis=1, keepdims=True)
        # less than a grey level is what JPEG makes of one colour
        return (out / np.where(length > out.shape[1] ** 0.5, length, np.inf)).astype(np.float32)

    parts = list(ordered_map(work, slices(len(pictures), BATCH)))
    return np.concatenate([np.zeros((0, LOOKS_SIDE**2 * 3), dtype=np.float32), *parts])
