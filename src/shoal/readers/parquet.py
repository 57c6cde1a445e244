"""Parquet, by pyarrow."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shoal.errors import BadInput
from shoal.readers.table import Table, table_of


def read_parquet(source: Path | bytes, *, name: str = "") -> Table:
    """Read a Parquet file.

    Raises
    ------
    BadInput : if the file is damaged or has no rows
    """
    name = name or (source.name if isinstance(source, Path) else "the input")
    try:
        # not read_table: it looks columns up by name, and names may repeat
        with pq.ParquetFile(
            pa.BufferReader(source) if isinstance(source, bytes) else source
        ) as file:
            read = file.read()
    except (pa.ArrowException, OSError) as error:
        why = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        raise BadInput(f"{name} is not a readable Parquet file: {why}. Write it again.") from error
    if read.num_rows == 0 or read.num_columns == 0:
        raise BadInput(f"{name} has no rows. Give a file with at least one row.")
    columns, notes = table_of(read.column_names, read.columns)
    return Table(columns, "parquet", notes=tuple(notes))
