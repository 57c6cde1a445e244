"""Documents of several formats made of texts: what `how_well_are_documents_read.py` reads back."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from functools import cache

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen import canvas

FONT, SIZE, LEAD = "Times-Roman", 9.5, 11.4
WIDTH, HEIGHT, MARGIN, GAP = 595, 842, 50, 20
COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
QUOTE = "On Monday somebody wrote:\n> Thank you for the message. I will\n> look at it next week."
SIGNATURE = "-- \nSam Sample\nDepartment of Samples, Sample Street 1, 12345 Sampletown"


@cache
def _width(text: str) -> float:
    return float(stringWidth(text, FONT, SIZE))


def _broken(word: str, room: float) -> tuple[str, str] | None:
    """A word cut by a hyphen so that its head fits, between a vowel and a consonant."""
    if not word.isalpha() or not word.islower():
        return None
    for at in range(len(word) - 2, 1, -1):
        if re.match(r"[aeiou][^aeiou]", word[at - 1 : at + 1]) and _width(f"{word[:at]}-") <= room:
            return word[:at], word[at:]
    return None


def _lines(text: str) -> Iterator[str]:
    """Lines of one column, words broken at their ends."""
    for paragraph in text.split("\n"):
        line, used = "", 0.0
        words = paragraph.split()[::-1]
        while words:
            word = words.pop()
            space = _width(" ") if line else 0.0
            if used + space + _width(word) <= COLUMN:
                line, used = f"{line} {word}".strip(), used + space + _width(word)
                continue
            cut = _broken(word, COLUMN - used - space)
            if cut is not None:
                yield f"{line} {cut[0]}-".strip()
                words.append(cut[1])
            elif line:
                yield line
                words.append(word)
            else:  # an address that is wider than the column
                n = max(n for n in range(1, len(word)) if _width(word[:n]) <= COLUMN)
                yield word[:n]
                words.append(word[n:])
            line, used = "", 0.0
        yield line


def pdf(title: str, text: str, *, across: bool = False) -> bytes:
    """Two columns, with headers, footers and broken words; `across` writes row by row."""
    lines = list(_lines(text))
    out = io.BytesIO()
    page = canvas.Canvas(out, (WIDTH, HEIGHT))
    page.setTitle(title)
    number = 0
    while lines or not number:
        number += 1
        page.setFont("Helvetica", 8)
        page.drawString(MARGIN, HEIGHT - 30, "Proceedings of Made-up Results")
        page.drawRightString(WIDTH - MARGIN, HEIGHT - 30, "Vol. 12, No. 3")
        page.drawCentredString(WIDTH / 2, 25, f"- {number} -")
        page.setFont(FONT, SIZE)
        n = int((HEIGHT - 120) / LEAD)
        if len(lines) < 2 * n:  # the columns of the last page are of one height
            n = -(-len(lines) // 2)
        places = [(i % n, i // n, line) for i, line in enumerate(lines[: 2 * n])] if n else []
        lines = lines[2 * n :]
        for row, column, line in sorted(places) if across else places:
            page.drawString(MARGIN + column * (COLUMN + GAP), HEIGHT - 60 - row * LEAD, line)
        page.showPage()
    page.save()
    return out.getvalue()


def docx(title: str, text: str) -> bytes:
    """A Word document, a paragraph a line."""
    body = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{html.escape(_clean(line))}</w:t></w:r></w:p>'
        for line in text.split("\n")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{W}"><w:body>{body}'
            "</w:body></w:document>",
        )
    return out.getvalue()


def _clean(text: str) -> str:
    return re.sub(r"[^\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def page(title: str, text: str) -> bytes:
    """A page with navigation, a cookie notice, related links and a footer."""
    links = "".join(f"<li><a href=/{i}>Section {i} of the site</a></li>" for i in range(12))
    body = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n") if part.strip())
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{html.escape(title)} | The Site"
        "</title><script>var a = 'no text';</script></head><body>"
        f"<header><a href=/>The Site</a><nav><ul>{links}</ul></nav></header>"
        "<div class=cookie-notice>We use cookies to make the site better. <a href=/c>More</a></div>"
        f"<div class=content>{body}</div>"
        f"<div class=sidebar><h3>Most read</h3><ul>{links}</ul></div>"
        "<footer>Copyright The Site. All rights reserved. <a href=/i>Imprint</a></footer>"
        "</body></html>"
    ).encode()


def mail(title: str, text: str) -> bytes:
    """A mail with a quoted one and a signature."""
    out = EmailMessage()
    out["From"] = "Sam Sample <sam@example.org>"
    out["To"] = "list@example.org"
    out["Subject"] = " ".join(title.split())[:200]
    out["Date"] = "Tue, 03 Mar 2020 10:00:00 +0100"
    out.set_content(mail_text(text))
    return bytes(out)


def mail_text(text: str) -> str:
    """What is in the mail: the text, a quoted one and a signature."""
    return f"{text}\n\n{QUOTE}\n\n{SIGNATURE}\n"


MAKE = {"pdf": pdf, "docx": docx, "html": page, "eml": mail}
"""By the ending of the file."""
