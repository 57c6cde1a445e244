"""The reasons of odd records name their columns and values."""

import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal import stages
from shoal.analysis.odd_columns import OddColumns, _both

N = 300


def members():
    """Members of three kinds: of higher age more children; all values usual."""
    rng = np.random.default_rng(1)
    kind = np.repeat(np.arange(3), N // 3)
    day = np.datetime64("2021-01-04") + rng.integers(0, 700, N)
    return {
        "age": np.array([20.0, 45.0, 68.0])[kind] + rng.integers(-3, 4, N),
        "children": np.array([0, 3, 6])[kind] + rng.integers(0, 2, N),
        "fee": np.round(rng.lognormal(4, 0.3, N), 2),
        "tier": rng.choice(["basic", "plus"], N).astype(object),
        "joined": day.astype("datetime64[D]"),
    }


def said(table, row):
    items = stages.read(pa.table(table), {"as": "records", "columns": list(table)})
    return OddColumns(items).of(row)


def test_an_amount_is_told_by_how_many_times_the_usual_it_is():
    table = members()
    table["fee"][7] = 54_321
    half = float(np.median(table["fee"]))
    told = said(table, 7)
    assert told.startswith(f"fee 54,321, {54_321 / half:,.0f} times the usual (")
    assert ";" not in told


def test_a_number_that_is_no_multiple_is_told_by_the_usual_range():
    table = members()
    table["age"][7] = 190
    assert said(table, 7) == "age 190, usually 18 to 71"
    table["age"][7] = -60
    assert said(table, 7).startswith("age -60, usually 18 to 71")


def test_a_rare_category_is_counted_and_a_category_among_many_is_not_odd():
    table = members()
    table["tier"][7] = "platinum"
    assert said(table, 7) == "tier platinum, in 1 of 300 rows"
    table["tier"] = np.array([f"tier {n % 40}" for n in range(N)], dtype=object)
    assert "tier" not in said(table, 7)


def test_a_date_far_out_is_said_with_the_usual_dates():
    table = members()
    table["joined"][7] = np.datetime64("1970-05-02")
    told = said(table, 7)
    assert told.startswith("joined 2 May 1970, usually ")
    assert " 2021 to " in told


def test_a_pair_of_usual_values_that_few_have_is_named_where_no_column_is_odd():
    table = members()
    table["children"][7] = 6  # of a member of about twenty
    told = said(table, 7)
    assert told.startswith("age ")
    assert told.endswith("with children 6: a rare combination")
    assert said(table, 150) == ""


def test_a_missing_value_that_nearly_all_have_is_said():
    table = members()
    table["fee"][7] = np.nan
    assert said(table, 7) == "fee is missing, in 1 of 300 rows"


def test_at_most_three_columns_are_named_the_oddest_first():
    table = members()
    table["fee"][7], table["age"][7] = 9e6, 140
    table["tier"][7], table["joined"][7] = "platinum", np.datetime64("1900-01-01")
    told = said(table, 7)
    assert told.count("; ") == 2
    places = [told.index(name) for name in ("fee", "age") if name in told]
    assert places == sorted(places)
    assert told.startswith(("fee", "joined"))


@pytest.mark.parametrize("column", ["fee", "age"])
def test_the_anomalies_of_a_run_give_the_reason_before_the_closest_cluster(column, tmp_path):
    table = members()
    table[column][7] *= 1000
    run = shoal.cluster(pa.table(table), columns=list(table), out=tmp_path / "run")
    first = run.anomalies[0]
    assert first["row"] == 7
    assert first["reason"].startswith(f"{column} ")
    assert " times the usual (" in first["reason"]
    assert "; closest cluster: " in first["reason"]


def test_rows_in_both_of_two_masks_are_counted():
    masks = np.random.default_rng(0).random((5, 331)) < 0.4
    expected = masks.astype(int) @ masks.T.astype(int)
    np.testing.assert_array_equal(_both(list(masks)), expected)
