"""Pictures of a finished run, for print (matplotlib) and for the screen (Plotly).

Each kind is a function from a run to a `Picture`, found by name in the table `KINDS`. A picture
is described once, by marks on panels, and drawn by either library.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from shoal.plugins import Family, Part
from shoal.views.plots.picture import ENDINGS, Picture
from shoal.views.plots.run_data import RunData

KINDS = Family(
    kind="picture",
    group="shoal.plots",
    parts={
        "map": Part(
            "shoal.views.plots.maps:map_",
            "one dot per row; by=umap, tsne or pca computes another layout",
        ),
        "sizes": Part("shoal.views.plots.clusters:sizes", "rows of each cluster"),
        "keywords": Part(
            "shoal.views.plots.clusters:keywords", "keywords, inside a cluster and outside"
        ),
        "similarity": Part("shoal.views.plots.clusters:similarity", "similarity of the clusters"),
        "silhouette": Part(
            "shoal.views.plots.quality:silhouette", "silhouettes of all rows by cluster"
        ),
        "curves": Part(
            "shoal.views.plots.quality:curves", "the criteria behind the number of clusters"
        ),
        "anomalies": Part(
            "shoal.views.plots.quality:anomalies", "distances of rows to their nearest neighbors"
        ),
        "tree": Part("shoal.views.plots.trees:tree", "dendrogram of the clusters"),
        "layers": Part("shoal.views.plots.trees:layers", "the layers from coarse to fine"),
        "segments": Part(
            "shoal.views.plots.segments:segments", "heat map of the columns of records"
        ),
        "time": Part(
            "shoal.views.plots.changes:time", "rising and falling clusters, by a date column"
        ),
        "flow": Part(
            "shoal.views.plots.changes:flow", "how rows moved to the clusters of another run"
        ),
    },
)

__all__ = ["ENDINGS", "KINDS", "Picture", "Plots"]


class Plots:
    """The pictures of a run by kind: ``run.plot.map(by="pca")`` or ``run.plot("map", by="pca")``.

    Parameters
    ----------
    path : the run folder
    compared : makes a comparison with another run, for the kind "flow"

    Returns
    -------
    Each gives a Picture: it shows itself in a notebook, ``save("map.svg")`` writes it,
    ``figure`` is its matplotlib figure
    """

    def __init__(self, path: Path, compared: Callable[[Any], Any]) -> None:
        self._path, self._compared = path, compared

    def __call__(self, kind: str, **options: Any) -> Picture:
        """A picture of a kind.

        Raises
        ------
        UnknownPart : if there is no such kind, or it has no such option
        BadInput : if the run has not what it shows
        """
        if kind == "flow" and options.get("other") is not None:
            options["other"] = self._compared(options["other"])
        made: Picture = KINDS.build(kind, options, run=RunData(self._path))
        return made

    def __getattr__(self, kind: str) -> Callable[..., Picture]:
        if kind.startswith("_") or not KINDS.has(kind):
            raise AttributeError(f"there is no plot {kind!r}; the plots are {KINDS.names()}")
        return lambda **options: self(kind, **options)

    def __dir__(self) -> list[str]:
        return KINDS.names()
