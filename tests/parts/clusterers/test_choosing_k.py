"""The number of clusters: every criterion against its definition, and who decides."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from shoal.errors import BadInput, TooFewItems, UnknownPart
from shoal.parts.clusterers import criteria
from shoal.parts.clusterers.choosing_k import (
    CRITERIA,
    asked_for,
    by_fitting,
    candidate_ks,
    choose_k,
)
from shoal.parts.clusterers.kmeans import KMeans as Part
from tests.contracts.conftest import blobs, unit

DIVIDE = by_fitting(lambda k, seed: KMeans(k, n_init=5, random_state=seed))


@pytest.fixture(scope="module")
def vectors():
    return blobs(n_clusters=6, size=30, spread=0.1)[0]


@pytest.fixture(scope="module")
def choice(vectors):
    return choose_k(vectors, DIVIDE)


def curve(choice, name):
    return next(curve for curve in choice.curves if curve.name == name)


def test_the_ladder_takes_each_step_first_and_wider_ones_later():
    assert candidate_ks(2) == [2]
    assert candidate_ks(9) == [2, 3, 4, 5, 6, 7, 8]
    steps = candidate_ks(250)
    assert steps[:7] == [2, 3, 4, 5, 6, 7, 8]
    ratios = np.array(steps[8:]) / np.array(steps[7:-1])
    assert ((ratios > 1.1) & (ratios < 1.3)).all()
    assert steps[-1] > 250 / 1.3


def test_every_criterion_finds_well_separated_clusters(choice):
    assert choice.k == 6
    for name in CRITERIA:
        assert curve(choice, name).suggestion == 6, name


def test_every_curve_says_what_was_chosen_and_one_that_it_decided(choice):
    assert [c.name for c in choice.curves if c.decided] == ["consensus"]
    assert {c.chosen for c in choice.curves} == {6.0}
    assert {c.x_name for c in choice.curves} == {"n_clusters"}
    assert {c.n_items for c in choice.curves} == {180}
    assert {c.name for c in choice.curves} == set(CRITERIA)


def test_the_curves_are_what_scikit_learn_measures(vectors, choice):
    one_by_one = {
        "silhouette": lambda labels: silhouette_score(vectors, labels, metric="cosine"),
        "davies_bouldin": lambda labels: davies_bouldin_score(vectors, labels),
        "calinski_harabasz": lambda labels: calinski_harabasz_score(vectors, labels),
        "elbow": lambda labels: within(vectors, labels),
    }
    ks = [int(k) for k in curve(choice, "silhouette").xs]
    labels = DIVIDE(vectors, ks, 0)
    for name, score in one_by_one.items():
        np.testing.assert_allclose(
            curve(choice, name).ys, [score(found) for found in labels], rtol=2e-4, err_msg=name
        )


def within(vectors, labels):
    means = [vectors[labels == c].mean(axis=0) for c in np.unique(labels)]
    return sum(((vectors[labels == c] - mean) ** 2).sum() for c, mean in enumerate(means))


def test_the_inertia_is_that_of_k_means(vectors):
    model = KMeans(4, n_init=1, random_state=0).fit(vectors)
    assert criteria.inertia(vectors, model.labels_) == pytest.approx(model.inertia_, rel=1e-4)


def test_the_gap_says_one_cluster_where_there_is_none():
    flat = np.random.default_rng(0).uniform(size=(400, 2)).astype(np.float32)
    ks = [2, 3, 4, 5]
    within = [criteria.inertia(flat, labels) for labels in DIVIDE(flat, ks, 0)]
    total = criteria.inertia(flat, np.zeros(400, dtype=np.int32))
    gaps, errors = criteria.gap(flat, ks, np.array([total, *within]), DIVIDE, 0)
    assert len(gaps) == 5
    assert criteria.first_gap(gaps, errors) == 0


@pytest.mark.parametrize(
    ("gaps", "errors", "found"),
    [
        ([0.1, 0.5, 0.4], [0.0, 0.0, 0.0], 1),
        ([0.1, 0.5, 0.6], [0.0, 0.0, 0.2], 1),
        ([0.1, 0.5, 0.6], [0.0, 0.0, 0.05], None),
    ],
)
def test_the_gap_stops_at_the_first_number_that_the_next_does_not_beat(gaps, errors, found):
    assert criteria.first_gap(np.array(gaps), np.array(errors)) == found


def test_stability_is_one_where_parts_give_the_same_and_near_zero_by_chance():
    vectors, truth = blobs(n_clusters=3, size=40, spread=0.02)
    same = criteria.stability(vectors, [3], [truth.astype(np.int32)], DIVIDE, 0)
    np.testing.assert_allclose(same, 1.0)

    def guess(rows, ks, seed):
        rng = np.random.default_rng(seed)
        return [rng.integers(0, k, len(rows)).astype(np.int32) for k in ks]

    chance = criteria.stability(vectors, [3], guess(vectors, [3], 99), guess, 0)
    assert abs(chance.mean()) < 0.05


@pytest.mark.parametrize("name", CRITERIA)
def test_the_criterion_that_decides_can_be_set(name, vectors):
    found = choose_k(vectors, DIVIDE, name)
    assert [c.name for c in found.curves if c.decided] == [name]
    assert found.k == curve(found, name).suggestion


def test_the_silhouette_decides_where_a_criterion_speaks_for_none(vectors):
    # one point has no bend
    found = choose_k(vectors, DIVIDE, "elbow", max_clusters=2)
    assert curve(found, "elbow").suggestion is None
    assert [c.name for c in found.curves if c.decided] == ["silhouette"]
    assert "the criterion elbow suggests no number, and the silhouette is highest" in found.why


def test_a_sample_is_said(vectors):
    found = choose_k(vectors, DIVIDE, sample_rows=120)
    assert found.k == 6
    assert {c.n_items for c in found.curves} == {120}
    assert "on 120 of 180 rows" in found.why
    assert "rows" not in choose_k(vectors, DIVIDE).why.partition("tried")[2].partition("(")[0]


def test_the_reason_is_one_sentence_with_every_suggestion(choice):
    reason = choice.reason(choice.k)
    assert reason.startswith("6 clusters because silhouette, elbow and stability together")
    assert "gap 6" in reason
    assert reason.endswith(").")
    assert "\n" not in reason


def test_a_clusterer_that_cuts_a_tree_is_asked_for_all_numbers_at_once(vectors):
    asked = []

    def divide(rows, ks, seed):
        asked.append((len(rows), list(ks)))
        return [AgglomerativeClustering(k).fit(rows).labels_.astype(np.int32) for k in ks]

    assert choose_k(vectors, divide).k == 6
    assert len(asked) == 1 + criteria.N_TRIALS + criteria.N_REFERENCES
    assert asked[0] == (180, candidate_ks(round(1.6 * 180**0.5)))


def test_max_clusters_ends_the_ladder(vectors):
    found = choose_k(vectors, DIVIDE, max_clusters=4)
    assert curve(found, "silhouette").xs.tolist() == [2, 3, 4]
    with pytest.raises(BadInput, match="at least 2"):
        choose_k(vectors, DIVIDE, max_clusters=1)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_too_few_rows_are_one_cluster(n):
    found = choose_k(unit(np.eye(4)[:n]), DIVIDE)
    assert (found.k, found.curves) == (1, ())
    assert found.reason(1) == f"1 cluster because {n} distinct rows are too few to split."


@pytest.mark.parametrize("n", [4, 5, 6, 9])
def test_a_few_rows_are_chosen_for(n):
    rng = np.random.default_rng(n)
    rows = unit(np.repeat(np.eye(2, 8), [n // 2, n - n // 2], axis=0) + rng.normal(0, 0.01, (n, 8)))
    assert choose_k(rows, DIVIDE).k == 2


def test_rows_that_are_all_the_same_are_one_cluster():
    found = choose_k(unit(np.ones((50, 8))), DIVIDE)
    assert found.reason(1) == "1 cluster because all rows have the same direction."


def test_no_more_is_tried_than_rows_differ():
    found = choose_k(unit(np.repeat(np.eye(3, 8), 20, axis=0)), DIVIDE)
    assert found.k == 3
    assert curve(found, "silhouette").xs.tolist() == [2, 3]


def test_an_unknown_criterion_is_named_with_those_that_are(vectors):
    with pytest.raises(UnknownPart, match="Did you mean 'silhouette'"):
        choose_k(vectors, DIVIDE, "silhuette")


@pytest.mark.parametrize("wrong", [0, -2, 2.5, "many", True])
def test_a_number_that_is_none_is_refused(wrong):
    with pytest.raises(BadInput, match="whole number"):
        asked_for(wrong, 10)


def test_more_clusters_than_rows_are_refused():
    with pytest.raises(TooFewItems, match="at most the number of distinct rows"):
        asked_for(11, 10)
    assert asked_for(None, 10) is None


def test_k_means_without_k_chooses_and_keeps_the_curves(vectors):
    part = Part(seed=3).fit(vectors)
    assert part.labels_.max() + 1 == 6
    assert len(part.curves_) == len(CRITERIA)
    assert part.reason_.startswith("6 clusters because")
    assert Part(4).fit(vectors).curves_ == ()


PRINT_CHOICE = """
import hashlib
import numpy as np
from shoal.parts.clusterers.kmeans import KMeans
rows = np.random.default_rng(0).normal(size=(600, 48)).astype(np.float32)
rows[:, :3] += 3 * np.random.default_rng(1).integers(0, 2, (600, 3))
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
part = KMeans().fit(rows)
whole = b"".join(curve.ys.tobytes() for curve in part.curves_) + part.labels_.tobytes()
print(hashlib.sha256(whole).hexdigest())
"""


def test_curves_and_labels_are_the_same_bits_on_any_number_of_threads():
    said = set()
    for threads in ("1", "5"):
        done = subprocess.run(
            [sys.executable, "-c", PRINT_CHOICE],
            env={**os.environ, "SHOAL_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        )
        said.add(done.stdout)
    assert len(said) == 1


def test_where_the_inertia_does_not_bend_the_elbow_has_no_favourite():
    ks = np.array([2.0, 4, 8, 16, 32])
    np.testing.assert_array_equal(criteria.elbow(ks, np.array([5.0, 4.9, 4.5, 3.0, 0.0])), 0.0)
    bent = criteria.elbow(ks, np.array([10.0, 6.0, 1.0, 0.9, 0.0]))
    assert bent.argmax() == 2
    assert (bent >= 0).all()
