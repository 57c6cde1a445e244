"""Words of scripts that put no spaces between them, by the libraries of the extra `languages`.

Chinese is cut by jieba's dictionary, which keeps words such as those for bicycle and printer whole
where ICU's cuts them; Thai, Lao, Khmer, Burmese and the Chinese characters of Japanese are cut by
ICU's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise

Words = list[tuple[str, bool]]
"""Words in order, and whether each tells anything."""
EXTRA = "languages"
MAX_JOINED = 8
"""Characters of two words that may be one name."""
TELLING = "nvaijlbstzg"
"""First letters of jieba's tags: nouns, verbs, adjectives, idioms, times and places."""
UNSPACED_LANGUAGES = ("thai", "lao", "khmer", "burmese", "japanese")
"""Those that ICU cuts."""
_SOUTHEAST = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def segmented(run: str, *, japanese: bool) -> list[str] | None:
    """The words of a run without spaces, and pairs of them; None where the extra is missing.

    Particles, adverbs and counting words of Chinese are left out, and of the others what has one
    character. A pair is how a compound is written: it wins over its words where they stand
    together as often as alone.

    Parameters
    ----------
    run : of one script
    japanese : whether a text with Chinese characters is in Japanese
    """
    southeast = _SOUTHEAST.match(run) is not None
    cut = _icu() if southeast or japanese else _jieba()
    if cut is None:
        return None
    found = cut(run)
    if japanese and not southeast:
        found = _attached(found)
    out = [word for word, tells in found if tells]
    for (one, tells), (other, also) in pairwise(found):
        pair = one + other
        if tells and also and min(len(one), len(other)) > 1 and len(pair) <= MAX_JOINED:
            out.append(pair)
    return out


def is_installed(language: str) -> bool:
    """Whether words of a language, as `languages` calls it, can be told where that takes a library.

    Parameters
    ----------
    language : in lower case
    """
    needed = {"chinese": _jieba, **dict.fromkeys(UNSPACED_LANGUAGES, _icu)}.get(language)
    return needed is None or needed() is not None


def _attached(found: Words) -> Words:
    """Words of Chinese characters in Japanese with single characters put to the word before.

    They are beginnings and endings of words: ICU cuts the "day" of "birthday" off.
    """
    out: Words = []
    for word, _ in found:
        if out and (len(word) == 1 or len(out) == 1 == len(out[0][0])):
            out[-1] = (out[-1][0] + word, True)
        else:
            out.append((word, len(word) > 1))
    return out


@cache
def _jieba() -> Callable[[str], Words] | None:
    try:
        import rjieba
    except ImportError:
        return None

    def cut(run: str) -> Words:
        # of one character only nouns: "cat" tells, "to strike" is part of too many words
        return [
            (word, tag[:1] in (TELLING if len(word) > 1 else "n")) for word, tag in rjieba.tag(run)
        ]

    return cut


@cache
def _icu() -> Callable[[str], Words] | None:
    try:
        from icu4py.breakers import WordBreaker
    except ImportError:
        return None
    return lambda run: [(word, len(word) > 1) for word in WordBreaker(run, "th")]
