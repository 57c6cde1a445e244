"""The spanning tree against scipy's on the matrix of all pairs."""

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree

from shoal.numerics.density import spanning_tree as spanning
from shoal.numerics.density.spanning_tree import (
    SpanningTree,
    core_distances,
    neighbor_lengths,
    spanning_tree,
    validity,
)
from shoal.numerics.neighbors import nearest


def clumps(unit_rows, n, n_dims, n_clumps):
    """Rows in tight groups: their few neighbors never lead from one group to another."""
    rng = np.random.default_rng(3)
    rows = unit_rows(n_clumps, n_dims)[rng.integers(0, n_clumps, n)]
    rows = rows + rng.normal(0, 0.02, rows.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def pairs(vectors, core):
    gaps = vectors[:, None].astype(np.float64) - vectors[None]
    reach = np.maximum(np.linalg.norm(gaps, axis=2), np.maximum(core[:, None], core))
    np.fill_diagonal(reach, 0)
    return reach


def tree_of(vectors, k, min_samples):
    rows, _ = nearest(vectors, vectors, min(k, len(vectors) - 1), exclude_itself=True)
    lengths = neighbor_lengths(vectors, rows)
    core = core_distances(lengths, min_samples)
    return spanning_tree(vectors, rows, lengths, core), core


@pytest.fixture(params=[(512, 8192), (7, 5)], ids=["large blocks", "small blocks"])
def _blocks(request, monkeypatch):
    monkeypatch.setattr(spanning, "DISTANCE_ROWS", request.param[0])
    monkeypatch.setattr(spanning, "BLOCK_COLUMNS", request.param[1])


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize(
    ("n", "n_dims", "k", "min_samples", "n_clumps"),
    [
        (2, 3, 1, 1, 0),
        (3, 2, 2, 3, 0),
        (200, 16, 5, 1, 0),
        (200, 16, 15, 10, 0),
        (300, 8, 3, 2, 40),
        (300, 8, 10, 5, 5),
        (300, 3, 1, 1, 60),
    ],
)
def test_the_tree_is_as_short_as_that_of_all_pairs(unit_rows, n, n_dims, k, min_samples, n_clumps):
    vectors = clumps(unit_rows, n, n_dims, n_clumps) if n_clumps else unit_rows(n, n_dims)
    tree, core = tree_of(vectors, k, min_samples)
    expected = np.sort(minimum_spanning_tree(pairs(vectors, core)).data)
    np.testing.assert_allclose(tree.lengths, expected, atol=1e-7)
    reach = pairs(vectors, core)
    np.testing.assert_allclose(reach[tree.edges[:, 0], tree.edges[:, 1]], tree.lengths, atol=1e-12)


def test_rows_that_are_the_same_are_joined_at_length_zero(unit_rows):
    vectors = np.repeat(unit_rows(3, 4), 40, axis=0)
    tree, _ = tree_of(vectors, 5, 1)
    assert len(tree.lengths) == 119
    assert (tree.lengths[:117] == 0).all()
    assert (tree.lengths[117:] > 0.1).all()


def test_one_row_has_a_tree_without_edges():
    tree = spanning_tree(
        np.ones((1, 3), np.float32), np.empty((1, 0), np.int32), np.empty((1, 0)), np.zeros(1)
    )
    assert tree.edges.shape == (0, 2)


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_tree_does_not_depend_on_the_threads(unit_rows, threads, monkeypatch):
    vectors = clumps(unit_rows, 400, 8, 30)
    monkeypatch.setattr(spanning, "DISTANCE_ROWS", 16)
    monkeypatch.setenv("SHOAL_THREADS", "2")
    first, _ = tree_of(vectors, 4, 3)
    monkeypatch.setenv("SHOAL_THREADS", threads)
    second, _ = tree_of(vectors, 4, 3)
    assert first.edges.tobytes() == second.edges.tobytes()


def test_only_rows_whose_list_may_be_too_short_are_compared_with_all(unit_rows, monkeypatch):
    asked = []
    search = spanning._nearest_outside

    def counting(vectors, group, core, wanted):
        asked.append(len(wanted))
        return search(vectors, group, core, wanted)

    monkeypatch.setattr(spanning, "_nearest_outside", counting)
    tree_of(unit_rows(1000, 16), 30, 5)
    assert sum(asked) < 100


def test_core_distances_are_those_of_the_nth_row_itself_counted():
    lengths = np.array([[0.3, 0.1, 0.2], [0.5, 0.6, 0.4]])
    np.testing.assert_array_equal(core_distances(lengths, 1), [0, 0])
    np.testing.assert_array_equal(core_distances(lengths, 2), [0.1, 0.4])
    np.testing.assert_array_equal(core_distances(lengths, 4), [0.3, 0.6])


LINE = SpanningTree(
    np.array([[0, 1], [1, 2], [3, 4], [2, 3]], dtype=np.int32), np.array([1.0, 1.0, 2.0, 4.0])
)


@pytest.mark.parametrize(
    ("labels", "value"),
    [
        ([0, 0, 0, 1, 1], (3 * 3 / 4 + 2 * 2 / 4) / 5),  # weakest links 1 and 2, 4 between
        ([0, 0, 0, -1, -1], 0.0),  # one cluster
        ([0, 0, 1, 1, 1], (2 * 0 + 3 * (1 - 4) / 4) / 5),  # cut through the dense part
        ([-1, -1, -1, -1, -1], 0.0),
        ([0, 0, -1, 1, 1], (2 * 0 + 2 * 2 / 4) / 5),  # noise counts zero
    ],
)
def test_validity_weighs_the_weakest_link_inside_against_the_way_out(labels, value):
    assert validity(LINE, np.array(labels)) == pytest.approx(value)
