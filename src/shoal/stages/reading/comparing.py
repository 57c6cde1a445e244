"""Columns of texts, pictures and vectors that clusters are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shoal.data.source_columns import Compared
from shoal.errors import BadInput
from shoal.parts.readers.columns import named_column
from shoal.parts.readers.kinds import find_kind, kind_options
from shoal.parts.readers.naming import is_named_rating
from shoal.parts.readers.table import Table
from shoal.stages.reading.contents import Contents
from shoal.stages.reading.deciding import USED


def compared_with(table: Table, params: Mapping[str, Any], found: Contents) -> list[Compared]:
    """Name, kind and form of each column that the user named as an outcome; else of the rating.

    None for records, whose columns are told by their profiles.

    Parameters
    ----------
    table : what was read
    params : outcome (names), dates
    found : what is clustered

    Raises
    ------
    UnknownPart : if there is no such column
    BadInput : if a column holds nothing that clusters can be compared by
    """
    out: list[Compared] = []
    named = params.get("outcome") or ()
    if not named and found.modality == "text":
        return _ratings(table, params, found)
    for name in named:
        named_column(table, name, "--outcome")
        if name in found.used:
            raise BadInput(
                f"--outcome {name} is a column the rows are clustered by. Name another column "
                "of categories, numbers or dates."
            )
        finding = find_kind(table.columns[name], name, **kind_options(params))
        if finding.kind not in USED:
            raise BadInput(
                f"--outcome {name} cannot be compared between clusters: {finding.why}. Name a "
                "column of categories, numbers or dates."
            )
        if found.modality == "record":
            continue
        info = Compared(name=name, kind=finding.kind, form=finding.form)
        if finding.meant:
            info["meant"] = list(finding.meant)
        out.append(info)
    return out


def _ratings(table: Table, params: Mapping[str, Any], found: Contents) -> list[Compared]:
    """The first column of ratings beside texts: what people ask of reviews."""
    for name in table.columns.column_names:
        if name in found.used or not is_named_rating(name):
            continue
        finding = find_kind(table.columns[name], name, **kind_options(params))
        if finding.kind == "number":
            return [Compared(name=name, kind=finding.kind, form=finding.form)]
    return []
