import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, is_valid_linkage, linkage
from sklearn.metrics import adjusted_rand_score

from shoal.numerics.ward import cut_tree, ward_linkage


def points(n, n_dims=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_dims))


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 40), st.integers(0, 10_000))
def test_single_rows_give_the_hierarchy_of_scipy(n, seed):
    rows = points(n, seed=seed)
    ours, theirs = ward_linkage(rows, np.ones(n, dtype=int)), linkage(rows, "ward")
    np.testing.assert_allclose(ours[:, 2:], theirs[:, 2:], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(np.sort(ours[:, :2], axis=1), np.sort(theirs[:, :2], axis=1))


def test_a_group_counts_as_many_times_as_it_has_rows():
    rows = points(8)
    sizes = np.array([1, 5, 2, 9, 1, 1, 3, 4])
    grouped = ward_linkage(rows, sizes)
    single = linkage(np.repeat(rows, sizes, axis=0), "ward")
    np.testing.assert_allclose(grouped[:, 2], single[-7:, 2], rtol=1e-9)
    assert grouped[-1, 3] == sizes.sum()


@pytest.mark.parametrize("n", [1, 2, 3, 25])
def test_a_cut_gives_exactly_the_number_asked_for_and_nests(n):
    tree = ward_linkage(points(n), np.ones(n, dtype=int))
    finer = None
    for k in range(n, 0, -1):
        labels = cut_tree(tree, k)
        assert sorted(set(labels.tolist())) == list(range(k))
        if finer is not None:
            assert len(set(zip(finer.tolist(), labels.tolist(), strict=True))) == k + 1
        finer = labels


def test_a_cut_is_the_cut_of_scipy():
    tree = ward_linkage(points(30), np.ones(30, dtype=int))
    assert is_valid_linkage(tree)
    for k in (2, 5, 11):
        assert adjusted_rand_score(fcluster(tree, k, "maxclust"), cut_tree(tree, k)) == 1.0


def test_equal_groups_are_merged_at_height_zero():
    tree = ward_linkage(np.zeros((6, 2)), np.ones(6, dtype=int))
    assert (tree[:, 2] == 0).all()
    assert len(set(cut_tree(tree, 4).tolist())) == 4
