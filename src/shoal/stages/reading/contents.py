"""What each modality returns to the read stage, and shared helpers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import IntArray, Items, Modality
from shoal.errors import BadInput
from shoal.numerics.duplicates.exact import first_equal
from shoal.parts.readers.columns import choose_text
from shoal.parts.readers.table import Table
from shoal.stages.assigning import KEY_BYTES

UNREAD = "cell_note"
"""Column of items.parquet: why a picture or vector of a record cannot be used, null for most."""


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """Which rows repeat each other.

    Parameters
    ----------
    keys : (n_rows, 16) uint8, what stands for each content, as in `Items`
    first, excluded : which rows repeat which, and which cannot be used, as in `Items`
    """

    keys: NDArray[np.uint8]
    first: IntArray
    excluded: Mapping[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """The contents of a table to cluster.

    Parameters
    ----------
    modality : what the contents are
    contents : (n_rows,) one entry a row, as in `Items`
    repeats : which rows hold the same, and which cannot be used
    wanted : ends the sentence "none of the rows has ..."
    used : columns of the table that are not carried along with the others
    about : how the columns were chosen; "text" and "text_reason" always
    texts, pictures : what a person reads and sees, where the contents are neither
    columns : further columns for items.parquet, (n_rows,) each
    taken : what was left out of texts, a `TakenOut`; None where nothing was looked for
    notes : sentences for the user
    """

    modality: Modality
    contents: Sequence[Any]
    repeats: Repeats
    wanted: str
    used: tuple[str | None, ...]
    about: Mapping[str, Any]
    texts: Sequence[str | None] | None = None
    pictures: Sequence[Any] | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    taken: Any = None
    notes: tuple[str, ...] = ()


def find_repeats(rows: Iterable[tuple[str | None, bytes]], problems: Mapping[int, str]) -> Repeats:
    """The first row with the same content for each row, and why rows cannot be used.

    Parameters
    ----------
    rows : for each row what is wrong with it, or None and the key of its content
    problems : row -> what the reader found wrong with it
    """
    keys = bytearray()
    excluded: dict[int, str] = {}
    for row, (wrong, key) in enumerate(rows):
        why = problems.get(row) or wrong
        if why is None:
            keys += key
        else:
            excluded[row] = why
            keys += bytes(KEY_BYTES)
    info = np.frombuffer(keys, dtype=np.uint8).reshape(-1, KEY_BYTES)
    first = first_equal(info)
    first[list(excluded)] = -1
    return Repeats(info, first, excluded)


def text_column(
    table: Table, wanted: str | None, *, needed: bool, among: Collection[str] = ()
) -> tuple[str | None, str]:
    """Name of the text column and why; None where the contents do without."""
    try:
        name, why = choose_text(table, wanted, among=among)
    except BadInput:
        if needed or wanted is not None:
            raise
        return None, "no column holds text, so rows are shown by their ids"
    table.check_everywhere(name)
    return name, why


def unread_cells(items: Items, part: slice) -> list[str | None]:
    """Why a picture or vector of a record cannot be used, for some rows; None for most of them."""
    n_rows = part.stop - part.start
    if UNREAD not in items.columns.column_names:
        return [None] * n_rows
    return list(items.columns[UNREAD].slice(part.start, n_rows).to_pylist())
