import itertools

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from shoal.clusterers.communities import Communities
from shoal.clusterers.layers import ladder
from shoal.errors import BadInput, TooFewItems
from tests.contracts.conftest import blobs, unit


@pytest.fixture(scope="module")
def rows():
    """Four groups of unequal size, each of three smaller ones."""
    rng = np.random.default_rng(0)
    groups = unit(rng.normal(size=(4, 24)))
    parts = unit(np.repeat(groups, 3, axis=0) + rng.normal(0, 0.11, (12, 24)))
    truth = np.repeat(np.arange(12), np.repeat([200, 100, 60, 40], 3))
    return unit(parts[truth] + rng.normal(0, 0.06, (len(truth), 24))), truth


@pytest.fixture(scope="module")
def model(rows):
    return Communities().fit(rows[0])


def test_it_finds_groups_of_unequal_size_and_what_they_are_made_of(model, rows):
    coarse = adjusted_rand_score(rows[1] // 3, model.labels_)
    fine = max(adjusted_rand_score(rows[1], layer.labels) for layer in model.layers_)
    assert max(coarse, adjusted_rand_score(rows[1], model.labels_)) > 0.95
    assert fine > 0.95


@pytest.mark.parametrize("choice", [{"detail": "coarse"}, {"detail": "fine"}, {"n_clusters": 7}])
def test_another_cut_of_a_saved_hierarchy_is_the_cut_of_a_new_one(model, rows, choice):
    new = Communities(**choice).fit(rows[0])
    again = Communities(**choice).fit(rows[0], hierarchy=model.hierarchy_)
    np.testing.assert_array_equal(again.labels_, new.labels_)
    np.testing.assert_array_equal(again.stabilities_, new.stabilities_)
    assert again.reason_ == new.reason_
    assert [layer.score for layer in again.layers_] == [layer.score for layer in new.layers_]
    for name, array in model.hierarchy_.items():
        np.testing.assert_array_equal(again.hierarchy_[name], array)


@pytest.mark.parametrize("k", [1, 2, 5, 37, 300])
def test_exactly_as_many_clusters_as_asked_for_whatever_the_communities(model, rows, k):
    labels = Communities(n_clusters=k).fit(rows[0], hierarchy=model.hierarchy_).labels_
    assert np.bincount(labels).min() > 0
    assert labels.max() + 1 == k


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_few_rows_are_cut_into_as_many_as_there_are(n):
    vectors = unit(np.random.default_rng(n).normal(size=(n, 5)))
    assert sorted(Communities(n_clusters=n).fit(vectors).labels_) == list(range(n))


def test_rows_that_are_all_the_same_are_one_cluster_unless_more_are_asked_for():
    vectors = unit(np.ones((60, 4)))
    assert Communities().fit(vectors).labels_.max() == 0
    assert Communities(n_clusters=3).fit(vectors).labels_.max() == 2


def test_coarse_has_at_most_half_and_fine_at_least_twice_as_many(rows, model):
    counts = {
        detail: Communities(detail).fit(rows[0], hierarchy=model.hierarchy_).labels_.max() + 1
        for detail in ("coarse", "normal", "fine")
    }
    assert counts["coarse"] * 2 <= counts["normal"]
    assert counts["fine"] >= counts["normal"] * 2


def test_a_cluster_that_is_sure_is_more_stable_than_one_cut_from_noise():
    vectors, _ = blobs(4, 80, 16, 0.05)
    noise = unit(np.random.default_rng(1).normal(size=(150, 16)))
    both = np.vstack([vectors, noise])
    model = Communities(n_clusters=9).fit(both)
    of_blobs = np.unique(model.labels_[:320])
    of_noise = np.setdiff1d(np.arange(9), of_blobs)
    assert model.stabilities_[of_blobs].min() > model.stabilities_[of_noise].max()


def test_the_ladder_goes_down_from_the_most_to_two():
    for most in (2, 3, 50, 1000):
        counts = ladder(most)
        assert counts[-1] == 2
        assert most / 1.42 <= counts[0] <= most
        assert all(finer > coarser for finer, coarser in itertools.pairwise(counts))
    assert ladder(1) == []


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        ({"detail": "finest"}, BadInput),
        ({"n_clusters": 0}, BadInput),
        ({"n_clusters": 2.5}, BadInput),
        ({"n_clusters": 10_000}, TooFewItems),
    ],
)
def test_what_cannot_be_is_said(rows, choice, error):
    with pytest.raises(error, match="must be"):
        Communities(**choice).fit(rows[0])
