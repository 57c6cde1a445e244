"""What pictures are made from: a finished run, each part of it read when it is needed."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shoal.analysis.edits import as_left
from shoal.artifacts.reading import Run, read, whole
from shoal.artifacts.saved import SavedRun
from shoal.data import FloatArray
from shoal.data.entries import ReadEntry
from shoal.errors import BadInput
from shoal.numerics.clusters import centres
from shoal.text.cleaning import clean, shorten
from shoal.text.words import many
from shoal.views.figures.cluster_colours import colours_of
from shoal.views.figures.points import MapPlaces, place


def _in_a_row(run: Run) -> Run:
    """The run with its clusters numbered without gaps, largest first, as pictures count them."""
    numbers = [whole(entry, "cluster") or 0 for entry in run.clusters]
    if numbers == list(range(len(numbers))):
        return run
    place = np.full(max(numbers, default=-1) + 2, -1, dtype=np.int32)
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    clusters: list[ReadEntry] = [{**entry, "cluster": i} for i, entry in enumerate(run.clusters)]
    rows = replace(run.rows, cluster=place[run.rows.cluster])
    return replace(run, clusters=clusters, rows=rows)


TITLE = 42
"""Most letters of a title beside a bar."""


class RunData:
    """A run as pictures need it.

    Parameters
    ----------
    path : the run folder

    Raises
    ------
    BrokenRun : if it is no finished run, or damaged
    """

    def __init__(self, path: Path) -> None:
        self.saved = SavedRun(path)

    @cached_property
    def shown_run(self) -> Run:
        """What the report reads."""
        return read(self.saved, as_left(self.saved))

    @cached_property
    def run(self) -> Run:
        """The same with clusters numbered without gaps."""
        return _in_a_row(self.shown_run)

    @cached_property
    def name(self) -> str:
        """What the data is called."""
        return clean(self.run.run.get("title")) or self.run.name

    @cached_property
    def numbers(self) -> list[int]:
        """The label of each cluster, largest cluster first."""
        return [whole(entry, "cluster") or 0 for entry in self.run.clusters]

    @cached_property
    def titles(self) -> list[str]:
        """The title of each cluster, in the same order."""
        return [
            clean(entry.get("title")) or f"Cluster {number}"
            for entry, number in zip(self.run.clusters, self.numbers, strict=True)
        ]

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each cluster, (n_clusters,)."""
        return np.array([whole(entry, "size") or 0 for entry in self.run.clusters], dtype=np.int64)

    @cached_property
    def labels(self) -> NDArray[np.int32]:
        """Cluster of each row, (n_rows,); -1 for none."""
        return self.run.rows.cluster

    @cached_property
    def places(self) -> MapPlaces:
        """Where the rows lie on the run's own map."""
        return place(self.run.rows, self.numbers)

    @cached_property
    def colours(self) -> list[str]:
        """A colour for each cluster, the same as in the report."""
        return [colour.light for colour in colours_of(self.shown_run)]

    @cached_property
    def vectors(self) -> FloatArray:
        """Unit vectors of the distinct rows, (n_distinct, n_dims) float32."""
        return self.saved.distinct_vectors

    @cached_property
    def centres(self) -> FloatArray:
        """Mean direction of each cluster, (n_clusters, n_dims) float32."""
        return centres(self.vectors, self.labels[self.saved.distinct], len(self.numbers))

    @property
    def said(self) -> str:
        """Rows and clusters of the run, for the line below a title."""
        edited = f", {many(self.run.n_edits, 'edit')} shown" if self.run.n_edits else ""
        return f"{many(len(self.labels), 'row')} in {many(len(self.numbers), 'cluster')}{edited}"

    def shown(self, n: int | None, most: int) -> int:
        """How many clusters are drawn.

        Raises
        ------
        BadInput : if the run has no clusters, or fewer than one are asked for
        """
        if not self.numbers:
            raise BadInput("the run has no clusters, so there is nothing to plot.")
        if n is not None and n < 1:
            raise BadInput(f"at least 1 cluster must be drawn, got {n}.")
        return min(most if n is None else n, len(self.numbers))

    def short(self, cluster: int, most: int = TITLE) -> str:
        """The title of a cluster, by its place, cut to a length."""
        return shorten(self.titles[cluster], most)
