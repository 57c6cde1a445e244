"""Save and load what a finished run needs to assign new rows."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

import numpy as np
import pyarrow as pa

from shoal.artifacts.files import SCHEMA
from shoal.artifacts.folder import RunFolder
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, FloatArray, IntArray, Items, Neighbors
from shoal.errors import BrokenRun
from shoal.numerics.clusters import centres, renamed
from shoal.numerics.duplicates.exact import KeyLookup
from shoal.numerics.ivf.index import IVFIndex
from shoal.stages.assigning import Assigner, Limits, distinct_keys
from shoal.stages.detecting import Detector
from shoal.stages.vectors import pictures_of, restore
from shoal.storage import run_files

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


def thumbnails_of(items: Items) -> pa.Table | None:
    """The thumbnails of pictures as a table of one column, one row per row of the source.

    Of records with several pictures, the first of each; None where nothing is a picture.
    """
    if items.pictures is None and items.modality not in ("image", "record"):
        return None
    pictures = pictures_of(items, np.arange(len(items), dtype=np.int32))
    if not any(pictures):
        return None
    small = [None if picture is None else picture.thumbnail for picture in pictures]
    return pa.table({"thumbnail": pa.array(small, pa.large_binary())})


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


def load_assigner(run: SavedRun) -> Assigner:
    """Load what assigns new rows to the clusters of a run.

    Raises
    ------
    BrokenRun : if a file is missing or does not fit the others
    """
    folder, distinct = run.folder, run.distinct
    clustering, centres = folder.read_clustering()
    places = np.searchsorted(distinct, run.grouped_as[run.contents["rows"]])
    info = folder.read_json(LIMITS)
    if set(info) - {"schema"} != {field.name for field in fields(Limits)}:
        raise BrokenRun.damaged(folder.path, LIMITS, "its keys are not those of a model")
    info.pop("schema", None)
    base = run.distinct_vectors if run.reduced is None else run.reduced
    if not len(base) == len(clustering.labels) == len(distinct):
        raise BrokenRun(
            f"{folder.path}: vectors and labels do not match. Run `shoal cluster` again."
        )
    reducer = run.recipe.build("reduce")
    detector = folder.read_arrays(DETECTOR) if folder.has(DETECTOR) else None
    return Assigner(
        keys=KeyLookup(run.contents["keys"]),
        items=places,
        labels=clustering.labels,
        strengths=clustering.strengths,
        base=base,
        centres=centres,
        reducer=restore(
            reducer, folder.read_arrays(run_files.REDUCER), lambda: run.distinct_vectors
        ),
        limits=Limits(**info),
        detector=None if detector is None else Detector.restored(detector),
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
