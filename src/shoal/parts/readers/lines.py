"""One text a line: text files and standard input."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.decoding import TextFile, text_file
from shoal.parts.readers.table import Gather, Table, called, in_memory

PIECE_ROWS = 1 << 14


def read_lines(
    source: Path | bytes,
    *,
    name: str = "",
    encoding: str | None = None,
    gather: Gather = in_memory,
) -> Table:
    """Read one text a line; an empty line keeps its row.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages; the file's name when empty
    encoding : None to find it out
    gather : takes the lines, some thousand at a time

    Raises
    ------
    BadInput : if there is no line
    """
    name = called(source, name)
    text = text_file(source, name, encoding)
    if not any(piece.strip() for piece in text.pieces()):
        raise BadInput(f"{name} is empty. It needs at least one line of text.")
    return Table(
        gather(_pieces(text)), "lines", notes=text.notes, choices={"encoding": text.encoding}
    )


def _pieces(text: TextFile) -> Iterator[Any]:
    """Tables of some thousand lines, whatever ends them: a line feed, a return, or both."""
    with text.open(newline=None) as stream:
        while lines := [line.removesuffix("\n") for line in islice(stream, PIECE_ROWS)]:
            yield pa.table({"text": pa.array(lines, pa.large_string())})
