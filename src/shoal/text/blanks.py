"""Texts that show nothing: told by what each character is, not by a list of spaces."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

MISSING, BLANK = "missing text", "blank text"
"""Why a row without a text cannot be clustered, as run.json says it."""
_HIDDEN_CATEGORIES = ("C", "Z", "M")
"""General categories that show nothing alone: controls, formats, spaces, lone marks."""
_HIDDEN_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159\U00013441\U00013442")
"""Letters and symbols by category, drawn as empty space: fillers, blank Braille, null notehead."""
_IGNORABLE_UNASSIGNED = ((0x2065, 0x2065), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF))
"""Ranges of Default_Ignorable_Code_Point that hold no characters yet."""


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: only spaces, controls, joiners, fillers and lone marks.

    Parameters
    ----------
    text : any text; the empty one is blank
    """
    if text.isascii():
        return not text.strip() or all(ord(char) < 33 or ord(char) == 127 for char in text)
    return all(_shows_nothing(char) for char in text)


def n_without_text(reasons: Mapping[str, object]) -> int:
    """How many rows have no text.

    Parameters
    ----------
    reasons : why rows could not be clustered -> how many
    """
    return sum(n for n in map(reasons.get, (MISSING, BLANK)) if isinstance(n, int))


def _shows_nothing(char: str) -> bool:
    if char in _HIDDEN_LETTERS:
        return True
    category = unicodedata.category(char)
    if category != "Cn":
        return category[0] in _HIDDEN_CATEGORIES
    # Python's tables lag behind Unicode: an emoji of this year has no category yet, but shows
    code = ord(char)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return is_noncharacter or any(low <= code <= high for low, high in _IGNORABLE_UNASSIGNED)
