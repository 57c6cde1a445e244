"""The explorer frozen into one HTML file that opens offline: all of it but editing and meaning."""

from __future__ import annotations

import base64
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.explorer import lists, pages
from shoal.explorer.course import course
from shoal.explorer.pages import MOST_COPIED
from shoal.explorer.view import RunView
from shoal.report.text import to_json

MOST_CHARS = 400
"""Of a text in a copy."""
MOST_COLUMNS = 20

LINKED = re.compile(r'<link rel="stylesheet"[^>]*href="/assets/([^"]+)"[^>]*>')
LOADED = re.compile(r'<script type="module"[^>]*src="/assets/([^"]+)"[^>]*></script>')


def frozen(view: RunView) -> dict[str, Any]:
    """Everything that the page shows, as JSON can hold it; arrays in base64.

    Raises
    ------
    BadInput : if the run has too many rows for one file
    """
    if view.n_rows > MOST_COPIED:
        raise BadInput(
            f"a copy holds at most {MOST_COPIED:,} rows, this run has {view.n_rows:,}. Share the "
            "run folder, or report.html, which shows a part of the rows."
        )
    run = pages.run_page(view)
    run["layers"] = [layer for layer in run["layers"] if layer["layer"] == view.chosen]
    clusters = pages.clusters_page(view, view.chosen)
    numbers = [entry["cluster"] for entry in clusters["clusters"]]
    columns = list(view.columns.values())[:MOST_COLUMNS]
    table = view.rows.table
    carried = [name for name in view.rows.names if name not in ("id", "text")][:MOST_COLUMNS]
    return {
        "run": run,
        "more": {"columns": [column.told() for column in columns], "meaning": False},
        "clusters": clusters,
        "course": course(view, view.chosen),
        "pages": {c: pages.cluster_page(view, view.chosen, c) for c in numbers},
        "arrays": {
            "points": _packed(view.points),
            "cluster": _packed(view.labels()),
            "strength": _packed(view.array("strength")),
            "outlier_score": _packed(view.outlier_scores),
            **{f"column:{column.name}": _packed(column.values) for column in columns},
        },
        "ids": [str(value) for value in table["id"].to_pylist()],
        "texts": [_short(value) for value in table[view.rows.read_as].to_pylist()],
        "columns": {name: [_short(v) for v in table[name].to_pylist()] for name in carried},
        "anomalies": lists.anomalies(view)["entries"],
        "duplicates": lists.duplicates(view),
        "history": pages.history_page(view),
    }


def _packed(values: NDArray[Any]) -> str:
    kind = "<i4" if values.dtype.kind in "iu" else "<f4"
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS] + "…"


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
    data = f'<script type="application/json" id="frozen">{to_json(frozen(view))}</script>'
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
