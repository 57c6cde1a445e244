"""Cluster colors, chosen by position on the map and kept afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.views.explorer.places import Places, centres
from shoal.views.explorer.view import RunView
from shoal.views.figures.colours import Colour, palette


def colours(view: RunView, layer: int, clusters: Sequence[int], peaks: Places) -> list[Colour]:
    """A colour for each cluster of a layer.

    Edits change the chosen layer. Who edits finds the way by colours, so a cluster keeps its own
    until it is gone: colours are given by where the run had its clusters, then to the clusters that
    edits made, in that order, by where each began. A colour depends on those given before alone,
    and undo takes back the last edits only, so what comes or goes recolours nothing that stays.

    Parameters
    ----------
    view : of the run
    layer : which
    clusters : of the layer, as they are now
    peaks : (n_clusters, 2) where they lie now
    """
    if layer != view.chosen or not view.editor.history.done:
        return palette(_shares(peaks))
    editor = view.editor
    began: dict[int, NDArray[np.int64]] = {}
    for edit in editor.history.done:
        for cluster, rows in edit.get("moved", {}).items():
            if int(cluster) not in editor.base_entries and int(cluster) >= 0:
                began.setdefault(int(cluster), np.asarray(rows, dtype=np.int64))
    started = [
        centres(view.points[rows], np.zeros(len(rows), np.int32), [0]) for rows in began.values()
    ]
    places = np.vstack([view.given_places, *started])
    kept = dict(zip([*editor.base_entries, *began], palette(_shares(places)), strict=True))
    return [kept[cluster] for cluster in clusters]


def _shares(places: Places) -> Places:
    """From the numbers of the map, -1 to 1, to shares of it."""
    return places * 0.5 + 0.5
