"""A folder of text files: one text a file; and which files there are in a folder of any kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shoal.errors import BadInput
from shoal.numerics.blocks import ordered_map, slices
from shoal.parts.readers.decoding import text_file
from shoal.parts.readers.table import Gather, Table, in_memory

BLOCK_FILES = 256


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


def read_folder(
    source: Path,
    *,
    name: str = "",
    encoding: str | None = None,
    gather: Gather = in_memory,
) -> Table:
    """Read every text file below a folder; its path is its id.

    Parameters
    ----------
    source : the folder
    name : for messages; its path when empty
    encoding : of the files, None to find it out for each
    gather : takes the rows, some hundred at a time

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
    table = gather(_pieces(source, files, encoding))
    unread = np.flatnonzero(np.asarray(table["text"].is_null())).tolist()
    if len(unread) == len(files):
        raise BadInput(
            f"none of the {len(files)} files in {name} is a text file or a picture. "
            "Give a folder of text files or of pictures, or a table."
        )
    return Table(table, "folder", dict.fromkeys(unread, "not a readable text file"))


def _pieces(source: Path, files: list[Path], encoding: str | None) -> Iterator[Any]:
    """Tables of some hundred files each, read by whoever works for the engine."""
    blocks = [files[part] for part in slices(len(files), BLOCK_FILES)]
    read = ordered_map(partial(_texts, encoding), blocks, releases_lock=False)
    for block, texts in zip(blocks, read, strict=True):
        # one without text may not have been seen from where it was read
        texts = [
            _text(encoding, path) if text is None else text
            for path, text in zip(block, texts, strict=True)
        ]
        below = [path.relative_to(source) for path in block]
        yield pa.table(
            {
                "id": pa.array([_plain(path) for path in below], pa.large_string()),
                "text": pa.array(texts, pa.large_string()),
                "folder": pa.array([_plain(path.parent) for path in below], pa.large_string()),
            }
        )


def _texts(encoding: str | None, files: list[Path]) -> list[str | None]:
    """The text of each file; None where it has none that can be read."""
    return [_text(encoding, path) for path in files]


def _text(encoding: str | None, path: Path) -> str | None:
    try:
        if not path.is_file():  # a pipe or a device could be read without end
            return None
        return "".join(text_file(path.read_bytes(), path.name, encoding).pieces())
    except (BadInput, OSError):
        return None


def _plain(path: Path) -> str:
    return path.as_posix().encode("utf-8", "replace").decode("utf-8")
