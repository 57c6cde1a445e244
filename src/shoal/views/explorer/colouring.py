"""Cluster colors, chosen by position on the map and kept afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from shoal.views.explorer.view import RunView
from shoal.views.figures.centres import Places
from shoal.views.figures.cluster_colours import cluster_colours
from shoal.views.figures.colours import Colour


def colours(view: RunView, layer: int, clusters: Sequence[int], peaks: Places) -> list[Colour]:
    """A colour for each cluster of a layer; edits change only the chosen one.

    Parameters
    ----------
    view : of the run
    layer : which
    clusters : of the layer, as they are now
    peaks : (n_clusters, 2) where they lie now
    """
    editor = view.editor
    if layer != view.chosen:
        found = cluster_colours(view.points, dict(zip(clusters, peaks, strict=True)), {})
    else:
        given = dict(zip(editor.base_entries, view.given_places, strict=True))
        found = cluster_colours(view.points, given, editor.made)
    return [found[cluster] for cluster in clusters]
