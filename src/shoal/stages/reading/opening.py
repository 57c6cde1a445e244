"""A source of any kind as a table: a path, several paths, or data in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import groupby, repeat
from pathlib import Path
from typing import Any

from shoal.errors import BadInput
from shoal.numerics.blocks import ordered_map
from shoal.parts.readers import READERS
from shoal.parts.readers.pictures import holds_pictures
from shoal.parts.readers.sniff import kind_of
from shoal.parts.readers.stacking import stack
from shoal.parts.readers.table import Gather, Table, in_memory
from shoal.progress import SILENT, Progress
from shoal.storage.columns import gathered
from shoal.storage.remote import Whereabouts, fetched, shown

HEAD_BYTES = 1 << 16
OPTIONS = ("delimiter", "encoding", "header", "ocr", "cache")
"""Parameters of reading that go to the part that reads."""
SMALL_BYTES = 1 << 26
"""Files of several up to this size are read whole by one process."""


def paths_of(source: Any) -> list[Path]:
    """The paths that a source consists of; none where it is data in memory.

    A remote file or folder is copied here first.
    """
    paths = [Path(source)] if isinstance(source, str | Path) else source
    if isinstance(paths, list | tuple) and paths and all(isinstance(p, Path) for p in paths):
        return [fetched(path) for path in paths]
    return []


def gather_in(folder: Path | None) -> Gather:
    """What puts pieces of tables together: large columns in files of a folder, if there is one."""
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
    progress : told of each document of a folder
    """
    paths = paths_of(source)
    for path in paths:
        if str(path) != "-" and not path.exists():
            raise BadInput(f"there is no file or folder {str(path)!r}. Check the path.")
    if not paths:
        part = params.get("part") or "frame"
        streams = {"gather": gather} if "gather" in READERS.parameters(part) else {}
        return READERS.find(part)(source, **streams)  # type: ignore[no-any-return]
    if len(paths) == 1:
        return _read_path(paths[0], params, gather, progress)
    names = [shown(str(path)) for path in paths]
    return stack(zip(names, _read_all(paths, params, gather), strict=True), gather)


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
    path: Path, params: Mapping[str, Any], gather: Gather, progress: Progress = SILENT
) -> Table:
    options = {key: params[key] for key in OPTIONS if params.get(key) is not None}
    if str(path) == "-":
        part, content, name = "lines", sys.stdin.buffer.read(), "standard input"
        if not content:
            raise BadInput("standard input is empty. Give one text a line.")
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
    streams = "gather" in known
    listeners = {"gather": gather, "progress": progress}
    heard = {key: value for key, value in listeners.items() if key in known}
    try:
        table: Table = reader(content, name=name, **options, **heard)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}.") from error
    return table if streams else replace(table, columns=gather([table.columns]))


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
