"""Records that differ by one small change, compared column by column.

The cosine of two records is a weighted mean, which is high where most columns are alike, whatever
the others say; two customers who differ in what they buy are no duplicates for that. Here all
columns but one must be the same, and that one may differ by a small change. Another category is no
small change, and nor is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.numerics.arrays import DoubleArray, FloatArray, IntArray
from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.duplicates.edits import MAX_CELL, folded, slips
from shoal.numerics.hashing import hashed_columns
from shoal.numerics.scratch import IN_MEMORY, Scratch

BLOCK_PAIRS, BLOCK_TEXTS = 1 << 14, 1 << 14
COLUMNS = 1 << 20
"""That three letters in a row are hashed to."""
BLANKS = re.compile(r"\s\s+")
STEPS, PERCENT = 200, 1
"""A small change of a number is a 200th of the range of the middle 95 % of its column at most, and
1 % of the number itself at most: the next year of age is more than the one, 22 after 20 than the
other."""
MIN_SPELLING, MIN_LOOKS, MIN_COSINE = 0.86, 0.99, 0.95
"""Cosines at which a text, a picture or a vector has changed by a whole small change."""
WHOLE = 0.95
"""Similarity of records that are a whole small change apart; those that are the same have 1."""


@dataclass(frozen=True, slots=True, eq=False)
class ComparedColumn:
    """One column of the rows that are compared.

    Parameters
    ----------
    same : (n,) int32, one number for each different value, -1 for a gap
    kind : "number", "category", "text" or "direction"
    values : (n,) float64; (n,) texts, "" for a gap; or (n, d) float32, unit rows, zeros for a gap;
        of categories nothing, as no two are alike
    small : a whole small change: of numbers the difference, of texts and directions the cosine
    """

    same: IntArray
    kind: Literal["number", "category", "text", "direction"]
    values: Any = None
    small: float = MIN_COSINE


def similarities(columns: Sequence[ComparedColumn], one: IntArray, other: IntArray) -> FloatArray:
    """Similarity of two records: 1 if equal, `WHOLE` if one small change apart, else less.

    Parameters
    ----------
    columns : of the records; those of texts are best last, as they cost most
    one, other : (n_pairs,) int32, the records compared

    Returns
    -------
    (n_pairs,) float32, 0 where more than one column differs
    """
    out = np.ones(len(one))
    left = np.arange(len(one))
    swapped = _swapped(columns, one, other)
    for column in columns:
        here, there = column.same[one[left]], column.same[other[left]]
        changed, gap = here != there, (here < 0) | (there < 0)
        # a second column that differs is one too many
        out[left[changed & (gap | (out[left] < 1.0))]] = 0.0
        pairs = left[changed & (out[left] == 1.0)]
        out[pairs] -= (1 - WHOLE) * _changes(column, one[pairs], other[pairs])
        left = left[out[left] >= WHOLE]
    out[swapped] = WHOLE
    return np.maximum(out, 0.0).astype(np.float32)


def _swapped(
    columns: Sequence[ComparedColumn], one: IntArray, other: IntArray
) -> NDArray[np.bool_]:
    """Pairs that are the same but that two texts stand in each other's columns, (n_pairs,)."""
    out = np.zeros(len(one), dtype=bool)
    texts = [column for column in columns if column.kind == "text"]
    if len(texts) < 2:
        return out
    left = np.arange(len(one))
    for column in columns:
        if column.kind != "text":
            left = left[column.same[one[left]] == column.same[other[left]]]
    differ = np.stack([c.same[one[left]] != c.same[other[left]] for c in texts])
    for place in np.flatnonzero(differ.sum(axis=0) == 2):
        first, second = (texts[at].values for at in np.flatnonzero(differ[:, place]))
        here, there = one[left[place]], other[left[place]]
        crossed = (folded(first[here]), folded(second[here]))
        out[left[place]] = crossed == (folded(second[there]), folded(first[there])) and all(crossed)
    return out


def _changes(column: ComparedColumn, one: IntArray, other: IntArray) -> DoubleArray:
    """How many small changes two different values are apart, (n_pairs,)."""
    if column.kind == "category":
        return np.full(len(one), np.inf)
    if column.kind == "number":
        here, there = column.values[one], column.values[other]
        size = np.maximum(np.abs(here), np.abs(there)) * PERCENT / 100
        return np.asarray(np.abs(here - there) / np.minimum(size, column.small))
    compared = spellings if column.kind == "text" else cosines
    alike = compared(column.values, one, other).astype(np.float64)
    changes = np.asarray(np.clip((1 - alike) / (1 - column.small), 0, None))
    if column.kind == "text":
        for place in np.flatnonzero(changes > 0):
            here, there = (folded(column.values[rows[place]]) for rows in (one, other))
            changes[place] = _cell_changes(here, there, float(changes[place]))
    return changes


def _cell_changes(here: str, there: str, by_letters: float) -> float:
    """Small changes of two cells of text that differ once case, accents and signs are gone."""
    if max(len(here), len(there)) > MAX_CELL:
        return by_letters
    return slips(here, there)


def cosines(vectors: FloatArray, one: IntArray, other: IntArray) -> FloatArray:
    """Cosine of each two unit rows, (n_pairs,) float32."""

    def block(part: slice) -> FloatArray:
        return np.asarray(np.einsum("ij,ij->i", vectors[one[part]], vectors[other[part]]))

    parts = list(ordered_map(block, slices(len(one), BLOCK_PAIRS)))
    return np.concatenate([np.empty(0, dtype=np.float32), *parts])


def spellings(
    texts: Sequence[str], one: IntArray, other: IntArray, scratch: Scratch = IN_MEMORY
) -> FloatArray:
    """Cosine of the counts of three letters in a row, (n_pairs,); case and spaces do not count.

    Parameters
    ----------
    texts : of all rows
    one, other : (n_pairs,) the rows compared
    scratch : where the cosines are, and the counts, which take more memory than the texts
    """
    parts = slices(len(one), BLOCK_PAIRS)
    is_used = np.zeros(len(texts), dtype=bool)
    for part in parts:
        is_used[one[part]] = is_used[other[part]] = True
    counts = _letters(texts, np.flatnonzero(is_used), scratch)
    place = np.cumsum(is_used, dtype=np.int32) - 1

    def block(part: slice) -> tuple[FloatArray]:
        both = counts[place[one[part]]].multiply(counts[place[other[part]]])
        return (np.asarray(both.sum(axis=1), dtype=np.float32).ravel(),)

    (out,) = scratch.gather(ordered_map(block, parts), (np.float32,))
    return out


def _letters(texts: Sequence[str], used: NDArray[np.integer], scratch: Scratch) -> Any:
    """Counts of three letters in a row in some of the texts, of unit length, CSR float32."""
    ends = np.zeros(len(used) + 1, dtype=np.int64)

    def blocks() -> Iterator[tuple[FloatArray, IntArray]]:
        for part in slices(len(used), BLOCK_TEXTS):
            # a space at either end, so that one word of two letters has three
            found = _counted([f" {texts[row].strip()} " for row in used[part]])
            ends[part.start + 1 : part.stop + 1] = ends[part.start] + found.indptr[1:]
            yield found.data, found.indices

    data, indices = scratch.gather(blocks(), (np.float32, np.int32))
    return sparse.csr_matrix((data, indices, ends), shape=(len(used), COLUMNS))


def _counted(texts: Sequence[str]) -> Any:
    """Counts of three letters in a row, of unit length, CSR (n, COLUMNS) float32."""
    texts = [BLANKS.sub(" ", text.lower()) for text in texts]
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    ends = np.cumsum([len(text) for text in texts])
    row = np.repeat(np.arange(len(texts)), np.diff(ends, prepend=0))
    at = np.flatnonzero(row[:-2] == row[2:])
    key = sum(letters[at + step].astype(np.uint64) << np.uint64(21 * step) for step in range(3))
    distinct, which = np.unique(key, return_inverse=True)
    codes = np.column_stack([distinct >> np.uint64(21 * step) for step in range(3)])
    kinds = (
        (codes & np.uint64(0x1FFFFF)).astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    )
    columns = hashed_columns([kinds[i : i + 3] for i in range(0, len(kinds), 3)], COLUMNS)[0]
    counts = sparse.csr_matrix(
        (np.ones(len(at), dtype=np.float32), (row[at], columns[which])), (len(texts), COLUMNS)
    )
    row = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
    sizes = np.sqrt(np.bincount(row, counts.data.astype(np.float64) ** 2, len(texts)))
    counts.data = (counts.data / sizes[row]).astype(np.float32)
    return counts
