"""Near-duplicates: pairs among nearest neighbors, a threshold, and representatives.

Vectors of meaning find the candidates; where there are texts, their spelling decides, because a
typing error may move a vector as far as another meaning does. Where there are pictures, their looks
decide: a picture saved again moves a vector farther than another one of the same scene. Records are
compared column by column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.duplicates.edits import IN_ORDER, words_in_order
from shoal.numerics.duplicates.representatives import representatives
from shoal.numerics.duplicates.small_changes import (
    MIN_LOOKS,
    MIN_SPELLING,
    WHOLE,
    ComparedColumn,
    cosines,
    similarities,
    spellings,
)
from shoal.numerics.scratch import IN_MEMORY, Scratch

BLOCK_PAIRS, PAIRS_AT_ONCE = 1 << 14, 1 << 20
"""Pairs of a block of work, and pairs that numpy makes indices of 8 bytes for at once."""
BINS = 0.02
"""Width of the steps in which a gap is looked for."""
DEEP = 0.5
"""A gap is at most so much of what is on either side of it."""
HALF, TWO_THIRDS = 0.5, 0.65
"""Texts of which one is shorter than so much of the other are no near-duplicates: a long one that
is cut by more, or is quoted in an answer of that length, is not what the other is any more."""
LONG = 100
RELATED, RELATED_LONG = 0.4, 0.7
"""Least cosine of the vectors of texts whose spelling is compared: a typing error moves a short
text far, and one of a hundred letters little. Pictures and records are compared as short texts."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The range of a similarity threshold.

    Parameters
    ----------
    low, high : a gap is looked for between them
    usual : the limit where there is no gap
    """

    low: float
    high: float
    usual: float


SPELLING = Scale(low=0.66, high=0.94, usual=MIN_SPELLING)
COSINE = Scale(low=0.86, high=0.99, usual=0.95)
LOOKS = Scale(low=MIN_LOOKS, high=MIN_LOOKS, usual=MIN_LOOKS)
"""Pictures that are the same are so nearly to the last digit, so that no gap is looked for."""
RECORDS = Scale(low=WHOLE, high=WHOLE, usual=WHOLE)
"""What a small change is does not depend on the other rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """Which rows are nearly the same.

    Parameters
    ----------
    representative : (n,) int32, the row that stands for each; itself for a row like no other
    similarity : (n,) float32 to that row, 1 for itself
    limit : least similarity of a row to the one that stands for it
    gap : whether the limit lies in a gap of the data, else it is the usual one
    """

    representative: IntArray
    similarity: FloatArray
    limit: float
    gap: bool

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """Rows that another stands for, (n,)."""
        rows = np.arange(len(self.representative))
        return np.asarray(self.representative != rows, dtype=bool)


def duplicates(
    vectors: FloatArray,
    rows: IntArray,
    copies: IntArray,
    texts: Sequence[str] | None = None,
    looks: FloatArray | None = None,
    columns: Sequence[ComparedColumn] | None = None,
    scratch: Scratch = IN_MEMORY,
) -> Duplicates:
    """Find the rows that are nearly the same as another.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    rows : (n, k) the nearest others
    copies : (n,) how many hold each content: of rows alike, the most frequent stands for all
    texts : (n,) compared by their spelling; by their vectors if not given
    looks : (n, d) unit rows, what pictures are compared by; zeros for one without any
    columns : (n,) cells each, what records are compared by
    scratch : where the pairs are, and what texts are compared by
    """
    lengths = None if texts is None else np.array([len(text) for text in texts], dtype=np.int64)
    least = RELATED if looks is not None or columns is not None else _edges(COSINE)[0]
    one, other, alike = _candidates(vectors, rows, lengths, least, scratch)
    scale, alike = _compared(one, other, alike, texts, looks, columns, scratch)
    best = np.zeros(len(rows), dtype=np.float32)
    parts = slices(len(one), PAIRS_AT_ONCE)
    for part in parts:
        np.maximum.at(best, one[part], alike[part])
        np.maximum.at(best, other[part], alike[part])
    limit, gap = _limit(best, scale)
    near = np.concatenate(
        [np.empty(0, np.intp), *(np.flatnonzero(alike[p] >= limit) + p.start for p in parts)]
    )
    representative, similarity = representatives(
        len(rows), one[near], other[near], alike[near], np.asarray(copies)
    )
    return Duplicates(representative, similarity, limit, gap)


def _compared(
    one: IntArray,
    other: IntArray,
    cosines_of_vectors: FloatArray,
    texts: Sequence[str] | None,
    looks: FloatArray | None,
    columns: Sequence[ComparedColumn] | None,
    scratch: Scratch,
) -> tuple[Scale, FloatArray]:
    """How alike each two rows are, (n_pairs,), by what there is of them, and on which scale."""
    if texts is not None:
        alike = spellings(texts, one, other, scratch)
        return SPELLING, _held_to_order(texts, one, other, alike, scratch)
    if looks is not None:
        return LOOKS, cosines(looks, one, other)
    if columns is not None:
        parts = slices(len(one), PAIRS_AT_ONCE)
        found = ((similarities(columns, one[part], other[part]),) for part in parts)
        (alike,) = scratch.gather(found, (np.float32,))
        return RECORDS, alike
    return COSINE, cosines_of_vectors


def matches(
    one: IntArray,
    other: IntArray,
    alike: FloatArray,
    limit: float,
    *,
    texts: Sequence[str] | None = None,
    looks: FloatArray | None = None,
    columns: Sequence[ComparedColumn] | None = None,
    scratch: Scratch = IN_MEMORY,
) -> tuple[NDArray[np.intp], FloatArray]:
    """Of given pairs those that are nearly the same, by the rules of `duplicates`.

    Parameters
    ----------
    one, other : (n_pairs,) int32, the rows compared
    alike : (n_pairs,) float32, cosines of their vectors
    limit : least similarity of near-duplicates, as `duplicates` found it
    texts, looks, columns, scratch : see `duplicates`

    Returns
    -------
    The pairs that are, ascending, and the similarity of each
    """
    kept = np.arange(len(one))
    if texts is not None:
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        kept = np.flatnonzero(_related(alike, lengths[one], lengths[other]))
    elif looks is not None or columns is not None:
        kept = np.flatnonzero(alike >= RELATED)
    _, found = _compared(one[kept], other[kept], alike[kept], texts, looks, columns, scratch)
    near = found >= limit
    return kept[near], found[near]


def _related(
    alike: FloatArray, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Pairs of texts whose spelling is compared, by their cosines and lengths in characters."""
    shorter, longer = np.minimum(one, other), np.maximum(one, other)
    related = alike >= np.where(shorter < LONG, RELATED, RELATED_LONG)
    return np.asarray(related & (shorter >= np.where(shorter < LONG, HALF, TWO_THIRDS) * longer))


def _held_to_order(
    texts: Sequence[str],
    one: IntArray,
    other: IntArray,
    alike: FloatArray,
    scratch: Scratch,
) -> FloatArray:
    """The similarities, low for long texts with the same letters and not one after the other.

    Articles on one theme share most runs of three letters; a copy or an edit has its words in the
    same order too.
    """

    def blocks() -> Iterator[tuple[FloatArray]]:
        for part in slices(len(one), PAIRS_AT_ONCE):
            held = np.array(alike[part])
            near = np.flatnonzero(held >= SPELLING.low)
            ordered = words_in_order(texts, one[part][near], other[part][near])
            apart = near[ordered < IN_ORDER]
            held[apart] = np.minimum(held[apart], SPELLING.low - BINS)
            yield (held,)

    (out,) = scratch.gather(blocks(), (np.float32,))
    return out


def _candidates(
    vectors: FloatArray,
    rows: IntArray,
    lengths: NDArray[np.int64] | None,
    least: float,
    scratch: Scratch,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Each two rows that may be alike, once, the first being the smaller; and their cosine.

    Of two rows one must be a neighbor of the other. Without texts a cosine below `least` changes
    nothing; with them (`lengths` in characters) cosine and lengths tell whose spelling is compared.
    """

    def block(part: slice) -> tuple[IntArray, IntArray, FloatArray]:
        here = np.arange(part.start, part.stop, dtype=np.int32)
        # two rows that are each other's neighbors are seen from the smaller one
        mutual = (rows[rows[part]] == here[:, None, None]).any(axis=2)
        source, place = np.nonzero((rows[part] > here[:, None]) | ~mutual)
        first, second = here[source], rows[part][source, place]
        alike = np.einsum("ij,ij->i", vectors[first], vectors[second])
        if lengths is None:
            kept = alike >= least
        else:
            kept = _related(alike, lengths[first], lengths[second])
        first, second = first[kept], second[kept]
        return np.minimum(first, second), np.maximum(first, second), alike[kept]

    n, k = rows.shape
    found = ordered_map(block, slices(n, max(BLOCK_PAIRS // max(k, 1), 1)))
    one, other, alike = scratch.gather(found, (np.int32, np.int32, np.float32))
    return one, other, alike


def _edges(scale: Scale) -> NDArray[np.float64]:
    """Borders of the steps of a similarity in which a gap is looked for."""
    return np.arange(scale.low - 10 * BINS, 1.0 + BINS / 2, BINS)


def _limit(best: FloatArray, scale: Scale) -> tuple[float, bool]:
    """The emptiest place between rows with a near-duplicate and rows without, if there is one.

    Parameters
    ----------
    best : (n,) similarity of each row to the one most like it
    """
    if scale.low == scale.high:
        return scale.usual, False
    edges = _edges(scale)
    counts = np.histogram(np.clip(best, edges[0], 1.0), np.append(edges[:-1], 1.0 + 1e-6))[0]
    smooth = np.convolve(np.pad(counts, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    centres = edges[:-1] + BINS / 2
    inside = np.nonzero((centres >= scale.low) & (centres <= scale.high))[0]
    # the middle of the places that are as empty as the emptiest
    emptiest = inside[smooth[inside] == smooth[inside].min()]
    place = int(emptiest[len(emptiest) // 2])
    sides = min(smooth[:place].max(), smooth[place + 1 :].max())
    if smooth[place] <= DEEP * sides and sides >= 1:
        return float(round(centres[place], 2)), True
    return scale.usual, False
