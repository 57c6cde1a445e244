"""Amounts with units around the number: money, units, durations, ranges, 1.2K."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from shoal.parts.readers.unit_sizes import (
    ALWAYS_LARGE,
    DIMENSIONS,
    LARGE,
    SPACES,
    dimension_of,
    is_money,
)

LAKHS = r"\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?"
THOUSANDS = r"\d{1,3}(?:[,.'\u2019\u00a0\u202f\u2009 ]\d{3})+(?:[.,]\d+)?"
NUMBER = rf"(?:{LAKHS}|{THOUSANDS}|\d+(?:[.,]\d+)?|[.,]\d+)"
ABOUT = r"^(?:ca\.?|circa|about|approx\.?|around|under|over|up to|from|ab|bis|~|≈|<=?|>=?|≤|≥)\s*"
FOOTNOTE = re.compile(r"(?<=[\d%])\s*(?:\*{1,3}|[\u2020\u2021]|\[\w{1,3}\])$")
"""What refers to a note below the table: 1.5**, 11[3]."""
STARS = re.compile(r"[\u2605\u2b50]\ufe0f?(?:[\u2605\u2b50]\ufe0f?)*\u2606*")
"""A rating that is drawn: ★★★☆☆."""
GLUED = re.compile(r"(-?)([^\W\d_]{1,4})(?=\d)")
SURE_MONEY = frozenset({"rs", "rp", "ksh"})
"""Signs of money that no code begins with; behind others, an amount has more than digits."""
ARROWS = {"\u25b2": "", "\u25b3": "", "\u2191": "", "\u25bc": "-", "\u25bd": "-", "\u2193": "-"}
"""Signs before a number that say whether it rose or fell."""
PRIMES = str.maketrans("\u2032\u2033\u201d\u03bc", '\'""\u00b5')
"""Signs of minutes and feet, seconds and inches, and the Greek letter that looks like micro."""
ORDINAL = re.compile(r"(?<=1)st$|(?<=2)nd$|(?<=3)rd$|(?<=[04-9])th$|(?<=1[123])th$")
FRACTION = re.compile(
    r"(?P<whole>\d+)?(?:(?<=\d)[ -])?(?:(?P<over>\d)/(?P<under>\d)|(?P<sign>[¼-¾⅓-⅞]))"
)
DEGREES = re.compile(
    r"(?P<before>[nsew])?\s?(?P<sign>-)?(?P<deg>\d{1,3}(?:[.,]\d+)?)\s?(?P<mark>°)?\s?"
    r"(?:(?P<min>\d{1,2}(?:[.,]\d+)?)\s?['\u2019]\s?)?"
    r"(?:(?P<sec>\d{1,2}(?:[.,]\d+)?)\s?(?:\"|'')\s?)?(?P<after>[nsew])?"
)
"""A latitude or longitude: 52°31'12"N, 13.4050 E."""
TAILS = re.compile(
    r"\s*(?:/\s?(?:1?0*\s?)?[^\W\d]+[²³]?|\bp\.?\s?[am]\b\.?"
    r"|\bper \w+|\ba \w+|\beach|\bnet|\bgross)$|\+$"
)
"""What follows an amount and says only what it is for: 1,250 pa."""
NUMBERS = re.compile(rf"(?<![^\W\d_]){NUMBER}(?:e[+-]?\d+)?(?![\d])")
BETWEEN = re.compile(
    r"(?P<unit>[^-\d]*?)\s*(?P<sort>-|\u00b1|\+/-|\u2013|\u2014|\bto\b|\bbis\b|\bà\b|\.\.+)\s*(?P<before>[^-\d]*)"
)
OUT_OF = re.compile(r"\s*(?:/|\bout of\b|\bof\b|\bvon\b|\bsur\b)\s*")
LONGEST_UNIT = 24
LONGEST_AMOUNT = 200
"""Characters of a cell from which on it is none: expressions would go over it again and again."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A cell as a number and the unit that is written with it.

    Parameters
    ----------
    number : without the unit's size
    unit : in lower case, "" for none
    large : thousand, million and the like, in lower case
    sort : "plain", "range", "compound", "clock" or "out of"
    """

    number: float
    unit: str = ""
    large: str = ""
    sort: str = "plain"


def parsed(text: str, *, comma: bool) -> Amount | None:
    """A cell as an amount; None where it is none.

    Parameters
    ----------
    text : without spaces around it
    comma : whether the decimal sign is a comma
    """
    if len(text) > LONGEST_AMOUNT:
        return None
    plain = _bared(text)
    if STARS.fullmatch(plain):
        return Amount(float(sum(map(plain.count, "\u2605\u2b50"))), "\u2605")
    found = _clock(plain) or _degrees(plain, text) or _compound(plain, comma)
    if found is not None:
        return found
    bookkept = re.fullmatch(r"\((.*)\)", plain)
    if bookkept:
        inner = parsed(bookkept[1], comma=comma)
        return None if inner is None else Amount(-inner.number, inner.unit, inner.large, inner.sort)
    places = list(NUMBERS.finditer(plain))
    if not 1 <= len(places) <= 2:
        return None
    numbers = [_number(place[0], comma) for place in places]
    before, after = plain[: places[0].start()].strip(SPACES), plain[places[-1].end() :]
    sign = -1.0 if before[:1] in MINUS or before[-1:] in MINUS else 1.0
    before = before.strip(SPACES + "+-\u2212")
    if any(number is None for number in numbers) or len(after) > LONGEST_UNIT:
        return None
    has_digits = re.search(r"\d", after) and not dimension_of(after.strip(SPACES))
    if (before and not is_money(before)) or has_digits:
        return None
    large, unit = _unit(before, after.strip(SPACES))
    first = float(numbers[0] or 0.0)
    if len(numbers) == 1:
        return Amount(sign * first, unit, large)
    return _of_two(
        first, float(numbers[1] or 0.0), plain[places[0].end() : places[1].start()], unit, large
    )


MINUS = ("-", "\u2212")


def _bared(text: str) -> str:
    """A cell in lower case without what says nothing of its amount; 2 1/2 is 2.5."""
    plain = re.sub(ABOUT, "", unicodedata.normalize("NFC", text).lower()).strip(SPACES)
    plain = plain.translate(PRIMES)
    plain = re.sub(r"\s*/\s?10+\s?[^\W\d]+$", "", plain)  # 6.5 l/100km
    plain = re.sub(r"\s?[x\u00d7\u00b7*]\s?10(?:\^|\*\*)(?=[-+]?\d)", "e", plain)  # 3 x 10^5
    plain = re.sub(r"^(\d{1,2}')\s?(\d{1,2})$", r'\1\2"', plain)  # 5'11, in feet and inches
    plain = ORDINAL.sub("", plain)
    plain = re.sub(r'^="(.*)"$', r"\1", plain)  # Excel's way to keep a text
    glued = GLUED.match(plain)
    if glued and is_money(glued[2]) and (glued[2] in SURE_MONEY or re.search(r"\d[.,' ]\d", plain)):
        plain = f"{glued[1]}{glued[2]} {plain[glued.end() :]}"
    plain = re.sub(r"(?<=\d)\+(?=\s)", "", FOOTNOTE.sub("", plain))  # 10+ years
    if plain[:1] in ARROWS:
        plain = ARROWS[plain[0]] + plain[1:].strip(SPACES)
    if not re.search(r"[¼-¾⅓-⅞]|^\d+[ -]\d/\d(?![\d/])", plain):
        return plain
    return FRACTION.sub(_decimal, plain, count=1)


def _decimal(found: re.Match[str]) -> str:
    """A fraction as a decimal number."""
    if found["sign"]:
        part = unicodedata.numeric(found["sign"])
    else:
        part = int(found["over"]) / max(int(found["under"]), 1)
    return f"{int(found['whole'] or 0) + part:.4f}"


def _of_two(first: float, second: float, between: str, unit: str, large: str) -> Amount | None:
    """The middle of a range, or what was got of what could be."""
    if OUT_OF.fullmatch(between):
        return Amount(first, f"of {second:g} {unit}".strip(), large, "out of")
    match = BETWEEN.fullmatch(between)
    if match is not None and match["sort"] in ("\u00b1", "+/-"):
        return Amount(first, unit, large)
    if match is None or first > second:
        return None
    other_large, other = _unit(match["before"].strip(SPACES), match["unit"].strip(SPACES))
    if other not in ("", unit) or other_large not in ("", large):
        return None
    return Amount((first + second) / 2, unit, large, "range")


def _number(text: str | None, comma: bool) -> float | None:
    if not text:
        return None
    digits, e, power = text.partition("e")
    bare = re.sub(f"['\u2019{SPACES}]", "", digits)
    if comma:
        if re.search(r",\d*[.,]|\.(?!\d{3}(?!\d))", bare):
            return None  # 555.1234 has no thousands, nor has 792.644.2510
        bare = bare.replace(".", "").replace(",", ".")
    else:
        if re.search(r"\.\d*[.,]", bare) or re.fullmatch(r"\d+,(\d{1,2}|\d{4,})", bare):
            return None
        bare = bare.replace(",", "")
    if re.match(r"0\d", bare):
        return None  # a leading zero makes a name: 007
    try:
        return float(bare + (e + power if e else ""))
    except ValueError:
        return None


def _unit(before: str, after: str) -> tuple[str, str]:
    """The word for many and the unit, of what stands before and behind a number."""
    bare = after if dimension_of(after) else TAILS.sub("", after).strip(SPACES)
    words = bare.strip(".").split()
    large = ""
    if words and (first := words[0].strip(".")) in LARGE:
        money = bool(before) or (len(words) == 2 and is_money(words[1]))
        if money or (len(words) == 1 and first in ALWAYS_LARGE):
            large, words = first, words[1:]
    elif len(words) == 1 and len(words[0]) > 1 and words[0][0] in "kmb" and is_money(words[0][1:]):
        large, words = words[0][0], [words[0][1:]]
    return large, before or " ".join(words)


def _clock(text: str) -> Amount | None:
    """Hours, minutes and seconds: 14:30, 9:05 pm, 1:30:15; minutes in 1:23.456."""
    lap = re.fullmatch(r"(\d{1,3}):([0-5]\d)[.,](\d+)", text)
    if lap is not None:
        return Amount(int(lap[1]) + float(f"{lap[2]}.{lap[3]}") / 60, "min", "", "clock")
    days = re.fullmatch(r"(-?\d+) days?,? \+?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?", text)
    if days is not None:
        hours = int(days[2]) + int(days[3]) / 60 + int(days[4] or 0) / 3600
        return Amount(24 * int(days[1]) + hours, "h", "", "clock")
    bare = re.sub(r"\s*(?:uhr|hrs|h)$", "", text)
    bare = re.sub(r"^(\d{1,3})\s?h\s?(\d\d)(?:\s?m(?:in)?)?$", r"\1:\2", bare)
    match = re.fullmatch(r"(\d{1,3}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*([ap]\.?\s?m\.?)?", bare)
    if match is None or int(match[2]) > 59 or int(match[3] or 0) > 59:
        return None
    hours = int(match[1])
    if match[4]:
        hours = hours % 12 + (12 if match[4].startswith("p") else 0)
    return Amount(hours + int(match[2]) / 60 + int(match[3] or 0) / 3600, "h", "", "clock")


def _degrees(plain: str, text: str) -> Amount | None:
    """A latitude or longitude, south and west below zero; 2.31 s are seconds, 2.31 S is a place."""
    match = DEGREES.fullmatch(plain)
    if match is None or (match["before"] and match["after"]):
        return None
    side = match["before"] or match["after"] or ""
    sure = match["mark"] and (match["min"] or side)
    bare = side.upper() in text and not match["min"] and re.search(r"[.,]\d\d", match["deg"])
    if not sure and not (side and bare):
        return None
    parts = [float((match[name] or "0").replace(",", ".")) for name in ("deg", "min", "sec")]
    total = parts[0] + parts[1] / 60 + parts[2] / 3600
    if total > 180:
        return None
    return Amount(-total if match["sign"] or side in ("s", "w") else total, "°", "", "clock")


def _compound(text: str, comma: bool) -> Amount | None:
    """Several numbers with units of one kind: 3 h 20 min, 5 ft 11 in, PT3H20M."""
    plain = re.sub(r"^p(?=[\dt])|(?<=\d[ymwd])t|^t(?=\d)", "", text) if text[:1] == "p" else text
    parts = re.findall(rf"({NUMBER})\s*([^\d\s,;]+)\.?[\s,;]*(?:and\s+|und\s+)?", plain)
    if len(parts) < 2 or re.sub(rf"{NUMBER}|[^\d]", "", plain):
        return None if not (text[:1] == "p" and len(parts) == 1) else _of_parts(parts, comma)
    return _of_parts(parts, comma)


def _of_parts(parts: Sequence[tuple[str, str]], comma: bool) -> Amount | None:
    for name, sizes in DIMENSIONS.items():
        if name not in ("time", "length", "mass"):
            continue
        units = [("min" if name == "time" and u == "m" else u).strip(".") for _, u in parts]
        if not all(unit in sizes for unit in units):
            continue
        falling = [sizes[unit] for unit in units]
        numbers = [_number(number, comma) for number, _ in parts]
        if falling == sorted(set(falling), reverse=True) and None not in numbers:
            total = sum(float(v or 0) * size for v, size in zip(numbers, falling, strict=True))
            base = {"'": "ft", '"': "in"}.get(units[0], units[0])
            return Amount(total / falling[0], base, "", "compound")
    return None
