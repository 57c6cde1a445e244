"""Stacking several sources into one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shoal.data.names import shown_name
from shoal.errors import BadInput
from shoal.parts.readers.table import Gather, Table, in_memory, is_text, with_types

LABEL = "source"
"""Column that says where a row came from."""
PLACE = "\0" + LABEL
"""Its name until all columns are known."""


def stack(tables: Iterable[tuple[str, Table]], gather: Gather = in_memory) -> Table:
    """Stack several sources; the column `source` says where a row came from.

    Parameters
    ----------
    tables : (name of the source, its table), at least one; the next one is asked for when the one
        before is gathered
    gather : takes those that follow each other and have the same columns

    Raises
    ------
    BadInput : if the same column has types that do not go together
    """
    labels = _Labels(tables)
    runs = [
        (raw, gather(columns for *_, columns in run))
        for (raw, _), run in groupby(labels, key=lambda part: part[:2])
    ]
    raw = all(each for each, _ in runs)
    parts = [columns if raw or not each else _typed(columns) for each, columns in runs]
    whole = parts[0] if len(parts) == 1 else gather([unified(parts)])
    taken = any(LABEL in columns for _, columns in labels.sources)
    label = f"shoal_{LABEL}" if taken else LABEL
    names = [label if name == PLACE else name for name in whole.column_names]
    return Table(
        whole.rename_columns(names),
        labels.kind,
        labels.problems,
        tuple(labels.notes),
        labels.choices,
        raw,
        tuple(labels.sources),
    )


class _Labels:
    """Tables with a column that says which source they are; what is told of them is kept.

    Parameters
    ----------
    tables : (name of the source, its table)
    """

    def __init__(self, tables: Iterable[tuple[str, Table]]) -> None:
        self._tables = tables
        self.kind = ""
        self.choices: Any = {}
        self.problems: dict[int, str] = {}
        self.notes: list[str] = []
        self.sources: list[tuple[str, tuple[str, ...]]] = []

    def __iter__(self) -> Iterator[tuple[bool, Any, Any]]:
        """Whether the columns of a table are still text as written, its schema, and they."""
        start = 0
        for name, table in self._tables:
            columns, short = table.columns, Path(name).name
            if not self.sources:
                self.kind, self.choices = table.kind, table.choices
            self.problems |= {start + row: why for row, why in table.problems.items()}
            self.notes += [n if n.startswith(short) else f"{short}: {n}" for n in table.notes]
            self.sources.append((short, tuple(columns.column_names)))
            start += len(columns)
            plain = shown_name(name)
            label = pa.repeat(pa.scalar(plain, pa.large_string()), len(columns))
            labelled = columns.append_column(PLACE, label)
            yield table.raw, labelled.schema, labelled


def _typed(columns: Any) -> Any:
    """Columns of text as written with their types found out."""
    typed = [
        column if name == PLACE else with_types(column)
        for name, column in zip(columns.column_names, columns.columns, strict=True)
    ]
    return pa.table(typed, names=columns.column_names)


def unified(tables: list[Any]) -> Any:
    """Tables under each other as one; a column that is text in one of them is text in all.

    Raises
    ------
    BadInput : if the same column has types that do not go together
    """
    try:
        return pa.concat_tables(_alike(tables), promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise BadInput(
            f"the sources cannot be stacked: {error}. Use sources with the same columns."
        ) from error


def _alike(tables: list[Any]) -> list[Any]:
    """Make a column text in every table if it is text in one and something plain in another."""
    kinds: dict[str, set[bool]] = {}
    for table in tables:
        for entry in table.schema:
            if not pa.types.is_nested(entry.type) and not pa.types.is_null(entry.type):
                kinds.setdefault(entry.name, set()).add(is_text(entry.type))
    mixed = {name for name, found in kinds.items() if len(found) == 2}
    out = []
    for table in tables:
        for place, entry in enumerate(table.schema):
            if entry.name in mixed and not pa.types.is_nested(entry.type):
                texts = pc.cast(table.column(place), pa.large_string())
                table = table.set_column(place, entry.name, texts)
        out.append(table)
    return out
