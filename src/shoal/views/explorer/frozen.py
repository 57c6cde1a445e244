"""The explorer frozen into one HTML file that opens offline; docs/explore.md says what it holds."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.data.entries import Entry, ReadEntry
from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray
from shoal.numerics.samples import evenly
from shoal.text.cleaning import to_json
from shoal.text.words import many
from shoal.views.explorer import lists, pages
from shoal.views.explorer.over_time import course
from shoal.views.explorer.pages import MAX_COPIED
from shoal.views.explorer.view import MAX_NAMED, RunView

MAX_CHARS = 400
"""Of a text in a copy."""
MAX_COLUMNS = 20
MAX_PICTURES = 4000
"""Thumbnails of a copy, of about 5 kB each."""
MAX_BRANCHES = 40
"""Clusters of the level that the list is grouped by; explorer/src/lists.ts has the same rule."""

LINKED = re.compile(r'<link rel="stylesheet"[^>]*href="(?:\./|/)assets/([^"]+)"[^>]*>')
LOADED = re.compile(r'<script type="module"[^>]*src="(?:\./|/)assets/([^"]+)"[^>]*></script>')
LOCAL = r"^(/|[A-Za-z]:[\\/]|\\\\|file:)"
"""How the absolute path of a file begins."""


def frozen(view: RunView, levels: Sequence[int] = ()) -> Entry:
    """Everything that the page shows, as JSON can hold it; arrays in base64.

    Parameters
    ----------
    view : of the run
    levels : layers to hold beside the one that the run chose

    Raises
    ------
    BadInput : if the run has too many rows for one file
    """
    if view.n_rows > MAX_COPIED:
        raise BadInput(
            f"a copy holds at most {MAX_COPIED:,} rows, but this run has {view.n_rows:,}. "
            "Share the run folder or report.html instead."
        )
    run = pages.run_page(view)
    infos = [layer for layer in run["layers"] if layer["layer"] in {view.chosen, *levels}]
    table, local = view.rows.table, local_columns(view)
    names = [name for name in view.rows.names if name not in {"id", "text", *local}]
    columns = [column for name, column in view.columns.items() if name not in local]
    odd, same = lists.anomalies(view), lists.duplicates(view)
    held = {info["layer"]: _level(view, info, infos, local) for info in infos}
    chosen = held.pop(view.chosen)
    pictures = _pictures(view, [chosen["pages"], odd["entries"], same["groups"]])
    return {
        "run": {**run, "layers": [chosen.pop("info")]},
        "more": {
            "columns": [column.info() for column in columns[:MAX_COLUMNS]],
            "meaning": False,
            "pictures": bool(pictures),
        },
        **chosen,
        "levels": list(held.values()),
        "arrays": {
            "points": _packed(view.points),
            "cluster": _packed(view.labels()),
            "strength": _packed(view.array("strength")),
            "outlier_score": _packed(view.outlier_scores),
            **{f"layer_{layer}": _packed(view.labels(layer)) for layer in held},
            **{f"column:{c.name}": _packed(c.values) for c in columns[:MAX_COLUMNS]},
        },
        "ids": [str(value) for value in table["id"].to_pylist()],
        "texts": [_short(value) for value in table[view.rows.read_as].to_pylist()],
        "columns": {n: [_short(v) for v in table[n].to_pylist()] for n in names[:MAX_COLUMNS]},
        "pictures": pictures,
        "anomalies": odd.pop("entries"),
        "odd": odd,
        "duplicates": same,
        "history": pages.history_page(view),
        "left_out": _left_out(view, len(infos), names, local, len(pictures)),
    }


def held_levels(view: RunView) -> list[int]:
    """The layers that a copy holds beside the chosen one, as their titles are there, or quickly so.

    They are the one that the list is grouped by, and those that were looked at. To name all of
    them would take minutes.
    """
    infos = pages.run_page(view)["layers"]
    few = {info["layer"] for info in infos if info["n_clusters"] <= MAX_NAMED}
    above = branches(infos, view.chosen)
    return sorted((view.named_layers & few) | (set() if above is None else {above}))


def branches(infos: Sequence[ReadEntry], layer: int) -> int | None:
    """The coarser layer by whose clusters the list groups those of a layer, if one is fit."""
    own = next(info["n_clusters"] for info in infos if info["layer"] == layer)
    most = min(own / 4, MAX_BRANCHES)
    fit = (i["layer"] for i in infos if i["layer"] > layer and 1 < i["n_clusters"] <= most)
    return next(fit, None)


def _level(view: RunView, info: Entry, infos: Sequence[Entry], local: set[str]) -> Entry:
    """What is told of one layer."""
    layer = info["layer"]
    clusters = pages.clusters_page(view, layer, branches(infos, layer))
    details = {}
    for entry in clusters["clusters"]:
        page = pages.cluster_page(view, layer, entry["cluster"])
        page["profile"] = [column for column in page["profile"] if column["name"] not in local]
        details[entry["cluster"]] = page
    return {"info": info, "clusters": clusters, "course": course(view, layer), "pages": details}


def local_columns(view: RunView) -> set[str]:
    """Columns of absolute paths: they tell of somebody's disk, and lead nowhere on another."""
    found = set()
    for name in view.rows.names:
        values = view.rows.table[name]
        if name not in {"id", "text"} and (
            pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
        ):
            begins = pc.match_substring_regex(values, LOCAL)
            if pc.all(begins, min_count=1).as_py():
                found.add(name)
    return found


def _pictures(view: RunView, shown: Any) -> dict[str, str]:
    """Thumbnails in base64 by row: of the rows in what is shown first, then of others evenly."""
    if not view.has_pictures:
        return {}
    rows = [*_rows_in(shown), *evenly(view.n_rows, MAX_PICTURES).tolist()]
    out = {}
    for row in list(dict.fromkeys(rows))[:MAX_PICTURES]:
        with suppress(BadInput):  # a row whose picture could not be read has none
            out[str(row)] = base64.b64encode(view.thumbnail(row)).decode("ascii")
    return out


def _rows_in(details: Any) -> list[int]:
    """The numbers of all rows that are named in something to be shown."""
    if isinstance(details, list):
        return [row for entry in details for row in _rows_in(entry)]
    if not isinstance(details, dict):
        return []
    own = [details["row"]] if "row" in details else details.get("rows", [])[:1]
    return [*own, *(row for value in details.values() for row in _rows_in(value))]


def _left_out(
    view: RunView, n_levels: int, names: Sequence[str], local: set[str], n_pictures: int
) -> list[str]:
    """What the run has and the copy has not, in sentences."""
    out = ["Editing, search by meaning and similar rows need the full run."]
    n_layers = len(view.saved.evaluation["layers"])
    if n_levels < n_layers:
        out.append(f"{n_levels} of {many(n_layers, 'level')} of detail are included.")
    if len(names) > MAX_COLUMNS:
        out.append(f"The first {MAX_COLUMNS} of {len(names)} columns are included.")
    if local:
        out.append(f"Local paths were left out: {', '.join(sorted(local))}.")
    if view.has_pictures and n_pictures < view.n_rows:
        out.append(f"Pictures of {n_pictures:,} of {view.n_rows:,} rows are included.")
    return out


def _packed(values: AnyArray) -> str:
    kind = "<i4" if values.dtype.kind in "iu" else "<f4"
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= MAX_CHARS else text[:MAX_CHARS] + "…"


def write_copy(view: RunView, static: Path) -> Path:
    """Write the copy into a folder of its own; the caller removes the folder.

    Parameters
    ----------
    view : of the run
    static : folder of the built page

    Raises
    ------
    BadInput : if the page is not built, or the run has too many rows
    """
    if not (static / "index.html").is_file():
        raise BadInput("the page of the explorer is not built, so there is nothing to copy.")
    details = frozen(view, held_levels(view))
    data = f'<script type="application/json" id="frozen">{to_json(details)}</script>'
    page = (static / "index.html").read_text(encoding="utf-8")
    style, script = LINKED.search(page), LOADED.search(page)
    assert style is not None  # the build makes one of each
    assert script is not None
    look = (static / "assets" / style[1]).read_text(encoding="utf-8")
    code = (static / "assets" / script[1]).read_text(encoding="utf-8")
    code = code.replace("</script", r"<\/script").replace("<!--", r"<\!--")
    page = page.replace(style[0], f"<style>{look}</style>").replace(script[0], "")
    body = f'{data}<script type="module">{code}</script></body>'
    made = Path(tempfile.mkdtemp(prefix="shoal-copy-")) / "explorer.html"
    made.write_text(page.replace("</body>", body), encoding="utf-8")
    return made
