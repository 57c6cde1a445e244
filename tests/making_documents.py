"""Documents of many formats, made for tests."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/"><dc:title>{title}</dc:title>'
    "<dc:creator>Ada Miller</dc:creator><dcterms:created>2021-03-04T05:06:07Z</dcterms:created>"
    "</cp:coreProperties>"
)


def pdf(
    columns: list[list[list[str]]],
    *,
    title: str | None = None,
    header: str = "",
    across: bool = False,
    password: str = "",
) -> bytes:
    """A PDF of pages of columns of lines; `across` writes the columns line by line."""
    out = io.BytesIO()
    page = canvas.Canvas(
        out, (595, 842), encrypt=StandardEncryption(password) if password else None
    )
    if title is not None:
        page.setTitle(title)
        page.setAuthor("Ada Miller")
    for number, lists in enumerate(columns, start=1):
        page.setFont("Times-Roman", 9)
        if header:
            page.drawString(50, 815, header)
            page.drawCentredString(297, 25, f"Page {number} of {len(columns)}")
        page.setFont("Times-Roman", 10)
        places = [
            (50 + 255 * at, 760 - 12 * row, line)
            for at, lines in enumerate(lists)
            for row, line in enumerate(lines)
        ]
        for x, y, line in sorted(places, key=lambda p: (-p[1], p[0])) if across else places:
            page.drawString(x, y, line)
        page.showPage()
    page.save()
    return out.getvalue()


def packed(parts: dict[str, str | bytes]) -> bytes:
    """An archive of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(body: str, *, title: str = "") -> bytes:
    """A Word document of the XML of its body."""
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
            "docProps/core.xml": CORE.format(title=title),
        }
    )


def paragraph(text: str, style: str = "") -> str:
    """A paragraph of a Word document."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{named}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def pptx(slides: list[list[str]]) -> bytes:
    """Slides of titles and texts, their files in another order than they are shown."""
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    n = len(slides)
    ids = "".join(f'<p:sldId id="{256 + i}" r:id="r{i}"/>' for i in range(n))
    rels = "".join(
        f'<Relationship Id="r{i}" Type="{OFFICE}/slide" Target="slides/slide{n - i}.xml"/>'
        for i in range(n)
    )
    parts: dict[str, str | bytes] = {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{p}" xmlns:r="{OFFICE}">'
        f"<p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": f"<Relationships>{rels}</Relationships>",
    }
    for i, texts in enumerate(slides):
        shapes = "".join(
            f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{"body" if at else "title"}"/></p:nvPr>'
            f"</p:nvSpPr><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
            for at, text in enumerate(texts)
        )
        parts[f"ppt/slides/slide{n - i}.xml"] = (
            f'<p:sld xmlns:p="{p}" xmlns:a="{a}"><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>'
            "</p:sld>"
        )
    return packed(parts)


def odt(paragraphs: list[str], heading: str) -> bytes:
    """An OpenDocument text."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    inner = "".join(f"<text:p>{p}</text:p>" for p in paragraphs)
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<office:document-content xmlns:office="{office}" xmlns:text="{text}">'
            f"<office:body><text:h>{heading}</text:h>{inner}</office:body>"
            "</office:document-content>",
        }
    )


def epub(chapters: list[str]) -> bytes:
    """A book."""
    items = "".join(f'<item id="c{i}" href="c{i}.xhtml"/>' for i in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": "<container><rootfiles>"
            '<rootfile full-path="in/book.opf"/></rootfiles></container>',
            "in/book.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            "<dc:title>The Sea</dc:title><dc:creator>Ada Miller</dc:creator></metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{
                f"in/c{i}.xhtml": f"<html><body><p>{text}</p></body></html>"
                for i, text in enumerate(chapters)
            },
        }
    )


def mail(subject: str, text: str, *, html: str = "", attached: str = "") -> bytes:
    """A mail."""
    out = EmailMessage()
    out["From"] = "Zoë Ørsted <zoe@example.org>"
    out["To"] = "you@example.org"
    out["Subject"] = subject
    out["Date"] = "Tue, 03 Mar 2020 10:00:00 +0100"
    if text:
        out.set_content(text)
    if html and text:
        out.add_alternative(html, subtype="html")
    elif html:
        out.set_content(html, subtype="html")
    if attached:
        out.add_attachment(b"x", maintype="application", subtype="x", filename=attached)
    return bytes(out)
