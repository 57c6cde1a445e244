"""The contents of a finished run: its tables and scores, with any edits applied."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.analysis.edits import Editor, has_edits, side_by_side
from shoal.analysis.findings import as_left, with_texts
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, FloatArray, IntArray
from shoal.data.entries import Entry
from shoal.recipe import Recipe
from shoal.run.frames import framed
from shoal.run.rows import Rows
from shoal.stages.outcomes import Outcome, shown_outcome
from shoal.stages.profiling import rarer_value
from shoal.storage.remote import shown
from shoal.text.blanks import n_without_text
from shoal.text.words import many
from shoal.views.report.sentences import Found

CLUSTER_COLUMNS = ("cluster", "title", "size", "keywords")
ANOMALY_COLUMNS = ("row", "score", "anomaly", "verdict", "text", "reason")
DUPLICATE_COLUMNS = ("group", "row", "similarity", "text")
"""Keys that are shown where a person looks at the list; an entry has more."""
FRAME_COLUMNS = (
    "cluster",
    "title",
    "strength",
    "outlier_score",
    "duplicate_of",
    "note",
    "x",
    "y",
)
"""What `to_frame` adds to the columns of the source."""


class RunContents:
    """The contents of a run folder, loaded on demand.

    Parameters
    ----------
    path : the run folder

    Raises
    ------
    BrokenRun : if the folder is no finished run
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._saved = SavedRun(self.path)
        self.info = self._saved.info
        self._editor: Editor | None = None
        self._given: Any = None

    @property
    def clusters(self) -> Rows:
        """One entry per cluster: cluster, title, keywords, size, quality, typical, borderline.

        As people left them, if anybody edited the run.
        """
        left = self.edited
        if left is None or not left.n_changes:
            return self._found_clusters
        return Rows(left.entries, CLUSTER_COLUMNS, ("cluster", "clusters"))

    @cached_property
    def _found_clusters(self) -> Rows:
        return Rows(self._saved.clusters, CLUSTER_COLUMNS, ("cluster", "clusters"))

    @property
    def evaluation(self) -> Entry:
        """The scores, the layers, and the reason for the number of clusters."""
        return self._saved.evaluation

    @property
    def anomalies(self) -> Rows:
        """The rows that stand out, farthest first: see `findings.anomaly_table`, and text."""
        entries = as_left(with_texts(self._saved, self._saved.anomalies), self.edited)
        return Rows(
            entries, ANOMALY_COLUMNS, ("row, most unusual first", "rows, most unusual first")
        )

    @cached_property
    def duplicates(self) -> Rows:
        """Rows nearly or exactly the same: see `findings.duplicate_table`, and text."""
        entries = with_texts(self._saved, self._saved.duplicates)
        return Rows(
            entries, DUPLICATE_COLUMNS, ("row with a near-duplicate", "rows with a near-duplicate")
        )

    @property
    def recipe(self) -> Recipe:
        """Every choice of the run."""
        return self._saved.recipe

    @cached_property
    def profiles(self) -> Entry | None:
        """What sets the clusters of records apart, column by column; None of other data."""
        left = self.edited
        return self._saved.profiles if left is None else left.profiles

    @property
    def outcome(self) -> Outcome | None:
        """The first outcome column, with its values per cluster."""
        named = [self.info["columns"].get("truth"), *self.recipe.stages["read"].get("outcome", ())]
        if self.profiles is not None:  # those that are named like one follow
            named += [c["name"] for c in self.profiles["columns"] if c.get("outcome")]
        two = None if self.profiles is None else rarer_value(self.profiles, named)
        if two is None:
            return shown_outcome(self.clusters)
        return Outcome(two[0], {cluster: f"{share:.0%}" for cluster, share in two[1].items()})

    def found(self) -> Found:
        """The facts behind the sentences in terminal, report and notebook."""
        described = self._saved.described
        return Found(
            clusters=self.clusters,
            evaluation=self.evaluation,
            counts=self.counts,
            themes=described.get("themes") or (),
            layers=described.get("layers") or (),
            run=shown(str(self.path)),
            blank=n_without_text(self._saved.info.get("excluded") or {}),
        )

    @property
    def labels(self) -> IntArray:
        """Cluster of each input row, (n_rows,) int32; -1 for noise and rows without content.

        As people left them, if anybody edited the run.
        """
        left = self.edited
        return self._saved.labels.copy() if left is None else left.state.labels.copy()

    @property
    def embeddings(self) -> FloatArray:
        """Normalized vectors, (n_rows, n_dims) float32, as a read-only memory map."""
        return self._saved.embeddings

    @property
    def reason(self) -> str:
        """Why there are that many clusters, in one sentence."""
        return str(self.evaluation["reason"])

    @property
    def scores(self) -> dict[str, float]:
        """Score by name."""
        return {score["name"]: score["value"] for score in self.evaluation["scores"]}

    @property
    def coverage(self) -> float:
        """Share of the usable rows that have a cluster, in [0, 1]."""
        counts = self.counts
        return 1.0 - float(counts["noise"]) / max(int(counts["used"]), 1)

    @property
    def counts(self) -> dict[str, int]:
        """Rows, those that could be used, those with no cluster, and clusters."""
        counts = dict(self.info["counts"])
        left = self.edited
        if left is not None and left.n_changes:
            counts["clusters"] = len(left.state.entries)
            counts["noise"] = int((left.state.labels[self.usable] < 0).sum())
        return counts

    @property
    def edited(self) -> Editor | None:
        """The edits made in the explorer, None if there are none."""
        if not has_edits(self._saved):
            return None
        if self._editor is None:
            self._editor = Editor(self._saved)
        self._editor.refresh()
        return self._editor

    @property
    def edits_said(self) -> str:
        """One sentence about the run's edits; empty if there are none."""
        left = self.edited
        return "" if left is None else left.said

    def to_arrow(self, *, edited: bool = True) -> pa.Table:
        """The source's columns and the assignments side by side, one row per input row.

        Parameters
        ----------
        edited : with the clusters and titles as people left them, if anybody edited the run
        """
        return side_by_side(self._saved, edited=edited)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows of `to_arrow` for any library that speaks Arrow, such as ``pl.DataFrame(run)``.

        Parameters
        ----------
        requested_schema : an Arrow schema in a PyCapsule that the reader would like to have
        """
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_frame(self, *, layers: bool = False) -> Any:
        """The rows as the kind of frame that came in; `to_arrow` has every column.

        Parameters
        ----------
        layers : with the cluster of each row at each level of detail, fine to coarse

        Returns
        -------
        A frame of polars, pyarrow or pandas (with its index) if such a frame was clustered, of
        pandas otherwise: the source's columns, then cluster, title, strength, outlier_score,
        duplicate_of, note, x and y, one row per input row; one whose name the source has gets the
        prefix "shoal_". Of a run that was loaded, the index of pandas is not there any more.

        Raises
        ------
        BadInput : if the library of the frame is not installed
        """
        names = self._saved.assigned_names if layers else []
        wanted = (*FRAME_COLUMNS, *(name for name in names if name.startswith("layer_")))
        table = side_by_side(self._saved, edited=True, only=wanted)
        return framed(table, wanted, self._given, self.info["columns"])

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Mask of the usable rows, (n_rows,); the others have no position on the map."""
        return self._saved.usable

    def _places(self) -> IntArray:
        """Index of each row's cluster in `clusters`, (n_rows,); -1 for none.

        That is its number, unless edits left gaps between the numbers.
        """
        numbers = [entry["cluster"] for entry in self.clusters]
        place = np.full(max(numbers, default=0) + 2, NOISE, dtype=np.int32)
        place[numbers] = np.arange(len(numbers), dtype=np.int32)
        return np.asarray(place[self.labels], dtype=np.int32)

    @property
    def headline(self) -> str:
        """Summarize the number of clusters and rows, and the share of rows placed."""
        counts = self.counts
        if counts["noise"]:
            # "all" must mean every single row
            share = f"{min(self.coverage, 0.999):.1%} of the usable rows placed"
            placed = f"{share}, {counts['noise']:,} unassigned"
        else:
            placed = "all usable rows placed" if counts["excluded"] else "all placed"
        return f"{many(counts['clusters'], 'cluster')} in {many(counts['rows'], 'row')}, {placed}"
