"""PDF by PDFium: its lines with their places, from which `layout` makes a text."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from itertools import pairwise
from typing import Any

from shoal.parts.readers.documents.document import Document, Unreadable, iso_date, person, title_of
from shoal.parts.readers.documents.layout import headline, text_of
from shoal.parts.readers.documents.lines import Line, usual_height

BROKEN_WORD = "\ufffe"
"""What PDFium writes in place of a hyphen and the end of a line."""
LINE_END = re.compile(f"[\r\n{BROKEN_WORD}]")
JUMP = 0.4
"""Difference of the heights of two letters, as a share, from which they are of two lines."""
GAP = 1.2
"""Of the height of a line: a wider gap between words is one between columns."""
WIDE = 0.5
"""Of the page's width: only lines that are wider may run over two columns."""
TRIED = 12
"""Wide lines of a page that are looked at for gaps; where none has one, no other is."""
MIN_CHARS = 16
"""Characters per page below which a PDF is taken for scanned."""
OCR_DPI = 200
OCR_SECONDS = 120


def read_pdf(content: bytes, name: str, *, ocr: bool = False) -> Document:
    """The text of a PDF in reading order, without running headers and page numbers.

    Raises
    ------
    Unreadable : if it is encrypted, damaged, or has no text
    """
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise Unreadable("encrypted: it needs a password") from error
        raise Unreadable("damaged: not a readable PDF") from error
    try:
        return _read(pdf, name, ocr=ocr)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("damaged: not a readable PDF") from error
    finally:
        pdf.close()


def _read(pdf: Any, name: str, *, ocr: bool) -> Document:
    import pypdfium2

    pages: list[list[Line]] = []
    broken = 0
    for number in range(len(pdf)):
        try:
            pages.append(_lines(pdf, number))
        except pypdfium2.PdfiumError:  # one page that is damaged does not take the others with it
            pages.append([])
            broken += 1
    info = pdf.get_metadata_dict()
    text, note = text_of(pages), ""
    if sum(map(str.isalnum, text)) < MIN_CHARS * max(len(pages), 1) and len(pages) > broken:
        text, note = _without_text(pdf, text, ocr=ocr)
    if broken == len(pages):
        raise Unreadable("damaged: none of its pages can be read")
    if broken:
        note = f"{broken} of its {len(pages)} pages are damaged"
    return Document(
        text,
        title_of(info.get("Title"), headline(pages), name=name),
        person(info.get("Author")),
        iso_date(info.get("CreationDate")) or iso_date(info.get("ModDate")),
        len(pages),
        note=note,
    )


def _lines(pdf: Any, number: int) -> list[Line]:
    """The lines of a page in the order of the file."""
    import pypdfium2.raw as raw

    page = pdf[number]
    if pdf.get_formtype() and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY):
        page.close()  # what was filled into a form is text once the page is read anew
        page = pdf[number]
    try:
        text = page.get_textpage()
        try:
            return _Page(page, text, number).lines()
        finally:
            text.close()
    finally:
        page.close()


class _Page:
    """A page whose characters are asked for one by one, so as few of them as will do.

    Parameters
    ----------
    page, text : of pypdfium2
    number : of the page, from 0
    """

    def __init__(self, page: Any, text: Any, number: int) -> None:
        import pypdfium2.raw as raw

        self.raw, self.handle, self.number = raw, text.raw, number
        self.rotation = int(page.get_rotation())
        left, bottom, right, top = page.get_bbox()
        self.left, self.bottom = left, bottom
        self.width, self.height = right - left, top - bottom
        n = text.count_chars()
        buffer = (ctypes.c_ushort * (n + 1))()
        info = raw.FPDFText_GetText(self.handle, 0, n, buffer) if n > 0 else 0
        n_units = max(info - 1, 0)
        self.text = bytes(buffer)[: 2 * n_units].decode("utf-16-le", "surrogatepass")
        if len(self.text) != n_units:
            # one sign for each unit, so that places in the text are places in the page
            self.text = "".join(map(chr, buffer[:n_units]))
        self.same = n_units == n
        self._rect = raw.FS_RECTF()

    def lines(self) -> list[Line]:
        """Lines, those that run over a gap in parts."""
        spans: list[tuple[int, int]] = []
        start = 0
        for end in self._ends():
            if self.text[start:end].strip():
                spans.append(self._trimmed(start, end))
            start = end + 1
        lines = [self._line(a, b) for a, b in spans]
        tall = 2 * usual_height(lines)
        odd = [line.is_slanted or line.height > tall for line in lines]
        if any(odd):
            pairs = zip(spans, odd, strict=True)
            spans = [
                part for span, cut in pairs for part in (self._of_a_size(*span) if cut else [span])
            ]
            lines = [self._line(a, b) for a, b in spans]
        width = max((line.right for line in lines), default=0) - min(
            (line.left for line in lines), default=0
        )
        wide = [i for i, line in enumerate(lines) if line.right - line.left > WIDE * width]
        gaps = {
            i: self._gaps(*spans[i], lines[i].height) for i in wide[:: -(-len(wide) // TRIED) or 1]
        }
        if sum(map(bool, gaps.values())) > 1:
            gaps |= {i: self._gaps(*spans[i], lines[i].height) for i in wide if i not in gaps}
        out: list[Line] = []
        for i, ((start, end), line) in enumerate(zip(spans, lines, strict=True)):
            if cut := gaps.get(i):
                borders = pairwise([start, *cut, end])
                out += [self._line(*self._trimmed(*border)) for border in borders]
            else:
                out.append(line)
        return [line for line in out if line.text]

    def _of_a_size(self, start: int, end: int) -> list[tuple[int, int]]:
        """A line, or its parts where a stamp across the page is put together with it."""
        places = [place for place in range(start, end) if not self.text[place].isspace()]
        tall = [(box := self._box(place))[3] - box[2] for place in places]
        pairs = zip(places[1:], pairwise(tall), strict=True)
        cuts = [place for place, (a, b) in pairs if abs(a - b) > JUMP * max(a, b)]
        parts = [self._trimmed(a, b) for a, b in pairwise([start, *cuts, end])]
        # the first letter of a chapter may be as tall, and is one of a word
        stamped = any(self._line(*part).is_slanted for part in parts)
        return parts if stamped else [(start, end)]

    def _ends(self) -> list[int]:
        return [*(found.start() for found in LINE_END.finditer(self.text)), len(self.text)]

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        inner = self.text[start:end]
        return start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())

    def _line(self, start: int, end: int) -> Line:
        first, last = self._box(start), self._box(end - 1)
        if first[0] <= last[0] <= first[1] and end - start > 3 and first[3] > last[3] + 1e-3:
            middle = self._box((start + end) // 2)  # not a line but a column of signs
            last = middle if middle[0] > last[0] else last
        broken = self.text[end : end + 1] == BROKEN_WORD
        text = self.text[start:end]
        if not text.isascii():  # units of one sign belong together again
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return Line(
            text + "-" * broken,
            min(first[0], last[0]),
            min(first[2], last[2]),
            max(first[1], last[1]),
            max(first[3], last[3]),
            self.number,
            max(first[3] - first[2], last[3] - last[2]),
            self.width if self.rotation % 180 == 0 else self.height,
            self.height if self.rotation % 180 == 0 else self.width,
        )

    def _box(self, place: int) -> tuple[float, float, float, float]:
        """Left, right, top and bottom of a character, from the left and the top of the page."""
        at = place
        if not self.same:
            at = max(self.raw.FPDFText_GetCharIndexFromTextIndex(self.handle, place), 0)
        rect = self._rect
        self.raw.FPDFText_GetLooseCharBox(self.handle, at, rect)
        x0, x1 = rect.left - self.left, rect.right - self.left
        y0, y1 = rect.bottom - self.bottom, rect.top - self.bottom
        if self.rotation == 90:
            return y0, y1, x0, x1
        if self.rotation == 180:
            return self.width - x1, self.width - x0, y0, y1
        if self.rotation == 270:
            return self.height - y1, self.height - y0, self.width - x1, self.width - x0
        return x0, x1, self.height - y1, self.height - y0

    def _gaps(self, start: int, end: int, height: float) -> list[int]:
        """Places of spaces in a line that are wider than any between two words."""
        out = []
        place = self.text.find(" ", start + 1, end - 1)
        while place >= 0:
            after = place + 1
            while after < end - 1 and self.text[after] == " ":
                after += 1
            if self._box(after)[0] - self._box(place - 1)[1] > GAP * max(height, 1.0):
                out.append(after)
            place = self.text.find(" ", after, end - 1)
        return out


def _without_text(pdf: Any, text: str, *, ocr: bool) -> tuple[str, str]:
    """The text of a PDF of pictures, by tesseract if that is wanted; and what is to be noted."""
    import pypdfium2

    kind = pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    pictures = any(
        True
        for number in range(min(len(pdf), 3))
        for _ in pdf[number].get_objects(filter=[kind], max_depth=3)
    )
    if not ocr or not pictures:
        if text.strip():
            return text, ""
        how = "" if ocr else "; use --ocr"
        raise Unreadable(f"no text: it is scanned{how}" if pictures else "no text: it is empty")
    found = [recognised(_png(pdf[number])) for number in range(len(pdf))]
    text = "\n\n\f".join(page for page in found if page)
    if not text.strip():
        raise Unreadable("no text: it is scanned, and OCR recognized nothing")
    return text, "its text comes from OCR"


def _png(page: Any) -> bytes:
    """A page as a picture."""
    import io

    out = io.BytesIO()
    page.render(scale=OCR_DPI / 72, grayscale=True).to_pil().save(out, "PNG")
    return out.getvalue()


def recognised(picture: bytes) -> str:
    """The text that tesseract finds in a picture.

    Raises
    ------
    Unreadable : if it is not installed or fails
    """
    program = shutil.which("tesseract")
    if program is None:
        raise Unreadable(
            "no text: it is scanned, and tesseract, which --ocr needs, is not installed"
        )
    try:
        done = subprocess.run(
            [program, "stdin", "stdout"], input=picture, capture_output=True, timeout=OCR_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreadable(f"no text: it is scanned, and tesseract failed ({error})") from error
    if done.returncode:
        raise Unreadable("no text: it is scanned, and tesseract failed")
    return done.stdout.decode("utf-8", "replace").strip()
