"""Numbers that are no amounts: those of rows, of things, of phones, and codes."""

from __future__ import annotations

import numpy as np

from shoal.numerics.arrays import DoubleArray
from shoal.parts.readers.columns import is_named_id
from shoal.parts.readers.finding import Finding, Values
from shoal.parts.readers.naming import (
    COUNTING,
    NUMBERED,
    counts_rows,
    is_called_number,
    is_named_amount,
    is_named_code,
    is_named_version,
    looks_like_date,
    name_words,
    names_rows,
    numbers_things,
)
from shoal.parts.readers.values import SERIAL

FEW_LEVELS = 20
"""So many different texts are categories however few rows there are."""
DIFFERENT = 0.5
"""Share of different entries above which a column has no categories."""
MIN_PHONE = 10_000
MIN_CALLED, MIN_SURE = 100, 1000
"""Numbers from which on what is named a number of something, such as an order, is no amount: where
most of them differ, and in any case."""
DIALLED, MIN_DIALLED, MAX_ROUND = 10**8, 20, 0.25
"""Numbers from which on those that never repeat and are all as long may be dialled, how many there
must be, and the share of them that may end in a zero, of which amounts have more."""


def are_dialled(known: DoubleArray, n_distinct: int) -> bool:
    """Whether whole numbers look like those of phones: all as long, none twice, none rounded.

    Parameters
    ----------
    known : (n,) numbers without gaps
    n_distinct : of them
    """
    if not MIN_DIALLED <= len(known) or n_distinct < 0.98 * len(known) or known.min() < DIALLED:
        return False
    if (known != np.floor(known)).any() or known.max() >= SERIAL:
        return False
    as_long = np.floor(np.log10(known.min())) == np.floor(np.log10(known.max()))
    return bool(as_long and (known % 10 == 0).mean() <= MAX_ROUND)


def names_in_numbers(
    values: Values, known: Values, distinct: Values, name: str, form: str
) -> Finding | None:
    """Numbers that only name something: ids, codes, places; None where they are amounts.

    Parameters
    ----------
    values : (n,) with nan for gaps
    known : those that are no gaps
    distinct : those, each once, in order
    name : of the column
    form : how they are written, as of `numbers_of`
    """
    plain, whole = " " not in form, bool((known == np.floor(known)).all())
    if plain and _is_number_of_row(known, distinct, name):
        return Finding("id", "no value repeats, so it only identifies rows")
    if plain and whole and is_named_id(name):
        return _coded(values, distinct, form, "id", "it is named like an id, not an amount")
    if plain and whole and is_called_number(name) and len(distinct) > FEW_LEVELS:
        many = len(distinct) > DIFFERENT * len(known) and known.min() >= MIN_CALLED
        if many or len(distinct) == len(known) or known.min() >= MIN_SURE or "#" in name:
            return Finding("code", "it is named like ids or codes, not amounts")
    edition = is_named_version(name) and whole and known.min() >= 1900 and known.max() <= 2100
    if (
        is_named_code(name)
        and not edition
        and (whole or is_named_version(name))
        and not _are_few(known, name)
    ):
        return _coded(values, distinct, form)
    if plain and whole and numbers_things(name, many=len(distinct) > FEW_LEVELS):
        why = "it is named like a place or somebody, of which it holds the numbers"
        return _coded(values, distinct, form, why=why)
    return None


def _are_few(known: Values, name: str) -> bool:
    """Whether numbers in a column of phones are too small to be called: iPhone 527."""
    return name_words(name)[-1] in ("phone", "mobile") and known.max() < MIN_PHONE


def _coded(
    values: Values,
    distinct: Values,
    form: str,
    role: str = "code",
    why: str = "its name suggests a code, not an amount",
) -> Finding:
    """Numbers that are named like a code: categories where they are few."""
    if len(distinct) > FEW_LEVELS or len(distinct) > DIFFERENT * int((~np.isnan(values)).sum()):
        return Finding(role, why)
    flag = "flag" if len(distinct) == 2 else ""
    return Finding("category", f"{len(distinct)} values; {why}", levels_of(values), form, role=flag)


def _is_number_of_row(known: Values, distinct: Values, name: str) -> bool:
    """Whether whole numbers that all differ are named like an id, or count the rows."""
    if len(distinct) < len(known) or names_rows(name):
        return len(distinct) == len(known) > 1
    if len(known) < 3 or (known != np.floor(known)).any():
        return False
    steps_on = np.diff(known)
    rising = counts_rows(name) and ((steps_on > 0).all() or (steps_on < 0).all())
    if is_named_id(name) or rising or name.rstrip().endswith("#"):
        return True
    if is_named_amount(name):
        return False
    steps = distinct[-1] - distinct[0] == len(distinct) - 1
    if len(known) < FEW_LEVELS and not (NUMBERED | COUNTING) & set(name_words(name) or COUNTING):
        return False  # so few rows may have as many amounts by chance
    years = distinct[0] >= 1000 and distinct[-1] <= 2200 and looks_like_date(name)
    return bool(steps and not (years or "year" in name.lower()))


def levels_of(values: Values) -> Values:
    """Numbers as names of categories: 1 and 1.0 are the same one.

    Parameters
    ----------
    values : (n,) with nan for gaps
    """
    info = [
        None if np.isnan(v) else str(int(v)) if v == np.floor(v) else repr(float(v)) for v in values
    ]
    return np.array(info, dtype=object)
