"""A folder of documents, an archive, a mailbox or a single file as a table: one row a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from shoal.data.names import shown_name
from shoal.errors import BadInput, MissingExtra
from shoal.numerics.blocks import ordered_map
from shoal.parts.readers.documents.document import Document, Unreadable
from shoal.parts.readers.documents.entries import Entry, entries_of
from shoal.parts.readers.documents.formats import FORMATS, HEAD_BYTES, format_of
from shoal.parts.readers.documents.workers import Found, dismissing, read_apart, read_here
from shoal.parts.readers.table import Gather, Table
from shoal.progress import SILENT, Progress

BLOCK_ENTRIES = 8
"""Documents that are read by one thread before it takes the next ones."""
GONE = "no longer there"
SHOWN = 3
KNOWN = ("author", "date", "pages", "attachments")
"""Columns that are left out where no document has anything in them."""
SCHEMA = pa.schema(
    [
        ("id", pa.large_string()),
        ("title", pa.large_string()),
        ("text", pa.large_string()),
        ("folder", pa.large_string()),
        ("author", pa.large_string()),
        ("date", pa.large_string()),
        ("pages", pa.int32()),
        ("attachments", pa.large_string()),
    ]
)


def read_documents(
    files: Iterable[Path],
    below: Path,
    *,
    kind: str,
    name: str,
    options: Mapping[str, Any],
    gather: Gather,
    progress: Progress = SILENT,
) -> Table:
    """Read documents; one that cannot be read keeps its row and is named.

    Parameters
    ----------
    files : paths of documents, archives and mailboxes
    below : the folder that ids are relative to
    kind : of the table
    name : of the source, for messages
    options : encoding, ocr and cache, see `workers.read_here`
    gather : takes the rows, some dozen at a time
    progress : advanced once for each document

    Returns
    -------
    Table with the columns of `SCHEMA`, of `KNOWN` those in which there is something

    Raises
    ------
    BadInput : if none can be read
    MissingExtra : if none can be for want of a package
    """
    read = _Read(files, below, dict(options), progress)
    with dismissing():
        table = gather(read.pieces())
    n_rows = len(table)
    if len(read.problems) == n_rows:
        _raise(name, n_rows, read.problems)
    empty = [key for key in KNOWN if table[key].null_count == n_rows]
    notes = tuple(read.info())
    return Table(table.drop_columns(empty), kind, read.problems, notes)


def _raise(name: str, n_rows: int, problems: Mapping[int, str]) -> None:
    why = next(iter(problems.values()), "there is no file")
    if "pip install" in why:
        raise MissingExtra(
            f"none of the {n_rows} files in {name} can be read. The first: {why}. Install it "
            "with: pip install 'shoal[documents]'"
        )
    raise BadInput(
        f"none of the {n_rows} files in {name} is a readable document, text file or picture. "
        f"The first: {why}."
    )


class _Read:
    """Documents as they are read, and what is to be told of them.

    Parameters
    ----------
    files, below, options, progress : see `read_documents`
    """

    def __init__(
        self, files: Iterable[Path], below: Path, options: dict[str, Any], progress: Progress
    ) -> None:
        self.entries = entries_of(files, below)
        self.options = options
        self.progress = progress
        self.problems: dict[int, str] = {}
        self.notes: defaultdict[str, list[str]] = defaultdict(list)
        self.unread: defaultdict[str, list[str]] = defaultdict(list)
        self.n_rows = 0

    def pieces(self) -> Iterator[Any]:
        """Tables of some dozen documents, read by threads or whoever works for the engine."""
        waiting: list[list[Entry]] = []

        def blocks() -> Iterator[list[Entry]]:
            while block := list(islice(self.entries, BLOCK_ENTRIES)):
                waiting.append(block)
                yield block

        for found in ordered_map(partial(_block, self.options), blocks()):
            yield self._table(waiting.pop(0), found)

    def _table(self, block: list[Entry], found: list[Found]) -> Any:
        rows: dict[str, list[Any]] = {key: [] for key in SCHEMA.names}
        for entry, info in zip(block, found, strict=True):
            if info == GONE:  # it may not have been seen from where it was read
                info = _one(self.options, entry)
            self._note(entry, info)
            document = info if isinstance(info, Document) else Document("", entry.name)
            path = PurePosixPath(entry.id)
            rows["id"].append(entry.id)
            rows["title"].append(shown_name(document.title))  # it may be the name of the file
            rows["text"].append(document.text if isinstance(info, Document) else None)
            rows["folder"].append(str(path.parent))
            rows["author"].append(document.author or None)
            rows["date"].append(document.date or None)
            rows["pages"].append(document.pages)
            rows["attachments"].append("; ".join(document.attachments) or None)
        self.progress.advance(len(block))
        return pa.table(rows, schema=SCHEMA)

    def _note(self, entry: Entry, info: Found) -> None:
        if isinstance(info, str):
            self.problems[self.n_rows] = info
            self.unread[info].append(entry.id)
        elif info.note:
            self.notes[info.note].append(entry.id)
        self.n_rows += 1

    def info(self) -> Iterator[str]:
        """A sentence for each reason why documents were not read, and for what is odd in others."""
        for why, ids in sorted(self.unread.items(), key=lambda item: -len(item[1])):
            yield f"{_counted(ids)} cannot be read ({why}): {_some(ids)}."
        for why, ids in sorted(self.notes.items(), key=lambda item: -len(item[1])):
            yield f"{_counted(ids)}: {why}: {_some(ids)}."


def _counted(ids: list[str]) -> str:
    return f"{len(ids):,} document{'s' * (len(ids) > 1)}"


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:SHOWN]) + (" and others" if len(ids) > SHOWN else "")


def _block(options: dict[str, Any], entries: list[Entry]) -> list[Found]:
    return [_one(options, entry) for entry in entries]


def _one(options: dict[str, Any], entry: Entry) -> Found:
    """Read a document: plain text here, as it takes less than to ask another process."""
    if entry.problem:
        return entry.problem
    try:
        if not entry.path.exists():
            return GONE
        if not entry.path.is_file():
            return "not a file"
        info = FORMATS[format_of(entry.name, entry.head(HEAD_BYTES))]
    except Unreadable as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if info.module is None:
        return read_here(entry, {**options, "cache": False})
    return read_apart(entry, options)
