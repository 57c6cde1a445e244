"""One text a line: text files and standard input."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from shoal.errors import BadInput
from shoal.readers.sniff import decode
from shoal.readers.table import Table


def read_lines(source: Path | bytes, *, name: str = "", encoding: str | None = None) -> Table:
    """Read one text a line; an empty line keeps its row.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    encoding : None to find it out

    Raises
    ------
    BadInput : if there is no line
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    name = name or (source.name if isinstance(source, Path) else "the input")
    text, encoding, notes = decode(data, name, encoding)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if not any(line.strip() for line in lines):
        raise BadInput(f"{name} is empty. Give at least one line of text.")
    table = pa.table({"text": pa.array(lines, pa.large_string())})
    return Table(table, "lines", notes=tuple(notes), choices={"encoding": encoding})
