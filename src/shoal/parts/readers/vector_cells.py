"""Vectors in cells: lists in text, sparse entries, base64, packed bits."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.numerics.blocks import BLOCK_ROWS
from shoal.parts.readers.table import is_text

MAX_SPARSE_DIMS = 100_000
"""Dimensions up to which sparse entries are filled up."""
SEEN_ROWS = 2000
"""Rows in which packed bits are looked for."""
MIN_BITS_ROWS = 30
SATURATED = 0.2
"""Share of bytes that are 0 or 255, from which they are amounts such as pixels."""
MIN_VALUES = 100
"""Different bytes that packed bits have at least; amounts of a small range have fewer."""
EVEN, CLEAR = 0.25, 0.62
"""How evenly the eight bits of a byte lean to one side where each is a dimension of its own; and
how much, in roots of the number of rows: what chance alone gives is 0.4."""
FRAME = re.compile(r"^[A-Za-z_.]*\s*[\[({<]+|[\])}>]+(/\d+)?\s*$|,?\s*dtype=\S+$")
BASE64 = re.compile(r"^[A-Za-z0-9+/_-]{16,}={0,2}$")
ENTRY = re.compile(r"[\"']?(\d+)[\"']?\s*:\s*([-+.\deE]+)")
SPARSE_END = re.compile(r"\}/(\d+)\s*$")


def is_cells(kind: Any) -> bool:
    """Whether an Arrow type may hold vectors that have to be parsed."""
    return bool(is_text(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def parsed_vectors(column: Any) -> Iterator[list[Any]]:
    """The vectors in cells of text or bytes, some thousand at a time.

    Yields
    ------
    For each cell a list of numbers, None where there is nothing, or a text: what is wrong with it
    """
    dims = _sparse_dims(column)
    for start in range(0, len(column), BLOCK_ROWS):
        yield [_parsed(cell, dims) for cell in column.slice(start, BLOCK_ROWS).to_pylist()]


def _parsed(cell: Any, dims: int) -> Any:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        found = _of_bytes(cell) if isinstance(cell, bytes) else _of_text(cell.strip(), dims)
    except (ValueError, binascii.Error):
        return "not a vector: its entries are not numbers"
    return found if len(found) else "not a vector: it is empty"


def _of_text(text: str, dims: int) -> Any:
    if ":" in text:
        return _sparse(text, dims)
    if BASE64.match(text):
        return _of_bytes(base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True))
    plain = text
    while (inner := FRAME.sub("", plain).strip()) != plain:
        plain = inner
    if ";" in plain and "," in plain:  # decimal commas
        plain = plain.replace(",", ".")
    return np.array(re.split(r"[\s,;|]+", plain.strip(" ,;|")), dtype=np.float64)


def _of_bytes(data: bytes) -> Any:
    """Numbers of single or double precision, whichever gives numbers of a usual size."""
    for kind in ("<f4", "<f8"):
        if len(data) % np.dtype(kind).itemsize == 0:
            numbers = np.frombuffer(data, kind)
            size = np.abs(numbers[np.nonzero(numbers)])
            if np.isfinite(numbers).all() and size.size and 1e-12 < size.min() and size.max() < 1e6:
                return numbers
    raise ValueError("no numbers of 4 or 8 bytes")


def _sparse(text: str, dims: int) -> Any:
    """Entries such as 3:0.1 7:0.4, all others zero."""
    entries = ENTRY.findall(text)
    if not entries or len(entries) != text.count(":"):
        raise ValueError("no sparse entries")
    out = np.zeros(dims, dtype=np.float64)
    for place, number in entries:
        out[int(place)] = float(number)
    return out


def _sparse_dims(column: Any) -> int:
    """How many dimensions sparse entries have: the largest that is named; 0 where there are none.

    Raises
    ------
    BadInput : if they are too many to be filled up
    """
    if not is_text(column.type):
        return 0
    dims = 0
    for start in range(0, len(column), BLOCK_ROWS):
        for cell in column.slice(start, BLOCK_ROWS).to_pylist():
            if cell and ":" in cell:
                end = SPARSE_END.search(cell)
                named = [int(place) + 1 for place, _ in ENTRY.findall(cell)]
                dims = max(dims, int(end[1]) + 1 if end else 0, *named, 0)
    if dims > MAX_SPARSE_DIMS:
        raise BadInput(
            f"sparse vectors of {dims:,} dimensions would need too much memory. Reduce them "
            "first, for example with sklearn.decomposition.TruncatedSVD(256)."
        )
    return dims


def usual_width(widths: Counter[int]) -> int:
    """The length that most vectors have; of equally many the longest."""
    return max(widths, key=lambda width: (widths[width], width))


def is_packed(array: NDArray[Any]) -> bool:
    """Whether bytes hold eight dimensions each, as binary embeddings do, and are no amounts.

    In amounts the lowest bit is noise and the highest is not; in packed bits all are alike.

    Parameters
    ----------
    array : (n, n_bytes) of any type
    """
    if array.dtype not in (np.uint8, np.int8) or len(array) < MIN_BITS_ROWS or array.shape[1] < 4:
        return False
    some = _as_bits(np.asarray(array[:: max(len(array) // SEEN_ROWS, 1)]))
    # 0 and 255 together are pixels and flags
    whole = np.packbits(some, axis=1)
    if len(np.unique(whole)) < MIN_VALUES:
        return False
    if float(((whole == 0) | (whole == 255)).mean()) > SATURATED:
        return False
    lean = np.abs(some.mean(axis=0) - 0.5).reshape(-1, 8).mean(axis=0)
    return bool(lean.min() > max(EVEN * lean.max(), CLEAR / np.sqrt(len(some))))


def _as_bits(array: NDArray[Any]) -> NDArray[np.uint8]:
    """(n, n_bytes) as (n, 8 n_bytes) of 0 and 1; signed bytes are 128 less, as libraries write."""
    plain = array if array.dtype == np.uint8 else (array.astype(np.int16) + 128).astype(np.uint8)
    return np.unpackbits(np.ascontiguousarray(plain), axis=1)


def unpacked_bits(array: NDArray[Any]) -> NDArray[np.float32]:
    """Packed bits as -1 and 1, (n, 8 n_bytes)."""
    return _as_bits(array).astype(np.float32) * 2 - 1


def number_columns(table: Any, wanted: str) -> list[str]:
    """The columns that a name stands for: names with commas, or a pattern such as emb_*.

    Returns
    -------
    Names in their order, those of a pattern by the numbers in them; none where it names no columns
    """
    names = table.column_names
    if "*" in wanted:
        found = fnmatch.filter(names, wanted)
        return sorted(found, key=lambda n: ([int(x) for x in re.findall(r"\d+", n)], n))
    named = [name.strip() for name in wanted.split(",")]
    return named if len(named) > 1 and set(named) <= set(names) else []
