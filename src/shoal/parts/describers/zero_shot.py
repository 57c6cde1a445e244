"""Recognizing pictures with a model that embeds pictures and words in one space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.parts.describers.base import Space

PROMPT = "a photo of a {}"
SHARPNESS = 100.0
"""By which cosines are multiplied before the softmax: what CLIP's own training ends at."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What says what pictures show.

    Parameters
    ----------
    names : of the classes
    of : (m,) pictures -> (m, n_classes) probability of each class
    """

    names: Sequence[str]
    of: Callable[[NDArray[np.integer]], NDArray[np.floating]]


def remembered(
    of: Callable[[NDArray[np.integer]], NDArray[np.floating]],
) -> Callable[[NDArray[np.integer]], NDArray[np.floating]]:
    """The same, that looks at no picture twice."""
    known: dict[int, NDArray[np.floating]] = {}

    def again(pictures: NDArray[np.integer]) -> NDArray[np.floating]:
        new = np.array([row for row in map(int, pictures) if row not in known], dtype=np.int64)
        if len(new):
            known.update(zip(map(int, new), of(new), strict=True))
        return np.stack([known[int(row)] for row in pictures])

    return again


def zero_shot(space: Space, names: Sequence[str]) -> Shown:
    """Classes by the cosine of each picture to the words for it.

    Parameters
    ----------
    space : vectors of the pictures, and what embeds words among them
    names : of the classes, such as those of ImageNet

    References
    ----------
    Radford and others (2021), Learning transferable visual models from natural language
    supervision. ICML.
    """
    words = space.embed([PROMPT.format(name) for name in names])

    def of(pictures: NDArray[np.integer]) -> NDArray[np.float64]:
        likeness = SHARPNESS * np.asarray(space.vectors[pictures] @ words.T, dtype=np.float64)
        likeness = np.exp(likeness - likeness.max(axis=1, keepdims=True))
        return np.asarray(likeness / likeness.sum(axis=1, keepdims=True))

    return Shown(names, of)
