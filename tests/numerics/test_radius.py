"""The groups of one radius against scikit-learn's DBSCAN."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score

from shoal.numerics.density import radius
from shoal.numerics.density.radius import dense_groups
from shoal.numerics.neighbors import nearest


def made(n_clusters, size, spread, seed=0, n_dims=6):
    rng = np.random.default_rng(seed)
    rows = np.repeat(rng.normal(size=(n_clusters, n_dims)), size, axis=0)
    rows = rows + rng.normal(0, spread, rows.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("k", [4, 10, 60])
@pytest.mark.parametrize("eps", [0.002, 0.02, 0.1, 0.5, 1.9])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_groups_are_those_of_dbscan_however_few_neighbors_are_known(k, eps, seed, monkeypatch):
    monkeypatch.setattr(radius, "DISTANCE_ROWS", 16)
    monkeypatch.setattr(radius, "BLOCK_COLUMNS", 11)
    vectors = made(6, 40, 0.25, seed)
    rows, distances = nearest(vectors, vectors, k, exclude_itself=True)
    found = dense_groups(vectors, rows, distances, eps, 5)
    gaps = np.clip(1 - vectors @ vectors.T, 0, 2)
    expected = DBSCAN(eps=eps, min_samples=5, metric="precomputed").fit(gaps)
    np.testing.assert_array_equal(found == -1, expected.labels_ == -1)
    cores = expected.core_sample_indices_
    if len(cores):
        assert adjusted_rand_score(expected.labels_[cores], found[cores]) == 1.0
    for row in np.setdiff1d(np.nonzero(found >= 0)[0], cores):
        assert found[row] == found[cores[gaps[row, cores].argmin()]]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_rows_are_no_trouble(n):
    vectors = made(1, n, 0.1)
    rows, distances = nearest(vectors, vectors, n - 1, exclude_itself=True)
    np.testing.assert_array_equal(dense_groups(vectors, rows, distances, 1.9, 5), [-1] * n)
    np.testing.assert_array_equal(dense_groups(vectors, rows, distances, 1.9, 1), [0] * n)
