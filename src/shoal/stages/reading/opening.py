"""A source of any kind as a table: a path, several paths, or data in memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from shoal.errors import BadInput
from shoal.readers import READERS
from shoal.readers.pictures import holds_pictures
from shoal.readers.sniff import kind_of
from shoal.readers.table import Table, stack
from shoal.remote import fetched, shown
from shoal.table_maps import mapped

HEAD_BYTES = 1 << 16


def paths_of(source: Any) -> list[Path]:
    """The paths that a source consists of; none where it is data in memory.

    A remote file or folder is copied here first.
    """
    paths = [Path(source)] if isinstance(source, str | Path) else source
    if isinstance(paths, list | tuple) and paths and all(isinstance(p, Path) for p in paths):
        return [fetched(path) for path in paths]
    return []


def open_source(source: Any, params: Mapping[str, Any], folder: Path | None = None) -> Table:
    """Read a path, several paths (a list of Path), or data in memory (anything else).

    Parameters
    ----------
    source, params : as of `read`
    folder : where large columns of files go, one file of the source after the other
    """
    paths = paths_of(source)
    if paths:
        parts = [(shown(str(path)), _in_files(_read_path(path, params), folder)) for path in paths]
        whole = stack(parts)
        return whole if len(parts) == 1 else _in_files(whole, folder)
    return READERS.find(params.get("part") or "frame")(source)  # type: ignore[no-any-return]


def _in_files(table: Table, folder: Path | None) -> Table:
    return table if folder is None else replace(table, columns=mapped(table.columns, folder))


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
        part = "pictures" if holds_pictures(path) else "folder"
        content, name = path, str(path)
    else:
        content, name = _content(path), path.name
        part = _kind(path, content)
    wanted = params.get("part") or part
    reader, known = READERS.find(wanted), READERS.parameters(wanted)
    of_folders = wanted in ("folder", "pictures")
    if wanted == "frame" or (path.is_dir() != of_folders and wanted != "pictures"):
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
