"""A run in a notebook: a small map beside the largest clusters, with no script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from shoal.artifacts.reading import Left, read
from shoal.artifacts.saved import SavedRun
from shoal.numerics.samples import evenly
from shoal.text.cleaning import clean, shorten
from shoal.views.figures.cluster_colours import colours_of
from shoal.views.figures.document import environment
from shoal.views.figures.points import MapPlaces, place
from shoal.views.report import views
from shoal.views.report.answer import found_in
from shoal.views.report.sentences import headline, number_said, verdict
from shoal.views.report.tree import tree

MAX_POINTS = 3000
SIDE = 340
"""Width and height of the map in pixels, its margin included."""
MARGIN = 8
EXAMPLE_LENGTH = 110


def fragment(folder: Path, left: Left | None = None) -> str:
    """Show a finished run as a piece of HTML that any page can hold.

    Parameters
    ----------
    folder : the run folder
    left : what people made of the clusters, which is then shown

    Returns
    -------
    HTML without a script; the same run folder gives the same bytes.

    Raises
    ------
    BrokenRun : if a file of the run is missing or damaged
    """
    run = read(SavedRun(Path(folder)), left)
    n = views.counts(run)
    entries = views.clusters(run)
    places = place(run.rows, [entry["number"] for entry in entries])
    colours = [colour.light for colour in colours_of(run)]
    found = found_in(run, n)
    shown = {entry["number"]: _row(entry, colours) for entry in entries}
    lines = [
        {
            "title": shorten(clean(line.title), EXAMPLE_LENGTH),
            "size": line.size,
            "depth": line.depth,
            "cluster": None if line.entry is None else shown[line.entry["cluster"]],
        }
        for line in tree(found)
    ]
    return (
        environment()
        .get_template("notebook.html.j2")
        .render(
            sentence=f"{headline(found)}.",
            verdict=" ".join(one for one in (verdict(found), number_said(found)) if one),
            lines=lines,
            side=SIDE,
            dots=_dots(places, colours),
        )
    )


def _row(entry: dict[str, Any], colours: list[str]) -> dict[str, Any]:
    example = entry["typical"][0]["own"] if entry["typical"] else ""
    return {
        **entry,
        "colour": colours[entry["index"]],
        "example": shorten(example, EXAMPLE_LENGTH),
    }


def _dots(places: MapPlaces, colours: list[str]) -> list[tuple[str, str]]:
    """One path of points for each colour on the map; noise first, in grey."""
    kept = evenly(len(places.rows), MAX_POINTS)
    inner = SIDE - 2 * MARGIN
    x = np.rint((MARGIN + places.x[kept] * inner) * 10).astype(int)
    y = np.rint((MARGIN + places.y[kept] * inner) * 10).astype(int)
    position = places.position[kept]
    out = []
    for group in np.unique(position):
        inside = np.flatnonzero(position == group)
        path = "".join(f"M{x[i] / 10:g} {y[i] / 10:g}h0" for i in inside)
        out.append(("#9aa1a7" if group < 0 else colours[group], path))
    return out
