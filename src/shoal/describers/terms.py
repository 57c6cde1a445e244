"""What counts as a word, in scripts with spaces and in scripts without."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence, Set

# Python's \w leaves out the vowel signs that Hindi, Thai and others write as marks
_MARKS = "".join(
    chr(code)
    for code in range(0x300, 0x3100)
    if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me")
)
_LETTER = rf"[\w{_MARKS}\u200c\u200d]"
WORD = re.compile(rf"(?<!{_LETTER})[^\W\d_](?:[\w{_MARKS}\u200c\u200d'\u2019.+#-]*[\w{_MARKS}+#])?")
"""A letter first, then letters, digits and what keeps c++, e-mail and don't in one piece."""
_NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana, Chinese characters
    "\U00020000-\U0003ffff"
)
UNSPACED = re.compile(f"[{_NO_SPACES}]+")
"""A run of a script that puts no spaces between words."""
LONGEST = 4
"""Characters of a term in a script without spaces."""


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order; a run without spaces is one word."""
    out: list[str] = []
    for word in WORD.findall(text.lower()):
        start = 0
        for run in UNSPACED.finditer(word):
            out += [word[start : run.start()], run.group()]
            start = run.end()
        out.append(word[start:])
    return [word for word in out if word]


def terms(text: str, stop_words: Set[str]) -> list[str]:
    """Words and pairs of words, and in scripts without spaces two to four characters.

    Parameters
    ----------
    text : any text
    stop_words : words left out before pairs are made
    """
    out: list[str] = []
    before = ""
    for word in words(text):
        if word in stop_words:
            continue
        if UNSPACED.match(word):
            out += [word] if len(word) < 2 else _pieces(word)
            before = ""
            continue
        out.append(word)
        if before:
            out.append(f"{before} {word}")
        before = word
    return out


def _pieces(run: str) -> list[str]:
    return [
        run[start : start + size]
        for size in range(2, LONGEST + 1)
        for start in range(len(run) - size + 1)
    ]


def casing(texts: Sequence[str], wanted: Sequence[str]) -> dict[str, str]:
    """How each term is mostly written in the texts.

    Parameters
    ----------
    texts : where the terms come from
    wanted : terms in lower case

    Returns
    -------
    One entry per term; the term itself where it is not found as it stands
    """
    joined = "\n".join(texts)
    out = {}
    for term in wanted:
        pattern = rf"(?<!{_LETTER})" + r"\s+".join(map(re.escape, term.split()))
        found = Counter(re.findall(rf"{pattern}(?!{_LETTER})", joined, flags=re.IGNORECASE))
        best = min(found, key=lambda form: (-found[form], form), default=term)
        out[term] = " ".join(best.split())
    return out
