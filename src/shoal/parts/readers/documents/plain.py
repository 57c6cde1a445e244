"""Plain text, source code, and RTF."""

from __future__ import annotations

from shoal.errors import BadInput
from shoal.parts.readers.decoding import text_file
from shoal.parts.readers.documents.document import Document, Unreadable, tidy, title_of


def read_text(content: bytes, name: str, *, encoding: str | None = None) -> Document:
    """A text file as it is.

    Raises
    ------
    Unreadable : if its bytes are no text, or print nothing
    """
    try:
        text = "".join(text_file(content, name, encoding).pieces())
    except BadInput as error:
        raise Unreadable("not a readable text file") from error
    return Document(text, title_of(name=name))


def read_rtf(content: bytes, name: str) -> Document:
    """The text of an RTF file.

    Raises
    ------
    Unreadable : if it has none
    """
    import re

    from striprtf.striprtf import rtf_to_text

    source = content.decode("latin-1")
    named = re.search(r"\\ansicpg(\d{3,5})", source)
    codec = f"cp{named[1]}" if named else "cp1252"
    try:
        text = tidy(rtf_to_text(source, encoding=codec, errors="replace"))
    except LookupError:
        text = tidy(rtf_to_text(source, encoding="cp1252", errors="replace"))
    if not text:
        raise Unreadable("no text: the document is empty, or holds pictures only")

    def info(key: str) -> str:
        found = re.search(r"\{\\" + key + r"\s([^{}]*)\}", source)
        return tidy(rtf_to_text("{\\rtf1 " + found[1] + "}")) if found else ""

    date = re.search(r"\{\\creatim\\yr(\d{4})\\mo(\d+)\\dy(\d+)", source)
    day = f"{date[1]}-{int(date[2]):02}-{int(date[3]):02}T00:00:00" if date else ""
    return Document(text, title_of(info("title"), name=name), info("author"), day)
