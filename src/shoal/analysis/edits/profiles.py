"""What sets clusters of records apart, counted again for the clusters that people made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.artifacts.assigner import saved_items
from shoal.artifacts.folder import RunFolder
from shoal.data import NOISE, Clustering, Embeddings, IntArray
from shoal.stages import distinct_vectors, profile
from shoal.storage import run_files


def profiles_of(folder: RunFolder, labels: IntArray, numbers: Sequence[int]) -> Any:
    """Profiles as in profiles.json, for other clusters than those of the run.

    Parameters
    ----------
    folder : of a finished run of records
    labels : (n_rows,) int32, numbers need not be without gaps
    numbers : of the clusters, in the order in which they are told

    Returns
    -------
    As `shoal.stages.profile` makes them
    """
    items = saved_items(folder)
    place = np.full(max(numbers, default=0) + 2, NOISE, dtype=np.int32)
    place[list(numbers)] = np.arange(len(numbers), dtype=np.int32)
    dense = place[labels][items.distinct]
    unit = Embeddings(folder.map_array(run_files.EMBEDDINGS), ())
    vectors = distinct_vectors(items, unit, folder / "model")
    clustering = Clustering(dense, np.zeros(len(dense), np.float32), (), 0, "")
    layout = folder.read_json(run_files.RUN)["model"].get("blocks", ())
    found = profile(items, vectors, clustering, layout)
    if found is not None:
        for entry, number in zip(found["clusters"], numbers, strict=True):
            entry["cluster"] = number
    return found
