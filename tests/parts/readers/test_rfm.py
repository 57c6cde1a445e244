"""Transactions to customers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from shoal.errors import BadInput, UnknownPart
from shoal.parts.readers.rfm import customers_of, fifths
from shoal.parts.readers.table import Table

ROWS = [
    ("ann", "2024-01-01 10:00", "10"),
    ("bob", "2024-01-31 23:00", "7.5"),
    ("ann", "2024-01-11 09:00", "5"),
    ("ann", "2024-01-11 09:00", "6"),  # two lines of one order
    ("ann", "2024-01-30 09:00", "-4"),  # a refund is no purchase
    ("cid", "2024-01-21", "-2"),
    (" ", "2024-01-01 10:00", "3"),
    ("bob", "some day", "3"),
    ("bob", "2024-01-01 10:00", "much"),
]


def transactions(rows):
    columns = [pa.array(values, pa.large_string()) for values in zip(*rows, strict=True)]
    return Table(pa.table(columns, names=["who", "when", "paid"]), "delimited", raw=True)


def made(rows=ROWS):
    padded = [(w, d if ":" in d or " " in d else f"{d} 00:00", p) for w, d, p in rows]
    return customers_of(transactions(padded), ["who", "when", "paid"])


def test_recency_frequency_and_monetary_value_are_those_of_the_purchases():
    table = made(ROWS * 1)
    told = {row["who"]: row for row in table.columns.to_pylist()}
    assert list(told) == ["ann", "bob", "cid"]
    assert (told["ann"]["recency_days"], told["ann"]["frequency"]) == (21, 2)
    assert told["ann"]["monetary"] == pytest.approx(17)
    assert (told["bob"]["recency_days"], told["bob"]["frequency"]) == (1, 1)
    assert (told["cid"]["frequency"], told["cid"]["monetary"]) == (0, -2)
    assert told["cid"]["recency_days"] == 11


def test_what_was_left_out_is_said():
    notes = " ".join(made().notes)
    assert "6 transactions of 3 customers" in notes
    assert "2024-02-01, the day after the last" in notes
    for why in ("no customer", "no readable date", "no readable amount"):
        assert f"left out: {why}" in notes
    assert "2 refunds" in notes
    assert "1 customer" in notes


def test_scores_are_fifths_and_equal_customers_share_one():
    assert fifths(np.arange(10.0)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert fifths(np.array([1.0] * 8 + [2, 3])).tolist() == [3] * 8 + [5, 5]
    assert fifths(np.array([4.0])).tolist() == [3]
    rows = [(f"c{i}", f"2024-01-{i + 1:02} 08:00", "5") for i in range(20)]
    assert made(rows).columns["r_score"].to_pylist()[-1] in (1, 2, 3, 4, 5)
    by_name = dict(
        zip(*(made(rows).columns[c].to_pylist() for c in ("who", "r_score")), strict=True)
    )
    assert (by_name["c0"], by_name["c19"]) == (1, 5)


def test_mistakes_are_explained():
    with pytest.raises(UnknownPart, match="Did you mean 'paid'"):
        customers_of(transactions(ROWS), ["who", "when", "piad"])
    with pytest.raises(BadInput, match="three columns, customer,date,amount"):
        customers_of(transactions(ROWS), ["who", "when"])
    with pytest.raises(BadInput, match=r"read\.dates"):
        customers_of(transactions([("a", "x", "1"), ("b", "y", "2")]), ["who", "when", "paid"])
