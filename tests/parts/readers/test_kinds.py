"""What kind a column is, and cells as people write them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from shoal.parts.readers.columns import is_named_id
from shoal.parts.readers.dates import read_dates
from shoal.parts.readers.kinds import as_kind, find_kind
from shoal.parts.readers.naming import is_named_outcome
from shoal.parts.readers.values import numbers_of

N = 40
WORDS = ["red", "green", "blue", "green"] * 10
PROSE = [f"the parcel of customer {i} came late and was broken" for i in range(N)]


def texts(values):
    return pa.array([None if value is None else str(value) for value in values], pa.large_string())


@pytest.mark.parametrize(
    ("written", "style", "read"),
    [
        (["1", "2.5", "-3e2"], "1,234.5", [1, 2.5, -300]),
        (["1,234.50", "12", "7,000,000"], "1,234.5", [1234.5, 12, 7e6]),
        (["1.234,50", "12,5", "7"], "1.234,5", [1234.5, 12.5, 7]),
        (["€ 12", "$1,000", "15 %"], "1,234.5", [12, 1000, 15]),
        (["(12.50)", "12-", "- "], "1,234.5", [-12.5, -12, np.nan]),
        ([" ", "N/A", "nan", "?", "8"], "1,234.5", [np.nan] * 4 + [8]),
    ],
)
def test_numbers_are_read_as_people_write_them(written, style, read):
    values, found, strays = numbers_of(texts(written))
    assert found == style
    assert strays == 0
    assert np.array_equal(values, np.array(read, dtype=float), equal_nan=True)


def test_what_is_no_number_is_counted():
    values, _, strays = numbers_of(texts(["1", "two", "007", "inf", None]))
    assert strays == 3
    assert np.isnan(values).tolist() == [False, True, True, True, True]


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%y",
        "%d %b %Y", "%b %d, %Y", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M:%S",
        "%m/%d/%Y %I:%M %p",
    ],
)  # fmt: skip
def test_dates_of_any_usual_form_are_read(form):
    first = dt.datetime(2024, 1, 20, 16, 30)
    days = [first + dt.timedelta(days=11 * i) for i in range(N)]
    dates = read_dates(texts(day.strftime(form) for day in days))
    found, strays = dates.days, dates.strays
    clock = "%H" in form or "%I" in form
    start = (first if clock else first.replace(hour=0, minute=0)) - dt.datetime(1970, 1, 1)
    assert strays == 0
    assert found == pytest.approx(start / dt.timedelta(days=1) + 11 * np.arange(N))


def test_of_two_forms_that_fit_the_one_in_which_time_goes_on_is_taken():
    days = [dt.date(2024, month, day) for month in range(1, 13) for day in (2, 9)]
    found = read_dates(texts(day.strftime("%m/%d/%Y") for day in days))
    assert (found.form, found.doubt, found.decided) == ("%m/%d/%Y", "%d/%m/%Y", True)
    assert (np.diff(found.days) > 0).all()
    given = read_dates(texts(["03/04/2024"]), "%d/%m/%Y")
    assert given.days == read_dates(texts(["2024-04-03"])).days


@pytest.mark.parametrize(
    ("values", "name", "kind"),
    [
        (texts(np.linspace(0, 1, N)), "share", "number"),
        (pa.array(np.arange(N) * 7 % 13), "visits", "number"),
        (pa.array([0, 1] * 20), "senior", "category"),
        (pa.array([True, False] * 20), "active", "category"),
        (texts(WORDS), "colour", "category"),
        (pa.array(WORDS).dictionary_encode(), "colour", "category"),
        (texts(PROSE), "review", "text"),
        (texts(f"2024-01-{i % 28 + 1:02}" for i in range(N)), "joined", "date"),
        (pa.array([dt.date(2024, 1, i % 28 + 1) for i in range(N)]), "joined", "date"),
        (pa.array(range(100, 100 + N)), "number", "id"),
        (texts(f"{i:04}-{i * 7919 % 9973}" for i in range(N)), "customerID", "id"),
        (texts(f"{10000 + i * 37}" for i in range(N)), "zip", "code"),
        (texts(f"name{i}" for i in range(N)), "nick", "code"),
        (texts(f"{a}na {b}ille" for a in "ABCDEFGH" for b in "KLMNO"), "who", "name"),
        (texts(["same"] * N), "country", "constant"),
        (pa.array([3.0] * N), "version", "constant"),
        (texts(["", None] * 20), "remark", "empty"),
        (pa.nulls(N), "nothing", "empty"),
        (pa.array([[1, 2]] * N), "pair", "nested"),
    ],
)
def test_the_kind_of_a_column_is_found_out(values, name, kind):
    assert find_kind(values, name).kind == kind


def test_a_kind_that_was_found_is_read_again_the_same():
    for values, name in [
        (texts(["1.5", "2", None, "4,000"] * 10), "n"),
        (pa.array([0, 1] * 20), "flag"),
        (texts(WORDS), "colour"),
        (texts(f"{i % 28 + 1}.2.2024" for i in range(N)), "date"),
    ]:
        found = find_kind(values, name)
        again = as_kind(values, found.kind, found.form)
        assert [v for v in again if v == v] == [v for v in found.values if v == v]


def test_a_flag_is_the_same_category_however_its_number_is_written():
    found = find_kind(texts(["0", "1"] * 20), "flag")
    assert set(as_kind(pa.array([0.0, 1.0]), found.kind, found.form)) == {"0", "1"}


def test_names_of_ids_and_outcomes_are_known():
    assert all(map(is_named_id, ("id", "customer_id", "customerID", "orderId")))
    assert not any(map(is_named_id, ("paid", "valid", "grid", "idea", "HNR", "PSNR")))
    assert is_named_outcome("Label")
    assert not is_named_outcome("labels printed")


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("user_id", [1000 + i % 30 for i in range(90)], "id"),  # of whom each has several rows
        ("x.id", [1 + i % 40 for i in range(90)], "id"),
        ("subjid", [7 * (i % 40) for i in range(90)], "id"),
        ("Kundennr", [70 + i % 40 for i in range(90)], "id"),
        ("playerID", [f"ab{i % 40}" for i in range(90)], "id"),
        ("store_id", [1 + i % 4 for i in range(90)], "category"),
        ("paid", [7 * (i % 40) for i in range(90)], "number"),
        ("humid", [7 * (i % 40) for i in range(90)], "number"),
        ("county", [1 + i % 12 for i in range(90)], "category"),
        ("county", [1 + i % 60 for i in range(90)], "code"),
        ("Subject", [1 + i % 40 for i in range(90)], "code"),
        ("subjects", [1 + i % 40 for i in range(90)], "number"),
        ("Unnamed: 0", [i + i // 7 for i in range(90)], "id"),
        ("time", list(range(1900, 1990)), "number"),
        ("from", [f"{1900 + 5 * (i % 9)}-" for i in range(90)], "number"),
        ("n_males", list(range(13)), "number"),
        ("case", list(range(13)), "id"),
        ("what", [f"{word} oil" for word in "abcdefghijkl"], "text"),
    ],
)
def test_what_a_column_is_called_and_how_it_repeats_tell_what_it_holds(name, values, role):
    found = find_kind(pa.array(values), name)
    assert found.role_in_word == role
    if name == "from":
        assert found.values[0] == 1900


def test_below_and_above_a_number_are_not_the_same_number():
    onset = find_kind(pa.array(["< 20 yrs", "> 20 yrs"] * 30), "onset")
    assert (onset.kind, onset.role_in_word) == ("category", "flag")
    assert sorted(set(onset.values)) == ["< 20 yrs", "> 20 yrs"]
    ages = find_kind(pa.array(["<=20", "20-40", ">40"] * 30), "age")
    assert ages.kind == "number"
    assert sorted(set(ages.values)) == [20.0, 30.0, 40.0]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("rownames", [7, 1, 3, 900, 25, 14] * 1, "id"),
        ("rownames", [1.1, 11.2, 21.3], "id"),
        ("Ketchup.hid", [1, 265, 265, 531] * 20, "category"),
        ("family", list(range(5, 900, 7)) * 2, "code"),
        ("family", [2, 3, 4, 5] * 20, "number"),
        ("iPhone", [527, 707, 314, 90] * 9, "number"),
        ("phone", [5550100 + 7 * i for i in range(40)], "code"),
        ("isocode", [chr(65 + i % 26) + "XY" for i in range(400)], "category"),
        ("order code", [f"K{i % 60}-{i % 7}" for i in range(400)], "code"),
        ("rownames", ["Quito", "Rome", "Oslo", "Bern"], "name"),
        ("Unnamed: 0", ["Height", "Arm span", "Hips"], "name"),
        ("ccode", [20, 434, 165, 20] * 30, "category"),
        ("dcode", list(range(1010, 1310)), "id"),
        ("idno", [100102, 105201, 110801, 99] * 1, "id"),
        ("seqno", [1, 577, 1152, 3], "id"),
        ("Ticket #", [100 + 7 * (i * 37 % 90) for i in range(90)], "id"),
        ("Calls #", [i % 31 for i in range(90)], "number"),
        (
            "Surname",
            [f"Lind{chr(97 + i % 80 // 26)}{chr(97 + i % 26)}" for i in range(400)],
            "name",
        ),
        (
            "brand",
            [f"Lind{chr(97 + i % 80 // 26)}{chr(97 + i % 26)}" for i in range(400)],
            "category",
        ),
        ("MPG.city", [15 + i % 30 for i in range(90)], "number"),
        ("year_release", [1960 + i % 60 for i in range(90)], "number"),
        (
            "FILM",
            [f"The {'Old New Red'.split()[i % 3]} House {i} ({1980 + i})" for i in range(40)],
            "name",
        ),
        (
            "Definition",
            [f"{i % 60:03} - REPAIR OF THE LEFT HIP W CARE {i % 60}" for i in range(300)],
            "category",
        ),
        ("column_7", ["Iowa" if i % 3 else None for i in range(90)], "category"),
        ("column_1", list(range(3, 150, 7)), "id"),
        ("docno", list(range(78001, 78900, 7)), "id"),
        ("Site.No.", list(range(2, 300, 3)), "id"),
        ("year", list(range(50, 80)), "number"),
        ("subject", [f"{i % 80 + 100}{'ab'[i % 2]}" for i in range(400)], "code"),
        ("flight", list(range(100, 400, 3)), "code"),
        ("x", list(range(1, 61)), "number"),
        ("nTokens", list(range(1, 25)), "number"),
        ("n", list(range(1, 25)), "id"),
    ],
)
def test_numbers_that_name_rows_are_told_from_counts_and_coordinates(name, values, kind):
    assert find_kind(pa.array(values), name).kind == kind


def test_a_column_of_written_vectors_says_how_to_cluster_by_them():
    written = pa.array([f"[{i}.5, -1, 2e-3, 4, 5, 6, 7, .8]" for i in range(40)])
    assert "; --vectors clusters by them" in find_kind(written, "embedding").why
    long = pa.array([f"[{'1' * 300}, {i}x" for i in range(40)])  # told without trying every cut
    assert "--vectors" not in find_kind(long, "embedding").why
