"""One colour for each cluster of a run, the same in every view of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from shoal.artifacts.reading import Before, Run, whole
from shoal.views.figures.centres import Places, centres, on_square
from shoal.views.figures.colours import Colour, palette


def colours_of(run: Run) -> list[Colour]:
    """The colour of each cluster of a run that is shown, in its order."""
    shown = [whole(entry, "cluster") or 0 for entry in run.clusters]
    before = run.before or Before(run.rows.cluster, shown, {})
    points = on_square(run.rows.x, run.rows.y)
    places = centres(points, before.labels, before.clusters)
    found = cluster_colours(points, dict(zip(before.clusters, places, strict=True)), before.made)
    return [found[cluster] for cluster in shown]


def cluster_colours(
    points: NDArray[np.float32], given: Mapping[int, Places], made: Mapping[int, NDArray[np.int64]]
) -> dict[int, Colour]:
    """The colour of each cluster, by where the run had it and by where edits made others.

    Whoever edits a run finds the way by colours, so a cluster keeps its own until it is gone. Each
    colour depends only on those given before it, and undo takes back the last edits only. What
    comes or goes therefore recolours no other cluster.

    Parameters
    ----------
    points : (n_rows, 2) float32, see `on_square`
    given : cluster -> (2,) where it was before any edit, in the order of the run
    made : cluster that an edit made -> the rows that it began with, in the order of the edits
    """
    places = [*given.values()]
    for rows in made.values():
        places += [*centres(points[rows], np.zeros(len(rows), np.int32), [0])]
    shares = np.array(places, dtype=np.float64).reshape(-1, 2) * 0.5 + 0.5
    return dict(zip([*given, *made], palette(shares), strict=True))
