"""Names of columns as programs write them: field_name, STREET_NUM, CountryCode."""

from __future__ import annotations

import re
from collections.abc import Sequence

HEADER_WORDS = frozenset(
    "text texts title titles id name label labels review reviews comment comments body content "
    "message messages description question questions answer summary abstract sentence document "
    "date category class target score rating url source query utterance tweet headline subject "
    "index key uuid docstring feedback note notes".split()
)
IDENTIFIER = re.compile(r"[a-z]+(?:_[a-z]+)+|[A-Za-z][a-z]+(?:[A-Z][a-z]+)+")
"""How programs write names of fields: field_name, CountryCode."""
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*")
JOINT = re.compile(r"_|[a-z][A-Z]")
"""A name of a field that may be of one word, and what joins its words."""
MIN_JOINED = 0.25
"""Share of names of fields that have several words."""


def are_field_names(cells: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether a first row has names as of a program, such as field_name and fieldType."""
    if _are_fields(cells, columns):
        return True
    last = [re.split(r"_|(?<=[a-z])(?=[A-Z])", cell)[-1].lower() for cell in cells]
    if len(cells) < 2 or not all(IDENTIFIER.fullmatch(cell) for cell in cells):
        return False
    again = any(
        value.lower().endswith(word)
        for word, column in zip(last, columns, strict=True)
        for value in column
    )
    return not again and bool({"type", "code", *HEADER_WORDS} & set(last))


def _are_fields(cells: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether a first row has only names as of a program, and no cell below one of several words.

    In STREET_NUM, STREET_NAME, BEDROOMS two names have several words; what is below has none.
    """
    joined = [column for cell, column in zip(cells, columns, strict=True) if JOINT.search(cell)]
    if len(joined) < max(2, MIN_JOINED * len(cells)) or len(set(cells)) < len(cells):
        return False
    below = [value for column in joined for value in column]
    return all(map(FIELD.fullmatch, cells)) and not any(map(JOINT.search, below)) and bool(below)
