"""How apart the clusters of columns are that have nothing to do with each other."""

import numpy as np
import pytest

from shoal.numerics.chance import silhouette_by_chance
from shoal.numerics.clusters import silhouettes
from tests.contracts.conftest import blobs, unit

BLOCKS = [(0, 2), (2, 4), (4, 6)]


def test_real_groups_are_further_apart_than_shuffled_columns_and_noise_is_not():
    rows, truth = blobs(4, 50, n_dims=6, spread=0.1)
    found = silhouette_by_chance(rows, BLOCKS, 4, seed=0)
    values, _ = silhouettes(rows, truth.astype(np.int32))
    assert min(values[truth == label].mean() for label in range(4)) > found
    noise = unit(np.random.default_rng(0).normal(size=(200, 6)))
    assert silhouette_by_chance(noise, BLOCKS, 4, seed=0) > 0.2


def test_it_does_not_depend_on_the_order_of_the_rows():
    rows, _ = blobs(4, 50, n_dims=6, spread=0.3)
    order = np.random.default_rng(1).permutation(len(rows))
    one, other = (silhouette_by_chance(x, BLOCKS, 4, seed=0) for x in (rows, rows[order]))
    assert one == pytest.approx(other)


@pytest.mark.parametrize(
    ("n", "blocks", "k"), [(200, [(0, 6)], 3), (200, BLOCKS, 1), (5, BLOCKS, 3), (0, BLOCKS, 2)]
)
def test_there_is_none_for_one_column_one_cluster_or_hardly_any_rows(n, blocks, k):
    rows = unit(np.random.default_rng(0).normal(size=(n, 6)))
    assert silhouette_by_chance(rows, blocks, k, seed=0) is None
