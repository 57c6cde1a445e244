"""Rows by periods of time."""

import numpy as np
import pytest

from shoal.numerics.stats.periods import UNITS, periods, trends


def days(*moments):
    return np.array(moments, "datetime64[s]").astype(np.int64) / 86_400


@pytest.mark.parametrize("unit", UNITS)
def test_the_longest_unit_with_enough_periods_is_taken_and_gaps_are_periods_too(unit):
    step = {"year": "Y", "quarter": "M", "month": "M", "week": "D", "day": "D", "hour": "h"}[unit]
    length = {"quarter": 3, "week": 7}.get(unit, 1)
    start = np.datetime64("2019-04-01", "D").astype(f"datetime64[{step}]")
    places = [0, 1, 2, 3, 5, 6, 7, 8]  # nothing in the fifth
    when = [start + np.timedelta64(length * place, step) for place in places]
    found = periods(days(*when))
    assert found.unit == unit
    assert len(found.begins) == 9
    assert found.place.tolist() == places
    assert found.totals().tolist() == [1, 1, 1, 1, 0, 1, 1, 1, 1]
    assert (
        found.names[0]
        == str(when[0].astype("datetime64[s]")).replace("T", " ")[: len(found.names[0])]
    )


def test_a_week_begins_on_monday_and_time_before_1970_counts():
    found = periods(days(*[np.datetime64("1969-12-22") + 7 * i for i in range(8)]) + 6.99)
    assert found.unit == "week"
    assert found.names[0] == "1969-12-22"
    assert np.datetime64(found.names[1]).astype(object).weekday() == 0


def test_rows_without_a_date_are_in_no_period():
    found = periods(np.array([np.nan, 0.0, 400.0, 800.0]))
    assert found.place[0] == -1
    assert found.totals().sum() == 3
    assert periods(np.full(3, np.nan)) is None


def test_a_stray_date_does_not_cut_the_time_into_thousands():
    found = periods(np.array([-25_000.0, *np.arange(20_000.0, 20_010.0, 0.1)]))
    assert len(found.begins) <= 500


def test_counts_are_those_of_each_cluster_in_any_order():
    rng = np.random.default_rng(0)
    labels = rng.integers(-1, 4, 500).astype(np.int32)
    found = periods(rng.uniform(0, 3000, 500))
    counts = found.counts(labels, [2, 0, 7])
    expected = [
        [(labels[found.place == p] == c).sum() for p in range(len(found.begins))] for c in (2, 0, 7)
    ]
    assert counts.tolist() == expected


def test_a_share_that_grows_rises_and_chance_does_not():
    totals = np.full(12, 1000.0)
    rng = np.random.default_rng(1)
    steady = np.array([rng.binomial(1000, 0.2, 12) for _ in range(200)], dtype=float)
    found = trends(
        np.vstack([np.linspace(100, 300, 12), np.linspace(300, 100, 12), steady]), totals
    )
    assert found[0] > 10
    assert found[1] < -10
    assert (np.abs(found[2:]) > 2).mean() < 0.1  # about 5 % by chance
