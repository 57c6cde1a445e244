"""Open a source of any kind as a table: a path, several paths, or data in memory."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, repeat
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shoal.errors import BadInput
from shoal.numerics.blocks import ordered_map
from shoal.parts.readers import READERS
from shoal.parts.readers.below import UNNAMED, sum_at_end
from shoal.parts.readers.between import subtotals
from shoal.parts.readers.packed import (
    holds_tables,
    is_table,
    packing_of,
    plain_name,
    unpacked,
)
from shoal.parts.readers.pictures import holds_pictures
from shoal.parts.readers.sniff import kind_of
from shoal.parts.readers.sql import queried
from shoal.parts.readers.stacking import stack
from shoal.parts.readers.table import Gather, Table, in_memory
from shoal.progress import SILENT, Progress
from shoal.storage.columns import gathered
from shoal.storage.remote import POSTGRES, Whereabouts, address_of, fetched, shown

HEAD_BYTES = 1 << 16
OPTIONS = {
    "delimiter": "read.delimiter",
    "encoding": "read.encoding",
    "header": "read.header",
    "footer": "read.footer",
    "ocr": "read.ocr",
    "cache": "read.cache",
    "sheet": "--sheet",
    "query": "--query",
}
"""Parameters that are handed to readers, and what a user calls them."""
MAX_DEPTH = 2
"""Packed files in packed files: an archive may hold itself."""
SHOWN = 3
SUMMED = ("csv", "excel", "markup")
"""Readers of tables below which people write sums."""
SMALL_BYTES = 1 << 26
"""Files of several up to this size are read whole by one process."""


def paths_of(source: Any) -> list[Path]:
    """The paths of a source; empty for data in memory or a database server.

    A remote file or folder is copied here first.
    """
    if postgres_address(source):
        return []
    paths = [Path(source)] if isinstance(source, str | Path) else source
    if isinstance(paths, list | tuple) and paths and all(isinstance(p, Path) for p in paths):
        return [fetched(path) for path in paths]
    return []


def gather_in(folder: Path | None) -> Gather:
    """Return the function that assembles pieces of a table, with large columns in files."""
    return in_memory if folder is None else partial(gathered, folder=folder)


def open_source(
    source: Any,
    params: Mapping[str, Any],
    gather: Gather = in_memory,
    progress: Progress = SILENT,
) -> Table:
    """Read a path, several paths (a list of Path), or data in memory (anything else).

    Parameters
    ----------
    source, params : as of `read`
    gather : takes a piece of the source after the other
    progress : advanced once for each document of a folder
    """
    query, address = params.get("query"), postgres_address(source)
    if address:
        return READERS.find("postgres")(address, query=query, gather=gather)  # type: ignore[no-any-return]
    paths = paths_of(source)
    for path in paths:
        if str(path) != "-" and not path.exists():
            raise BadInput(f"no file or folder {str(path)!r}. Check the path.")
    if query and not (len(paths) == 1 and _is_database(paths[0])):
        plain = {key: value for key, value in params.items() if key != "query"}
        tables = _named_tables(source, paths, plain, gather)
        return queried(tables, query, [p for p in paths if p.is_file()], gather)
    if not paths:
        part = params.get("part") or "frame"
        streams = {"gather": gather} if "gather" in READERS.parameters(part) else {}
        return READERS.find(part)(source, **streams)  # type: ignore[no-any-return]
    if len(paths) == 1:
        return _read_path(paths[0], params, gather, progress)
    names = [shown(str(path)) for path in paths]
    return stack(zip(names, _read_all(paths, params, gather), strict=True), gather)


def postgres_address(source: Any) -> str | None:
    """The address of a Postgres database, if the source is one."""
    only = source[0] if isinstance(source, list) and len(source) == 1 else source
    address = address_of(only) if isinstance(only, str | Path) else None
    return address if address and address.startswith(POSTGRES) else None


def _named_tables(
    source: Any, paths: Sequence[Path], params: Mapping[str, Any], gather: Gather
) -> dict[str, Table]:
    """The tables that a query may use, by each of the names that it may give them."""
    if not paths:
        return dict.fromkeys(("source", "data"), open_source(source, params, gather))
    tables: dict[str, Table] = {}
    for path, table in zip(paths, _read_all(list(paths), params, gather), strict=True):
        stem = "stdin" if str(path) == "-" else plain_name(path.name).partition(".")[0]
        for name in (stem, re.sub(r"\W", "_", stem), path.name, str(path), "source"):
            tables.setdefault(name, table)
    if len(paths) > 1:
        del tables["source"]
    return tables


def _is_database(path: Path) -> bool:
    """Whether a file answers queries itself."""
    return path.is_file() and _kind(path, path) in ("sqlite", "duckdb")


def _read_all(paths: list[Path], params: Mapping[str, Any], gather: Gather) -> Iterator[Table]:
    """The table of each path: small files are read by whoever works for the engine."""
    there = partial(_read_there, params, gather)
    for small, run in groupby(paths, key=_is_small):
        files = list(run)
        places = [Whereabouts.of(path) for path in files] if small else []
        found = ordered_map(there, places, releases_lock=False) if small else repeat(None)
        for path, table in zip(files, found, strict=False):
            yield table or _read_path(path, params, gather)


def _read_there(params: Mapping[str, Any], gather: Gather, there: Whereabouts) -> Table | None:
    """The table of a file; None where that file is not seen, as on another machine it may not."""
    path = there.local()
    return None if path is None else _read_path(path, params, gather)


def _is_small(path: Path) -> bool:
    """Whether one process is to read a file whole."""
    return path.is_file() and path.stat().st_size <= SMALL_BYTES


def _read_path(
    path: Path,
    params: Mapping[str, Any],
    gather: Gather,
    progress: Progress = SILENT,
    depth: int = 0,
) -> Table:
    """The table of a path; of a packed file, of what is in it."""
    if str(path) == "-":
        content, name = sys.stdin.buffer.read(), "standard input"
        if not content:
            raise BadInput("standard input is empty. Send one text per line.")
        return _read_as("lines", path, content, name, params, gather)
    if path.is_dir():
        part = "pictures" if holds_pictures(path) else "folder"
        return _read_as(part, path, path, str(path), params, gather, progress)
    content, name = _content(path), path.name
    packing = packing_of(_head(path, content), path.suffix.lower())
    if packing == "zip" and not holds_tables(content):  # of documents, which have a reader
        packing = None
    if packing is None or params.get("part"):
        return _read_as(_kind(path, content), path, content, name, params, gather, progress)
    if depth >= MAX_DEPTH:
        raise BadInput(f"{name} is nested in more than {MAX_DEPTH} archives. Unpack it first.")
    with unpacked(content, name, packing) as (folder, files):
        if len(files) == 1:
            return _read_path(files[0], params, gather, progress, depth + 1)
        return _read_archive(name, folder, files, params, gather)


def _read_archive(
    name: str, folder: Path, files: Sequence[Path], params: Mapping[str, Any], gather: Gather
) -> Table:
    """The tables of an archive under each other."""
    tables = [file for file in files if is_table(file.name)]
    read = (_read_path(file, params, gather, depth=MAX_DEPTH) for file in tables)
    named = [file.relative_to(folder).as_posix() for file in tables]
    table = stack(zip(named, read, strict=True), gather)
    others = [file.relative_to(folder).as_posix() for file in files if file not in tables]
    if not others:
        return table
    info = ", ".join(others[:SHOWN]) + (" and others" if len(others) > SHOWN else "")
    note = f"{name}: {len(others):,} files that are not tables were left out: {info}."
    return replace(table, notes=(*table.notes, note))


def _read_as(
    part: str,
    path: Path,
    content: Path | bytes,
    name: str,
    params: Mapping[str, Any],
    gather: Gather,
    progress: Progress = SILENT,
) -> Table:
    """Read a file or folder with the reader of its kind."""
    options = {key: params[key] for key in OPTIONS if params.get(key) is not None}
    wanted = params.get("part") or part
    reader, known = READERS.find(wanted), READERS.parameters(wanted)
    of_folders = wanted in ("folder", "pictures")
    if wanted == "frame" or (path.is_dir() != of_folders and wanted != "pictures"):
        raise BadInput(f"{name} cannot be read by the reader {wanted!r}. Drop read.part.")
    for key in options:
        if key not in known:
            option = OPTIONS[key]
            raise BadInput(
                f"{option} does not apply to {name}, which is read as {wanted}. Drop it."
            )
    streams = "gather" in known
    listeners = {"gather": gather, "progress": progress, "known": params.get("known") or ()}
    heard = {key: value for key, value in listeners.items() if key in known}
    try:
        table: Table = reader(content, name=name, **options, **heard)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}.") from error
    if wanted in SUMMED and params.get("footer", not params.get("known")):
        table = _without_sum(table, name)
    return table if streams else replace(table, columns=gather([table.columns]))


def _without_sum(table: Table, name: str) -> Table:
    """A table without rows that are the sums of others."""
    places = subtotals(table.columns)
    if places:
        kept = np.delete(np.arange(len(table.columns)), places)
        note = (
            f"{name}: {len(places):,} rows that are the sums of others are left out. Use --set "
            "read.footer=false to keep them."
        )
        table = replace(
            table, columns=table.columns.take(pa.array(kept)), notes=(*table.notes, note)
        )
    label = sum_at_end(table.columns)
    if label is None:
        return table
    called = label if label == UNNAMED else repr(label)
    note = (
        f"{name}: the last row ({called}) is the sum of the others and is left out. Use --set "
        "read.footer=false to keep it."
    )
    columns = table.columns.slice(0, len(table.columns) - 1)
    return replace(table, columns=columns, notes=(*table.notes, note))


def _content(path: Path) -> Path | bytes:
    """The path of a file, but the bytes of a pipe, which can be read only once."""
    try:
        return path if path.is_file() else path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}.") from error


def _kind(path: Path, content: Path | bytes) -> str:
    return kind_of(path, _head(path, content))


def _head(path: Path, content: Path | bytes) -> bytes:
    """The first bytes of a file."""
    try:
        if isinstance(content, bytes):
            head = content[:HEAD_BYTES]
        else:
            with content.open("rb") as file:
                head = file.read(HEAD_BYTES)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}.") from error
    if not head:
        raise BadInput(f"{path.name} is empty. Use a file with at least one row.")
    return head
