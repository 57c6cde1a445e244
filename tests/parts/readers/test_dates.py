"""Dates of any usual form, decided by the whole column."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from shoal.parts.readers.dates import as_dates, read_dates

EPOCH = dt.datetime(1970, 1, 1)


def texts(values):
    return pa.array(list(values), pa.large_string())


def told(dates, row=0):
    return str(EPOCH + dt.timedelta(days=float(dates.days[row])))[:16]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("15-Sep-21", "2021-09-15 00:00"),
        ("Sep 15, 2021", "2021-09-15 00:00"),
        ("September 15th, 2021", "2021-09-15 00:00"),
        ("Wed Sep 15 2021", "2021-09-15 00:00"),
        ("Wed, 15 Sep 2021 10:05:00 +0200", "2021-09-15 08:05"),
        ("15-Sep-21 03.56.35 PM", "2021-09-15 15:56"),
        ("20:24 17.6.20", "2020-06-17 20:24"),
        ("17-06-2020 20.24", "2020-06-17 20:24"),
        ("2021-09", "2021-09-01 00:00"),
        ("09/2021", "2021-09-01 00:00"),
        ("Sep 2021", "2021-09-01 00:00"),
        ("2021-W07", "2021-02-15 00:00"),
        ("2021-W07-3", "2021-02-17 00:00"),
        ("Q2 2020", "2020-04-01 00:00"),
        ("2020-Q2", "2020-04-01 00:00"),
        ("2020-168", "2020-06-16 00:00"),
        ("2020-06-17T20:24:00.5Z", "2020-06-17 20:24"),
        ("2020-06-17T20:24:00[Europe/Berlin]", "2020-06-17 18:24"),
        ("2020-12-17 20:24 CET", "2020-12-17 19:24"),
        ("20200617T202400Z", "2020-06-17 20:24"),
        ("17/Jun/2020:20:24:00 +0000", "2020-06-17 20:24"),
        ("Wed Jun 17 2020 20:24:00 GMT+0100 (British Summer Time)", "2020-06-17 19:24"),
        ("17. März 2020", "2020-03-17 00:00"),
        ("1er août 2020", "2020-08-01 00:00"),
        ("17 de junio de 2020", "2020-06-17 00:00"),
        ("17 czerwca 2020", "2020-06-17 00:00"),
        ("2020年6月17日", "2020-06-17 00:00"),
        ("15-SEP-21 03.56.35.000000 PM", "2021-09-15 15:56"),
        ("2021m9", "2021-09-01 00:00"),
        ("Q22020", "2020-04-01 00:00"),
        ("FY20 Q2", "2020-04-01 00:00"),
        ("H2 2020", "2020-07-01 00:00"),
        ("2020-S1", "2020-01-01 00:00"),
        ("2H20", "2020-07-01 00:00"),
        ("/Date(1631664000000+0200)/", "2021-09-15 00:00"),
    ],
)
def test_a_date_is_read_in_whatever_form_it_is_written(written, day):
    found = read_dates(texts([written, None]))
    assert found.is_dates
    assert told(found) == day
    assert np.isnan(found.days[1])


@pytest.mark.parametrize(
    "written",
    ["2.14.7", "10.0.7.3", "555-71-74", "123-45-6789", "2019-2020", "3.1416", "12 Oak Lane", "Q7",
     "17 June", "14:30", "AB-1448"],
)  # fmt: skip
def test_what_looks_like_a_date_and_is_none(written):
    assert as_dates(texts([written, written.replace("7", "5")])) is None


def test_months_of_short_years_are_told_by_the_name_or_by_all_entries():
    few = texts(["03/24", "11/25"])
    assert as_dates(few) is None
    found = as_dates(few, named=True)
    assert (found.form, told(found)) == ("%m/%y", "2024-03-01 00:00")
    assert told(read_dates(texts(["07/98"]), found.order)) == "1998-07-01 00:00"
    cards = texts(f"{1 + i % 12:02}/{22 + i % 7}" for i in range(40))
    assert as_dates(cards).form == "%m/%y"
    days = texts(f"{1 + i % 12:02}/{1 + i % 28:02}" for i in range(40))
    assert as_dates(days) is None


def test_the_whole_column_decides_between_day_and_month():
    us = read_dates(texts(["04/11/2023", "04/17/2023"]))
    assert (us.form, us.doubt) == ("%m/%d/%Y", None)
    open_ = read_dates(texts(["04/11/2023", "09/06/2023", "02/12/2023", "12/01/2023"] * 5))
    assert (open_.form, open_.doubt, open_.decided) == ("%d/%m/%Y", "%m/%d/%Y", False)
    assert "--set read.dates=%m/%d/%Y" in open_.notes("sent")[0]


@pytest.mark.parametrize(
    ("written", "form"), [("{m}/1/{y}", "%m/%d/%Y"), ("01.{m:02}.{y}", "%d.%m.%Y")]
)
def test_a_table_by_month_tells_that_its_days_are_the_first(written, form):
    months = texts(written.format(m=m, y=y) for y in (2019, 2020) for m in range(1, 13))
    found = read_dates(months)
    assert (found.form, found.decided) == (form, True)


def test_numbers_with_the_year_last_are_dates_where_they_are_named_so():
    numbers = pa.array([10142018 + 10_000 * i for i in range(12)])
    found = as_dates(numbers, named=True)
    assert (found.form, told(found)) == ("%m%d%Y", "2018-10-14 00:00")
    assert np.array_equal(read_dates(numbers, found.order).days, found.days)
    assert as_dates(numbers) is None
    assert as_dates(pa.array([1012018 + 1_010_000 * i for i in range(9)]), named=True) is None


def test_a_form_that_is_given_is_used_also_where_another_fits():
    found = as_dates(texts(["04/11/2023", "04/07/2023 10:30"]), "%m/%d/%Y")
    assert (told(found), told(found, 1)) == ("2023-04-11 00:00", "2023-04-07 10:30")
    again = read_dates(texts(["05/06/2023"]), found.order)
    assert told(again) == "2023-05-06 00:00"


def test_a_day_that_no_calendar_has_is_a_gap_and_counted():
    found = read_dates(texts(["2023-02-28", "2023-02-30", "2023-02-30", "2023-03-01"]))
    assert (found.known, found.impossible, found.example) == (2, 2, "2023-02-30")
    assert "2 entries of 'sent' are not valid dates (2023-02-30)" in found.notes("sent")[0]


@pytest.mark.parametrize(("unit", "size"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_moments_counted_from_1970_are_dates_as_numbers_and_as_text(unit, size):
    moments = [(1_700_000_000 + 86_400 * 10 * i) * size for i in range(12)]
    for column in (pa.array(moments), texts(map(str, moments))):
        found = as_dates(column)
        assert found.form == f"epoch {unit}"
        assert told(found) == "2023-11-14 22:13"


def test_numbers_that_may_be_amounts_are_dates_only_where_it_is_known():
    serial = pa.array([43831, 43832, 44000])
    assert as_dates(serial) is None
    assert told(as_dates(serial, named=True)) == "2020-01-01 00:00"
    orders = pa.array([1_000_000_001 + i for i in range(40)])
    assert as_dates(orders) is None
    compact = pa.array([20200131, 20200229, 20210301, 20211111, 20220202])
    assert told(as_dates(compact), 1) == "2020-02-29 00:00"


@pytest.mark.parametrize("form", ["{:.4f}", "{:.1f}", "{:+.2f}", "{:d}"])
def test_numbers_are_tried_as_dates_only_where_they_may_be_some(form, monkeypatch):
    whole = form == "{:d}"
    texts = [form.format(place * 7 if whole else place * 1.2345 - 9) for place in range(40)]
    monkeypatch.setattr("shoal.parts.readers.dates.read_dates", lambda *_, **__: 1 / 0)
    assert as_dates(pa.array(texts)) is None
    for dates in (["2024-05", "03.2021"], ["20240131"], ["5.6.21"], ["1 May 2020"], ["1700000000"]):
        with pytest.raises(ZeroDivisionError):
            as_dates(pa.array(dates * 10))


DAYS = [dt.date(2018, 2, 3) + dt.timedelta(37 * i % 1200) for i in range(80)]


@pytest.mark.parametrize("form", ["%m%d%y", "%d%m%y", "%y%m%d"])
@pytest.mark.parametrize("named", [True, False])
def test_days_of_six_digits_are_dates_where_all_of_them_are(form, named):
    found = as_dates(texts(day.strftime(form) for day in DAYS), named=named)
    assert found is not None
    assert found.form == form
    assert told(found, 5)[:10] == str(DAYS[5])
    # another order that the calendar has as well is told
    assert found.doubt != form


def test_six_digits_that_are_no_days_are_no_dates():
    amounts = [f"{100000 + 7919 * i % 899999}" for i in range(80)]
    assert as_dates(texts(amounts), named=True) is None
    # 010203 may be of three days
    assert as_dates(texts(f"0{1 + i % 9}0{1 + i % 7}0{1 + i % 5}" for i in range(40))) is None


def test_months_of_one_digit_with_years_of_two_are_dates():
    months = [f"{1 + i % 12}/{18 + i // 12}" for i in range(40)]
    found = as_dates(texts(months))
    assert found is not None
    assert told(found)[:10] == "2018-01-01"
    # of days of a month some would be the first twelve
    assert as_dates(texts(f"{1 + i % 12}/{1 + i % 28}" for i in range(40))) is None


@pytest.mark.parametrize("as_numbers", [False, True])
def test_digits_of_day_and_time_are_no_milliseconds(as_numbers):
    written = [f"2018{month:02d}{day:02d}1306" for month in (3, 7, 12) for day in range(1, 20)]
    column = pa.array(list(map(int, written)) if as_numbers else written)
    found = as_dates(column, named=True)
    assert found.days[0] == pytest.approx(17591 + 13.1 / 24)


DAYS = [dt.date(2021, 1, 3) + dt.timedelta(days=5 * i) for i in range(70)]


@pytest.mark.parametrize(
    ("form", "named", "told_as"),
    [
        ("%d %b", False, "%d %b"),
        ("%B %d", False, "%b %d"),
        ("%a, %b %d", False, "%b %d"),
        ("%d-%b", False, "%d-%b"),
        ("%b %d %H:%M:%S", False, "%b %d %H:%M:%S"),
        ("%m-%d %H:%M:%S.%f", False, "%m-%d %H:%M:%S"),
        ("%m/%d", True, "%m/%d"),
        ("%d/%m", True, "%d/%m"),
        ("%d-%m", True, "%d-%m"),
        ("%d.%m.", True, "%d.%m"),
    ],
)
def test_days_without_a_year_are_days_of_one_year(form, named, told_as):
    column = texts(day.strftime(form) for day in DAYS)
    found = as_dates(column, named=named)
    assert found is not None
    assert found.form == told_as
    assert np.array_equal(
        np.unique(found.days.astype(int) - 10_957),
        sorted(day.timetuple().tm_yday - (day.month < 3) for day in DAYS),
    )
    assert "have no year" in found.notes("when")[0]
    again = read_dates(column, found.order, named=named)
    assert np.array_equal(found.days, again.days)


def test_pairs_are_no_days_where_nothing_speaks_of_dates():
    assert as_dates(texts(f"{1 + i % 12}/{1 + i % 28}" for i in range(60)), named=False) is None
    assert as_dates(texts(f"{1 + i} mar" for i in range(9)), named=False) is None


def test_days_without_a_year_beside_others_are_no_dates():
    mixed = [f"{day:%b %d, %Y}" for day in DAYS] + ["Jan 5"]
    found = as_dates(texts(mixed))
    assert found.strays == 1
    assert found.has_year


def test_months_of_cards_stay_months():
    found = as_dates(texts(f"{1 + i % 12:02}/{23 + i % 7}" for i in range(40)), named=True)
    assert found.form == "%m/%y"


def day_by_day(first, n, *, swapped):
    """Dates of n days; up to the 12th day and month are swapped, as a careless program does it."""
    days = [first + dt.timedelta(days=i) for i in range(n)]
    return [
        f"{d.month:02}-{d.day:02}-{d:%y}" if swapped and d.day <= 12 else f"{d:%d-%m-%y}"
        for d in days
    ]


def test_days_and_months_that_somebody_swapped_are_said():
    first = dt.datetime(2015, 4, 1)
    mixed = read_dates(texts(day_by_day(first, 91, swapped=True)))
    assert (mixed.form, mixed.known) == ("%d-%m-%y", 91)
    assert any(
        "In 27 dates of 'filed' day and month look swapped" in n for n in mixed.notes("filed")
    )


@pytest.mark.parametrize(("first", "n"), [((2015, 4, 1), 91), ((2014, 1, 1), 700)])
def test_ordinary_dates_are_not_said_to_be_swapped(first, n):
    fine = read_dates(texts(day_by_day(dt.datetime(*first), n, swapped=False)))
    assert not any("swapped" in note for note in fine.notes("filed"))
