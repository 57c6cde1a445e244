"""Data that is in memory already: any DataFrame or Series by narwhals, lists, arrays."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from shoal.errors import BadInput
from shoal.readers.table import Table


def _column(values: Any, name: str) -> Any:
    """An Arrow column; a column of mixed Python objects becomes text."""
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        texts = [None if value is None else str(value) for value in values]
        return pa.array([t and t.encode("utf-8", "replace").decode() for t in texts])
    except pa.ArrowNotImplementedError as error:
        raise BadInput(f"column {name!r} has a type that cannot be read: {error}.") from error


def read_frame(source: Any, *, name: str = "") -> Table:
    """Read a DataFrame (pandas, polars, pyarrow, ...), a Series, a list or an array of texts.

    Raises
    ------
    BadInput : if it is none of these or has no rows
    """
    if isinstance(source, pa.Table):
        table = source
    elif isinstance(source, list | tuple | np.ndarray | pa.Array | pa.ChunkedArray):
        if isinstance(source, np.ndarray) and source.ndim != 1:
            raise BadInput(
                f"an array of texts must have one dimension, got {source.ndim}. "
                "For vectors use shoal.EmbeddingClusterer."
            )
        table = pa.table({"text": _column(source, "text")})
    else:
        native = nw.from_native(source, pass_through=True, allow_series=True, eager_only=True)
        if isinstance(native, nw.Series):
            native = native.to_frame()
        if not isinstance(native, nw.DataFrame):
            raise BadInput(
                f"cannot read {type(source).__name__}. Give a path, a DataFrame, a Series, "
                "or a list of texts."
            )
        table = pa.table({str(c): _column(native[c].to_native(), str(c)) for c in native.columns})
    if table.num_rows == 0:
        raise BadInput("there are no rows. Give at least one.")
    return Table(table, "frame")
