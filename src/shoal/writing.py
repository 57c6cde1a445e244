"""Files a person asked for by name: never over another file unseen, never half written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from shoal.errors import BadInput, OutputExists

TABLE_ENDINGS = (".csv", ".jsonl", ".parquet")


def check_free(out: Path, *, force: bool) -> None:
    """Raise if a file must not be written.

    Raises
    ------
    OutputExists : if it exists and `force` is not given
    BadInput : if its folder does not exist, or it is a folder
    """
    if out.is_dir():
        raise BadInput(f"{out} is a folder. Give the name of a file.")
    if out.exists() and not force:
        raise OutputExists(f"{out} exists. Choose another name, or add --force (force=True).")
    if not out.parent.exists():
        raise BadInput(f"the folder {out.parent} does not exist. Make it first.")


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """A temporary path that takes the place of `out` when the block ends without an error."""
    temporary = out.with_name(f".{out.name}.tmp")
    try:
        yield temporary
        os.replace(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(text: str, out: Path) -> None:
    """Write a text as UTF-8."""
    with _whole(out) as path:
        path.write_text(text, encoding="utf-8", newline="\n")


def write_table(table: Any, out: Path) -> None:
    """Write a pyarrow table with a column id as CSV, JSONL or Parquet, by the file's ending.

    Raises
    ------
    BadInput : if it does not fit into such a file
    """
    with _whole(out) as path:
        if out.suffix.lower() == ".parquet":
            pq.write_table(table, path)
        elif out.suffix.lower() == ".csv" and pa.types.is_nested(table["id"].type):
            raise BadInput("ids that are lists do not fit into CSV. Choose -o FILE.jsonl.")
        elif out.suffix.lower() == ".csv":
            pyarrow.csv.write_csv(table, path)
        else:
            with path.open("w", encoding="utf-8", newline="\n") as file:
                for batch in table.to_batches(max_chunksize=10_000):
                    for row in batch.to_pylist():
                        file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
