"""Save and load what a finished run needs to assign new rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from shoal.data import Clustering, Items, Neighbors
from shoal.errors import BrokenRun
from shoal.run_folder import SCHEMA, RunFolder
from shoal.stages.assigning import Assigner, Limits, content_key


def save_model(
    folder: RunFolder, items: Items, graph: Neighbors, clustering: Clustering, coverage: str
) -> None:
    """Save which content has which label, and the limits that tell new from known.

    Parameters
    ----------
    folder : of the run
    items : of the run
    graph, clustering : of the distinct items
    coverage : "auto" or "100"
    """
    keys = b"".join(content_key(items.contents[row]) for row in items.distinct)
    folder.write_arrays(
        "model/contents.npz",
        keys=np.frombuffer(keys, dtype=np.uint8).reshape(-1, 16),
        rows=items.distinct,
    )
    limits = Limits.of(graph, coverage)
    folder.write_json("model/model.json", {"schema": SCHEMA, **asdict(limits)})


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
    contents = folder.read_arrays("model/contents.npz")
    told = folder.read_json("model/model.json")
    told.pop("schema", None)
    if (folder / "model/reduced.npy").is_file():
        base = folder.map_array("model/reduced.npy")
    else:
        base = folder.map_array("embeddings.npy")
        if len(contents["rows"]) < len(base):
            base = np.asarray(base[contents["rows"]])
    if not len(base) == len(clustering.labels) == len(contents["keys"]):
        raise BrokenRun(f"{folder.path}: vectors and labels do not fit together. Run it again.")
    return Assigner(
        keys={key.tobytes(): place for place, key in enumerate(contents["keys"])},
        labels=clustering.labels,
        strengths=clustering.strengths,
        base=base,
        centres=centres,
        reducer=reducer.restore(folder.read_arrays("model/reducer.npz")),
        limits=Limits(**told),
    )
