"""Readable names and values of columns: monthly charges, no, 1998, 3 May 2024."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache

from shoal.data.records import EPOCH, number_as_text
from shoal.parts.describers.lexicon import words as known_words
from shoal.text.words import MONTHS

YES = frozenset({"yes", "y", "true", "t", "1", "on", "ja", "oui", "si", "sí", "sim"})
NO = frozenset({"no", "n", "false", "f", "0", "off", "nein", "non", "não", "nao", "none"})
SHORT_FORMS = {
    "avg": "average",
    "amt": "amount",
    "qty": "quantity",
    "num": "number of",
    "nr": "number of",
    "pct": "percent",
    "yr": "year",
    "yrs": "years",
    "mth": "month",
    "acct": "account",
    "cust": "customer",
    "prod": "product",
    "addr": "address",
    "dept": "department",
    "temp": "temperature",
    "freq": "frequency",
    "dur": "duration",
    "desc": "description",
    "cat": "category",
    "min": "minimum",
    "max": "maximum",
    "sd": "spread",
    "cr": "credit",
    "std": "spread",
}
"""Short forms in names of columns that are written out."""
ONE_WORD = frozenset(
    "overtime birthday username password weekday weekend airport website household checkout "
    "checkin homepage workload timestamp bedroom bedrooms bathroom bathrooms smartphone".split()
)
"""Words that names of columns write as two, with a capital in the middle."""
UNITS = frozenset(
    "eur usd gbp chf kg g lb lbs km m cm mm mi ft min mins minutes h hrs hours s sec secs seconds "
    "days weeks months years pct percent".split()
)
"""Last parts of names that say what is counted in."""
MONEY = frozenset(
    "price cost costs spend spending spent charge charges revenue income salary wage amount fee "
    "fees budget sales turnover paid payment balance bill fare rent premium profit value".split()
)
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£", "€": "€", "$": "$", "£": "£", "k$": "k$"}
YEAR_WORDS = frozenset({"year", "yr", "jahr", "vintage", "founded", "built", "born", "annee"})
CACHED = 1 << 15
"""Names of columns, which are asked for once for every cluster."""
SHOUTED = 4
"""Letters of an abbreviation."""
FIRST_YEAR, LAST_YEAR = 1500, 2200
_WORD = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_a-zA-Z]+")


def words_of(name: str) -> list[str]:
    """The words of a column's name, without what stands in brackets behind it."""
    plain = re.sub(r"\s*[\[(][^\])]*[\])]\s*$", "", name) or name
    found: list[str] = []
    for part in re.split(r"[\s_\-./|:]+", plain):
        # a name such as "iPhone" or "mRNA" is one word; camel case has longer parts
        found += _WORD.findall(part) if re.search(r"[a-z]{2}[A-Z]|[A-Z]{2,}[a-z]", part) else [part]
    return _rejoined([word for word in found if word])


def _rejoined(words: list[str]) -> list[str]:
    """Words with those put together that are one: "OverTime" is about overtime."""
    out: list[str] = []
    for word in words:
        whole = f"{out[-1]}{word}" if out else ""
        if whole.lower() in ONE_WORD and word.istitle():
            out[-1] = whole.lower()
        else:
            out.append(word)
    return out


@lru_cache(CACHED)
def column_name(name: str) -> str:
    """A column's name as a person says it: "MonthlyCharges" is "monthly charges"."""
    words = [_lowered(word) for word in words_of(name)]
    if name.isupper() and len(words) > 1:
        words = [word.lower() if word.lower() in known_words() else word for word in words]
    if len(words) > 1 and words[-1].lower() in UNITS and words[-1].lower() not in ("months",):
        words = words[:-1]
    if len(words) > 1 and words[0] in ("is", "has"):
        words = words[1:]
    long = " ".join(SHORT_FORMS.get(word, word) for word in words).strip()
    return long.replace("number of of ", "number of ") or name.strip() or "a column without a name"


def _lowered(word: str) -> str:
    """In lower case, unless it is an abbreviation such as TV or ID, or a word such as mRNA."""
    abbreviation = len(word) <= 4 and word.isupper() and any(char.isalpha() for char in word)
    mixed = any(char.isupper() for char in word[1:]) and not word.isupper()
    return word if (abbreviation and len(word) > 1) or mixed else word.lower()


def unit_of(name: str) -> str:
    """The unit that a column's name says its values are in, or nothing."""
    behind = re.search(r"[\[(]([^\])]{1,8})[\])]\s*$", name)
    if behind:
        return SYMBOLS.get(behind[1].strip().lower(), behind[1].strip())
    words = words_of(name)
    last = words[-1].lower() if len(words) > 1 else ""
    return SYMBOLS.get(last, last) if last in UNITS else ""


@lru_cache(CACHED)
def is_money(name: str) -> bool:
    """Whether a column is named as amounts of money are."""
    return unit_of(name) in ("€", "$", "£", "k$") or bool(
        {word.lower() for word in words_of(name)} & MONEY
    )


def is_year(name: str, low: float, high: float) -> bool:
    """Whether numbers between two others are calendar years, by name and range."""
    named = {word.lower() for word in words_of(name)} & YEAR_WORDS
    return bool(named) and low >= FIRST_YEAR and high <= LAST_YEAR


def is_flag(levels: Sequence[str]) -> bool:
    """Whether the categories of a column are yes and no, however they are written."""
    plain = {level.strip().lower() for level in levels}
    return len(plain) == 2 and len(plain & YES) == 1 and len(plain & NO) == 1


def says_yes(level: str) -> bool:
    """Whether a category of a flag is its yes."""
    return level.strip().lower() in YES


def number_in_words(value: float, name: str, *, year: bool = False, unit: str | None = None) -> str:
    """A number with its unit: 64.76 or 12,669, $1,200, 1998, 3.5 kg.

    Parameters
    ----------
    value : the number
    name : of its column, which may name a unit
    year : whether it is a calendar year
    unit : where it is known from elsewhere
    """
    if year:
        return str(round(value))
    unit = unit_of(name) if unit is None else unit
    info = number_as_text(value)
    if is_money(name) and value != int(value) and 1 <= abs(value) < 1000:
        info = f"{value:,.2f}"
    if unit in ("€", "$", "£"):
        return f"{unit}{info}"
    return f"{info} {unit}".rstrip()


def day_in_words(days: float) -> str:
    """A day as a person writes it: 3 May 2024."""
    day = EPOCH + timedelta(days=int(days // 1))
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_in_words(days: float) -> str:
    """The month of a day: May 2024."""
    return day_in_words(days).split(" ", 1)[1]


def level_in_words(level: str) -> str:
    """A category inside a sentence: without capitals where it is words of several letters."""
    text = " ".join(level.replace("_", " ").split())
    # Fiber optic -> fiber optic; DSL, Berlin-Mitte and names of one word keep their capital
    several = " " in text or "-" in text
    if text.isupper() and text.isalpha() and len(text) > SHOUTED and text.lower() in known_words():
        return text.lower()  # AUTOMATIC, but MIT
    return text[0].lower() + text[1:] if several and text[1:].islower() else text


def share_in_words(share: float) -> str:
    """A share in words where one is near: nearly half, two in three, 43 %."""
    for least, most, words in (
        (1.0, 1.01, "all"),
        (0.945, 1.0, "nearly all"),
        (0.735, 0.765, "three in four"),
        (0.645, 0.68, "two in three"),
        (0.5, 0.52, "half"),
        (0.45, 0.5, "nearly half"),
        (0.32, 0.345, "one in three"),
        (0.24, 0.26, "one in four"),
        (0.19, 0.21, "one in five"),
        (0.095, 0.105, "one in ten"),
        (-0.01, 1e-12, "none"),
    ):
        if least <= share < most:
            return words
    return percent(share)


def percent(share: float) -> str:
    """A share in whole percent, where it is none of the ends."""
    if 0 < share < 0.01:
        return "below 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")


ENTITIES = frozenset(
    "customer client user subscriber member visitor guest patient passenger employee worker "
    "applicant candidate student pupil teacher person respondent participant voter citizen player "
    "driver donor borrower buyer shopper seller supplier vendor company firm store shop branch "
    "household family house home apartment flat building car vehicle bike product item article "
    "order purchase transaction payment invoice claim loan policy contract ticket call session "
    "visit trip flight booking hotel restaurant wine flower plant animal country city station "
    "machine sensor device school hospital movie film song book".split()
)
"""What rows of a table are, where its name or that of its ids says so."""
IRREGULAR = {"person": "people", "people": "people"}


def subject_of(*names: str | None) -> str:
    """What the rows of a table are, in the plural; nothing where no name says it.

    Parameters
    ----------
    names : of the source, of the column of ids, and the like, such as "customers" or "customerID";
        the first that says it counts
    """
    for name in names:
        for word in reversed(words_of(name or "")):
            plain = word.lower()
            for one in (plain, plain.removesuffix("s"), f"{plain.removesuffix('ies')}y"):
                if one in ENTITIES or one in IRREGULAR:
                    return IRREGULAR.get(one) or plural(one)
    return ""


def plural(word: str) -> str:
    """A noun for several: plans, companies, boxes; what ends in s stays as it is."""
    if word.endswith("s") and not word.endswith("ss"):
        return word
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def times(ratio: float) -> str:
    """A ratio such as "3.1 x"; small ones keep two digits that count."""
    if ratio >= 10:
        return f"{ratio:,.0f} x"
    return f"{ratio:.1f} x" if ratio >= 1 else f"{ratio:.2g} x"
