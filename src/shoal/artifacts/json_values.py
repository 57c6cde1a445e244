"""Values as JSON can hold them, and curves as they stand in evaluation.json."""

from __future__ import annotations

import json
import marshal
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np

from shoal.data import Curve
from shoal.data.entries import Entry, ReadEntry

EASY = frozenset((str, int, bool))
LARGE = 1 << 16
"""Bytes from which an entry of run.json is not encoded twice."""
INDENTED = 3
"""Objects and lists in each other that are written over several lines, the outer ones."""


def as_json(value: object, *, indented: int = 0, sort_keys: bool = False) -> str:
    """A value as JSON; numbers that JSON has no word for become null.

    Parameters
    ----------
    value : of objects, lists, texts and numbers, those of numpy too
    indented : how many of the outer objects and lists have a line for each entry
    sort_keys : whether objects are in the order of their keys, and what is not ASCII is escaped
    """
    whole = json.JSONEncoder(ensure_ascii=sort_keys, allow_nan=False).encode

    def encode(value: object) -> str:
        # what a number is written as is known without an encoder, which takes longer to be made
        if type(value) is int or (type(value) is float and isfinite(value)):
            return repr(value)
        return whole(value)

    try:  # most values are plain already, and to go through all of them takes long
        text = _written(value, indented, encode)
    except (TypeError, ValueError):
        text = _written(plain(value), indented, encode)
    # read first: keys that were numbers are sorted as texts, as whoever reads the file has them
    return json.dumps(json.loads(text), sort_keys=True) if sort_keys else text


def object_as_json(value: ReadEntry, *, indented: int = 0, sort_keys: bool = False) -> str:
    """What `as_json` gives of an object that is written again and again with most of it the same.

    What is large in it is encoded again only where it has changed since.
    """
    inner, end = ("\n ", "\n") if indented else ("", "")
    texts = {
        str(key): _remembered(entry, max(indented - 1, 0), sort_keys=sort_keys)
        for key, entry in value.items()
    }
    lines = [
        f"{json.dumps(key, ensure_ascii=sort_keys)}: {texts[key]}".replace("\n", inner or "\n")
        for key in (sorted(texts) if sort_keys else texts)
    ]
    return f"{{{inner}{(f',{inner}' if indented else ', ').join(lines)}{end}}}"


def _remembered(value: Any, indented: int, *, sort_keys: bool) -> str:
    try:
        data = marshal.dumps(value, 2)  # the same for equal values, and fast
        if len(data) >= LARGE:
            return _encoded(data, indented, sort_keys)
    except (TypeError, ValueError):  # numbers of numpy, of which marshal makes bytes
        pass
    return as_json(value, indented=indented, sort_keys=sort_keys)


@lru_cache(maxsize=8)
def _encoded(data: bytes, indented: int, sort_keys: bool) -> str:
    return as_json(marshal.loads(data), indented=indented, sort_keys=sort_keys)


def _written(
    value: object, indented: int, encode: Callable[[object], str], margin: str = "\n"
) -> str:
    # the json module is fast where it does not indent
    if not indented or not value or not isinstance(value, dict | list | tuple):
        return encode(value)
    inner = margin + " "
    entries = value.items() if isinstance(value, dict) else ((None, entry) for entry in value)
    lines = [
        ("" if key is None else f"{encode(str(key))}: ")
        + _written(entry, indented - 1, encode, inner)
        for key, entry in entries
    ]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}{inner}{f',{inner}'.join(lines)}{margin}{last}"


def plain(value: Any) -> Any:
    """Numbers that JSON has no word for become null, and keys texts."""
    kind = type(value)
    if kind in EASY or value is None:
        return value
    if kind is float:
        return value if isfinite(value) else None
    if kind is dict or isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return value


def curve_record(curve: Curve) -> Entry:
    """A curve as it stands in evaluation.json: its fields, the arrays as lists."""
    return {**asdict(curve), "xs": curve.xs.tolist(), "ys": curve.ys.tolist()}


def curve_of(details: ReadEntry) -> Curve:
    """The curve of such a record."""
    ys = [np.nan if y is None else y for y in details["ys"]]
    return Curve(**{**details, "xs": np.array(details["xs"]), "ys": np.array(ys)})
