"""Vectors that came with the data: a column, a file, or an array in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from shoal.data import FloatArray
from shoal.errors import BadInput, UnknownPart
from shoal.numerics.blocks import BLOCK_ROWS, ordered_map, slices
from shoal.parts.readers.columns import as_texts
from shoal.parts.readers.table import Gather, Table
from shoal.parts.readers.vector_cells import number_columns
from shoal.parts.readers.vectors import (
    COLUMN,
    ENDINGS,
    as_matrix,
    column_matrix,
    columns_matrix,
    load_vectors,
    sparse_matrix,
)
from shoal.progress import Progress
from shoal.stages.assigning import content_key
from shoal.stages.reading.contents import Contents, find_repeats, text_column
from shoal.stages.reading.pictures import named_text, shown_pictures

Checked = list[tuple[str | None, bytes]]
"""For each row what is wrong with it, or None and the key of its content."""


def take_vectors(
    table: Table,
    params: Mapping[str, Any],
    given: Any,
    sources: Sequence[Path],
    progress: Progress,
    gather: Gather,
) -> Contents | None:
    """The vectors of a table, None if there are none.

    Parameters
    ----------
    table : what was read
    params : vectors (a column or a file); only_columns, where it must be no file; text and image
        (columns of what a person reads and sees)
    given : (n_rows, n_dims) numbers in memory, in place of `params["vectors"]`
    sources, progress : for the pictures, see `take_pictures`
    gather : takes vectors that have to be made anew

    Raises
    ------
    UnknownPart : if there is neither a column nor a file of that name
    BadInput : if there are not as many as rows
    """
    named, files_too = params.get("vectors"), not params.get("only_columns")
    found = _given(table, named, given, gather, files_too=files_too)
    if found is None:
        return None
    matrix = found.matrix
    image, seen = params.get("image"), None
    files: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    if image is None:
        name, why = text_column(table, params.get("text"), needed=False)
    else:
        name, why = named_text(table, params)
        seen, files, notes = shown_pictures(table, image, sources, progress)
    checked = chain.from_iterable(_all_checked(matrix))
    repeats = find_repeats(checked, {**found.wrong, **table.problems})
    rows: Any = matrix  # an array is a sequence of its rows
    return Contents(
        modality="vector",
        contents=rows,
        repeats=repeats,
        wanted="a vector of finite numbers that are not all zero.",
        used=(name, *found.columns, image),
        about={
            "text": name,
            "text_reason": why,
            "vectors": found.name,
            **({} if image is None else {"image": image, "image_reason": "named by you"}),
        },
        texts=None if name is None else as_texts(table.columns[name]),
        pictures=seen,
        columns=files,
        notes=(*found.notes, *notes),
    )


@dataclass(slots=True)
class _Found:
    """Vectors of all rows.

    Parameters
    ----------
    matrix : (n_rows, n_dims) float32
    name : the column or columns as they were named; None where they are from elsewhere
    columns : the columns of the table that they are from
    wrong : row -> why there is none
    notes : sentences for the user
    """

    matrix: FloatArray
    name: str | None = None
    columns: tuple[str, ...] = ()
    wrong: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def _given(
    table: Table, wanted: str | None, vectors: Any, gather: Gather, *, files_too: bool
) -> _Found | None:
    """The given or named vectors; None if there are none."""
    n, names = len(table.columns), table.columns.column_names
    notes: list[str] = []
    wrong: dict[int, str] = {}
    if vectors is not None:
        if scipy.sparse.issparse(vectors):
            matrix = sparse_matrix(vectors, "vectors", gather)
        else:
            matrix = as_matrix(np.asarray(vectors), "vectors", gather, notes)
    elif wanted is None and table.kind != "vectors":
        return None
    elif (column := wanted or COLUMN) in names:
        matrix, wrong = column_matrix(table.columns[column], column, gather, notes)
        return _Found(matrix, column, (column,), wrong, notes)
    elif files_too and Path(column).suffix.lower() in ENDINGS and Path(column).is_file():
        matrix = load_vectors(Path(column), column, gather, notes, wrong)
    elif several := number_columns(table.columns, column):
        matrix, wrong = columns_matrix(table.columns, several, gather)
        return _Found(matrix, column, tuple(several), wrong, notes)
    else:
        raise UnknownPart.among("column or file (asked for by --vectors)", column, names)
    if table.n_source == len(matrix) != n:
        places = table.numbers.tolist()
        wrong = {at: wrong[row] for at, row in enumerate(places) if row in wrong}
        matrix = np.asarray(matrix[table.numbers])
    if len(matrix) != n:
        raise BadInput(
            f"there are {len(matrix):,} vectors for {n:,} rows. There must be one per row."
        )
    return _Found(matrix, wrong=wrong, notes=notes)


def _all_checked(matrix: FloatArray) -> Iterator[Checked]:
    """What is wrong with the vectors of each block, or their keys."""
    parts = slices(len(matrix), BLOCK_ROWS)
    if isinstance(matrix, np.memmap):  # of a file that each worker opens itself
        return ordered_map(partial(_checked_part, matrix), parts, releases_lock=False)
    return ordered_map(_checked, (matrix[part] for part in parts), releases_lock=False)


def _checked_part(matrix: FloatArray, part: slice) -> Checked:
    return _checked(matrix[part])


def _checked(vectors: FloatArray) -> Checked:
    """For each row of a block what is wrong with its vector, or the key of its content."""
    block = np.ascontiguousarray(vectors)
    bad = ~(np.isfinite(block).all(axis=1) & block.any(axis=1))
    held, width = block.data.cast("B"), block.shape[1] * block.itemsize
    return [
        (_wrong(block[at]), b"")
        if wrong  # else a vector's bytes, without making an array of each
        else (None, content_key(held[at * width : (at + 1) * width]))
        for at, wrong in enumerate(np.asarray(bad).tolist())
    ]


def _wrong(vector: FloatArray) -> str:
    if not np.isfinite(vector).all():
        return "vector with numbers that are not finite"
    return "vector of zeros"
