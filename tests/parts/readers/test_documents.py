from __future__ import annotations

import io
import mailbox
import signal
import sys
import zipfile

import pytest

from shoal.errors import BadInput
from shoal.parts.readers.documents import workers
from shoal.parts.readers.documents.document import Unreadable, title_of
from shoal.parts.readers.documents.entries import Entry
from shoal.parts.readers.documents.formats import format_of, read_document
from shoal.parts.readers.folder import read_folder
from tests import making_documents as making

LEFT = [
    "The harbour was quiet when the",
    "boats came home that evening, and",
    "nobody spoke of the mar-",
]
RIGHT = [
    "ket. Prices had fallen again, the",
    "old self-made traders said, and",
    "would fall for another year.",
]
READ = (
    "The harbour was quiet when the boats came home that evening, and nobody spoke of the market. "
    "Prices had fallen again, the old self-made traders said, and would fall for another year."
)


@pytest.mark.parametrize("across", [False, True])
def test_columns_are_read_one_after_the_other(across):
    found = read_document(making.pdf([[LEFT, RIGHT]], across=across, title="On Fish"), "a.pdf")
    assert found.text == READ
    assert (found.title, found.author, found.pages) == ("On Fish", "Ada Miller", 1)


def test_what_runs_along_all_pages_is_left_out():
    words = ("one", "two", "six")
    pages = [[[*LEFT[:2], f"and so it went on in week {word}."]] for word in words]
    found = read_document(making.pdf(pages, header="Harbour News 7/2020"), "a.pdf")
    assert "Harbour" not in found.text
    assert "Page" not in found.text
    assert [part.split()[-1] for part in found.text.split("\f")] == ["one.", "two.", "six."]
    assert found.text.count("harbour was quiet") == 3


def test_a_header_that_stands_apart_is_left_out_of_a_single_page():
    found = read_document(making.pdf([[LEFT, RIGHT]], header="Harbour News"), "a.pdf")
    assert found.text == READ


def test_hyphens_of_words_stay():
    lines = [
        "A self-made man met another self-",
        "made man and their co-",
        "operation began in 19-",
        "20.",
    ]
    found = read_document(making.pdf([[lines]]), "a.pdf")
    assert (
        found.text
        == "A self-made man met another self-made man and their cooperation began in 19- 20."
    )


def test_a_pdf_with_a_password_or_without_text_says_so():
    locked = making.pdf([[LEFT]], password="secret")
    with pytest.raises(Unreadable, match="encrypted"):
        read_document(locked, "a.pdf")
    with pytest.raises(Unreadable, match="no text"):
        read_document(making.pdf([[[]]]), "a.pdf")
    with pytest.raises(Unreadable, match="damaged"):
        read_document(locked[:300], "a.pdf")


def test_word_documents_are_read_whole():
    body = (
        making.paragraph("On Fish", "Title")
        + making.paragraph("First paragraph.")
        + "<w:tbl><w:tr><w:tc>" + making.paragraph("cod") + "</w:tc><w:tc>" + making.paragraph("7")
        + "</w:tc></w:tr></w:tbl>"
        + "<w:sdt><w:sdtContent>" + making.paragraph("In a control.") + "</w:sdtContent></w:sdt>"
        + "<w:p><w:ins><w:r><w:t>Kept</w:t></w:r></w:ins>"
        + "<w:del><w:r><w:delText>Gone</w:delText></w:r></w:del></w:p>"
    )  # fmt: skip
    found = read_document(making.docx(body, title="Microsoft Word - x.doc"), "a.docx")
    assert found.text.split() == "On Fish First paragraph. cod 7 In a control. Kept".split()
    assert (found.title, found.author, found.date) == (
        "On Fish",
        "Ada Miller",
        "2021-03-04T05:06:07",
    )


def test_slides_come_in_the_order_in_which_they_are_shown():
    found = read_document(making.pptx([["The plan", "we fish"], ["The end", "we rest"]]), "a.pptx")
    assert found.text == "The plan\n\nwe fish\n\n\fThe end\n\nwe rest"
    assert (found.title, found.pages) == ("The plan", 2)


def test_open_documents_books_and_rtf():
    found = read_document(making.odt(["One<text:s/>two.", "Three."], "On Fish"), "a.odt")
    assert (found.title, found.text) == ("On Fish", "On Fish\n\nOne two.\n\nThree.")
    found = read_document(making.epub(["Call me.", "The end &amp; more."]), "a.epub")
    assert (found.title, found.author) == ("The Sea", "Ada Miller")
    assert found.text == "Call me.\n\n\fThe end & more."
    rtf = rb"{\rtf1\ansi\ansicpg1252{\info{\title On Fish}{\author Ada}}Caf\'e9 au lait.\par Two.}"
    found = read_document(rtf, "a.rtf")
    assert (found.title, found.author) == ("On Fish", "Ada")
    assert found.text.split() == ["Café", "au", "lait.", "Two."]


PAGE = """<!doctype html><html><head><title>On Fish | The Harbour</title>
<meta name=author content="Ada Miller"><style>p {{color: red}}</style></head><body class=page>
<header><a href=/>The Harbour</a><nav><a href=/a>Home</a> <a href=/b>Contact</a></nav></header>
<div id=cookieBanner>We use cookies. <button>Accept</button></div>
<ul class=topMenu><li><a href=1>News</a><li><a href=2>Sport</a></ul>
{text}
<div><a href=3>Other story</a> <a href=4>One more story</a></div>
<footer>Copyright 2020 The Harbour</footer><script>alert("no")</script></body></html>"""


@pytest.mark.parametrize("tags", ["main", "div", "article", "td"])
def test_a_page_is_read_without_its_navigation(tags):
    inner = (
        "<h1>On Fish</h1><p>The fish is <b>fre</b>sh and <a href=x>cheap</a>.</p>"
        "<ul><li>cod<li>eel</ul>"
    )
    text = f"<{tags}>{inner}</{tags}>" if tags != "td" else f"<table><tr><td>{inner}</table>"
    found = read_document(PAGE.format(text=text).encode(), "a.html")
    assert found.text.split() == "On Fish The fish is fresh and cheap. cod eel".split()
    assert (found.title, found.author) == ("On Fish", "Ada Miller")


def test_a_page_that_names_its_charset():
    found = read_document("<meta charset=iso-8859-2><p>Łódź śpi</p>".encode("iso-8859-2"), "a.htm")
    assert found.text == "Łódź śpi"


def test_mails_have_no_header_lines_in_their_text():
    found = read_document(
        making.mail("Größe", "The fish\n\nis fresh.", attached="list.pdf"), "a.eml"
    )
    assert (found.title, found.text) == ("Größe", "The fish\n\nis fresh.")
    assert (found.author, found.date) == ("Zoë Ørsted", "2020-03-03T10:00:00+01:00")
    assert found.attachments == ("list.pdf",)
    found = read_document(
        making.mail("Hi", "", html="<style>p{}</style><p>Fresh<br>fish</p>"), "a.eml"
    )
    assert found.text == "Fresh\nfish"
    found = read_document(making.mail("Hi", "plain", html="<p>marked</p>"), "a")
    assert found.text == "plain"


def test_markdown_loses_its_marks():
    found = read_document(
        b"---\nauthor: Ada\n---\n# On *Fish*\n\n[The list](x.md), **now**.\n", "a.md"
    )
    assert (found.title, found.author) == ("On Fish", "Ada")
    assert found.text == "On Fish\n\nThe list, now."


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("Microsoft Word - draft.doc", "My file"),
        ("untitled", "My file"),
        ("PowerPoint Presentation", "My file"),
        ("report_final.indd", "My file"),
        ("12345-678", "My file"),
        ("", "My file"),
        ("On Fish", "On Fish"),
    ],
)
def test_what_programs_write_is_no_title(told, title):
    assert title_of(told, name="My file.pdf") == title


def test_a_folder_of_all_kinds(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(making.pdf([[LEFT, RIGHT]], title="On Fish"))
    (tmp_path / "b.txt").write_text("plain text")
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4 broken")
    (tmp_path / "d.docx").write_bytes(b"not an archive")
    (tmp_path / "e.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "f.pdf").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "g.zip", "w") as archive:
        archive.writestr("in/h.html", "<p>in an archive")
        archive.writestr("j.zip", "PK\x03\x04")
        archive.writestr("__MACOSX/._h", "x")
    box = mailbox.mbox(tmp_path / "k.mbox")
    for word in ("one", "two"):
        box.add(making.mail(f"Mail {word}", f"It says {word}.\n\nFrom here on."))
    box.close()
    found = read_folder(tmp_path)
    rows = {row["id"]: row for row in found.columns.to_pylist()}
    assert list(rows) == [
        *("b.txt", "c.pdf", "d.docx", "e.png", "f.pdf", "g.zip/in/h.html", "g.zip/j.zip"),
        *("k.mbox/1", "k.mbox/2", "in/a.pdf"),
    ]
    assert (rows["in/a.pdf"]["text"], rows["in/a.pdf"]["title"]) == (READ, "On Fish")
    assert (rows["in/a.pdf"]["folder"], rows["in/a.pdf"]["pages"]) == ("in", 1)
    assert rows["g.zip/in/h.html"]["text"] == "in an archive"
    assert rows["k.mbox/2"]["text"] == "It says two.\n\nFrom here on."
    assert rows["k.mbox/2"]["title"] == "Mail two"
    whys = {list(rows)[row]: why for row, why in found.problems.items()}
    assert whys.keys() == {"c.pdf", "d.docx", "e.png", "f.pdf", "g.zip/j.zip"}
    assert whys["f.pdf"] == "empty"
    assert sum("cannot be read" in note for note in found.notes) == 5


def test_bombs_are_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(60 << 20))
        archive.writestr("b.txt", "a text")
    found = read_folder(tmp_path)
    assert "a zip bomb" in found.problems[0]
    assert found.columns["text"].to_pylist() == [None, "a text"]


def test_an_archive_a_mailbox_or_a_document_alone(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.md", "# One\n\ntext")
        archive.writestr("b/c.txt", "two")
    assert read_folder(path).columns["id"].to_pylist() == ["all.zip/a.md", "all.zip/b/c.txt"]
    (tmp_path / "a.html").write_text("<p>alone")
    assert read_folder(tmp_path / "a.html").columns["text"].to_pylist() == ["alone"]
    (tmp_path / "x.pdf").write_bytes(b"")
    with pytest.raises(BadInput, match="empty"):
        read_folder(tmp_path / "x.pdf")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP here")
def test_a_process_that_is_lost_costs_its_document_only(tmp_path, monkeypatch):
    path = tmp_path / "a.docx"
    path.write_bytes(making.docx(making.paragraph("text")))
    entry = Entry("a.docx", path)
    with workers.dismissing():
        assert workers.read_apart(entry, {"cache": False}).text == "text"
        workers._idle[-1]._process.kill()
        workers._idle[-1]._process.wait()
        assert "crashes" in workers.read_apart(entry, {"cache": False})
        assert workers.read_apart(entry, {"cache": False}).text == "text"
        workers._idle[-1]._process.send_signal(signal.SIGSTOP)  # it does not answer any more
        monkeypatch.setattr(workers, "SECONDS", 0.2)
        assert "longer than" in workers.read_apart(entry, {"cache": False})
    assert not workers._idle


def test_a_text_is_parsed_once(tmp_path, monkeypatch):
    path = tmp_path / "a.docx"
    path.write_bytes(making.docx(making.paragraph("text")))
    first = workers.read_here(Entry("a.docx", path), {})
    monkeypatch.setattr(workers, "read_document", None)
    assert workers.read_here(Entry("other/a.docx", path), {}) == first
    assert isinstance(workers.read_here(Entry("a.docx", path), {"cache": False}), str)


def test_what_is_in_a_file_tells_its_format():
    assert format_of("a.txt", b"%PDF-1.7 ...") == "pdf"
    assert format_of("no_ending", b"<!DOCTYPE html><p>") == "html"
    assert format_of("1,S=2", b"From: a@b\nSubject: x\nDate: y\n\nz") == "eml"
    assert format_of("a.py", b"import os\n") == "text"
    assert format_of("a.zip", making.docx("")[:4096]) == "docx"
    for name, head, why in [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Word"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted"),
        ("a.7z", b"7z\xbc\xaf", "unpack"),
    ]:
        with pytest.raises(Unreadable, match=why):
            format_of(name, head)


def test_members_that_lie_about_their_size():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(80 << 20))
    content = out.getvalue().replace((80 << 20).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    with pytest.raises(Unreadable, match=r"bomb|damaged"):
        read_document(content, "a.docx")


def _mbox(*bodies):
    heads = ("From a@b.c Mon Jan  1 00:00:00 2020\nFrom: A <a@b.c>\nSubject: {}\n\n{}\n\n",)
    return "".join(heads[0].format(i, body) for i, body in enumerate(bodies)).encode()


def test_a_sentence_that_begins_with_from_begins_no_mail(tmp_path):
    box = _mbox("One.\n\nFrom the start I liked it.\n\nMore of it.", "Two.")
    for name in ("box.mbox", "Inbox"):  # mail programs keep mailboxes without an ending
        (tmp_path / name).write_bytes(box)
        texts = read_folder(tmp_path / name).columns["text"].to_pylist()
        assert texts == ["One.\n\nFrom the start I liked it.\n\nMore of it.", "Two."]


def test_members_of_one_name_or_that_lead_out_of_the_archive_are_all_read(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/../../b.txt", "It leads out.")
        archive.writestr("/c.txt", "From the root.")
        archive.writestr("d.txt", "One of two.")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("d.txt", "Two of two.")
        archive.writestr("~$e.docx", "what Office writes beside an open document")
    old = out.getvalue()
    (tmp_path / "a.zip").write_bytes(old)
    found = read_folder(tmp_path / "a.zip").columns
    pairs = dict(zip(found["id"].to_pylist(), found["text"].to_pylist(), strict=True))
    assert pairs == {
        "a.zip/a/b.txt": "It leads out.",
        "a.zip/c.txt": "From the root.",
        "a.zip/d.txt": "One of two.",
        "a.zip/d (2).txt": "Two of two.",
    }


@pytest.mark.parametrize(("name", "encoding"), [("größe.txt", "utf-8"), ("Привет.txt", "cp866")])
def test_names_in_archives_are_read_in_the_encoding_of_who_packed_them(tmp_path, name, encoding):
    raw = name.encode(encoding)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("x" * len(raw), "Some words.")
    content = out.getvalue().replace(b"x" * len(raw), raw)
    (tmp_path / "a.zip").write_bytes(content)
    assert read_folder(tmp_path / "a.zip").columns["id"].to_pylist() == [f"a.zip/{name}"]


def test_what_a_mail_of_html_quotes_is_behind_signs():
    page = (
        "<p>I agree.</p><div class=gmail_quote><div>On 1 May Ann wrote:</div><blockquote>"
        "<p>Shall we?</p><blockquote>Yes.</blockquote></blockquote></div>"
    )
    mail = f"From: a@b.c\nSubject: Re\nContent-Type: text/html\n\n{page}".encode()
    text = read_document(mail, "a.eml").text
    assert text.split("\n\n")[:2] == ["I agree.", "On 1 May Ann wrote:"]
    assert [line for line in text.split("\n") if line.startswith(">") and len(line) > 1] == [
        "> Shall we?",
        "> > Yes.",
    ]


def test_a_notebook_is_its_cells_without_what_they_print():
    book = (
        '{"cells": [{"cell_type": "markdown", "source": ["# On Bees\\n", "We count."]}, '
        '{"cell_type": "code", "source": "n = 1", "outputs": [{"text": ["9999"]}]}]}'
    )
    found = read_document(book.encode(), "a.ipynb")
    assert (found.title, found.text) == ("On Bees", "# On Bees\nWe count.\n\nn = 1")
    with pytest.raises(Unreadable, match="notebook"):
        read_document(b'{"a": 1}', "a.ipynb")


def test_what_was_filled_into_a_form_is_read():
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(50, 780, "The name of the member of the club is:")
    page.acroForm.textfield(name="n", value="Gunnar Holm", x=50, y=700, width=200)
    page.save()
    assert "Gunnar Holm" in read_document(out.getvalue(), "a.pdf").text


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("a.pdf", "A plain text that was named as if it were a PDF.", "text"),
        (
            "a.docx",
            "<html><body><p>A page that a shop calls a file of Word.</p></body></html>",
            "html",
        ),
    ],
)
def test_a_text_that_is_named_as_another_format_is_read_as_what_it_is(name, content, wanted):
    assert format_of(name, content.encode()) == wanted
    with pytest.raises(Unreadable, match="damaged"):
        format_of(name, b"\x00\x01\x02" + content.encode())
