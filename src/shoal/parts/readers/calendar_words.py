"""Words that stand in dates: names of months and days in any language, zones, a.m. and p.m."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from babel import Locale


class Meaning(NamedTuple):
    """What a word in a date says.

    Parameters
    ----------
    kind : "M" a month, "D" a day of the week, "P" the half of the day, "Z" a zone, "H" hours,
        "Q" quarter, "W" week, "s" nothing
    value : number of the month, minutes east of Greenwich, 0 or 12 hours
    """

    kind: str
    value: int = 0


LANGUAGES = (
    "en de fr es it pt nl pl ru uk cs sv da nb fi tr hu ro el bg hr sr sl sk lt lv et ca eu gl is "
    "ga id ms vi af sw ar fa he hi bn ta te th ka hy az kk uz zh ja ko sq mk bs be mt lb fil"
).split()
"""Those whose names are looked for, in this order, until one knows all words of a column."""
MAX_WORDS = 60
"""More different words that English does not know are no names of months and days."""
FILLERS = (
    "t at of the on de del den der le el um om kl a à as às alle ore o st nd rd th er ère º ª "
    "\u0433 года \u0440 року hr hrs hour hours clock 年 月 日 時 时 分 秒 년 월 일 시 분 초 "
    "ngày tháng năm"
).split()
HOURS = ("h", "uhr", "u")
HALVES = {"am": 0, "pm": 12, "a": 0, "p": 12}
ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120,
    "mez": 60, "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "sast": 120, "ist": 330,
    "sgt": 480, "hkt": 480, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720,
    "nzdt": 780, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "akst": -540, "hst": -600, "brt": -180,
}  # fmt: skip
WEEKS = ("w", "wk", "week", "kw", "woche", "semaine", "semana", "cw")
QUARTERS = ("q", "qtr", "quarter", "quartal", "trimestre", "kvartal")


def meanings(words: Collection[str]) -> dict[str, Meaning]:
    """What words in the dates of a column mean; those that no date has are left out.

    Names of months are those of the one language that knows most of the words, English before
    others.

    Parameters
    ----------
    words : in lower case, each once
    """
    out = {word: found for word in words if (found := plain_meaning(word)) is not None}
    open_words = [word for word in words if word not in out]
    best: dict[str, Meaning] = {}
    if len(open_words) > MAX_WORDS:
        return out
    for language in LANGUAGES:
        names = _names(language)
        info = {word: names[word] for word in open_words if word in names}
        if len(info) > len(best):
            best = info
        if len(best) == len(open_words):
            break
    return out | best


def plain_meaning(word: str) -> Meaning | None:
    """What a word means that has the same meaning in all languages."""
    english = _names("en").get(word)
    if english is not None:
        return english
    if word in HALVES and word not in ("a", "p"):
        return Meaning("P", HALVES[word])
    for kind, known in (("H", HOURS), ("Q", QUARTERS), ("W", WEEKS), ("s", FILLERS)):
        if word in known:
            return Meaning(kind)
    return Meaning("Z", ZONES[word]) if word in ZONES else None


@cache
def _names(language: str) -> dict[str, Meaning]:
    """Names of months and days of a language, in lower case and without a full stop.

    References
    ----------
    The Unicode CLDR, by the package Babel.
    """
    locale, out = Locale(language), {}
    for kind, info in (("D", locale.days), ("M", locale.months)):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in info.get(context, {}).get(width, {}).items():
                    plain = name.lower().strip(". ")
                    if not plain.isdigit() and not any(sign.isdigit() for sign in plain):
                        out[plain] = Meaning(kind, int(number))
    if language == "en":
        out["sept"] = Meaning("M", 9)
        for day, more in (("tue", "tues"), ("wed", "weds"), ("thu", "thur"), ("thu", "thurs")):
            out[more] = out[day]
    if language == "de":
        for short, number in (("jan", 1), ("feb", 2), ("mrz", 3), ("okt", 10), ("dez", 12)):
            out[short] = Meaning("M", number)
    return out
