"""Source columns as values for coloring the map and filtering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.data.entries import Entry
from shoal.numerics.arrays import AnyArray
from shoal.parts.readers.dates import as_dates
from shoal.parts.readers.values import MAX_STRAYS, numbers_of

MAX_CATEGORIES = 1000
SAMPLE_ROWS = 1000
"""Rows that are tried as numbers before all are."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column as numbers.

    Parameters
    ----------
    name : as in items.parquet
    kind : "number", "date" (days since 1970) or "category"
    values : (n_rows,) float32 with nan where there is none, or int32 codes with -1
    categories : what the codes stand for, the most frequent first
    """

    name: str
    kind: str
    values: AnyArray
    categories: tuple[str, ...] = ()

    def info(self) -> Entry:
        """A column's description, sent before its values."""
        out: Entry = {"name": self.name, "kind": self.kind}
        if self.kind == "category":
            return {**out, "categories": list(self.categories)}
        known = self.values[np.isfinite(self.values)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        return {**out, "low": low, "high": high}


def as_column(
    name: str, values: pa.ChunkedArray, form: str | None = None, *, is_date: bool = False
) -> Column | None:
    """A column of a table as numbers, None where it is free text or one value only.

    Parameters
    ----------
    name : of the column
    values : pyarrow chunked array
    form, is_date : how its dates are written, and whether it is known to hold some
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    if pa.types.is_boolean(kind):
        return _categories(name, values.cast(pa.string()))
    dates = as_dates(values, form, named=is_date)
    if dates is not None:
        return _numbers(name, "date", dates.days)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return _numbers(name, "number", numbers)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _written_numbers(name, values) or _categories(name, values)
    return None


def _written_numbers(name: str, values: pa.ChunkedArray) -> Column | None:
    """A column of numbers that is kept as it was written, such as prices: 1.10."""
    texts = values.slice(0, SAMPLE_ROWS)
    if numbers_of(texts)[2] > MAX_STRAYS * len(texts):
        return None
    numbers, _, strays = numbers_of(values)
    return None if strays > MAX_STRAYS * len(values) else _numbers(name, "number", numbers)


def _numbers(name: str, kind: str, values: AnyArray) -> Column | None:
    found = np.asarray(values, dtype=np.float32)
    known = found[np.isfinite(found)]
    return Column(name, kind, found) if len(known) and known.min() < known.max() else None


def _categories(name: str, values: pa.ChunkedArray) -> Column | None:
    """Codes of a column with few different values, the most frequent first."""
    if len(pc.unique(values.slice(0, 50_000))) > MAX_CATEGORIES:
        return None
    counted = pc.value_counts(values.drop_null())
    if not 1 < len(counted) <= MAX_CATEGORIES:
        return None
    info = [(entry["values"].as_py(), entry["counts"].as_py()) for entry in counted]
    names = [value for value, _ in sorted(info, key=lambda pair: (-pair[1], pair[0]))]
    codes = pc.index_in(values, value_set=pa.array(names, values.type))
    filled = pc.fill_null(codes, -1).to_numpy()
    return Column(name, "category", np.asarray(filled, dtype=np.int32), tuple(map(str, names)))
