"""Save and load what a finished run needs to assign new rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.artifacts.folder import SCHEMA, RunFolder
from shoal.data import NOISE, FloatArray, IntArray, Items, Modality, Neighbors
from shoal.data.pictures import Picture, picture_in
from shoal.data.texts import Texts
from shoal.errors import BrokenRun
from shoal.numerics.clusters import centres, renamed
from shoal.numerics.duplicates.exact import KeyLookup
from shoal.numerics.ivf.index import IVFIndex
from shoal.stages.assigning import Assigner, Limits, distinct_keys
from shoal.stages.detecting import Detector
from shoal.stages.reading.frames import without_frames
from shoal.stages.vectors import restore
from shoal.storage import run_files
from shoal.storage.columns import gathered
from shoal.text.frames import Frames

CONTENTS = run_files.CONTENTS
LIMITS = run_files.LIMITS
CELLS = run_files.PARTITION
"""The cells in which neighbors were sought, where not all pairs were compared."""
DETECTOR = run_files.DETECTOR
"""What tells rows that fit nowhere; not there where a run has too few rows."""
FRAMES = run_files.FRAMES
"""What is left out of texts."""
THUMBNAILS = run_files.THUMBNAILS
"""A small JPEG of each row's picture, null for a row without one."""
DUPLICATES = run_files.NEAR_DUPLICATES
"""Which rows are nearly the same, and whether only the rows that stand for others were grouped."""


def save_contents(folder: RunFolder, items: Items) -> None:
    """Save the contents of the run, and the row where each came first."""
    folder.write_arrays(
        CONTENTS,
        keys=distinct_keys(items),
        rows=items.distinct,
        first=items.first,
    )


def save_frames(folder: RunFolder, items: Items) -> None:
    """Save what was left out of texts, so that it is left out of new ones."""
    if items.taken is not None and items.taken.frames:
        folder.write_json(FRAMES, {"schema": SCHEMA, **items.taken.frames.record()})
    else:
        folder.remove(FRAMES)


def saved_frames(folder: RunFolder) -> Frames | None:
    """The frames a run leaves out of texts; None if there are none.

    Raises
    ------
    BrokenRun : if the file is damaged
    """
    if not folder.has(FRAMES):
        return None
    return Frames.from_record(folder.read_json(FRAMES))


def thumbnails_of(items: Items) -> Any:
    """The thumbnails of pictures as a table of one column, one row per row of the source.

    Of records with several pictures, the first of each; None where nothing is a picture.
    """
    if items.pictures is None and items.modality not in ("image", "record"):
        return None
    pictures = [picture_in(content) for content in items.pictures or items.contents]
    if not any(pictures):
        return None
    small = [None if picture is None else picture.thumbnail for picture in pictures]
    return pa.table({"thumbnail": pa.array(small, pa.large_binary())})


def _saved_pictures(folder: RunFolder, paths: Any = None) -> list[Picture | None]:
    """The pictures of a run by their thumbnails; the files themselves may be gone."""
    small = folder.read_table(THUMBNAILS)["thumbnail"].to_pylist()
    places = [None] * len(small) if paths is None else paths.to_pylist()
    return [
        None if data is None else Picture(Path(path or ""), b"", data)
        for path, data in zip(places, small, strict=True)
    ]


def grouped_as(folder: RunFolder) -> IntArray:
    """The row that stands for each row where clusters were found, (n_rows,) int32.

    It is the first with the same content or, if near-duplicates were joined, the one that stands
    for them; -1 for a row that cannot be used.

    Raises
    ------
    BrokenRun : if a file is missing or damaged
    """
    arrays = folder.read_arrays(CONTENTS)
    if "first" not in arrays:
        raise BrokenRun(
            f"{folder.path} was made by an older version of shoal. Run `shoal cluster` again "
            "with --force."
        )
    if folder.has(DUPLICATES):
        found = folder.read_arrays(DUPLICATES)
        if bool(found["joined"]):
            return np.asarray(found["stands_in"], dtype=np.int32)
    return np.asarray(arrays["first"], dtype=np.int32)


def saved_items(folder: RunFolder) -> Items:
    """Load the items of a finished run, as the stages after `embed` need them.

    Where the run was given vectors, their place is kept and they themselves are not.

    Raises
    ------
    BrokenRun : if a file is missing or damaged
    """
    table, info = folder.read_table(run_files.ITEMS), folder.read_json(run_files.RUN)
    first = grouped_as(folder)
    unused = np.flatnonzero(first < 0)
    why = _reasons(folder, info, unused)
    texts = Texts(table["text"]) if "text" in table.column_names else None
    of_vectors = info["columns"].get("vectors") is not None
    modality: Modality = info["columns"].get("modality", "vector" if of_vectors else "text")
    contents: Sequence[Any] = [None] * len(table)
    pictures = taken = None
    if modality == "vector" and folder.has(THUMBNAILS):
        pictures = _saved_pictures(folder, table["path"])
    if modality == "image":
        contents = _saved_pictures(folder, table["path"])
    elif modality == "text":
        contents = texts or contents
        frames = saved_frames(folder)
        if frames and texts is not None:
            gather = partial(gathered, folder=folder.path)
            contents, taken = without_frames(texts, frames, gather)
    elif modality == "record" and folder.has(THUMBNAILS):
        # what titles are made from; the other cells are in the columns
        contents = [picture and (picture,) for picture in _saved_pictures(folder)]
    carried = [name for name in table.column_names if name not in ("id", "text")]
    return Items(
        ids=table["id"],
        contents=contents,
        modality=modality,
        columns=table.select(carried),
        first=first,
        excluded=dict(zip(unused.tolist(), why, strict=True)),
        notes=tuple(info["notes"]),
        about=info["columns"],
        texts=None if modality == "text" and taken is None else texts,
        pictures=pictures,
        keys=_saved_keys(folder, len(table)),
        taken=taken,
    )


def _saved_keys(folder: RunFolder, n_rows: int) -> NDArray[np.uint8]:
    """The keys of the contents at their first rows, (n_rows, 16); zeros elsewhere."""
    saved = folder.read_arrays(CONTENTS)
    rows, keys = saved["rows"], saved["keys"]
    if len(rows) != len(keys) or (len(rows) and not 0 <= rows.min() <= rows.max() < n_rows):
        raise BrokenRun.damaged(folder.path, CONTENTS, "its rows are not those of the run")
    out = np.zeros((n_rows, keys.shape[1]), dtype=np.uint8)
    out[rows] = keys
    return out


def _reasons(folder: RunFolder, info: dict[str, Any], rows: NDArray[Any]) -> list[str]:
    """Why rows cannot be used; while a run is repaired, run.json tells it of the first ones."""
    if folder.has(run_files.ASSIGNMENTS):
        notes = folder.read_table(run_files.ASSIGNMENTS, ["note"])["note"]
        found: list[str] = notes.take(pa.array(rows)).to_pylist()
        return found
    usual = max(info["excluded"], key=info["excluded"].get, default="")
    known = {entry["row"]: entry["reason"] for entry in info["excluded_examples"]}
    return [known.get(row, usual) for row in rows.tolist()]


def save_limits(folder: RunFolder, graph: Neighbors, coverage: str) -> None:
    """Save what distinguishes new rows from known ones.

    Parameters
    ----------
    folder : of the run
    graph : of the distinct items
    coverage : "auto" or "100"
    """
    folder.write_json(LIMITS, {"schema": SCHEMA, **asdict(Limits.of(graph, coverage))})


def save_detector(
    folder: RunFolder,
    key: str,
    items: Items,
    unit: FloatArray,
    reduced: FloatArray,
    graph: Neighbors,
) -> None:
    """Save the detector of rows that fit nowhere, unless it is already saved.

    Parameters
    ----------
    folder : of the run
    key : of what the neighbors depend on
    items, unit, reduced, graph : see `Detector.of`
    """
    if folder.read_keyed(DETECTOR, key):
        return
    folder.remove(DETECTOR)
    detector = Detector.of(items, unit, reduced, graph)
    if detector is not None:
        folder.write_arrays(DETECTOR, key=np.array(key), **detector.arrays())


def _detector(folder: RunFolder) -> dict[str, NDArray[Any]]:
    """Load what `save_detector` saved; empty if there is none."""
    return folder.read_arrays(DETECTOR) if folder.has(DETECTOR) else {}


def load_assigner(folder: RunFolder, reducer: Any) -> Assigner:
    """Load what assigns new rows.

    Parameters
    ----------
    folder : of a finished run
    reducer : the reducer part of the run's recipe, not fitted

    Raises
    ------
    BrokenRun : if a file is missing or does not fit the others
    """
    clustering, centres = folder.read_clustering()
    contents = folder.read_arrays(CONTENTS)
    first = grouped_as(folder)
    distinct = np.nonzero(first == np.arange(len(first)))[0]
    places = np.searchsorted(distinct, first[contents["rows"]])
    info = folder.read_json(LIMITS)
    if set(info) - {"schema"} != {field.name for field in fields(Limits)}:
        raise BrokenRun.damaged(folder.path, LIMITS, "its keys are not those of a model")
    info.pop("schema", None)

    def unit() -> FloatArray:
        vectors = folder.map_array(run_files.EMBEDDINGS)
        return np.asarray(vectors[distinct]) if len(distinct) < len(vectors) else vectors

    reduced = folder.has(run_files.REDUCED)
    base = folder.map_array(run_files.REDUCED) if reduced else unit()
    if not len(base) == len(clustering.labels) == len(distinct):
        raise BrokenRun(
            f"{folder.path}: vectors and labels do not match. Run `shoal cluster` again."
        )
    return Assigner(
        keys=KeyLookup(contents["keys"]),
        items=places,
        labels=clustering.labels,
        strengths=clustering.strengths,
        base=base,
        centres=centres,
        reducer=restore(reducer, folder.read_arrays(run_files.REDUCER), unit),
        limits=Limits(**info),
        detector=Detector.restored(kept) if (kept := _detector(folder)) else None,
        index=IVFIndex.restored(folder.read_arrays(CELLS)) if folder.has(CELLS) else None,
    )


def honouring(assigner: Assigner, labels: IntArray) -> Assigner:
    """An assigner that goes by the clusters that a person made of those of the run.

    Parameters
    ----------
    assigner : of the run
    labels : (n_distinct,) int32, cluster of each grouped item after the edits

    Returns
    -------
    The assigner itself where every item is where it was; else one in which a cluster that kept
    its items keeps its centre, and the others have a new one
    """
    if np.array_equal(labels, assigner.labels):
        return assigner
    strengths = np.where(labels == NOISE, 0, assigner.strengths).astype(np.float32)
    if assigner.centres is None:
        return replace(assigner, labels=labels, strengths=strengths)
    dense, _ = renamed(labels)
    numbers = np.zeros(int(dense.max(initial=NOISE)) + 1, dtype=np.int32)
    numbers[dense[dense >= 0]] = labels[dense >= 0]
    made = centres(assigner.base, dense, len(numbers))
    changed = set(np.unique(labels[labels != assigner.labels]).tolist())
    changed |= set(np.unique(assigner.labels[labels != assigner.labels]).tolist())
    for place, cluster in enumerate(numbers):
        if cluster not in changed:
            made[place] = assigner.centres[cluster]
    return replace(assigner, labels=labels, strengths=strengths, centres=made, numbers=numbers)
