"""What a mail says where it has a page beside its plain text."""

from email.message import EmailMessage

import pytest

from shoal.parts.readers.documents.mail import read_eml

SAID = "The card that you sent me three weeks ago has still not arrived here."
PAGE = f"<html><body><p>{SAID}</p><p><a href='http://a.io/u'>Unsubscribe</a></p></body></html>"


@pytest.mark.parametrize(
    ("plain", "begins"),
    [
        ("Please open this in a program that can show HTML.", SAID),
        ("", SAID),
        ("The card that you sent me has still not arrived.", "The card that you sent me has still"),
        ("Thanks, see the report. " * 12, "Thanks, see the report."),
    ],
)
def test_a_plain_text_that_only_points_to_the_page_is_not_what_is_said(plain, begins):
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "card", "ana@a.io"
    mail.set_content(plain)
    mail.add_alternative(PAGE, subtype="html")
    assert read_eml(bytes(mail), "a.eml").text.startswith(begins)
