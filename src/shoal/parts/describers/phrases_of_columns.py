"""Phrases for what a column says about a cluster: many visits, on yearly contracts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from shoal.data.entries import ReadEntry
from shoal.parts.describers.lexicon import noun_base
from shoal.parts.describers.readable import (
    NO,
    YES,
    column_name,
    is_flag,
    is_money,
    is_year,
    level_in_words,
    month_in_words,
    plural,
    says_yes,
)
from shoal.text.words import MONTHS

MIN_EFFECT = 0.3
"""Size of an effect from which it is told: between small and medium."""
MOSTLY = 0.55
"""Share of a cluster's rows from which a category may stand in its title."""
NEARLY_ALL = 0.85
"""Share from which it stands there without "mostly"."""
LACK = 0.6
"""Worth of saying that rows have what some others lack, as a share of its effect."""
FAR_APART = 0.8
"""Difference of two effects from which both are not called high alike."""
WORDS_OF_SIZE = {
    "age": ("older", "younger", "high", "low"),
    "tenure": ("long-standing", "new", "long", "short"),
    "recency": ("long absent", "recent", "high", "low"),
    "duration": ("", "", "long", "short"),
    "length": ("", "", "long", "short"),
    "distance": ("", "", "long", "short"),
    "time": ("", "", "long", "short"),
    "delay": ("", "", "long", "short"),
    "size": ("", "", "large", "small"),
    "area": ("", "", "large", "small"),
    "volume": ("", "", "large", "small"),
    "weight": ("heavy", "light", "high", "low"),
    "height": ("tall", "short", "great", "low"),
}
"""Last word of a name -> what rows are called that have more or less of it, and its amount."""
AMOUNTS = frozenset(
    "rate score count amount mean median spread sum ratio index level share value number total "
    "percent hue speed temperature pressure depth width radius grade rank volume frequency "
    "quantity limit debt points sales usage time col row power acid alcohol rating".split()
)
AMOUNT_ENDINGS = ("ness", "ity", "tion", "sion", "age", "ance", "ence", "ment", "gth", "dth")
ON = frozenset("contract plan tariff subscription package membership".split())
WITHIN = frozenset("ward department team unit division".split())
SEXES = frozenset("sex gender".split())
SEX_IN_WORDS = {"f": "female", "m": "male", "female": "female", "male": "male"}
NOON = 12
"""Hours before the afternoon, of which times of day have some."""
SPANS = frozenset("minutes hours days nights weeks months quarters years".split())
"""What time is counted in."""
AT = frozenset("hotel store shop branch site restaurant clinic hospital school".split())
MONTHS_SHORT = {month[:3].lower(): month for month in MONTHS} | {"sept": "September"}
DAYS = {
    day[:3].lower(): day
    for day in "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
}
PLACES = frozenset("geography origin nationality".split())
FROM = frozenset(
    "country city region state market town province district location geography "
    "origin nationality continent county".split()
)
ITSELF = frozenset(
    "gender sex status segment type class category kind species group colour color brand make "
    "manufacturer style size".split()
)
"""Columns whose categories need no name beside them."""
PERSONS = ("citizen", "member", "subscriber", "smoker", "owner", "student", "user", "parent")
ADJECTIVES = frozenset(
    "online offline active inactive new premium senior remote urgent male female married single "
    "vip local foreign late early open closed".split()
)
DONE = ("ed", "built", "born", "made", "sold", "left")
BIRTH = frozenset({"birth year", "year of birth", "birthyear", "born year"})
MEMBERS = frozenset("member customer client subscriber user patient employee".split())
"""What somebody is since a day."""
ENDINGS = ("ed", "able", "ible", "ive", "less", "ful")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A few words on a cluster.

    Parameters
    ----------
    column : place of the column among those of the profiles
    adjective : before the noun for the rows, "older"; empty where there is none
    after : behind it, "with many visits"; empty where there is none
    plain : where there is no noun, "many visits"
    effect : size and direction
    coverage : share of the cluster's rows that it is true of
    gist : of a day or a year, what it says but for its exact value
    """

    column: int
    adjective: str
    after: str
    plain: str
    effect: float
    coverage: float
    gist: str = ""

    @property
    def core(self) -> str:
        """What it says, whether of most rows or of all."""
        return self.gist or self.plain.removeprefix("mostly ")

    @property
    def worth(self) -> float:
        """How much it tells of most rows of the cluster."""
        truth = 1.0 if self.coverage >= 0.8 else 0.75 if self.coverage >= 0.65 else 0.4
        return min(abs(self.effect), 2.5) * (truth if self.coverage >= MOSTLY else 0.1)


def phrase_of(place: int, column: ReadEntry, entry: ReadEntry) -> Phrase | None:
    """What a column says of a cluster; None where it says too little.

    Parameters
    ----------
    place : of the column
    column, entry : of the column and of the cluster, as the profiling stage makes them
    """
    if abs(entry.get("effect") or 0.0) < MIN_EFFECT:
        return None
    if column["kind"] == "category":
        return _category(place, column, entry)
    if entry.get("median") is None:
        return None
    return (
        _date(place, column, entry) if column["kind"] == "date" else _number(place, column, entry)
    )


def _covered(entry: ReadEntry) -> float:
    """Share of the rows on the side of the usual value that the cluster is on."""
    above = entry.get("above")
    if above is None:
        return 0.75
    return float(above if entry["effect"] > 0 else entry.get("below", 1.0 - above))


def _number(place: int, column: ReadEntry, entry: ReadEntry, degree: str = "") -> Phrase:
    name, more = column_name(column["name"]), entry["effect"] > 0
    last = name.split(" ")[-1].lower()
    few, many, high, low = "few", "many", "high", "low"
    adjective = ""
    if _is_year(column):
        return _year(place, column, entry, name)
    if last in WORDS_OF_SIZE:
        above, below, high, low = WORDS_OF_SIZE[last]
        adjective = above if more else below
    if name.lower() == "time" and 0 <= (column.get("least") or 0) <= NOON < column["most"] < 24:
        info = f"{degree} {'late' if more else 'early'} in the day".strip()
        return Phrase(place, "", info, info, entry["effect"], _covered(entry))
    name = name.removeprefix("number of ") if _is_count(name, column) else name
    if _is_count(name, column):
        amount = many if more else few
        if not more and entry["median"] == 0 and entry["high"] == 0:
            amount = "no"
            return Phrase(place, "", f"without {name}", f"no {name}", entry["effect"], 0.75)
    else:
        amount = high if more else low
    amount = f"{degree} {amount}".strip()
    if adjective:
        much = "much" if degree and adjective.endswith("er") else degree
        adjective = f"{much} {adjective}".strip()
    plain = adjective if name == "age" else f"{amount} {name}"
    after = f"with {amount} {name}"
    if not _is_amount(name, column) and amount.split(" ")[-1] in ("high", "low"):
        after = f"{amount} in {name}"
    return Phrase(place, adjective, after, plain, entry["effect"], _covered(entry))


def _year(place: int, column: ReadEntry, entry: ReadEntry, name: str) -> Phrase:
    """What is said of years: from after 2019, built before 1950."""
    more = entry["effect"] > 0
    gist = f"{name} {round(entry['effect'])}"
    side = "after" if more else "before"
    name = "born" if name.lower() in BIRTH else name
    if name.lower() == "year":
        info = f"from {side} {round(entry['low'] if more else entry['high'])}"
        return Phrase(place, "", info, info, entry["effect"], _covered(entry), gist)
    info = f"{name} {side} {round(entry['low'] if more else entry['high'])}"
    if name.lower() == "born":
        return Phrase(place, "", info, info, entry["effect"], _covered(entry), gist)
    if name.endswith((" year", " yr")) and name.split(" ")[-2].endswith(DONE):
        info = info.replace(" year", "").replace(" yr", "")  # joined after 2019
        return Phrase(place, "", info, info, entry["effect"], _covered(entry), gist)
    return Phrase(place, "", f"with {info}", info, entry["effect"], _covered(entry), gist)


def _is_amount(name: str, column: ReadEntry) -> bool:
    """Whether a name says that something is measured, such as a rate; "milk" does not."""
    words = name.lower().split(" ")
    return bool(
        words[-1] in AMOUNTS
        or words[-1] in WORDS_OF_SIZE
        or words[-1].endswith(AMOUNT_ENDINGS)
        or words[0] in ("average", "mean", "total", "number", "minimum", "maximum", "percent")
        or is_money(column["name"])
        or _is_count(name, column)
    )


def _is_count(name: str, column: ReadEntry) -> bool:
    """Whether a column counts things: visits, children, rooms."""
    words = name.lower().split(" per ")[0].split(" ")
    last = words[-1]
    plural = (last.endswith("s") and not last.endswith(("ss", "us", "is"))) or last in (
        "children",
        "people",
    )
    plural = plural or words[0] in SPANS  # "years at company"
    return plural and not is_money(column["name"]) and bool(column.get("whole"))


def _is_year(column: ReadEntry) -> bool:
    low, high = column.get("least"), column.get("most")
    return low is not None and high is not None and is_year(column["name"], low, high)


def _date(place: int, column: ReadEntry, entry: ReadEntry) -> Phrase:
    name = column_name(column["name"])
    for ending in (" date", " on", " at", " day", " time"):
        name = name.removesuffix(ending)
    later = entry["effect"] > 0
    month = month_in_words(entry["low"] if later else entry["high"])
    if {month_in_words(column.get(end) or 0)[-5:] for end in ("least", "most")} == {" 2000"}:
        month = month.split(" ")[0]  # days that are written without a year
    if name.endswith(" since"):
        info = f"{name} {month} or {'later' if later else 'before'}"
        who = name.removesuffix(" since")
        known = who in MEMBERS
        after = f"who are {plural(who)}{info.removeprefix(who)}" if known else f"with {info}"
    else:
        info = f"{name} {'since' if later else 'until'} {month}"
        after = f"with {info}"
    # June and August of one year tell no two clusters apart
    gist = f"{name} {round(entry['effect'])}"
    return Phrase(place, "", after, info, entry["effect"], 0.75, gist)


def _category(place: int, column: ReadEntry, entry: ReadEntry) -> Phrase | None:
    level, effect, share = entry.get("level"), float(entry["effect"]), float(entry["share"])
    if level is None:
        return None
    levels = [info[0] for info in column["levels"]]
    if effect < 0 and share < 1 - NEARLY_ALL and _is_lack(str(level)):
        # hardly any row lacks it, so nearly all have it
        name = column_name(column["name"])
        has = level_in_words(str(level)).lower().removeprefix("no ").strip()
        has = name if has in ("no", "none") or has in name else has
        return Phrase(place, "", f"with {has}", f"with {has}", -effect * LACK, 1.0 - share)
    if column.get("n_levels") == 2 and effect < 0:
        # of two categories, having less of one is having more of the other
        other = next((info for info in levels if info != level), None)
        if other is None:
            return None
        level, share, effect = other, 1.0 - share, -effect
    if effect < 0 or share < MOSTLY:
        return None
    found = _level(column_name(column["name"]), str(level), levels)
    adjective, after, plain = found
    if share < NEARLY_ALL:
        adjective = f"mostly {adjective}" if adjective else ""
        who = after.removeprefix("who are ")
        after = f"who are mostly {who}" if who != after else f"mostly {after}" if after else ""
        plain = f"mostly {plain}"
    return Phrase(place, adjective, after, plain, effect, share)


def _is_lack(level: str) -> bool:
    """Whether a category says that something is not there."""
    plain = level.strip().lower()
    return plain in NO - {"0", "f", "n", "off"} or plain.startswith("no ")


def _level(name: str, level: str, levels: list[str]) -> tuple[str, str, str]:
    """Adjective, words behind a noun, and words alone for a category of a column."""
    words, info = name.split(" "), level_in_words(level)
    last = words[-1].lower()
    if last in SEXES and (sex := SEX_IN_WORDS.get(level.strip().lower())):
        return sex, "", sex
    flag, plain = is_flag(levels), level.strip().lower()
    # a letter or digit alone may stand for anything: F is a no beside T, and female beside M
    spelled = len(plain) > 1
    if flag or (spelled and (plain in NO or (plain in YES and len(levels) <= 3))):
        return _flag(name, says_yes(level) if flag else plain in YES)
    if info.lower().startswith("no "):
        return "", f"without {info[3:]}", info
    if last in AT and name.lower() in info.lower():
        return "", f"at the {info}", info
    if _holds(name, info) or _holds(info, name):
        return "", f"with {info}", info
    if info.lower() == "other":
        return "", f"{'from' if last in FROM else 'with'} other {plural(name)}", f"other {name}"
    if placed := _placed(name, last, info):
        return "", *placed
    if "payment" in words or "pay" in words:
        return "", f"paying by {info}", f"paying by {info}"
    if last in ITSELF and len(info) > 2:
        info = info.lower() if last == "size" and info.isalpha() else info
        return info, "", info
    return _beside(name, info)


def _holds(whole: str, part: str) -> bool:
    """Whether words stand in others."""
    return f" {part.lower()} " in f" {whole.lower()} "


def _placed(name: str, last: str, info: str) -> tuple[str, str] | None:
    """Words behind a noun, and alone, where rows are on, in, from or through a category."""
    if last in ON:
        return f"on {info} {plural(name)}", f"{info} {name}"
    if last == "channel":
        return f"through the {info} channel", f"{info} channel"
    if last in FROM:
        return f"from {info}", f"{name} {info}" if last not in PLACES else f"from {info}"
    if last == "month" and (month := MONTHS_SHORT.get(info.lower()[:4].rstrip()[:3])):
        return f"in {month}", f"in {month}"
    if "day" in name.split(" ") and (day := DAYS.get(info.lower()[:3])):
        return f"on {day}", f"on {day}"
    if last in WITHIN:
        return f"in the {info} {name}", f"{info} {name}"
    return None


def _beside(name: str, info: str) -> tuple[str, str, str]:
    """The same for a category that needs the name of its column beside it."""
    for ending in (" method", " mode"):
        name = name.removesuffix(ending)
    several = name.split(" ")[-1].endswith("s") or name == "children"
    if info.isdigit() and several and " " not in name:
        counted = f"{info} {noun_base(name) or name if info == '1' else name}"
        return "", f"with {counted}", counted
    if info.replace(".", "").isdigit():
        return "", f"with {name} {info}", f"{name} {info}"
    return "", f"with {info} {name}", f"{info} {name}"


def _flag(name: str, yes: bool) -> tuple[str, str, str]:
    """The same for a column of yes and no."""
    last = name.split(" ")[-1].lower()
    if last in ADJECTIVES or (last.endswith(ENDINGS) and len(last) > 4):
        return (name, "", name) if yes else ("", f"not {name}", f"not {name}")
    if last in PERSONS:
        many = plural(name)
        return ("", f"who are {many}", many) if yes else ("", f"who are not {many}", f"no {many}")
    return ("", f"with {name}", f"with {name}") if yes else ("", f"without {name}", f"no {name}")


def graded(
    columns: list[ReadEntry], found: list[list[Phrase | None]], entries: list[list[ReadEntry]]
) -> list[list[Phrase | None]]:
    """Phrases in which the clusters with clearly more of a column than others say "very".

    Parameters
    ----------
    columns : of the profiles
    found : for each cluster the phrase of each column, or None
    entries : for each cluster what the profiles say of each column
    """
    out = [list(row) for row in found]
    for place, column in enumerate(columns):
        if column["kind"] != "number" or _is_year(column):
            continue
        for sign in (1, -1):
            sizes = sorted(
                (abs(row[place].effect), c)  # type: ignore[union-attr]
                for c, row in enumerate(found)
                if row[place] is not None and row[place].effect * sign > 0  # type: ignore[union-attr]
            )
            for (less, _), (more, c) in pairwise(sizes):
                phrase = out[c][place]
                if more - less >= FAR_APART and phrase and "without" not in phrase.after:
                    out[c][place] = replace(
                        _number(place, column, entries[c][place], "very"), coverage=phrase.coverage
                    )
                    for _, higher in sizes[sizes.index((more, c)) + 1 :]:
                        out[higher][place] = _number(place, column, entries[higher][place], "very")
                    break
    return out
