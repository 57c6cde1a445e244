"""Columns of a table as maps of files, so that a large table is never held in memory.

A table comes in pieces, each of which is written before the next one is asked for. A column in
files is one Arrow array without chunks: pyarrow copies all of a column in chunks to take a few
rows of it. The files have no names and go with the arrays.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

LARGE = 1 << 24
"""Bytes from which a column is put into a file."""
BUFFER_BYTES = 1 << 20
"""Of a Parquet column, so that it is not read whole before its first rows are decoded."""
PIECE_ROWS = 1 << 16
"""Rows of text converted at once."""
WIDE = {
    pa.string(): pa.large_string(),
    pa.large_string(): pa.large_string(),
    pa.binary(): pa.large_binary(),
    pa.large_binary(): pa.large_binary(),
}
"""Types of text and bytes, and what they become."""
REAL = (pa.float32(), pa.float64())
"""Numbers in lists that are put into files: in these a null is not-a-number."""


def gathered(pieces: Iterable[pa.Table], folder: Path) -> pa.Table:
    """A table of the rows of all pieces, its large columns in files.

    Text becomes `large_string`, bytes `large_binary` and a list of decimal numbers a `large_list`.
    A column that is small, or of a type that is none of these or numbers, stays in memory; so does
    what cannot be written.

    Parameters
    ----------
    pieces : pyarrow tables of one schema, at least one
    folder : that of the files, or one below which it is to be made
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    names: list[str] = []
    columns: list[_Column] = []
    for piece in pieces:
        if not columns:
            names = piece.column_names
            columns = [_Column(_wide(kind), there) for kind in piece.schema.types]
        for column, chunked in zip(columns, piece.columns, strict=True):
            column.add(pc.cast(chunked, column.kind) if chunked.type != column.kind else chunked)
    pa.default_memory_pool().release_unused()
    return pa.table([column.done() for column in columns], names=names)


def read_mapped(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Some columns, or all, of a Parquet file; large ones as maps of files beside it.

    Raises
    ------
    OSError, pyarrow.ArrowException : if it cannot be read
    """
    # opened as one file: for `read_table` a folder called a=b may be a column
    with pq.ParquetFile(path, buffer_size=BUFFER_BYTES) as file:
        lacking = sorted(set(columns or ()) - set(file.schema_arrow.names))
        if lacking:
            raise pa.ArrowInvalid(f"it has no column {lacking[0]!r}")
        if path.stat().st_size < LARGE:
            return file.read(columns=columns)
        batches = file.iter_batches(PIECE_ROWS, columns=columns)
        return gathered((pa.Table.from_batches([batch]) for batch in batches), path.parent)


class _Column:
    """A column that grows: in memory first, and in files once it is large.

    Parameters
    ----------
    kind : its Arrow type
    folder : of the files
    """

    def __init__(self, kind: pa.DataType, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.files: _Files | None = None
        self.chunks: list[pa.Array] = []
        self.n_bytes = 0
        self.may = _form_of(kind) is not None

    def add(self, column: pa.ChunkedArray) -> None:
        """Put the chunks of a column to those that are there."""
        self.chunks += [chunk for chunk in column.chunks if len(chunk)]
        self.n_bytes += column.nbytes
        if not self.may or self.n_bytes < LARGE:
            return
        try:
            self.files = self.files or _Files(self.kind, self.folder)
            while self.chunks:
                self.files.write(self.chunks[0])
                del self.chunks[0]
        except OSError:  # a disk that is full or may not be written to costs memory, never the run
            self.may = False

    def done(self) -> pa.ChunkedArray:
        """The whole column."""
        if self.files is None:
            return pa.chunked_array(self.chunks, self.kind)
        return pa.chunked_array([self.files.done(), *self.chunks], self.kind)


def _wide(kind: pa.DataType) -> pa.DataType:
    """The type that a type becomes: where it may, one that holds more than 2 GB."""
    if pa.types.is_list(kind) and kind.value_type in REAL:
        return pa.large_list(kind.value_type)
    return WIDE.get(kind, kind)


def _form_of(kind: pa.DataType) -> str | None:
    """How a type is written: as "numbers", "texts", "lists" or "vectors"; None of any other."""
    if pa.types.is_primitive(kind) and kind.bit_width % 8 == 0:
        return "numbers"
    if kind in WIDE.values():
        return "texts"
    if pa.types.is_large_list(kind) and kind.value_type in REAL:
        return "lists"
    fixed = pa.types.is_fixed_size_list(kind) and kind.list_size
    return "vectors" if fixed and kind.value_type in REAL else None


class _Files:
    """The files of a column: its values, and where each entry ends in them, if lengths differ."""

    def __init__(self, kind: pa.DataType, folder: Path) -> None:
        self.kind = kind
        self.form = _form_of(kind)
        self._write = {
            "numbers": self._numbers,
            "texts": self._texts,
            "lists": self._lists,
            "vectors": self._vectors,
        }[str(self.form)]
        self.values = TemporaryFile(dir=folder)
        self.ends = TemporaryFile(dir=folder)
        self.ends.write(bytes(8))
        self.total = 0
        self.n_rows = 0
        self.valid: list[NDArray[np.bool_]] = []
        self.nulls = 0

    def write(self, chunk: pa.Array) -> None:
        """Put a chunk to the end; what is left there when that fails does not count."""
        for start in range(0, len(chunk), PIECE_ROWS):
            self._write(chunk.slice(start, PIECE_ROWS))
        self.values.flush()
        self.ends.flush()
        if chunk.null_count and not self.nulls:
            self.valid = [np.ones(self.n_rows, dtype=bool)]
        if chunk.null_count or self.nulls:
            self.valid.append(np.asarray(pc.is_valid(chunk)))
        self.n_rows += len(chunk)
        self.nulls += chunk.null_count

    def _numbers(self, chunk: pa.Array) -> None:
        width = self.kind.bit_width // 8
        start = chunk.offset * width
        self.values.write(memoryview(chunk.buffers()[1])[start : start + len(chunk) * width])

    def _texts(self, chunk: pa.Array) -> None:
        _, offsets, data = chunk.buffers()
        ends: NDArray[np.int64] = np.frombuffer(offsets, np.int64)
        ends = ends[chunk.offset : chunk.offset + len(chunk) + 1]
        if data is not None:
            self.values.write(memoryview(data)[ends[0] : ends[-1]])
        self._write_ends(ends[1:] - ends[0])

    def _vectors(self, chunk: pa.Array) -> None:
        size = self.kind.list_size
        self._reals(chunk.values.slice(chunk.offset * size, len(chunk) * size))
        self.total += len(chunk) * size

    def _reals(self, flat: pa.Array) -> None:
        whole = pc.fill_null(flat, float("nan")) if flat.null_count else flat
        self.values.write(np.ascontiguousarray(whole).data)

    def _lists(self, chunk: pa.Array) -> None:
        self._reals(chunk.flatten())  # without what is behind a null
        lengths = pc.fill_null(pc.list_value_length(chunk), 0)
        self._write_ends(np.cumsum(np.asarray(lengths), dtype=np.int64))

    def _write_ends(self, ends: NDArray[np.int64]) -> None:
        """Write where the entries of a piece end, told where each does from its beginning on."""
        self.ends.write((ends + self.total).tobytes())
        self.total += int(ends[-1])

    def done(self) -> pa.Array:
        """What was written as one array; the files go with it."""
        with self.values, self.ends:
            values, ends = _map_of(self.values), _map_of(self.ends)
        valid = None
        if self.nulls:
            valid = pa.py_buffer(np.packbits(np.concatenate(self.valid), bitorder="little"))
        info = (self.kind, self.n_rows)
        if self.form == "numbers":
            return pa.Array.from_buffers(*info, [valid, values], self.nulls)
        if self.form == "texts":
            return pa.Array.from_buffers(*info, [valid, ends, values], self.nulls)
        flat = pa.Array.from_buffers(self.kind.value_type, self.total, [None, values])
        buffers = [valid] if self.form == "vectors" else [valid, ends]
        return pa.Array.from_buffers(*info, buffers, self.nulls, children=[flat])


def _map_of(file: IO[bytes]) -> pa.Buffer:
    """A file as an Arrow buffer that lives on when the file is closed."""
    file.flush()
    if not os.fstat(file.fileno()).st_size:
        return pa.py_buffer(b"")
    return pa.py_buffer(np.memmap(file, np.uint8, "r"))
