"""A line of a page, and how high its letters usually are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class Line:
    """A line, or the part of one that is in one column.

    Parameters
    ----------
    text : of it
    left, top, right, bottom : in points, from the left and the top of the page
    page : its number, from 0
    height : of its letters
    page_width, page_height : of its page
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    page: int
    height: float
    page_width: float
    page_height: float

    @property
    def is_slanted(self) -> bool:
        """Whether it runs across the page at an angle, as a stamp does."""
        high, wide = self.bottom - self.top, self.right - self.left
        return len(self.text) > 3 and high > 1.6 * self.height and wide > 1.5 * self.height


def usual_height(lines: Iterable[Line]) -> float:
    """The height of the line that the middle character is in."""
    chars: Counter[float] = Counter()
    for line in lines:
        chars[round(line.height, 1)] += len(line.text)
    half, seen = sum(chars.values()) / 2, 0
    for height in sorted(chars):
        seen += chars[height]
        if seen >= half:
            return height or 1.0
    return 1.0
