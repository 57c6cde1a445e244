"""Records as unit vectors whose cosine is the weighted mean of how alike their columns are.

Each column becomes a block of unit length. A number lies on a half circle that holds the middle
95 % of its column, so that the cosine of two numbers falls from 1, where they are equal, to -1 at
opposite ends; a category is a direction of its own, so that two rows are alike (1) or not (0).
The blocks side by side, each times the root of its share of the weight, are a vector of length
one. This is Gower's similarity with a cosine in place of his ramp, and as it is a plain product of
vectors, one neighbor graph serves records as it serves texts, and what a column adds to a
distance is the part of its block.

References
----------
Gower (1971), A general coefficient of similarity and some of its properties. Biometrics 27.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.data.records import Record
from shoal.data.source_columns import Block
from shoal.errors import BadInput, UnknownPart
from shoal.numerics.arrays import AnyArray, DoubleArray, FloatArray, NamedArrays
from shoal.numerics.scaling import Scale, fit_scales, step_of
from shoal.parts.embedders.base import BatchPlan, ModelInfo, even_plan

BATCH_ROWS = 4096
RARE = 0.01
"""Share of the rows below which a category is put together with the other rare ones."""
MAX_LEVELS = 50
"""Most categories of a column that have a direction of their own."""
STATE = "columns"
GAPS_MARKED = "; gaps marked"


@dataclass(frozen=True, slots=True)
class NumberBlock:
    """A number or a date as a place on a half circle; a gap is half the median, half a gap.

    Parameters
    ----------
    scale : of the column
    median : takes the place of a gap
    gaps : whether the column had gaps when it was fitted; where it had none, a row with one
        does without the column
    step : the least difference of two values, None where there are too few
    """

    scale: Scale
    median: float
    gaps: bool
    step: float | None = None

    @classmethod
    def fit(cls, columns: Sequence[Sequence[Any]], kinds: Sequence[str]) -> Iterator[NumberBlock]:
        """Learn from columns of (n,) numbers and None, at least one of each a number."""
        known = [
            np.array([value for value in values if value is not None], dtype=np.float64)
            for values in columns
        ]
        scales = fit_scales(known, [kind == "number" for kind in kinds])
        for values, own, scale in zip(columns, known, scales, strict=True):
            yield cls(scale, float(np.median(own)), len(own) < len(values), step_of(own))

    @property
    def n_dims(self) -> int:
        """Numbers in the block."""
        return 2 + self.gaps

    def transform(self, values: Sequence[Any]) -> DoubleArray:
        """Unit rows, (n, n_dims); zeros for a gap in a column that had none."""
        gap = np.array([value is None for value in values], dtype=bool)
        filled = np.array([self.median if v is None else v for v in values], dtype=np.float64)
        angles = self.scale.angles(filled)
        out = np.zeros((len(filled), self.n_dims))
        out[:, 0], out[:, 1] = np.cos(angles), np.sin(angles)
        if self.gaps:
            out[gap] *= np.sqrt(0.5)
            out[gap, 2] = np.sqrt(0.5)
        else:
            out[gap] = 0.0
        return out

    def lengths(self, vectors: FloatArray) -> DoubleArray:
        """Length of the mean of all values that were rounded to the one of a row.

        Parameters
        ----------
        vectors : (n, n_dims) the block of each row, of any length

        Returns
        -------
        (n,) in [0, 1]; 1 for a gap
        """
        if self.step is None:
            return np.ones(len(vectors))
        halves = self.scale.half_steps(np.arctan2(vectors[:, 1], vectors[:, 0]), self.step)
        lengths = np.sinc(halves / np.pi)
        return np.where(vectors[:, 2] > 0, 1.0, lengths) if self.gaps else np.asarray(lengths)

    def tail_excess(self, values: Sequence[Any]) -> DoubleArray:
        """How far past the ends of the half circle, (n,) in radians; 0 for a gap."""
        filled = np.array([self.median if v is None else v for v in values], dtype=np.float64)
        return self.scale.tail_excess(filled)

    def coordinates(self, values: Sequence[Any]) -> DoubleArray:
        """The place on the half circle, and whether there is none, (n, 1 or 2)."""
        filled = np.array([self.median if v is None else v for v in values], dtype=np.float64)
        gap = [[v is None for v in values]] * self.gaps
        return np.array([self.scale.angles(filled), *gap], dtype=np.float64).T

    @property
    def blur(self) -> list[float]:
        """Variance to add to each coordinate; see `Columns.blur`."""
        return [0.0] + [RARE] * self.gaps

    @property
    def done(self) -> str:
        """What was done to the column, in words."""
        how = "skewed: log-transformed and scaled" if self.scale.unit is not None else "scaled"
        return how + GAPS_MARKED * self.gaps

    def details(self) -> dict[str, Any]:
        """As JSON."""
        scale = {"unit": self.scale.unit, "centre": self.scale.centre, "width": self.scale.width}
        return {"scale": scale, "median": self.median, "gaps": self.gaps, "step": self.step}

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> NumberBlock:
        """Restore a block from `details`."""
        scale = Scale(**details["scale"])
        return cls(scale, details["median"], details["gaps"], details.get("step"))


@dataclass(frozen=True, slots=True)
class CategoryBlock:
    """A category as a direction of its own; rare ones share one, and gaps have one.

    Parameters
    ----------
    levels : the categories that have a direction, most frequent first
    n_rare : rare categories that share one
    gaps : whether the column had gaps when it was fitted
    """

    levels: tuple[str, ...]
    n_rare: int
    gaps: bool

    @classmethod
    def fit(cls, values: Sequence[Any]) -> CategoryBlock:
        """Learn from (n,) texts and None, at least one of them a text."""
        counts = Counter(value for value in values if value is not None)
        ranked = sorted(counts, key=lambda level: (-counts[level], level))
        least = max(2, RARE * len(values))
        kept = [level for level in ranked if counts[level] >= least][:MAX_LEVELS]
        if len(ranked) - len(kept) == 1:
            kept = ranked  # alone, a rare one is no group
        return cls(tuple(kept), len(ranked) - len(kept), None in values)

    @property
    def n_dims(self) -> int:
        """Numbers in the block."""
        return len(self.levels) + (self.n_rare > 0) + self.gaps

    def transform(self, values: Sequence[Any]) -> DoubleArray:
        """Unit rows, (n, n_dims); zeros for a category or a gap that has no direction."""
        place = {level: number for number, level in enumerate(self.levels)}
        other = len(self.levels) if self.n_rare else -1
        gap = self.n_dims - 1 if self.gaps else -1
        where = np.array([gap if v is None else place.get(v, other) for v in values], dtype=int)
        out = np.zeros((len(where), self.n_dims))
        known = np.nonzero(where >= 0)[0]
        out[known, where[known]] = 1.0
        return out

    def coordinates(self, values: Sequence[Any]) -> DoubleArray:
        """The direction without the most frequent category, which the others tell, (n, n_dims-1).

        A category that has no direction is like the most frequent one.
        """
        return self.transform(values)[:, 1:]

    @property
    def blur(self) -> list[float]:
        """Variance to add to each coordinate; see `Columns.blur`."""
        return [RARE] * max(self.n_dims - 1, 0)

    @property
    def done(self) -> str:
        """What was done to the column, in words."""
        if self.n_rare and not self.levels:
            return f"{self.n_rare} rare categories as one{GAPS_MARKED * self.gaps}"
        rare = f", plus {self.n_rare} rare ones as one" if self.n_rare else ""
        return f"{len(self.levels)} categories{rare}{GAPS_MARKED * self.gaps}"

    def details(self) -> dict[str, Any]:
        """As JSON."""
        return {"levels": list(self.levels), "others": self.n_rare, "gaps": self.gaps}

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> CategoryBlock:
        """Restore a block from `details`."""
        return cls(tuple(details["levels"]), details["others"], details["gaps"])


def checked_weights(names: Sequence[str], weights: Mapping[str, Any] | None) -> dict[str, float]:
    """The weight of each column, 1 where none is given.

    Raises
    ------
    UnknownPart : if a weight is given to a column that is not among the names
    BadInput : if a weight is no number above zero
    """
    out = dict.fromkeys(names, 1.0)
    for name, weight in (weights or {}).items():
        if name not in out:
            raise UnknownPart.among("column that is clustered by (given a weight)", name, names)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not weight > 0:
            raise BadInput(
                f"the weight of {name!r} must be a number above 0, such as 2, got {weight!r}. "
                "To exclude a column, list the others in --columns."
            )
        out[name] = float(weight)
    return out


class Columns:
    """The embedder of records, fitted to the columns of the run.

    Parameters
    ----------
    columns : name and kind ("number", "date", "category") of each cell of a record
    weights : column -> how much it counts, 1 where it is not named
    """

    parallel = False

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        weights: Mapping[str, float] | None = None,
    ) -> None:
        self.columns = tuple(columns)
        self.weights = {name: (weights or {}).get(name, 1.0) for name, _ in columns}
        self.blocks_: tuple[NumberBlock | CategoryBlock, ...] = ()
        self._state = "[]"

    def learn(self, contents: Sequence[Record]) -> Columns:
        """Fit every column to (n,) distinct records."""
        cells = list(zip(*contents, strict=True))
        kinds = [kind for _, kind in self.columns]
        numeric = [place for place, kind in enumerate(kinds) if kind != "category"]
        numbers = NumberBlock.fit([cells[p] for p in numeric], [kinds[p] for p in numeric])
        self._set(
            CategoryBlock.fit(values) if kind == "category" else next(numbers)
            for kind, values in zip(kinds, cells, strict=True)
        )
        return self

    def _set(self, blocks: Iterable[NumberBlock | CategoryBlock]) -> None:
        self.blocks_ = tuple(blocks)
        details = [
            {"name": name, "kind": kind, "weight": self.weights[name], **block.details()}
            for (name, kind), block in zip(self.columns, self.blocks_, strict=True)
        ]
        self._state = json.dumps(details, ensure_ascii=True)

    @property
    def info(self) -> ModelInfo:
        """What the columns became, told apart by a hash of all that was learned."""
        details = hashlib.sha256(self._state.encode()).hexdigest()[:32]
        return ModelInfo("your columns", f"columns:{details}", "your own", remember="no")

    @property
    def layout(self) -> list[Block]:
        """Where the block of each column begins and ends, its weight, and what was done to it."""
        out, start = [], 0
        for (name, _), block in zip(self.columns, self.blocks_, strict=True):
            stop, weight = start + block.n_dims, self.weights[name]
            out.append(Block(name=name, start=start, stop=stop, weight=weight, done=block.done))
            start = stop
        return out

    def plan(self, contents: Sequence[Any]) -> BatchPlan:
        """Batches of 4,096 in order."""
        return even_plan(len(contents), BATCH_ROWS)

    def transform(self, contents: Sequence[Record]) -> FloatArray:
        """Embed records: (n, n_dims) float32 of unit length where no column is left out."""
        cells = list(zip(*contents, strict=True))
        total = sum(self.weights.values())
        parts = [
            block.transform(values) * np.sqrt(self.weights[name] / total)
            for (name, _), block, values in zip(self.columns, self.blocks_, cells, strict=True)
        ]
        return np.hstack(parts).astype(np.float32)

    def softened(self, vectors: FloatArray) -> FloatArray:
        """Vectors that know no more than their values do, which are counts or rounded.

        Two customers with 2 orders are not as alike as two points at the same place: a count
        stands for all amounts that it is the nearest to. The mean of their directions is shorter
        than one, so that the product of two such vectors is the mean similarity of the amounts.
        Else the clusters of a table of small counts would be the counts.

        Parameters
        ----------
        vectors : (n, n_dims) float32, as of `transform`

        Returns
        -------
        (n, n_dims) float32, none longer than it was
        """
        out = np.array(vectors, dtype=np.float32)
        for entry, block in zip(self.layout, self.blocks_, strict=True):
            if isinstance(block, NumberBlock):
                place = slice(entry["start"], entry["start"] + 2)
                lengths = block.lengths(out[:, entry["start"] : entry["stop"]])
                out[:, place] *= lengths[:, None].astype(np.float32)
        return out

    def tail_excess(self, contents: Sequence[Record]) -> FloatArray:
        """What the half circles do not tell apart: values past their ends, by column.

        Returns
        -------
        (n, n_numbers) float32, radians past the end times the column's share of the weight
        """
        cells = list(zip(*contents, strict=True))
        total = sum(self.weights.values())
        parts = [
            block.tail_excess(values) * (self.weights[name] / total)
            for (name, _), block, values in zip(self.columns, self.blocks_, cells, strict=True)
            if isinstance(block, NumberBlock)
        ]
        return np.array(parts, dtype=np.float32).reshape(len(parts), len(contents)).T

    def coordinates(self, contents: Sequence[Record]) -> DoubleArray:
        """Records with one number for each number and each category, (n, n_coordinates).

        What is linear in them, such as one amount that goes with another, is so in the columns.
        """
        cells = zip(*contents, strict=True)
        parts = [block.coordinates(v) for block, v in zip(self.blocks_, cells, strict=True)]
        return np.hstack(parts)

    @property
    def blur(self) -> DoubleArray:
        """Variance to add to each coordinate, (n_coordinates,).

        One row among thousands with a category is as odd as one in a hundred, and no odder: else
        what is merely rare would drown what is impossible.
        """
        return np.array([x for block in self.blocks_ for x in block.blur])

    def arrays(self) -> NamedArrays:
        """What `transform` needs, to be saved."""
        return {STATE: np.array(self._state)}

    def restore(self, arrays: Mapping[str, AnyArray]) -> Columns:
        """Restore the state that `arrays` returned."""
        details = json.loads(str(arrays[STATE]))
        self.columns = tuple((entry["name"], entry["kind"]) for entry in details)
        self.weights = {entry["name"]: entry["weight"] for entry in details}
        self._set(
            CategoryBlock.read(entry) if entry["kind"] == "category" else NumberBlock.read(entry)
            for entry in details
        )
        return self
