"""Where the document of a row is, as a link from the report to the file and its page."""

from __future__ import annotations

import os
from urllib.parse import quote

from shoal.artifacts.originals import original_of
from shoal.artifacts.reading import Run, whole
from shoal.data.entries import ReadEntry


def link_of(run: Run, row: ReadEntry) -> str:
    """The relative address of the file that a row was read from; "" where there is none.

    Parameters
    ----------
    run : of documents, or of anything else
    row : an entry of clusters.json with an id and, for a passage, the page that it is on
    """
    found = original_of(run.run, row.get("id"))
    if found is None:
        return ""
    path, is_document = found
    try:
        address = os.path.relpath(path, run.path)
    except ValueError:  # on another drive
        return ""
    page = whole(row, "page") if is_document else None
    ending = f"#page={page}" if page and path.suffix.lower() == ".pdf" else ""
    return quote(address.replace(os.sep, "/"), errors="surrogatepass") + ending
