"""The page itself: template, style and script put together into one file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from shoal.artifacts.reading import Left, Run, read, without_texts
from shoal.artifacts.saved import SavedRun
from shoal.storage import run_files
from shoal.text.cleaning import clean, to_json
from shoal.views.figures.cluster_colours import colours_of
from shoal.views.figures.colours import Colour
from shoal.views.figures.curves import curves
from shoal.views.figures.document import asset, environment, policy, swatches, together
from shoal.views.figures.points import Map, pack
from shoal.views.figures.profiles import profiles
from shoal.views.report import views
from shoal.views.report.answer import answer
from shoal.views.report.layers import why
from shoal.views.report.overview import overview
from shoal.views.report.pictures import add_sheets, map_pictures
from shoal.views.report.standing_out import anomalies, duplicates, odd_rows
from shoal.views.report.warnings import caveats

_STYLES = ("report.css", "parts.css", "findings.css", "pictures.css", "profiles.css", "answer.css")
_SCRIPTS = ("base.js", "paint.js", "labels.js", "map.js", "pictures.js", "pointer.js", "table.js")


def write(
    folder: Path,
    destination: Path | None = None,
    left: Left | None = None,
    *,
    texts: bool = True,
) -> Path:
    """Write the report of a finished run as one self-contained HTML file.

    Parameters
    ----------
    folder : the run folder
    destination : the file to write; `report.html` in the run folder if not given
    left : what people made of the clusters, which is then shown
    texts : with texts, ids and pictures of rows

    Returns
    -------
    The file written. The same run folder gives the same bytes.

    Raises
    ------
    BrokenRun : if a file of the run is missing or damaged
    """
    folder = Path(folder)
    run = read(SavedRun(folder), left)
    page = render(run if texts else without_texts(run))
    target = folder / run_files.REPORT if destination is None else Path(destination)
    # Written aside and renamed, so that no one ever opens half a page.
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        aside.write_text(page, encoding="utf-8", newline="\n")
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return target


def render(run: Run) -> str:
    """Render the page of a run.

    Parameters
    ----------
    run : a run that was read

    Returns
    -------
    The whole HTML document.
    """
    n = views.counts(run)
    entries = views.clusters(run)
    add_sheets(run, entries)
    points = pack(run.rows, [entry["number"] for entry in entries], odd_rows(run))
    pictures = map_pictures(run, points.rows)
    colours = colours_of(run)
    style = "\n".join([*map(asset, _STYLES), swatches(colours)])
    script = together([asset(name) for name in _SCRIPTS])
    template = environment().get_template("page.html.j2")
    return template.render(
        csp=policy(style, script),
        style=style,
        script=script,
        head=views.head(run, n),
        answer=answer(run, n, entries),
        shows_texts=run.shows_texts,
        n=n,
        clusters=entries,
        map=points,
        map_json=to_json(_payload(points, entries, colours)),
        texts_json=to_json(points.texts),
        profiles=profiles(run, entries),
        pictures_json=to_json(pictures) if pictures else "",
        why=why(run),
        curves=curves(run),
        left_out=views.left_out(run, n),
        overview=overview(run, n, entries),
        caveats=caveats(run, n, entries),
        anomalies=anomalies(run, entries),
        duplicates=duplicates(run),
        scores=views.scores(run),
        made=views.made(run),
        version=clean(run.run.get("shoal")),
    )


def _payload(points: Map, entries: list[dict[str, Any]], colours: list[Colour]) -> dict[str, Any]:
    clusters = [
        {
            "title": entry["title"],
            "size": entry["size"],
            "light": colour.light,
            "dark": colour.dark,
            "at": None if (peak != peak).any() else [round(float(v), 4) for v in peak],
        }
        for entry, colour, peak in zip(entries, colours, points.peaks, strict=True)
    ]
    return {**points.payload, "clusters": clusters}
