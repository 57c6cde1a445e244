"""Detecting a document's format by its first bytes and ending, and finding its reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import PurePosixPath
from pkgutil import resolve_name

from shoal.data.pictures import ENDINGS as PICTURES
from shoal.data.pictures import is_image_head
from shoal.parts.readers.documents.document import Document, Unreadable

HEAD_BYTES = 4096
MIN_WORDS = 5
"""Words from which a file that is named as another format is a text."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of documents.

    Parameters
    ----------
    target : "module:function" below this package, of content and name
    endings : of its files, in lower case
    module : the package that it needs, which the extra `documents` brings
    options : which of the options of reading the function takes
    """

    target: str
    endings: str
    module: str | None = None
    options: tuple[str, ...] = ()


OFFICE = ".docx .docm .dotx"
SLIDES = ".pptx .pptm .ppsx .potx"
FORMATS: dict[str, Format] = {
    "pdf": Format("pdf:read_pdf", ".pdf", "pypdfium2", ("ocr",)),
    "docx": Format("packed:read_docx", OFFICE, "lxml"),
    "pptx": Format("packed:read_pptx", SLIDES, "lxml"),
    "odf": Format("packed:read_odf", ".odt .odp .ott", "lxml"),
    "epub": Format("marked:read_epub", ".epub", "lxml"),
    "html": Format("marked:read_html", ".html .htm .xhtml .shtml", "selectolax", ("encoding",)),
    "markdown": Format("marked:read_markdown", ".md .markdown .qmd .rmd", None, ("encoding",)),
    "rtf": Format("plain:read_rtf", ".rtf", "striprtf"),
    "eml": Format("mail:read_eml", ".eml .emlx", "selectolax"),
    "msg": Format("mail:read_msg", ".msg", "oxmsg"),
    "notebook": Format("plain:read_notebook", ".ipynb", None, ("encoding",)),
    "subtitles": Format("wrapped:read_subtitles", ".srt .vtt", None, ("encoding",)),
    "cards": Format("wrapped:read_cards", ".ics .vcf .ical .vcard", None, ("encoding",)),
    "xml": Format("marked:read_xml", ".xml .tei .dita .fb2", "lxml"),
    "latex": Format("wrapped:read_latex", ".tex .latex .ltx", None, ("encoding",)),
    "text": Format("plain:read_text", ".txt .text .log .rst .org .adoc", None, ("encoding",)),
}
LINED = ("text", "subtitles", "cards", "latex", "xml")
"""Formats of which a file on its own is read line by line."""
MAILBOXES = (".mbox", ".mbx")
ARCHIVES = (".zip",)
BY_ENDING = {ending: name for name, info in FORMATS.items() for ending in info.endings.split()}
OF_PACKAGE = (
    (b"word/", "docx"),
    (b"ppt/", "pptx"),
    (b"application/epub+zip", "epub"),
    (b"application/vnd.oasis.opendocument.text", "odf"),
    (b"application/vnd.oasis.opendocument.presentation", "odf"),
)
"""What stands in the first bytes of an archive that is a document."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NOT_READ = {
    ".doc": "an old Word file: save it as DOCX",
    ".dot": "an old Word file: save it as DOCX",
    ".ppt": "an old PowerPoint file: save it as PPTX",
    ".xls": "a workbook: cluster it on its own",
    ".xlsx": "a workbook: cluster it on its own",
    ".xlsm": "a workbook: cluster it on its own",
    ".ods": "a workbook: cluster it on its own",
    ".pages": "a Pages file: export it as DOCX or PDF",
    ".numbers": "a Numbers file: export it",
    ".key": "a Keynote file: export it as PPTX or PDF",
    ".one": "a OneNote file: export it as PDF",
    ".pst": "an Outlook mailbox: export its mails as .eml or .mbox",
    ".ost": "an Outlook mailbox: export its mails as .eml or .mbox",
    ".djvu": "a DjVu file: convert it to PDF",
    ".mobi": "a Kindle book: convert it to EPUB",
    ".azw": "a Kindle book: convert it to EPUB",
    ".azw3": "a Kindle book: convert it to EPUB",
    **dict.fromkeys((".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst"),
                    "an archive that is not ZIP: unpack it"),
    **dict.fromkeys((".mp3", ".wav", ".m4a", ".ogg", ".flac"), "a sound"),
    **dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm", ".mp"), "a film"),
}  # fmt: skip
"""Endings of what is no text, and what to do about it."""


def format_of(name: str, head: bytes) -> str:
    """The format of a file.

    Parameters
    ----------
    name : of the file, or its path
    head : its first bytes

    Raises
    ------
    Unreadable : if it is of no format that is read, with what it is
    """
    ending = PurePosixPath(name.lower()).suffix
    if not head:
        raise Unreadable("empty")
    found = _by_bytes(ending, head) or BY_ENDING.get(ending)
    if found is None and ending in NOT_READ:
        raise Unreadable(NOT_READ[ending])
    return found or _of_text(head)


def _by_bytes(ending: str, head: bytes) -> str | None:
    """The format that the first bytes tell; None where it may be any that is text."""
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(b"PK\x03\x04"):
        return _of_archive(ending, head)
    if head.startswith(OLE):
        return _of_compound(ending)
    if ending in PICTURES or is_image_head(head[:16]):
        raise Unreadable("a picture")
    if BY_ENDING.get(ending) in ("pdf", "docx", "pptx", "odf", "epub", "msg", "rtf"):
        if _is_plain(head):  # a page or a text that was named so
            return _of_text(head)
        raise Unreadable(f"damaged: not a valid {ending[1:].upper()} file")
    return None


def _is_plain(head: bytes) -> bool:
    """Whether first bytes are those of a text of some words."""
    try:
        text = head.decode("utf-8", "strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return False
    printed = all(sign.isprintable() or sign in "\t\r\n\f" for sign in text)
    return printed and len(text.split()) >= MIN_WORDS


def _of_compound(ending: str) -> str:
    """The format of a file of the kind that Office wrote until 2007."""
    if ending == ".msg":
        return "msg"
    if BY_ENDING.get(ending) in ("docx", "pptx") or ending in (".xlsx", ".xlsm"):
        raise Unreadable("encrypted: it needs a password")
    raise Unreadable(NOT_READ.get(ending, "an old Office file: save it in a current format"))


def _of_archive(ending: str, head: bytes) -> str:
    for inner, found in OF_PACKAGE:
        if inner in head:
            return found
    if BY_ENDING.get(ending) in ("docx", "pptx", "odf", "epub"):
        return BY_ENDING[ending]
    raise Unreadable(NOT_READ.get(ending, "an archive within an archive, or of no documents"))


def _of_text(head: bytes) -> str:
    """The format of a text whose ending says nothing."""
    from shoal.parts.readers.documents.mail import is_mail

    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    return "eml" if is_mail(head) else "text"


def is_document(name: str, head: bytes) -> bool:
    """Whether a single file is a document, and not a table, lines or pictures, by what it is."""
    ending = PurePosixPath(name.lower()).suffix
    if ending in MAILBOXES:
        return True
    try:
        found = format_of(name, head)
    except Unreadable:
        return BY_ENDING.get(ending, "text") != "text"
    return found not in LINED


def lacking(name: str) -> str | None:
    """The missing package that a format needs; None if nothing is missing."""
    module = FORMATS[name].module
    return module if module is not None and find_spec(module) is None else None


def read_document(content: bytes, name: str, **options: object) -> Document:
    """Read a document of any format.

    Parameters
    ----------
    content : of the file
    name : of the file
    options : encoding, of texts; ocr, whether scanned pages are to be recognised

    Raises
    ------
    Unreadable : if there is no text to be had
    """
    found = format_of(name, content[:HEAD_BYTES])
    package = lacking(found)
    if package is not None:
        raise Unreadable(f"needs {package}: pip install 'shoal[documents]'")
    info = FORMATS[found]
    read: Callable[..., Document] = resolve_name(f"{__package__}.{info.target}")
    wanted = {key: value for key, value in options.items() if key in info.options}
    return read(content, name, **wanted)
