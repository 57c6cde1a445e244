"""Columns of a table as maps of files, so that a large table is not held in memory.

Each column is one Arrow array without chunks: pyarrow copies all of a column in chunks to take a
few rows of it. The files have no names and go with the arrays.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LARGE = 1 << 24
"""Bytes from which a column is put into a file."""
PIECE_ROWS = 1 << 16
"""Rows of text converted at once."""
WIDE = {
    pa.string(): pa.large_string(),
    pa.large_string(): pa.large_string(),
    pa.binary(): pa.large_binary(),
    pa.large_binary(): pa.large_binary(),
}
"""Types of text and bytes, and what they become."""


def mapped(table: Any, folder: Path) -> Any:
    """The same table, its large columns in files.

    Text becomes `large_string`. A column that is small, or of a type that is none of text, bytes
    or numbers, stays where it is; so do all where the files cannot be written.

    Parameters
    ----------
    table : pyarrow table
    folder : that of the files, or one below which it is to be made
    """
    if table.nbytes < LARGE:
        return table
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    columns = []
    for column in table.columns:
        try:
            columns.append(_mapped(column, there) if column.nbytes >= LARGE else column)
        except OSError:  # a disk that is full or may not be written to costs memory, never the run
            columns.append(column)
    pa.default_memory_pool().release_unused()
    return pa.table(columns, names=table.column_names)


def _mapped(column: Any, folder: Path) -> Any:
    kind = column.type
    with TemporaryFile(dir=folder) as values, TemporaryFile(dir=folder) as ends:
        if pa.types.is_primitive(kind) and kind.bit_width % 8 == 0:
            _write_numbers(column, values)
            buffers = [_map_of(values)]
        elif kind in WIDE:
            kind = WIDE[kind]
            _write_texts(column, kind, values, ends)
            buffers = [_map_of(ends), _map_of(values)]
        else:
            return column
    valid = None
    if column.null_count:
        bits = np.packbits(pc.is_valid(column).to_numpy(), bitorder="little")
        valid = pa.py_buffer(bits)
    return pa.Array.from_buffers(kind, len(column), [valid, *buffers], column.null_count)


def _write_numbers(column: Any, values: IO[bytes]) -> None:
    width = column.type.bit_width // 8
    for chunk in column.chunks:
        start = chunk.offset * width
        values.write(memoryview(chunk.buffers()[1])[start : start + len(chunk) * width])


def _write_texts(column: Any, kind: Any, values: IO[bytes], ends: IO[bytes]) -> None:
    """Write the bytes of texts, and where each ends after a first 0."""
    total = 0
    ends.write(bytes(8))
    for chunk in column.chunks:
        for start in range(0, len(chunk), PIECE_ROWS):
            piece = pc.cast(chunk.slice(start, PIECE_ROWS), kind)
            _, offsets, data = piece.buffers()
            here: NDArray[np.int64] = np.frombuffer(offsets, np.int64)
            here = here[piece.offset : piece.offset + len(piece) + 1]
            if data is not None:
                values.write(memoryview(data)[here[0] : here[-1]])
            ends.write((here[1:] + (total - here[0])).tobytes())
            total += int(here[-1] - here[0])


def _map_of(file: IO[bytes]) -> Any:
    """A file as an Arrow buffer that lives on when the file is closed."""
    file.flush()
    if not os.fstat(file.fileno()).st_size:
        return pa.py_buffer(b"")
    return pa.py_buffer(np.memmap(file, np.uint8, "r"))
