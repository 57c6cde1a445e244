"""Draw a picture with Plotly: one HTML file that works without a network."""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.errors import MissingExtra
from shoal.text.cleaning import clean, shorten
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

    from plotly.graph_objects import Figure

PIXELS = 96
"""Of an inch."""
FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
MAX_DRAWN = 4000
"""Points of one picture that are drawn as shapes; more are drawn by the graphics card."""
LINE_LENGTH = 70
ANCHORS = {"left": "left", "middle": "center", "right": "right"}


def _library() -> ModuleType:
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise MissingExtra(
            "plots as .html need the package 'plotly', which is not installed. Install it "
            "with: pip install 'shoal[plots]'"
        ) from error
    found: ModuleType = go
    return found


def _said(text: str) -> str:
    """Text of the data for Plotly, which takes some tags for its own."""
    return html.escape(clean(text), quote=False)


def _hover_html(text: str) -> str:
    """What is told when something is pointed at: lines of its own, none too long."""
    lines = []
    for line in text.split("\n"):
        words = shorten(clean(line), 4 * LINE_LENGTH)
        while len(words) > LINE_LENGTH:
            cut = words.rfind(" ", 1, LINE_LENGTH)
            cut = cut if cut > 0 else LINE_LENGTH
            lines.append(words[:cut])
            words = words[cut:].lstrip()
        lines.append(words)
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def figure(picture: Drawing) -> Figure:
    """The picture as a Plotly Figure.

    Raises
    ------
    MissingExtra : if Plotly is not installed
    """
    go = _library()
    made = go.Figure()
    width, height = (round(side * PIXELS) for side in picture.size)
    note = f"<span style='font-size:12px'>{'<br>'.join(map(_said, picture.lines))}</span>"
    made.update_layout(
        title={
            "text": f"<b>{_said(picture.title)}</b><br>{note}",
            "x": 0.02,
            "y": 1 - 22 / height,
            "yanchor": "top",
            "font": {"size": 18},
        },
        font={"family": FONT, "size": 11, "color": INK},
        paper_bgcolor=PAPER,
        plot_bgcolor=PAPER,
        showlegend=False,
        dragmode="pan",
        height=height,
        margin={"l": 10, "r": 10, "t": 42 + 18 * len(picture.lines), "b": 10},
        hoverlabel={
            "bgcolor": PAPER,
            "bordercolor": FAINT,
            "font": {"color": INK},
            "align": "left",
        },
    )
    n_points = sum(len(m.x) for p in picture.panels for m in p.marks if isinstance(m, Points))
    kind = go.Scattergl if n_points > MAX_DRAWN else go.Scatter
    for number, panel in enumerate(picture.panels, 1):
        _axes(made, picture, panel, number, width, height)
        for mark in panel.marks:
            _MARKS[type(mark)](made, go, mark, number, kind)
    return made


def _axes(
    made: Figure, picture: Drawing, panel: Panel, number: int, width: int, height: int
) -> None:
    """A pair of axes at its place among the panels."""
    rows = -(-len(picture.panels) // picture.columns)
    row, column = divmod(number - 1, picture.columns)
    top = 0.3 if any(p.title for p in picture.panels) else 0.05
    gap_x, gap_y = picture.gap
    wide = (1 - picture.left - picture.right - gap_x * (picture.columns - 1)) / picture.columns
    high = (1 - picture.bottom - top / picture.size[1] - gap_y * (rows - 1)) / rows
    left = picture.left + column * (wide + gap_x)
    low = picture.bottom + (rows - 1 - row) * (high + gap_y)
    end = "" if number == 1 else str(number)
    shared = {
        "showgrid": panel.grid,
        "gridcolor": FAINT,
        "zeroline": False,
        "tickfont": {"size": 10},
    }
    made.update_layout(
        {
            f"xaxis{end}": {
                **shared,
                "domain": [left, left + wide],
                "anchor": f"y{end}",
                "range": list(panel.x_range),
                "title": {"text": _said(panel.x_name), "font": {"size": 11, "color": SOFT}},
                **_ticks(panel.x_ticks),
                **({"tickangle": -40} if panel.slanted else {}),
            },
            f"yaxis{end}": {
                **shared,
                "domain": [low, low + high],
                "anchor": f"x{end}",
                "range": list(panel.y_range),
                "title": {"text": _said(panel.y_name), "font": {"size": 11, "color": SOFT}},
                **_ticks(panel.y_ticks),
                **({"scaleanchor": f"x{end}"} if panel.equal else {}),
            },
        }
    )
    if panel.title:
        made.add_annotation(
            text=f"<b>{_said(panel.title)}</b>",
            xref=f"x{end} domain",
            yref=f"y{end} domain",
            x=0,
            y=1,
            yanchor="bottom",
            xanchor="left",
            showarrow=False,
        )


def _ticks(ticks: Any) -> dict[str, Any]:
    places = ticks or ()
    return {
        "tickmode": "array",
        "tickvals": [place for place, _ in places],
        "ticktext": [_said(name) for _, name in places],
        "showticklabels": bool(places),
    }


def _on(number: int) -> dict[str, str]:
    end = "" if number == 1 else str(number)
    return {"xaxis": f"x{end}", "yaxis": f"y{end}"}


def _points(made: Figure, go: ModuleType, mark: Points, number: int, kind: Any) -> None:
    made.add_trace(
        kind(
            x=np.asarray(mark.x, dtype=np.float32),
            y=np.asarray(mark.y, dtype=np.float32),
            mode="markers",
            marker={"color": mark.colour, "size": 1.5 * mark.size, "opacity": mark.opacity},
            name=_said(mark.name),
            text=[_hover_html(text) for text in mark.hover] or None,
            hovertemplate="%{text}<extra></extra>" if mark.hover else None,
            hoverinfo=None if mark.hover else "skip",
            **_on(number),
        )
    )


def _line(made: Figure, go: ModuleType, mark: Line, number: int, kind: Any) -> None:
    made.add_trace(
        go.Scatter(
            x=list(mark.x),
            y=list(mark.y),
            mode="lines+markers" if mark.dots else "lines",
            line={
                "color": mark.colour,
                "width": mark.width,
                "dash": "dash" if mark.dashed else "solid",
            },
            name=_said(mark.name),
            text=[_hover_html(text) for text in mark.hover] or None,
            hovertemplate="%{text}<extra></extra>" if mark.hover else None,
            hoverinfo=None if mark.hover else "skip",
            **_on(number),
        )
    )


def _shape(made: Figure, go: ModuleType, mark: Shape, number: int, kind: Any) -> None:
    made.add_trace(
        go.Scatter(
            x=[*mark.x, mark.x[0]],
            y=[*mark.y, mark.y[0]],
            mode="lines",
            fill="toself",
            fillcolor=mark.colour,
            line={"width": 0},
            opacity=mark.opacity,
            hoveron="fills",
            text=_hover_html(mark.hover),
            hoverinfo="text" if mark.hover else "skip",
            **_on(number),
        )
    )


def _words(made: Figure, go: ModuleType, mark: Words, number: int, kind: Any) -> None:
    end = "" if number == 1 else str(number)
    text = _said(mark.text)
    shadow = {"shadow": f"0 0 2px {PAPER}, 0 0 3px {PAPER}, 0 0 4px {PAPER}"} if mark.halo else {}
    made.add_annotation(
        text=f"<b>{text}</b>" if mark.bold else text,
        x=mark.x,
        y=mark.y,
        xref=f"x{end}",
        yref=f"y{end}",
        xanchor=ANCHORS[mark.side],
        yanchor="middle",
        align=ANCHORS[mark.side],
        showarrow=False,
        font={"size": mark.size * 1.2, "color": mark.colour, **shadow},
    )
    if mark.leader:
        ends = Line([mark.x, mark.leader[0]], [mark.y, mark.leader[1]], SOFT, 0.7)
        _line(made, go, ends, number, kind)


def _cells(made: Figure, go: ModuleType, mark: HeatMap, number: int, kind: Any) -> None:
    hues = TWO_HUES if mark.signed else ONE_HUE
    made.add_trace(
        go.Heatmap(
            z=mark.values,
            zmin=mark.low,
            zmax=mark.high,
            colorscale=[[i / (len(hues) - 1), hue] for i, hue in enumerate(hues)],
            showscale=False,
            text=[[_hover_html(text) for text in row] for row in mark.hover],
            hovertemplate="%{text}<extra></extra>",
            xgap=1,
            ygap=1,
            **_on(number),
        )
    )
    for row, names in enumerate(mark.written):
        for column, name in enumerate(names):
            share = (mark.values[row, column] - mark.low) / max(mark.high - mark.low, 1e-9)
            dark = abs(share - 0.5) > 0.36 if mark.signed else share > 0.6
            colour = PAPER if dark else INK
            _words(made, go, Words(column, row, name, colour, 7.0), number, kind)


_MARKS: dict[type, Any] = {
    Points: _points,
    Line: _line,
    Shape: _shape,
    Words: _words,
    HeatMap: _cells,
}


def page(picture: Drawing) -> str:
    """The picture as one page that loads nothing and allows no script but its own."""
    body = figure(picture).to_html(
        full_html=False,
        include_plotlyjs=True,
        config={"displaylogo": False, "responsive": True, "scrollZoom": True},
        div_id="picture",
    )
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", body, flags=re.DOTALL)
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    # the graphics card's drawing writes its own functions, which needs unsafe-eval; styles are
    # set on elements by the library
    policy = (
        f"default-src 'none'; script-src {hashes} 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(clean(picture.title))}</title>"
        "<style>body{margin:0;background:#fff}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def write(picture: Drawing, path: Path) -> None:
    """Write the page of the picture."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_text(page(picture), encoding="utf-8", newline="\n")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
