"""Units of measure and money: which there are, of what kind, and how much each is."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache

from babel.numbers import list_currencies

SPACES = "\u00a0\u202f\u2009 "
LARGE = {
    word: size
    for size, words in (
        (1e3, "k tsd thousand thsd tys тыс"),
        (1e5, "lakh lakhs lac lacs"),
        (1e6, "m mn mm mio mill million millions millionen mln млн"),
        (1e7, "cr crore crores"),
        (1e9, "b bn mrd md mld billion billions milliarden млрд"),
        (1e12, "t tn trillion"),
    )
    for word in words.split()
}
"""Words that stand for many: 1.2K."""
ALWAYS_LARGE = frozenset(LARGE) - {"m", "b", "t", "mm", "md"}
"""Those that are no unit too."""
SYMBOLS = tuple(
    "rs rs. kr kr. zł kč ft r$ us$ a$ c$ s$ hk$ nt$ mx$ lei лв грн fr fr. sfr sfr. tl rm rp rp. r "
    "ksh s/ s/. euro euros dollar dollars yen yuan rupees din".split()
)
"""Signs of money made of letters."""
DIMENSIONS: Mapping[str, Mapping[str, float]] = {
    "mass": {"ng": 1e-9, "µg": 1e-6, "ug": 1e-6, "mcg": 1e-6, "mg": 1e-3,
             "g": 1, "gr": 1, "\u0433": 1, "gram": 1, "grams": 1, "kg": 1e3, "кг": 1e3, "kgs": 1e3,
             "kilo": 1e3, "kilos": 1e3, "t": 1e6, "tonne": 1e6, "tonnes": 1e6,
             "lb": 453.592, "lbs": 453.592,
             "pounds": 453.592, "oz": 28.3495, "st": 6350.29, "ct": 0.2},
    "length": {"µm": 1e-6, "mm": 1e-3, "cm": 1e-2, "dm": 0.1, "m": 1, "meter": 1, "meters": 1,
               "metres": 1, "km": 1e3, "мм": 1e-3, "см": 1e-2, "м": 1, "км": 1e3, "in": 0.0254,
               "inch": 0.0254, "inches": 0.0254,
               '"': 0.0254, "ft": 0.3048, "feet": 0.3048, "foot": 0.3048, "'": 0.3048,
               "yd": 0.9144, "mi": 1609.344, "mile": 1609.344, "miles": 1609.344},
    "volume": {"ml": 1e-3, "cl": 1e-2, "dl": 0.1, "l": 1, "liter": 1, "litre": 1, "liters": 1,
               "litres": 1, "hl": 100, "gal": 3.78541, "cc": 1e-3},
    "area": {"m²": 1, "m2": 1, "qm": 1, "sqm": 1, "km²": 1e6, "km2": 1e6, "ha": 1e4,
             "sqft": 0.092903, "sq ft": 0.092903, "ft²": 0.092903, "acre": 4046.86,
             "acres": 4046.86},
    "time": {
        word: size
        for size, words in (
            (1e-9, "ns"),
            (1e-6, "µs us"),
            (1e-3, "ms"),
            (1, "s sec secs second seconds sek sekunden secondes segundos сек 秒 초"),
            (60, "min mins minute minutes minuten minutos minuti мин 分 分钟 分鐘 분"),
            (
                3600,
                "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur godz "
                "ч час часа часов 時間 小时 小時 시간",
            ),
            (
                86400,
                "d day days tag tage tagen jour jours día días dia dias giorno giorni dagen dni дн "
                "день дня дней 天 일",
            ),
            (604800, "wk wks week weeks woche wochen semaine semaines semana semanas нед"),
            (
                2629746,
                "mo mos mth mths month months monat monate mois mes meses mesi mies мес ヶ月 个月 "
                "개월",
            ),
            (
                31556952,
                "y yr yrs year years jahr jahre an ans año años ano anos anno anni jaar lat год "
                "года лет",
            ),
        )
        for word in words.split()
    },
    "bytes": {"b": 1, "byte": 1, "bytes": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
              "pb": 1e15, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40},
    "speed": {"km/h": 1, "kmh": 1, "kph": 1, "mph": 1.609344, "m/s": 3.6, "kn": 1.852},
    "power": {"w": 1, "kw": 1e3, "mw": 1e6, "gw": 1e9, "hp": 745.7, "ps": 735.5},
    "energy": {"wh": 1, "kwh": 1e3, "mwh": 1e6, "cal": 1.163e-3, "kcal": 1.163, "kj": 0.27778},
    "frequency": {"hz": 1, "khz": 1e3, "mhz": 1e6, "ghz": 1e9},
    "share": {"%": 1, "percent": 1, "pct": 1, "prozent": 1, "‰": 0.1, "bp": 0.01, "bps": 0.01},
}  # fmt: skip
"""Units of the same kind, and how much of it each is."""
STREETS = frozenset(
    "st street ave avenue rd road blvd boulevard lane ln dr drive way court ct place pl square "
    "straße strasse str weg gasse platz".split()
)
MOSTLY = 0.98


@cache
def _currencies() -> frozenset[str]:
    return frozenset(code.lower() for code in list_currencies()) | frozenset(SYMBOLS)


def is_money(word: str) -> bool:
    """Whether a word or sign is that of a currency, in lower case."""
    bare = word.strip(SPACES)
    if not bare:
        return False
    return bare in _currencies() or any(unicodedata.category(sign) == "Sc" for sign in bare)


def dimension_of(unit: str) -> str | None:
    """The kind of unit: one of `DIMENSIONS`, "money", "" for none; None where it is not known."""
    if not unit:
        return ""
    bare = unit.strip(" .")
    known = next((name for name, sizes in DIMENSIONS.items() if bare in sizes), None)
    return known or ("money" if is_money(unit) else None)


def size_of(unit: str, kind: str) -> float:
    """How much a unit is of the others of its kind; 1 where nothing is known of it."""
    return DIMENSIONS.get(kind, {}).get(unit.strip(" ."), 1.0)


def common_unit(units: Counter[str]) -> str | None:
    """The unit in which a column of amounts is told; None where they do not go together.

    Parameters
    ----------
    units : how often each is written
    """
    total = units.total()
    kinds: Counter[str | None] = Counter()
    for unit, n in units.items():
        kinds[dimension_of(unit)] += n
    named = [unit for unit, _ in units.most_common() if unit]
    if not named:
        return ""
    unknown = [unit for unit in named if dimension_of(unit) is None]
    if unknown:  # pieces, stars, people: any word, where it is the only one
        alike = {unit.rstrip("s.") for unit in unknown}
        if unknown[0].split()[-1].strip(".,") in STREETS:
            return None  # 12 Main St
        return unknown[0] if len(alike) == 1 and kinds[None] >= MOSTLY * total else None
    kinds.pop("", None)
    main, n = kinds.most_common(1)[0]
    plain = units.get("", 0)
    return (
        next(u for u in named if dimension_of(u) == main) if n + plain >= MOSTLY * total else None
    )


def described(unit: str) -> str:
    """What numbers with a unit are, in a few words."""
    if not unit:
        return "its values are numbers"
    kind = dimension_of(unit)
    if kind == "money":
        return f"its values are amounts of money ({unit.upper()})"
    if kind == "share":
        return f"its values are shares ({unit})"
    if kind == "time":
        return f"its values are times or durations ({unit})"
    return f"its values are numbers, in units of {unit}"
