"""Output files: never overwritten silently, never half written."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from shoal.errors import BadInput, OutputExists

TABLE_ENDINGS = (".csv", ".jsonl", ".parquet")
BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
"""What tells types whose values are bytes."""
RUN_ENDINGS = (".json", ".jsonl", ".parquet", ".npy", ".npz", ".toml")
"""Of what a run consists of; pictures, reports and CSV files in its folder may be anybody's."""
FORMULA = r"^'*[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
"""What a spreadsheet may run: after any apostrophes, a sign that begins a formula."""
PLAIN_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def check_free(out: Path, *, force: bool) -> None:
    """Raise if a file must not be written or overwritten.

    Raises
    ------
    OutputExists : if it exists and `force` is not given, or it is a part of a run
    BadInput : if its folder does not exist, or it is a folder
    """
    if out.is_dir():
        raise BadInput(f"{out} is a folder. Name a file.")
    if out.exists() and out.suffix.lower() in RUN_ENDINGS and (run := run_around(out)):
        raise OutputExists(f"{out} belongs to the run in {run}. Choose another path.")
    if out.exists() and not force:
        raise OutputExists(f"{out} exists. Choose another name, or add --force (force=True).")
    if not out.parent.exists():
        raise BadInput(f"the folder {out.parent} does not exist. Create it first.")


def run_around(out: Path) -> Path | None:
    """The run folder that a path is inside of, wherever links lead; None for none."""
    found = (place for place in out.resolve().parents if (place / "run.json").is_file())
    return next(found, None)


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces `out` when the block ends without an error."""
    # two commands that write the same file must not write into each other's
    temporary = out.with_name(f".{out.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        os.replace(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(text: str, out: Path) -> None:
    """Write a text as UTF-8."""
    with _whole(out) as path:
        path.write_text(text, encoding="utf-8", newline="\n")


def defused(table: pa.Table) -> tuple[pa.Table, int]:
    """The table for a spreadsheet, which would run a cell that begins like a formula.

    Such a cell, or the name of such a column, gets an apostrophe in front, and so does one that
    begins with apostrophes before such a sign: `as_it_was` takes one away, so that nothing is
    lost. Plain numbers stay as they are.

    Parameters
    ----------
    table : pyarrow table

    Returns
    -------
    The table, and how many cells and names were changed
    """
    changed = 0
    columns, names = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            harmless = pc.match_substring_regex(column, PLAIN_NUMBER)
            risky = pc.and_not(pc.match_substring_regex(column, FORMULA), harmless)
            changed += pc.sum(risky).as_py() or 0
            apostrophe, nothing = pa.scalar("'", column.type), pa.scalar("", column.type)
            quoted = pc.binary_join_element_wise(apostrophe, column, nothing)
            column = pc.if_else(pc.fill_null(risky, False), quoted, column)
        columns.append(column)
        risky_name = _is_formula(name)
        changed += risky_name
        names.append(f"'{name}" if risky_name else name)
    return pa.table(columns, names=names), changed


def _is_formula(text: str) -> bool:
    pattern = re.sub(r"\\x\{(\w+)\}", r"\\u\1", FORMULA)
    return bool(re.match(pattern, text)) and not re.fullmatch(PLAIN_NUMBER, text)


def as_it_was(text: str) -> str:
    """A cell of a CSV that shoal wrote, without the apostrophe that keeps it from being run."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _flat(table: pa.Table) -> pa.Table:
    """The table with what no CSV can hold, such as lists and bytes, as text: JSON where it can."""
    columns = []
    for column in table.columns:
        kind = column.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_nested(kind) or any(is_bytes(kind) for is_bytes in BYTES):
            column = pa.array([_written(value) for value in column.to_pylist()], pa.large_string())
        elif not _is_written(kind):
            column = pa.array(
                [None if value is None else str(value) for value in column.to_pylist()],
                pa.large_string(),
            )
        columns.append(column)
    return pa.table(columns, names=table.column_names)


def _written(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return json.dumps(value, ensure_ascii=False, default=_plain_text)


def _plain_text(value: object) -> str:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else str(value)


def _is_written(kind: pa.DataType) -> bool:
    """Whether pyarrow writes values of a type into CSV."""
    try:
        pyarrow.csv.write_csv(pa.table([pa.nulls(1, kind)], names=["x"]), io.BytesIO())
    except (pa.ArrowException, TypeError):
        return False
    return True


def write_table(table: pa.Table, out: Path) -> int:
    """Write a pyarrow table with a column id as CSV, JSONL or Parquet, by the file's ending.

    Returns
    -------
    How many cells of a CSV begin with an apostrophe now, see `defused`; 0 for the others

    Raises
    ------
    BadInput : if it does not fit into such a file
    """
    changed = 0
    with _whole(out) as path:
        if out.suffix.lower() == ".parquet":
            pq.write_table(table, path)
        elif out.suffix.lower() == ".csv" and pa.types.is_nested(table["id"].type):
            raise BadInput("CSV cannot hold ids that are lists. Use -o FILE.jsonl.")
        elif out.suffix.lower() == ".csv":
            table, changed = defused(_flat(table))
            pyarrow.csv.write_csv(table, path)
        else:
            with path.open("w", encoding="utf-8", newline="\n") as file:
                for batch in table.to_batches(max_chunksize=10_000):
                    for row in batch.to_pylist():
                        file.write(json.dumps(row, ensure_ascii=False, default=_plain_text) + "\n")
    return changed
