"""A finished run: a handle on its folder that loads its contents on demand."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa

from shoal.analysis.measuring import against_truth
from shoal.analysis.overlap import Overlap
from shoal.analysis.tuning import Tuning, tune
from shoal.artifacts.export import write_folders
from shoal.data import NOISE, IntArray
from shoal.data.entries import Entry
from shoal.errors import BadInput
from shoal.parts.embedders.base import CallableEmbedder, Transforms
from shoal.progress import SILENT, Progress
from shoal.run.contents import RunContents
from shoal.run.overlap import find_overlap
from shoal.run.passages import inner_folder, passage_table, tables_of_passages
from shoal.run.predict import Opened, predict_rows, read_new
from shoal.storage.locks import alone
from shoal.storage.trust import agree, is_trusted, staying_own
from shoal.views import report
from shoal.views.comparison import Comparison, Side, compare, distinct_names
from shoal.views.plots import Plots
from shoal.views.report.tree import as_text

WAITING = 10.0
"""Seconds to wait for another command that writes to a run, where little is to be written."""
PREDICTS = ("embed", "normalize", "reduce")
"""Stages of a run whose parts new rows go through."""
_OPENING = Lock()  # not of each run, so that runs can be pickled


def as_embedder(part: Any) -> Any:
    """Wrap a plain function as an embedder; an embedder is returned unchanged."""
    return part if isinstance(part, Transforms) else CallableEmbedder(part)


class Run(RunContents):
    """A clustering and everything that belongs to it, read from its run folder.

    Parameters
    ----------
    path : the run folder

    Raises
    ------
    BrokenRun : if the folder is no finished run
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._temporary: Any = None
        self._opened: Opened | None = None

    @classmethod
    def temporary_folder(cls) -> tuple[Path, tempfile.TemporaryDirectory[str]]:
        """Create a temporary run folder, and the object that keeps it alive."""
        keeper = tempfile.TemporaryDirectory(prefix="shoal-")
        return Path(keeper.name) / "run", keeper

    def keep(self, keeper: tempfile.TemporaryDirectory[str]) -> Run:
        """Remove the temporary folder when this run is no longer used."""
        self._temporary = weakref.finalize(self, keeper.cleanup)
        return self

    def came_from(self, frame: Any) -> Run:
        """Remember the frame that the rows came from, for `to_frame`."""
        self._given = frame
        return self

    @cached_property
    def plot(self) -> Plots:
        """Plots by kind: ``run.plot.map(by="umap").save("map.svg")``."""
        return Plots(self.path, self.compare)

    def report(self, destination: str | Path | None = None, *, texts: bool = True) -> Path:
        """Write the report, into the run folder or elsewhere, and return its path.

        Parameters
        ----------
        destination : the file; `report.html` in the run folder when not given
        texts : with texts, ids and pictures of rows; without them it can be shared
        """
        target = Path(destination) if destination else None
        if target is not None:
            return report.write(self.path, target, self.edited, texts=texts)
        with alone(self.path, WAITING), staying_own(self.path):
            written = report.write(self.path, None, self.edited, texts=texts)
            self._saved.folder.note(written.name)
        return written

    def explore(self, *, height: int = 640) -> Any:
        """Open the explorer as a notebook widget; needs shoal[notebook].

        In a browser of its own, where clusters can be edited: ``shoal explore RUN``.

        Parameters
        ----------
        height : pixels

        Returns
        -------
        anywidget; ``widget.selection`` holds the rows that are selected in it

        Raises
        ------
        MissingExtra : if anywidget is not installed
        BadInput : if the run has more than 200,000 rows
        """
        from shoal.views.explorer.widget import make_widget

        return make_widget(self.path, height=height)

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Copy the run folder to `path`, which must not exist unless `force` is given."""
        self._saved.folder.copy_to(Path(path), force=force)
        if is_trusted(self.path):
            agree(Path(path))
        return Path(path)

    def export_folders(
        self, target: str | Path | None = None, *, copies: bool = False, force: bool = False
    ) -> Path:
        """Write one folder per cluster of pictures, and return their parent folder.

        Parameters
        ----------
        target : where to; `folders` in the run folder when not given
        copies : copy the files; else link to them
        force : write over what was written before

        Raises
        ------
        BadInput : if the run is not of pictures in files
        NotTrusted : if somebody else made the run, see `shoal.load`
        OutputExists : if there is something, and `force` is not given
        """
        return self.export(target, copies=copies, force=force)[0]

    def export(
        self, target: str | Path | None = None, *, copies: bool = False, force: bool = False
    ) -> tuple[Path, int, int]:
        """Like `export`, and also return how many pictures were written and how many are gone."""
        out = None if target is None else Path(target)
        return write_folders(
            self._saved, self.labels, self.clusters, out, copies=copies, force=force
        )

    def predict(
        self, data: Any, *, text: str | None = None, embedder: Any = None, **read: Any
    ) -> IntArray:
        """Cluster of each new row, (n,) int32; -1 where a row fits nowhere.

        Parameters
        ----------
        data : what `shoal.cluster` takes
        text : the text column; the one of the run when it is there
        embedder : the run's own callable, if it was made with one
        read : vectors (a column, a file or an array, for a run of vectors), image (the column,
            for a run of pictures), id, part, delimiter, encoding, header
        """
        table = self.predict_table(data, text=text, embedder=embedder, **read)
        return np.asarray(table["cluster"].to_numpy(), dtype=np.int32)

    def predict_table(
        self,
        data: Any,
        *,
        text: str | None = None,
        embedder: Any = None,
        progress: Progress = SILENT,
        **read: Any,
    ) -> pa.Table:
        """Predict as a pyarrow table: id, cluster, title, strength, note; one row per new row.

        Raises
        ------
        NotTrusted : if somebody else made the run, and it would send the rows somewhere or load a
            model; see `shoal.load`
        """
        self.recipe.check_trusted(str(self.path), *PREDICTS)
        if self.recipe.stages["read"].get("split"):
            found = self.predict_passages(
                data, text=text, embedder=embedder, progress=progress, **read
            )
            return found[0]
        return predict_rows(
            self._open(),
            data,
            {**read, "text": text},
            embedder=None if embedder is None else as_embedder(embedder),
            edited=self.edited,
            progress=progress,
        )

    def _open(self) -> Opened:
        """The run with its model, opened again if it was written since the last prediction."""
        with _OPENING:
            if self._opened is None or not self._opened.is_current:
                self._opened = Opened(self.path)
            return self._opened

    def predict_passages(
        self,
        data: Any,
        *,
        text: str | None = None,
        embedder: Any = None,
        progress: Progress = SILENT,
        **read: Any,
    ) -> tuple[pa.Table, pa.Table]:
        """Predict new texts and their passages, for a run that was split into passages.

        Returns
        -------
        The table of `predict_table`, in which strength is the share of the text that is in the
        cluster; and a table of the passages with row, id, passage, start, end, page, text, cluster

        Raises
        ------
        BadInput : if the run was not split
        """
        if not self.recipe.stages["read"].get("split"):
            raise BadInput("this run has no passages. Cluster its source with --split passages.")
        items = read_new(self._saved, data, {**read, "text": text}, progress)
        table = passage_table(items)
        inner = Run(inner_folder(self.path))
        themes = np.full(0, NOISE, dtype=np.int32)
        if len(table):
            named = pa.table({"id": np.arange(len(table)), "text": table["text"]})
            themes = inner.predict(
                named, text="text", id="id", embedder=embedder, progress=progress
            )
        described = self._saved.described
        entries = described["clusters"] + described["passage_clusters"]
        titles = {entry["cluster"]: entry["title"] for entry in entries}
        if self.edited is not None:
            titles |= dict(self.edited.titles)
        return tables_of_passages(items, table, themes, described["numbers"], titles)

    def duplicates_with(
        self,
        other: Any,
        *,
        text: str | None = None,
        embedder: Any = None,
        progress: Progress = SILENT,
        **read: Any,
    ) -> Overlap:
        """Find rows of another table or run that nearly or exactly repeat a row of this run.

        Such as rows of a test set that are in the training set. What counts as nearly the same is
        what does within the run: see `duplicates`.

        Parameters
        ----------
        other : another run, or its folder, or what `shoal.cluster` takes
        text, embedder, read : as of `predict`
        progress : advanced once for each row that is embedded

        Returns
        -------
        Overlap: `exact` and `near` count rows of `other`, `table` (pyarrow) holds the groups

        Raises
        ------
        BadInput : if the two are of different kinds, or `other` is this run
        NotTrusted : if somebody else made the run, and it would send the rows somewhere or load a
            model; see `shoal.load`
        """
        self.recipe.check_trusted(str(self.path), *PREDICTS)
        return find_overlap(
            self._saved,
            other,
            {**read, "text": text},
            embedder=None if embedder is None else as_embedder(embedder),
            progress=progress,
        )

    def measure(self, truth: str) -> tuple[list[Entry], list[tuple[str, float] | None]]:
        """Score the clusters against a ground-truth column of the run.

        Returns
        -------
        The scores as in `evaluation`, and for each cluster its most frequent class and the share
        of its rows that have it

        Raises
        ------
        UnknownPart : if the run has no such column
        BadInput : if no row has a class
        """
        return against_truth(self._saved.items, truth, self._places(), self.usable)

    def compare(self, other: Run | str | Path, *, by: str = "auto") -> Comparison:
        """Compare with another run of the same rows: clusters that split, merged or moved.

        Parameters
        ----------
        other : the other run, or its folder
        by : how rows are matched: "id", "content", "position", or "auto" for the first of these
            that means the same rows

        Returns
        -------
        Comparison, which shows itself in a notebook and is saved as a page, picture or table

        Raises
        ------
        BadInput : if the runs have no row in common
        BrokenRun : if `other` is no finished run
        """
        after = other if isinstance(other, Run) else Run(other)
        ours, theirs = distinct_names(self.path.resolve(), after.path.resolve())
        return compare(self._side(ours), after._side(theirs), by)

    def _side(self, name: str) -> Side:
        """Describe the run as one side of a comparison."""
        items = self._saved.items
        kept = next((key for key in ("text", "path") if key in items.column_names), None)
        entries = self.clusters
        return Side(
            name=name,
            ids=items["id"].combine_chunks(),
            id_column=str(self.info["columns"].get("id") or ""),
            contents=None if kept is None else items[kept].combine_chunks(),
            labels=self._places(),
            usable=self.usable,
            titles=tuple(entry["title"] for entry in entries),
            sources=tuple(self.info.get("source", ())),
            numbers=tuple(entry["cluster"] for entry in entries),
        )

    def tune(
        self,
        *,
        seconds: float | None = None,
        clusterers: Iterable[str] = (),
        truth: str | None = None,
        progress: Progress = SILENT,
    ) -> Tuning:
        """Try clusterers and parameters on the saved vectors; see `tune.json` in the run folder.

        Parameters
        ----------
        seconds : begin no trial that would end later than this; no limit when None
        clusterers : names of the parts to try; all that are installed when empty
        truth : column of true classes that the run carries; adds the ARI of each trial
        progress : advanced once for each trial

        Returns
        -------
        Tuning, with `front`, `best` and all `trials`; what a trial found is made by
        ``shoal.recut(run, clusterer=trial.part, settings=trial.settings)``
        """
        found = tune(
            self.path, seconds=seconds, clusterers=clusterers, truth=truth, progress=progress
        )
        with alone(self.path, WAITING), staying_own(self.path):
            self._saved.folder.note()
        return found

    def summary(self) -> str:
        """The results in plain text, as printed in the terminal: a verdict and the themes."""
        return as_text(self.found(), self.edits_said)

    def __repr__(self) -> str:
        """The summary, where the run is, and what to do next."""
        k = max(len(self.clusters) + 1, 2)
        return (
            f"{self.summary()}\n\n"
            f"Run in {self.path}\n"
            f"run.report() writes the report; shoal.recut(run, k={k}) makes {k} clusters of it"
        )

    def _repr_html_(self) -> str:
        """The verdict, the map and the themes, for notebooks; every text is escaped."""
        return report.fragment(self.path, self.edited)
