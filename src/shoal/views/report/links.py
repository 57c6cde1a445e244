"""Where the document of a row is, as a link from the report to the file and its page."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from shoal.artifacts.reading import Record, Run, record, whole

DOCUMENTS = ("folder", "documents")
"""Kinds of sources whose ids are paths of documents."""


def link_of(run: Run, row: Record) -> str:
    """The relative address of the file that a row was read from; "" where there is none.

    The file of a document in an archive, or of a mail in a mailbox, is that archive or mailbox.

    Parameters
    ----------
    run : of documents, or of anything else
    row : an entry of clusters.json with an id and, for a passage, the page that it is on
    """
    sources = run.run.get("source")
    of_documents = record(run.run, "columns").get("kind") in DOCUMENTS
    if not of_documents or not isinstance(sources, list) or len(sources) != 1:
        return ""
    source = Path(str(sources[0]))
    below = source if source.is_dir() else source.parent
    name = PurePosixPath(str(row.get("id") or ""))
    if name.is_absolute() or ".." in name.parts:
        return ""
    for place in (name, *name.parents):
        if place.name and (below / place).is_file():
            break
    else:
        return ""
    try:
        address = os.path.relpath(below / place, run.path)
    except ValueError:  # on another drive
        return ""
    page = whole(row, "page") if place == name else None
    ending = f"#page={page}" if page and name.suffix.lower() == ".pdf" else ""
    return quote(address.replace(os.sep, "/"), errors="surrogatepass") + ending
