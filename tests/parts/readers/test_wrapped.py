"""Subtitles, calendars and cards, LaTeX: what people wrote, without what programs put around it."""

import pytest

from shoal.parts.readers.documents.document import Unreadable
from shoal.parts.readers.documents.formats import read_document

SRT = (
    "1\n00:00:01,000 --> 00:00:04,000\n{\\an8}The ferry leaves at nine.\n\n"
    "2\n00:00:04,100 --> 00:00:06,000\n<i>The ferry leaves at nine.</i>\n- Who is late?\n"
)
VTT = (
    "WEBVTT\n\nNOTE by hand\n\n00:01.000 --> 00:04.000 align:start\n"
    "<v Ann>The ferry leaves at nine.\n- Who is late?\n"
)
ICS = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:7@x\r\nDTSTART:20230105T100000Z\r\nSUMMARY:Ferry\r\n"
    "DESCRIPTION:We leave at nine\\, from the\r\n  old pier.\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
VCF = "BEGIN:VCARD\nVERSION:3.0\nitem1.FN;CHARSET=utf-8:Ann Pier\nNOTE:Sells tickets.\nEND:VCARD\n"
TEX = (
    "\\documentclass{article} % a remark\n\\title{On \\emph{Ferries}}\n\\author{A. Pier}\n"
    "\\begin{document}\n\\maketitle\n\\section*{Timetable}\nThe \\textbf{ferry} is "
    "late~\\cite[p.~2]{pier}, by 5\\% of an hour.\n\\begin{equation}a=b\\end{equation}\n"
    "\\end{document}\n"
)


@pytest.mark.parametrize(
    ("name", "content", "text", "title"),
    [
        ("a.srt", SRT, "The ferry leaves at nine.\n- Who is late?", "a"),
        ("a.vtt", VTT, "The ferry leaves at nine.\n- Who is late?", "a"),
        ("a.ics", ICS, "Ferry\nWe leave at nine, from the old pier.", "Ferry"),
        ("a.vcf", VCF, "Ann Pier\nSells tickets.", "Ann Pier"),
        ("a.tex", TEX, "Timetable\nThe ferry is late, by 5% of an hour.", "On Ferries"),
    ],
)
def test_what_people_wrote_is_taken_out_of_what_programs_wrapped_it_in(name, content, text, title):
    found = read_document(content.encode(), name)
    assert found.text == text
    assert found.title == title


@pytest.mark.parametrize("name", ["a.srt", "a.ics", "a.tex"])
def test_what_holds_nothing_of_people_is_named(name):
    content = {"a.srt": "1\n00:00:01,000 --> 00:00:02,000\n\n", "a.ics": "BEGIN:VCALENDAR\nEND:X\n"}
    with pytest.raises(Unreadable, match="no text"):
        read_document(content.get(name, "\\begin{document}\\end{document}").encode(), name)
