"""Parquet, by pyarrow."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shoal.errors import BadInput
from shoal.readers.table import Table


def read_parquet(source: Path, *, name: str = "") -> Table:
    """Read a Parquet file.

    Raises
    ------
    BadInput : if the file is damaged or has no rows
    """
    name = name or source.name
    try:
        columns = pq.read_table(source)
    except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
        why = str(error).splitlines()[0]
        raise BadInput(f"{name} is not a readable Parquet file: {why} Write it again.") from error
    if columns.num_rows == 0:
        raise BadInput(f"{name} has no rows. Give a file with at least one row.")
    return Table(columns, "parquet")
