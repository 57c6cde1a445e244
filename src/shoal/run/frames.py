"""The rows of a run as the kind of frame that came in, with every value unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

import pyarrow as pa

from shoal.data.source_columns import SourceColumns
from shoal.errors import BadInput
from shoal.parts.readers.base import ArrowReader


def settled(source: Any) -> Any:
    """Data in memory that can be read again: what can be read only once, as an Arrow table."""
    if isinstance(source, Iterator | ArrowReader):
        from shoal.parts.readers.frame import read_frame

        return read_frame(source).columns
    return source


def snapshot(source: Any) -> Any:
    """Snapshot a frame, so that it can be returned with its clusters; None for other data.

    Parameters
    ----------
    source : what the rows are read from
    """
    if isinstance(source, str | PurePath):
        return None
    from narwhals.stable.v2.dependencies import is_polars_dataframe

    from shoal.parts.readers.frame import library_of

    library = library_of(source)
    if library == "pandas":
        import pandas as pd

        frame = source
        if source.ndim == 1:
            frame = source.to_frame(*(("text",) if source.name is None else ()))
        # a shallow copy keeps the old values only under copy-on-write
        shared = int(pd.__version__.partition(".")[0]) >= 3 or pd.options.mode.copy_on_write
        return frame.copy(deep=not shared)
    if is_polars_dataframe(source):
        return source
    if library == "pyarrow":
        return source if isinstance(source, pa.Table) else pa.Table.from_batches([source])
    return None


def framed(rows: pa.Table, added: Sequence[str], given: Any, columns: SourceColumns) -> Any:
    """Combine the source's columns with the results, in the kind of frame that came in.

    Parameters
    ----------
    rows : Arrow table of the items of the run, and behind them the columns `added`
    added : what the columns that are not the source's are called
    given : the frame that came in, None where it is not there any more
    columns : "columns" of run.json

    Raises
    ------
    BadInput : if the library of the frame is not installed
    """
    found = rows.select(range(rows.num_columns - len(added), rows.num_columns))
    library = columns.get("choices", {}).get("frame") or ""
    if given is None or len(given) != len(rows):
        given = rows.select(range(rows.num_columns - len(added)))
        given = _as_in_source(given, columns) if library else given
        given = _converted(given, library, columns)
    taken = list(map(str, given.column_names if library == "pyarrow" else given.columns))
    found = found.rename_columns(_free(added, taken))
    if library == "pyarrow":
        for name, column in zip(found.column_names, found.columns, strict=True):
            given = given.append_column(name, column)
        return given
    if library == "polars":
        return given.hstack(_converted(found, library, {}))
    out = given.copy(deep=False)
    ours = _converted(found, "pandas", {})
    for name in ours.columns:
        out[name] = ours[name].array
    return out


def _free(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Names that no source column uses."""
    out = []
    for name in names:
        while name in taken:
            name = f"shoal_{name}"
        out.append(name)
    return out


def _as_in_source(rows: pa.Table, columns: SourceColumns) -> Any:
    """The items of a run, with the column names and order of the original frame."""
    stored = {columns.get("id"): "id", columns.get("text"): "text", columns.get("image"): "path"}
    names = [entry["name"] for entry in columns.get("roles", ())]
    pairs = [(name, stored.get(name, name)) for name in names]
    there = [(name, kept) for name, kept in pairs if kept in rows.column_names]
    return rows.select([kept for _, kept in there]).rename_columns([name for name, _ in there])


def _converted(rows: pa.Table, library: str, columns: SourceColumns) -> Any:
    """Convert an Arrow table to a library's frame, pandas by default."""
    try:
        if library == "pyarrow":
            return rows
        if library == "polars":
            import polars as pl

            return pl.from_arrow(rows)
        import pandas as pd
    except ImportError as error:
        name = library or "pandas"
        raise BadInput(
            f"to_frame needs {name}. Install it: pip install {name}, or use to_arrow()."
        ) from error
    frame = pd.DataFrame(rows.to_pandas())
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if column.null_count and pa.types.is_integer(column.type):
            # a float would not hold all of them
            exact = column.to_pandas(types_mapper=lambda _: pd.Int64Dtype())
            frame[name] = exact.to_numpy() if exact.dtype == object else exact.array
    for name, kind in columns.get("choices", {}).get("types", {}).items():
        if name in frame.columns and str(frame[name].dtype) != kind:
            try:
                frame[name] = frame[name].astype(kind)
            except (TypeError, ValueError, NotImplementedError):  # stays as it is stored
                continue
    return frame
