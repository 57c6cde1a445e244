"""Parsing cells as numbers: 1,234.50, € 12, (7), 3.5 kg, 2 h 10 min."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray
from shoal.parts.readers.table import is_text
from shoal.parts.readers.unit_sizes import LARGE, common_unit, dimension_of, size_of
from shoal.parts.readers.units import Amount, parsed

NOTHING = tuple(" na n/a #n/a nan null none nil ? - -- . \\n (null) <null> <na> #null!".split(" "))
"""What people write, in lower case, where there is no value."""
MAX_STRAYS = 0.02
"""Share of entries that may fail to be a number or date in a column of them."""
LONGEST = 2**53
"""Whole numbers above this are told apart by digits that a decimal number does not keep."""
SERIAL = 10**11
"""Whole numbers from here on that all differ and have as many digits number things."""
MIN_CODES = 5
"""Codes of two letters beside which NA is one too."""
PLAIN = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
POINT = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
COMMA = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$"
SAMPLE, SAMPLE_SHARE = 300, 0.9
"""Different texts that are tried as amounts before all are, and the share that must be some."""
BOUNDS = (r"(?i)^\s*(?:<|≤|under|below|less|up to|bis)", r"(?i)^\s*(?:>|≥|over|above|more|from|ab)")
"""What begins a cell that tells the end of a range only."""
MAX_RANGES = 100
"""Different ranges without a unit above which they are no ranges: 555-7174."""
MINOR = {"p": "£", "¢": "$"}
"""Hundredths of money, and of what."""
SPACE = r"[\s\x{00a0}\x{2009}\x{202f}]"
SURELY_PLAIN = r"^-?(0|[1-9]\d*)(\.\d+)?$"
PLAIN_ROWS = 1 << 16
STYLES = ("1,234.5", "1.234,5")
"""How a column writes its numbers: with a decimal point or a decimal comma."""
MIXED = "1.5/1,5"
"""With either of them, as people do who type them; none has thousands set apart."""


def are_too_long(known: DoubleArray, n_distinct: int) -> bool:
    """Whether whole numbers have more digits than amounts have: 358240051111110 is a device.

    Parameters
    ----------
    known : (n,) numbers without gaps
    n_distinct : of them
    """
    if (known != np.floor(known)).any():
        return False
    low, high = np.abs(known).min(), np.abs(known).max()
    alike = low >= SERIAL and np.floor(np.log10(low)) == np.floor(np.log10(high))
    serial = alike and n_distinct == len(known) > 1 and (known % 1000 != 0).any()
    return bool(high > LONGEST or serial)


def letters_in(texts: Any) -> str:
    """The pattern of a run of letters in an Arrow column of texts.

    RE2 takes 5 ms to compile the classes of all scripts, at each call: too long for thousands of
    columns, nearly all of which are in ASCII.
    """
    ascii_only = pc.all(pc.string_is_ascii(texts)).as_py()
    return "[a-zA-Z]+" if ascii_only else r"[\pL\pM]+"


def texts_of(column: Any, meant: Collection[str] = ()) -> Any:
    """A column of text without the spaces around it, null where people wrote that there is none.

    Parameters
    ----------
    column : an Arrow column of text
    meant : words of `NOTHING` that are values here
    """
    trimmed = _trimmed(column)
    words = [word for word in NOTHING if word not in meant]
    nothing = pc.is_in(pc.utf8_lower(trimmed), pa.array(words, pa.large_string()))
    return pc.if_else(nothing, pa.scalar(None, pa.large_string()), trimmed)


def blank_cells(column: Any) -> NDArray[np.bool_]:
    """Whether a cell holds nothing, or what people write for that, (n,)."""
    cells = texts_of(column) if is_text(column.type) else column
    return np.asarray(pc.is_null(cells, nan_is_null=True).to_numpy(zero_copy_only=False))


def _trimmed(column: Any) -> Any:
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    return pc.utf8_trim_whitespace(pc.cast(column, pa.large_string()))


def meaning_words(column: Any) -> tuple[str, ...]:
    """Words for missing values that are real values in a column of categories.

    "none" is a kind of guarantor where others are named, "NA" is Namibia among codes of two
    letters, "Null" a surname among names, "-" a mark beside "+".

    Parameters
    ----------
    column : an Arrow column of text that holds neither numbers nor dates
    """
    values = pc.unique(_trimmed(column).drop_null()).to_pylist()
    others = [value for value in values if value.lower() not in NOTHING]
    written = {value.lower(): value for value in values if value.lower() in NOTHING}
    if not others:
        return ()
    found = []
    words = sum(value[0].isalpha() for value in others) >= 0.8 * len(others)
    if words:
        found += [word for word in ("none", "nil") if word in written]
    titled = sum(value.istitle() for value in others) >= 0.8 * len(others)
    if written.get("null") == "Null" and titled:
        found.append("null")
    codes = sum(len(value) == 2 and value.isupper() for value in others) >= 0.9 * len(others)
    if written.get("na") == "NA" and codes and len(others) >= MIN_CODES:
        found.append("na")
    if "-" in written and not any(sign.isalnum() for value in others for sign in value):
        found.append("-")
    return tuple(found)


def numbers_of(column: Any, form: str | None = None) -> tuple[DoubleArray, str, int]:
    """A column as numbers, whatever is written around them: money, units, durations, ranges.

    Parameters
    ----------
    column : an Arrow column of numbers or of text
    form : what this function gave before, to read other rows in the same way; found out when None

    Returns
    -------
    (n,) float64 with nan for gaps; one of `STYLES`, with the unit of the values behind it where
    units are written; and how many entries are no number
    """
    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.int8())
    if pa.types.is_time(column.type) or pa.types.is_duration(column.type):
        wide = pa.types.is_duration(column.type) or pa.types.is_time64(column.type)
        column = pc.cast(column, pa.int64() if wide else pa.int32())
    if not is_text(column.type):
        return finite(pc.cast(column, pa.float64(), safe=False)), form or STYLES[0], 0
    texts = texts_of(column)
    style, _, unit = (form or "").partition(" ")
    known = len(texts) - texts.null_count
    if style in ("", STYLES[0]) and not unit and (plain := _plain(texts)) is not None:
        return plain, STYLES[0], 0
    bare = _bared(texts)
    found = {name: _parsed(bare, name) for name in ((style,) if style else STYLES)}
    best = min(found, key=lambda name: found[name].null_count)
    strays = found[best].null_count - texts.null_count
    if strays and (unit or strays > MAX_STRAYS * known):
        info = _amounts(texts, (style,) if style else STYLES, unit or None)
        if info is not None and info[2] < strays:
            return info
        mixed = None if style else _parsed(bare, MIXED)
        if mixed is not None and mixed.null_count - texts.null_count <= MAX_STRAYS * known:
            return finite(mixed), MIXED, mixed.null_count - texts.null_count
    return finite(found[best]), form or best, strays


def form_here(column: Any, form: str) -> str:
    """How numbers of other rows are written: as a form says, or with the other decimal sign.

    Parameters
    ----------
    column : an Arrow column
    form : how those of a run are written, as `numbers_of` gave it
    """
    style, _, unit = form.partition(" ")
    if not is_text(column.type) or style not in STYLES or unit:
        return form
    texts = texts_of(column)
    known = len(texts) - texts.null_count
    if 2 * numbers_of(texts, form)[2] <= known:
        return form
    _, other, strays = numbers_of(texts)
    return other if other in STYLES and not strays else form


def bounds_meet(texts: Any, values: DoubleArray) -> bool:
    """Whether what is below a number and what is above it would be the same number: <20, >20.

    Parameters
    ----------
    texts : an Arrow column of text
    values : (n,) what `numbers_of` made of it
    """
    below, above = (
        pc.fill_null(pc.match_substring_regex(texts, pattern), False) for pattern in BOUNDS
    )
    if not pc.any(below).as_py() or not pc.any(above).as_py():
        return False
    return bool(np.isin(values[np.asarray(below)], values[np.asarray(above)]).any())


def _plain(texts: Any) -> DoubleArray | None:
    """Texts that are all digits with a decimal point, as numbers; None where one is not."""
    for start in range(0, len(texts), PLAIN_ROWS):
        some = texts.slice(start, PLAIN_ROWS)
        if not pc.all(pc.match_substring_regex(some, SURELY_PLAIN)).as_py():
            return None
    return finite(pc.cast(texts, pa.float64()))


def _bared(texts: Any) -> Any:
    """Texts without signs of money and spaces between thousands."""
    spaced = pc.match_substring_regex(texts, r"\d[\s\x{00a0}\x{202f}]\d")
    if pc.any(spaced).as_py():
        # 4929 1001 2003 3007 is no amount
        whole = pc.match_substring_regex(texts, rf"^\D*\d{{1,3}}({SPACE}\d{{3}})+([.,]\d*)?\D*$")
        nothing = pa.scalar(None, texts.type)
        texts = pc.if_else(pc.and_(spaced, pc.invert(whole)), nothing, texts)
    bare = pc.replace_substring_regex(texts, rf"[€$£¥%]|{SPACE}", "")
    while pc.any(marked := pc.match_substring_regex(bare, r"\d'\d{3}")).as_py():  # 1'250'000
        cut = pc.replace_substring_regex(bare, r"(\d)'(\d{3})", r"\1\2")
        bare = pc.if_else(marked, cut, bare)
    bare = pc.replace_substring_regex(bare, r"^\((.*)\)$", r"-\1")  # a bookkeeper's minus
    behind = pc.ends_with(bare, "-")
    if pc.all(behind).as_py():  # 1935-, 1940-: from that year on
        return pc.replace_substring_regex(bare, r"-$", "")
    return pc.replace_substring_regex(bare, r"^(.*\d)-$", r"-\1")


def _amounts(
    texts: Any, styles: Sequence[str], unit: str | None
) -> tuple[DoubleArray, str, int] | None:
    """The same of cells with units and the like; None where they are no amounts."""
    coded = pc.dictionary_encode(texts)
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0)
    codes = np.asarray(pc.fill_null(coded.indices, -1))
    counts = np.bincount(codes[codes >= 0], minlength=len(coded.dictionary))
    distinct = coded.dictionary.to_pylist()
    least = 0.0 if unit else 1 - MAX_STRAYS
    some = distinct[:: max(len(distinct) // SAMPLE, 1)]
    able = {}
    for style in styles:
        hits = sum(parsed(text, comma=style == STYLES[1]) is not None for text in some)
        able[style] = hits / max(len(some), 1)
    best = max(able, key=lambda name: able[name])
    if not distinct or able[best] < SAMPLE_SHARE * least:
        return None
    amounts = [parsed(text, comma=best == STYLES[1]) for text in distinct]
    known = sum(int(n) for a, n in zip(amounts, counts, strict=True) if a is not None)
    ranges = sum(a is not None and a.sort == "range" and not a.unit + a.large for a in amounts)
    if known < least * counts.sum() or (not unit and ranges > MAX_RANGES):
        return None
    amounts = _settled(amounts)
    units: Counter[str] = Counter()
    for amount, n in zip(amounts, counts, strict=True):
        if amount is not None:
            units[amount.unit] += int(n)
    info = unit if unit is not None else common_unit(units)
    if info is None:
        return None
    values = np.array([_in_unit(amount, info) for amount in amounts])
    strays = int(counts[np.isnan(values)].sum())
    return np.append(values, np.nan)[codes], f"{best} {info}".strip(), strays


def _settled(amounts: Sequence[Amount | None]) -> list[Amount | None]:
    """Amounts whose letters have the meaning that the others show.

    "m" and "b" are millions and billions in 3M beside 12K, "dr" a debit beside "cr", and "p" pence
    beside pounds.
    """
    some = [amount for amount in amounts[:SAMPLE] if amount is not None]
    units = {amount.unit for amount in some} - {""}
    letters = {"m", "b", "t"}
    many = units <= letters and (len(units) > 1 or any(amount.large for amount in some))
    booked = units == {"dr", ""} or (units <= {"dr"} and any(a.large == "cr" for a in some))
    out: list[Amount | None] = []
    for amount in amounts:
        if amount is not None and many and amount.unit in letters:
            amount = replace(amount, unit="", large=amount.unit)
        elif amount is not None and booked and amount.large in ("cr", ""):
            sign = -1 if amount.unit == "dr" else 1
            amount = replace(amount, number=sign * amount.number, unit="", large="")
        elif amount is not None and amount.unit in MINOR and MINOR[amount.unit] in units:
            amount = replace(amount, number=amount.number / 100, unit=MINOR[amount.unit])
        out.append(amount)
    return out


def _in_unit(amount: Amount | None, unit: str) -> float:
    """The number of an amount in the unit of its column; nan where it is of another kind."""
    if amount is None:
        return np.nan
    number = amount.number * LARGE.get(amount.large, 1.0)
    own = amount.unit
    if not own or own == unit:
        return number
    kind = dimension_of(unit)
    if kind == "money" or (kind is None and own.rstrip("s.") == unit.rstrip("s.")):
        return number
    if kind is None or kind != dimension_of(own):
        return np.nan
    return number * size_of(own, kind) / size_of(unit, kind)


def finite(column: Any) -> DoubleArray:
    """An Arrow column of decimal numbers, nan where there is none or it is infinite."""
    values = np.asarray(column, dtype=np.float64).copy()  # of a column without gaps, a view
    values[~np.isfinite(values)] = np.nan
    return values


def _parsed(bare: Any, style: str) -> Any:
    """Texts as numbers of one style, null where they are none."""
    plain = pc.match_substring_regex(bare, PLAIN)
    if style == STYLES[0]:
        fits = pc.or_(plain, pc.match_substring_regex(bare, POINT))
        cleaned = pc.replace_substring(bare, ",", "")
    elif style == MIXED:
        fits = pc.match_substring_regex(bare, r"^[+-]?\d+([.,](\d{1,2}|\d{4,}))?$")
        cleaned = pc.replace_substring(bare, ",", ".")
    else:
        fits = pc.match_substring_regex(bare, COMMA)
        cleaned = pc.replace_substring(pc.replace_substring(bare, ".", ""), ",", ".")
    # a leading zero makes a name: 007
    fits = pc.and_(fits, pc.invert(pc.match_substring_regex(bare, r"^[+-]?0\d")))
    return pc.cast(pc.if_else(fits, cleaned, pa.scalar(None, cleaned.type)), pa.float64())
