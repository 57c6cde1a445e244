"""What each column of a table holds, what is done with it, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.parts.readers.columns import TEXT_WORDS, is_named_id
from shoal.parts.readers.dates import Dates, as_dates, read_dates
from shoal.parts.readers.finding import Finding, Values
from shoal.parts.readers.looks import (
    NAME_WORDS,
    PAIRS,
    PERSON_WORDS,
    VECTORS,
    Look,
    is_named_like,
    look_at,
)
from shoal.parts.readers.naming import (
    is_named_code,
    is_unnamed,
    looks_like_date,
    names_rows,
    numbers_things,
    told_name,
)
from shoal.parts.readers.numbered import (
    DIFFERENT,
    FEW_LEVELS,
    are_dialled,
    levels_of,
    names_in_numbers,
)
from shoal.parts.readers.scales import SCALE, scale_form, steps_of
from shoal.parts.readers.sentinels import sentinels_of, without
from shoal.parts.readers.table import is_numeric, is_text
from shoal.parts.readers.unit_sizes import described
from shoal.parts.readers.values import (
    MAX_STRAYS,
    MIXED,
    STYLES,
    are_too_long,
    bounds_meet,
    form_here,
    meaning_words,
    numbers_of,
    texts_of,
)
from shoal.parts.readers.words_for_nothing import are_scores, looks_like_phones, without_words

MIN_NAMED, MIN_UNLIKE = 3, 10
"""Rows from which names, and any other texts, that all differ are no categories."""
RARELY, MANY_PEOPLE, MANY_PHRASES = 0.1, 200, 300
"""Share of different texts above which a column named as of codes has no categories, and how many
different names of people, and phrases above that share, there may be."""
MIN_ENDED, LONG = 0.1, 12
"""Share of texts that end as sentences do, and the median words of those that need not."""
MIN_REPEATED, MANY_TEXTS = 0.05, 100
"""Share of different sentences, or how many, from which they are texts and no categories."""
WRITTEN_AMOUNT = r"[.,'\x{2019}\p{Sc}%]|[^\W\d]"
"""What a cell has that is written as an amount, and not as a number that is dialled."""
DIALLED_WHY = "its numbers are all as long, and none comes twice, as those of phones or accounts"
MEANT = {
    VECTORS: "; --vectors clusters by them",
    PAIRS: ", such as a score or a ratio; make columns of them to cluster by them",
}
NO_AMOUNTS = ", not amounts"
"""What is said of values that are not clustered by."""
MARK, UNMARKED = "mark", "blank"
"""The form of columns in which one mark stands or nothing, and what nothing is called."""
MARKS = frozenset(
    "x ✓ ✔ ☑ ✅ • 1 yes y true t ja j oui o si sí s on checked selected ticked".split()
)


BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
"""What tells types whose values are bytes."""


def find_kind(
    column: Any,
    name: str,
    *,
    dates: str | None = None,
    sentinels: bool = True,
    scales: bool = True,
    numbers: Values | None = None,
    names: Sequence[str] = (),
) -> Finding:
    """Find out what a column holds.

    Parameters
    ----------
    column : an Arrow column of any type
    name : in the source
    dates : the form of dates, as of strptime, where the user gave one
    sentinels : whether numbers such as -999 among ages are taken for gaps
    scales : whether words that stand in an order, such as never ... always, count as numbers
    numbers : (n,) what it holds, where that is known to be plain numbers and no dates
    names : of all columns, as a first one that alone has no name may number or name the rows
    """
    told = told_name(name, names)
    if told != name:
        found = find_kind(
            column, told, dates=dates, sentinels=sentinels, scales=scales, numbers=numbers
        )
        if found.kind in ("id", "name"):
            return found
    if numbers is not None:
        found = _numbers_told((numbers, STYLES[0], 0), name, {})
    else:
        found = _plain_kind(column, name, dates)
        if scales and found.kind == "category" and not found.form:
            found = _on_a_scale(found, name) or found
    found = (_marked(column, name) or found) if found.kind == "constant" else found
    return _without_sentinels(found, name) if sentinels and found.kind == "number" else found


def _without_sentinels(found: Finding, name: str) -> Finding:
    """Numbers without those that stand for no value."""
    numbers = sentinels_of(found.values)
    if not numbers:
        return found
    said = ", ".join(f"{number:g}" for number in numbers)
    n = int(np.isin(found.values, numbers).sum())
    note = (
        f"{n:,} entries of {name!r} are {said}, far from all others, and count as missing. "
        "Use --set read.sentinels=false to keep them as numbers."
    )
    values = without(found.values, numbers)
    meant = tuple(f"{number:g}" for number in numbers)
    return replace(found, values=values, notes=(*found.notes, note), meant=meant)


def _on_a_scale(found: Finding, name: str) -> Finding | None:
    """Categories as numbers where they are the steps of a known scale; None where they are none."""
    words = list(dict.fromkeys(value for value in found.values if value is not None))
    form = scale_form(words)
    if form is None:
        return None
    values = steps_of(found.values, form)
    ranked = sorted((step, word) for word, step in zip(words, steps_of(words, form), strict=True))
    ranked = [(step, word) for step, word in ranked if not np.isnan(step)]
    why = (
        f"its words are a scale from 1 ({ranked[0][1]}) to {ranked[-1][0]:g} ({ranked[-1][1]}); "
        "--set read.scales=false keeps categories"
    )
    other = [repr(word) for word in words if np.isnan(steps_of([word], form)[0])]
    n = int(np.isnan(values).sum()) - sum(value is None for value in found.values)
    note = (
        f"{n:,} entries of {name!r} are no step of its scale ({', '.join(other)}) and count as "
        "missing."
    )
    return Finding("number", why, values, form, (note,) if n else (), meant=found.meant)


def _plain_kind(column: Any, name: str, dates: str | None) -> Finding:
    """What a column holds, every number taken as it is, and no box as ticked or left blank."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = column.type
    if pa.types.is_nested(kind) or any(is_kind(kind) for is_kind in BYTES):
        return Finding("nested", f"its values are {kind}")
    if pa.types.is_null(kind):
        return Finding("empty", "it is empty")
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _dates(read_dates(column), name)
    if not is_text(kind):
        moments = _moments(column, name, dates)
        return moments or _numbers(column, name)
    texts = texts_of(column)
    known = len(texts) - texts.null_count
    if not known:
        return Finding("empty", "it is empty")
    amounts = _amounts(texts, name, dates)
    if amounts is not None:
        return amounts
    meant = meaning_words(column) if texts.null_count > column.null_count else ()
    if meant:
        texts = texts_of(column, meant)
        known = len(texts) - texts.null_count
    return replace(_texts(texts, name, known), meant=meant)


def _amounts(texts: Any, name: str, dates: str | None) -> Finding | None:
    """What a column of texts holds where it is dates or numbers; None where it is neither."""
    if not pc.any(pc.match_substring_regex(texts, r"\p{Nd}|^[★⭐]")).as_py():
        return None
    cleared, words = without_words(texts)
    known = len(cleared) - cleared.null_count
    if not known:
        return None
    if looks_like_phones(cleared):
        return Finding("code", "its values are phone numbers, not amounts")
    coded = (is_named_id(name) or is_named_code(name)) and not looks_like_date(name)
    if not are_scores(cleared) and not (coded and _all_digits(cleared)):
        found = as_dates(cleared, dates, named=looks_like_date(name))
        if found is not None:
            return _dates(replace(found, strays=found.strays + sum(words.values())), name)
    numbers = numbers_of(cleared)
    if numbers[2] > MAX_STRAYS * known or bounds_meet(cleared, numbers[0]):
        return None
    if not pc.any(pc.match_substring_regex(cleared, WRITTEN_AMOUNT)).as_py():
        told = numbers[0][~np.isnan(numbers[0])]
        if are_dialled(told, len(np.unique(told))):
            return Finding("code", DIALLED_WHY)
    return _numbers_told(numbers, name, words)


def _all_digits(texts: Any) -> bool:
    return bool(pc.all(pc.ascii_is_decimal(texts.drop_null())).as_py())


def kind_options(params: Mapping[str, Any]) -> dict[str, Any]:
    """What `find_kind` is told of the choices of a user."""
    return {
        "dates": params.get("dates"),
        "sentinels": params.get("sentinels", True),
        "scales": params.get("scales", True),
    }


def as_kind(column: Any, kind: str, form: str, meant: Collection[str] = ()) -> Values:
    """The values of a column of which kind and form are known, (n,)."""
    if kind == "number" and form.startswith(SCALE):
        return steps_of(_objects(texts_of(_as_text(column), meant)), form)
    if kind == "number":
        here = form_here(column, form) if form else None
        return without(numbers_of(column, here)[0], [float(number) for number in meant])
    if kind == "date":
        return read_dates(column, form or None, named=True).days
    if kind == "category" and form == MARK:
        marks = texts_of(_as_text(column), meant).to_pylist()
        return np.array([mark or UNMARKED for mark in marks], dtype=object)
    if kind == "category" and form:
        return levels_of(numbers_of(column, form)[0])
    return _objects(texts_of(_as_text(column), meant))


def _objects(texts: Any) -> Values:
    return np.array(texts.to_pylist(), dtype=object)


def _marked(column: Any, name: str) -> Finding | None:
    """A box that is ticked or left blank; None where the one value of a column is no mark."""
    marks = texts_of(_as_text(column))
    value = marks.drop_null()[0].as_py()
    # surveys put the answers that may be ticked into columns without a name of their own
    words = {*re.split(r"[\W_]+", value.lower())} - {""}
    named = is_named_like(name, words) or is_unnamed(name)
    if not column.null_count + marks.null_count or not (value.lower() in MARKS or named):
        return None
    why = f"it is marked {value!r} or blank"
    return Finding("category", why, as_kind(column, "category", MARK), MARK, role="flag")


def _as_text(column: Any) -> Any:
    return column if is_text(column.type) else pc.cast(column, pa.large_string())


def _moments(column: Any, name: str, form: str | None) -> Finding | None:
    """Numbers that are dates, such as seconds since 1970; None where they are not."""
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None
    if is_named_id(name) or is_named_code(name):
        return None
    found = as_dates(column, None if form and "%" in form else form, named=looks_like_date(name))
    return None if found is None else _dates(found, name)


def _dates(found: Dates, name: str) -> Finding:
    notes = tuple(found.notes(name))
    known = found.days[~np.isnan(found.days)]
    if not len(known):
        return Finding("empty", "it is empty")
    if len(np.unique(known)) == 1:
        return Finding("constant", "it has a single value")
    if not found.decided:
        why = (
            f"it may be {found.form} or {found.doubt}; to use it, choose one: --set "
            f"read.dates={found.form}"
        )
        return Finding("unsure date", why, form=found.order, notes=notes)
    how = f", written as {found.form}" if found.form else ""
    return Finding("date", f"its values are dates{how}", found.days, found.order, notes)


def _numbers(column: Any, name: str) -> Finding:
    if not is_numeric(column.type):
        return Finding("nested", f"its values are {column.type}")
    numbers = numbers_of(column)
    if pa.types.is_integer(column.type):
        told = numbers[0][~np.isnan(numbers[0])]
        if are_dialled(told, len(np.unique(told))):
            return Finding("code", DIALLED_WHY)
    return _numbers_told(numbers, name, {})


def _numbers_told(numbers: tuple[Values, str, int], name: str, words: Mapping[str, int]) -> Finding:
    """What a column of numbers is, of what `numbers_of` gave and the words that count as gaps."""
    values, form, strays = numbers
    known = values[~np.isnan(values)]
    if not len(known):
        return Finding("empty", "it is empty")
    distinct = np.unique(known)
    if are_too_long(known, len(distinct)):
        return Finding("id", "its numbers are too long to be amounts")
    if len(distinct) == 1:
        return Finding("constant", "it has a single value")
    style, _, unit = form.partition(" ")
    called = names_in_numbers(values, known, distinct, name, form)
    if called is not None:
        return called
    if len(distinct) == 2:
        info = "it has two different numbers"
        return Finding("category", info, levels_of(values), form, role="flag")
    n_bad = strays + sum(words.values())
    quoted = f" ({', '.join(map(repr, words))})" if words else ""
    notes = [f"{n_bad:,} entries of {name!r} are not numbers{quoted} and count as missing."]
    notes = notes if n_bad else []
    if style == STYLES[1]:
        notes.append(f"The numbers in {name!r} are read with a decimal comma.")
    if style == MIXED:
        notes.append(
            f"The numbers in {name!r} have a decimal point or a decimal comma; both count."
        )
    return Finding("number", described(unit), values, form, tuple(notes))


def _are_ended(different: Any, look: Look) -> bool:
    """Whether texts that come again and again end as sentences do, or are long."""
    ended = pc.sum(pc.match_substring_regex(different, r"[.!?\x{2026}\x{3002}]\s*$")).as_py()
    return look.words >= LONG or ended >= MIN_ENDED * len(different)


def _texts(texts: Any, name: str, known: int) -> Finding:
    different = pc.unique(texts.drop_null())
    distinct = len(different)
    if distinct == 1:
        return Finding("constant", "it has a single value")
    step = max(distinct // 2000, 1)
    look = look_at(different.take(pa.array(range(0, distinct, step))).to_pylist(), name)
    share = distinct / known
    info = f"{distinct:,} different values"
    alike = is_named_like(name, NAME_WORDS)
    many = (
        distinct > FEW_LEVELS
        or distinct == known >= (MIN_NAMED if alike else MIN_UNLIKE)
        or (alike and share > DIFFERENT and distinct >= MIN_UNLIKE)
    )
    if names_rows(name) and distinct == known >= MIN_NAMED and look.role != "text":
        return Finding("name", f"{info}, which name the rows")
    if (share > DIFFERENT or many) and is_named_id(name):
        return Finding("id", "it is named like an id, and holds many")
    if look.role == "text" and (
        share > DIFFERENT
        or (
            many
            and look.words >= 6
            and look.what != "coded"
            and (share >= MIN_REPEATED or (distinct >= MANY_TEXTS and _are_ended(different, look)))
        )
    ):
        return Finding("text", f"{info}, median {look.words} words", _objects(texts))
    some = ("codes", "names", "phrases", "places or addresses", "sentences", "coded")
    if look.what not in some and (many or share > DIFFERENT):
        return Finding(look.role, f"its values are {look.what}{MEANT.get(look.what, NO_AMOUNTS)}")
    called = is_named_like(name, PERSON_WORDS) or name.lower() in ("first", "last")
    people = look.role == "name" and called
    things = look.role == "code" and numbers_things(name, many=many)
    crowd = people and distinct > MANY_PEOPLE
    rare = share > (RARELY if people or things or is_named_code(name) else DIFFERENT)
    wordy = look.role == "phrase" and distinct > MANY_PHRASES and share > RARELY
    if many and (crowd or rare or wordy):
        if look.role in ("phrase", "name") and name.lower() in TEXT_WORDS:
            return Finding("text", f"{info}, and its name suggests text", _objects(texts))
        why = f"{info} of {look.what}: they hardly repeat, so they cannot define groups"
        role = look.role if look.role != "phrase" else "name" if look.titled else "free text"
        return Finding(role, why)
    return Finding("category", info, _objects(texts), role="flag" if distinct == 2 else "")
