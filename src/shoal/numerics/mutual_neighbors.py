"""Exact nearest other rows of unit vectors: each pair of rows is compared once, for both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import NEIGHBOR_ROWS, ordered_map
from shoal.numerics.clusters import nearest_centre
from shoal.numerics.ranking import order_key, places

GROUPS = 256
"""Groups of columns whose maxima bound a row's k-th largest cosine from below."""
ROWS_A_CELL = 256
ENOUGH = 4
"""Times k candidates of a row, on the average, that are kept before the best k are picked."""
MANY = 16
"""Times k candidates a row, in two blocks, beyond which the k best are picked at once."""

Found = tuple[IntArray, IntArray, FloatArray]
"""Candidates: the row in its block, the other row, and the cosine."""


def nearest_others(
    vectors: FloatArray,
    k: int,
    *,
    n_threads: int | None = None,
    advance: Callable[[int], None] | None = None,
) -> tuple[IntArray, FloatArray]:
    """The k nearest other rows of each row, nearest first.

    Rows are put in order, like beside like, so that most neighbors of a row are in its own block
    of rows, which is searched first. What it finds is a bound that few cosines in the other
    blocks pass, and the product of two blocks serves the rows of both.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length (or zero)
    k : how many, from 0 to n - 1
    n_threads : None for all; the result does not depend on it
    advance : called with the number of rows done

    Returns
    -------
    rows : (n, k) int32; of equally near ones the smaller comes first
    distances : (n, k) float32, one minus the cosine, in [0, 2]
    """
    n = len(vectors)
    if k == 0 or n == 0:
        return np.empty((n, 0), dtype=np.int32), np.empty((n, 0), dtype=np.float32)
    table = _Table(vectors, k)
    search = _Search(table)
    done = 0
    rounds = table.rounds()
    n_pairs = sum(map(len, rounds))
    for number, pairs in enumerate(rounds):
        compare = partial(table.compare, search.bound.copy())
        for pair, found in zip(pairs, ordered_map(compare, pairs, n_threads), strict=True):
            search.take(pair, *found)
            done += 1
            if advance:
                advance(n * done // n_pairs - n * (done - 1) // n_pairs)
        full = search.full(last=number == len(rounds) - 1)
        crowds = [(block, search.pending[block]) for block in full]
        for block, best in zip(full, ordered_map(table.best, crowds, n_threads), strict=True):
            search.keep(block, *best)
    return search.result()


class _Table:
    """Blocks of rows in order. It never changes, so that who compares may be anywhere."""

    def __init__(self, vectors: FloatArray, k: int) -> None:
        n = len(vectors)
        self.k = k
        self.order = _like_beside_like(vectors)
        self.vectors = np.ascontiguousarray(vectors[self.order])
        for array in (self.order, self.vectors):
            array.flags.writeable = False
        edges = np.linspace(0, n, -(-n // NEIGHBOR_ROWS) + 1).astype(np.int64)
        self.blocks = [slice(int(a), int(b)) for a, b in pairwise(edges)]

    def rounds(self) -> list[list[tuple[int, int]]]:
        """Pairs of blocks: each with itself, then with the next, the one after it, and so on."""
        n = len(self.blocks)
        pairs = [[(i, (i + step) % n) for i in range(n)] for step in range((n + 1) // 2)]
        return pairs if n % 2 else [*pairs, [(i, i + n // 2) for i in range(n // 2)]]

    def compare(
        self, bound: FloatArray, pair: tuple[int, int]
    ) -> tuple[tuple[Found, ...], FloatArray | None]:
        """Candidates for the rows of two blocks, or of one that is compared with itself.

        The latter gives a cosine, too, that each row's k-th neighbor has at least.
        """
        one, other = self.blocks[pair[0]], self.blocks[pair[1]]
        cosines = self.vectors[one] @ self.vectors[other].T
        if one == other:
            np.fill_diagonal(cosines, -np.inf)
            lower = _lower_bound(cosines, self.k)
            return self._passing(cosines, lower, None, other), lower
        return self._passing(cosines, bound[one], bound[other], other, one), None

    def best(self, crowd: tuple[int, list[Found]]) -> tuple[Found, FloatArray]:
        """The k best candidates of each row of a block, best first, and each row's k-th cosine."""
        block, pending = crowd
        row, other, cosine = (np.concatenate(part) for part in zip(*pending, strict=True))
        order = _by_row(row, other, cosine)
        counts = np.bincount(row, minlength=_length(self.blocks[block]))
        order = order[places(counts) < self.k]
        bound = np.full(len(counts), -np.inf, dtype=np.float32)
        enough = counts >= self.k
        bound[enough] = cosine[order[np.cumsum(np.minimum(counts, self.k))[enough] - 1]]
        return (row[order], other[order], cosine[order]), bound

    def _passing(
        self,
        cosines: FloatArray,
        bound: FloatArray,
        opposite: FloatArray | None,
        other: slice,
        one: slice | None = None,
    ) -> tuple[Found, ...]:
        """Candidates for the rows, and for the columns where these have a bound too."""
        passes = cosines >= bound[:, None]
        if opposite is not None:
            passes |= cosines >= opposite
        place = np.flatnonzero(passes)
        if len(place) > MANY * self.k * sum(cosines.shape):
            return self._among_many(cosines, other, one)
        row = (place // cosines.shape[1]).astype(np.int32)
        column = (place - row.astype(np.int64) * cosines.shape[1]).astype(np.int32)
        value = cosines.ravel()[place]
        if opposite is None or one is None:
            return ((row, self.order[other][column], value),)
        mine, theirs = value >= bound[row], value >= opposite[column]
        return (
            (row[mine], self.order[other][column[mine]], value[mine]),
            (column[theirs], self.order[one][row[theirs]], value[theirs]),
        )

    def _among_many(
        self, cosines: FloatArray, other: slice, one: slice | None
    ) -> tuple[Found, ...]:
        """No more than k candidates a row, where very many are equally near."""
        sides = [(cosines, other)] if one is None else [(cosines, other), (cosines.T, one)]
        return tuple(_k_best(side, self.order[part], self.k) for side, part in sides)


class _Search:
    """The candidates of each block of rows, and the cosine that a new one must pass."""

    def __init__(self, table: _Table) -> None:
        self.table = table
        self.bound = np.full(len(table.order), -np.inf, dtype=np.float32)
        self.pending: list[list[Found]] = [[] for _ in table.blocks]

    def take(
        self, pair: tuple[int, int], found: tuple[Found, ...], bound: FloatArray | None
    ) -> None:
        """Add what was found for two blocks, or for one."""
        if bound is not None:
            self.bound[self.table.blocks[pair[0]]] = bound
        for block, candidates in zip(pair, found, strict=False):
            self.pending[block].append(candidates)

    def full(self, *, last: bool) -> list[int]:
        """Blocks whose candidates are to be weeded; all of them in the end."""
        enough = ENOUGH * self.table.k
        return [
            i
            for i, block in enumerate(self.table.blocks)
            if last or sum(len(x[0]) for x in self.pending[i]) > enough * _length(block)
        ]

    def keep(self, block: int, found: Found, bound: FloatArray) -> None:
        """Only these candidates are left of a block."""
        self.pending[block] = [found]
        part = self.table.blocks[block]
        self.bound[part] = np.maximum(self.bound[part], bound)

    def result(self) -> tuple[IntArray, FloatArray]:
        """Neighbors and distances of the rows as they were given."""
        found = [candidates[0] for candidates in self.pending]
        shape = (len(self.table.order), self.table.k)
        rows = np.empty(shape, dtype=np.int32)
        distances = np.empty(shape, dtype=np.float32)
        rows[self.table.order] = np.concatenate([x[1] for x in found]).reshape(shape)
        cosines = np.concatenate([x[2] for x in found]).reshape(shape)
        distances[self.table.order] = np.clip(1.0 - cosines, 0.0, 2.0)
        return rows, distances


def _k_best(cosines: FloatArray, names: IntArray, k: int) -> Found:
    """The k largest of each row as candidates; of equal ones those of smaller names."""
    by_name = np.argsort(names)
    order = by_name[np.argsort(-cosines[:, by_name], axis=1, kind="stable")[:, :k]]
    row = np.repeat(np.arange(len(cosines), dtype=np.int32), order.shape[1])
    return row, names[order].ravel(), np.take_along_axis(cosines, order, 1).ravel()


def _like_beside_like(vectors: FloatArray) -> IntArray:
    """An order of the rows by cells: random rows, and all that are nearest to each.

    Cells follow each other as their centres do along a chain of nearest ones.
    """
    n = len(vectors)
    n_cells = n // ROWS_A_CELL
    if n_cells < 2:
        return np.arange(n, dtype=np.int32)
    centre = vectors[np.sort(np.random.default_rng(0).choice(n, n_cells, replace=False))]
    cell = nearest_centre(vectors, centre)[0]
    return np.argsort(_chain(centre)[cell], kind="stable").astype(np.int32)


def _chain(centre: FloatArray) -> NDArray[np.int64]:
    """Place of each centre in a chain that goes on to the nearest one not yet in it."""
    place = np.full(len(centre), -1, dtype=np.int64)
    now = 0
    cosines = centre @ centre.T
    for step in range(len(centre)):
        place[now] = step
        cosines[:, now] = -np.inf
        now = int(cosines[now].argmax())
    return place


def _by_row(row: IntArray, other: IntArray, cosine: FloatArray) -> NDArray[np.intp]:
    """The order by row, then by falling cosine, then by the other row."""
    key = order_key(row, cosine)
    order = np.argsort(key)
    key = key[order]
    equal = np.concatenate([[False], key[1:] == key[:-1], [False]])
    tied = np.flatnonzero(equal[1:] | equal[:-1])
    among = order[tied]
    order[tied] = among[np.lexsort((other[among], key[tied]))]
    return order


def _lower_bound(cosines: FloatArray, k: int) -> FloatArray:
    """A number that at least k of each row reach: the k-th largest of maxima of columns."""
    n_rows, n_columns = cosines.shape
    whole = n_columns // GROUPS * GROUPS
    if k > GROUPS or not whole:
        return np.full(n_rows, -np.inf, dtype=np.float32)
    highest = cosines[:, :whole].reshape(n_rows, -1, GROUPS).max(axis=1)
    return np.asarray(np.partition(highest, GROUPS - k, axis=1)[:, -k])


def _length(part: slice) -> int:
    return int(part.stop - part.start)
