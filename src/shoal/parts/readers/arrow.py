"""Arrow files and streams, and Feather, by pyarrow."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import feather

from shoal.errors import BadInput
from shoal.parts.readers.table import Gather, Table, called, in_memory, table_of

FILE, OLD_FEATHER, STREAM = b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"
"""First bytes of an Arrow file, of Feather before Arrow had files, and of an Arrow stream."""


def is_arrow(head: bytes, ending: str) -> bool:
    """Whether a file is of Arrow; a stream begins so like other things that its ending counts."""
    named = ending in (".arrow", ".arrows", ".feather", ".ipc")
    return head.startswith((FILE, OLD_FEATHER)) or (named and head.startswith(STREAM))


def read_arrow(source: Path | bytes, *, name: str = "", gather: Gather = in_memory) -> Table:
    """Read an Arrow file, an Arrow stream or Feather, a batch at a time.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    gather : takes the batches

    Raises
    ------
    BadInput : if the file is damaged or has no rows
    """
    name = called(source, name)
    try:
        with _opened(source) as file:
            head = file.read(8)
            file.seek(0)
            read = _read(file, head, gather)
    except (pa.ArrowException, OSError) as error:
        why = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        raise BadInput(f"{name} is not a readable Arrow file: {why}. Export it again.") from error
    if read is None or not read.num_rows or not read.num_columns:
        raise BadInput(f"{name} has no rows. Use a file with at least one row.")
    columns, notes = table_of(read.column_names, read.columns)
    return Table(columns, "arrow", notes=tuple(notes))


def _opened(source: Path | bytes) -> Any:
    return pa.BufferReader(source) if isinstance(source, bytes) else pa.memory_map(str(source))


def _read(file: Any, head: bytes, gather: Gather) -> Any:
    """The rows of a file; None where there are none."""
    if head.startswith(OLD_FEATHER):
        with warnings.catch_warnings():  # pyarrow means to read it no longer one day
            warnings.simplefilter("ignore", DeprecationWarning)
            return gather([feather.read_table(file)])
    if head.startswith(FILE):
        whole = pa.ipc.open_file(file)
        batches = (whole.get_batch(place) for place in range(whole.num_record_batches))
    else:
        batches = iter(pa.ipc.open_stream(file))
    return _gathered(batches, gather)


def _gathered(batches: Iterator[Any], gather: Gather) -> Any:
    first = next((batch for batch in batches if batch.num_rows), None)
    if first is None:
        return None

    def pieces() -> Iterator[Any]:
        yield pa.Table.from_batches([first])
        yield from (pa.Table.from_batches([batch]) for batch in batches if batch.num_rows)

    return gather(pieces())
