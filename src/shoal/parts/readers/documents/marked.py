"""HTML without its navigation, Markdown, and EPUB, which is HTML in an archive."""

from __future__ import annotations

import posixpath
import re
from html import escape
from typing import Any
from urllib.parse import unquote

from shoal.parts.readers.decoding import text_file
from shoal.parts.readers.documents.document import (
    PAGE,
    Document,
    Unreadable,
    iso_date,
    tidy,
    title_of,
)
from shoal.parts.readers.documents.packed import Package, tree_of

HIDDEN = (
    "script, style, noscript, template, svg, head, [hidden], [style*='display:none' i], "
    "[style*='display: none' i], [style*='visibility:hidden' i], [style*='visibility: hidden' i]"
)
"""What is not shown."""
NEVER = (
    f"{HIDDEN}, canvas, iframe, object, embed, button, select, "
    "input, textarea, dialog, nav, aside, menu, [aria-hidden=true], "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], [role=complementary], "
    "[role=menu], [role=menubar], [role=dialog], [role=alertdialog], [role=tablist]"
)
"""What is not read in a page."""
FRAME = re.compile(
    r"(?:^|[-_ ])(nav|navi|navbar|navigation|menu|menubar|breadcrumbs?|sidebar|side-?bar|footer|"
    r"foot|site-?header|page-?header|masthead|topbar|top-?nav|toolbar|cookie|cookies|consent|gdpr|"
    r"banner|share|sharing|social|related|recommended|newsletter|subscribe|signup|login|search|"
    r"advert|advertisement|ads?|sponsor|promo|pagination|pager|skip|skip-?link|widget|copyright|"
    r"comments-form|popup|modal|toc)(?:$|[-_ ]|s$|[-_]?\d)",
    re.IGNORECASE,
)
"""Names of classes that say what stands around the text."""
CITED = (
    "blockquote[type=cite], blockquote[cite], blockquote[class*=quote], [class*=quote] blockquote"
)
"""What mail programs put the mail in that is answered."""
PLAIN_NAME = re.compile(r"(?<=[a-z])(?=[A-Z])")
BLOCKS = frozenset(
    "p div section article main header footer h1 h2 h3 h4 h5 h6 ul ol dl dd dt pre blockquote "
    "table figure figcaption form fieldset address hr body details summary tr".split()
)
LINES = ("br", "li")
AFTER = {
    **dict.fromkeys(BLOCKS, "\n\n"),
    **dict.fromkeys(("td", "th"), "\t"),
}
"""What follows the text of a tag."""
MIN_TEXT = 200
"""Letters below which a page without its frame may have lost its text."""
LINK_SHARE = 0.6
"""Of the letters of a list, a table or a block: with more in links it is a way to elsewhere."""
MAX_FRAME = 0.7
"""Of a page's letters: whatever would take more than that away is its text after all."""


def read_html(content: bytes, name: str, *, encoding: str | None = None) -> Document:
    """The text of a page without what stands around it.

    Raises
    ------
    Unreadable : if there is no text in it
    """
    source = _decoded(content, name, encoding)
    text, info = page_text(source)
    if not text:
        raise Unreadable("no text: the page is empty")
    return Document(
        text,
        title_of(info["title"], name=name),
        info["author"],
        iso_date(info["date"]),
    )


def _decoded(content: bytes, name: str, encoding: str | None) -> str:
    """A page as text: the encoding that was named, that it names itself, or that fits."""
    named = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", content[:4096], re.I)
    info = encoding or (named[1].decode("ascii", "replace") if named else None)
    if info and not content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode(info)
        except (LookupError, UnicodeDecodeError):
            pass
    return "".join(text_file(content, name, encoding).pieces())


def page_text(
    source: str, *, whole: bool = False, quotes: bool = False
) -> tuple[str, dict[str, str]]:
    """The text of a page, and its title, author and date where it tells them.

    Parameters
    ----------
    source : HTML
    whole : whether everything that is shown is text, as in a mail or a book
    quotes : whether lines in a block quote begin with > as in a mail
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(source)
    info = _page_metadata(tree)
    body = tree.body
    if body is None:
        return "", info
    full = _letters(body)
    for node in body.css(HIDDEN if whole else NEVER):
        node.decompose()
    if not whole:
        left = _letters(body)
        if left < (1 - MAX_FRAME) * full and left < MIN_TEXT:
            return page_text(source, whole=True)  # its text is where no text should be
        _take_frame(body)
        body = _main(body)
    if quotes:
        # the innermost first, so that what is quoted twice has two signs
        for node in reversed(body.css(CITED)):
            lines = tidy(_written(node)).split("\n")
            said = escape("\n".join(f"> {line}".rstrip() for line in lines), quote=False)
            node.replace_with(LexborHTMLParser(f"<pre>{said}</pre>").css("pre")[0])
    return tidy(_written(body)), info


def _letters(node: Any) -> int:
    return len("".join((node.text(deep=True) or "").split()))


def _page_metadata(tree: Any) -> dict[str, str]:
    """Title, author and date of a page."""

    def meta(*names: str) -> str:
        for name in names:
            found = tree.css_first(f'meta[name="{name}" i], meta[property="{name}" i]')
            if found is not None and (found.attributes.get("content") or "").strip():
                return " ".join(str(found.attributes["content"]).split())
        return ""

    heads = tree.css("h1")
    heading = " ".join(heads[0].text(deep=True, separator=" ").split()) if len(heads) == 1 else ""
    named = tree.css_first("head title")
    title = " ".join(named.text(deep=True).split()) if named is not None else ""
    # "A title | The site" is the heading and more
    if heading and (not title or heading in title or title in heading):
        title = heading
    elif " | " in title:
        title = max(title.split(" | "), key=len).strip()
    time = tree.css_first("article time[datetime], main time[datetime]")
    return {
        "title": title or meta("og:title", "dc.title") or heading,
        "author": meta("author", "article:author", "dc.creator"),
        "date": meta("article:published_time", "date", "dc.date", "dcterms.created")
        or (str(time.attributes.get("datetime") or "") if time is not None else ""),
    }


def _take_frame(body: Any) -> None:
    """Take away what is named like a frame, or consists of links, unless it is most of the page."""
    full = _letters(body)
    for node in body.css("header, footer, [class], [id]"):
        if node.tag in ("body", "html", "main", "article") or node.parent is None:
            continue
        within = _is_within(node, ("article", "main"))
        named = node.tag in ("header", "footer") and not within
        if (named or _is_named_frame(node)) and _letters(node) < MAX_FRAME * full:
            if node.css_first("main, article, h1 ~ p") is None:
                node.decompose()
    for node in body.css("ul, ol, table, div, p, section, dl"):
        letters = _letters(node)
        if not letters or letters > 0.5 * full:
            continue
        links = node.css("a")
        if len(links) >= 2 and sum(map(_letters, links)) > LINK_SHARE * letters:
            node.decompose()


def _is_within(node: Any, tags: tuple[str, ...]) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in tags:
            return True
        above = above.parent
    return False


def _is_named_frame(node: Any) -> bool:
    names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
    return any(FRAME.search(PLAIN_NAME.sub("-", name)) for name in names.split())


def _main(body: Any) -> Any:
    """The one part of a page that says that it is the text, or all of the page."""
    for wanted in ("main", "[role=main]", "article", "[itemprop=articleBody]"):
        found = body.css(wanted)
        if len(found) == 1 and 2 * _letters(found[0]) > _letters(body):
            return found[0]
    return body


def _written(node: Any) -> str:
    """The text of a node as it is laid out: blocks apart by blank lines."""
    out: list[str] = []
    _write(node, out, kept=False)
    return "".join(out)


def _write(node: Any, out: list[str], *, kept: bool) -> None:
    """Write what is in a node, without recursion: pages may be nested thousands deep."""
    todo: list[tuple[str, Any, bool]] = [("open", node, kept)]
    while todo:
        what, at, kept = todo.pop()
        if what == "close":
            out.append(AFTER.get(at, ""))
        elif at.tag == "-text":
            text = at.text_content or ""
            out.append(text if kept else re.sub(r"\s+", " ", text) if text.strip() else " ")
        elif at.tag not in ("-comment", "-document", "!doctype"):
            tag = at.tag
            if tag in BLOCKS:
                out.append("\n\n")
            elif tag in LINES:
                out.append("\n")
            todo.append(("close", tag, kept))
            inner = list(at.iter(include_text=True))
            todo += [("open", child, kept or tag == "pre") for child in reversed(inner)]


def read_markdown(content: bytes, name: str, *, encoding: str | None = None) -> Document:
    """The text of a Markdown file without its marks, and its title: front matter or heading."""
    text = tidy("".join(text_file(content, name, encoding).pieces()))
    info: dict[str, str] = {}
    front_matter = re.match(r"---\n(.{0,5000}?)\n(?:---|\.\.\.)(?:\n|$)", text, re.DOTALL)
    if front_matter:
        pairs = re.findall(r"^(\w+):[ \t]*[\"']?(.*?)[\"']?[ \t]*$", front_matter[1], re.MULTILINE)
        info = {key.lower(): value for key, value in pairs}
        text = text[front_matter.end() :].strip()
    heading = re.search(r"^(?:#{1,3}[ \t]+(.+?)[ \t#]*|(.+)\n=+[ \t]*)$", text, re.MULTILINE)
    first = (heading[1] or heading[2]) if heading else None
    return Document(
        tidy(_unmarked(text)),
        title_of(info.get("title"), first and _unmarked(first), name=name),
        info.get("author", ""),
        iso_date(info.get("date")),
    )


def _unmarked(text: str) -> str:
    """Markdown without marks that are no words; code stays."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"!?\[([^\]\n]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)", r"\1", text)
    text = re.sub(r"!?\[([^\]\n]+)\]\[[^\]\n]*\]", r"\1", text)
    text = re.sub(r"^\[[^\]\n]+\]:[ \t]*\S+.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^[ \t]{0,3}#{1,6}[ \t]+(.*?)[ \t#]*$", r"\n\1\n", text, flags=re.MULTILINE)
    text = re.sub(r"^[ \t]*(```|~~~).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^[ \t]*(=+|-{3,}|\*{3,}|_{3,})[ \t]*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^[ \t]*\|?[ \t:|-]{3,}\|[ \t:|-]*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    return re.sub(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])", r"\1", text)


def read_xml(content: bytes, name: str) -> Document:
    """The text of an XML file: a paragraph for each element with text of its own.

    Raises
    ------
    Unreadable : if it is damaged or has no text
    """
    tree = tree_of(content)
    told: dict[str, str] = {}
    parts: list[str] = []
    todo = [tree]
    while todo:
        node = todo.pop()
        if not isinstance(node.tag, str):
            continue
        own = [node.text, *(inner.tail for inner in node)]
        if any(part and part.strip() for part in own):
            text = " ".join("".join(node.itertext()).split())
            told.setdefault(node.tag.rpartition("}")[2].lower(), text)
            parts.append(text)
        else:
            todo += reversed(node)
    text = tidy("\n\n".join(parts))
    if not text:
        raise Unreadable("no text: its XML has none")

    def first(*tags: str) -> str:
        return next((told[tag] for tag in tags if tag in told), "")

    return Document(
        text,
        title_of(first("title", "article-title", "headline", "book-title", "head"), name=name),
        first("author", "creator", "byline"),
        iso_date(first("date", "pubdate", "published", "created")),
    )


def read_epub(content: bytes, name: str) -> Document:
    """The text of a book, its chapters in order.

    Raises
    ------
    Unreadable : if it is encrypted, damaged, or has no text
    """
    with Package(content) as package:
        if package.has("META-INF/encryption.xml") and b"EncryptedData" in package.read(
            "META-INF/encryption.xml"
        ):
            fonts_only = b".xhtml" not in package.read("META-INF/encryption.xml")
            if not fonts_only:
                raise Unreadable("encrypted: the book is protected")
        box = tree_of(package.read("META-INF/container.xml"))
        place = next(iter(box.xpath("//*[local-name()='rootfile']/@full-path")), "")
        book = tree_of(package.read(str(place)))
        items = {
            str(item.get("id")): (str(item.get("href")), str(item.get("properties") or ""))
            for item in book.xpath("//*[local-name()='manifest']/*[local-name()='item']")
        }
        texts = []
        for ref in book.xpath("//*[local-name()='spine']/*[local-name()='itemref']/@idref"):
            href, properties = items.get(str(ref), ("", ""))
            inner = posixpath.normpath(posixpath.join(posixpath.dirname(str(place)), unquote(href)))
            if href and "nav" not in properties.split() and package.has(inner):
                source = package.read(inner).decode("utf-8", "replace")
                texts.append(page_text(source, whole=True)[0])

        def meta(tag: str) -> str:
            found = book.xpath(f"//*[local-name()='metadata']/*[local-name()='{tag}']/text()")
            return " ".join(str(found[0]).split()) if found else ""

        text = f"\n\n{PAGE}".join(filter(None, texts))
        if not text:
            raise Unreadable("no text: the book is empty")
        return Document(
            text, title_of(meta("title"), name=name), meta("creator"), iso_date(meta("date"))
        )
