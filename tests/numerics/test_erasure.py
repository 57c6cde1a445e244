import numpy as np
import pytest

from shoal.numerics.erasure import MIN_ROWS, Erasure, predicted_by_neighbors


@pytest.fixture(scope="module")
def mixed():
    """600 unit vectors of three subjects, each told by two of four firms as strongly."""
    draw = np.random.default_rng(0)
    subject, firm = draw.integers(0, 3, 600), draw.integers(0, 4, 600)
    subjects, firms = draw.normal(size=(3, 24)), 2 * draw.normal(size=(4, 24))
    X = subjects[subject] + firms[firm] + 0.5 * draw.normal(size=(600, 24))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    return X.astype(np.float32), subject, firm


def test_what_the_groups_say_is_gone_and_the_rest_stays(mixed):
    X, subject, firm = mixed
    erasure = Erasure.of(X, [firm])
    left = erasure.apply(X)
    assert erasure.n_taken == 3
    assert predicted_by_neighbors(X, firm) > 0.9
    assert predicted_by_neighbors(left, firm) < 0.1
    assert predicted_by_neighbors(left, subject) > 0.9
    np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1, rtol=1e-5)


def test_the_means_of_all_groups_are_the_same_before_the_length_is_one(mixed):
    X, _, firm = mixed
    erasure = Erasure.of(X, [firm])
    left = X - ((X - erasure.mean) @ erasure.inward) @ erasure.outward
    means = np.array([left[firm == one].mean(axis=0) for one in range(4)])
    assert np.abs(means - means[0]).max() < 0.02


def test_it_holds_for_rows_that_it_has_not_seen(mixed):
    X, _, firm = mixed
    left = Erasure.of(X[:400], [firm[:400]]).apply(X[400:])
    assert predicted_by_neighbors(left, firm[400:]) < 0.15


def test_several_columns_go_together(mixed):
    X, subject, firm = mixed
    left = Erasure.of(X, [firm, subject]).apply(X)
    assert predicted_by_neighbors(left, firm) < 0.15
    assert predicted_by_neighbors(left, subject) < 0.15


def test_a_few_rows_of_their_own_value_take_nothing_out(mixed):
    X, _, _ = mixed
    alone = np.zeros(len(X), dtype=np.int64)
    alone[: MIN_ROWS - 1] = np.arange(1, MIN_ROWS)
    assert Erasure.of(X, [alone]).n_taken <= 1


def test_no_more_than_a_quarter_of_the_dimensions_goes():
    draw = np.random.default_rng(1)
    group = np.repeat(np.arange(20), 30)
    X = (draw.normal(size=(20, 24))[group] + 0.1 * draw.normal(size=(600, 24))).astype(np.float32)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    assert Erasure.of(X, [group]).n_taken == 6


def test_a_zero_row_stays_zero(mixed):
    X, _, firm = mixed
    assert not Erasure.of(X, [firm]).apply(np.zeros((1, 24), dtype=np.float32)).any()
