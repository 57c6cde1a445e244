"""The rows of a run with their clusters as one table, with edits or without."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from shoal.analysis.edits.editor import Editor, has_edits
from shoal.artifacts.saved import SavedRun


def side_by_side(run: SavedRun, *, edited: bool, only: Sequence[str] | None = None) -> pa.Table:
    """The source's columns and the assignments side by side, one row per input row.

    Parameters
    ----------
    run : finished
    edited : with the clusters and titles as people left them, if anybody edited the run
    only : columns of the assignments, in this order; all of them when None

    Returns
    -------
    pyarrow table; a column of the assignments whose name the source has gets the prefix "shoal_"
    """
    items, given, titles = run.items, run.assigned(), run.titles
    if edited and has_edits(run):
        editor = Editor(run)
        given, titles = editor.apply_to(given), editor.titles
    named = pa.array([titles.get(c) for c in given["cluster"].to_pylist()], pa.large_string())
    given = given.drop_columns(["id"]).add_column(1, "title", named)
    for name in given.column_names if only is None else only:
        new = name
        while new in items.column_names:
            new = f"shoal_{new}"
        items = items.append_column(new, given[name])
    return items
