"""What is odd about a record: the columns in which it differs from the others, and by how much."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shoal.data import Items
from shoal.numerics.arrays import AnyArray, DoubleArray
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

    def compared(self, rows: NDArray[np.int64]) -> AnyArray:
        """What `alike` compares a row with: something for each of some rows."""

    def alike(self, row: int, compared: AnyArray) -> Mask | None:
        """Which of those rows have about the same value; None where the row has none."""

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

    def compared(self, rows: NDArray[np.int64]) -> AnyArray:
        return self.deviations[rows]

    def alike(self, row: int, compared: AnyArray) -> Mask | None:
        if np.isnan(self.values[row]):
            return None
        apart = compared - self.deviations[row]
        return np.asarray(np.abs(apart, out=apart) <= NEAR)

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
    places : number of each category
    entropy : of the categories, in nats
    n : rows of the run
    """

    name: str
    values: AnyArray
    counts: Counter[str]
    places: Mapping[str, int]
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

    def compared(self, rows: NDArray[np.int64]) -> AnyArray:
        return np.array([self.places.get(value, -1) for value in self.values[rows]], np.int32)

    def alike(self, row: int, compared: AnyArray) -> Mask | None:
        value = self.values[row]
        return None if value is None else np.asarray(compared == self.places[value])

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

    @cached_property
    def _compared(self) -> list[AnyArray]:
        return [column.compared(self._paired) for column in self._columns]

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
        n = len(self._paired)
        if len(self._columns) > MAX_COLUMNS:
            return ""
        columns = zip(self._columns, self._compared, strict=True)
        masks = [(column, column.alike(row, compared)) for column, compared in columns]
        known = [(column, mask) for column, mask in masks if mask is not None]
        if len(known) < 2:
            return ""
        both = _both([mask for _, mask in known])
        each = np.diagonal(both)
        expected = np.maximum(np.outer(each, each), 1) / n
        surprise = np.log(expected / np.maximum(both, 1))
        surprise[both > max(FEW * n, 1)] = 0.0
        surprise[np.tril_indices(len(known))] = 0.0
        first, second = np.unravel_index(int(surprise.argmax()), surprise.shape)
        if surprise[first, second] <= PAIR:
            return ""
        one, other = known[first][0], known[second][0]
        pair = f"{one.name} {one.shown(row)} with {other.name} {other.shown(row)}"
        return f"{pair}: a rare combination"


def _both(masks: Sequence[Mask]) -> DoubleArray:
    """How many rows are in both of each two masks, (n_masks, n_masks)."""
    bits = np.array([np.packbits(mask) for mask in masks])
    words = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8))).view(np.uint64)
    out = np.empty((len(masks), len(masks)))
    for place, own in enumerate(words):
        shared = np.bitwise_count(words[: place + 1] & own).sum(axis=1, dtype=np.int64)
        out[place, : place + 1] = out[: place + 1, place] = shared
    return out


def _of_levels(name: str, values: AnyArray, some: AnyArray) -> Judged | None:
    """A column of categories with what is usual in `some` of its rows; None without values."""
    counts = Counter(value for value in some if value is not None)
    if not counts:
        return None
    shares = np.array(list(counts.values())) / counts.total()
    places = {value: place for place, value in enumerate(counts)}
    return _Levels(name, values, counts, places, float(-(shares * np.log(shares)).sum()), len(some))


def _of_numbers(
    name: str, values: AnyArray, known: DoubleArray, scale: Scale, n: int, *, dated: bool
) -> Judged:
    """The same of numbers or dates, of which those that are known are given, and their scale."""
    numbers = np.asarray(values, dtype=np.float64)
    ranked, last = np.sort(known), len(known) - 1
    low, half, high = (float(ranked[round(last * share)]) for share in (USUAL[0], 0.5, USUAL[1]))
    deviations = scale.deviations(numbers)
    return _Numbers(name, numbers, deviations, (low, half, high), n, n - len(known), dated)
