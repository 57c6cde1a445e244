import numpy as np
import pytest

from shoal.parts.metrics import METRICS, TRAITS
from shoal.parts.metrics.view import Sampled, View

NAMES = sorted(METRICS.parts)


def view_of(vectors, labels, truth=None, stability=None):
    labels = np.asarray(labels, dtype=np.int32)
    truth = None if truth is None else np.asarray(truth, dtype=np.int32)
    return View(vectors, labels, labels, truth, None if stability is None else Sampled(stability))


def value_of(name, view):
    found = METRICS.find(name)(view)
    return found.value if isinstance(found, Sampled) else found


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
    good = value_of(name, view_of(vectors, truth, truth, stability=0.9))
    bad = value_of(name, view_of(vectors, noisy, truth, stability=0.1))
    assert isinstance(good, float)
    assert (good > bad) is TRAITS[name].higher_is_better


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "labels",
    [[], [-1, -1, -1], [0, 0, 0], [0, 1, 2], [0, -1, -1], [0, 0, 1], [0, 0, 2]],
    ids=["empty", "noise", "one cluster", "all alone", "one row", "two clusters", "a gap"],
)
@pytest.mark.parametrize("truth", [None, [0, 1, 1], [-1, -1, -1], [0, -1, 1]])
def test_where_it_is_not_defined_it_is_none_and_never_nan(name, labels, truth, rows):
    known = None if truth is None else truth[: len(labels)]
    value = value_of(name, view_of(rows[: len(labels)], labels, known))
    assert value is None or np.isfinite(value)
    if TRAITS[name].needs_truth and (truth is None or max(truth) < 0):
        assert value is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [np.ones((8, 3)), np.zeros((8, 3))], ids=["equal", "zero"])
def test_rows_that_are_all_the_same_do_no_harm(name, rows):
    view = view_of(np.asarray(rows, dtype=np.float32), [0, 0, 0, 0, 1, 1, 1, -1], np.arange(8) % 2)
    value = value_of(name, view)
    assert value is None or np.isfinite(value)


def test_the_same_partition_under_other_names_agrees_fully(rows):
    labels = np.arange(60) % 3
    view = view_of(rows, labels, (labels + 1) % 3)
    for name, trait in TRAITS.items():
        if trait.needs_truth:
            assert value_of(name, view) == pytest.approx(1.0)
