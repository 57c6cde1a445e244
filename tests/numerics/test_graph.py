import numpy as np
import pytest

from shoal.numerics.graph import averaged, inside_share, shares_inside, similarity_graph
from shoal.numerics.neighbors import nearest


@pytest.fixture
def graph(unit_rows):
    vectors = unit_rows(60, 5)
    return similarity_graph(*nearest(vectors, vectors, 6, exclude_itself=True))


def test_the_graph_is_symmetric_without_loops_and_its_weights_are_cosines(graph):
    assert abs(graph - graph.T).max() == 0
    assert graph.diagonal().sum() == 0
    assert graph.data.min() >= 1e-6
    assert graph.data.max() <= 1
    assert (np.diff(graph.indptr) >= 6).all()


def test_opposite_vectors_stay_joined_if_barely():
    rows = np.array([[1], [0]], dtype=np.int32)
    joined = similarity_graph(rows, np.array([[2.0], [2.0]], dtype=np.float32))
    assert joined.toarray().tolist() == [[0, 1e-6], [1e-6, 0]]


def test_the_inside_share_is_the_weight_of_neighbors_in_the_same_cluster():
    around = np.array([[0, 1], [0, 0], [1, -1], [-1, -1]], dtype=np.int32)
    distances = np.array([[0.25, 0.25], [0.1, 0.9], [2.0, 0.0], [0.5, 0.5]], dtype=np.float32)
    labels = np.array([0, 0, 1, -1], dtype=np.int32)
    share = inside_share(around, distances, labels)
    np.testing.assert_allclose(share, [0.5, 1.0, 0.0, 0.0], atol=1e-5)


def test_without_neighbors_a_row_is_wholly_inside_its_cluster():
    empty = np.empty((2, 0))
    share = inside_share(empty.astype(np.int32), empty, np.array([0, -1], dtype=np.int32))
    assert share.tolist() == [1, 0]


def test_averaging_is_the_weighted_mean_of_an_item_and_its_neighbors(unit_rows):
    vectors = unit_rows(30, 4)
    graph = similarity_graph(*nearest(vectors, vectors, 3, exclude_itself=True))
    weights = graph.toarray() + np.eye(30)
    weights /= weights.sum(axis=1, keepdims=True)
    expected = weights @ (weights @ vectors)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(averaged(vectors, graph, 2), expected, atol=1e-5)
    np.testing.assert_allclose(averaged(vectors, graph, 0), vectors, atol=1e-6)


def test_shares_of_many_items_are_those_of_all_at_once():
    rng = np.random.default_rng(0)
    labels = rng.integers(-1, 4, 5000).astype(np.int32)
    rows = rng.integers(0, 5000, (5000, 6)).astype(np.int32)
    distances = rng.random((5000, 6)).astype(np.float32)
    np.testing.assert_array_equal(
        shares_inside(labels, rows, distances), inside_share(labels[rows], distances, labels)
    )
