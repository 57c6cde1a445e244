"""Encodings from before Unicode: told from Latin ones by how high bytes stand together."""

from __future__ import annotations

import re
import unicodedata

HIGH = re.compile(rb"[\x80-\xff]+")
RUN, RUN_SHARE = 3, 0.5
"""High bytes in a row, and their share of all, of scripts that are not Latin: an accented letter
stands alone among plain ones."""
SAMPLE_BYTES = 8192
ALPHABETS = {
    "CYRILLIC": (
        "оеаинтсрвлі", ("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic")
    ),
    "GREEK": ("αοιετσνςηυρκ", ("cp1253", "iso8859-7")),
    "HEBREW": ("יוהלארתמשב", ("cp1255", "iso8859-8")),
    "ARABIC": ("اليمونرتبة", ("cp1256", "iso8859-6")),
    "THAI": ("านรอกเงมยล", ("cp874",)),
}  # fmt: skip
"""Scripts with an alphabet: their most frequent letters, and the encodings that they have."""
FREQUENT = 0.42
"""Share of the letters that the most frequent ones have at least: in the wrong encoding others."""
CENTRAL = ("cp1250", "iso8859-2")
"""Latin encodings with letters where Windows-1252 has signs."""
LETTERS = re.compile(r"[^\W\d_]+")
SIGN_IN_WORD = re.compile(
    r"(?<=[^\W\d_])[\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b6\u00b8\u00b9\u00bb-\u00bf\u2018\u201a-\u2022"
    r"\u2026-\u203a\u02c6\u02dc\u20ac\u2122\u2200-\u22ff\u2500-\u25a0\u0192](?=[^\W\d_])"
    r"|(?<=[^\W\d_lL])\u00b7(?=[^\W\d_])"  # between two l, it is Catalan
)
CAPITAL = re.compile(r"[a-z\xdf-\xff](?=[\xc0-\xde\u0152\u0160\u0178\u017d])")
MIN_ODD = 2
OLD_WESTERN = ("mac-roman", "cp850")
"""Latin encodings of the Macintosh and of DOS."""
WESTERN = "äöüßéèêëàâçîïôûùñáíóúåæøãõœìò"
"""Letters that texts in them have."""
KANA = 0.3
USUAL_KANJI = (0x81, 0x99)
"""First bytes of kana and usual kanji in Shift-JIS, which are those of rare signs elsewhere."""
MOST = 0.9
"""Share of the words with other letters than plain ones that an encoding has to make sense of."""
BESIDE = 0.1
"""Share of plain letters that stand beside others, as in no word of another script."""


def legacy_encoding(content: bytes) -> str:
    """The encoding of a text that is not UTF-8, "" where it is Windows-1252 or not known.

    Parameters
    ----------
    content : of the text, from the first bytes on that are no plain ones
    """
    sample = content[: content.rfind(b"\n", 0, SAMPLE_BYTES) + 1] or content[:SAMPLE_BYTES]
    runs = HIGH.findall(sample)
    n_high = sum(map(len, runs))
    if sum(len(run) for run in runs if len(run) >= RUN) < max(RUN_SHARE * n_high, RUN):
        return _of_latin(sample)
    western = [c for c in _decoded(sample, "cp1252") or "" if not c.isascii()]
    if sum(unicodedata.category(c)[0] == "P" for c in western) > RUN_SHARE * n_high:
        return ""  # dashes and quotes
    scores = {
        encoding: _frequent(_decoded(sample, encoding), script, letters)
        for script, (letters, encodings) in ALPHABETS.items()
        for encoding in encodings
    }
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= FREQUENT:
        return best
    return _of_japan(sample) or _by_the_library(sample)


def _of_japan(sample: bytes) -> str:
    """The encoding in which many characters are kana of full width."""
    for encoding in ("euc-jp", "cp932"):
        others = [c for c in _decoded(sample, encoding) or "" if not c.isascii()]
        if sum("\u3041" <= c <= "\u30fe" for c in others) > KANA * max(len(others), RUN):
            return encoding
    kanji = [c.encode("cp932") for c in _decoded(sample, "cp932") or "" if c >= "\u3000"]
    halves = sum("\uff61" <= c <= "\uff9f" for c in _decoded(sample, "cp932") or "")
    usual = sum(USUAL_KANJI[0] <= pair[0] < USUAL_KANJI[1] for pair in kanji if len(pair) > 1)
    return "cp932" if not halves and len(kanji) >= RUN and usual >= MOST * len(kanji) else ""


def _decoded(sample: bytes, encoding: str) -> str | None:
    """The sample as text; its last character may be cut in two."""
    for cut in range(4):
        try:
            return sample[: len(sample) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _frequent(text: str | None, script: str, letters: str) -> float:
    """Share of the most frequent letters in a text; 0 where it is not written in the script."""
    words = [word for word in LETTERS.findall(text or "") if not word.isascii()]
    of_script = [w for w in words if all(unicodedata.name(c, "").startswith(script) for c in w)]
    written = [w for w in of_script if w[1:] == w[1:].lower() or w == w.upper()]
    if not words or len(written) < MOST * len(words):
        return 0.0
    n = sum(map(len, words))
    others = sum(not c.isascii() and unicodedata.category(c)[0] in "SC" for c in text or "")
    found = sum(c in letters for word in words for c in word.lower())
    return found / (n + others)


def _of_latin(sample: bytes) -> str:
    """A Latin encoding that has letters where Windows-1252 has signs or capitals within words."""
    western = _decoded(sample, "cp1252")  # None where a byte has no sign there
    if western is not None and sum(_oddities(western)) < MIN_ODD:
        return ""
    for encoding in (*OLD_WESTERN, *CENTRAL):
        text = _decoded(sample, encoding)
        if text is None:
            continue
        signs, capitals = _oddities(text)
        accented = [c for c in text.lower() if c.isalpha() and not c.isascii()]
        usual = sum(c in WESTERN for c in accented) >= MOST * len(accented)
        controls = sum(unicodedata.category(c) == "Cc" and not c.isascii() for c in text)
        words = sum(not word.isascii() for word in LETTERS.findall(text))
        fits = not signs and not controls and capitals <= (1 - MOST) * words
        if fits and accented and (usual or encoding in CENTRAL):
            return encoding
    return ""


def _oddities(text: str) -> tuple[int, int]:
    """Signs within words, and words with a capital behind small letters that is no plain one."""
    words = [word for word in LETTERS.findall(text) if not word.isascii()]
    return len(SIGN_IN_WORD.findall(text)), sum(CAPITAL.search(word) is not None for word in words)


def _by_the_library(sample: bytes) -> str:
    """What charset-normalizer finds, where it makes whole words of another script."""
    from charset_normalizer import from_bytes

    found = from_bytes(sample).best()
    text = str(found or "")
    others = [c for c in text if c.isalpha() and not unicodedata.name(c, "").startswith("LATIN")]
    beside = len(re.findall(r"[A-Za-z](?=[^\W\d_\x00-\x7f])", text))
    halves = sum("\uff61" <= c <= "\uff9f" for c in others)
    if found is None or len(others) < RUN or halves > MOST * len(others):
        return ""
    return found.encoding if beside <= BESIDE * len(others) else ""
