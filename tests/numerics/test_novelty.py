import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from shoal.numerics.novelty import REFUSED, Novelty, Spread, Tail


@pytest.fixture
def narrow():
    """Rows that move in 6 of 40 directions and barely in the others."""
    rng = np.random.default_rng(0)
    scale = np.r_[np.ones(6), np.full(34, 0.05)]

    def draw(n):
        return (rng.normal(size=(n, 40)) * scale).astype(np.float32)

    return draw


def test_a_row_left_out_is_as_far_as_a_new_row(narrow):
    # with 120 rows in 40 dimensions a row pulls the covariance towards itself by much
    X, new = narrow(120), narrow(4000)
    spread, own = Spread.of(X)
    assert np.median(spread.distances(new)) == pytest.approx(np.median(own), rel=0.15)
    assert np.median(spread.distances(X)) < 0.9 * np.median(own)


def test_leaving_out_in_closed_form_is_what_leaving_out_would_give(narrow):
    X = narrow(150)
    _, own = Spread.of(X)
    for row in (0, 7, 149):
        without, _ = Spread.of(np.delete(X, row, axis=0))
        assert without.distances(X[[row]])[0] == pytest.approx(own[row], rel=0.1)


def test_rows_that_do_not_differ_have_no_spread():
    assert Spread.of(np.ones((50, 3), np.float32)) is None
    assert Spread.of(np.eye(5, dtype=np.float32)) is None


def test_the_tail_is_a_share_where_scores_are_and_goes_on_beyond_them():
    scores = np.random.default_rng(0).exponential(size=5000)
    tail = Tail.of(scores)
    np.testing.assert_allclose(tail.surprise(np.array([0.5, 2.0, 9.0])), [0.5, 2, 9], rtol=0.1)
    equal = Tail.of(np.ones(50))
    assert equal.surprise(np.array([1.0]))[0] < 3
    assert equal.surprise(np.array([2.0]))[0] > 100


def test_new_rows_like_the_old_are_seldom_refused_and_others_are():
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1, 2], [600, 300, 12]).astype(np.int32)
    # cluster 1 is wider than the others: one limit for all would refuse most of it
    width = np.array([1.0, 3.0, 1.0])[labels]
    found = Novelty.of([rng.exponential(size=912) * width], [1.0], np.arange(912))
    limits = found.limits(labels)
    assert len(limits) == 4
    for cluster, wide in ((0, 1.0), (1, 3.0)):
        new = found.surprises([rng.exponential(size=4000) * wide]).sum(axis=0)
        assert (new > limits[cluster]).mean() == pytest.approx(REFUSED, abs=0.025)
    assert (found.surprises([np.full(5, 40.0)]).sum(axis=0) > limits.max()).all()


def test_a_small_cluster_has_nearly_the_limit_of_all():
    found = Novelty.of([np.arange(1000.0)], [1.0], np.arange(1000))
    labels = np.zeros(1000, np.int32)
    labels[:3] = 1  # the three least odd rows of all
    whole, small = found.limits(labels)[[-1, 1]]
    assert small > 0.9 * whole


def test_what_was_saved_scores_as_before():
    rng = np.random.default_rng(2)
    found = Novelty.of([rng.normal(size=90), rng.normal(size=90)], [0.5, 1.0], np.arange(90))
    again = Novelty.restored(found.arrays())
    new = [rng.normal(size=9), rng.normal(size=9)]
    np.testing.assert_array_equal(found.surprises(new), again.surprises(new))
    sums = found.surprises(new).sum(axis=0)
    np.testing.assert_array_equal(found.share_beyond(sums), again.share_beyond(sums))


def test_few_rows_of_many_dimensions_have_the_spread_that_all_dimensions_give(monkeypatch):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(30, 700)) + 2 * np.repeat(rng.normal(size=(2, 700)), 15, axis=0)
    blur = rng.random(700)
    spread, own = Spread.of(X, blur)
    monkeypatch.setattr("shoal.numerics.novelty.MIN_WIDE", 1000)
    whole, expected = Spread.of(X, blur)
    np.testing.assert_allclose(spread.precision, whole.precision, atol=1e-6)
    np.testing.assert_allclose(own, expected, rtol=1e-5)


@pytest.mark.parametrize(("n", "n_dims"), [(40, 1), (60, 5), (30, 80)])
def test_the_covariance_is_shrunk_as_by_scikit_learn(n, n_dims):
    rows = np.random.default_rng(n).normal(3, 1, (n, n_dims)) * np.arange(1, n_dims + 1)
    covariance, _ = ledoit_wolf(rows)
    covariance += np.diag(np.full(n_dims, 1e-3 * np.trace(covariance) / n_dims))
    found, _ = Spread.of(rows)
    np.testing.assert_allclose(found.precision, np.linalg.inv(covariance), rtol=1e-4, atol=1e-9)
