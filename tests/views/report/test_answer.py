"""What is said of a cluster on the first screen."""

from dataclasses import fields

import numpy as np
import pytest

from shoal.artifacts.reading import Rows, Run
from shoal.text.words import percent, period
from shoal.views.report.answer import _who, over_time


@pytest.mark.parametrize(
    "summary",
    [
        "Younger employees: 38 % with attrition; of all employees 23 %.",
        "Others: one in ten with attrition (10 %; of all employees 23 %).",
    ],
)
def test_what_the_sentence_tells_is_not_told_again(summary):
    texts = ("attrition: 38 %; of all rows 23 %", "city: 60 % Rome; of all rows 20 %")
    who = [{"text": text} for text in texts]
    assert _who({"summary": summary, "who": who}) == ["city: 60 % Rome; of all rows 20 %"]
    assert len(_who({"summary": "Employees with much.", "who": who})) == 2


def run_over(begins, totals, unit="month", trends=("", "")):
    """A run of dated rows whose clusters have trends."""
    clusters = [{"cluster": c, "when": {"trend": trend}} for c, trend in enumerate(trends)]
    empty = Rows(*(np.empty(0) for _ in fields(Rows)))
    course = {"column": "filed", "unit": unit, "begins": begins, "totals": totals}
    return Run("r", {}, clusters, {}, "", empty, course=course)


ENTRIES = [{"number": 0, "title": "Late parcels"}, {"number": 1, "title": "Wrong bills"}]


def test_the_time_is_told_with_its_busiest_period():
    run = run_over(["2015-01", "2015-02", "2015-03", "2015-04"], [10, 10, 70, 10])
    assert over_time(run, ENTRIES) == (
        f"filed runs from January 2015 to April 2015; March 2015 alone has {percent(70, 100)} of "
        "the rows. No cluster has a steadily rising or falling share."
    )


def test_rising_and_falling_clusters_are_named():
    run = run_over(["2019", "2020", "2021"], [5, 5, 5], "year", ("rising", "falling"))
    said = "filed runs from 2019 to 2021. Share rising: Late parcels. Share falling: Wrong bills."
    assert over_time(run, ENTRIES) == said


def test_without_dates_nothing_is_told_of_time():
    assert over_time(run_over([], []), ENTRIES) == ""
    assert over_time(run_over(["2019"], [4], "year"), ENTRIES) == ""


@pytest.mark.parametrize(
    ("begin", "unit", "expected"),
    [
        ("2021", "year", "2021"),
        ("2021-04", "quarter", "quarter 2 of 2021"),
        ("2021-02-08", "week", "the week of 8 February 2021"),
        ("2021-02-08", "day", "8 February 2021"),
        ("2021-02-08 13", "hour", "2021-02-08 13"),
        ("soon", "month", "soon"),
    ],
)
def test_periods_are_written_as_people_do(begin, unit, expected):
    assert period(begin, unit) == expected
