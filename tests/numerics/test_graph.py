import numpy as np
import pytest
from scipy import sparse

from shoal.numerics.graph import averaged, inside_share, merge_nodes, similarity_graph
from shoal.numerics.leiden import join_small, leiden
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


def test_merged_nodes_keep_the_whole_weight(graph):
    groups = np.random.default_rng(0).integers(0, 7, 60)
    merged = merge_nodes(graph, groups)
    assert merged.shape == (7, 7)
    assert merged.sum() == pytest.approx(graph.sum())
    expected = graph.toarray()[groups == 2][:, groups == 5].sum()
    assert merged.toarray()[2, 5] == pytest.approx(expected)


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


def test_leiden_gives_the_same_communities_however_often_it_is_asked(graph):
    first = leiden(graph, 1.0, seed=3)
    for _ in range(5):
        np.testing.assert_array_equal(leiden(graph, 1.0, seed=3), first)


def test_leiden_finds_cliques_joined_by_single_edges():
    clique = np.ones((6, 6)) - np.eye(6)
    dense = np.kron(np.eye(4), clique)
    for c in range(3):
        dense[6 * c, 6 * c + 6] = dense[6 * c + 6, 6 * c] = 1
    found = leiden(sparse.csr_matrix(dense), 1.0, seed=0)
    assert sorted(np.bincount(found).tolist()) == [6, 6, 6, 6]
    assert all(len(set(found[6 * c : 6 * c + 6].tolist())) == 1 for c in range(4))


def test_small_groups_join_the_group_they_are_most_linked_with():
    links = sparse.csr_matrix(
        np.array(
            [
                [9, 0, 1, 0, 0],
                [0, 9, 2, 1, 0],
                [1, 2, 0, 0, 0],
                [0, 1, 0, 0, 0],
                [0, 0, 0, 0, 0],
            ],
            dtype=float,
        )
    )
    joined = join_small(links, np.array([10, 10, 1, 2, 1]), min_size=3)
    # group 4 is linked with nothing and stays
    assert joined.tolist() == [0, 1, 1, 1, 2]


def test_a_chain_of_small_groups_ends_in_one_group():
    n = 50
    chain = sparse.diags([np.ones(n - 1), np.ones(n - 1)], [-1, 1]).tocsr()
    joined = join_small(chain, np.ones(n, dtype=np.int64), min_size=3)
    assert np.bincount(joined).min() >= 3


def test_fifty_thousand_small_groups_are_joined_in_seconds():
    n = 50_000
    rng = np.random.default_rng(0)
    ends = rng.integers(0, n, (2, 4 * n))
    links = sparse.csr_matrix((np.ones(4 * n), ends), shape=(n, n))
    joined = join_small((links + links.T).tocsr(), np.ones(n, dtype=np.int64), min_size=3)
    assert joined.max() < n / 2


def test_averaging_is_the_weighted_mean_of_an_item_and_its_neighbors(unit_rows):
    vectors = unit_rows(30, 4)
    graph = similarity_graph(*nearest(vectors, vectors, 3, exclude_itself=True))
    weights = graph.toarray() + np.eye(30)
    weights /= weights.sum(axis=1, keepdims=True)
    expected = weights @ (weights @ vectors)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(averaged(vectors, graph, 2), expected, atol=1e-5)
    np.testing.assert_allclose(averaged(vectors, graph, 0), vectors, atol=1e-6)
