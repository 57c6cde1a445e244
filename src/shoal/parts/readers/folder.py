"""A folder of documents: one text a file; and which files there are in a folder of any kind."""

from __future__ import annotations

import os
from pathlib import Path

from shoal.errors import BadInput
from shoal.parts.readers.documents.entries import HIDDEN
from shoal.parts.readers.documents.reading import read_documents
from shoal.parts.readers.table import Gather, Table, in_memory
from shoal.progress import SILENT, Progress


def files_below(folder: Path) -> list[Path]:
    """Files below a folder in a fixed order, without hidden ones and runs; links not followed."""
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        if here != str(folder) and {"run.json", "recipe.toml"} <= set(files):
            folders.clear()
            continue  # what shoal itself wrote here is no data
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        # "~$" begins what Office writes beside an open document
        kept = (name for name in sorted(files) if not name.startswith((".", "~$")))
        found += [Path(here, name) for name in kept]
    return found


def links_below(folder: Path) -> tuple[list[Path], list[Path]]:
    """Links below a folder that lead to folders, and links that lead nowhere."""
    folders: list[Path] = []
    broken: list[Path] = []
    for here, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        folders += [Path(here, name) for name in names if os.path.islink(os.path.join(here, name))]
        paths = [Path(here, name) for name in sorted(files) if not name.startswith(".")]
        broken += [path for path in paths if path.is_symlink() and not path.exists()]
    return folders, broken


def read_folder(
    source: Path,
    *,
    name: str = "",
    encoding: str | None = None,
    ocr: bool = False,
    cache: bool = True,
    gather: Gather = in_memory,
    progress: Progress = SILENT,
) -> Table:
    """Read every document below a folder: its path is its id.

    Parameters
    ----------
    source : the folder, or a single document, archive or mailbox
    name : for messages; its path when empty
    encoding : of text files, None to find it out for each
    ocr : whether text is recognised in scanned pages
    cache : whether the text of documents is kept for the next run
    gather : takes the rows, some dozen at a time
    progress : advanced once for each document

    Returns
    -------
    Table with columns id, title, text, folder, and author, date, pages and attachments where
    they are known; a document that cannot be read keeps its row and is named

    Raises
    ------
    BadInput : if there is no document that can be read
    MissingExtra : if there is none for want of a package
    """
    whole = source.is_dir()
    name = name or str(source)
    files = [path for path in files_below(source) if path.name not in HIDDEN] if whole else [source]
    if not files:
        raise BadInput(
            f"the folder {name} has no files. Use a folder of documents, text files or pictures."
        )
    progress.start("read", len(files) if whole else None)
    return read_documents(
        files,
        source if whole else source.parent,
        kind="folder" if whole else "documents",
        name=name,
        options={"encoding": encoding, "ocr": ocr, "cache": cache},
        gather=gather,
        progress=progress,
    )
