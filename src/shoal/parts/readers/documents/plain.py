"""Plain text, source code, notebooks, and RTF."""

from __future__ import annotations

import json
import re

from shoal.errors import BadInput
from shoal.parts.readers.decoding import text_file
from shoal.parts.readers.documents.document import Document, Unreadable, tidy, title_of

TITLED = (".rst", ".org", ".adoc", ".asciidoc", ".txt")
HEADING = re.compile(
    r"\s*(?:(?:\.\. .*\n+)*([^\n]{3,100})\n(?:={3,}|\*{3,}|-{3,})[ \t]*\n|"
    r"#\+title:[ \t]*(.+)|= (.+))",
    re.IGNORECASE,
)
"""The heading of a text: underlined, or as Org and AsciiDoc mark it."""
LOOKED_AT = 2000


def read_text(content: bytes, name: str, *, encoding: str | None = None) -> Document:
    """A text file as it is.

    Raises
    ------
    Unreadable : if its bytes are no text, or print nothing
    """
    try:
        found = text_file(content, name, encoding)
        text = "".join(found.pieces())
    except BadInput as error:
        raise Unreadable("not a readable text file") from error
    note = f"read as {found.encoding}" if found.notes else ""
    if note and found.encoding == "utf-8":
        note = "bytes that are not UTF-8 were replaced"
    heading = HEADING.match(text[:LOOKED_AT]) if name.lower().endswith(TITLED) else None
    first = next(filter(None, heading.groups()), "") if heading else ""
    return Document(text, title_of(first, name=name), note=note)


def read_notebook(content: bytes, name: str, *, encoding: str | None = None) -> Document:
    """The text and code of a Jupyter notebook, without what the code printed.

    Raises
    ------
    Unreadable : if it is none, or empty
    """
    try:
        cells = json.loads(read_text(content, name, encoding=encoding).text)["cells"]
        sources = [(cell["cell_type"], cell["source"]) for cell in cells]
        parts = [(kind, s if isinstance(s, str) else "".join(s)) for kind, s in sources]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable("damaged: not a valid notebook") from error
    text = tidy("\n\n".join(part for _, part in parts))
    if not text:
        raise Unreadable("no text: the notebook is empty")
    said = "\n".join(part for kind, part in parts if kind == "markdown")
    heading = re.search(r"^#{1,3}[ \t]+(.+?)[ \t#]*$", said, re.MULTILINE)
    return Document(text, title_of(heading and heading[1], name=name))


def read_rtf(content: bytes, name: str) -> Document:
    """The text of an RTF file.

    Raises
    ------
    Unreadable : if it has none
    """
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
