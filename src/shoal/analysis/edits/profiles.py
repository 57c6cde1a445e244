"""What sets clusters of records apart, counted again for the clusters that people made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, Clustering, Embeddings, IntArray
from shoal.data.entries import Entry
from shoal.stages import distinct_vectors, profile


def profiles_of(run: SavedRun, labels: IntArray, numbers: Sequence[int]) -> Entry | None:
    """Profiles as in profiles.json, for other clusters than those of the run.

    Parameters
    ----------
    run : finished, of records
    labels : (n_rows,) int32, numbers need not be without gaps
    numbers : of the clusters, in the order in which they are told

    Returns
    -------
    As `shoal.stages.profile` makes them
    """
    items = run.as_items()
    place = np.full(max(numbers, default=0) + 2, NOISE, dtype=np.int32)
    place[list(numbers)] = np.arange(len(numbers), dtype=np.int32)
    dense = place[labels][items.distinct]
    unit = Embeddings(run.embeddings, ())
    vectors = distinct_vectors(items, unit, run.path / "model")
    clustering = Clustering(dense, np.zeros(len(dense), np.float32), (), 0, "")
    layout = run.info["model"].get("blocks", ())
    found = profile(items, vectors, clustering, layout)
    if found is not None:
        for entry, number in zip(found["clusters"], numbers, strict=True):
            entry["cluster"] = number
    return found
