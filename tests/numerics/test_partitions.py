import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from shoal.numerics.partitions.agreement import (
    adjusted_rand,
    best_overlap,
    dominant,
    majority,
    one_to_one,
    shared,
)


def two(n, a, b, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(0, a, n).astype(np.int32), rng.integers(0, b, n).astype(np.int32)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("a", "b"), [(1, 1), (3, 5), (60, 2), (1000, 900)])
def test_agreement_equals_that_of_scikit_learn(a, b, seed):
    one, other = two(200, a, b, seed)
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))
    assert adjusted_rand(one, one) == 1.0


def test_pairs_of_clusters_are_counted_the_same_in_a_table_and_by_sorting():
    one, other = two(300, 4, 6, 0)
    ones, others, counts = shared(one, other)
    table = contingency_matrix(one, other)
    assert counts.tolist() == table[ones, others].tolist()
    assert counts.sum() == 300
    # numbers so large that no table could hold every pair
    many = shared(one * 1_000_000, other * 1_000_000)
    assert many[2].tolist() == counts.tolist()
    assert (many[0] // 1_000_000).tolist() == ones.tolist()


def test_the_majority_is_the_coarse_cluster_with_most_rows_and_ties_go_to_the_smaller():
    fine = np.array([0, 0, 0, 1, 1, 3], dtype=np.int32)
    coarse = np.array([1, 1, 0, 2, 0, 1], dtype=np.int32)
    assert majority(fine, coarse).tolist() == [1, 0, 0, 1]


def test_the_best_overlap_is_the_largest_share_of_common_rows():
    one = np.array([0, 0, 0, 1, 1, 1], dtype=np.int32)
    other = np.array([0, 0, 1, 1, 1, 2], dtype=np.int32)
    np.testing.assert_allclose(best_overlap(one, other), [2 / 3, 2 / 4])
    np.testing.assert_allclose(best_overlap(one, one), [1, 1])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("a", "b"), [(1, 1), (3, 7), (7, 3), (30, 40)])
def test_the_pairing_keeps_as_many_rows_as_the_hungarian_method(a, b, seed):
    one, other = two(200, a, b, seed)
    table = contingency_matrix(one, other)
    partner, kept = one_to_one(one, other)
    assert kept == table[linear_sum_assignment(table, maximize=True)].sum()
    paired = partner[partner >= 0]
    assert len(set(paired.tolist())) == len(paired)
    assert kept == sum((other[one == c] == p).sum() for c, p in enumerate(partner))


def test_the_pairing_of_nothing_is_nothing():
    nothing = np.empty(0, dtype=np.int32)
    partner, kept = one_to_one(nothing, nothing)
    assert (len(partner), kept) == (0, 0)


def test_the_dominant_cluster_comes_with_its_rows():
    fine = np.array([0, 0, 0, 1, 1, 3], dtype=np.int32)
    coarse = np.array([1, 1, 0, 2, 0, 1], dtype=np.int32)
    label, rows = dominant(fine, coarse)
    assert (label.tolist(), rows.tolist()) == ([1, 0, 0, 1], [2, 1, 0, 1])
