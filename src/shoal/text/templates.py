"""Whether texts are one template: the same words around numbers, links and names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from shoal.numerics.samples import evenly

LINK = re.compile(r"(?:https?|ftp)://\S+|www\.\S+|(?<!\S)(?:@[^\s@]*+|[^\s@]++)@\S+\.\w+")
WORD = re.compile(r"\w+")
MIN_TEXTS = 4
FIRST_TEXTS = 1000
"""Texts looked at first, so that those that are no template cost little however many there are."""
ALL = 0.95
"""Share of the texts that a word of the template stands in."""
MIN_WORDS = 2
"""Words that a template has, at least."""
SLOT_WORDS = 2
"""Words beside the template's in a text, in the mean, at most: a name has two."""
RARE = 0.05
"""Share of the texts that a word beside the template's stands in, at most; others part them."""


def one_template(texts: Sequence[str]) -> bool:
    """Whether distinct texts differ in nothing but numbers, links and rare words such as names.

    Parameters
    ----------
    texts : distinct
    """
    if len(texts) < MIN_TEXTS:
        return False
    if len(texts) > FIRST_TEXTS and not _fits(
        [texts[i] for i in evenly(len(texts), FIRST_TEXTS).tolist()]
    ):
        return False
    return _fits(texts)


def _fits(texts: Sequence[str]) -> bool:
    words = [
        [word for word in WORD.findall(LINK.sub(" ", text.casefold())) if not _has_digit(word)]
        for text in texts
    ]
    n_texts = Counter(word for row in words for word in set(row))
    common = {word for word, n in n_texts.items() if n >= ALL * len(texts)}
    shared = sum(word in common for row in words for word in row)
    rest = sum(map(len, words)) - shared
    most = max((n for word, n in n_texts.items() if word not in common), default=0)
    return (
        len(common) >= MIN_WORDS
        and shared >= rest
        and rest <= SLOT_WORDS * len(texts)
        and most <= max(RARE * len(texts), 2)
    )


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)
