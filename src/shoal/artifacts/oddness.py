"""What makes records odd beside the distance to their neighbors, kept for every cut."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.artifacts.folder import RunFolder
from shoal.data import FloatArray, IntArray, Items
from shoal.numerics.arrays import DoubleArray
from shoal.numerics.blocks import BLOCK_ROWS, slices
from shoal.numerics.novelty import Spread
from shoal.numerics.samples import priorities, row_keys
from shoal.stages.vectors import contents_of
from shoal.storage import run_files

BEYOND = run_files.BEYOND
"""What lies past the ends of the scales of records: the entries that are not zero; and how far each
record is from the way in which the values of the others go together."""
MAX_ROWS = 10_000
"""Rows from which it is learned how values go together."""
MAX_DIMS = 1024
"""Coordinates up to which it is learned."""


def save_oddness(folder: RunFolder, items: Items, embedder: Any) -> None:
    """Save what the distances of records do not tell.

    Parameters
    ----------
    folder : of the run
    items : records
    embedder : fitted; see `Columns.tail_excess` and `Columns.coordinates`
    """
    distinct = items.distinct
    found = embedder.tail_excess(contents_of(items, distinct))
    place, column = np.nonzero(found)
    folder.write_arrays(
        BEYOND,
        row=distinct[place].astype(np.int32),
        column=column.astype(np.int32),
        value=found[place, column],
        n_columns=np.array(found.shape[1]),
        together=_together(items, embedder),
    )


def read_oddness(folder: RunFolder, items: Items) -> tuple[FloatArray, FloatArray | None]:
    """What `save_oddness` saved, of the distinct rows.

    Returns
    -------
    Values past the ends, (n_distinct, n_columns) float32; and squared distances from how values
    go together, (n_distinct,), None where a run has none
    """
    saved = folder.read_arrays(BEYOND)
    out = np.zeros((len(items), int(saved["n_columns"])), dtype=np.float32)
    out[saved["row"], saved["column"]] = saved["value"]
    together = saved.get("together")
    if together is None or len(together) != len(items):
        return out[items.distinct], None
    return out[items.distinct], together[items.distinct]


def _together(items: Items, embedder: Any) -> FloatArray:
    """Squared Mahalanobis distance of each distinct row, (n_rows,); zeros for other rows."""
    rows, blur = items.distinct, embedder.blur
    out = np.zeros(len(items), dtype=np.float32)
    if not 0 < len(blur) <= MAX_DIMS:
        return out

    def coordinates(some: IntArray) -> DoubleArray:
        found: DoubleArray = embedder.coordinates(contents_of(items, some))
        return found

    parts = slices(len(rows), BLOCK_ROWS)
    sample = rows
    if len(rows) > MAX_ROWS:
        keys = np.concatenate([row_keys(_single(coordinates(rows[part]))) for part in parts])
        sample = rows[np.sort(np.argsort(priorities(keys, 0, 0), kind="stable")[:MAX_ROWS])]
    found = Spread.of(coordinates(sample), blur)
    if found is None:
        return out
    spread, own = found
    if sample is rows:
        out[rows] = own
    else:
        for part in parts:
            out[rows[part]] = spread.distances(coordinates(rows[part]))
    return out


def _single(X: NDArray[np.floating]) -> FloatArray:
    return np.asarray(X, dtype=np.float32)
