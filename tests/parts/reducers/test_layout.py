"""The map of more rows than are laid out: tried with a sample of few."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from shoal.parts.reducers.layout import NeighborLayout, among_sample
from tests.contracts.conftest import unit


@pytest.fixture(scope="module")
def grouped():
    rng = np.random.default_rng(0)
    groups = unit(rng.normal(size=(6, 16)))
    truth = np.repeat(np.arange(6), 200)
    return unit(groups[truth] + rng.normal(0, 0.1, (1200, 16))).astype(np.float32), truth


def test_rows_that_are_not_in_the_sample_lie_among_their_groups(grouped):
    vectors, truth = grouped
    points = NeighborLayout(sample_rows=300).fit_transform(vectors)
    assert np.isfinite(points).all()
    near = NearestNeighbors(n_neighbors=6).fit(points).kneighbors(points)[1][:, 1:]
    assert (truth[near] == truth[:, None]).mean() > 0.9


def test_a_row_that_no_chain_of_neighbors_joins_to_the_sample_lies_at_its_nearest_row():
    vectors = unit(np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]])).astype(np.float32)
    neighbors = np.array([[1], [0], [3], [2]], dtype=np.int32), np.zeros((4, 1), np.float32)
    points = among_sample(vectors, neighbors, np.array([0]), np.array([[5, 5]], np.float32))
    np.testing.assert_allclose(points, 0, atol=1e-6)  # all at one place, which is the middle


def test_a_sampled_map_is_the_same_on_any_number_of_threads(grouped, monkeypatch):
    one = NeighborLayout(sample_rows=300, n_epochs=20).fit_transform(grouped[0])
    monkeypatch.setenv("SHOAL_THREADS", "4")
    again = NeighborLayout(sample_rows=300, n_epochs=20).fit_transform(grouped[0])
    np.testing.assert_array_equal(one, again)
