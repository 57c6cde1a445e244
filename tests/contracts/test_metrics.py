import numpy as np
import pytest
from sklearn import metrics as reference

from shoal.metrics import METRICS, TRAITS
from shoal.metrics.view import View
from shoal.numerics.clusters import silhouettes

NAMES = sorted(METRICS.parts)


def view_of(vectors, labels, truth=None, stability=None):
    labels = np.asarray(labels, dtype=np.int32)
    values, _ = silhouettes(vectors, labels)
    truth = None if truth is None else np.asarray(truth).astype(str)
    return View(vectors, labels, values, labels, truth, stability)


@pytest.fixture
def rows():
    made = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_every_metric_says_how_it_is_read():
    assert set(TRAITS) == set(METRICS.parts)


@pytest.mark.parametrize("name", NAMES)
def test_a_good_clustering_scores_better_than_a_random_one(name, well_separated):
    vectors, truth = well_separated
    noisy = np.random.default_rng(0).integers(0, 5, len(truth))
    noisy[:9] = -1
    good = METRICS.find(name)(view_of(vectors, truth, truth, stability=0.9))
    bad = METRICS.find(name)(view_of(vectors, noisy, truth, stability=0.1))
    assert isinstance(good, float)
    assert (good > bad) is TRAITS[name].higher_is_better


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "labels",
    [[], [-1, -1, -1], [0, 0, 0], [0, 1, 2], [0, -1, -1], [0, 0, 1]],
    ids=["empty", "all noise", "one cluster", "all alone", "one row", "two clusters"],
)
@pytest.mark.parametrize("with_truth", [False, True])
def test_where_it_is_not_defined_it_is_none_and_never_nan(name, labels, with_truth, rows):
    truth = ["a", "b", "b"][: len(labels)] if with_truth else None
    value = METRICS.find(name)(view_of(rows[: len(labels)], labels, truth))
    assert value is None or np.isfinite(value)
    if TRAITS[name].needs_truth and not with_truth:
        assert value is None


def test_values_are_those_of_scikit_learn(rows):
    rng = np.random.default_rng(1)
    labels, truth = rng.integers(-1, 4, 60), rng.integers(0, 3, 60)
    view = view_of(rows, labels, truth)
    inside = labels >= 0
    expected = {
        "coverage": inside.mean(),
        "silhouette": reference.silhouette_score(rows[inside], labels[inside], metric="cosine"),
        "davies_bouldin": reference.davies_bouldin_score(rows[inside], labels[inside]),
        "ari": reference.adjusted_rand_score(truth, labels),
        "ami": reference.adjusted_mutual_info_score(truth, labels),
        "v_measure": reference.v_measure_score(truth, labels),
    }
    for name, value in expected.items():
        assert METRICS.find(name)(view) == pytest.approx(value, abs=1e-6), name


def test_the_same_partition_under_other_names_agrees_fully(rows):
    labels = np.arange(60) % 3
    view = view_of(rows, labels, np.array(["x", "y", "z"])[labels])
    for name in ("ari", "ami", "v_measure"):
        assert METRICS.find(name)(view) == pytest.approx(1.0)
