"""Data that is in memory already: any DataFrame or Series by narwhals, lists, arrays."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from shoal.errors import BadInput
from shoal.readers.table import Table, table_of
from shoal.readers.vectors import as_matrix, vector_table


def _column(values: Any, name: str) -> Any:
    """An Arrow column; a column of mixed Python objects becomes text."""
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        texts = [None if value is None else str(value) for value in values]
        return pa.array([t and t.encode("utf-8", "replace").decode() for t in texts])
    except pa.ArrowNotImplementedError as error:
        raise BadInput(f"column {name!r} has a type that cannot be read: {error}.") from error


def _parts(source: Any) -> tuple[list[str], list[Any]]:
    """Names and native columns of a DataFrame or a Series."""
    if type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "iloc"):
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
    what = type(source).__name__
    if hasattr(source, "collect"):
        raise BadInput(f"cannot read {what}: its rows are not in memory. Call collect() first.")
    raise BadInput(f"cannot read {what}. Give a path, a DataFrame, a Series, or a list of texts.")


def _name(name: Any) -> str:
    return "_".join(map(str, name)) if isinstance(name, tuple) else str(name)


def read_frame(source: Any, *, name: str = "") -> Table:
    """Read a DataFrame (pandas, polars, pyarrow, ...), a Series, a list or an array of texts.

    Raises
    ------
    BadInput : if it is none of these or has no rows
    """
    notes: list[str] = []
    if isinstance(source, pa.Table):
        table, notes = table_of(source.column_names, source.columns)
    elif isinstance(source, list | tuple | np.ndarray | pa.Array | pa.ChunkedArray):
        if isinstance(source, np.ndarray) and source.ndim != 1:
            return vector_table(as_matrix(source, "the data"))
        table = pa.table({"text": _column(source, "text")})
    else:
        names, columns = _parts(source)
        arrays = [_column(column, name) for name, column in zip(names, columns, strict=True)]
        table, notes = table_of(names, arrays)
    if table.num_rows == 0:
        raise BadInput("there are no rows. Give at least one.")
    return Table(table, "frame", notes=tuple(notes))
