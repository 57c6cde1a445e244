"""Mails: a file each (.eml, .msg), or many in one (.mbox)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import Any

from shoal.parts.readers.decoding import text_file
from shoal.parts.readers.documents.document import (
    Document,
    Unreadable,
    person,
    tidy,
    title_of,
)
from shoal.parts.readers.documents.marked import page_text

HEADS = frozenset(
    "from to cc date subject message-id received return-path mime-version content-type "
    "delivered-to reply-to x-mailer sender".split()
)
"""Names of the first lines of a mail."""
HEADER = re.compile(rb"[\x21-\x39\x3b-\x7e]+:|>From ")
NO_SUBJECT = "(no subject)"
SIGNED = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:\w+: .*\n)*\n?"
    r"|^-----BEGIN PGP SIGNATURE-----\n(?:.*\n){0,200}?-----END PGP SIGNATURE-----\n?",
    re.MULTILINE,
)
"""What a program puts around a text that it signs."""
STUB_WORDS = 40
"""Words up to which the plain part of a mail may only say that there is a page beside it."""
FORWARDED = 3
"""Mails within mails that are read, one in the other."""


def read_eml(content: bytes, name: str) -> Document:
    """The text of a mail without its header lines; its subject is its title.

    Raises
    ------
    Unreadable : if it has neither text nor subject
    """
    mail = message_from_bytes(content, policy=policy.default)
    text, attached = _parts(mail)
    subject = _header(mail, "subject")
    text = tidy(SIGNED.sub("", tidy(text)))
    if not text and not subject:
        raise Unreadable(_empty(attached))
    sender, address = parseaddr(_header(mail, "from"))
    return Document(
        text or subject,
        subject or NO_SUBJECT,
        person(sender or address),
        _date(_header(mail, "date")),
        attachments=tuple(attached),
        note="" if text else "it only has a subject",
    )


def _empty(attached: list[str]) -> str:
    info = f"; attached: {', '.join(attached[:3])}" if attached else ""
    return f"no text: the mail is empty{info}"


def _header(mail: Message, name: str) -> str:
    """A header as text, whatever is wrong with it."""
    try:
        value = str(mail.get(name) or "")
    except Exception:  # the standard parser fails in many ways on headers that are none
        value = str(next((v for k, v in mail.raw_items() if k.lower() == name), ""))
    if "=?" in value:
        try:
            value = str(make_header(decode_header(value)))
        except (LookupError, ValueError):
            pass
    value = value.encode("utf-8", "replace").decode("utf-8")
    return " ".join(value.split())


def _date(value: str) -> str:
    try:
        return parsedate_to_datetime(value).isoformat()
    except (TypeError, ValueError, IndexError, OverflowError):
        return ""


def _parts(mail: Message, depth: int = 0) -> tuple[str, list[str]]:
    """What is read of a mail, and the names of what is attached."""
    plain: list[str] = []
    html: list[str] = []
    within: list[str] = []
    attached: list[str] = []
    todo = [mail]
    while todo:
        part = todo.pop(0)
        kind = part.get_content_type()
        if kind == "message/rfc822":
            for inner in _inner(part):
                subject = _header(inner, "subject")
                text, names = _parts(inner, depth + 1) if depth < FORWARDED else ("", [])
                within.append(f"{subject}\n\n{text}")
                attached += names
        elif part.is_multipart():
            todo = [*_inner(part), *todo]
        elif part.get_filename() or part.get_content_disposition() == "attachment":
            attached.append(_plain_name(part))
        elif kind == "text/plain":
            plain.append(_content(part))
        elif kind == "text/html":
            html.append(_content(part))
    text = "\n\n".join(filter(str.strip, plain))
    if html and len(text.split()) <= STUB_WORDS:
        pages = "\n\n".join(page_text(page, whole=True, quotes=True)[0] for page in html)
        text = pages if _is_stub(text, pages) else text
    return "\n\n".join(filter(str.strip, [text, *within])), attached


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return (
        [inner for inner in payload if isinstance(inner, Message)]
        if isinstance(payload, list)
        else []
    )


def _is_stub(text: str, page: str) -> bool:
    """Whether a plain text only says that the mail is in HTML: in other words, and in fewer."""
    own, there = set(re.findall(r"\w+", text.lower())), re.findall(r"\w+", page.lower())
    return len(own) < len(there) and 2 * len(own & set(there)) <= len(own)


def _plain_name(part: Message) -> str:
    name = part.get_filename() or part.get_content_type()
    return " ".join(str(name).encode("utf-8", "replace").decode("utf-8").split())[:200]


def _content(part: Message) -> str:
    """The text of a part in the charset that it names, or that fits."""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    named = str(part.get_content_charset() or "")
    if named and named not in ("us-ascii", "unknown-8bit"):
        try:
            return content.decode(named)
        except (LookupError, UnicodeDecodeError):
            pass
    try:
        return "".join(text_file(content, "a mail").pieces())
    except ValueError:
        return content.decode("utf-8", "replace")


def is_mail(head: bytes) -> bool:
    """Whether a file begins with the header lines of a mail."""
    known = 0
    for line in head.splitlines()[:40]:
        if not line.strip():
            break
        if line[:1] in (b" ", b"\t"):
            continue
        key, colon, _ = line.partition(b":")
        if not colon or not re.fullmatch(rb"[\x21-\x39\x3b-\x7e]+", key):
            return False
        known += key.decode("ascii").lower() in HEADS
    return known >= 2


def messages_of(path: Path) -> Iterator[tuple[int, int]]:
    """Where the messages of an mbox are: from which byte of the file to which.

    As of RFC 4155, a line "From " after an empty one, or at the beginning, begins a message; a
    sentence may begin so too, but no header line follows it.
    """
    start, at, blank, begins = -1, 0, True, -1
    with path.open("rb", buffering=1 << 20) as file:
        for line in file:
            if begins >= 0 and (HEADER.match(line) or begins == 0):
                if start >= 0:
                    yield start, begins
                start = begins
            begins = at if blank and line.startswith(b"From ") else -1
            blank = not line.strip()
            at += len(line)
    if begins == 0:
        start = 0
    if start >= 0:
        yield start, at


def is_mailbox(head: bytes) -> bool:
    """Whether a file begins as an mbox does: with a line "From ", and header lines below it."""
    first, _, rest = head.partition(b"\n")
    return first.startswith(b"From ") and is_mail(rest)


def without_from(content: bytes) -> bytes:
    """A message as it was before it was put into an mbox."""
    head, _, rest = content.partition(b"\n")
    if not head.startswith(b"From "):
        rest = content
    return re.sub(rb"^>(>*From )", rb"\1", rest, flags=re.MULTILINE)


def read_msg(content: bytes, name: str) -> Document:
    """The text of a mail that Outlook saved.

    Raises
    ------
    Unreadable : if it is damaged, or has neither text nor subject
    """
    from oxmsg import Message as OutlookMessage

    try:
        mail: Any = OutlookMessage.load(io.BytesIO(content))
        subject = " ".join((mail.subject or "").split())
        text = tidy(mail.body or "")
        if not text and mail.html_body:
            text = page_text(mail.html_body, whole=True, quotes=True)[0]
        attached = [a.file_name or "unnamed" for a in mail.attachments]
        sender, address = parseaddr(mail.sender or "")
        date = mail.sent_date.isoformat() if mail.sent_date else ""
    except Exception as error:  # it raises whatever its parts raise
        raise Unreadable("damaged: not a readable mail") from error
    if not text and not subject:
        raise Unreadable(_empty(attached))
    return Document(
        text or subject,
        title_of(subject, name=name),
        sender or address,
        date,
        attachments=tuple(attached),
        note="" if text else "it only has a subject",
    )
