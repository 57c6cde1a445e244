"""Texts: a column of them, found out or named."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from shoal.numerics.blocks import ordered_map, slices
from shoal.parts.readers.columns import as_texts
from shoal.parts.readers.table import Table
from shoal.stages.assigning import content_key
from shoal.stages.reading.contents import Contents, find_repeats, text_column

BLOCK_ROWS = 4096
BLANK_CATEGORIES = ("C", "Z", "M")
"""Unicode categories that print nothing by themselves: controls, spaces, lone marks."""


def take_texts(table: Table, params: Mapping[str, Any], among: Collection[str] = ()) -> Contents:
    """The texts of a table.

    Parameters
    ----------
    table : what was read
    params : text, the column, found out when absent
    among : columns that it is found among; all when empty

    Raises
    ------
    BadInput : if no column holds text
    """
    name, why = text_column(table, params.get("text"), needed=True, among=among)
    texts = as_texts(table.columns[name])
    blocks = (list(texts[part]) for part in slices(len(texts), BLOCK_ROWS))
    checked = ordered_map(_checked_block, blocks, releases_lock=False)
    repeats = find_repeats(chain.from_iterable(checked), table.problems)
    return Contents(
        modality="text",
        contents=texts,
        repeats=repeats,
        wanted=f"text in column {name!r}. Name another column with --text.",
        used=(name,),
        about={"text": name, "text_reason": why},
    )


def _checked_block(texts: Sequence[str | None]) -> list[tuple[str | None, bytes]]:
    return [_checked(text) for text in texts]


def _checked(text: str | None) -> tuple[str | None, bytes]:
    """What is wrong with a text, or the key of its content."""
    if text is None:
        return "missing text", b""
    return ("blank text", b"") if is_blank(text) else (None, content_key(text))


def is_blank(text: str) -> bool:
    """Whether a text prints nothing: spaces, controls and invisible characters only."""
    if text.isascii():
        return not text.strip() or all(ord(char) < 33 or ord(char) == 127 for char in text)
    return all(unicodedata.category(char)[0] in BLANK_CATEGORIES for char in text)
