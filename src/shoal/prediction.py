"""Save and load what a finished run needs to assign new rows."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from shoal.data import NOISE, FloatArray, IntArray, Items, Neighbors
from shoal.errors import BrokenRun
from shoal.numerics.clusters import centres, renamed
from shoal.run_folder import SCHEMA, RunFolder
from shoal.stages.assigning import Assigner, Limits, content_key
from shoal.stages.vectors import restore

CONTENTS = "model/contents.npz"
LIMITS = "model/model.json"


def save_contents(folder: RunFolder, items: Items) -> None:
    """Save which contents the run has seen, and where each was first."""
    keys = b"".join(content_key(items.contents[row]) for row in items.distinct)
    folder.write_arrays(
        CONTENTS,
        keys=np.frombuffer(keys, dtype=np.uint8).reshape(-1, 16),
        rows=items.distinct,
        first=items.first,
    )


def saved_items(folder: RunFolder) -> Items:
    """The items of a finished run as every stage after `embed` needs them.

    Where the run was given vectors, their place is kept and they themselves are not.

    Raises
    ------
    BrokenRun : if a file is missing or damaged
    """
    table, told = folder.read_table("items.parquet"), folder.read_json("run.json")
    given = folder.read_table("assignments.parquet", ["note"])["note"].to_pylist()
    first = folder.read_arrays(CONTENTS)["first"]
    texts = table["text"].to_pylist() if "text" in table.column_names else None
    of_vectors = told["columns"].get("vectors") is not None
    carried = [name for name in table.column_names if name not in ("id", "text")]
    return Items(
        ids=table["id"],
        contents=[None] * len(table) if of_vectors or texts is None else texts,
        modality="vector" if of_vectors else "text",
        columns=table.select(carried),
        first=first,
        excluded={int(row): given[row] for row in np.nonzero(first < 0)[0]},
        notes=tuple(told["notes"]),
        about=told["columns"],
        texts=texts if of_vectors else None,
    )


def save_limits(folder: RunFolder, graph: Neighbors, coverage: str) -> None:
    """Save what tells new rows from known ones.

    Parameters
    ----------
    folder : of the run
    graph : of the distinct items
    coverage : "auto" or "100"
    """
    folder.write_json(LIMITS, {"schema": SCHEMA, **asdict(Limits.of(graph, coverage))})


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
    told = folder.read_json(LIMITS)
    told.pop("schema", None)

    def unit() -> FloatArray:
        vectors = folder.map_array("embeddings.npy")
        repeats = len(contents["rows"]) < len(vectors)
        return np.asarray(vectors[contents["rows"]]) if repeats else vectors

    reduced = (folder / "model/reduced.npy").is_file()
    base = folder.map_array("model/reduced.npy") if reduced else unit()
    if not len(base) == len(clustering.labels) == len(contents["keys"]):
        raise BrokenRun(f"{folder.path}: vectors and labels do not fit together. Run it again.")
    return Assigner(
        keys={key.tobytes(): place for place, key in enumerate(contents["keys"])},
        labels=clustering.labels,
        strengths=clustering.strengths,
        base=base,
        centres=centres,
        reducer=restore(reducer, folder.read_arrays("model/reducer.npz"), unit),
        limits=Limits(**told),
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
