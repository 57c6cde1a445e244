"""Clusters of very different sizes, where nothing in the neighbor graph joins them."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from shoal.parts.clusterers.communities import Communities
from tests.contracts.conftest import unit


def one_huge_and_ten_tiny(seed, spread=1.0):
    """(620, 16) unit vectors, 500 rows around one centre and twelve around each of ten."""
    rng = np.random.default_rng(seed)
    truth = np.r_[np.zeros(500, dtype=int), np.repeat(np.arange(1, 11), 12)]
    centres = 3 * rng.normal(size=(11, 16))
    return unit(centres[truth] + spread * rng.normal(size=(620, 16))), truth


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_huge_cluster_is_whole_and_ten_tiny_ones_are_apart(seed):
    rows, truth = one_huge_and_ten_tiny(seed)
    model = Communities().fit(rows)
    assert len(np.unique(model.labels_)) == 11
    assert adjusted_rand_score(truth, model.labels_) > 0.99
    again = Communities().fit(rows, hierarchy=model.hierarchy_)
    np.testing.assert_array_equal(again.labels_, model.labels_)


def test_a_few_rows_by_themselves_do_not_hide_the_groups_of_the_others():
    rng = np.random.default_rng(3)
    truth = np.r_[np.arange(400) % 4, np.full(12, 4)]
    centres = np.eye(16)[[0, 1, 2, 3, 9]] + 0.9 * (np.arange(5) < 4)[:, None] * np.eye(16)[15]
    rows = unit(4 * centres[truth] + 0.6 * rng.normal(size=(412, 16)))
    model = Communities().fit(rows)
    assert adjusted_rand_score(truth, model.labels_) > 0.9
