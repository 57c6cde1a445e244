"""From the shape of a date to its parts: day, time and zone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.parts.readers.calendar_days import Valid, days_of, in_greenwich, of_ordinal, of_week
from shoal.parts.readers.calendar_words import Meaning
from shoal.parts.readers.values import letters_in

Whole = NDArray[np.int64]

FULL_ORDERS = ("dmy", "mdy", "ymd", "ydm")
NUMBERS = {"N": r"\d{1,2}", "T": r"\d{3}", "Y": r"\d{4}", "L": r"\d{5,}"}
CENTURY = 69
"""Years of two digits from here on are of the last century, as strptime has it."""
YEARS = (1000, 2999)
LONG = (8, 12, 14)
"""Digits of dates without separators, whose year has four, with and without hour and second."""
DATED = {
    "NMY": "dby", "MNY": "bdy", "YMN": "ybd", "YNM": "ydb", "MY": "by", "YM": "yb", "NY": "my",
    "YN": "ym", "YT": "yj", "YQN": "yqn", "QNY": "qny", "NQY": "nqy", "YWN": "ywn", "WNY": "wny",
    "YWNN": "ywnu", "NNY": "ooo", "YNN": "ooo", "NNN": "ooo", "NMN": "obo", "MNN": "bdy",
    "MN": "by", "NM": "db", "NN": "oo", "QNN": "qny", "NQN": "nqy", "L": "l", "YNWN": "",
}  # fmt: skip
"""Numbers and names in order -> what they are; "o" is decided by the whole column."""
PARTED = {"YN": "-/. ", "NY": "-/. ", "NN": "-/."}
"""What stands between two numbers that are a month with its year, or a day with its month."""
NO_YEAR = 2000
"""The year of days that are written without one: it has all of them."""


class Token(NamedTuple):
    """A number, word or sign of a shape; `place` is its number among those of its sort."""

    kind: str
    place: int = -1


@dataclass(slots=True)
class Layout:
    """Which tokens of a shape are what.

    Parameters
    ----------
    date : the numbers and names of the date in order, and what they are (a value of `DATED`)
    roles : of `date`
    signs : the separators between them
    clock : numbers of hour, minute, second
    half, zone : words of a.m. or p.m., and of the zone
    offset : sign and numbers of the distance to Greenwich
    """

    date: list[Token] = field(default_factory=list)
    roles: str = ""
    signs: str = ""
    clock: list[Token] = field(default_factory=list)
    half: Token | None = None
    zone: Token | None = None
    offset: tuple[str, list[Token]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """The numbers of the dates of one layout.

    Parameters
    ----------
    rows : (n,) which of the distinct texts they are
    layout : what is what
    numbers : place of a number -> (n,) values; words likewise, months by number
    widths : place of a number -> (n,) digits
    seconds : (n,) since midnight in Greenwich, and whether there are such
    zones : (n,) names of zones, or None
    """

    rows: Whole
    layout: Layout
    numbers: Mapping[int, Whole]
    words: Mapping[int, Whole]
    widths: Mapping[int, Whole]
    seconds: Whole
    clocked: Valid
    zones: Any = None

    @property
    def is_open(self) -> bool:
        """Whether the order of day, month and year is not told by the layout."""
        return "o" in self.layout.roles

    @property
    def has_year(self) -> bool:
        """Whether the year is written."""
        return self.layout.roles not in ("bd", "db", "oo", "dm", "md")

    @property
    def usual_orders(self) -> tuple[str, ...]:
        """Orders that people write in this layout, the most usual first."""
        kinds = "".join(token.kind for token in self.layout.date)
        if kinds == "YNN":
            return ("ymd",)
        if kinds == "NN" and "-" in self.layout.signs:
            return ("mdy", "dmy")
        return ("dmy",) if kinds == "NMN" or "." in self.layout.signs else ("dmy", "mdy")

    def days(self, order: str) -> tuple[NDArray[np.float64], Valid]:
        """Days since 1970, and which of them the calendar has; (n,) each."""
        year, month, day, fits = self._date(order)
        days, valid = days_of(year, month, day)
        days = days + self.seconds / 86_400
        if self.zones is not None:
            days = in_greenwich(days, self.zones, valid)
        return days, valid & fits & self.clocked

    def _date(self, order: str) -> tuple[Any, Any, Any, Any]:
        """Year, month, day, and which of them are well written."""
        n = len(self.rows)
        info: dict[str, Any] = {}
        roles = self.ordered(order)
        width = np.full(n, 4)
        for token, role in zip(self.layout.date, roles, strict=True):
            source = self.words if token.kind in "MQW" else self.numbers
            info[role] = source.get(token.place, np.zeros(n, dtype=np.int64))
            if role == "y" and token.kind == "N":
                width = self.widths[token.place]
                short = info["y"]
                info["y"] = short + np.where(short < CENTURY, 2000, 1900)
        if "l" in info:
            return *_unpacked(info["l"]), np.isin(self.widths[self.layout.date[0].place], LONG)
        month = info.get("b", info.get("m", np.ones(n, dtype=np.int64)))
        day = info.get("d", np.ones(n, dtype=np.int64))
        year = info.get("y", np.full(n, NO_YEAR))
        fits = (year >= YEARS[0]) & (year <= YEARS[1]) & (width >= 2)
        if order == "mdy" and "o" in self.layout.roles and self.layout.signs.startswith("."):
            fits &= False  # with full stops the day comes first, and 2.14.7 is a version
        if self.layout.signs[:1] == "." and "d" not in info:
            fits &= (year >= 1900) & (year <= 2100)
        if "n" in info and "q" in roles:
            return year, info["n"] * 3 - 2, day, fits & (info["n"] >= 1) & (info["n"] <= 4)
        if "n" in info:
            return *of_week(year, info["n"], info.get("u")), fits & (info["n"] >= 1) & (
                info["n"] <= 53
            )
        if "j" in info:
            return *of_ordinal(year, info["j"]), fits & (info["j"] >= 1) & (info["j"] <= 366)
        return year, month, day, fits

    def ordered(self, order: str) -> str:
        """What the tokens of the date are in an order of the column."""
        roles = self.layout.roles
        if "o" not in roles:
            return roles
        kinds = "".join(token.kind for token in self.layout.date)
        if roles == "obo":
            return "ybd" if order[0] == "y" else "dby"
        if kinds == "YNN":
            return "ydm" if order == "ydm" else "ymd"
        if kinds == "NN":
            return "dm" if order in ("dmy", "ydm") else "md"
        if kinds == "NNY":
            return "dmy" if order in ("dmy", "ydm") else "mdy"
        return order


def _unpacked(packed: Whole) -> tuple[Any, Any, Any]:
    return packed // 10_000, packed // 100 % 100, packed % 100


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The tokens of all texts of one shape.

    Parameters
    ----------
    tokens : in order
    rows : (n,) which of the distinct texts
    numbers, widths : (n,) values and digits of each number
    words, codes : for each word the different ones, and (n,) places among them
    """

    tokens: tuple[Token, ...]
    rows: Whole
    numbers: list[Whole]
    widths: list[Whole]
    words: list[list[str]]
    codes: list[Whole]

    def fields(self, known: Mapping[str, Meaning], zones: Any) -> list[Fields]:
        """The same by what the words mean; texts with a word that no date has are left out."""
        n = len(self.rows)
        kinds = [[known.get(w, Meaning("x")).kind for w in words] for words in self.words]
        info = np.array(
            [
                "".join(row)
                for row in zip(
                    *(np.array(k)[c] for k, c in zip(kinds, self.codes, strict=True)), strict=True
                )
            ]
            if self.words
            else [""] * n
        )
        out = []
        for meaning in np.unique(info):
            if "x" in meaning:
                continue
            mask = info == meaning
            layout = _layout(
                [t if t.kind != "A" else Token(meaning[t.place], t.place) for t in self.tokens]
            )
            if layout is not None:
                out.append(self._taken(layout, mask, known, zones))
        return out

    def _taken(
        self, layout: Layout, mask: Valid, known: Mapping[str, Meaning], zones: Any
    ) -> Fields:
        rows = self.rows[mask]
        numbers = {place: values[mask] for place, values in enumerate(self.numbers)}
        words = {}
        for place, (texts, codes) in enumerate(zip(self.words, self.codes, strict=True)):
            values = np.array([known[w].value if w in known else 0 for w in texts], dtype=np.int64)
            words[place] = values[codes][mask]
        widths = {place: values[mask] for place, values in enumerate(self.widths)}
        seconds, clocked = clock_of(layout, numbers, words, widths)
        own = None if zones is None else zones.take(pa.array(rows))
        if own is not None and (own.null_count == len(own) or layout.offset or layout.zone):
            own = None
        return Fields(rows, layout, numbers, words, widths, seconds, clocked, own)


def clock_of(
    layout: Layout,
    numbers: dict[int, Whole],
    words: Mapping[int, Whole],
    widths: Mapping[int, Whole],
) -> tuple[Whole, Valid]:
    """Seconds since midnight in Greenwich, and which of the clocks there are."""
    n = len(next(iter(numbers.values())))
    parts = [numbers[token.place] for token in layout.clock]
    hour, minute, second = (parts + [np.zeros(n, dtype=np.int64)] * 3)[:3]
    for token in layout.clock:
        if token.kind == "L":  # 155635
            hour, minute, second = _unpacked(numbers[token.place])
        elif token.kind == "Y":
            hour, minute = numbers[token.place] // 100, numbers[token.place] % 100
    for token in layout.date:
        if token.kind == "L" and not layout.clock:
            packed, digits = numbers[token.place], widths[token.place]
            more = np.where(digits == 14, packed, packed * np.where(digits == 12, 100, 10**6))
            hour, minute, second = _unpacked(more % 10**6)
            numbers[token.place] = more // 10**6
    if layout.half is not None:
        hour = hour % 12 + words[layout.half.place]
    valid = (hour <= 24) & (minute <= 59) & (second <= 60) & (hour * 60 + minute <= 1440)
    seconds = hour * 3600 + minute * 60 + second
    if layout.zone is not None:
        seconds = seconds - words[layout.zone.place] * 60
    if layout.offset is not None:
        sign, tokens = layout.offset
        values = [numbers[token.place] for token in tokens]
        zone_minutes = values[0] * 60 + values[1] if len(values) == 2 else values[0] * 60
        if tokens[0].kind == "Y":
            zone_minutes = values[0] // 100 * 60 + values[0] % 100
        seconds = seconds - zone_minutes * 60 * (1 if sign == "+" else -1)
    return seconds, np.asarray(valid, dtype=bool)


def cut_shape(texts: Any, shape: str, rows: Whole) -> Cut | None:
    """Cut texts of one shape into numbers and words."""
    pattern, tokens, names = [], [], []
    counts, letters = {"A": 0, "N": 0}, letters_in(texts)
    for sign in shape:
        sort = "A" if sign == "A" else "N" if sign in NUMBERS else ""
        if not sort:
            pattern.append(r"\s*" if sign == " " else re.escape(sign))
            tokens.append(Token(sign))
            continue
        name = f"{sort.lower()}{counts[sort]}"
        pattern.append(f"(?P<{name}>{NUMBERS.get(sign, letters)})")
        tokens.append(Token(sign, counts[sort]))
        names.append(name)
        counts[sort] += 1
    if counts["A"] > 8 or counts["N"] > 10:
        return None
    found = pc.extract_regex(texts, f"^{''.join(pattern)}$")
    numbers, widths, words, codes = [], [], [], []
    for name in names:
        part = pc.struct_field(found, name)
        if part.null_count or (name[0] == "n" and pc.max(pc.binary_length(part)).as_py() > 18):
            return None
        if name[0] == "n":
            numbers.append(np.asarray(pc.cast(part, pa.int64())))
            widths.append(np.asarray(pc.binary_length(part)).astype(np.int64))
        else:
            coded = pc.dictionary_encode(part)
            coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
            words.append(coded.dictionary.to_pylist())
            codes.append(np.asarray(coded.indices))
    return Cut(tuple(tokens), rows, numbers, widths, words, codes)


def _layout(tokens: Sequence[Token]) -> Layout | None:
    """What the tokens of a shape are; None where they are no date."""
    layout = Layout()
    rest = _without_clock(list(tokens), layout)
    before = False
    for token in rest:
        if token.kind in "NYTLMQW":
            layout.date.append(token)
            before = True
        elif token.kind == "Z":
            layout.zone = token
        elif token.kind in "Ds":
            continue
        elif token.kind in "PH":
            return None
        elif before and token.kind not in " ,":
            layout.signs += token.kind
    kinds = "".join(token.kind for token in layout.date)
    layout.roles = DATED.get(kinds, "")
    if kinds == "L" and layout.clock and layout.clock[0].kind not in "LY":
        return layout if layout.roles else None
    if kinds == "MN" and not set("-'/") & set(layout.signs):
        layout.roles = "bd"  # June 17, of no year
    if kinds in PARTED and not set(PARTED[kinds]) & {token.kind for token in rest}:
        return None
    return layout if layout.roles and set(layout.signs) <= set("-/.'\u2019_:") else None


def _without_clock(tokens: list[Token], layout: Layout) -> list[Token]:
    """The tokens without those of the clock and the zone, which the layout gets."""
    kinds = "".join(token.kind for token in tokens)
    found = (
        re.search(r"N:N(:N)?", kinds)
        or re.search(r"N\.N(\.N)?(?= ?P)", kinds)
        or re.search(r"N(?= ?P)", kinds)
        or re.search(r"(?<=[N.Y] )N\.N\.N$", kinds)
        or re.search(r"NHN(HN)?|NH$", kinds)
        or re.search(r"(?<=L[s ])[LY]|(?<=Ls)N$", kinds)
    )
    if found is None:
        return tokens
    layout.clock = [t for t in tokens[found.start() : found.end()] if t.kind in NUMBERS]
    rest = tokens[: found.start()]
    after = tokens[found.end() :]
    tail = "".join(token.kind for token in after)
    info = re.match(r" ?(P|H)?,? ?(Z)?(?: ?([+-])(N:N|N|Y)(?![NYMT]))?", tail)
    if info is not None:
        layout.half = after[info.start(1)] if info[1] == "P" else None
        layout.zone = after[info.start(2)] if info[2] else None
        if info[3]:
            layout.offset = (
                info[3],
                [t for t in after[info.start(4) : info.end(4)] if t.kind in NUMBERS],
            )
        after = after[info.end() :]
    return [*rest, Token(" "), *after]
