"""Tokenizing words, in scripts with and without spaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache
from itertools import takewhile

from shoal.parts.describers.segmenting import segmented

# Python's \w leaves out the vowel signs that Hindi, Thai and others write as marks
_MARKS = "".join(
    chr(code)
    for code in range(0x300, 0x3100)
    if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me")
)
_LETTER = rf"[\w{_MARKS}\u200c\u200d]"
_INSIDE = r"(?:['\u2019-]|\.(?![A-Z])|(?<![a-z])\.)"
WORD = re.compile(rf"(?<!{_LETTER})[^\W\d_](?:{_LETTER}|{_INSIDE}(?=[\w{_MARKS}]))*[+#]*")
"""A letter first, then letters, digits and what keeps c++, e-mail, U.S and don't in one piece."""
_HIRAGANA, _KATAKANA = "[\u3041-\u309f]+", "[\u30a0-\u30ff]+"
KANA = re.compile("[\u3041-\u30ff]")
"""What only Japanese is written with."""
_CHARACTERS = "[\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
_SOUTHEAST = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"  # Thai, Lao, Burmese, Khmer
UNSPACED = re.compile("|".join((_HIRAGANA, _KATAKANA, _CHARACTERS, _SOUTHEAST)))
"""A run of a script that puts no spaces between words."""
LONGEST_WORD = 40
"""Letters; what is longer is data of a machine, in any language with spaces."""
HASH = re.compile(r"(?=[a-f]*\d)[0-9a-f]{12,}")
"""What a machine calls a thing by."""
LONGEST = 4
"""Characters of a term in a script without spaces."""
ALIKE_LEAST = 4
"""Letters that forms of a word have in common, as matrix and matrices."""
ALIKE_ENDING = 3
"""Letters in which forms of a word may end differently, as scale and scaling."""
ALIKE_SHARE = 0.55
"""Share of the longer word with which longer endings may differ, as cancelled and cancellation."""


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order; a run without spaces is one word."""
    return [word for written in WORD.findall(text) for word in _split(written)]


def _split(written: str) -> list[str]:
    """One match of `WORD` in lower case, cut where a script without spaces begins or ends."""
    word = written.lower().replace("\u2019", "'")
    if word.isascii():
        return [word]
    out: list[str] = []
    start = 0
    for run in UNSPACED.finditer(word):
        out += [word[start : run.start()], run.group()]
        start = run.end()
    return [part for part in (*out, word[start:]) if part]


class Terms:
    """What is counted: words in the singular, and of scripts without spaces short pieces.

    Parameters
    ----------
    stop_words : words left out
    """

    def __init__(self, stop_words: Set[str]) -> None:
        self._stop_words = stop_words
        self._known: dict[tuple[str, bool], list[str]] = {}

    def of(self, text: str) -> list[str]:
        """The terms of a text, in order."""
        out: list[str] = []
        japanese = not text.isascii() and KANA.search(text) is not None
        for written in WORD.findall(text):
            # most words come again and again
            found = self._known.get((written, japanese))
            if found is None:
                found = self._known[written, japanese] = self._made(written, japanese)
            out += found
        return out

    def _made(self, written: str, japanese: bool) -> list[str]:
        out: list[str] = []
        for word in _split(written):
            # what Japanese writes in hiragana is mostly grammar
            if word in self._stop_words or (self._stop_words and re.match(_HIRAGANA, word)):
                continue
            if re.match(_HIRAGANA, word):
                out += pieces(word)
            elif UNSPACED.match(word):
                out += _of_run(word, japanese)
            elif len(word) <= LONGEST_WORD and not HASH.fullmatch(word):
                out.append(singular(word))
        return out


def terms(text: str, stop_words: Set[str]) -> list[str]:
    """The `Terms` of one text."""
    return Terms(stop_words).of(text)


def _of_run(run: str, japanese: bool) -> list[str]:
    """Words of a run without spaces, or pieces of it where it has none that are known."""
    if re.match(_KATAKANA, run):
        return [run]
    found = segmented(run, japanese=japanese)
    return pieces(run) if found is None else found


def pieces(run: str) -> list[str]:
    """Every two to four characters in a row, or the only one there is; katakana is a word."""
    if len(run) < 2 or re.match(_KATAKANA, run):
        return [run]
    return [
        run[start : start + size]
        for size in range(2, LONGEST + 1)
        for start in range(len(run) - size + 1)
    ]


def singular(word: str) -> str:
    """An English word without the ending of its plural; words of three letters stay.

    References
    ----------
    Harman (1991), How effective is suffixing? Journal of the American Society for Information
    Science 42 (the S stemmer).
    """
    if len(word) < 5:
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith("s") and word[-2] not in "us'":
        return word[:-1]
    return word


@lru_cache(maxsize=1 << 16)
def alike(one: str, other: str) -> bool:
    """Whether two words are forms of one, as far as their first letters tell."""
    # verification and verify have less in common than their meaning
    plain = (re.sub("['-]", "", word).replace("ication", "y") for word in (one, other))
    one, other = sorted(plain, key=len)
    if other == one or other.removeprefix(one) in ("s", "es", "ed", "ing"):
        return True
    pairs = zip(one, other, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    short = len(other) - shared <= ALIKE_ENDING
    return shared >= ALIKE_LEAST and (short or shared >= ALIKE_SHARE * len(other))
