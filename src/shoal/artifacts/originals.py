"""The file that a row of documents was read from."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from shoal.data.entries import ReadEntry

DOCUMENTS = ("folder", "documents")
"""Kinds of sources whose ids are paths of documents."""


def original_of(info: ReadEntry, row_id: object) -> tuple[Path, bool] | None:
    """The file of a document below the source of its run, and whether it is the document itself.

    The file of a document in an archive, or of a mail in a mailbox, is that archive or mailbox. A
    link that leads out of the source is none of its files.

    Parameters
    ----------
    info : run.json of the run
    row_id : id of the row

    Returns
    -------
    None where there is no such file, or the run is not of documents
    """
    sources, columns = info.get("source"), info.get("columns")
    kind = columns.get("kind") if isinstance(columns, dict) else None
    if kind not in DOCUMENTS or not isinstance(sources, list) or len(sources) != 1:
        return None
    source = Path(str(sources[0]))
    below = source if source.is_dir() else source.parent
    name = PurePosixPath(str(row_id or ""))
    if name.is_absolute() or ".." in name.parts:
        return None
    for place in (name, *name.parents):
        path = below / place
        if place.name and path.is_file():
            inside = path.resolve().is_relative_to(below.resolve())
            return (path, place == name) if inside else None
    return None
