"""Texts in which programs wrap what people wrote: subtitles, calendars and cards, LaTeX."""

from __future__ import annotations

import re

from shoal.parts.readers.documents.document import Document, Unreadable, person, tidy, title_of
from shoal.parts.readers.documents.plain import read_text

TIMES = re.compile(r"^\s*(?:\d+:)?\d+:\d\d[.,:]\d+\s*-->.*$")
"""The line of a subtitle that says when it is shown."""
SAID = frozenset("SUMMARY DESCRIPTION LOCATION COMMENT CATEGORIES FN ORG TITLE ROLE NOTE".split())
"""Fields of calendars and cards that people fill in."""
HIDDEN = "equation align gather multline eqnarray tikzpicture tabular verbatim lstlisting"
"""What a document of LaTeX has in place of sentences."""
POINTERS = (
    "cite[a-z]*|ref|eqref|autoref|label|includegraphics|bibliography[a-z]*|input|url|vspace|hspace"
)


def read_subtitles(content: bytes, name: str, *, encoding: str | None = None) -> Document:
    """What is said in subtitles (SRT, WebVTT), a line each.

    Raises
    ------
    Unreadable : if nothing is
    """
    found = read_text(content, name, encoding=encoding)
    said: list[str] = []
    for block in re.split(r"\n\s*\n", tidy(found.text)):
        lines = block.split("\n")
        times = [place for place, line in enumerate(lines) if TIMES.match(line)]
        for line in lines[times[0] + 1 :] if times else []:
            bare = re.sub(r"<[^<>]*>|\{\\[^{}]*\}", "", line).strip()
            if bare and bare not in said[-2:]:  # captions that roll up show a line again
                said.append(bare)
    return _told("\n".join(said), name, found.note)


def read_cards(content: bytes, name: str, *, encoding: str | None = None) -> Document:
    """What people filled in: titles and remarks of dates (iCalendar), names and notes (vCard).

    Raises
    ------
    Unreadable : if they filled in nothing
    """
    found = read_text(content, name, encoding=encoding)
    unfolded = re.sub(r"\r?\n[ \t]", "", found.text)
    said: list[tuple[str, str]] = []
    for line in re.split(r"\r?\n|\r", unfolded):
        field = re.match(r"(?:[\w-]+\.)?([A-Za-z]+)(?:;[^:]*)?:(.*)", line)
        if field and field[1].upper() in SAID:
            value = re.sub(r"\\[nN]", "\n", field[2]).replace("\\,", ",").replace("\\;", ";")
            said.append((field[1].upper(), value.strip(" ;")))
    titles = [value for key, value in said if key in ("SUMMARY", "FN")]
    text = "\n".join(value for _, value in said if value)
    return _told(text, name, found.note, title_of(*titles[:1], name=name))


def read_latex(content: bytes, name: str, *, encoding: str | None = None) -> Document:
    """The sentences of a document of LaTeX, without its commands and formulas.

    Raises
    ------
    Unreadable : if it has none
    """
    found = read_text(content, name, encoding=encoding)
    source = re.sub(r"(?<!\\)%.*", "", found.text)
    title, author = (_argument(source, key) for key in ("title", "author"))
    body = re.search(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", source, re.DOTALL)
    text = body[1] if body else source
    for kind in HIDDEN.split():
        text = re.sub(rf"\\begin\{{{kind}\*?\}}.*?\\end\{{{kind}\*?\}}", "", text, flags=re.DOTALL)
    return _told(_bare(text), name, found.note, title_of(title, name=name), person(author))


def _argument(source: str, command: str) -> str:
    """What a command says of the document, in plain words."""
    found = re.search(
        rf"\\{command}(?:\[[^\]]*\])?\{{([^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}", source
    )
    return " ".join(_bare(found[1]).split()) if found else ""


def _bare(text: str) -> str:
    """A piece of LaTeX without commands."""
    text = re.sub(rf"~?\\(?:{POINTERS})\*?(?:\[[^\]]*\])*\{{[^{{}}]*\}}", "", text)
    text = re.sub(r"\\(?:begin|end)\{[^{}]*\}(?:\[[^\]]*\])?", "\n", text)
    text = re.sub(r"\\\\(?:\[[^\]]*\])?", "\n", text)
    text = re.sub(r"\\[A-Za-z]+\*?(?:\[[^\]]*\])?[ \t]?", "", text)
    text = re.sub(r"\\([%&$#_{}])", r"\1", text)
    return re.sub(r"[{}]", "", text).replace("~", " ")


def _told(text: str, name: str, note: str, title: str = "", author: str = "") -> Document:
    bare = tidy(text)
    if not bare:
        raise Unreadable("no text: nobody wrote anything in it")
    return Document(bare, title or title_of(name=name), author, note=note)
