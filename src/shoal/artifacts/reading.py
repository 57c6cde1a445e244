"""Read a run folder, with clear errors for a broken one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.artifacts.saved import SavedRun
from shoal.data import IntArray
from shoal.data.entries import Entry, ReadEntry
from shoal.errors import BrokenRun
from shoal.numerics.arrays import AnyArray
from shoal.storage import run_files
from shoal.text.cleaning import clean

ASSIGNED = ("id", "cluster", "strength", "outlier_score", "x", "y", "note")
"""Columns of the assignments that are shown, as far as a run has them."""
MAX_ENTRIES = 2000
"""Anomalies, and rows that repeat others, that are read to be shown."""
_MEND = "Run `shoal cluster` again, or restore the file."


@dataclass(frozen=True)
class Rows:
    """One entry per input row, in the order of the source."""

    cluster: NDArray[np.int32]
    strength: NDArray[np.float32]
    outlier: NDArray[np.float32]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    notes: pa.ChunkedArray | None
    texts: pa.ChunkedArray
    ids: pa.ChunkedArray

    def text(self, row: int) -> str:
        """Return the cleaned text (or path, or id) of one row."""
        return clean(self.texts[row].as_py())

    def note(self, row: int) -> str:
        """Return why a row has no cluster, or the like; nothing for most."""
        return "" if self.notes is None else clean(self.notes[row].as_py())


class Left(Protocol):
    """The edits of a run, as `shoal.analysis.edits.Editor` provides them."""

    @property
    def n_changes(self) -> int:
        """Edits that changed a cluster or its title."""

    @property
    def said(self) -> str:
        """What a reader should know of the edits, in a sentence."""

    @property
    def entries(self) -> list[Entry]:
        """The clusters, as entries of clusters.json."""

    @property
    def went_to(self) -> dict[int, int | None]:
        """Cluster before any edit -> cluster that has most of its rows."""

    @property
    def profiles(self) -> ReadEntry | None:
        """What sets the clusters of records apart."""

    @property
    def base_labels(self) -> IntArray:
        """Cluster of each row before any edit, (n_rows,)."""

    @property
    def base_entries(self) -> Mapping[int, ReadEntry]:
        """The clusters before any edit."""

    @property
    def made(self) -> Mapping[int, NDArray[np.int64]]:
        """Cluster that an edit made -> the rows that it began with."""

    def apply_to(self, assignments: pa.Table) -> pa.Table:
        """The table of assignments with edits applied."""


@dataclass(frozen=True)
class Before:
    """The clusters of a run before any edit.

    Parameters
    ----------
    labels : (n_rows,) int32
    clusters : their numbers, in the order of the run
    made : cluster that an edit made -> the rows that it began with
    """

    labels: IntArray
    clusters: list[int]
    made: Mapping[int, NDArray[np.int64]]


@dataclass(frozen=True)
class Run:
    """Everything a report needs from a run folder."""

    name: str
    run: ReadEntry
    clusters: list[ReadEntry]
    evaluation: ReadEntry
    recipe: str
    rows: Rows
    profiles: ReadEntry = field(default_factory=dict)
    thumbnails: pa.ChunkedArray | None = None
    """A small JPEG of each row, null for some; None where the run is not of pictures."""
    anomalies: list[ReadEntry] = field(default_factory=list)
    duplicates: list[ReadEntry] = field(default_factory=list)
    themes: list[ReadEntry] = field(default_factory=list)
    layers: list[ReadEntry] = field(default_factory=list)
    course: ReadEntry = field(default_factory=dict)
    shows_texts: bool = True
    n_edits: int = 0
    """Edits of people that are in what is told here."""
    edits_said: str = ""
    path: Path = Path()
    """The run folder."""
    before: Before | None = None
    """None if nobody edited the clusters."""


def read(saved: SavedRun, left: Left | None = None) -> Run:
    """What is shown of a finished run.

    Parameters
    ----------
    saved : the run
    left : what people made of its clusters; None for the clusters as they were found

    Returns
    -------
    Its contents.

    Raises
    ------
    BrokenRun : if the folder or one of its files is missing or damaged
    """
    folder = saved.path
    if not folder.is_dir():
        raise BrokenRun(f"there is no folder {folder}.")
    run = saved.folder.read_object(run_files.RUN)
    changed = left if left is not None and left.n_changes else None
    clusters = records(
        saved.described if changed is None else {"clusters": changed.entries}, "clusters"
    )
    for place, entry in enumerate(clusters):
        if whole(entry, "cluster") is None:
            raise BrokenRun(f"{folder / 'clusters.json'}: entry {place} names no cluster. {_MEND}")
    # a picture below a folder is best known by its path there, which is its id
    is_picture = record(run, "columns").get("kind") == "pictures"
    found = saved.profiles or {}
    return Run(
        name=clean(folder.resolve().name),
        run=run,
        clusters=clusters,
        evaluation=saved.evaluation,
        recipe=_recipe(saved),
        rows=_rows(saved, ("text",) if is_picture else ("text", "path"), changed),
        profiles=found if changed is None or not found else changed.profiles or {},
        thumbnails=saved.thumbnails,
        anomalies=_as_left(saved.entries(run_files.ANOMALIES, MAX_ENTRIES), changed),
        duplicates=saved.entries(run_files.DUPLICATES, MAX_ENTRIES),
        themes=records(saved.described, "themes"),
        layers=records(saved.described, "layers"),
        course=record(saved.described, "course"),
        n_edits=0 if changed is None else changed.n_changes,
        edits_said="" if left is None else left.said,
        path=folder,
        before=None
        if changed is None
        else Before(changed.base_labels, list(changed.base_entries), changed.made),
    )


def without_texts(run: Run) -> Run:
    """The run without texts, ids and pictures of its rows, so that it can be shared.

    Titles of clusters stay, unless they name rows; keywords go, since a rare one may be a name.
    """
    empty = pa.chunked_array([pa.repeat("", len(run.rows.cluster))])
    rows = replace(run.rows, texts=empty, ids=empty, notes=None)
    gone: dict[str, list[Any]] = {
        key: [] for key in ("typical", "diverse", "borderline", "keywords")
    }
    clusters: list[ReadEntry] = [
        {**entry, **gone, **({"title": ""} if entry.get("written_by") == "ids" else {})}
        for entry in run.clusters
    ]
    told = {key: value for key, value in run.run.items() if key != "excluded_examples"}
    return replace(
        run,
        run=told,
        clusters=clusters,
        rows=rows,
        thumbnails=None,
        anomalies=[],
        duplicates=[],
        shows_texts=False,
    )


def _as_left(anomalies: list[ReadEntry], left: Left | None) -> list[ReadEntry]:
    """Rows that stand out, with the clusters that those they name are now."""
    if left is None:
        return anomalies
    now = left.went_to
    return [
        {**entry, "nearest_cluster": now.get(whole(entry, "nearest_cluster") or 0)}
        if whole(entry, "nearest_cluster") is not None
        else entry
        for entry in anomalies
    ]


def records(record: ReadEntry, key: str) -> list[ReadEntry]:
    """Return the list of records under `key`; null or absent is an empty list."""
    found = record.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def record(parent: ReadEntry, key: str) -> ReadEntry:
    """Return the record under `key`; null or absent is an empty one."""
    found = parent.get(key)
    return found if isinstance(found, Mapping) else {}


def strings(parent: ReadEntry, key: str) -> list[str]:
    """Return the cleaned texts under `key` that are not empty; one text counts as a list of one."""
    found = parent.get(key)
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list):
        return []
    return [text for text in map(clean, found) if text]


def number(parent: ReadEntry, key: str) -> float | None:
    """Return the finite number under `key`, else None."""
    found = parent.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if math.isfinite(found) else None


def numbers(parent: ReadEntry, key: str) -> list[float | None]:
    """Return the numbers listed under `key`, None for each that is no finite number."""
    found = parent.get(key)
    entries = found if isinstance(found, list) else []
    return [number({key: entry}, key) for entry in entries]


def whole(parent: ReadEntry, key: str) -> int | None:
    """Return the whole number under `key`, else None."""
    found = number(parent, key)
    return None if found is None else int(found)


def spans(found: object) -> list[tuple[int, int]]:
    """Return the begins and ends in a list of such pairs; whatever else is in it is left out."""
    pairs = found if isinstance(found, list) else []
    return [
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, list)
        and len(pair) == 2
        and all(type(place) is int and place >= 0 for place in pair)
    ]


def _recipe(saved: SavedRun) -> str:
    """The recipe as it is written; people may have changed it."""
    path = saved.folder.intact(run_files.RECIPE)
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BrokenRun(f"{path} cannot be read: {error.strerror}. {_MEND}") from error


def _rows(saved: SavedRun, known: tuple[str, ...], left: Left | None = None) -> Rows:
    """Read the rows; what a person reads of one is the first column of `known` that there is."""
    there = saved.assigned_names
    for name in ("id", "cluster"):
        if name not in there:
            raise BrokenRun(f"{saved.path / run_files.ASSIGNMENTS} has no column {name!r}. {_MEND}")
    table = saved.assigned(*(name for name in ASSIGNED if name in there))
    if left is not None:
        table = left.apply_to(table)
    shown = next((name for name in known if name in saved.item_names), None)
    texts = table["id"] if shown is None else saved.item_column(shown)
    if saved.n_rows != table.num_rows:
        raise BrokenRun(
            f"{saved.path}: items.parquet has {saved.n_rows} rows and assignments.parquet "
            f"{table.num_rows}; they must have equally many. {_MEND}"
        )
    x, y = _floats(table, "x"), _floats(table, "y")
    nowhere = ~(np.isfinite(x) & np.isfinite(y))
    x[nowhere] = y[nowhere] = np.nan
    cluster = _floats(table, "cluster", np.float64)
    return Rows(
        cluster=np.where(np.isfinite(cluster), cluster, -1).astype(np.int32),
        strength=_floats(table, "strength"),
        outlier=_floats(table, "outlier_score"),
        x=x,
        y=y,
        notes=table["note"] if "note" in table.column_names else None,
        texts=texts,
        ids=table["id"],
    )


def _floats(table: pa.Table, name: str, dtype: Any = np.float32) -> AnyArray:
    """One column as decimal numbers; null, or a column that is not there, is NaN."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan, dtype=dtype)
    try:
        column = table[name].cast(pa.from_numpy_dtype(dtype), safe=False)
    except pa.ArrowException as error:
        raise BrokenRun(f"column {name!r} of assignments.parquet holds no numbers.") from error
    return np.array(column.to_numpy(), dtype=dtype)
