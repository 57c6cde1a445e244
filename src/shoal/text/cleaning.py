"""Text from the data, made safe to show: cleaned, shortened, and packed as JSON.

Every text of a run comes from strangers. Escaping for HTML is the template's work (autoescape);
what is done here is what escaping does not do: characters that reorder, hide or break the page.
"""

from __future__ import annotations

import json
import re
import unicodedata

_BIDI = "\u202a-\u202e\u2066-\u2069"
_NOT_TEXT = "\ufdd0-\ufdef\ufffe\uffff"
# Controls, embeddings and overrides of direction, and code points that are no characters.
_DROP_IN_BLOCK = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_BIDI}{_NOT_TEXT}]")
_CONTROLS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile(f"[{_BIDI}{_NOT_TEXT}]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
_ELLIPSIS = "…"
# How far back a cut may move to fall between two words.
_WORD_REACH = 18

_JSON_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def clean(value: object) -> str:
    """Make one line of any value: no control characters, no reordering, no lone surrogates.

    Parameters
    ----------
    value : whatever the run holds; None becomes the empty text

    Returns
    -------
    One line, stripped.
    """
    return "" if value is None else clean_piece(str(value)).strip()


def clean_piece(text: str) -> str:
    """Clean a part of a line, which keeps the space on either side that parts it from the next."""
    text = _SURROGATES.sub("\ufffd", text)
    return _INVISIBLE.sub("", _CONTROLS.sub(" ", text))


def clean_block(value: str) -> str:
    """Clean a text of many lines, keeping its lines and tabs.

    Parameters
    ----------
    value : the text

    Returns
    -------
    The same lines without control characters.
    """
    text = _SURROGATES.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))
    return _DROP_IN_BLOCK.sub("", text).strip("\n")


def shorten(text: str, most: int) -> str:
    """Cut a text to at most `most` characters, between words where one ends near the cut.

    Parameters
    ----------
    text : one cleaned line
    most : the most characters, the ellipsis among them

    Returns
    -------
    The text, or its beginning and an ellipsis.
    """
    if len(text) <= most:
        return text
    head = text[: most - 1]
    space = head.rfind(" ", len(head) - _WORD_REACH)
    if space > 0 and text[most - 1] != " ":
        head = head[:space]
    # An accent or a joined emoji must not be cut in half.
    while head and (unicodedata.combining(head[-1]) or head[-1] in _JOINERS):
        head = head[:-1]
    return head.rstrip(" ,;:.-\u00b7") + _ELLIPSIS


def to_json(value: object) -> str:
    """Write JSON that may stand inside a <script> element.

    Parameters
    ----------
    value : lists, dicts, texts, numbers; no NaN

    Returns
    -------
    JSON in which no character can end the element or start a comment.
    """
    packed = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return packed.translate(_JSON_ESCAPES)
