"""Answers that stand in an order: never ... always, low ... high, S ... XXL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from shoal.parts.readers.finding import Values
from shoal.parts.readers.words_for_nothing import KNOWN

SCALE = "scale"
"""What the form of a column of such answers begins with."""
MIN_STEPS = 3
"""Steps of a scale from which a column is one; two are a flag."""
MAX_WORDS = 40
"""Different texts above which a column is not looked up."""
NUMBERED = re.compile(r"^\(?\d{1,2}\s*[-\u2013:.)=]\s*|\s*[(\[]\d{1,2}[)\]]$")
"""The number of an answer: 5 - Strongly agree."""
UNSURE = frozenset(
    "don't know|dont know|do not know|not sure|no opinion|prefer not to say|prefer not to answer|"
    "can't say|n/a|weiß nicht|keine meinung|ne sait pas|nsp|no sabe|no sé|ns/nc|não sei|non so|"
    "weet niet|nie wiem|не знаю|不知道|わからない|모름".split("|")
)
"""What people answer who do not place themselves on a scale."""


def scale_form(values: Sequence[str]) -> str | None:
    """The order of the words of a column, as `steps_of` takes it; None where they have none.

    All words must be steps of one scale that is known, in any case, or say that there is no answer.

    Parameters
    ----------
    values : each text of the column once
    """
    if not MIN_STEPS <= len(values) <= MAX_WORDS:
        return None
    words = {word for value in values if (word := _plain(value)) not in KNOWN | UNSURE}
    for places in _scales():
        if words <= places.keys() and len({places[word] for word in words}) >= MIN_STEPS:
            steps: dict[int, list[str]] = {}
            for word in sorted(words):
                steps.setdefault(places[word], []).append(word)
            return f"{SCALE} " + " < ".join("|".join(steps[place]) for place in sorted(steps))
    return None


def steps_of(values: Iterable[str | None], form: str) -> Values:
    """Answers as the numbers of their steps, from 1 on.

    Parameters
    ----------
    values : (n,)
    form : as `scale_form` gave it

    Returns
    -------
    (n,) float64, nan for gaps and for what is no step; a step of the scale that the form has not
    lies half way between those that it has
    """
    steps = form.removeprefix(SCALE).split(" < ")
    places: dict[str, float] = {w: at for at, step in enumerate(steps, 1) for w in _words(step)}
    whole = next((scale for scale in _scales() if places.keys() <= scale.keys()), {})
    known = {whole[word]: place for word, place in places.items() if word in whole}
    for word, place in whole.items():
        below = sum(other < place for other in known)
        places.setdefault(word, known.get(place, below + 0.5))
    values = list(values)
    told = {v: np.nan if v is None else places.get(_plain(v), np.nan) for v in set(values)}
    return np.array([told[v] for v in values], dtype=np.float64)


def _plain(text: str) -> str:
    """A word as scales have it: without a number before it, or behind it in brackets."""
    bare = NUMBERED.sub("", text)
    return " ".join(bare.lower().replace("\u2019", "'").rstrip(".!").split())


def _words(step: str) -> list[str]:
    return [word.strip() for word in step.split("|")]


@cache
def _scales() -> tuple[Mapping[str, int], ...]:
    """Each known scale: word -> place of its step."""
    lines = Path(__file__).with_name("scales.txt").read_text(encoding="utf-8").splitlines()
    return tuple(
        {word: place for place, step in enumerate(line.split("<")) for word in _words(step)}
        for line in lines
        if not line.startswith("#")
    )
