"""Transactions to customers: recency, frequency and monetary value of each.

References
----------
Bult, Wansbeek (1995), Optimal selection for direct mail. Marketing Science 14.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.data.records import value_as_text
from shoal.errors import BadInput, UnknownPart
from shoal.parts.readers.columns import as_texts
from shoal.parts.readers.dates import read_dates
from shoal.parts.readers.table import Table
from shoal.parts.readers.values import numbers_of

FEATURES = ("recency_days", "frequency", "monetary")
SCORES = ("r_score", "f_score", "m_score")
N_SCORES = 5
KIND = "transactions"


def customers_of(table: Table, names: Sequence[str], *, dates: str | None = None) -> Table:
    """One row per customer of a table of transactions, in the order of the customers' names.

    Recency is the number of days from a customer's last purchase to the day after the last
    transaction of the table; frequency the number of different times of purchase, so that the
    lines of one order count once; monetary the sum of the amounts, refunds taken off. A refund, an
    amount below zero, is no purchase. The scores are the fifths of the customers by each of
    these, 5 for the most recent, most frequent and highest.

    Parameters
    ----------
    table : one row per transaction
    names : the columns of the customer, the date and the amount
    dates : the form of the dates, as of strptime; found out when None

    Raises
    ------
    UnknownPart : if there is no column of one of the names
    BadInput : if there are not three names, or no row has all three values
    """
    if len(names) != 3:
        raise BadInput(
            f"--rfm takes three columns, customer,date,amount, got {', '.join(names) or 'none'}."
        )
    for name in names:
        if name not in table.columns.column_names:
            known = table.columns.column_names
            raise UnknownPart.among("column (asked for by --rfm)", name, known)
    customer, when, amount = (table.columns[name] for name in names)
    texts = [text.strip() if text else None for text in as_texts(customer)]
    info = read_dates(when, dates, named=True)
    days, stray_dates = info.days, info.strays + info.impossible
    amounts, _, stray_amounts = numbers_of(amount)
    has_customer = np.array([bool(text) for text in texts], dtype=bool)
    usable = has_customer & ~np.isnan(days) & ~np.isnan(amounts)
    for row in table.problems:
        usable[row] = False
    if not usable.any():
        raise BadInput(
            f"no transaction has a customer in {names[0]!r}, a date in {names[1]!r} and a "
            f"number in {names[2]!r}: {stray_dates:,} entries are not dates, "
            f"{stray_amounts:,} not numbers. If the dates have another format, use --set "
            "read.dates=FORM, such as %d/%m/%Y."
        )
    made, refunds_only = _aggregated(texts, days, amounts, usable)
    reference = float(np.floor(days[usable].max())) + 1
    notes = [
        f"{usable.sum():,} transactions of {len(made):,} customers; recency is counted to "
        f"{value_as_text(reference, 'date')}, the day after the last."
    ]
    left = [
        (~has_customer, "no customer"),
        (has_customer & np.isnan(days), "no readable date"),
        (has_customer & ~np.isnan(days) & np.isnan(amounts), "no readable amount"),
    ]
    notes += [f"{n:,} transactions are left out: {why}." for m, why in left if (n := m.sum())]
    refunds = int((amounts[usable] < 0).sum())
    if refunds:
        only = f"; {refunds_only:,} customers have only refunds" if refunds_only else ""
        notes.append(f"{refunds:,} refunds (amounts below zero) lower the monetary value{only}.")
    notes += info.notes(names[1])
    columns = made.set_column(1, FEATURES[0], pa.array(reference - made["last"].to_numpy()))
    columns = columns.rename_columns([names[0], *FEATURES])
    for name, score in zip(FEATURES, SCORES, strict=True):
        values = columns[name].to_numpy() * (-1 if name == FEATURES[0] else 1)
        columns = columns.append_column(score, pa.array(fifths(values)))
    return dataclasses.replace(
        table,
        columns=columns,
        kind=KIND,
        problems={},
        notes=(*table.notes, *notes),
        raw=False,
        sources=(),
    )


def _aggregated(
    texts: Sequence[str | None],
    days: NDArray[np.float64],
    amounts: NDArray[np.float64],
    usable: NDArray[np.bool_],
) -> tuple[pa.Table, int]:
    """Customer, last, times and sum of each customer, and how many have refunds only."""
    rows = np.nonzero(usable)[0]
    bought = amounts[rows] >= 0
    names = pa.array([texts[int(row)] for row in rows], pa.large_string())
    # a customer without a purchase is as old as the last refund
    info = pa.table({"customer": names, "day": days[rows], "amount": amounts[rows]})
    sums = info.group_by("customer").aggregate([("amount", "sum"), ("day", "max")])
    sums = sums.sort_by("customer")
    purchases = info.filter(pa.array(bought)).group_by("customer")
    times = purchases.aggregate([("day", "max"), ("day", "count_distinct")]).sort_by("customer")
    where = pc.index_in(sums["customer"], times["customer"]).to_numpy(zero_copy_only=False)
    has = ~np.isnan(np.asarray(where, dtype=np.float64))
    place = np.nan_to_num(np.asarray(where, dtype=np.float64)).astype(int)
    last = sums["day_max"].to_numpy().copy()
    count = np.zeros(len(sums), dtype=np.int64)
    if len(times):
        last[has] = times["day_max"].to_numpy()[place[has]]
        count[has] = times["day_count_distinct"].to_numpy()[place[has]]
    made = {"customer": sums["customer"], "last": np.floor(last), "times": count}
    return pa.table({**made, "sum": sums["amount_sum"]}), int((~has).sum())


def fifths(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The fifth of the values in which each lies, (n,) from 1 for the lowest to 5; ties share one.

    Parameters
    ----------
    values : (n,) finite
    """
    ordered = np.sort(values)
    # the middle of the places that equal values take
    first = np.searchsorted(ordered, values, "left")
    last = np.searchsorted(ordered, values, "right")
    place = (first + last) / 2 / len(values)
    return np.minimum(np.floor(place * N_SCORES).astype(np.int64) + 1, N_SCORES)
