"""Every metric against another implementation, on partitions of any kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from sklearn import metrics as reference

from shoal.parts.metrics import METRICS
from shoal.parts.metrics.view import View

INTERNAL = {
    "silhouette": lambda x, labels: reference.silhouette_score(x, labels, metric="cosine"),
    "davies_bouldin": reference.davies_bouldin_score,
    "calinski_harabasz": reference.calinski_harabasz_score,
}
EXTERNAL = {
    "ari": reference.adjusted_rand_score,
    "ami": reference.adjusted_mutual_info_score,
    "nmi": reference.normalized_mutual_info_score,
    "homogeneity": reference.homogeneity_score,
    "completeness": reference.completeness_score,
    "v_measure": reference.v_measure_score,
}


def matched(truth, labels):
    table = reference.cluster.contingency_matrix(truth, labels)
    pairs = linear_sum_assignment(table, maximize=True)
    return table[pairs].sum() / len(truth)


def measure(name, *args):
    return METRICS.find(name)(View(*args))


def unit_rows(rng, n, n_dims):
    made = rng.normal(size=(n, n_dims)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(5, 120),
    k=st.integers(2, 9),
    n_dims=st.sampled_from([2, 5, 40]),
)
def test_those_without_a_truth_equal_scikit_learn(seed, n, k, n_dims):
    rng = np.random.default_rng(seed)
    vectors, labels = unit_rows(rng, n, n_dims), rng.integers(-1, k, n).astype(np.int32)
    inside = labels >= 0
    assert measure("coverage", vectors, labels, labels) == pytest.approx(inside.mean())
    if not 2 <= len(np.unique(labels[inside])) < inside.sum():
        return
    for name, score in INTERNAL.items():
        expected = score(vectors[inside].astype(np.float64), labels[inside])
        found = measure(name, vectors, labels, labels)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-5), name


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 5)), min_size=1, max_size=80))
def test_those_with_a_truth_equal_scikit_learn(pairs):
    labels, truth = np.array(pairs, dtype=np.int32).T
    known = truth >= 0
    for name, score in {**EXTERNAL, "accuracy": matched}.items():
        found = measure(name, np.empty((0, 1), np.float32), labels[:0], labels, truth)
        if known.any():
            assert found == pytest.approx(score(truth[known], labels[known]), abs=1e-9), name
        else:
            assert found is None


def test_accuracy_pairs_each_cluster_with_one_class_only():
    # both clusters hold mostly class 0, but only one of them can be it
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1], dtype=np.int32)
    truth = np.array([0, 0, 0, 0, 0, 0, 0, 1], dtype=np.int32)
    assert measure("accuracy", np.empty((0, 1), np.float32), labels[:0], labels, truth) == 5 / 8


def test_many_classes_are_no_warning():
    labels = np.arange(60, dtype=np.int32)
    for name in EXTERNAL:
        found = measure(name, np.empty((0, 1), np.float32), labels[:0], labels, labels)
        assert found == pytest.approx(1.0)
