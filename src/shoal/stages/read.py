"""The read stage: a source in, Items out; every row of the source keeps its place."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.data import FloatArray, Items
from shoal.errors import BadInput, UnknownPart
from shoal.numerics.blocks import slices
from shoal.readers import READERS
from shoal.readers.columns import as_texts, choose_id, choose_text
from shoal.readers.sniff import kind_of
from shoal.readers.table import Table, stack, with_types
from shoal.readers.vectors import COLUMN, ENDINGS, as_matrix, column_matrix, load_vectors
from shoal.stages.assigning import content_key

HEAD_BYTES = 1 << 16
BLANK_CATEGORIES = ("C", "Z", "M")
"""Unicode categories that print nothing by themselves: controls, spaces, lone marks."""


def read(source: Any, params: Mapping[str, Any], vectors: Any = None) -> Items:
    """Read one source or several into Items.

    Parameters
    ----------
    source : path or paths ("-" is standard input), DataFrame, Series, or list of texts
    params : text, id, truth (columns, found out when absent), vectors (a column or a file), part,
        delimiter, encoding, header
    vectors : (n_rows, n_dims) numbers in memory, in place of `params["vectors"]`

    Returns
    -------
    Items; rows without text are kept and marked

    Raises
    ------
    BadInput : if the source cannot be read, has no rows, or no row has text
    """
    table = _open(source, params)
    matrix, missing, given = _given(table, params.get("vectors"), vectors)
    name, why = _text(table, params.get("text"), needed=matrix is None)
    if name is not None:
        table.check_everywhere(name)
    id_name, id_why = choose_id(table, params.get("id"), name or "")
    texts = None if name is None else as_texts(table.columns[name])
    if matrix is None:
        first, excluded = _usable(texts or (), table.problems)
        wanted = f"text in column {name!r}. Name another column with --text."
    else:
        first, excluded = _usable_vectors(matrix, missing, table.problems)
        wanted = "a vector of finite numbers that are not all zero."
    if len(excluded) == len(first):
        raise BadInput(f"none of the {len(first):,} rows has {wanted}")
    truth = params.get("truth")
    if truth is not None and truth not in table.columns.column_names:
        choose_text(table, truth)  # raises with the names that exist
    columns, renamed = _carried(table, (name, id_name, given))
    ids = _ids(table, id_name)
    about = {
        "text": name,
        "text_reason": why,
        "vectors": given,
        "id": id_name,
        "id_reason": id_why,
        "carried": columns.column_names,
        "truth": truth,
        "kind": table.kind,
        "choices": dict(table.choices),
    }
    notes = table.notes + tuple(renamed)
    if matrix is None:
        return Items(ids, texts or (), "text", columns, first, excluded, notes, about)
    rows: Any = matrix  # an array is a sequence of its rows
    return Items(ids, rows, "vector", columns, first, excluded, notes, about, texts)


def _given(
    table: Table, wanted: str | None, vectors: Any
) -> tuple[FloatArray | None, NDArray[np.bool_], str | None]:
    """Vectors that came with the data: (n, n_dims) float32, which are null, and their column.

    Raises
    ------
    UnknownPart : if there is neither a column nor a file of that name
    BadInput : if there are not as many as rows
    """
    n = len(table.columns)
    column = wanted
    if vectors is not None:
        matrix = as_matrix(np.asarray(vectors), "vectors")
        column = None
    elif wanted is None and table.kind != "vectors":
        return None, np.zeros(n, dtype=bool), None
    elif (column := wanted or COLUMN) in table.columns.column_names:
        return *column_matrix(table.columns[column], column), column
    elif Path(column).suffix.lower() in ENDINGS and Path(column).is_file():
        matrix = load_vectors(Path(column), column)
        column = None
    else:
        names = table.columns.column_names
        raise UnknownPart.among("column or file (asked for by --vectors)", column, names)
    if len(matrix) != n:
        raise BadInput(f"there are {len(matrix):,} vectors for {n:,} rows; give one for each.")
    return matrix, np.zeros(n, dtype=bool), column


def _text(table: Table, wanted: str | None, *, needed: bool) -> tuple[str | None, str]:
    """Name of the text column and why; None where vectors do without."""
    try:
        return choose_text(table, wanted)
    except BadInput:
        if needed or wanted is not None:
            raise
        return None, "no column holds text, so rows are known by their ids"


def _usable_vectors(
    matrix: FloatArray, missing: NDArray[np.bool_], problems: Mapping[int, str]
) -> tuple[NDArray[np.int32], dict[int, str]]:
    """First row with the same vector for each row, -1 and the reason for what cannot be used."""
    first = np.empty(len(matrix), dtype=np.int32)
    excluded: dict[int, str] = {}
    seen: dict[bytes, int] = {}
    for part in slices(len(matrix), 4096):
        block = np.asarray(matrix[part])
        finite = np.asarray(np.isfinite(block).all(axis=1))
        filled = np.asarray(block.any(axis=1))
        for row, vector in enumerate(block, start=part.start):
            at = row - part.start
            if row in problems:
                excluded[row] = problems[row]
            elif missing[row]:
                excluded[row] = "missing vector"
            elif not finite[at]:
                excluded[row] = "vector with numbers that are not finite"
            elif not filled[at]:
                excluded[row] = "vector of zeros"
            else:
                first[row] = seen.setdefault(content_key(vector), row)
                continue
            first[row] = -1
    return first, excluded


def _open(source: Any, params: Mapping[str, Any]) -> Table:
    """Read a path, several paths (a list of Path), or data in memory (anything else)."""
    paths = [Path(source)] if isinstance(source, str | Path) else source
    if isinstance(paths, list | tuple) and paths and all(isinstance(p, Path) for p in paths):
        return stack([(str(path), _read_path(path, params)) for path in paths])
    return READERS.find(params.get("part") or "frame")(source)  # type: ignore[no-any-return]


def _read_path(path: Path, params: Mapping[str, Any]) -> Table:
    options = {
        key: params[key]
        for key in ("delimiter", "encoding", "header")
        if params.get(key) is not None
    }
    if str(path) == "-":
        part, content, name = "lines", sys.stdin.buffer.read(), "standard input"
        if not content:
            raise BadInput("standard input is empty. Give one text a line.")
    elif not path.exists():
        raise BadInput(f"there is no file or folder {str(path)!r}. Check the path.")
    elif path.is_dir():
        part, content, name = "folder", path, str(path)
    else:
        content, name = _content(path), path.name
        part = _kind(path, content)
    wanted = params.get("part") or part
    reader, known = READERS.find(wanted), READERS.parameters(wanted)
    if (wanted == "folder") != (part == "folder") or wanted == "frame":
        raise BadInput(f"{name} cannot be read by the part {wanted!r}. Leave read.part out.")
    for key in options:
        if key not in known:
            raise BadInput(
                f"read.{key} does not apply to {name}, which is read as {wanted}. Leave it out."
            )
    try:
        table: Table = reader(content, name=name, **options)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}.") from error
    return table


def _content(path: Path) -> Path | bytes:
    """The path of a file, but the bytes of a pipe, which can be read only once."""
    try:
        return path if path.is_file() else path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}.") from error


def _kind(path: Path, content: Path | bytes) -> str:
    try:
        if isinstance(content, bytes):
            head = content[:HEAD_BYTES]
        else:
            with content.open("rb") as file:
                head = file.read(HEAD_BYTES)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}.") from error
    if not head:
        raise BadInput(f"{path.name} is empty. Give a file with at least one row.")
    return kind_of(path, head)


def is_blank(text: str) -> bool:
    """Whether a text prints nothing: spaces, controls and invisible characters only."""
    if text.isascii():
        return not text.strip() or all(ord(char) < 33 or ord(char) == 127 for char in text)
    return all(unicodedata.category(char)[0] in BLANK_CATEGORIES for char in text)


def _usable(
    texts: Sequence[str | None], problems: Mapping[int, str]
) -> tuple[np.ndarray[Any, np.dtype[np.int32]], dict[int, str]]:
    """First row with the same text for each row, -1 and the reason for what cannot be used."""
    first = np.empty(len(texts), dtype=np.int32)
    excluded: dict[int, str] = {}
    seen: dict[str, int] = {}
    for row, text in enumerate(texts):
        if row in problems:
            excluded[row] = problems[row]
        elif text is None:
            excluded[row] = "missing text"
        elif is_blank(text):
            excluded[row] = "blank text"
        else:
            first[row] = seen.setdefault(text, row)
            continue
        first[row] = -1
    return first, excluded


def _ids(table: Table, id_name: str | None) -> Any:
    if id_name is None:
        return pa.chunked_array([pa.array(np.arange(len(table.columns)))])
    column = table.columns[id_name]
    typed = with_types(column) if table.raw else column
    if table.raw and typed.type == pa.int64() and pc.cast(typed, column.type).equals(column):
        return typed
    # an id that would be written in another way as a number, such as 1.10 or 2e5, is a name
    return column


def _carried(table: Table, used: tuple[str | None, ...]) -> tuple[Any, list[str]]:
    """The other columns, none of them named like one that shoal writes."""
    names: list[str] = []
    arrays: list[Any] = []
    notes: list[str] = []
    for name in table.columns.column_names:
        if name in used:
            continue
        new, suffix = name, 0
        while new in {"id", "text", "path", *names}:
            suffix += 1
            new = f"{name}_{suffix}"
        if new != name:
            notes.append(f"The source's column {name!r} is called {new!r} in items.parquet.")
        names.append(new)
        column = table.columns[name]
        arrays.append(with_types(column) if table.raw else column)
    if not arrays:
        return pa.table({"id": pa.nulls(len(table.columns))}).select([]), notes
    return pa.table(arrays, names=names), notes
