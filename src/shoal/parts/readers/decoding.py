"""Decoding: detect the encoding, and read the text repeatedly, piece by piece."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TextIO

import numpy as np

from shoal.errors import BadInput
from shoal.parts.readers.legacy_encodings import legacy_encoding

HEAD_BYTES = 4096
PIECE_CHARS = 1 << 20
MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF; convert it to text first",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file; save it as CSV",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"BZh91AY&SY": "a bzip2 archive; unpack it first",
    b"\x28\xb5\x2f\xfd": "a zstd archive; unpack it first",
    b"\x7fELF": "a program",
    b"SQLite format 3": "an SQLite database; export the table as CSV",
}
CONTROLS = (1, 9, 10, 11, 12, 13, 27, 28, 29, 30, 31)
"""Control bytes that stand in texts; databases part cells by the first and the last ones."""
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
"""Bytes at the beginning of a file that tell its encoding."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text that is read from its beginning each time it is opened.

    Parameters
    ----------
    source : the file or its bytes
    encoding : of it
    notes : sentences about anything that was doubtful
    errors : what becomes of bytes that are no text: "strict" or "replace"
    """

    source: Path | bytes
    encoding: str
    notes: tuple[str, ...] = ()
    errors: str = "strict"

    def open(self, newline: str | None = "") -> TextIO:
        """The text as a stream; `newline` is that of the built-in function."""
        codecs.lookup(self.encoding)  # an unknown one would leave the file open
        return io.TextIOWrapper(opened(self.source), self.encoding, self.errors, newline)

    def head(self, n_chars: int) -> str:
        """The first characters."""
        with self.open() as stream:
            return stream.read(n_chars)

    def pieces(self) -> Iterator[str]:
        """The text in pieces of a megabyte."""
        with self.open() as stream:
            while piece := stream.read(PIECE_CHARS):
                yield piece

    def check(self) -> None:
        """Read all of it.

        Raises
        ------
        UnicodeDecodeError : if it is of another encoding
        """
        for _ in self.pieces():
            pass


def opened(source: Path | bytes) -> BinaryIO:
    """A file, or bytes as if they were one."""
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def text_file(source: Path | bytes, name: str, encoding: str | None = None) -> TextFile:
    """Detect the encoding of a file.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages
    encoding : None to find it out

    Raises
    ------
    BadInput : if the bytes are no text, or not of the encoding named
    """
    if encoding:
        try:
            found = TextFile(source, encoding)
            found.check()
        except (LookupError, UnicodeError) as error:
            raise BadInput(f"{name} cannot be read as {encoding!r}: {error}.") from error
        return found
    with opened(source) as file:
        head = file.read(HEAD_BYTES)
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            raise BadInput(f"{name} is not a table or a text file: it looks like {what}.")
    wide = _of_wide(head)
    if wide:
        return TextFile(source, wide, errors="replace")
    _refuse_binary(head, 0.1, name)
    return _of_8_bits(source, head, name)


def decoded(head: bytes) -> str:
    """The first bytes of a file as text, for a look at them."""
    return head.decode(_of_wide(head) or "utf-8", errors="replace")


def _of_wide(head: bytes) -> str | None:
    """The encoding that a mark or zeros between the letters tell; None of any other."""
    for mark, marked in MARKS:
        if head.startswith(mark):
            return marked
    zeros_even, zeros_odd = head[::2].count(0), head[1::2].count(0)
    if (
        len(head) >= 4
        and max(zeros_even, zeros_odd) > len(head) * 0.2
        and (min(zeros_even, zeros_odd) < len(head) * 0.02)
        and _strange(head) - zeros_even - zeros_odd < len(head) * 0.05
    ):
        return "utf-16-le" if zeros_odd > zeros_even else "utf-16-be"
    return None


def _strange(head: bytes) -> int:
    """Count control bytes that no text contains."""
    return sum(byte < 32 and byte not in CONTROLS for byte in head)


def _refuse_binary(head: bytes, allowed: float, name: str) -> None:
    """Raise if the share of bytes that no text has is above what is allowed."""
    if _strange(head) > len(head) * allowed:
        raise BadInput(
            f"{name} is not a table or a text file: its bytes are binary. Give CSV, TSV, JSONL, "
            "Parquet, or a text file."
        )


def _of_8_bits(source: Path | bytes, head: bytes, name: str) -> TextFile:
    """UTF-8 where it is that or nearly so, or else what Windows made of Latin-1."""
    found = TextFile(source, "utf-8")
    if _fits(found):
        return found
    # every byte is a letter of Windows-1252 or near it: only control bytes give it away
    _refuse_binary(head, 0.02, name)
    nearly = TextFile(source, "utf-8", errors="replace")
    broken = sum(piece.count("\ufffd") for piece in nearly.pieces())
    with opened(source) as file:
        blocks = iter(lambda: file.read(PIECE_CHARS), b"")
        high = sum(np.count_nonzero(np.frombuffer(block, np.uint8) > 127) for block in blocks)
    if broken * 20 < high:
        note = f"{name}: {broken:,} bytes that are not UTF-8 were replaced."
        return replace(nearly, notes=(note,))
    with opened(source) as file:
        block = next((b for b in iter(lambda: file.read(PIECE_CHARS), b"") if not b.isascii()), b"")
    known = legacy_encoding(_from_high(block))
    if known:
        found = TextFile(source, known, (f"{name} was read as {known}.",), errors="replace")
        lost = sum(piece.count("\ufffd") for piece in found.pieces())
        if lost * 1000 < high:
            return found
    found = TextFile(source, "cp1252", (f"{name} was read as Windows-1252 (Latin-1).",))
    return found if _fits(found) else TextFile(source, "latin-1", (f"{name} was read as Latin-1.",))


def _from_high(block: bytes) -> bytes:
    """The bytes from the line on that holds the first high one."""
    place = next(i for i, byte in enumerate(block) if byte > 127) if block else 0
    begin = max(block.rfind(sign, 0, place) for sign in (b"\n", b"\r")) + 1
    return block[begin if place - begin < HEAD_BYTES else place - 1 :]


def _fits(text: TextFile) -> bool:
    try:
        text.check()
    except UnicodeDecodeError:
        return False
    return True
