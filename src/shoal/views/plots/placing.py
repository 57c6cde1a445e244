"""Where titles go on a map so that none lies on another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LETTER = 0.66
"""Width of a letter by its height, in the fonts the pictures are set in."""
LINE = 1.25
STEPS = 9
TURNS = 16

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """A title that found room: which it is, where its middle is, and whether it was moved off."""

    index: int
    x: float
    y: float
    moved: bool


def place(
    texts: Sequence[str],
    anchors: Sequence[tuple[float, float]],
    extent: tuple[float, float],
    size: float,
) -> list[Placed]:
    """Find room for as many titles as go, the first ones first.

    Parameters
    ----------
    texts : the titles, the most important first
    anchors : where each belongs, in points from the lower left; nan for nowhere
    extent : width and height of the map in points
    size : of the letters in points

    Returns
    -------
    The titles that found room, each near its anchor
    """
    taken: list[Box] = []
    out: list[Placed] = []
    for index, (text, (x, y)) in enumerate(zip(texts, anchors, strict=True)):
        if math.isnan(x) or math.isnan(y):
            continue
        width, height = _extent(text, size)
        for reach in range(STEPS):
            spots = [(x, y)] if reach == 0 else _ring(x, y, reach * height * 0.8)
            found = next(
                (spot for spot in spots if _free(_box(spot, width, height), taken, extent)), None
            )
            if found:
                taken.append(_box(found, width, height))
                out.append(Placed(index, found[0], found[1], reach > 2))
                break
    return out


def _extent(text: str, size: float) -> tuple[float, float]:
    """Width and height of a text in points; letters beyond Latin and its kin take more room."""
    units = sum(1.0 if ord(letter) >= 0x2E80 else LETTER for letter in text)
    return units * size + 4, size * LINE


def _ring(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Spots around a point, above and below first: titles are wider than high."""
    angles = sorted(
        (2 * math.pi * turn / TURNS for turn in range(TURNS)), key=lambda a: (-abs(math.sin(a)), a)
    )
    return [(x + 1.6 * radius * math.cos(a), y + radius * math.sin(a)) for a in angles]


def _box(spot: tuple[float, float], width: float, height: float) -> Box:
    x, y = spot
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _free(box: Box, taken: Sequence[Box], extent: tuple[float, float]) -> bool:
    left, low, right, high = box
    if left < 0 or low < 0 or right > extent[0] or high > extent[1]:
        return False
    return all(
        right <= other[0] or left >= other[2] or high <= other[1] or low >= other[3]
        for other in taken
    )
