"""What a picture is made of: marks on panels, for both libraries that draw them.

A kind of picture says once what is to be seen; `still` draws it with matplotlib, `live` with
Plotly. Texts are as they are in the data: whoever draws them makes them harmless.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from shoal.numerics.arrays import DoubleArray
from shoal.text.cleaning import clean

INK, SOFT, FAINT, PAPER = "#1d2327", "#5b656d", "#d6dbdf", "#ffffff"
ONE_HUE = ("#f7f9fb", "#c9d9ec", "#7fa6d1", "#2f5d9e", "#14305c")
TWO_HUES = ("#24518c", "#9dbade", "#f7f7f7", "#e8b878", "#9a5708")
"""Blue below and orange above, as in the report: told apart by the colour-blind too."""
ACCENT, RISING, FALLING = "#2f5d9e", "#1a7f78", "#b4452f"
GREY = "#aab1b7"

LETTERS = 13
"""Letters of a note that go into an inch."""

Side = Literal["left", "middle", "right"]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Dots of one colour, with what is told of each when pointed at."""

    x: DoubleArray
    y: DoubleArray
    colour: str
    name: str = ""
    hover: Sequence[str] = ()
    size: float = 4.0
    opacity: float = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line through points; nan breaks it."""

    x: Sequence[float]
    y: Sequence[float]
    colour: str = INK
    width: float = 1.6
    dashed: bool = False
    name: str = ""
    hover: Sequence[str] = ()
    dots: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A filled outline, such as a bar or a band."""

    x: Sequence[float]
    y: Sequence[float]
    colour: str
    hover: str = ""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A text at a place; `halo` keeps it readable on dots, `leader` joins it to a point."""

    x: float
    y: float
    text: str
    colour: str = INK
    size: float = 9.0
    side: Side = "middle"
    bold: bool = False
    halo: bool = False
    leader: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """A heat map: (n_rows, n_columns) values, first row on top; `signed` has two hues around 0."""

    values: DoubleArray
    hover: Sequence[Sequence[str]]
    low: float
    high: float
    signed: bool = False
    written: Sequence[Sequence[str]] = ()


Mark = Points | Line | Shape | Words | HeatMap


def bar(
    left: float, right: float, middle: float, thick: float, colour: str, hover: str = ""
) -> Shape:
    """A horizontal bar."""
    low, high = middle - thick / 2, middle + thick / 2
    return Shape([left, right, right, left], [low, low, high, high], colour, hover)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One pair of axes.

    Parameters
    ----------
    marks : drawn in this order
    x_range, y_range : (from, to); the first may be the larger
    title : above it
    x_name, y_name : below and beside it
    x_ticks, y_ticks : (place, name); none are drawn where None
    grid : whether ticks have lines
    equal : whether both axes have one scale
    """

    marks: Sequence[Mark]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    title: str = ""
    x_name: str = ""
    y_name: str = ""
    x_ticks: Sequence[tuple[float, str]] | None = None
    y_ticks: Sequence[tuple[float, str]] | None = None
    grid: bool = False
    equal: bool = False
    slanted: bool = False


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a picture shows: panels of marks, a title and a note.

    Parameters
    ----------
    title, note : above it, in a line each
    panels : in rows of `columns`
    columns : panels side by side
    size : width and height in inches
    left : share of the width for names on the left
    """

    title: str
    note: str
    panels: Sequence[Panel]
    columns: int = 1
    size: tuple[float, float] = (9.0, 6.5)
    left: float = 0.08
    bottom: float = 0.09
    right: float = 0.03
    gap: tuple[float, float] = field(default=(0.06, 0.1))

    @property
    def lines(self) -> list[str]:
        """The note in lines that are not wider than the picture, three at most."""
        width = int(self.size[0] * LETTERS)
        return textwrap.wrap(clean(self.note), width, max_lines=3, placeholder="\u2026")
