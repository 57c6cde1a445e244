"""Amounts with what people write around the number."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from shoal.parts.readers.units import parsed
from shoal.parts.readers.values import numbers_of


@pytest.mark.parametrize(
    ("written", "form", "read"),
    [
        (["262.4 kg", "300 g", "1 t"], "1,234.5 kg", [262.4, 0.3, 1000]),
        (["7,5 t", "12 t"], "1.234,5 t", [7.5, 12]),
        (["USD 19.5", "USD 1,200"], "1,234.5 usd", [19.5, 1200]),
        (["£1,250 pa", "£900 pa"], "1,234.5 £", [1250, 900]),
        (["1.250,50 EUR", "3 EUR"], "1.234,5 eur", [1250.5, 3]),
        (["3 h 20 min", "45 min"], "1,234.5 h", [10 / 3, 0.75]),
        (["PT3H30M", "PT1H15M"], "1,234.5 h", [3.5, 1.25]),
        (["14:30", "9:15 pm"], "1,234.5 h", [14.5, 21.25]),
        (["5 GB", "500 MB"], "1,234.5 gb", [5, 0.5]),
        (["1.2K", "3M", "500"], "1,234.5", [1200, 3e6, 500]),
        (["20-30k", "30-40k"], "1,234.5", [25000, 35000]),
        (["$1.2bn", "-$3.5M"], "1,234.5 $", [1.2e9, -3.5e6]),
        (["4 out of 5 stars", "3 out of 5 stars"], "1,234.5 of 5 stars", [4, 3]),
        (["12 pcs", "1 pc", "7 pcs"], "1,234.5 pcs", [12, 1, 7]),
        (["5 ft 11 in", "6 ft"], None, None),
        (["5' 10", "6′ 2″"], "1,234.5 ft", [5 + 10 / 12, 6 + 2 / 12]),
        (["2 yrs 3 mos", "1 yr 6 mos"], None, [2.25, 1.5]),
        (["2時間30分", "45分"], None, [2.5, 0.75]),
        (["250 mcg", "1.5 mg", "3 mg"], "1,234.5 mg", [0.25, 1.5, 3]),
        (["₹2 Cr", "₹50 Lakh"], "1,234.5 ₹", [2e7, 5e6]),
        (["£7.82", "75p", "£1"], "1,234.5 £", [7.82, 0.75, 1]),
        (["7,384.00 CR", "5,075.00 DR"], "1,234.5", [7384, -5075]),
        (["3 x 10^5", "9×10^-2"], "1,234.5", [3e5, 0.09]),
        (["1st", "22nd", "13th"], "1,234.5", [1, 22, 13]),
    ],
)
def test_a_unit_is_taken_off_and_amounts_are_told_in_one(written, form, read):
    column = pa.array(written * 20)
    values, found, strays = numbers_of(column)
    assert strays == 0
    if form is not None:
        assert found == form
        assert values[: len(read)] == pytest.approx(read)
    again, _, _ = numbers_of(column, found)
    assert np.array_equal(values, again)


@pytest.mark.parametrize(
    "written",
    [["12 Oak Lane", "5 Elm Street"], ["AB-1448", "CX-12"], ["5 kg", "3 m"], ["007", "008"]],
)
def test_what_is_no_amount_stays_none(written):
    _, _, strays = numbers_of(pa.array(written * 20))
    assert strays == 40


def test_ranges_of_phone_numbers_are_none():
    column = pa.array([f"{100 + i}-{2000 + 7 * i}" for i in range(200)])
    assert numbers_of(column)[2] == 200


@pytest.mark.parametrize(
    "odd", ["(" * 5000 + "5" + ")" * 5000, " " * 300_000 + "5/", "1 " * 200_000]
)
def test_a_cell_that_is_one_long_run_is_no_amount_and_takes_no_time(odd):
    assert parsed(odd, comma=False) is None
    assert numbers_of(pa.array([odd, "5 kg", "7 kg"] * 10))[2] >= 10
