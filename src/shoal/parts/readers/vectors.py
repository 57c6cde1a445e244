"""Vectors that were made before: .npy, .npz and .safetensors files, columns of lists."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.errors import BadInput, MissingExtra
from shoal.numerics.blocks import slices
from shoal.parts.readers.parquet import read_parquet
from shoal.parts.readers.table import Gather, Table, called, in_memory

COLUMN = "vector"
BLOCK_ROWS = 8192
MAX_SPARSE = 16_000_000_000
"""Bytes up to which a sparse matrix is filled up: 384 numbers for each of 10,000,000 rows."""
ENDINGS = (".npy", ".npz", ".safetensors", ".parquet", ".pq")


def is_vectors(kind: Any) -> bool:
    """Whether an Arrow type holds a list of numbers in each row."""
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if not (lists or pa.types.is_fixed_size_list(kind)):
        return False
    return bool(pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))


def as_matrix(array: NDArray[Any], name: str, gather: Gather = in_memory) -> NDArray[np.float32]:
    """An array of numbers as (n, n_dims) float32; a float32 memory map stays one.

    Parameters
    ----------
    array : anything, in memory or not
    name : for messages
    gather : takes what has to be made anew, in blocks

    Raises
    ------
    BadInput : if it has another shape, no rows, or holds no numbers
    """
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise BadInput(
            f"{name} holds an array of shape {array.shape} and type {array.dtype}; vectors are "
            "numbers in an array with one row per item, (n, n_dims)."
        )
    if not array.shape[0] or not array.shape[1]:
        raise BadInput(f"{name} has no vectors. Give at least one row with at least one number.")
    if array.dtype == np.float32:
        return array
    blocks = (_single(array[part]) for part in slices(len(array), BLOCK_ROWS))
    column = gather(vector_table(block).columns for block in blocks)[COLUMN]
    return column_matrix(column, name)[0]


def sparse_matrix(matrix: Any, name: str, gather: Gather = in_memory) -> NDArray[np.float32]:
    """A sparse matrix of scipy as (n, n_dims) float32, made in blocks.

    Raises
    ------
    BadInput : if it would fill more than `MAX_SPARSE` bytes
    """
    n_rows, n_dims = matrix.shape
    if n_rows * n_dims * 4 > MAX_SPARSE:
        raise BadInput(
            f"{name} is a sparse matrix of {n_rows:,} x {n_dims:,}, which would fill "
            f"{n_rows * n_dims * 4 / 1e9:.0f} GB. Reduce it first, such as by "
            "sklearn.decomposition.TruncatedSVD(256)."
        )
    if not n_rows or not n_dims:
        return as_matrix(np.empty(matrix.shape), name)
    rows = matrix.tocsr()
    blocks = (rows[part].toarray().astype(np.float32) for part in slices(n_rows, BLOCK_ROWS))
    column = gather(vector_table(block).columns for block in blocks)[COLUMN]
    return column_matrix(column, name)[0]


def _single(block: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors of the same directions in single precision, in which large numbers would overflow."""
    wide = np.asarray(block, dtype=np.float64)
    scale = np.abs(wide).max(axis=1, keepdims=True)
    scale[~np.isfinite(scale) | (scale == 0)] = 1.0
    return np.asarray(wide / scale, dtype=np.float32)


def column_matrix(
    column: Any, name: str, gather: Gather = in_memory
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A column of lists as (n, n_dims) float32, without a copy where it can be; and its nulls.

    Parameters
    ----------
    column : pyarrow chunked array (n,)
    name : for messages
    gather : takes what has to be made anew

    Raises
    ------
    BadInput : if the lists have different lengths, or are no numbers
    """
    if not is_vectors(column.type):
        raise BadInput(f"column {name!r} ({column.type}) holds no vectors: lists of numbers.")
    if not len(column):
        raise BadInput(f"column {name!r} has no rows.")
    # not combined where it is one: that copies
    column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    missing = np.asarray(column.is_null())
    filled = column.drop_null() if column.null_count else column
    ends = pc.min_max(pc.list_value_length(filled)).as_py()
    if ends["min"] is None or ends["min"] != ends["max"]:
        widths = np.unique(np.asarray(pc.list_value_length(filled)))
        info = ", ".join(map(str, widths[:5].tolist())) or "none"
        raise BadInput(f"the vectors in column {name!r} must have one length, got {info}.")
    flat = np.asarray(filled.flatten().to_numpy(zero_copy_only=False))
    found = as_matrix(flat.reshape(len(filled), ends["min"]), f"column {name!r}", gather)
    if not missing.any():
        return found, missing
    out = np.zeros((len(column), found.shape[1]), dtype=np.float32)
    out[~missing] = found
    return out, missing


def load_vectors(
    source: Path | bytes, name: str, gather: Gather = in_memory
) -> NDArray[np.float32]:
    """Vectors of a file, (n, n_dims) float32; a .npy of float32 as a memory map.

    Parameters
    ----------
    source : the file or its bytes
    name : of the file
    gather : takes what has to be made anew

    Raises
    ------
    BadInput : if the file is no array of vectors, or holds several
    MissingExtra : if it is .safetensors and that package is absent
    """
    ending = Path(name).suffix.lower()
    try:
        if ending == ".safetensors":
            return as_matrix(_only(_matrices(_safetensors(source)), name), name)
        if ending == ".npz":
            # from memory: numpy leaves the file of a damaged archive open
            data = source if isinstance(source, bytes) else source.read_bytes()
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
            return as_matrix(_only(_matrices(arrays), name), name)
        if ending in (".parquet", ".pq"):
            table = read_parquet(source, name=name, gather=gather).columns
            names = [field.name for field in table.schema if is_vectors(field.type)]
            column = _only({n: n for n in names}, name)
            return column_matrix(table[column], column, gather)[0]
        if isinstance(source, bytes):
            return as_matrix(np.load(io.BytesIO(source), allow_pickle=False), name)
        return as_matrix(np.load(source, mmap_mode="r", allow_pickle=False), name, gather)
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, pa.ArrowException) as error:
        if isinstance(error, BadInput | MissingExtra):
            raise
        why = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        raise BadInput(f"{name} is no readable file of vectors: {why}. Write it again.") from error


def _safetensors(source: Path | bytes) -> dict[str, Any]:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load
    except ImportError as error:
        raise MissingExtra(
            "reading .safetensors needs the package 'safetensors', which is not installed. "
            "Install it with: pip install 'shoal[safetensors]'"
        ) from error
    try:
        return dict(load(source if isinstance(source, bytes) else source.read_bytes()))
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    except KeyError as error:  # a type that numpy has not
        return _of_bfloat16(source, error)


def _of_bfloat16(source: Path | bytes, error: KeyError) -> dict[str, Any]:
    """The arrays of a file with the type BF16 in it: the upper half of a float32."""
    from safetensors import deserialize

    data = source if isinstance(source, bytes) else source.read_bytes()
    out = {}
    for name, info in deserialize(data):  # type: ignore[no-untyped-call]
        if info["dtype"] != "BF16":
            raise ValueError(
                f"it holds numbers of the type {error}; write float32, float16 or bfloat16"
            ) from error
        halves = np.frombuffer(info["data"], dtype="<u2").astype(np.uint32)
        out[name] = (halves << 16).view(np.float32).reshape(info["shape"])
    return out


def _matrices(arrays: dict[str, Any]) -> dict[str, Any]:
    """The arrays with a row per item; all of them where that is none, so that it can be said."""
    found = {key: array for key, array in arrays.items() if np.ndim(array) == 2}
    return found or arrays


def _only(arrays: dict[str, Any], name: str) -> Any:
    if len(arrays) != 1:
        info = ", ".join(sorted(arrays)[:8]) or "none"
        raise BadInput(f"{name} must hold exactly one array of vectors, got {info}.")
    return next(iter(arrays.values()))


def read_vectors(source: Path | bytes, *, name: str = "", gather: Gather = in_memory) -> Table:
    """Read a file of vectors as a table with the column `vector`.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    gather : takes what is no single-precision memory map already

    Raises
    ------
    BadInput : if it is no array of vectors
    """
    name = called(source, name)
    return vector_table(load_vectors(source, name, gather))


def vector_table(vectors: NDArray[np.float32]) -> Table:
    """Vectors as a table, without a copy."""
    flat = pa.array(np.ascontiguousarray(vectors).reshape(-1))
    lists = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    return Table(pa.table({COLUMN: lists}), "vectors")
