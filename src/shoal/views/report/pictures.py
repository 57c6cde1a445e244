"""Pictures in the report: a contact sheet for each cluster, and one for many dots of the map.

They are the thumbnails that the run kept, put into the page as they are; how many there is room
for is reckoned from their sizes, so that the page stays small whatever the run is.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.artifacts.reading import Run, whole
from shoal.numerics.samples import evenly
from shoal.text.cleaning import shorten
from shoal.views.figures.points import MAX_TEXTS

SHEET_BYTES = 3_000_000
"""Of all contact sheets together, before they are written as text."""
MAP_BYTES = 5_000_000
MAX_OF_CLUSTER = 12
MIN_OF_CLUSTER = 3
_BEGINNING = "data:image/jpeg;base64,"
_NAME_LENGTH = 80


def add_sheets(run: Run, entries: list[dict[str, Any]]) -> None:
    """Give each cluster's entry its contact sheet, and its borderline rows their pictures.

    Parameters
    ----------
    run : the run; without thumbnails all sheets are empty
    entries : of the page, from `views.clusters`; each gets "sheet", a list of pictures
    """
    budget = SHEET_BYTES
    for entry, info in zip(entries, run.clusters, strict=True):
        entry["sheet"] = []
        if run.thumbnails is None:
            continue
        left = len(entries) - entry["index"]
        for row in _rows(run, entry, info):
            picture = _picture(run, row)
            if picture is None:
                continue
            # the later clusters keep their share of the room
            fits = len(picture["source"]) * 3 // 4 <= budget / left - _bytes(entry["sheet"])
            if not fits and len(entry["sheet"]) >= MIN_OF_CLUSTER:
                break
            entry["sheet"].append(picture)
        budget = max(budget - _bytes(entry["sheet"]), 0)


def _bytes(pictures: list[dict[str, str]]) -> int:
    return sum(len(picture["source"]) for picture in pictures) * 3 // 4


def _rows(run: Run, entry: dict[str, Any], info: Any) -> list[int]:
    """Rows to show of a cluster: the typical ones, then others from firm to loose."""
    typical = [row for one in info.get("typical", []) if (row := whole(one, "row")) is not None]
    inside = np.flatnonzero((run.rows.cluster == entry["number"]) & np.isfinite(run.rows.x))
    others = np.setdiff1d(inside, typical)
    firm = np.argsort(-np.nan_to_num(run.rows.strength[others]), kind="stable")
    more = others[firm[evenly(len(others), max(MAX_OF_CLUSTER - len(typical), 0))]]
    return [*typical, *map(int, more)][:MAX_OF_CLUSTER]


def _picture(run: Run, row: int) -> dict[str, str] | None:
    thumbnails = run.thumbnails
    if thumbnails is None or not 0 <= row < len(thumbnails):
        return None
    data = thumbnails[row].as_py()
    if not data:
        return None
    return {"source": _BEGINNING + _text(data), "name": shorten(run.rows.text(row), _NAME_LENGTH)}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def map_pictures(run: Run, shown: NDArray[np.int64]) -> list[str]:
    """The pictures of dots at even steps, as many as there is room for.

    Parameters
    ----------
    run : the run
    shown : (n_points,) row of each dot of the map, in its order

    Returns
    -------
    One base64 JPEG, or nothing for a dot without one, for every `evenly` chosen dot; the page
    finds a dot's by the rule by which it finds its text
    """
    if run.thumbnails is None or not len(shown):
        return []
    sizes = run.thumbnails.combine_chunks().nbytes / max(len(run.thumbnails), 1)
    most = min(int(MAP_BYTES / max(sizes, 1)), MAX_TEXTS)
    info = shown[evenly(len(shown), most)]
    found = (run.thumbnails[int(row)].as_py() for row in info)
    return [_text(data) if data else "" for data in found]
