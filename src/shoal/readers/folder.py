"""A folder of text files: one text a file; and which files there are in a folder of any kind."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

from shoal.errors import BadInput
from shoal.readers.sniff import decode
from shoal.readers.table import Table


def files_below(folder: Path) -> list[Path]:
    """Files below a folder in a fixed order, without hidden ones and runs; links not followed."""
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        if here != str(folder) and {"run.json", "recipe.toml"} <= set(files):
            folders.clear()
            continue  # what shoal itself wrote here is no data
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(here, name) for name in sorted(files) if not name.startswith(".")]
    return found


def read_folder(source: Path, *, name: str = "", encoding: str | None = None) -> Table:
    """Read every text file below a folder; its path is its id.

    Returns
    -------
    Table with columns id (the path below the folder), text and folder; a file that is no text
    keeps its row and is named

    Raises
    ------
    BadInput : if there is no text file
    """
    name = name or str(source)
    files = files_below(source)
    if not files:
        raise BadInput(
            f"the folder {name} has no files. Give a folder of text files or of pictures."
        )
    ids: list[str] = []
    texts: list[str | None] = []
    folders: list[str] = []
    problems: dict[int, str] = {}
    for row, path in enumerate(files):
        below = path.relative_to(source)
        ids.append(below.as_posix().encode("utf-8", "replace").decode("utf-8"))
        folders.append(below.parent.as_posix().encode("utf-8", "replace").decode("utf-8"))
        try:
            # a pipe or a device could be read without end
            texts.append(
                decode(path.read_bytes(), below.name, encoding)[0] if path.is_file() else None
            )
        except (BadInput, OSError):
            texts.append(None)
        if texts[-1] is None:
            problems[row] = "not a readable text file"
    if len(problems) == len(files):
        raise BadInput(
            f"none of the {len(files)} files in {name} is a text file or a picture. "
            "Give a folder of text files or of pictures, or a table."
        )
    table = pa.table(
        {
            "id": pa.array(ids, pa.large_string()),
            "text": pa.array(texts, pa.large_string()),
            "folder": pa.array(folders, pa.large_string()),
        }
    )
    return Table(table, "folder", problems)
