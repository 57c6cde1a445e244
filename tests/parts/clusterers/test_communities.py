import itertools
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score

from shoal.errors import BadInput, TooFewItems
from shoal.numerics.graph import modularity
from shoal.parts.clusterers.communities import Communities
from shoal.parts.clusterers.layers import Level, candidate_ks, choose, unpacked
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


def test_the_marks_of_a_layer_are_those_of_its_labels(rows, model):
    before = unpacked(model.hierarchy_)
    changed = 0
    for layer, level in zip(model.layers_, before, strict=True):
        assert layer.separation == pytest.approx(
            silhouette_score(rows[0], layer.labels, metric="cosine"), abs=1e-5
        )
        assert layer.modularity == modularity(model._measured_on[1], layer.labels)
        assert layer.stability == pytest.approx(level.stability)
        assert layer.score == level.score
        changed += layer.separation != level.separation
    assert changed
    chosen = model.layers_[model.chosen_]
    assert f"separation {chosen.separation:.2f}" in model.reason_


def test_rows_that_are_left_out_count_in_the_marks_as_rows_alone(rows, model):
    labels = model.labels_.copy()
    labels[::7] = -1
    layer = model.remeasured(replace(model.layers_[model.chosen_], labels=labels))
    values = silhouette_samples(rows[0][labels >= 0], labels[labels >= 0], metric="cosine")
    assert layer.separation == pytest.approx(values.sum() / len(labels), abs=1e-5)
    assert layer.modularity < model.layers_[model.chosen_].modularity


def test_marks_measured_on_a_sample_stay_as_they_are(rows):
    sampled = Communities(sample_rows=600).fit(rows[0])
    assert all(sampled.remeasured(layer) is layer for layer in sampled.layers_)


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
        counts = candidate_ks(most)
        assert counts[-1] == 2
        assert most / 1.42 <= counts[0] <= most
        assert all(finer > coarser for finer, coarser in itertools.pairwise(counts))
    assert candidate_ks(1) == []


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


def test_few_distinct_rows_with_many_copies_are_a_cluster_each():
    vectors = unit(np.random.default_rng(3).normal(size=(3, 5)))
    often, once = np.array([30, 30, 8]), np.ones(3, dtype=int)
    assert sorted(Communities().fit(vectors, copies=often).labels_) == [0, 1, 2]
    assert Communities().fit(vectors, copies=once).labels_.max() == 0
    assert Communities().fit(unit(np.eye(40)), alike=True).labels_.max() == 0


def test_the_order_of_the_rows_does_not_matter(rows, model):
    shuffled = np.random.default_rng(5).permutation(len(rows[0]))
    again = Communities().fit(rows[0][shuffled])
    assert adjusted_rand_score(model.labels_[shuffled], again.labels_) > 0.98
    assert again.range_ == model.range_


def test_seeds_and_a_little_noise_find_the_same_clusters(rows, model):
    noisy = unit(rows[0] + 0.01 * np.random.default_rng(6).normal(size=rows[0].shape))
    for vectors, seed in ((rows[0], 1), (rows[0], 2), (noisy, 0)):
        again = Communities(seed=seed).fit(vectors.astype(np.float32))
        assert adjusted_rand_score(model.labels_, again.labels_) > 0.9


@pytest.fixture(scope="module")
def spoken():
    """Four subjects in three languages, each of which spreads in directions of its own."""
    rng = np.random.default_rng(5)
    subject, language = np.divmod(np.arange(720), 180)[0], np.arange(720) % 3
    said = np.eye(4)[subject] + rng.normal(0, 0.2, (720, 4))
    ways = np.zeros((720, 30))
    for one in range(3):
        mine = language == one
        ways[mine, 10 * one : 10 * one + 10] = rng.normal(0, 0.45, (mine.sum(), 10))
    return unit(np.hstack([said, ways])), subject, language


@pytest.mark.parametrize("sample_rows", [100_000, 400])
def test_clusters_follow_less_what_they_shall_not_follow(spoken, sample_rows):
    vectors, subject, language = spoken
    with_it = Communities(n_clusters=4, sample_rows=sample_rows).fit(vectors)
    without = Communities(n_clusters=4, sample_rows=sample_rows).fit(vectors, groups=[language])
    assert adjusted_rand_score(language, without.labels_) < 0.02
    assert adjusted_rand_score(subject, without.labels_) > 0.9
    assert adjusted_rand_score(subject, with_it.labels_) < adjusted_rand_score(
        subject, without.labels_
    )


def told_levels(scores):
    """Levels of 2, 3, ... clusters with such scores, on which all trials agree."""
    n = len(scores)
    return [
        Level(np.arange(60, dtype=np.int32) % k, score, np.ones(3), 1.0, np.ones(k, np.float32))
        for k, score in zip(range(n + 1, 1, -1), reversed(scores), strict=True)
    ]


def test_a_level_that_is_just_good_enough_or_not_hardly_moves_the_choice():
    def chosen(edge):
        # 8 clusters are best; 4 to 13 are nearly as good, and 14 to 19 lack about 6 %
        curve = [0.1, 0.1, *np.linspace(0.28, 0.3, 5), *np.linspace(0.299, 0.285, 5), *[edge] * 6]
        levels = told_levels([*curve, 0.1, 0.1])
        return levels[choose(levels, "normal")].n_clusters

    assert abs(chosen(0.2825) - chosen(0.2815)) <= 1
    assert 7 <= chosen(0.2815) <= 9


def test_levels_of_one_number_have_a_middle():
    """As of a handful of rows of which no two are alike: the weights of the levels are all zero."""

    def level(separation):
        overlaps = np.ones(2, dtype=np.float32)
        labels = np.array([0, 0, 1, 1], dtype=np.int32)
        return Level(labels, separation, np.ones(3), 0.5, overlaps)

    assert choose([level(0.5), level(0.5)], "normal") == 0
    assert choose([level(0.49), level(0.5)], "normal") == 1
