"""Rows as a table for other programs: CSV without formulas, Parquet, JSONL."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from shoal.analysis.edits import side_by_side
from shoal.errors import BadInput
from shoal.views.explorer.view import RunView
from shoal.writing import TABLE_ENDINGS, write_table


def export(view: RunView, rows: list[int] | None, ending: str, *, edited: bool) -> Path:
    """A new file in a folder of its own; the caller removes the folder.

    Parameters
    ----------
    view : of the run
    rows : which rows, None for all
    ending : ".csv", ".jsonl" or ".parquet"
    edited : with the clusters as people left them

    Raises
    ------
    BadInput : if there is no such row or ending
    """
    if ending not in TABLE_ENDINGS:
        raise BadInput(f"an export must end in {', '.join(TABLE_ENDINGS)}, got {ending!r}.")
    table = side_by_side(view.saved, edited=edited)
    if rows is not None:
        if any(not 0 <= row < view.n_rows for row in rows):
            raise BadInput(f"rows go from 0 to {view.n_rows - 1}.")
        table = table.take(pa.array(np.unique(np.array(rows, dtype=np.int64))))
    folder = Path(tempfile.mkdtemp(prefix="shoal-export-"))
    out = folder / f"clusters{ending}"
    write_table(table, out)
    return out
