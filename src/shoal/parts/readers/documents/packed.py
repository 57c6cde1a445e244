"""Documents that are XML in a ZIP archive: DOCX, PPTX, ODT and ODP."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from typing import Any, Self

from shoal.parts.readers.documents.document import (
    MAX_BYTES,
    PAGE,
    Document,
    Unreadable,
    iso_date,
    person,
    tidy,
    title_of,
)

BOMB_RATIO = 200
"""Unpacked bytes for each packed one: text takes a tenth of that."""
BOMB_BYTES = 50 << 20
"""Below this size no part is a bomb."""
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
T = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
D = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
DELETED = {
    f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "sectPr")
} | {f"{MC}Fallback"}
"""What is no text: deletions, code of fields, what only old programs show."""
PLACEHOLDER = "ancestor::*[local-name()='sdt'][*/*[local-name()='showingPlcHdr']]"
"""What a form says where nobody has filled it in."""
CONTENTS = re.compile(r"(?i)toc ?(\d|heading)|verzeichnis\d|tdc\d|tm\d$|sommario\d|ndice\d")
"""Styles of the lines of a table of contents, in the languages of Word."""


class Package:
    """The parts of a document in an archive.

    Parameters
    ----------
    content : of the file

    Raises
    ------
    Unreadable : if it is no archive
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
            raise Unreadable("damaged: its archive cannot be opened") from error
        self._names = set(self._zip.namelist())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def has(self, name: str) -> bool:
        """Whether there is a part of that name."""
        return name in self._names

    def names(self, pattern: str) -> list[str]:
        """Parts whose whole name fits a pattern, by the numbers in them."""
        found = [name for name in self._names if re.fullmatch(pattern, name)]
        return sorted(found, key=lambda name: [int(n) for n in re.findall(r"\d+", name)])

    def read(self, name: str) -> bytes:
        """A part, unpacked.

        Raises
        ------
        Unreadable : if it is missing, damaged, encrypted or a bomb
        """
        if name not in self._names:
            raise Unreadable(f"damaged: it has no part {name!r}")
        return unpacked(self._zip, self._zip.getinfo(name))

    def tree(self, name: str) -> Any:
        """A part as an element tree."""
        return tree_of(self.read(name))


def unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member of an archive, never more of it than is allowed.

    Raises
    ------
    Unreadable : if it is damaged, encrypted, or unpacks to far more than any text does
    """
    if info.flag_bits & 1:
        raise Unreadable("encrypted: it needs a password")
    most = max(BOMB_BYTES, BOMB_RATIO * info.compress_size)
    if info.file_size > min(most, MAX_BYTES):
        raise Unreadable(_too_much(info.file_size, bomb=info.file_size > most))
    try:
        with archive.open(info) as file:  # the size that is told may be a lie
            content = file.read(min(most, MAX_BYTES) + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise Unreadable("damaged: it cannot be unpacked") from error
    if len(content) > min(most, MAX_BYTES):
        raise Unreadable(_too_much(len(content), bomb=True))
    return content


def _too_much(n_bytes: int, *, bomb: bool) -> str:
    info = f"it unpacks to {n_bytes / (1 << 20):,.0f} MB"
    return (
        f"a zip bomb: {info}" if bomb else (f"too large: {info}, the limit is {MAX_BYTES >> 20} MB")
    )


def tree_of(content: bytes) -> Any:
    """XML as an element tree; nothing that it names is fetched or filled in.

    Raises
    ------
    Unreadable : if it is no XML
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        recover=True,
    )
    try:
        tree = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("damaged: its XML cannot be read") from error
    if tree is None:
        raise Unreadable("damaged: its XML cannot be read")
    return tree


def read_docx(content: bytes, name: str) -> Document:
    """The text of a Word document: paragraphs, tables, text boxes and notes.

    Raises
    ------
    Unreadable : if it is encrypted, damaged, or has no text
    """
    with Package(content) as package:
        main = _main_part(package, "word/document.xml")
        tree = package.tree(main)
        text, first, named = _word_text(tree)
        for part in ("footnotes", "endnotes"):
            if package.has(f"word/{part}.xml"):
                notes = _word_text(package.tree(f"word/{part}.xml"))[0]
                text = f"{text}\n\n{notes}" if notes else text
        core = _core(package)
    text = tidy(text)
    if not text:
        raise Unreadable("no text: the document is empty, or holds pictures only")
    return Document(
        text, title_of(core["title"], named, first, name=name), core["author"], core["date"],
        core["pages"],
    )  # fmt: skip


def _main_part(package: Package, usual: str) -> str:
    """The part that a package says is its text."""
    if package.has("_rels/.rels"):
        for rel in package.tree("_rels/.rels"):
            if str(rel.get("Type")).endswith("/officeDocument"):
                return str(rel.get("Target")).lstrip("/")
    return usual


def _word_text(tree: Any) -> tuple[str, str, str]:
    """The text of a part of a Word document, its first heading, and its title."""
    out: list[str] = []
    heading = title = ""
    for node in tree.iter(f"{W}p", f"{W}tr"):
        if node.tag == f"{W}tr":
            out.append("\n")
            continue
        if any(above.tag in DELETED for above in node.iterancestors()):
            continue
        text = "".join(_runs(node))
        style = node.find(f"{W}pPr/{W}pStyle")
        named = str(style.get(f"{W}val")) if style is not None else ""
        if not text.strip() or CONTENTS.match(named) or node.xpath(PLACEHOLDER):
            continue
        if not title and re.fullmatch(r"(?i)(title|titel|titre|título|titolo)", named):
            title = text
        if not heading and re.match(r"(?i)(heading|überschrift|berschrift|titre|ttulo)", named):
            heading = text
        cell = any(above.tag == f"{W}tc" for above in node.iterancestors())
        out.append(f"{text}\t" if cell else f"\n\n{text}\n\n")
    return "".join(out), heading, title


def _runs(paragraph: Any) -> list[str]:
    """The text of a paragraph, without that of paragraphs within it and what was deleted."""
    out: list[str] = []
    todo = list(reversed(paragraph))
    while todo:
        node = todo.pop()
        if node.find(f"{W}rPr/{W}vanish") is not None:
            continue
        if node.tag in (f"{W}t", f"{M}t"):
            out.append(node.text or "")
        elif node.tag in (f"{W}tab", f"{W}ptab"):
            out.append("\t")
        elif node.tag in (f"{W}br", f"{W}cr"):
            out.append("\n")
        elif node.tag == f"{W}noBreakHyphen":
            out.append("-")
        elif node.tag not in DELETED and node.tag != f"{W}p":
            todo += reversed(node)
    return out


def _core(package: Package) -> dict[str, Any]:
    """Title, author, date and pages, of the properties of an Office document."""
    info: dict[str, Any] = {"title": "", "author": "", "date": "", "pages": None}
    if package.has("docProps/core.xml"):
        tree = package.tree("docProps/core.xml")

        def value(tag: str) -> str:
            return " ".join("".join(tree.xpath(f"//*[local-name()='{tag}']/text()")[:1]).split())

        info |= {
            "title": value("title"),
            "author": person(value("creator")),
            "date": iso_date(value("created")) or iso_date(value("modified")),
        }
    if package.has("docProps/app.xml"):
        pages = package.tree("docProps/app.xml").xpath("//*[local-name()='Pages']/text()")
        if pages and str(pages[0]).strip().isdigit() and int(pages[0]) > 0:
            info["pages"] = int(pages[0])
    return info


def read_pptx(content: bytes, name: str) -> Document:
    """The text of slides in their order, each with its notes.

    Raises
    ------
    Unreadable : if they are encrypted, damaged, or have no text
    """
    with Package(content) as package:
        slides = _slides(package)
        texts, title = [], ""
        for slide in slides:
            tree = package.tree(slide)
            texts.append("\n\n".join(filter(None, map(_shape_text, _shapes(tree)))))
            title = title or _slide_title(tree)
            notes = _related(package, slide, "/notesSlide")
            if notes and package.has(notes):
                info = [
                    _shape_text(s) for s in _shapes(package.tree(notes)) if _holder(s) == "body"
                ]
                texts[-1] = "\n\n".join(filter(None, [texts[-1], *info]))
        core = _core(package)
    text = tidy(f"\n\n{PAGE}".join(texts))
    if not text:
        raise Unreadable("no text: the slides are empty, or hold pictures only")
    return Document(
        text, title_of(core["title"], title, name=name), core["author"], core["date"], len(slides)
    )


def _relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Id -> (type, part) of what a part refers to."""
    folder, _, file = part.rpartition("/")
    place = f"{folder}/_rels/{file}.rels"
    if not package.has(place):
        return {}
    return {
        str(rel.get("Id")): (
            str(rel.get("Type")),
            posixpath.normpath(posixpath.join(folder, str(rel.get("Target")))).lstrip("/"),
        )
        for rel in package.tree(place)
    }


def _related(package: Package, part: str, kind: str) -> str:
    return next((to for of, to in _relations(package, part).values() if of.endswith(kind)), "")


def _slides(package: Package) -> list[str]:
    """The parts of the slides in the order in which they are shown."""
    main = _main_part(package, "ppt/presentation.xml")
    related = _relations(package, main)
    ids = [str(node.get(f"{R}id")) for node in package.tree(main).iter(f"{P}sldId")]
    found = [related[key][1] for key in ids if key in related and package.has(related[key][1])]
    return found or package.names(r"ppt/slides/slide\d+\.xml")


def _shapes(tree: Any) -> list[Any]:
    """Shapes and tables with text."""
    return [node for node in tree.iter(f"{P}sp", f"{P}graphicFrame") if _holder(node) not in
            ("dt", "ftr", "sldNum", "hdr", "sldImg")]  # fmt: skip


def _holder(shape: Any) -> str:
    """What a shape holds the place of, such as a title or the number of the slide."""
    found = shape.find(f".//{P}nvPr/{P}ph")
    return "" if found is None else str(found.get("type") or "body")


def _slide_title(tree: Any) -> str:
    for shape in _shapes(tree):
        if _holder(shape) in ("title", "ctrTitle"):
            return _shape_text(shape)
    return ""


def _shape_text(shape: Any) -> str:
    out = []
    for paragraph in shape.iter(f"{A}p"):
        runs = [
            "\n" if node.tag == f"{A}br" else node.text or ""
            for node in paragraph.iter(f"{A}t", f"{A}br")
        ]
        out.append("".join(runs).strip())
    return "\n".join(filter(None, out))


def read_odf(content: bytes, name: str) -> Document:
    """The text of an OpenDocument text or presentation.

    Raises
    ------
    Unreadable : if it is encrypted, damaged, or has no text
    """
    with Package(content) as package:
        if package.has("META-INF/manifest.xml") and b"encryption-data" in package.read(
            "META-INF/manifest.xml"
        ):
            raise Unreadable("encrypted: it needs a password")
        tree = package.tree("content.xml")
        about = package.tree("meta.xml") if package.has("meta.xml") else None
    out: list[str] = []
    heading, slides = "", 0
    for node in tree.iter(f"{T}p", f"{T}h", f"{D}page"):
        if node.tag == f"{D}page":
            out.append(PAGE * bool(slides))
            slides += 1
            continue
        if any(
            above.tag in (f"{T}tracked-changes", f"{T}p", f"{T}h") for above in node.iterancestors()
        ):
            continue
        text = _open_text(node)
        heading = heading or (text if node.tag == f"{T}h" else "")
        out.append(f"{text}\n\n")
    text = tidy("".join(out))
    if not text:
        raise Unreadable("no text: the document is empty, or holds pictures only")

    def meta(tag: str) -> str:
        found = [] if about is None else about.xpath(f"//*[local-name()='{tag}']/text()")
        return " ".join(str(found[0]).split()) if found else ""

    pages = [] if about is None else about.xpath("//@*[local-name()='page-count']")
    return Document(
        text,
        title_of(meta("title"), heading, name=name),
        person(meta("initial-creator")) or person(meta("creator")),
        iso_date(meta("creation-date")) or iso_date(meta("date")),
        slides or (int(pages[0]) if pages and str(pages[0]).isdigit() else None),
    )


def _open_text(node: Any) -> str:
    out = [node.text or ""]
    for inner in node:
        if inner.tag == f"{T}s":
            out.append(" " * min(int(inner.get(f"{T}c") or 1), 80))
        elif inner.tag == f"{T}tab":
            out.append("\t")
        elif inner.tag == f"{T}line-break":
            out.append("\n")
        elif isinstance(inner.tag, str) and not inner.tag.endswith("}annotation"):
            out.append(_open_text(inner))
        out.append(inner.tail or "")
    return "".join(out)
