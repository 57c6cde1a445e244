"""The page itself: template, style and script put together into one file."""

from __future__ import annotations

import base64
import hashlib
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from shoal.report import views, words
from shoal.report.colours import Colour, palette
from shoal.report.layers import why
from shoal.report.points import Map, pack
from shoal.report.reading import Run, read
from shoal.report.text import clean, to_json

_STYLES = ("report.css", "parts.css")
_SCRIPTS = ("base.js", "paint.js", "labels.js", "map.js", "pointer.js", "table.js")


def write(folder: Path, destination: Path | None = None) -> Path:
    """Write the report of a finished run as one self-contained HTML file.

    Parameters
    ----------
    folder : the run folder
    destination : the file to write; `report.html` in the run folder if not given

    Returns
    -------
    The file written. The same run folder gives the same bytes.

    Raises
    ------
    BrokenRun : if a file of the run is missing or damaged
    """
    folder = Path(folder)
    page = render(read(folder))
    target = folder / "report.html" if destination is None else Path(destination)
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
    points = pack(run.rows, [entry["number"] for entry in entries])
    colours = palette(points.peaks)
    style = "\n".join([*map(_asset, _STYLES), _swatches(colours)])
    script = '(() => {\n"use strict";\n' + "\n".join(map(_asset, _SCRIPTS)) + "})();\n"
    template = environment().get_template("page.html.j2")
    return template.render(
        csp=_policy(style, script),
        style=style,
        script=script,
        head=views.head(run, n),
        n=n,
        clusters=entries,
        map=points,
        map_json=to_json(_payload(points, entries, colours)),
        texts_json=to_json(points.texts),
        why=why(run),
        left_out=views.left_out(run, n),
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


def _swatches(colours: list[Colour]) -> str:
    """Colours as rules of the style sheet: the policy of the page forbids style attributes."""
    return "\n".join(
        f".k{index}{{--light:{colour.light};--dark:{colour.dark}}}"
        for index, colour in enumerate(colours)
    )


def _policy(style: str, script: str) -> str:
    """Allow exactly this style and this script, and nothing from anywhere else."""
    return (
        "default-src 'none'; "
        f"style-src '{_sha256(style)}'; script-src '{_sha256(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _sha256(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def _asset(name: str) -> str:
    content = files("shoal.report").joinpath("assets", name).read_text(encoding="utf-8")
    return content.replace("\r\n", "\n")


def _template(name: str) -> str:
    path = files("shoal.report").joinpath("templates", name)
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")


def environment() -> Environment:
    """Make the templates' environment: everything is escaped, nothing may be undefined."""
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        count=words.count, decimal=words.decimal, many=words.many, percent=words.percent
    )
    return environment
