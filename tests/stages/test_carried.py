"""Who a cluster is and when, by columns that had no say."""

import numpy as np
import pyarrow as pa
import pytest

from shoal.stages import carried, carried_names


@pytest.fixture
def labels():
    return np.repeat(np.arange(2, dtype=np.int32), 200)


def table(labels, **more):
    rng = np.random.default_rng(3)
    north = np.where(labels == 0, rng.random(400) < 0.8, rng.random(400) < 0.2)
    return pa.table(
        {
            "region": pa.array(np.where(north, "North", "South").tolist()),
            "coin": pa.array(np.where(rng.random(400) < 0.5, "heads", "tails").tolist()),
            "age": pa.array(np.where(labels == 0, 60.0, 30.0) + rng.normal(0, 5, 400)),
            "noise": pa.array(rng.normal(0, 1, 400)),
            **more,
        }
    )


def test_only_what_is_more_than_chance_is_told(labels):
    made = table(labels)
    told = carried(made, labels, [0, 1], made.column_names)
    names = [{entry["column"] for entry in who} for who in told.who]
    assert names == [{"region", "age"}, {"region", "age"}]
    region = next(entry for entry in told.who[0] if entry["column"] == "region")
    inside = np.array(made["region"].to_pylist())[labels == 0]
    assert region["share"] == pytest.approx((inside == region["value"]).mean())
    assert region["more"]
    assert told.when == [None, None]


def test_nothing_is_told_of_columns_of_chance():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, 2000).astype(np.int32)
    made = pa.table(
        {f"c{i}": pa.array(rng.choice(list("abcde"), 2000).tolist()) for i in range(20)}
    )
    assert carried(made, labels, range(4), made.column_names).who == [[], [], [], []]


def test_one_row_of_a_rare_category_is_chance():
    """Customers that come once or twice: 1 of 14 rows is 28 times the share of all, and nothing."""
    labels = np.repeat(np.arange(20), 20).astype(np.int32)
    customers = pa.table({"customer": [f"customer {i % 180}" for i in range(400)]})
    assert carried(customers, labels, range(20), ["customer"]).who == [[]] * 20


def test_a_cluster_that_rises_is_said_to_rise(labels):
    days = np.datetime64("2023-01-01") + np.arange(400) % 200
    half = np.where(np.arange(400) % 200 < 100, 0, 1).astype(np.int32)
    made = pa.table({"when": pa.array(days.astype("datetime64[D]"))})
    told = carried(made, half, [0, 1], ["when"])
    assert [entry["trend"] for entry in told.when] == ["falling", "rising"]
    assert sum(told.when[0]["counts"]) == int((half == 0).sum())
    assert told.course["column"] == "when"
    assert sum(told.course["totals"]) == 400
    steady = carried(made, labels, [0, 1], ["when"])
    assert [entry["trend"] for entry in steady.when] == ["", ""]


def test_clusters_by_any_numbers_and_rows_without_one(labels):
    made = table(labels)
    some = np.where(labels == 0, 7, -1).astype(np.int32)
    told = carried(made, some, [7], ["region"])
    assert told.who[0][0]["value"] == "North"


def test_odd_columns_are_no_reason_to_fail(labels):
    made = table(
        labels,
        nested=pa.array([[1, 2]] * 400),
        empty=pa.nulls(400),
        raw=pa.array([b"x"] * 400),
        one=pa.array(["same"] * 400),
    )
    assert len(carried(made, labels, [0, 1], made.column_names).who) == 2


def test_columns_that_made_the_clusters_are_not_carried():
    about = {
        "id": "key",
        "features": [
            {"name": "spend", "use": "clustered"},
            {"name": "left", "use": "shown"},
            {"name": "name", "use": "left out"},
        ],
    }
    assert carried_names(["key", "spend", "left", "name", "path"], about) == ["left"]
    assert carried_names(["id", "text", "kind"], {"text": "text"}) == ["kind"]


def test_the_next_place_of_a_cluster_is_told_too(labels):
    rng = np.random.default_rng(5)
    here = rng.choice(["Georgia", "Tennessee", "Ohio", "Iowa"], 200, p=[0.5, 0.3, 0.1, 0.1])
    there = rng.choice(
        ["Georgia", "Tennessee", "Ohio", "Iowa", "Maine"], 200, p=[0.04] * 2 + [0.3] * 2 + [0.32]
    )
    made = pa.table({"state": pa.array([*here.tolist(), *there.tolist()])})
    text = carried(made, labels, [0], ["state"]).who[0][0]["text"]
    assert text.startswith("state Georgia: ")
    assert ". Tennessee: " in text
    assert text.count("of all rows") == 2


def test_ids_tell_nothing_of_clusters():
    about = {
        "kind": "text",
        "text": "text",
        "roles": [{"name": "column 1", "role": "id", "why": ""}],
    }
    assert carried_names(["text", "column 1", "age"], about) == ["age"]
