"""Ground-truth classes of rows; a row may have several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from shoal.data import IntArray

SEPARATORS = ("|", ";", ",")
"""What people write between several classes of one row."""


def true_classes(values: Any, labels: IntArray | None = None) -> tuple[tuple[str, ...], IntArray]:
    """Names of the classes in a column, and the class of each row, -1 where it has none.

    Parameters
    ----------
    values : (n_rows,) sequence or Arrow array of any kind, told apart by their text; None, nan and
        blanks are no class, and lists are several
    labels : (n_rows,) clusters; a row of several classes counts in the one that most rows of its
        cluster have. Without them it counts in its first
    """
    distinct, where = _encoded(values)
    entries = entries_of(distinct)
    names = sorted({name for found in entries for name in found})
    code = {name: number for number, name in enumerate(names)}
    firsts = np.array([*(code[e[0]] if e else -1 for e in entries), -1], dtype=np.int32)
    codes = np.asarray(firsts[where])
    several = {i: [code[x] for x in e] for i, e in enumerate(entries) if len(e) > 1}
    if labels is not None and several:
        codes = _settled(codes, where, several, labels, len(names))
    return tuple(names), codes


def n_several(values: Any) -> int:
    """How many rows of a column have several classes."""
    distinct, where = _encoded(values)
    many = np.array([*(len(found) > 1 for found in entries_of(distinct)), False])
    return int(many[where].sum())


def entries_of(distinct: Sequence[Any]) -> list[list[str]]:
    """Parse the classes in each value; a blank one has none.

    A text is several classes if it is a list with a separator whose entries combine in many ways:
    bread|garden beside garden|choir, and not "Food, drinks" beside "Home, garden".

    Parameters
    ----------
    distinct : different values of a column
    """
    parts = [_parts(value) for value in distinct]
    plain = {part for found in parts for part in found}
    for sign in SEPARATORS:
        cut = {part: _unique(part.split(sign)) for part in plain if sign in part}
        wholes = len(plain)
        entries = {entry for part in plain for entry in cut.get(part, [part])}
        if cut and len(entries) < wholes:
            return [_unique(e for part in found for e in cut.get(part, [part])) for found in parts]
    return parts


def _parts(value: object) -> list[str]:
    if value is None or value != value:
        return []
    if isinstance(value, list | tuple | set | np.ndarray):
        return _unique(str(entry) for entry in value if entry is not None)
    text = str(value).strip()
    if len(text) > 1 and text[0] + text[-1] in ("[]", "()", "{}"):
        return _unique(entry.strip(" '\"") for entry in text[1:-1].split(","))
    return [text] if text else []


def _unique(entries: Any) -> list[str]:
    return list(dict.fromkeys(entry.strip() for entry in entries if entry.strip()))


def _settled(
    codes: IntArray, where: IntArray, several: dict[int, list[int]], labels: IntArray, n: int
) -> IntArray:
    """Codes in which a row of several classes has the one that most rows of its cluster have."""
    n_clusters = int(labels.max(initial=-1)) + 1
    counts = np.zeros((n_clusters, n), dtype=np.int64)
    rows_of = {place: np.flatnonzero(where == place) for place in several}
    single = np.ones(len(codes), dtype=bool)
    for rows in rows_of.values():
        single[rows] = False
    known = single & (codes >= 0) & (labels >= 0)
    np.add.at(counts, (labels[known], codes[known]), 1)
    for place, rows in rows_of.items():
        inside = labels[rows][labels[rows] >= 0]
        for code in several[place]:
            np.add.at(counts[:, code], inside, 1)
    out = codes.copy()
    for place, rows in rows_of.items():
        able = np.array(several[place])
        placed = rows[labels[rows] >= 0]
        out[placed] = able[np.argmax(counts[labels[placed]][:, able], axis=1)]
    return out


def _encoded(values: Any) -> tuple[Sequence[Any], IntArray]:
    """Distinct values and which of them each row has, -1 for null: a million are not listed."""
    try:
        column = pa.chunked_array([values]) if isinstance(values, pa.Array) else values
        if isinstance(column, pa.ChunkedArray):
            coded = column.dictionary_encode().combine_chunks()
            return coded.dictionary.to_pylist(), coded.indices.fill_null(-1).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # of lists and the like
        values = values.to_pylist()
    return values, np.arange(len(values), dtype=np.int32)
