"""What new records hold that the rows of the run did not, counted column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.artifacts.saved import SavedRun
from shoal.data import Items
from shoal.data.source_columns import Feature
from shoal.numerics.arrays import DoubleArray
from shoal.parts.readers.kinds import as_kind
from shoal.parts.readers.values import STYLES, blank_cells, form_here
from shoal.text.words import many

SHOWN = 3
"""Categories that are named of those that the run does not know."""


def unseen_values(run: SavedRun, items: Items) -> list[str]:
    """Sentences on values of new rows that no row of the run had.

    Parameters
    ----------
    run : which they are compared with
    items : the new rows, as records of its columns
    """
    records: Any = items.contents
    values = {column.name: column.values for column in records.columns}
    features = [one for one in items.about["features"] if one["name"] in values]
    saved = _saved(run, [one["name"] for one in features if one["kind"] == "category"])
    ranges = _ranges(run)
    out: list[str] = []
    for feature in features:
        name = feature["name"]
        if feature["kind"] == "category" and name in saved:
            out += _new_levels(saved[name], feature, values[name])
        elif feature["kind"] in ("number", "date"):
            out += _unread(items.carried(name), name, feature["kind"], values[name])
            out += _otherwise_written(items.carried(name), feature)
            if feature["kind"] == "number" and name in ranges:
                out += _past(name, values[name], *ranges[name])
    return out


def _saved(run: SavedRun, names: Sequence[str]) -> dict[str, pa.ChunkedArray]:
    """Those of some columns that the run carries."""
    held = set(run.item_names)
    # a name that shoal has for a column of its own got a suffix
    kept = {name: name if name in held else f"{name}_1" for name in names}
    kept = {name: column for name, column in kept.items() if column in held}
    return {name: run.item_column(column) for name, column in kept.items()}


def _ranges(run: SavedRun) -> dict[str, tuple[float, float]]:
    """The least and the largest number of each column of numbers, as far as they are saved."""
    columns = () if run.profiles is None else run.profiles["columns"]
    return {c["name"]: (c["least"], c["most"]) for c in columns if "least" in c}


def _new_levels(saved: pa.ChunkedArray, feature: Feature, values: DoubleArray) -> list[str]:
    """Categories that the run has not, whose own are in the column `saved`."""
    name = feature["name"]
    distinct = pc.unique(saved)
    known = set(as_kind(distinct, "category", feature["form"], feature.get("meant", ())))
    new = Counter(value for value in values if value is not None and value not in known)
    if not new:
        return []
    named = ", ".join(repr(level) for level, _ in new.most_common(SHOWN))
    more = " and others" if len(new) > SHOWN else ""
    rows = many(new.total(), "new row has a value", "new rows have values")
    return [f"{rows} of {name!r} that the run does not know: {named}{more}."]


def _otherwise_written(column: Any, feature: Feature) -> list[str]:
    """A sentence on numbers that have another decimal sign than in the run."""
    form = feature["form"]
    if feature["kind"] != "number" or not form or form_here(column, form) == form:
        return []
    here, there = ("point", "comma") if form == STYLES[1] else ("comma", "point")
    return [
        f"The numbers in {feature['name']!r} are read with a decimal {here}; those of the run have "
        f"a decimal {there}."
    ]


def _past(name: str, values: DoubleArray, least: float, most: float) -> list[str]:
    """Numbers below the least and above the largest of the run."""
    n = int(((values < least) | (values > most)).sum())
    if not n:
        return []
    rows = many(n, "new row lies", "new rows lie")
    return [f"{rows} outside the range of {name!r} in the run, {least:g} to {most:g}."]


def _unread(column: pa.ChunkedArray, name: str, kind: str, values: DoubleArray) -> list[str]:
    """Cells that hold something, but no number or date."""
    n = int((np.isnan(values) & ~blank_cells(column)).sum())
    entries = many(n, f"entry of {name!r} is", f"entries of {name!r} are")
    return [f"{entries} no {kind} and count{'s' * (n == 1)} as a gap."] if n else []
