"""Save and load what a finished run needs to assign new rows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shoal.data import FloatArray, Items, Modality, Neighbors
from shoal.errors import BrokenRun
from shoal.pictures import Picture
from shoal.run_folder import SCHEMA, RunFolder
from shoal.stages.assigning import Assigner, Limits, content_key
from shoal.stages.vectors import restore

CONTENTS = "model/contents.npz"
LIMITS = "model/model.json"
THUMBNAILS = "thumbnails.parquet"
"""A small JPEG of each row's picture, null for a row without one."""


def save_contents(folder: RunFolder, items: Items) -> None:
    """Save which contents the run has seen, and where each was first."""
    keys = b"".join(content_key(items.contents[row]) for row in items.distinct)
    folder.write_arrays(
        CONTENTS,
        keys=np.frombuffer(keys, dtype=np.uint8).reshape(-1, 16),
        rows=items.distinct,
        first=items.first,
    )


def thumbnails_of(items: Items) -> Any:
    """The thumbnails of pictures as a table of one column, one row per row of the source."""
    small = [None if picture is None else picture.thumbnail for picture in items.contents]
    return pa.table({"thumbnail": pa.array(small, pa.large_binary())})


def _saved_pictures(folder: RunFolder, paths: Any) -> list[Picture | None]:
    """The pictures of a run by their thumbnails; the files themselves may be gone."""
    small = folder.read_table(THUMBNAILS)["thumbnail"].to_pylist()
    return [
        None if data is None else Picture(Path(path or ""), b"", data)
        for path, data in zip(paths.to_pylist(), small, strict=True)
    ]


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
    modality: Modality = told["columns"].get("modality", "vector" if of_vectors else "text")
    contents: list[Any] = [None] * len(table)
    if modality == "image":
        contents = _saved_pictures(folder, table["path"])
    elif modality == "text":
        contents = texts or contents
    carried = [name for name in table.column_names if name not in ("id", "text")]
    return Items(
        ids=table["id"],
        contents=contents,
        modality=modality,
        columns=table.select(carried),
        first=first,
        excluded={int(row): given[row] for row in np.nonzero(first < 0)[0]},
        notes=tuple(told["notes"]),
        about=told["columns"],
        texts=None if modality == "text" else texts,
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
