"""Anomalies of records: values past the ends of the scales count in full."""

import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal.numerics.outliers import reaching_out
from shoal.numerics.scaling import fit_scale


@pytest.fixture(scope="module")
def customers():
    """300 customers of three kinds, and four of whom one number is far out."""
    rng = np.random.default_rng(0)
    kind = np.repeat(np.arange(3), 100)
    table = {
        "visits": np.array([5.0, 20.0, 35.0])[kind] + rng.normal(0, 1, 300),
        "age": np.array([30.0, 50.0, 70.0])[kind] + rng.normal(0, 2, 300),
        "basket": np.array([30.0, 20.0, 25.0])[kind] + rng.normal(0, 2, 300),
    }
    for row in range(4):
        name = list(table)[row % 3]
        table[name][row * 70] = 400 + row
    return pa.table({**table, "note": [f"customer {n}" for n in range(300)]})


COLUMNS = ["visits", "age", "basket"]


def scores(run):
    return np.array(run.to_arrow()["outlier_score"].to_pylist())


def test_the_extreme_rows_are_the_farthest_and_anomalies_and_another_cut_changes_no_score(
    customers, tmp_path
):
    run = shoal.cluster(customers, columns=COLUMNS, out=tmp_path / "run")
    found = scores(run)
    assert sorted(np.argsort(-found)[:4].tolist()) == [0, 70, 140, 210]
    assert [entry["anomaly"] for entry in run.anomalies[:4]] == [True] * 4
    again = shoal.recut(run, k=2)
    np.testing.assert_array_equal(scores(again), found)


def test_extreme_values_do_not_change_the_clusters(customers, tmp_path):
    run = shoal.cluster(customers, columns=COLUMNS, k=3, out=tmp_path / "run")
    plain = {name: customers[name].to_numpy().copy() for name in COLUMNS}
    for values in plain.values():
        values[values >= 400] *= 10
    other = shoal.cluster(pa.table(plain), columns=COLUMNS, k=3, out=tmp_path / "other")
    assert (run.labels == other.labels).mean() > 0.98


def test_a_value_is_past_the_end_by_what_the_half_circle_cuts_off():
    scale = fit_scale(np.linspace(-1, 1, 1001))
    values = np.array([-3.0, 0.0, 0.5, 3.0])
    past = scale.tail_excess(values)
    assert past[1] == past[2] == 0
    assert past[0] == pytest.approx(-past[3])
    assert scale.angles(values) + past == pytest.approx(
        scale.deviations(values) / scale.deviations(np.array([0.95]))[0] * np.pi / 2
    )


def test_neighbors_are_sorted_anew_and_those_within_the_scales_stay_as_near():
    rows = np.array([[1, 2], [0, 2], [1, 0]], dtype=np.int32)
    distances = np.array([[0.1, 0.2], [0.1, 0.3], [0.3, 0.2]], dtype=np.float32)
    beyond = np.array([[0.0, 0.0], [0.5, -0.25], [0.0, 0.0]], dtype=np.float32)
    found, farther = reaching_out(rows, distances, beyond)
    assert found.tolist() == [[2, 1], [0, 2], [0, 1]]
    np.testing.assert_allclose(farther, [[0.2, 0.85], [0.85, 1.05], [0.2, 1.05]], rtol=1e-6)


@pytest.fixture(scope="module")
def orders():
    """200 orders: rows 7 and 90 pay for another amount than ordered, row 11 has a rare colour."""
    rng = np.random.default_rng(1)
    amount = rng.uniform(1, 100, 200).round(2)
    table = {
        "amount": amount,
        "price": (3 * amount + rng.normal(0, 1, 200)).round(2),
        "weight": (2 * amount + rng.normal(0, 1, 200)).round(2),
        "colour": rng.choice(["red", "green", "blue"], 200).astype(object),
    }
    amount[[7, 90]] = [20.0, 82.0]
    table["price"][[7, 90]], table["weight"][[7, 90]] = [240.0, 60.0], [41.0, 163.0]
    table["colour"][11] = "mauve"
    return pa.table(table)


def test_usual_values_that_never_come_together_are_odd_and_named(orders, tmp_path):
    run = shoal.cluster(orders, out=tmp_path / "run")
    found = {entry["row"]: entry for entry in run.anomalies[:2]}
    assert set(found) == {7, 90}
    assert "price 240" in found[7]["reason"]
    assert "a rare combination" in found[7]["reason"]
    assert "combination of values" in run.evaluation["anomalies"]["rule"]


def test_a_rare_category_is_no_odder_than_what_is_impossible(orders, tmp_path):
    found = scores(shoal.cluster(orders, out=tmp_path / "run"))
    assert found[11] < found[[7, 90]].min()


def test_how_odd_rows_are_does_not_hang_on_their_order(orders, tmp_path, monkeypatch):
    monkeypatch.setattr("shoal.artifacts.oddness.MAX_ROWS", 150)
    order = np.random.default_rng(2).permutation(200)
    straight = shoal.cluster(orders, out=tmp_path / "a")
    shuffled = shoal.cluster(orders.take(pa.array(order)), out=tmp_path / "b")
    np.testing.assert_allclose(scores(straight)[order], scores(shuffled), rtol=1e-4)


def test_what_many_rows_hold_is_not_odd_together(orders, tmp_path):
    copies = pa.concat_tables([orders, *[orders.slice(7, 1)] * 30])
    found = scores(shoal.cluster(copies, out=tmp_path / "run"))
    assert found[7] < found[90]
