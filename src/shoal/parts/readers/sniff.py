"""Detect what a file is: its kind, its delimiter, whether it has a header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median

from shoal.data.pictures import is_image_head
from shoal.parts.readers.arrow import is_arrow
from shoal.parts.readers.cells import column_cells, count_typed, is_typed
from shoal.parts.readers.decoding import decoded
from shoal.parts.readers.documents.formats import ARCHIVES, is_document
from shoal.parts.readers.headers import (
    MAX_ABOVE,
    MAX_NAME,
    MIN_BELOW,
    SAMPLE_ROWS,
    find_head,
    has_header,
)
from shoal.parts.readers.printed import INNER, cut_at, cuts_of, is_boxed, unboxed

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
XML_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
WORKBOOK = re.compile(
    rb"PK\x03\x04(?:.{26}mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet"
    rb"|.*?PK\x03\x04.{26}xl/)",
    re.DOTALL,
)
"""The first bytes of a workbook: a ZIP archive with its kind, or a folder `xl`."""
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
"""First bytes of a workbook from before 2007, and of other old documents."""
DELIMITERS = (",", "\t", ";", "|", "::", "||", "^", "~", "\x01", "\x1f")
FIXED = "fixed"
"""In place of a delimiter, of lines whose columns begin in the same places."""
MIN_BARE = 20
BARS = ("\t", "|", "||")
"""Lines from which a text without a header may be a table."""
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
    if _is_markup(decoded(head), ending):
        return "markup"
    known = BY_ENDING.get(ending)
    if known == "lines":
        return "csv" if _is_table(decoded(head)) else "lines"
    if known:
        return known
    if path.suffix.lower() in ARCHIVES or is_document(path.name, head):
        return "documents"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith((b"{", b"[{", b"[\n", b"[ ")):
        return "jsonl"
    return "csv" if find_delimiter(decoded(head))[1] >= 2 else "lines"


def _is_markup(head: str, ending: str) -> bool:
    """Whether a text is a table in HTML or XML: named a workbook or .xml, or an XML spreadsheet."""
    if not head.lstrip("\ufeff \t\r\n").startswith("<"):
        return False
    return XML_SPREADSHEET in head or ending == ".xml" or ending in WORKBOOKS


def _is_table(sample: str) -> bool:
    """Whether what is named a text is a table: cut by tabs, evenly below a header, or printed."""
    delimiter, width = find_delimiter(sample)
    if width < 2:
        return False
    if delimiter in (" ", FIXED) or is_boxed(whole_lines(sample)):
        return True
    with long_fields():
        lines, sign = iter(whole_lines(sample)), delimiter
        if len(delimiter) > 1:
            lines, sign = (line.replace(delimiter, INNER) for line in lines), INNER
        rows = [row for row in csv.reader(lines, delimiter=sign, quotechar=quote_of(sample)) if row]
    rows = rows[:SAMPLE_ROWS]
    uneven = sum(len(row) != width for row in rows)
    if delimiter == "\t" and _are_cut_short([len(row) for row in rows]):
        uneven = 0
    if delimiter == "\t":  # prose begins paragraphs with them
        begun = sum(bool(row[0].strip()) for row in rows)
        return len(rows) > 1 and uneven <= 0.1 * len(rows) and begun >= 0.5 * len(rows)
    if uneven or len(rows) < 1 + MIN_BELOW or any(len(cell.split()) > 3 for cell in rows[0]):
        return False
    # the lines of a poem have commas too, but nothing after them
    named = has_header(rows) and all(cell.strip() for cell in rows[0])
    return named or _holds_amounts(rows)


def _are_cut_short(widths: list[int]) -> bool:
    """Whether no row has more fields than the header, and all have some, the last ones left out."""
    return len(widths) > MIN_BELOW and widths[0] == max(widths) and min(widths[:-1]) >= 2


def _holds_amounts(rows: list[list[str]]) -> bool:
    """Whether rows that no header names have amounts in some column, and short cells in all."""
    if len(rows) < MIN_BARE or any(len(cell) > MAX_NAME for row in rows for cell in row):
        return False
    columns = [column_cells(rows, place) for place in range(len(rows[0]))]
    wordy = any(median(len(cell.split()) for cell in column) > 3 for column in columns if column)
    return any(map(is_typed, columns)) and not wordy


def whole_lines(sample: str) -> list[str]:
    """The lines of a sample, without the last one where it is cut off."""
    lines = sample.splitlines(keepends=True)
    return lines[:-1] if len(lines) > 2 and not sample.endswith(("\n", "\r")) else lines


def _by_magic(head: bytes, ending: str) -> str | None:
    """Name of the reader for a file with a signature; None for text."""
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
    # what is named so may be HTML or CSV all the same, and a workbook may be named .csv
    named = ending in WORKBOOKS and head.startswith((OLD_WORKBOOK, b"PK\x03\x04"))
    if named or WORKBOOK.match(head):
        return "excel"
    return "pictures" if is_image_head(head) else None


def find_delimiter(sample: str, *, prefer: str | None = None) -> tuple[str, int]:
    """The delimiter that cuts the sample's rows into equally many fields.

    Returns
    -------
    The delimiter and the number of fields; (",", 1) where no delimiter fits. A blank stands for
    any number of them, as in columns that are aligned, and `FIXED` for columns of a fixed width.
    """
    best = (",", 1, 0.0)
    clean = 0.0
    if is_escaped(sample):
        sample = sample.replace('\\"', "'")
    lines = whole_lines(sample)
    if is_boxed(lines):
        sample = "".join(unboxed(lines))
    quote = quote_of(sample)
    for delimiter in DELIMITERS:
        rows = _rows_cut(sample, delimiter, quote)
        widths = [len(row) for row in rows]
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        agreement = count / len(widths)
        if delimiter == "\t" and _are_cut_short(widths):
            width, agreement = widths[0], 1.0
        bonus = 0.2 if delimiter == prefer else 0.0
        # prose has commas too, but not equally many in every line
        if width >= 2 and widths[0] == width and agreement >= 0.8 and agreement + bonus >= best[2]:
            amounts = count_typed([row for row in rows if len(row) == width]) / width
            # 7,5;8,5 has as many commas in every line, but no amounts between them
            if agreement + bonus > best[2] or amounts > clean:
                best, clean = (delimiter, width, agreement + bonus), amounts
        elif width >= 2 and best[2] <= 0.5 and _begins_below(rows, width, delimiter):
            best = (delimiter, width, 0.5)
    if best[1] > 1:
        return best[:2]
    return _by_place(sample, lines) or best[:2]


def _rows_cut(sample: str, delimiter: str, quote: str) -> list[list[str]]:
    """The first rows of a sample that are not empty, cut by a delimiter."""
    if len(delimiter) > 1:
        sample, delimiter = sample.replace(delimiter, INNER), INNER
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote)
    with long_fields():
        return list(islice(filter(None, reader), SAMPLE_ROWS))


def _by_place(sample: str, lines: list[str]) -> tuple[str, int] | None:
    """What cuts rows whose columns stand below each other, and into how many fields."""
    aligned = _aligned_width(sample)
    if aligned:
        return " ", aligned
    fixed = _fixed_width(lines)
    return (FIXED, fixed) if fixed else None


def _fixed_width(lines: list[str]) -> int:
    """How many columns lines of a fixed width have, some of them amounts; 0 for any others."""
    if not any("  " in line.strip() for line in lines):
        return 0  # "Order 17 was shipped" has its blanks in the same places too
    cuts = cuts_of(lines)
    rows = [cells for line in lines[:SAMPLE_ROWS] if (cells := cut_at(line, cuts))] if cuts else []
    named = all(rows[0][1:]) if rows else False
    return len(cuts) if named and count_typed(rows[1:]) >= 1 else 0


def _aligned_width(sample: str) -> int:
    """How many columns blanks part, at least half of them numbers; 0 for any other lines."""
    lines = [line.strip() for line in whole_lines(sample) if line.strip()][: SAMPLE_ROWS + 1]
    with long_fields():
        rows = list(csv.reader(lines, delimiter=" ", skipinitialspace=True))
    width = len(rows[-1]) if len(rows) > MIN_BELOW else 0
    if width < 2 or any(len(row) != width for row in rows[1:]):
        return 0
    if len(rows[0]) not in (width, width - 1):  # R gives the names of its rows no name
        return 0
    return width if count_typed(rows[1:]) >= max(2, width / 2) else 0


def _begins_below(rows: list[list[str]], width: int, delimiter: str) -> bool:
    """Whether a table of this many columns begins below lines of another width."""
    first = next((place for place, row in enumerate(rows) if len(row) == width), 0)
    table = rows[first:]
    if not 0 < first <= MAX_ABOVE or len(table) < 1 + MIN_BELOW:
        return False
    even = sum(len(row) == width for row in table) / len(table)
    if delimiter in BARS and first == even == 1 and len(rows) > MIN_BARE:
        return True  # no prose has as many bars in every line but the first
    return even >= 0.95 and find_head(rows).first > 0


def is_escaped(sample: str) -> bool:
    r"""Whether quotes inside of cells are written as \", as databases do, and not doubled."""
    # one before a delimiter may end a cell: "C:\folder\"
    return re.search(r'(?<!\\)\\"(?![",;|\t\r\n]|$)', sample) is not None


def quote_of(sample: str) -> str:
    """The sign that stands around cells: a double quote, or a single one where all have that."""
    opened = closed = n_lines = 0
    for line in filter(str.strip, whole_lines(sample)[:SAMPLE_ROWS]):
        if re.search(r'(?:^|[,;\t|])"', line):
            return '"'
        n_opened = len(re.findall(r"(?:^|[,;\t|])'", line))
        n_closed = len(re.findall(r"'(?=[,;\t|]|\s*$)", line))
        n_lines += 1
        opened += n_opened > 0
        closed += n_opened > 0 and n_opened == n_closed
    even = n_lines > MIN_BELOW and min(opened, closed) >= 0.9 * n_lines
    return "'" if even else '"'
