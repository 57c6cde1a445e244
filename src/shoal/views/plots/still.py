"""Draw a picture with matplotlib: PNG, SVG, PDF."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.errors import MissingExtra
from shoal.text.cleaning import clean
from shoal.views.plots.marks import (
    FAINT,
    INK,
    ONE_HUE,
    PAPER,
    SOFT,
    TWO_HUES,
    Drawing,
    HeatMap,
    Line,
    Panel,
    Points,
    Shape,
    Words,
)

if TYPE_CHECKING:
    from types import ModuleType

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200
FONTS = ["DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans", "Arial Unicode MS"]
ALIGN = {"left": "left", "middle": "center", "right": "right"}


def _library() -> ModuleType:
    try:
        import matplotlib
    except ImportError as error:
        raise MissingExtra(
            "plots as .png, .svg or .pdf need the package 'matplotlib', which is not "
            "installed. Install it with: pip install 'shoal[plots]'"
        ) from error
    return matplotlib


@contextmanager
def _settings() -> Iterator[None]:
    """The same file for the same picture, on any machine and whatever the user's own style is."""
    matplotlib = _library()
    own = {"font.family": _fonts(), "svg.hashsalt": "shoal", "axes.unicode_minus": True}
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **own, "backend": "agg"}):
        with warnings.catch_warnings():
            # a letter that no installed font has is drawn as a box: nothing is wrong with the data
            warnings.filterwarnings(
                "ignore", message=r"Glyph .* missing from", category=UserWarning
            )
            yield


def _fonts() -> list[str]:
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in FONTS if name in installed]


def figure(picture: Drawing) -> Figure:
    """The picture as a matplotlib Figure, which no window is opened for.

    Raises
    ------
    MissingExtra : if matplotlib is not installed
    """
    with _settings():
        from matplotlib.figure import Figure

        width, height = picture.size
        made = Figure(figsize=picture.size, dpi=DPI, facecolor=PAPER)
        _write(made, 0.24 / width, 1 - 0.2 / height, picture.title, size=13, weight="bold")
        for place, line in enumerate(picture.lines):
            y = 1 - (0.48 + 0.17 * place) / height
            _write(made, 0.24 / width, y, line, size=8.5, color=SOFT)
        head = 0.78 + 0.22 * any(panel.title for panel in picture.panels)
        head += 0.17 * max(len(picture.lines) - 1, 0)
        rows = -(-len(picture.panels) // picture.columns)
        grid = made.add_gridspec(
            rows,
            picture.columns,
            left=picture.left,
            right=1 - picture.right,
            bottom=picture.bottom,
            top=1 - head / height,
            wspace=picture.gap[0] * picture.columns,
            hspace=picture.gap[1] * rows,
        )
        for place, panel in enumerate(picture.panels):
            _panel(made.add_subplot(grid[divmod(place, picture.columns)]), panel)
    return made


def _write(target: Any, x: float, y: float, text: str, **how: Any) -> Any:
    """Text of the data as it is: a dollar sign begins no formula."""
    how = {"va": "top", "ha": "left", "color": INK, **how}
    return target.text(x, y, clean(text), parse_math=False, **how)


def _panel(axes: Axes, panel: Panel) -> None:
    axes.set_xlim(*_apart(panel.x_range))
    axes.set_ylim(*_apart(panel.y_range))
    if panel.equal:
        axes.set_aspect("equal", adjustable="box")
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    _ticks(axes, panel)
    axes.set_title(
        clean(panel.title), fontsize=9, color=INK, loc="left", fontweight="bold", parse_math=False
    )
    for mark in panel.marks:
        _MARKS[type(mark)](axes, mark)


def _apart(ends: tuple[float, float]) -> tuple[float, float]:
    """The ends of an axis; where all lies in one place, with room around it."""
    low, high = ends
    return (low - 0.5, high + 0.5) if low == high else ends


def _ticks(axes: Axes, panel: Panel) -> None:
    axes.tick_params(length=0, labelsize=7.5, labelcolor=SOFT, pad=4)
    for axis, ticks, line in (
        (axes.xaxis, panel.x_ticks, axes.axvline),
        (axes.yaxis, panel.y_ticks, axes.axhline),
    ):
        axis.set_ticks([place for place, _ in ticks or ()])
        axis.set_ticklabels([clean(name) for _, name in ticks or ()])
        for label in axis.get_ticklabels():
            label.set_parse_math(False)
        if panel.grid and ticks:
            for place, _ in ticks:
                line(place, color=FAINT, linewidth=0.7, zorder=0)
    if panel.slanted:
        for label in axes.get_xticklabels():
            label.set(rotation=40, ha="right", rotation_mode="anchor")
    axes.set_xlabel(clean(panel.x_name), fontsize=8, color=SOFT, parse_math=False)
    axes.set_ylabel(clean(panel.y_name), fontsize=8, color=SOFT, parse_math=False)


def _points(axes: Axes, mark: Points) -> None:
    # many dots are one image within a drawing of lines, so that the file stays small
    many = len(mark.x) > 2000
    axes.scatter(
        mark.x,
        mark.y,
        s=mark.size**2 / 2,
        c=mark.colour,
        alpha=mark.opacity,
        linewidths=0,
        rasterized=many,
        zorder=2,
    )


def _line(axes: Axes, mark: Line) -> None:
    axes.plot(
        mark.x,
        mark.y,
        color=mark.colour,
        linewidth=mark.width,
        linestyle=(0, (4, 3)) if mark.dashed else "-",
        marker="o" if mark.dots else None,
        markersize=3,
        solid_capstyle="round",
        zorder=3,
    )


def _shape(axes: Axes, mark: Shape) -> None:
    axes.fill(mark.x, mark.y, color=mark.colour, alpha=mark.opacity, linewidth=0, zorder=2)


def _words(axes: Axes, mark: Words) -> None:
    from matplotlib.patheffects import withStroke

    if mark.leader:
        axes.plot([mark.x, mark.leader[0]], [mark.y, mark.leader[1]], color=SOFT, lw=0.6, zorder=4)
    written = axes.text(
        mark.x,
        mark.y,
        clean(mark.text),
        fontsize=mark.size,
        color=mark.colour,
        ha=ALIGN[mark.side],
        va="center",
        fontweight="bold" if mark.bold else "normal",
        parse_math=False,
        zorder=5,
    )
    if mark.halo:
        written.set_path_effects([withStroke(linewidth=2.4, foreground=PAPER)])


def _cells(axes: Axes, mark: HeatMap) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    hues = LinearSegmentedColormap.from_list("shoal", TWO_HUES if mark.signed else ONE_HUE)
    n_rows, n_columns = mark.values.shape
    axes.imshow(
        np.ma.masked_invalid(mark.values),
        cmap=hues,
        vmin=mark.low,
        vmax=mark.high,
        extent=(-0.5, n_columns - 0.5, n_rows - 0.5, -0.5),
        aspect="auto",
        interpolation="nearest",
        zorder=1,
    )
    for row, names in enumerate(mark.written):
        for column, name in enumerate(names):
            share = (mark.values[row, column] - mark.low) / max(mark.high - mark.low, 1e-9)
            dark = abs(share - 0.5) > 0.36 if mark.signed else share > 0.6
            _write(
                axes, column, row, name, ha="center", va="center", size=6.5,
                color=PAPER if dark else INK,
            )  # fmt: skip


_MARKS: dict[type, Any] = {
    Points: _points,
    Line: _line,
    Shape: _shape,
    Words: _words,
    HeatMap: _cells,
}


def write(picture: Drawing, path: Path) -> None:
    """Write the picture in the format of the path's ending; the same picture, the same bytes."""
    made = figure(picture)
    ending = path.suffix.lower().lstrip(".")
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _settings():
            made.savefig(aside, format=ending, metadata=metadata)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def png(picture: Drawing) -> bytes:
    """The picture as a PNG."""
    out = io.BytesIO()
    made = figure(picture)
    with _settings():
        made.savefig(out, format="png", dpi=110)
    return out.getvalue()
