"""What is odd about a record: the columns in which it differs from the others, and by how much."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shoal.data import Items
from shoal.numerics.arrays import AnyArray, DoubleArray
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.samples import evenly
from shoal.numerics.scaling import Scale, fit_scales
from shoal.parts.describers.readable import day_in_words, is_year, number_in_words
from shoal.stages.profiling import values_of
from shoal.text.cleaning import clean, shorten

MAX_NAMED = 3
FAR = 3.0
"""Robust standard deviations from which a number is odd."""
RARE = 0.05
"""Share of the rows up to which a category, or a gap, may be odd."""
SURPRISE = 2.5
"""Nats by which a category must be rarer than the column's categories are on average."""
TIMES = 5.0
"""Ratio to the usual value from which it is told; nearer values are told by the usual range."""
USUAL = (0.05, 0.95)
"""Quantiles between which values are usual."""
NEAR = 0.5
"""Robust standard deviations up to which two numbers are alike."""
PAIR = math.log(5)
"""A pair is odd where five times as many rows would have it if its columns were unrelated."""
FEW = 0.01
"""Share of the rows up to which a pair is rare; the row itself is always allowed."""
MAX_COLUMNS = 200
"""Columns of which pairs are looked at: of more, some pair is rare by mere chance."""
MAX_PAIRED = 20_000
"""Rows among which pairs are counted; of more, evenly spaced."""
MAX_CHARS = 40
Mask = NDArray[np.bool_]


class Judged(Protocol):
    """A column that can say how odd a row's value is."""

    @property
    def name(self) -> str:
        """As in the source."""

    def oddity(self, row: int) -> tuple[float, str] | None:
        """Surprise in nats and the words for it; None where the value is usual."""

    def alike(self, row: int, rows: NDArray[np.int64]) -> Mask | None:
        """Which of some rows have about the same value; None where the row has none."""

    def shown(self, row: int) -> str:
        """The value as a person reads it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """A column of numbers or dates.

    Parameters
    ----------
    name : as in the source
    values : (n_rows,) float64, nan for a gap
    deviations : (n_rows,) robust standard deviations from the centre
    usual : 5 % quantile, median, 95 % quantile
    n : rows of the run
    n_gaps : of them without a value
    is_date : whether values are days since 1970
    """

    name: str
    values: NDArray[np.float64]
    deviations: NDArray[np.float64]
    usual: tuple[float, float, float]
    n: int
    n_gaps: int
    is_date: bool

    def oddity(self, row: int) -> tuple[float, str] | None:
        if np.isnan(self.values[row]):
            return _gap(self.name, self.n_gaps, self.n)
        distance = abs(float(self.deviations[row]))
        low, half, high = self.usual
        value = float(self.values[row])
        if distance < FAR or low <= value <= high:
            return None
        info = f"{self.name} {self.shown(row)}"
        surprise = distance**2 / 2
        if not self.is_date and half > 0 and low >= 0 and value / half >= TIMES:
            ratio = value / half
            by = f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"
            return surprise, f"{info}, {by} times the usual ({self._words(half)})"
        if low == high:
            return surprise, f"{info}, usually {self._words(half)}"
        return surprise, f"{info}, usually {self._words(low)} to {self._words(high)}"

    def alike(self, row: int, rows: NDArray[np.int64]) -> Mask | None:
        if np.isnan(self.values[row]):
            return None
        return np.asarray(np.abs(self.deviations[rows] - self.deviations[row]) <= NEAR)

    def shown(self, row: int) -> str:
        return self._words(float(self.values[row]))

    def _words(self, value: float) -> str:
        if self.is_date:
            return day_in_words(value)
        year = is_year(self.name, self.usual[0], self.usual[2]) and value == int(value)
        return number_in_words(value, self.name, year=year)


@dataclass(frozen=True, slots=True, eq=False)
class _Levels:
    """A column of categories.

    Parameters
    ----------
    name : as in the source
    values : (n_rows,) texts, None for a gap
    counts : rows of each category
    entropy : of the categories, in nats
    n : rows of the run
    """

    name: str
    values: AnyArray
    counts: Counter[str]
    entropy: float
    n: int

    def oddity(self, row: int) -> tuple[float, str] | None:
        value = self.values[row]
        if value is None:
            return _gap(self.name, self.n - self.counts.total(), self.n)
        count = self.counts[value]
        surprise = -math.log(count / self.counts.total())
        if count > max(RARE * self.n, 1) or surprise - self.entropy < SURPRISE:
            return None
        return surprise, f"{self.name} {self.shown(row)}, in {count:,} of {self.n:,} rows"

    def alike(self, row: int, rows: NDArray[np.int64]) -> Mask | None:
        value = self.values[row]
        return None if value is None else np.asarray(self.values[rows] == value, dtype=bool)

    def shown(self, row: int) -> str:
        return shorten(clean(self.values[row]), MAX_CHARS)


def _gap(name: str, n_gaps: int, n: int) -> tuple[float, str] | None:
    """What is said of a row without a value, where nearly all others have one."""
    surprise = -math.log(n_gaps / n)
    if n_gaps > max(RARE * n, 1) or surprise < SURPRISE:
        return None
    return surprise, f"{name} is missing, in {n_gaps:,} of {n:,} rows"


class OddColumns:
    """Says of records which of their values are odd.

    Parameters
    ----------
    items : of the run; of anything but records, nothing is said
    """

    def __init__(self, items: Items) -> None:
        self._items = items
        usable = np.nonzero(items.first >= 0)[0]
        self._usable = usable
        self._paired = usable[evenly(len(usable), MAX_PAIRED)]

    @cached_property
    def _columns(self) -> list[Judged]:
        used = [
            (feature["name"], feature["kind"], values_of(self._items, feature))
            for feature in self._items.about.get("features", ())
            if feature["use"] == "clustered" and feature["kind"] in ("number", "date", "category")
        ]
        known = {
            place: some[~np.isnan(some)]
            for place, (_, kind, values) in enumerate(used)
            if kind != "category" and len(some := values[self._usable])
        }
        known = {place: numbers for place, numbers in known.items() if len(numbers)}
        # together, as there may be thousands
        may_log = [used[place][1] == "number" for place in known]
        scales = dict(zip(known, fit_scales(list(known.values()), may_log), strict=True))
        n, out = len(self._usable), list[Judged | None]()
        for place, (name, kind, values) in enumerate(used):
            if kind == "category":
                out.append(_of_levels(name, values, values[self._usable]))
            elif place in known:
                dated = kind == "date"
                out.append(_of_numbers(name, values, known[place], scales[place], n, dated=dated))
        return [column for column in out if column is not None]

    def of(self, row: int) -> str:
        """The oddest values of a row in words, at most three columns; "" where none is odd.

        Parameters
        ----------
        row : of the source
        """
        found = [column.oddity(row) for column in self._columns]
        odd = sorted((one for one in found if one is not None), key=lambda one: -one[0])
        if odd:
            return "; ".join(words for _, words in odd[:MAX_NAMED])
        return self._pair(row)

    def _pair(self, row: int) -> str:
        """The two usual values of a row that hardly any other row has together."""
        rows = self._paired
        if len(self._columns) > MAX_COLUMNS:
            return ""
        masks = [(column, column.alike(row, rows)) for column in self._columns]
        known = [(column, mask) for column, mask in masks if mask is not None]
        if len(known) < 2:
            return ""
        alike = np.array([mask for _, mask in known], dtype=np.float32)
        with serial_algebra():  # so small a product takes longer to share than to work out
            both = (alike @ alike.T).astype(np.float64)  # whole numbers, exact to 16 million rows
        each = np.diagonal(both)
        expected = np.maximum(np.outer(each, each), 1) / len(rows)
        surprise = np.log(expected / np.maximum(both, 1))
        surprise[both > max(FEW * len(rows), 1)] = 0.0
        surprise[np.tril_indices(len(known))] = 0.0
        first, second = np.unravel_index(int(surprise.argmax()), surprise.shape)
        if surprise[first, second] <= PAIR:
            return ""
        one, other = known[first][0], known[second][0]
        pair = f"{one.name} {one.shown(row)} with {other.name} {other.shown(row)}"
        return f"{pair}: a rare combination"


def _of_levels(name: str, values: AnyArray, some: AnyArray) -> Judged | None:
    """A column of categories with what is usual in `some` of its rows; None without values."""
    counts = Counter(value for value in some if value is not None)
    if not counts:
        return None
    shares = np.array(list(counts.values())) / counts.total()
    return _Levels(name, values, counts, float(-(shares * np.log(shares)).sum()), len(some))


def _of_numbers(
    name: str, values: AnyArray, known: DoubleArray, scale: Scale, n: int, *, dated: bool
) -> Judged:
    """The same of numbers or dates, of which those that are known are given, and their scale."""
    numbers = np.asarray(values, dtype=np.float64)
    ranked, last = np.sort(known), len(known) - 1
    low, half, high = (float(ranked[round(last * share)]) for share in (USUAL[0], 0.5, USUAL[1]))
    deviations = scale.deviations(numbers)
    return _Numbers(name, numbers, deviations, (low, half, high), n, n - len(known), dated)
