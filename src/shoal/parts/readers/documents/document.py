"""What every format returns: the text and metadata of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

MAX_CHARS = 20_000_000
"""Characters kept of one document; what is longer is no document but a dump of data."""
MAX_BYTES = 512 << 20
"""Bytes of one document, packed or unpacked."""
LONGEST_TITLE = 300
PAGE = "\f"
"""Stands in a text where a new page begins."""
NO_TITLE = re.compile(
    r"(untitled|unbenannt|sans titre|sin título|document|dokument|presentation|slide|folie|page|"
    r"powerpoint[ -]pr[äe]sentation|(microsoft )?(word|powerpoint|excel|office)\b.*|"
    r"title|no title|none|null|unknown|default|template|vorlage|about:blank|new page|home|index|"
    r"layout|blank|test|output|print|scan|scanned document|image|\(?(anonymous|unspecified)\)?)"
    r"[ \d()_.-]*",
    re.IGNORECASE,
)
"""What programs put where a title should be."""
NO_PERSON = re.compile(
    r"\(?(anonymous|unknown|unspecified|user|admin(istrator)?|owner|author|default|none|null|"
    r"python-docx|microsoft office user|un-named|openpyxl|root|test|saved by blink|"
    r"saved by (mozilla|windows internet explorer).*)?\)?",
    re.IGNORECASE,
)
"""What programs put where the name of an author should be."""
FILE_NAME = re.compile(
    r".*\.(docx?|pdf|pptx?|odt|rtf|tex|dvi|ps|indd|qxd|pmd|wpd|html?|txt|md|p65|fm|xlsx?|cdr|ai)",
    re.IGNORECASE,
)


class Unreadable(Exception):
    """A document whose text cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document.

    Parameters
    ----------
    text : paragraphs apart by blank lines; `PAGE` where a page begins
    title, author : "" where they are not known
    date : ISO 8601, "" where it is not known
    pages : how many pages or slides, None where the format has none
    attachments : names of the files that are attached
    note : a sentence's end about what was left out of the text, "" if nothing was
    """

    text: str
    title: str = ""
    author: str = ""
    date: str = ""
    pages: int | None = None
    attachments: tuple[str, ...] = ()
    note: str = ""


def title_of(*candidates: str | None, name: str) -> str:
    """The first candidate that a person would call a title, or the file's name without ending.

    Parameters
    ----------
    candidates : best first
    name : of the file
    """
    stem = PurePosixPath(name).stem
    for candidate in candidates:
        info = " ".join((candidate or "").split())
        letters = sum(char.isalpha() for char in info)
        if (
            3 <= len(info) <= LONGEST_TITLE
            and 2 * letters >= len(info) - info.count(" ")
            and not NO_TITLE.fullmatch(info)
            and not FILE_NAME.fullmatch(info)
        ):
            return info
    return " ".join(stem.split()) or name


def person(name: str | None) -> str:
    """A name as it is told, "" where a program wrote it and no person."""
    info = " ".join((name or "").split())
    return "" if NO_PERSON.fullmatch(info) else info


def iso_date(text: str | None) -> str:
    """A date of metadata, of PDF or ISO 8601, as ISO 8601; "" where it is none."""
    digits = re.match(
        r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d):?(\d\d))?", (text or "").strip()
    )
    if digits is None:
        return ""
    try:
        found = datetime(*(int(part or 0) for part in digits.groups()))  # type: ignore[arg-type]
    except ValueError:
        return ""
    return "" if not 1970 < found.year <= datetime.now(UTC).year + 1 else found.isoformat()


def tidy(text: str) -> str:
    """A text without characters that no reader of it can use; at most one blank line in a row."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    text = re.sub(r"[\x00-\x08\x0b\x0e-\x1f\x7f\u200b\u2060\ufeff\ufffe\uffff]", "", text)
    text = re.sub(r"(?<![ \t])[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
