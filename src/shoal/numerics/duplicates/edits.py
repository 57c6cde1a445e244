"""Edit distances of texts: typos in short ones, word order in long ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA, LCSseq

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import ordered_map, slices

BLOCK_PAIRS = 4096
LONG_WORDS = 12
"""Words from which on the order of words tells a copy from a text of the same theme."""
IN_ORDER = 0.8
"""Share of the words of the shorter text that a copy has in the same order."""
OTHER_WORDS, OTHER_SHARE, HALF = 4, 0.05, 0.5
"""Words that stand in one place of two texts, and their share of the shorter one, from which on the
two say something else where fewer than half of them are the same, whatever is around them."""
MANY_NUMBERS, NUMBERS_SHARE, SAME_NUMBERS = 10, 0.2, 0.8
"""Numbers of a text and their share of its words from which on it is a table, and how many of the
numbers of two tables are the same and in the same order where one is a copy of the other."""
MAX_CELL = 120
"""Characters of a cell in which single slips are looked for."""
LETTERS_PER_SLIP = 10
"""Letters of a text in which one slip is a small change; in a word of four one is another word."""
MIN_LETTERS = 5
LONG_NUMBER = 6
"""Digits of a number in which one wrong digit is a slip, as in a phone number; 75 is not 76."""
ABBREVIATED = 4
"""Letters of an abbreviation at most."""
WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\d+")


def folded(text: str) -> str:
    """Normalize case, accents, punctuation and spaces of a text."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(WORD.findall(plain.casefold()))


def slips(one: str, other: str) -> float:
    """How many small changes two short texts are apart: 0.5 if only the order of words differs.

    One or a few letters wrong, doubled, left out or swapped are one small change, and so is a word
    that is abbreviated. A short number that differs is no small change, and nor is another word.

    Parameters
    ----------
    one, other : as `folded` gives them, different

    Returns
    -------
    Less than 1, or infinity
    """
    if max(len(one), len(other)) > MAX_CELL:
        return float("inf")
    here, there = one.split(), other.split()
    if sorted(here) == sorted(there):
        return 0.5
    if _numbers_differ(one, other):
        return float("inf")
    allowed = max(min(len(one), len(other)) // LETTERS_PER_SLIP, 1)
    if min(len(one), len(other)) >= MIN_LETTERS:
        edits = OSA.distance(one, other, score_cutoff=allowed)
        if edits <= allowed:
            return edits / (allowed + 1)
    same_length = len(here) == len(there) and len(here) > 1
    if same_length and all(map(_abbreviates, here, there)):
        return 0.9
    return float("inf")


def _numbers_differ(one: str, other: str) -> bool:
    """Whether the numbers of two texts differ by more than a digit of a long one."""
    here, there = NUMBER.findall(one), NUMBER.findall(other)
    if here == there:
        return False
    whole = "".join(here), "".join(there)
    long = min(map(len, whole)) >= LONG_NUMBER
    return not (long and OSA.distance(*whole, score_cutoff=1) <= 1)


def _abbreviates(one: str, other: str) -> bool:
    """Whether two words are the same or one is short for the other, as rd for road."""
    short, long = sorted((one, other), key=len)
    if short == long:
        return True
    if len(short) > ABBREVIATED or short[0] != long[0] or not long.isalpha():
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def _says_another(one: list[str], other: list[str]) -> bool:
    """Whether two texts begin or end alike and have words in the same place that differ.

    Two mails of one sender share all of a long signature; an edit changes words here and there, or
    adds some to one of the two.
    """
    shorter = min(len(one), len(other))
    start = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    rest = shorter - start
    end = next((i for i in range(rest) if one[-1 - i] != other[-1 - i]), rest)
    here, there = one[start : len(one) - end], other[start : len(other) - end]
    least = min(len(here), len(there))
    enough = least >= max(OTHER_WORDS, OTHER_SHARE * shorter)
    return enough and LCSseq.similarity(here, there) < HALF * least


def _are_other_tables(one: list[str], other: list[str]) -> bool:
    """Whether two texts are tables of other numbers, such as the results of two days."""
    here, there = ([word for word in words if word[0].isdigit()] for words in (one, other))
    least = min(len(here), len(there))
    if least < max(MANY_NUMBERS, NUMBERS_SHARE * min(len(one), len(other))):
        return False
    return LCSseq.similarity(here, there) < SAME_NUMBERS * least


def words_in_order(texts: Sequence[str], one: IntArray, other: IntArray) -> FloatArray:
    """Share of the shorter text's words that the longer has in the same order, (n_pairs,) float32.

    Parameters
    ----------
    texts : of all rows
    one, other : (n_pairs,) the rows compared

    Returns
    -------
    1 where either has fewer than `LONG_WORDS` words: a few words have no order to speak of; 0 where
    only what is around the texts is the same, such as a signature
    """

    def block(part: slice) -> FloatArray:
        known: dict[int, list[str]] = {}

        def words_of(row: int) -> list[str]:
            if row not in known:
                known[row] = WORD.findall(texts[row].casefold())
            return known[row]

        out = np.ones(part.stop - part.start, dtype=np.float32)
        for place, (a, b) in enumerate(zip(one[part].tolist(), other[part].tolist(), strict=True)):
            here, there = words_of(a), words_of(b)
            shorter = min(len(here), len(there))
            if shorter >= LONG_WORDS:
                share = LCSseq.similarity(here, there) / shorter
                if share >= IN_ORDER and (
                    _says_another(here, there) or _are_other_tables(here, there)
                ):
                    share = 0.0
                out[place] = share
        return out

    parts = list(ordered_map(block, slices(len(one), BLOCK_PAIRS), releases_lock=False))
    return np.concatenate([np.empty(0, dtype=np.float32), *parts])
