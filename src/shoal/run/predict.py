"""Predict: read new rows like the run's own, embed them with its model, assign clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal import stages
from shoal.analysis.edits import Editor
from shoal.artifacts.assigner import honouring, load_assigner
from shoal.artifacts.erased import erased
from shoal.artifacts.folder import LEARNED
from shoal.artifacts.run_info import RunInfo
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, FloatArray, IntArray, Items
from shoal.embedding.job import as_items, worth_caching
from shoal.embedding.multi_column import plan_any_embedding, record_embedder
from shoal.errors import BadInput, BrokenRun, UnknownPart
from shoal.numerics.blocks import slices
from shoal.parts.embedders.base import Embedder, Restorable
from shoal.parts.embedders.given import GivenVectors
from shoal.parts.readers.columns import RENAMED
from shoal.progress import Progress
from shoal.run.frames import settled
from shoal.run.unseen import unseen_values
from shoal.stages.assigning import Assigner, distinct_keys
from shoal.storage import run_files

PIECE_ROWS = 1 << 16
"""New rows whose vectors are held at once."""


class Opened:
    """A run as it is now, with what predictions keep open, for any number of threads.

    Parameters
    ----------
    path : the run folder
    """

    def __init__(self, path: Path) -> None:
        self.run = SavedRun(path)
        self.lock = RLock()
        self._version = _version(path)
        self._assigner: Assigner | None = None
        self._embedder: Embedder | None = None

    def __reduce__(self) -> tuple[type[Opened], tuple[Path]]:
        """Pickle only the path: a copy opens its own."""
        return Opened, (self.run.path,)

    @property
    def is_current(self) -> bool:
        """Whether the run has not been written anew since."""
        return self._version == _version(self.run.path)

    @property
    def assigner(self) -> Assigner:
        """What tells the cluster of new rows by their vectors."""
        with self.lock:
            if self._assigner is None:
                self._assigner = load_assigner(self.run)
            return self._assigner

    def embedder(self, items: Items, own: Embedder | None) -> Embedder:
        """The run's model; kept where it does not depend on the rows or on the caller."""
        if own is not None or items.modality not in ("text", "image"):
            return run_embedder(self.run, items, own)
        with self.lock:
            if self._embedder is None:
                self._embedder = run_embedder(self.run, items, None)
            return self._embedder


def _version(path: Path) -> tuple[int, ...]:
    """Another one each time the run is written; empty if there is none."""
    try:
        written = (path / run_files.RUN).stat()
    except OSError:
        return ()
    return written.st_mtime_ns, written.st_size, written.st_ino


def predict_rows(
    opened: Opened,
    data: Any,
    read: Mapping[str, Any],
    *,
    embedder: Embedder | None,
    edited: Editor | None,
    progress: Progress,
) -> pa.Table:
    """Assign new rows to the clusters of a run.

    Parameters
    ----------
    opened : the run whose clusters new rows are assigned to
    data : what `stages.read` takes
    read : text, image, vectors, id, part, delimiter, encoding, header; None where not said
    embedder : the run's own, if it was made with one that is no part
    edited : what a person changed in the run, None for nothing
    progress : advanced once for each content

    Returns
    -------
    pyarrow table: id, cluster, title, strength, note; one row per new row

    Raises
    ------
    BadInput : if the rows are of another kind than the run's
    BrokenRun : if the model of the run is not the one that is installed
    """
    run = opened.run
    items = read_as_run(run, settled(data), read, progress)  # the source may be read twice
    for note in unseen_values(run, items) if items.modality == "record" else ():
        progress.note(note)
    distinct = items.distinct
    assigner = opened.assigner
    if edited is not None:
        assigner = honouring(assigner, edited.distinct_labels)
    places = assigner.known(distinct_keys(items))
    labels = np.full(len(distinct), NOISE, dtype=np.int32)
    strengths = np.zeros(len(distinct), dtype=np.float32)
    notes = np.full(len(distinct), None, dtype=object)
    old, new = np.nonzero(places >= 0)[0], np.nonzero(places < 0)[0]
    found = [(old, assigner.predict_known(places[old]))]
    if len(new):
        part = opened.embedder(items, embedder)
        progress.start("embed", len(new))
        for piece in slices(len(new), PIECE_ROWS):
            contents = stages.contents_of(items, distinct[new[piece]])
            with opened.lock:
                unit = unit_vectors(run, contents, part, progress)
            found.append((new[piece], assigner.assign(unit, contents)))
    for rows, assigned in found:
        labels[rows], strengths[rows] = assigned.labels, assigned.strengths
        notes[rows] = assigned.notes
    return _table(items, edited.titles if edited else run.titles, labels, strengths, notes)


def read_as_run(run: SavedRun, data: Any, read: Mapping[str, Any], progress: Progress) -> Items:
    """Read new rows the way the run's rows were read, without its frames.

    Parameters
    ----------
    run, data, read, progress : see `predict_rows`
    """
    wanted = {key: v for key, v in read.items() if v is not None}
    # leave out exactly what the run left out
    frames = {"keep_frames": True} if run.frames is None else {"frames": run.frames}
    wanted |= {"leave_out": (), **frames}
    # the names of its columns tell a header; rows that cannot be used are kept, be they all
    about = run.info["columns"]
    names = about.get("rfm") or [entry["name"] for entry in about.get("roles", ())]
    items = _read(run.info, data, {**wanted, "known": names, "all_bad": True}, progress)
    for note in items.notes:
        if RENAMED in note:
            progress.note(note)
    return items


def read_new(run: SavedRun, data: Any, wanted: Mapping[str, Any], progress: Progress) -> Items:
    """Read new rows the way the run's rows were read, with their frames.

    Parameters
    ----------
    run, data, progress : see `predict_rows`
    wanted : its `read`
    """
    given = {key: value for key, value in wanted.items() if value is not None}
    return _read(run.info, data, {**given, "keep_frames": True, "leave_out": ()}, progress)


def _read(info: RunInfo, data: Any, wanted: dict[str, Any], progress: Progress) -> Items:
    """Read the rows by the columns of the run where they have them."""
    about = info["columns"]
    modality = "vector" if _is_given(info) else about.get("modality", "text")
    vectors = wanted.pop("vectors", None)
    if modality == "vector":
        if vectors is None and (name := about.get("vectors")):
            wanted |= {"vectors": str(name), "only_columns": True}
        elif isinstance(vectors, str | Path):
            wanted["vectors"], vectors = str(vectors), None
        items = stages.read(data, wanted, vectors)
        if items.modality == "vector":
            got, n_dims = len(items.contents[0]), info["model"]["dims"]
            if got != n_dims:
                raise BadInput(
                    f"the run's vectors have {n_dims} dimensions, but the new ones have {got}."
                )
            return items
        raise BadInput("the run was made from vectors. Name the vectors of the new rows: vectors.")
    kinds = {"text": "texts", "image": "pictures", "record": "records"}
    if vectors is not None:
        raise BadInput(
            f"the run was made from {kinds[modality]}, so vectors do not apply here. Leave "
            "them out."
        )
    if modality == "record":
        made = {key: about[key] for key in ("features", "rfm", "dates") if about.get(key)}
        return stages.read(data, {**wanted, **made}, progress=progress)
    items = _read_by(modality, about[modality], data, wanted, progress)
    if items.modality != modality:
        raise BadInput(
            f"the run was made from {kinds[modality]}, but the new rows are "
            f"{kinds.get(items.modality, 'vectors')}. Name the column to use: {modality}."
        )
    return items


def _read_by(
    key: str, column: str | None, data: Any, wanted: dict[str, Any], progress: Progress
) -> Items:
    """Read by the run's column of contents, or by what is found where there is no such column."""
    try:
        return stages.read(data, {key: column, **wanted}, progress=progress)
    except UnknownPart:
        if key in wanted:
            raise
        items = stages.read(data, wanted, progress=progress)
        progress.note(
            f"The new rows have no column {column!r}, which the run was clustered by; "
            f"{items.about.get(key)!r} is used instead."
        )
        return items


def _is_given(info: RunInfo) -> bool:
    return str(info["model"]["revision"]).startswith("given:")


def run_embedder(run: SavedRun, items: Items, own: Embedder | None) -> Embedder:
    """Load the run's model."""
    details = run.info["model"]
    if own is None and str(details["revision"]).startswith("callable:"):
        raise BadInput(
            f"the run was made with your own embedder {details['name']!r}. Pass it: "
            "run.predict(data, embedder=...)."
        )
    if _is_given(run.info):
        part: Any = GivenVectors(len(items.contents[0]))
    elif items.modality == "record":
        part = record_embedder(items.about["features"], run.recipe, own, details.get("models"))
    else:
        part = run.recipe.build("embed", pinned=str(details["revision"])) if own is None else own
    if isinstance(part, Restorable) and (own is None or items.modality == "record"):
        part.restore(run.folder.read_arrays(LEARNED))
    if part.info.revision != details["revision"]:
        raise BrokenRun(
            f"the run was made with {details['name']} ({details['revision']}), but "
            f"{part.info.name} ({part.info.revision}) is installed. Install that one, or "
            "cluster the source again."
        )
    return part  # type: ignore[no-any-return]


def unit_vectors(
    run: SavedRun, contents: Sequence[Any], part: Embedder, progress: Progress
) -> FloatArray:
    """Normalized vectors of contents that the caller gives once each, (n, n_dims).

    What the run takes out of its vectors is taken out of these too.
    """
    shared = bool(run.recipe.stages["embed"].get("cache", True))
    shared = shared and worth_caching(part, len(contents))
    work = plan_any_embedding(as_items(contents), part, None, shared=shared)
    raw = work.run(progress=progress)
    unit = stages.normalize(raw, run.recipe.build("normalize")).vectors
    return erased(run.folder, run.recipe, unit)


def _table(
    items: Items,
    titles: Mapping[int, str],
    labels: IntArray,
    strengths: FloatArray,
    notes: NDArray[np.object_],
) -> pa.Table:
    spread = items.spread(labels, NOISE)
    unread = stages.unread_cells(items, slice(0, len(items)))
    details = []
    for row, (place, cell) in enumerate(zip(items.places, unread, strict=True)):
        why = items.excluded.get(row) if place < 0 else notes[place]
        details.append(f"{why}; {cell}" if why and cell and place >= 0 else why or cell)
    return pa.table(
        {
            "id": items.ids,
            "cluster": spread,
            "title": pa.array([titles.get(int(c)) for c in spread], pa.large_string()),
            "strength": items.spread(strengths, 0.0),
            "note": pa.array(details, pa.large_string()),
        }
    )
