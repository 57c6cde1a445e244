"""The table of merges and its cuts against scipy's."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, is_valid_linkage, linkage
from sklearn.metrics import adjusted_rand_score

from shoal.numerics.dendrogram import cut, linkage_table


@pytest.fixture(scope="module")
def merges():
    return linkage(np.random.default_rng(0).normal(size=(60, 3)), "average")


def test_the_table_is_the_one_scipy_makes(merges):
    table = linkage_table(merges[:, :2].astype(int), merges[:, 2])
    np.testing.assert_array_equal(table, merges)
    assert is_valid_linkage(table)


@pytest.mark.parametrize("k", [1, 2, 7, 59, 60])
def test_a_cut_leaves_the_clusters_that_scipy_finds(merges, k):
    labels = cut(merges, k)
    assert len(np.unique(labels)) == k
    assert adjusted_rand_score(fcluster(merges, k, "maxclust"), labels) == 1.0


def test_a_merge_is_put_no_lower_than_the_one_before():
    table = linkage_table(np.array([[0, 1], [3, 2]]), np.array([2.0, 1.5]))
    np.testing.assert_array_equal(table[:, 2], [2.0, 2.0])
    assert is_valid_linkage(table)


def test_one_row_has_no_merges():
    table = linkage_table(np.empty((0, 2), dtype=int), np.empty(0))
    assert table.shape == (0, 4)
    np.testing.assert_array_equal(cut(table, 1), [0])
