"""Rows of another table that a run has too: leakage between train and test."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal.errors import BadInput

WORDS = [
    "bicycle chain squeals saddle wheel brake pedal spoke tyre pump valve fork frame lamp bell "
    "basket helmet ride",
    "baker rolls warm bread crust oven flour butter yeast dough salt knead loaf slice toast cake "
    "sugar crumb",
    "choir sang motet soprano tenor concert hymn organ alto bass chapel psalm chant echo verse "
    "chord pitch score",
]
HASHED = {"embed.part": "hashing"}


def made(n, seed):
    pick = random.Random(seed)
    return [f"{' '.join(pick.sample(WORDS[i % 3].split(), 7))} in week {seed}{i}" for i in range(n)]


@pytest.fixture(scope="module")
def train():
    rows = made(60, 1)
    table = pa.table({"id": [f"T{i}" for i in range(60)], "text": rows})
    return shoal.cluster(table, text="text", id="id", settings=HASHED)


@pytest.fixture(scope="module")
def test_rows(train):
    rows = made(60, 1)
    slip = rows[4].replace("week", "wekk")
    return [*made(20, 2), rows[3], slip, rows[3], "", rows[7]]


def of_side(found, side):
    return found.table.filter(pa.compute.equal(found.table["side"], side)).to_pylist()


def test_copies_and_edits_are_found_with_the_row_they_repeat(train, test_rows):
    found = train.duplicates_with(test_rows, text=None)
    assert (found.n_rows, found.n_unused, found.exact, found.near) == (25, 1, 3, 1)
    assert [(e["row"], e["group"], e["exact"]) for e in of_side(found, 1)] == [
        (20, 0, True),
        (22, 0, True),
        (21, 1, False),
        (24, 2, True),
    ]
    heads = of_side(found, 0)
    assert [entry["id"] for entry in heads] == ["T3", "T4", "T7"]
    assert all(entry["representative"] for entry in heads)
    assert of_side(found, 1)[2]["text"] == test_rows[21]
    assert of_side(found, 1)[2]["similarity"] < 1
    assert "four fifths" in found.rule


def test_what_is_shared_does_not_depend_on_the_order_of_the_other_table(train, test_rows):
    there = train.duplicates_with(test_rows)
    back = train.duplicates_with(test_rows[::-1])
    ours = {(e["text"], round(e["similarity"], 5)) for e in of_side(there, 1)}
    assert ours == {(e["text"], round(e["similarity"], 5)) for e in of_side(back, 1)}


def test_another_run_is_read_like_its_source(train, test_rows):
    other = shoal.cluster(pa.table({"text": test_rows}), text="text", settings=HASHED)
    by_run, by_path = train.duplicates_with(other), train.duplicates_with(str(other.path))
    by_rows = train.duplicates_with(test_rows)
    assert by_run.table["row"].equals(by_rows.table["row"])
    assert by_path.table["similarity"].equals(by_rows.table["similarity"])


def test_nothing_shared_is_an_empty_table(train):
    found = train.duplicates_with(made(12, 5))
    assert found.rows == 0
    assert found.table.num_rows == 0
    assert "id" in found.table.column_names


def test_a_run_that_joined_its_copies_still_knows_each_of_them(test_rows):
    rows = made(60, 1)
    slip = rows[4].replace("week", "wekk")
    run = shoal.cluster([*rows, slip], dedupe=True, settings=HASHED)
    heads = of_side(run.duplicates_with([slip, rows[4]]), 0)
    assert sorted(entry["row"] for entry in heads) == [4, 60]


def test_what_the_run_left_out_is_left_out_of_the_other_table():
    tail = "\n\nKind regards from the whole team of Sample Works, Any Road 12, Sampletown."
    rows = made(60, 1)
    run = shoal.cluster([row + tail for row in rows], settings=HASHED)
    assert run.info["frames"]["rows"]
    found = run.duplicates_with([*made(10, 3), rows[2], rows[5] + tail])
    assert (found.exact, found.near) == (1, 1)
    assert [e["row"] for e in of_side(found, 1)] == [10, 11]


def test_vectors_are_matched_whatever_their_length():
    draw = np.random.default_rng(0)
    ours = draw.normal(size=(80, 8)).astype(np.float32)
    theirs = np.vstack([draw.normal(size=(10, 8)), ours[3], 2 * ours[5]]).astype(np.float32)
    run = shoal.cluster(ours)
    found = run.duplicates_with(theirs)
    assert [(e["row"], e["exact"]) for e in of_side(found, 1)] == [(10, True), (11, False)]
    other = run.duplicates_with(shoal.cluster(theirs, k=2))
    assert other.table["row"].equals(found.table["row"])
    assert other.table["exact"].equals(found.table["exact"])


def test_records_are_compared_column_by_column():
    draw = np.random.default_rng(0)
    table = {
        "age": draw.integers(18, 90, 80),
        "income": draw.normal(30_000, 9_000, 80).round(2),
        "plan": [("basic", "plus", "pro")[i % 3] for i in range(80)],
    }
    run = shoal.cluster(pa.table(table), columns=["age", "income", "plan"])
    new = {name: list(values[:3]) for name, values in table.items()}
    new["income"][1] *= 1.0005  # a slip
    new["plan"][2] = "none of these"
    found = run.duplicates_with(pa.table(new))
    assert [(e["row"], e["exact"]) for e in of_side(found, 1)] == [(0, True), (1, False)]


def test_the_run_itself_and_other_kinds_are_refused(train):
    with pytest.raises(BadInput, match="the run itself"):
        train.duplicates_with(train)
    vectors = shoal.cluster(np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32))
    with pytest.raises(BadInput, match="kind"):
        train.duplicates_with(vectors)
