"""Which columns that were not clustered by the clusters follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.data import NOISE, IntArray
from shoal.data.entries import Entry
from shoal.numerics.partitions.information import adjusted_mutual_information
from shoal.numerics.samples import evenly
from shoal.parts.readers.kinds import as_kind
from shoal.stages.carried import MAX_LEVELS, kind_of

MAX_ROWS = 5000
"""Rows that are looked at; of more, evenly spaced."""
MIN_ROWS = 20
N_BINS = 10
"""Numbers and dates are cut into so many parts of equally many rows."""


def follows(table: pa.Table, labels: IntArray, names: Sequence[str]) -> list[Entry]:
    """Adjusted mutual information of each column and the clusters.

    Parameters
    ----------
    table : pyarrow table, one row per row of the source
    labels : (n_rows,) clusters, -1 for none
    names : columns of the table

    Returns
    -------
    `column` and `score` of each column of categories, numbers or dates, by falling score: the
    adjusted mutual information, 0 for chance and 1 where both say the same. Columns of one value,
    or of too many to repeat, are left out
    """
    grouped = np.flatnonzero(labels != NOISE)
    rows = grouped[evenly(len(grouped), MAX_ROWS)]
    if len(rows) < MIN_ROWS:
        return []
    some, own = table.select(list(names)).take(pa.array(rows)), labels[rows]
    found = []
    for name in names:
        codes = codes_of(some[name], name)
        held = codes >= 0
        n_values = len(np.unique(codes[held]))
        if held.sum() >= MIN_ROWS and 2 <= n_values <= min(MAX_LEVELS, held.sum() / 2):
            score = adjusted_mutual_information(codes[held], own[held])
            found.append({"column": name, "score": round(max(score, 0.0), 4)})
    return sorted(found, key=lambda entry: -entry["score"])


def codes_of(column: pa.ChunkedArray, name: str) -> NDArray[np.int64]:
    """The value or the bin of each row, (n,); -1 without one."""
    kind, form = kind_of(column, name)
    if not kind:
        return np.full(len(column), -1, dtype=np.int64)
    if kind == "category":
        encoded = pc.dictionary_encode(column.cast(pa.large_string()).combine_chunks())
        return np.asarray(pc.fill_null(encoded.indices, -1), dtype=np.int64)
    values = np.asarray(as_kind(column, kind, form), dtype=np.float64)
    known = np.isfinite(values)
    codes = np.full(len(values), -1, dtype=np.int64)
    if known.any():
        borders = np.quantile(values[known], np.arange(1, N_BINS) / N_BINS)
        codes[known] = np.searchsorted(np.unique(borders), values[known], side="right")
    return codes
