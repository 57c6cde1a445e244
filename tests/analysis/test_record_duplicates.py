"""Records that are nearly the same: all columns but one are, and that one differs by little."""

import numpy as np
import pyarrow as pa
import pytest

import shoal

N = 300


def customers(seed=0):
    """Customers of three kinds, whose columns are much alike within a kind."""
    draw = np.random.default_rng(seed)
    kind = np.arange(N) % 3
    return {
        "spent": np.exp(draw.normal(4 + 2 * kind, 0.3)),
        "visits": draw.poisson(5 + 10 * kind).astype(float),
        "age": draw.integers(18, 90, N).astype(float),
        "plan": [["basic", "plus", "gold"][k] for k in kind],
        "city": list(draw.choice(["Bonn", "Kiel", "Ulm"], N)),
    }


def with_row(columns, row, **changes):
    """The table with one more row: a copy of another but for some changes."""
    return {
        name: [*values, changes[name](values[row]) if name in changes else values[row]]
        for name, values in columns.items()
    }


def repeated(table, **options):
    run = shoal.cluster(pa.table(table), **options)
    return run, sorted(entry["row"] for entry in run.duplicates)


def test_customers_who_are_only_alike_are_no_duplicates():
    run, rows = repeated(customers())
    told = run.evaluation["duplicates"]
    assert (told["by"], told["gap"], told["limit"], rows) == ("columns", False, 0.95, [])
    assert "all columns but one" in told["rule"]
    assert "may differ by 1 %" in told["rule"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"spent": lambda v: v * 1.005}, True),
        ({"spent": lambda v: v * 1.03}, False),
        ({"spent": lambda v: v * 1.005, "visits": lambda v: v + 1}, False),
        ({"age": lambda v: v + 1}, False),
        ({"city": lambda v: "Ulm" if v != "Ulm" else "Bonn"}, False),
        ({"age": lambda v: None}, False),
    ],
    ids=["exact", "little", "much", "two", "next year", "category", "gap"],
)
def test_a_small_change_of_one_column_makes_no_other_record(changes, found):
    run, rows = repeated(with_row(customers(), 7, **changes))
    assert rows == ([7, N] if found else [])
    assert run.evaluation["duplicates"]["exact"] == (not changes)


def test_texts_among_the_columns_are_compared_by_their_letters():
    columns = {
        "note": [f"word{i} story{i * 7} about{i * 13} gardens{i * 29}" for i in range(N)],
        **customers(),
    }
    edits = {"note": lambda v: v.upper() + "!"}
    _, rows = repeated(with_row(columns, 7, **edits), columns=list(columns), embedder="hashing")
    assert rows == [7, N]
    edits = {"note": lambda v: "another tale of boats and rivers"}
    _, rows = repeated(with_row(columns, 7, **edits), columns=list(columns), embedder="hashing")
    assert rows == []


def test_dedupe_leaves_records_that_are_only_alike():
    columns = with_row(customers(), 7, spent=lambda v: v * 1.005)
    run = shoal.cluster(pa.table(columns), dedupe=True)
    told = run.evaluation["duplicates"]
    assert told["joined"]
    assert told["rows"] == 1
    assert run.labels[7] == run.labels[N]
