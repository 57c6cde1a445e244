"""Columns whose influence is removed from the vectors, so that clusters do not follow them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.data import FloatArray, Items
from shoal.errors import BadInput, UnknownPart
from shoal.numerics.arrays import NamedArrays
from shoal.numerics.blocks import BLOCK_ROWS, slices
from shoal.numerics.erasure import Erasure, predicted_by_neighbors
from shoal.numerics.samples import evenly
from shoal.parts.describers.languages import language_of_each
from shoal.stages.carried import carried_names
from shoal.stages.follows import codes_of
from shoal.stages.vectors import contents_of

LANGUAGE = "lang"
"""Stands for the detected language where no column has that name."""
MEASURED_ROWS = 3000
"""Rows on which it is measured how well the nearest ones tell a column."""
Groups = Sequence[NDArray[np.int64]]


def groups_of(items: Items, names: Sequence[str]) -> Groups:
    """Code of each distinct row's value in some columns; -1 for none.

    Raises
    ------
    UnknownPart : if there is no such column
    BadInput : if a column has one value or hardly any twice, or no kind of value that is known
    """
    return [_group(items, name) for name in names]


def _group(items: Items, name: str) -> NDArray[np.int64]:
    known = carried_names(items.columns.column_names, items.about)
    held = [*known, *(feature["name"] for feature in items.about.get("features", ()))]
    if name in held:
        found = codes_of(pa.chunked_array(items.carried(name)).take(items.distinct), name)
    elif name == LANGUAGE and items.modality == "text":
        spoken = language_of_each(list(contents_of(items, items.distinct)))
        found = np.unique([one or "" for one in spoken], return_inverse=True)[1].astype(np.int64)
    else:
        raise UnknownPart.among("column (asked for by --ignore)", name, held)
    n_values, n_known = len(np.unique(found[found >= 0])), int((found >= 0).sum())
    if n_values < 2 or n_values > n_known / 2:
        why = (
            "all rows have the same value" if n_values < 2 else "hardly any two rows share a value"
        )
        raise BadInput(
            f"--ignore {name} removes what rows with the same value share, but {why}. Name a "
            "column of categories, numbers or dates, or drop it."
        )
    return found


def ignore(out: FloatArray, distinct: FloatArray, groups: Groups) -> NamedArrays:
    """Remove the influence of some columns from vectors, in place.

    Parameters
    ----------
    out : (n_rows, n_dims) unit vectors of all rows; may be a memory map
    distinct : (n_distinct, n_dims) of the distinct rows; may be the same array
    groups : what `groups_of` gave

    Returns
    -------
    Arrays of an `Erasure`, which does the same to new rows; and how well the nearest rows tell
    each column, beyond chance, `before` and `left`: 0 not at all, 1 always
    """
    erasure = Erasure.of(distinct, groups)
    some = evenly(len(distinct), MEASURED_ROWS)
    was = np.asarray(distinct[some])
    now = erasure.apply(was)
    for part in slices(len(out), BLOCK_ROWS):
        out[part] = erasure.apply(np.asarray(out[part]))
    return {
        **erasure.arrays(),
        "before": np.array([predicted_by_neighbors(was, group[some]) for group in groups]),
        "left": np.array([predicted_by_neighbors(now, group[some]) for group in groups]),
    }


def ignored_said(entry: Mapping[str, Any]) -> str:
    """One sentence on how much influence of a column was removed."""
    return (
        f"Removed the influence of {entry['name']}: nearest rows predicted it "
        f"{entry['before']:.0%} better than chance before, {entry['left']:.0%} now."
    )
