"""Parquet, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shoal.errors import BadInput, ShoalError
from shoal.numerics.blocks import ordered_map
from shoal.parts.readers.table import Gather, Table, called, in_memory, table_of
from shoal.storage.columns import BUFFER_BYTES
from shoal.storage.remote import Whereabouts

GROUP_BYTES = 1 << 26
"""Row groups up to this size are decoded whole, by whoever works for the engine."""
PIECE_BYTES = 1 << 25
"""What is decoded at once of larger ones."""


def read_parquet(source: Path | bytes, *, name: str = "", gather: Gather = in_memory) -> Table:
    """Read a Parquet file, one row group or less at a time.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    gather : takes the rows, one group at a time

    Raises
    ------
    BadInput : if the file is damaged or has no rows
    """
    name = called(source, name)
    try:
        with _opened(source) as file:
            info = file.metadata
            empty = not info.num_rows or not info.num_columns
            read = None if empty else gather(_pieces(source, file))
    except (pa.ArrowException, OSError) as error:
        why = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        raise BadInput(f"{name} is not a readable Parquet file: {why}. Export it again.") from error
    if read is None:
        raise BadInput(f"{name} has no rows. Use a file with at least one row.")
    columns, notes = table_of(read.column_names, read.columns)
    return Table(columns, "parquet", notes=tuple(notes))


def _opened(source: Any) -> Any:
    file = pa.BufferReader(source) if isinstance(source, bytes) else source
    return pq.ParquetFile(file, buffer_size=BUFFER_BYTES)


def _pieces(source: Path | bytes, file: Any) -> Iterator[Any]:
    """The rows of a file as tables, in order."""
    info = file.metadata
    groups = range(info.num_row_groups)
    largest = max(info.row_group(group).total_byte_size for group in groups)
    if largest > GROUP_BYTES:
        per_row = largest / max(info.row_group(group).num_rows for group in groups)
        for batch in file.iter_batches(max(int(PIECE_BYTES / per_row), 1)):
            yield pa.Table.from_batches([batch])
    elif isinstance(source, bytes):
        yield from map(file.read_row_group, groups)
    else:
        decode = partial(_group, Whereabouts.of(source))
        for group, table in zip(
            groups, ordered_map(decode, groups, releases_lock=False), strict=True
        ):
            yield file.read_row_group(group) if table is None else table


def _group(there: Whereabouts, group: int) -> Any:
    """A row group; None where that file is not seen, as on another machine it may not be."""
    try:
        with there.opened() as source:
            if source is None:
                return None
            with _opened(source) as file:
                return file.read_row_group(group)
    except (OSError, ShoalError):  # of a damaged file too: then it arises again where that is told
        return None
