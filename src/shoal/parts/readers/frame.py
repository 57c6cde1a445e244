"""Data that is in memory already: frames, whatever speaks Arrow, arrays, Python's own rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import scipy.sparse
from narwhals.stable.v2.dependencies import (
    is_pandas_dataframe,
    is_pandas_like_series,
    is_pandas_series,
    is_polars_dataframe,
    is_polars_lazyframe,
)
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.parts.readers.base import (
    ArrayLike,
    ArrowArray,
    ArrowStream,
    Cursor,
    DatasetLike,
    IterableDataset,
    NamedTupleLike,
)
from shoal.parts.readers.rows import (
    batches,
    column_of,
    columns_of_mapping,
    is_unordered,
    table_of_rows,
)
from shoal.parts.readers.stacking import stack
from shoal.parts.readers.table import Gather, Table, in_memory, table_of
from shoal.parts.readers.vectors import as_matrix, sparse_matrix, vector_table


def _parts(source: Any) -> tuple[list[str], list[Any]] | None:
    """Names and native columns of a DataFrame or a Series; None of anything else."""
    if is_pandas_dataframe(source) or is_pandas_series(source):
        # by place: the names of pandas may be numbers, tuples, or the same twice
        if source.ndim == 1:
            return ["text" if source.name is None else str(source.name)], [source]
        columns = [source.iloc[:, place] for place in range(source.shape[1])]
        return [_name(name) for name in source.columns], columns
    native = nw.from_native(source, pass_through=True, allow_series=True, eager_only=True)
    if isinstance(native, nw.Series):
        return [native.name or "text"], [native.to_native()]
    if isinstance(native, nw.DataFrame):
        return list(native.columns), [column.to_native() for column in native.iter_columns()]
    return None


def library_of(source: Any) -> str:
    """The library that data in memory is a table of: pandas, polars or pyarrow; "" otherwise."""
    if is_pandas_dataframe(source) or is_pandas_series(source):
        return "pandas"
    if is_polars_dataframe(source) or is_polars_lazyframe(source):
        return "polars"
    return "pyarrow" if isinstance(source, pa.Table | pa.RecordBatch) else ""


def _name(name: Any) -> str:
    return "_".join(map(str, name)) if isinstance(name, tuple) else str(name)


def read_frame(source: Any, *, name: str = "", gather: Gather = in_memory) -> Table:
    """Read data that is in memory, or that an object in memory hands over.

    Parameters
    ----------
    source : a DataFrame or Series of any library that narwhals knows, lazy ones too; whatever has
        `__arrow_c_stream__` or `__arrow_c_array__`; a data set of Hugging Face; an array, also a
        sparse one; a list or any other iterable of texts, dicts, tuples, dataclasses ...; a dict of
        columns, of tables, or with an entry for each id
    name : not used: it has none
    gather : takes the batches of a stream

    Raises
    ------
    BadInput : if it is none of these or has no rows
    """
    del name
    table, notes = _read(source, gather)
    if isinstance(table, Table):
        return table
    if table.num_rows == 0:
        raise BadInput("there are no rows. Pass at least one.")
    columns, renamed = table_of(table.column_names, table.columns)
    choices = {"frame": library_of(source), "types": _pandas_types(source)}
    told = {key: value for key, value in choices.items() if value}
    return Table(columns, "frame", notes=(*notes, *renamed), choices=told)


def _pandas_types(source: Any) -> dict[str, str]:
    """Column -> type, of the columns of pandas whose type Arrow does not give back."""
    if library_of(source) != "pandas":
        return {}
    frame = source.to_frame() if source.ndim == 1 else source
    kinds = zip(frame.columns, frame.dtypes, strict=True)
    return {_name(n): str(kind) for n, kind in kinds if str(kind).startswith(STORED_OTHERWISE)}


STORED_OTHERWISE = ("period", "Sparse", "Int", "UInt", "Float", "boolean", "string")
"""Types of pandas for which Arrow gives back another one."""


def _read(source: Any, gather: Gather) -> tuple[Any, list[str]]:
    """Data as an Arrow table or, where more is known of it, as a `Table`; and notes."""
    if isinstance(source, pa.Table):
        return source, []
    if isinstance(source, np.ndarray):
        return _of_array(source)
    if isinstance(source, pa.Array | pa.ChunkedArray):
        fields = pa.types.is_struct(source.type)
        return pa.Table.from_struct_array(source) if fields else pa.table({"text": source}), []
    if scipy.sparse.issparse(source):
        return vector_table(sparse_matrix(source, "the data", gather)), []
    if isinstance(source, Mapping):
        if source and all(map(_is_frame, source.values())):
            tables = ((str(key), read_frame(value)) for key, value in source.items())
            return stack(tables, gather), []
        columns, notes = columns_of_mapping(source)
        return pa.table(columns), notes
    if isinstance(source, str | bytes):
        raise _unknown(source)
    return _of_frame(source, gather) or _of_others(source, gather)


def _of_array(source: NDArray[Any]) -> tuple[Any, list[str]]:
    if source.dtype.names:
        return pa.table({field: column_of(source[field]) for field in source.dtype.names}), []
    if source.ndim == 1:
        return table_of_rows(source.tolist() if source.dtype == object else source)
    if source.ndim == 2 and source.dtype.kind in "OUSTb":
        return table_of_rows(source.tolist())
    notes: list[str] = []
    table = vector_table(as_matrix(source, "the data", notes=notes))
    return replace(table, notes=tuple(notes)), []


def _of_frame(source: Any, gather: Gather) -> tuple[Any, list[str]] | None:
    """Whatever a library of tables or Arrow itself reads; None where neither does."""
    parts = _parts(source)
    if parts is not None:
        names, columns = parts
        arrays = [column_of(_plain(column)) for column in columns]
        # names that repeat are mended by whoever asked
        return pa.Table.from_arrays(arrays, names=names), []
    lazy = nw.from_native(source, pass_through=True)
    if isinstance(lazy, nw.LazyFrame):
        if isinstance(source, ArrowStream):  # DuckDB
            return _of_stream(source, gather), []
        return _of_frame(lazy.collect().to_native(), gather)
    if isinstance(source, ArrowStream):
        return _of_stream(source, gather), []
    if isinstance(source, ArrowArray):
        return pa.Table.from_batches([pa.record_batch(source)]), []
    if isinstance(source, IterableDataset):
        return gather(batches(source)), []
    return None


def _plain(column: Any) -> Any:
    """A column of pandas in a type that Arrow has: intervals and periods as people write them.

    Intervals become categories in their order. A column of any other library stays as it is.
    """
    if not is_pandas_like_series(column):
        return column
    kind = type(column.dtype).__name__
    if kind == "SparseDtype":
        return column.sparse.to_dense()
    if kind == "PeriodDtype":
        return column.astype(str).where(column.notna(), None)
    if kind == "IntervalDtype":
        column = column.astype("category").cat.as_ordered()
    elif kind != "CategoricalDtype":
        return column
    groups = column.cat.categories
    if type(groups.dtype).__name__ in ("IntervalDtype", "PeriodDtype"):
        return column.cat.rename_categories([str(group) for group in groups])
    return column


def _of_stream(source: Any, gather: Gather) -> Any:
    """The rows of a stream of Arrow, a batch at a time."""
    reader = pa.RecordBatchReader.from_stream(source)
    empty = reader.schema.empty_table()
    pieces = (pa.Table.from_batches([batch]) for batch in reader if batch.num_rows)
    first = next(pieces, None)
    return empty if first is None else gather(chain([first], pieces))


def _of_others(source: Any, gather: Gather) -> tuple[Any, list[str]]:
    """What has no columns of its own: rows, or an object that turns itself into something known."""
    if isinstance(source, ArrayLike) and not isinstance(source, NamedTupleLike):
        return _of_array(np.asarray(source))
    if isinstance(source, Cursor) and source.description:
        names = [str(entry[0]) for entry in source.description]
        return table_of_rows(dict(zip(names, row, strict=True)) for row in source.fetchall())
    if isinstance(source, Iterable):
        if is_unordered(source):
            table, notes = table_of_rows(sorted(source, key=str))
            return table, [*notes, "A set has no order, so its entries were sorted."]
        return table_of_rows(source)
    for method in ("to_arrow", "arrow", "to_arrow_table", "fetch_arrow_table", "to_pandas"):
        # older releases of DuckDB and others offer one of these and no Arrow interface
        export = getattr(source, method, None)
        if callable(export):
            return _read(export(), gather)
    raise _unknown(source)


def _is_frame(value: Any) -> bool:
    if isinstance(value, list | tuple | np.ndarray | pa.Array | pa.ChunkedArray):
        return False
    return bool(
        isinstance(value, DatasetLike)
        or isinstance(nw.from_native(value, pass_through=True), nw.DataFrame | nw.LazyFrame)
    )


def _unknown(source: Any) -> BadInput:
    return BadInput(
        f"cannot read {type(source).__name__}. Pass a path, a DataFrame or anything else with "
        "__arrow_c_stream__, a Series, a list of texts or of dicts, or a dict of columns."
    )
