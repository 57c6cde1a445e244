"""Texts: a detected or named column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from shoal.data.texts import Texts
from shoal.numerics.blocks import BLOCK_ROWS, ordered_map, slices
from shoal.numerics.duplicates.exact import first_equal
from shoal.parts.readers.columns import as_texts
from shoal.parts.readers.table import Gather, Table, in_memory
from shoal.stages.assigning import content_key, content_keys
from shoal.stages.reading.contents import Contents, Repeats, find_repeats, text_column
from shoal.stages.reading.frames import TakenOut, taken_out
from shoal.text.blanks import BLANK, MISSING, is_blank


def take_texts(
    table: Table,
    params: Mapping[str, Any],
    gather: Gather = in_memory,
    among: Collection[str] = (),
) -> Contents:
    """The texts of a table.

    Parameters
    ----------
    table : what was read
    params : text, the column, found out when absent; keep_frames, frames: see `taken_out`
    gather : puts the pieces of a new column together
    among : columns that the text is found among; all when empty

    Raises
    ------
    BadInput : if no column holds text
    """
    name, why = text_column(table, params.get("text"), needed=True, among=among)
    texts = as_texts(table.columns[name])
    blocks = (list(texts[part]) for part in slices(len(texts), BLOCK_ROWS))
    checked = ordered_map(_checked_block, blocks, releases_lock=False)
    repeats = find_repeats(chain.from_iterable(checked), table.problems)
    column, taken = taken_out(texts, repeats.keys, repeats.first, params, gather)
    if column is not None and taken is not None:
        repeats = _repeats_without(repeats, column, taken)
    return Contents(
        modality="text",
        contents=texts if column is None else column,
        texts=None if column is None else texts,
        taken=taken,
        repeats=repeats,
        notes=(taken.note,) if taken is not None and taken.note else (),
        wanted=f"text in column {name!r}. Name another column with --text.",
        used=(name,),
        about={"text": name, "text_reason": why},
    )


def _repeats_without(repeats: Repeats, column: Texts, taken: TakenOut) -> Repeats:
    """Which rows repeat each other once frames are left out."""
    keys = repeats.keys.copy()
    rows = np.flatnonzero(taken.changed)
    for part in slices(len(rows), BLOCK_ROWS):
        keys[rows[part]] = content_keys(column.listed(rows[part]))
    first = first_equal(keys)
    first[list(repeats.excluded)] = -1
    return Repeats(keys, first, repeats.excluded)


def _checked_block(texts: Sequence[str | None]) -> list[tuple[str | None, bytes]]:
    return [_checked(text) for text in texts]


def _checked(text: str | None) -> tuple[str | None, bytes]:
    """What is wrong with a text, or the key of its content."""
    if text is None:
        return MISSING, b""
    return (BLANK, b"") if is_blank(text) else (None, content_key(text))
