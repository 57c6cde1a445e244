"""Texts as tokens with their places, in any script, for counting what many texts share."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import AnyArray

MARKS = "".join(
    chr(code)
    for code in range(0x300, 0x3100)
    if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me")
)
"""Signs that Python's \\w leaves out although words are written with them."""
EAST = "\u3041-\u30ff\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese and Japanese characters."""
SOUTHEAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Letters and signs of Thai, Lao, Burmese and Khmer."""
UNSPACED = EAST + SOUTHEAST
"""Scripts without spaces between words: each character is a token."""
URL, MAIL, HANDLE, CODE, WORD, BREAK, CHARACTER, LETTER, MARKUP = 2, 3, 4, 5, 6, 7, 8, 9, 10
"""What a token is. A break is no token: it ends a segment. A character is of `EAST`, a letter of
`SOUTHEAST`."""
WORDS_OF = np.array([0, 0, 0, 0, 0, 0, 1, 0, 0.5, 0.25, 0])
"""Words that a token of each kind is, about: of Chinese two characters, of Thai four letters."""
NAMES = {URL: "links", MAIL: "mail addresses", HANDLE: "@handles", MARKUP: "HTML tags"}
CODES = "numbers and codes"
_CODE = (
    r"(?<![\w#])#?(?:[A-Za-z]{1,6}[-_]?)?\d{3,}+[0-9A-Za-z]*+(?:[-_:.][0-9A-Za-z]++)*(?![\w])"
    r"|(?<!\w)(?=[a-f]*\d)[0-9a-f]{8,}(?:-[0-9a-f]{4,})*(?!\w)"
)
_TAG = (
    r"<(?:!--.{0,500}?--|/?(?:a|abbr|article|b|big|blockquote|body|br|button|center|cite|code|dd|div"
    r"|dl|dt|em|figure|figcaption|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins"
    r"|kbd|label|li|link|main|meta|nav|ol|option|p|picture|pre|q|s|section|select|small|source|span"
    r"|strike|strong|style|sub|sup|svg|table|tbody|td|tfoot|th|thead|title|tr|tt|u|ul|video)"
    r"(?:\s[^<>]{0,2000})?/?)>"
)
"""Elements of HTML by name, so that List<String> and <your name> are none."""
_ENDS = r"(?=[\s,;)!?]|\.\s|\Z)"


def _pattern(plain: str, word: str) -> re.Pattern[str]:
    """What finds tokens, the kind of each by its group; `plain` words are the most and go first.

    Where nothing that is known follows blanks, they are found alone, in no group: they are not
    gone over again from the second on.
    """
    return re.compile(
        r"[ \t()\"]*+(?:"
        rf"({plain}{_ENDS})"
        r"|((?:https?|ftp)://[^\s\"'<>]+|www\.[^\s\"'<>]+)"
        r"|((?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)"
        rf"|((?<![\w@.])@[\w{MARKS}]+)"
        rf"|({_CODE})"
        rf"|({word})"
        r"|([\n.!?:;,|\u2026\u3002\uff01\uff1f\uff0c\uff1a\uff1b\u060c\u061b\u061f\u0964])"
        rf"|([{EAST}])|([{SOUTHEAST}])|({_TAG})|(?<=[ \t()\"]))"
    )


TOKEN = _pattern(
    rf"[^\W\d_{UNSPACED}]+",
    rf"[^\W_{UNSPACED}](?:[^\W{UNSPACED}]|[{MARKS}\u200c\u200d'\u2019](?=\w))*",
)
ASCII_TOKEN = _pattern(r"[A-Za-z]+", r"[A-Za-z0-9](?:\w|'(?=\w))*")
PLAIN = 1
DIGITS = re.compile(r"\d+")
HEX = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f-]{8,}", re.IGNORECASE)
MANY_WORDS = 1 << 20
"""Words whose numbers are remembered at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The tokens of some texts, one after the other.

    Parameters
    ----------
    row : (n_tokens,) int32, the text each is in, ascending
    start, end : (n_tokens,) int32, characters
    kind : (n_tokens,) uint8, `URL` to `MARKUP`
    number : (n_tokens,) uint64, the same for tokens that differ in case or digits only
    broken : (n_tokens,) bool, whether a line, sentence or part of one begins with it
    """

    row: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    kind: NDArray[np.uint8]
    number: NDArray[np.uint64]
    broken: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def words(self) -> NDArray[np.float64]:
        """How many words each is, (n_tokens,); a number alone says nothing."""
        return np.asarray(np.where(self.number == ANY_NUMBER, 0.0, WORDS_OF[self.kind]))

    def taken(self, kept: AnyArray) -> Tokens:
        """Some of the tokens: a mask, or their places in ascending order."""
        return Tokens(*(values[kept] for values in attrgetter(*self.__slots__)(self)))


class Tokenizer:
    """Cuts texts into tokens; most words come again and again, so their numbers are remembered."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, texts: Sequence[str]) -> Tokens:
        """The tokens of texts."""
        # arrays, as a list takes four times the memory of its numbers
        rows, starts, ends = array("i"), array("i"), array("i")
        kinds, numbers, broken = array("B"), array("Q"), array("B")
        for row, text in enumerate(texts):
            fresh = True
            pattern = ASCII_TOKEN if text.isascii() else TOKEN
            for found in pattern.finditer(text):
                kind = found.lastindex
                if kind is None:
                    continue
                if kind == BREAK:
                    fresh = True
                    continue
                rows.append(row)
                start, end = found.span(kind)
                starts.append(start)
                ends.append(end)
                kinds.append(kind if kind != PLAIN else WORD)
                numbers.append(self._number(kind, text[start:end]))
                broken.append(fresh)
                fresh = False
        return Tokens(
            np.array(rows, np.int32),
            np.array(starts, np.int32),
            np.array(ends, np.int32),
            np.array(kinds, np.uint8),
            np.array(numbers, np.uint64),
            np.array(broken, np.uint8).astype(bool),
        )

    def _number(self, kind: int, written: str) -> int:
        number = self._numbers.get(written)
        if number is None:
            if len(self._numbers) >= MANY_WORDS:
                self._numbers.clear()
            number = self._numbers[written] = hashed(_known_by(kind, written))
        return number


def _known_by(kind: int, written: str) -> str:
    """What a token is taken for: one link is as good as another, and so is one number."""
    if kind in NAMES:
        return f"\x00{kind}"
    plain = written.lower()
    if kind == CODE and HEX.fullmatch(plain):
        return "0"
    return DIGITS.sub("0", plain).lstrip("#")


def hashed(text: str) -> int:
    """Eight bytes that stand for a text, the same in every process."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def numbers_of(words: Iterable[str]) -> NDArray[np.uint64]:
    """The numbers of word tokens and of their possessive forms, ascending."""
    forms = {word.lower() + ending for word in words for ending in ("", "'s", "\u2019s")}
    return np.array(sorted(hashed(_known_by(WORD, form)) for form in forms), np.uint64)


def shape_of(written: str) -> str:
    """The form of a number or code: its letters, and how many digits."""
    plain = written.lower().lstrip("#")
    return "hex" if HEX.fullmatch(plain) else re.sub(r"\d", "0", plain)


ANY_NUMBER = np.uint64(hashed("0"))
"""What every number is known by."""
