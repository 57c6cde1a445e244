"""Precomputed vectors: .npy, .npz and .safetensors files, columns of lists."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.errors import BadInput, MissingExtra
from shoal.numerics.blocks import STREAM_ROWS, slices
from shoal.parts.readers.arrow import read_arrow
from shoal.parts.readers.delimited import read_delimited
from shoal.parts.readers.json_lines import read_json_lines
from shoal.parts.readers.packed import check_unpacked
from shoal.parts.readers.parquet import read_parquet
from shoal.parts.readers.table import Gather, Table, called, in_memory, with_types
from shoal.parts.readers.vector_cells import (
    is_cells,
    is_packed,
    parsed_vectors,
    unpacked_bits,
    usual_width,
)
from shoal.storage.npz import member_dims, unpacked_member

COLUMN = "vector"
MISSING = "missing vector"
MAX_SPARSE = 16_000_000_000
"""Bytes up to which a sparse matrix is filled up: 384 numbers for each of 10,000,000 rows."""
SEEN_ROWS = 2000
"""Cells in which it is seen whether they hold vectors, and how long these are."""
TABLES: dict[str, Callable[..., Table]] = {
    **dict.fromkeys((".parquet", ".pq"), read_parquet),
    **dict.fromkeys((".arrow", ".arrows", ".feather", ".ipc"), read_arrow),
    **dict.fromkeys((".tsv", ".csv", ".tab", ".txt"), read_delimited),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), read_json_lines),
}
"""Tables that may hold nothing but vectors."""
UNREADABLE: tuple[Any, ...] = (ValueError, EOFError, OSError, RuntimeError, zlib.error)
UNREADABLE += (zipfile.BadZipFile, pa.ArrowException, TokenError, SyntaxError, TypeError)
"""What is raised of files that are no arrays, damaged, or locked by a password."""
ENDINGS = (".npy", ".npz", ".safetensors", *TABLES)


def is_vectors(kind: Any) -> bool:
    """Whether an Arrow type holds a list of numbers in each row."""
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if not (lists or pa.types.is_fixed_size_list(kind)):
        return False
    return bool(pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))


def as_matrix(
    array: NDArray[Any], name: str, gather: Gather = in_memory, notes: list[str] | None = None
) -> NDArray[np.float32]:
    """An array of numbers as (n, n_dims) float32; a float32 memory map stays one.

    Parameters
    ----------
    array : anything, in memory or not
    name : for messages
    gather : takes what has to be made anew, in blocks
    notes : takes a sentence where bytes were unpacked to bits

    Raises
    ------
    BadInput : if it has another shape, no rows, or holds no numbers
    """
    if array.ndim != 2 or array.dtype.kind not in "fiub":
        raise BadInput(
            f"{name} holds an array of shape {array.shape} and type {array.dtype}; vectors are "
            "numbers in an array with one row per item, (n, n_dims)."
        )
    if not array.shape[0] or not array.shape[1]:
        raise BadInput(f"{name} has no vectors. It needs a row with at least one number.")
    if array.dtype == np.float32:
        return array
    one: Callable[[NDArray[Any]], NDArray[np.float32]] = _single
    if is_packed(array):
        one = unpacked_bits
        if notes is not None:
            notes.append(
                f"{name}: {array.dtype} vectors are taken as packed bits and were unpacked to "
                f"{8 * array.shape[1]:,} values of -1 and 1. If they are quantities, convert "
                "them to float32."
            )
    blocks = (one(array[part]) for part in slices(len(array), STREAM_ROWS))
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
            f"{n_rows * n_dims * 4 / 1e9:.0f} GB. Reduce it first, for example with "
            "sklearn.decomposition.TruncatedSVD(256)."
        )
    if not n_rows or not n_dims:
        return as_matrix(np.empty(matrix.shape), name)
    rows = matrix.tocsr()
    blocks = (rows[part].toarray().astype(np.float32) for part in slices(n_rows, STREAM_ROWS))
    column = gather(vector_table(block).columns for block in blocks)[COLUMN]
    return column_matrix(column, name)[0]


def _single(block: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors of the same directions in single precision, in which large numbers would overflow."""
    wide = np.asarray(block, dtype=np.float64)
    scale = np.abs(wide).max(axis=1, keepdims=True)
    scale[~np.isfinite(scale) | (scale == 0)] = 1.0
    return np.asarray(wide / scale, dtype=np.float32)


def column_matrix(
    column: Any, name: str, gather: Gather = in_memory, notes: list[str] | None = None
) -> tuple[NDArray[np.float32], dict[int, str]]:
    """A column of vectors as (n, n_dims) float32, without a copy where it can be.

    Parameters
    ----------
    column : pyarrow chunked array (n,) of lists, or of texts or bytes that hold lists
    name : for messages
    gather : takes what has to be made anew
    notes : takes sentences about how they were read

    Returns
    -------
    The vectors, zeros where there is none that can be used; and row -> why

    Raises
    ------
    BadInput : if they are no vectors, or hardly any two have the same length
    """
    if not len(column):
        raise BadInput(f"column {name!r} has no rows.")
    if is_cells(column.type):
        return _of_cells(column, name, gather)
    if not is_vectors(column.type):
        raise BadInput(f"column {name!r} ({column.type}) holds no vectors (lists of numbers).")
    # not combined where it is one: that copies
    column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(column), -1)
    ends = pc.min_max(lengths).as_py()
    if ends["min"] == ends["max"] > 0:
        flat = np.asarray(column.flatten().to_numpy(zero_copy_only=False))
        shaped = flat.reshape(len(column), ends["min"])
        return as_matrix(shaped, f"column {name!r}", gather, notes), {}
    found = np.asarray(lengths)
    width = usual_width(Counter(found[found > 0].tolist()) or Counter([0]))
    fits = found == width
    _check_width(int(fits.sum()), int((found >= 0).sum()), width, found, name)
    wrong = {int(row): _why_not(int(found[row]), width) for row in np.nonzero(~fits)[0]}
    kept = column.filter(pa.array(fits))
    flat = np.asarray(kept.flatten().to_numpy(zero_copy_only=False))
    usable = as_matrix(flat.reshape(len(kept), width), f"column {name!r}", gather, notes)
    out = np.zeros((len(column), usable.shape[1]), dtype=np.float32)
    out[fits] = usable
    return out, wrong


def _why_not(length: int, width: int) -> str:
    """Why a vector of another length cannot be used; -1 for one that is missing."""
    if length < 0:
        return MISSING
    return f"a vector of {length:,} numbers, but the others have {width:,}"


def _check_width(n_fit: int, n_there: int, width: int, found: NDArray[Any], name: str) -> None:
    if not width or 2 * n_fit <= n_there:
        told = ", ".join(map(str, np.unique(found[found >= 0])[:5].tolist())) or "none"
        raise BadInput(f"the vectors in column {name!r} must all have the same length, got {told}.")


def _of_cells(column: Any, name: str, gather: Gather) -> tuple[NDArray[np.float32], dict[int, str]]:
    """Vectors that are written into texts or bytes."""
    step = max(len(column) // SEEN_ROWS, 1)
    some = [v for block in parsed_vectors(column[::step]) for v in block]
    seen = [v for v in some if v is not None and not isinstance(v, str)]
    if len(seen) * 2 < sum(v is not None for v in some) or not seen:
        raise BadInput(
            f"column {name!r} ({column.type}) holds no vectors, which are lists of numbers, "
            "such as [0.1, 0.2]."
        )
    width = usual_width(Counter(map(len, seen)))
    wrong: dict[int, str] = {}
    lengths: Counter[int] = Counter()

    def blocks() -> Iterator[Any]:
        row = 0
        for block in parsed_vectors(column):
            out = np.zeros((len(block), width), dtype=np.float64)
            for place, vector in enumerate(block):
                if vector is None or isinstance(vector, str):
                    wrong[row + place] = vector or MISSING
                    continue
                lengths[len(vector)] += 1
                if len(vector) == width:
                    out[place] = vector
                else:
                    wrong[row + place] = _why_not(len(vector), width)
            row += len(block)
            yield vector_table(_single(out)).columns

    gathered = gather(blocks())[COLUMN]
    _check_width(lengths[width], lengths.total(), width, np.array(list(lengths)), name)
    return column_matrix(gathered, name)[0], wrong


def columns_matrix(
    table: Any, names: Sequence[str], gather: Gather = in_memory
) -> tuple[NDArray[np.float32], dict[int, str]]:
    """Columns of numbers side by side as vectors; and row -> why it has none.

    Raises
    ------
    BadInput : if one of them holds something else
    """
    columns = [with_types(table[name]) for name in names]
    for name, column in zip(names, columns, strict=True):
        kind = column.type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise BadInput(f"column {name!r} ({kind}) holds no numbers for vectors.")
    blocks = (
        vector_table(
            _single(
                np.column_stack(
                    [np.asarray(c.slice(at, STREAM_ROWS).cast(pa.float64())) for c in columns]
                )
            )
        ).columns
        for at in range(0, len(table), STREAM_ROWS)
    )
    matrix = column_matrix(gather(blocks)[COLUMN], "vectors")[0]
    gaps = np.nonzero(np.isnan(matrix).any(axis=1))[0]
    return matrix, {int(row): "a vector with missing values" for row in gaps}


def _of_table(
    table: Any, name: str, gather: Gather, notes: list[str] | None
) -> tuple[NDArray[np.float32], dict[int, str]]:
    """The vectors of a table that holds nothing else but perhaps a name in front."""
    lists = [f.name for f in table.schema if is_vectors(f.type)]
    if len(lists) == 1 or (not lists and table.num_columns == 1):
        chosen = (lists or table.column_names)[0]
        return column_matrix(table[chosen], chosen, gather, notes)
    typed = {n: with_types(table[n]).type for n in table.column_names}
    numbers = [n for n, t in typed.items() if pa.types.is_integer(t) or pa.types.is_floating(t)]
    if lists or len(numbers) < max(2, table.num_columns - 1):
        told = ", ".join(lists or table.column_names[:8])
        raise BadInput(
            f"{name} must hold exactly one array of vectors, got {told}. Use a column of "
            "lists, or numeric columns only."
        )
    return columns_matrix(table, numbers, gather)


def load_vectors(
    source: Path | bytes,
    name: str,
    gather: Gather = in_memory,
    notes: list[str] | None = None,
    wrong: dict[int, str] | None = None,
) -> NDArray[np.float32]:
    """Vectors of a file, (n, n_dims) float32; a .npy of float32 as a memory map.

    Parameters
    ----------
    source : the file or its bytes
    name : of the file
    gather : takes what has to be made anew
    notes : takes sentences about how they were read
    wrong : takes row -> why its vector, zeros here, cannot be used

    Raises
    ------
    BadInput : if the file is no array of vectors, or holds several
    MissingExtra : if it is .safetensors and that package is absent
    """
    ending = Path(name).suffix.lower()
    try:
        if ending == ".safetensors":
            return as_matrix(_only(_matrices(_safetensors(source)), name), name, gather, notes)
        if ending == ".npz":
            return as_matrix(_of_npz(source, name), name, gather, notes)
        if ending in TABLES:
            table = TABLES[ending](source, name=name, gather=gather).columns
            matrix, unusable = _of_table(table, name, gather, notes)
            (wrong if wrong is not None else {}).update(unusable)
            return matrix
        if isinstance(source, bytes):
            return as_matrix(np.load(io.BytesIO(source), allow_pickle=False), name, gather, notes)
        loaded = np.load(source, mmap_mode="r", allow_pickle=False)
        return as_matrix(loaded, name, gather, notes)
    except UNREADABLE as error:
        if isinstance(error, BadInput | MissingExtra):
            raise
        why = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        raise BadInput(f"{name} is not a readable vector file: {why}. Export it again.") from error


def _of_npz(source: Path | bytes, name: str) -> Any:
    """The array of vectors in an .npz, as a map: a small file may hold gigabytes."""
    with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
        check_unpacked(source, name)
        dims = member_dims(archive)
        able = [member for member, n in dims.items() if n == 2] or list(dims)
        members = {member.removesuffix(".npy"): member for member in able}
        return unpacked_member(archive, _only(members, name))


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
    notes: list[str] = []
    table = vector_table(load_vectors(source, name, gather, notes))
    return replace(table, notes=tuple(notes))


def vector_table(vectors: NDArray[np.float32]) -> Table:
    """Vectors as a table, without a copy."""
    flat = pa.array(np.ascontiguousarray(vectors).reshape(-1))
    lists = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    return Table(pa.table({COLUMN: lists}), "vectors")
