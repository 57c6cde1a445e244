"""What a reader of a document sees, and nothing that is hidden, made up or beside it."""

import io

import pytest

from shoal.parts.readers.documents.document import Unreadable
from shoal.parts.readers.documents.formats import read_document
from shoal.parts.readers.folder import read_folder
from tests import making_documents as making


def test_titles_that_a_program_makes_up_and_stamps_across_the_page_are_none():
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    sheet = canvas.Canvas(out)
    for at, (size, y, line) in enumerate(
        [(24, 780, "The lamp of the pier"), (10, 740, "It burns all night, its keeper sleeps."),
         (24, 500, "The rope of the pier"), (10, 470, "It is forty metres long.")]
    ):  # fmt: skip
        sheet.setFont("Times-Roman", size)
        sheet.drawString(60 + at % 2, y, line)
    sheet.saveState()
    sheet.translate(150, 250)
    sheet.rotate(45)
    sheet.setFont("Helvetica", 70)
    sheet.drawString(0, 0, "COPY ONLY")
    sheet.restoreState()
    sheet.save()
    found = read_document(out.getvalue(), "pier.pdf")
    assert (found.title, found.author) == ("The lamp of the pier", "")
    assert "COPY" not in found.text
    assert "It is forty metres long." in found.text


def test_what_a_word_document_does_not_show_is_not_read():
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r></w:p>"
    form = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>"
        f"{making.paragraph('Click here to enter text.')}</w:sdtContent></w:sdt>"
    )
    body = (
        making.paragraph("Contents", "TOCHeading")
        + making.paragraph("The lamp 3", "TOC1")
        + making.paragraph("The lamp", "Heading1")
        + hidden
        + form
    )
    assert read_document(making.docx(body), "a.docx").text == "The lamp"


def test_what_a_page_hides_is_not_read():
    source = "<p>Seen</p><div style='display: none'>unseen</div><p hidden>unseen</p>"
    assert read_document(f"<html><body>{source}</body></html>".encode(), "a.html").text == "Seen"
    assert read_document(making.mail("News", "", html=source), "a.eml").text == "Seen"


def test_what_signs_a_mail_is_not_read():
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe lamp is out.\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBA\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert read_document(making.mail("Lamp", signed), "a.eml").text == "The lamp is out."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.rst", "The lamp\n========\n\nIt is out."),
        ("a.org", "#+TITLE: The lamp\n\nIt is out."),
        ("a.adoc", "= The lamp\n\nIt is out."),
        ("a.xml", "<doc><head><title>The lamp</title></head><p>It <b>is</b> out.</p></doc>"),
    ],
)
def test_texts_with_marks_have_their_heading_as_title(name, text):
    found = read_document(text.encode(), name)
    assert found.title == "The lamp"
    assert "is out" in found.text or "It is out." in found.text


def test_an_xml_file_is_read_without_its_tags():
    found = read_document(
        b"<a><title>Fog</title><p>It <i>was</i> thick.</p><x n='3'/></a>", "a.xml"
    )
    assert found.text == "Fog\n\nIt was thick."
    with pytest.raises(Unreadable, match="its XML has none"):
        read_document(b"<a><b n='3'/></a>", "a.xml")


def test_what_a_system_leaves_in_a_folder_is_no_document(tmp_path):
    (tmp_path / "desktop.ini").write_text("[.ShellClassInfo]")
    (tmp_path / "a.txt").write_text("The lamp is out.")
    assert read_folder(tmp_path).columns["id"].to_pylist() == ["a.txt"]
