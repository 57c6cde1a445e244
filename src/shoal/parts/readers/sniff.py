"""Find out what a file is: its kind, its delimiter, whether it has a header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from shoal.data.pictures import is_image_head
from shoal.parts.readers.arrow import is_arrow
from shoal.parts.readers.documents.formats import ARCHIVES, is_document

BY_ENDING = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".psv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".npy": "vectors",
    ".npz": "vectors",
    ".safetensors": "vectors",
    ".txt": "lines",
    ".text": "lines",
}
SQLITE, DUCKDB = b"SQLite format 3\0", b"DUCK"
"""What files of databases begin with."""
DUCKDB_PLACE = slice(8, 12)
"""Where a DuckDB file does."""
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xltx", ".xls", ".xlt", ".ods", ".ots")
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
"""First bytes of a workbook from before 2007, and of other old documents."""
DELIMITERS = (",", "\t", ";", "|")
HEADER_WORDS = frozenset(
    "text texts title titles id name label labels review reviews comment comments body content "
    "message messages description question questions answer summary abstract sentence document "
    "date category class target score rating url source query utterance tweet headline subject "
    "index key uuid docstring feedback note notes".split()
)
SAMPLE_ROWS = 200
FIELD_LIMIT = 2**31 - 1
"""Longest field that the csv module is allowed, the largest number every system takes."""


@contextmanager
def long_fields() -> Iterator[None]:
    """Let the csv module read fields beyond its usual 128 kB."""
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def kind_of(path: Path, head: bytes) -> str:
    """Name of the reader for a file, by its first bytes and its ending."""
    ending = path.suffix.lower()
    magic = _by_magic(head, ending)
    if magic:
        return magic
    known = BY_ENDING.get(ending)
    if known:
        return known
    if path.suffix.lower() in ARCHIVES or is_document(path.name, head):
        return "documents"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"{", b"[{", b"[\n", b"[ ")):
        return "jsonl"
    sample = head.decode("utf-8", errors="replace")
    return "csv" if find_delimiter(sample)[1] >= 2 else "lines"


def _by_magic(head: bytes, ending: str) -> str | None:
    """Name of the reader for a file that says itself what it is; None of a text."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x93NUMPY"):
        return "vectors"
    if is_arrow(head, ending):
        return "arrow"
    if head.startswith(SQLITE):
        return "sqlite"
    if head[DUCKDB_PLACE] == DUCKDB:
        return "duckdb"
    # what is named so may be HTML or CSV all the same
    if ending in WORKBOOKS and head.startswith((OLD_WORKBOOK, b"PK\x03\x04")):
        return "excel"
    return "pictures" if is_image_head(head) else None


def find_delimiter(sample: str, *, prefer: str | None = None) -> tuple[str, int]:
    """The delimiter that cuts the sample's rows into equally many fields.

    Returns
    -------
    The delimiter and the number of fields; (",", 1) where no delimiter fits.
    """
    best = (",", 1, 0.0)
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        widths = []
        with long_fields():
            for row in reader:
                if row:
                    widths.append(len(row))
                if len(widths) >= SAMPLE_ROWS:
                    break
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        agreement = count / len(widths)
        bonus = 0.2 if delimiter == prefer else 0.0
        # prose has commas too, but not equally many in every line
        if width >= 2 and widths[0] == width and agreement >= 0.8 and agreement + bonus > best[2]:
            best = (delimiter, width, agreement + bonus)
    return best[0], best[1]


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*", cell) is not None


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns.

    Parameters
    ----------
    rows : the first rows, at least one
    """
    first, rest = rows[0], rows[1 : 1 + SAMPLE_ROWS]
    cells = [cell.strip() for cell in first]
    if any(_is_number(cell) or len(cell) > 60 for cell in cells) or not any(cells):
        return False
    if any(cell.lower() in HEADER_WORDS for cell in cells):
        return True
    if not rest:
        return len(cells) > 1
    named = [cell for cell in cells if cell]
    if len(set(named)) < len(named):
        return False
    columns = [
        [row[place].strip() for row in rest if place < len(row) and row[place].strip()]
        for place in range(len(cells))
    ]
    return sum(map(_header_vote, cells, columns)) > 0


def _header_vote(cell: str, column: list[str]) -> int:
    """How much a first cell looks like the name of the column below it."""
    if not column or not cell:
        return 0
    if sum(map(_is_number, column)) >= 0.9 * len(column):
        return 2
    if cell in column:
        return -2
    if len(cell.split()) == 1 and median(len(value.split()) for value in column) >= 3:
        return 2
    return int(len(cell) * 2 < median(map(len, column)))
