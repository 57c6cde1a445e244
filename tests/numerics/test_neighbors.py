"""nearest() against brute force, on vectors whose products are exact so that ties are real."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.numerics import neighbors
from shoal.numerics.neighbors import from_all_groups, nearest


def brute_force(queries, base, k, exclude_itself):
    cosines = (queries.astype(np.float64) @ base.T.astype(np.float64)).astype(np.float32)
    if exclude_itself:
        np.fill_diagonal(cosines, -np.inf)
    columns = np.broadcast_to(np.arange(len(base)), cosines.shape)
    order = np.lexsort((columns, -cosines), axis=1)[:, :k]
    distances = np.clip(1 - np.take_along_axis(cosines, order, 1), 0, 2)
    return order.astype(np.int32), distances.astype(np.float32)


def exact_vectors(seed, n, n_dims=6):
    """Quarters between -1/2 and 1/2: every product and sum is exact in single precision."""
    rng = np.random.default_rng(seed)
    return (rng.integers(-2, 3, (n, n_dims)) / 4).astype(np.float32)


@pytest.fixture(params=[(512, 8192), (3, 4), (1, 1), (7, 2), (64, 5)])
def blocks(request, monkeypatch):
    rows, columns = request.param
    monkeypatch.setattr(neighbors, "DISTANCE_ROWS", rows)
    monkeypatch.setattr(neighbors, "BLOCK_COLUMNS", columns)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("n", [2, 3, 9, 40])
@pytest.mark.parametrize("k", [1, 2, 8, 39])
@pytest.mark.parametrize("seed", [0, 1])
def test_nearest_equals_brute_force_across_block_borders_with_ties(n, k, seed):
    vectors = exact_vectors(seed, n)
    k = min(k, n - 1)
    rows, distances = nearest(vectors, vectors, k, exclude_itself=True)
    expected_rows, expected_distances = brute_force(vectors, vectors, k, True)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_array_equal(distances, expected_distances)


@given(seed=st.integers(0, 2**20), n=st.integers(1, 30), m=st.integers(1, 12), data=st.data())
@settings(max_examples=60, deadline=None)
def test_nearest_equals_brute_force_for_queries_that_are_not_the_base(seed, n, m, data):
    k = data.draw(st.integers(0, n))
    base, queries = exact_vectors(seed, n), exact_vectors(seed + 1, m)
    rows, distances = nearest(queries, base, k)
    expected_rows, expected_distances = brute_force(queries, base, k, False)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_array_equal(distances, expected_distances)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("value", [0.0, 0.5])
def test_equal_and_zero_vectors_have_the_smallest_other_rows_as_neighbors(value):
    vectors = np.full((10, 3), value, dtype=np.float32)
    rows, distances = nearest(vectors, vectors, 9, exclude_itself=True)
    for row in range(10):
        assert rows[row].tolist() == [other for other in range(10) if other != row]
    assert (distances == distances[0, 0]).all()


@pytest.mark.parametrize("n", [1, 5])
def test_no_neighbors_asked_for_gives_empty_columns(n):
    rows, distances = nearest(np.eye(n, dtype=np.float32), np.eye(n, dtype=np.float32), 0)
    assert rows.shape == distances.shape == (n, 0)


def test_real_vectors_give_the_same_bits_on_any_number_of_threads(unit_rows):
    vectors = unit_rows(1500, 64)
    told = []
    results = [
        nearest(vectors, vectors, 20, exclude_itself=True, n_threads=n, advance=told.append)
        for n in (1, 2, 4)
    ]
    for rows, distances in results[1:]:
        assert rows.tobytes() == results[0][0].tobytes()
        assert distances.tobytes() == results[0][1].tobytes()
    assert sum(told) == 3 * 1500


def test_distances_ascend_and_stay_between_zero_and_two(unit_rows):
    vectors = np.vstack([unit_rows(50, 8), -unit_rows(50, 8)])
    rows, distances = nearest(vectors, vectors, 99, exclude_itself=True)
    assert (np.diff(distances, axis=1) >= 0).all()
    assert distances.min() >= 0
    assert distances.max() <= 2
    assert rows.dtype == np.int32
    assert distances.dtype == np.float32
    assert all(len(set(row)) == 99 for row in rows.tolist())


@pytest.mark.parametrize("n", [2047, 2049, 5000, 8300])
def test_each_pair_of_rows_is_compared_for_both_in_blocks_of_any_number(unit_rows, n):
    vectors = unit_rows(n, 12)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -9)
    rows, distances = nearest(vectors, vectors, 7, exclude_itself=True)
    expected = -np.sort(-cosines, axis=1)[:, :7]
    np.testing.assert_allclose(1 - distances, expected, atol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(cosines, rows, 1), expected, atol=1e-6)


def test_thousands_of_equal_rows_have_the_first_others_as_neighbors_in_bounded_memory(unit_rows):
    vectors = np.repeat(unit_rows(3, 8), 2500, axis=0)
    rows, distances = nearest(vectors, vectors, 5, exclude_itself=True)
    assert np.abs(distances).max() < 1e-6
    assert (rows // 2500 == np.arange(7500)[:, None] // 2500).all()
    assert (rows != np.arange(7500)[:, None]).all()
    assert rows[2600].tolist() == [2500, 2501, 2502, 2503, 2504]


@pytest.mark.usefixtures("blocks")
def test_neighbors_are_taken_from_a_rows_own_group_and_the_others_by_their_sizes():
    rng = np.random.default_rng(0)
    group = rng.choice(4, 200, p=[0.5, 0.3, 0.15, 0.05])
    own_side = 3.0 * np.eye(4)[group]  # rows of a group are nearest to each other
    vectors = np.hstack([own_side, rng.normal(size=(200, 6))])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    pool = nearest(vectors, vectors, 199, exclude_itself=True)
    plain = (group[pool[0][:, :20]] == group[:, None]).mean()
    rows, distances = from_all_groups(*pool, [group], 20)
    own = (group[rows] == group[:, None]).sum(axis=1)
    share = np.bincount(group)[group] / 200
    assert plain > 0.7
    assert np.abs(own - 20 * share).max() <= 1.0
    assert (np.diff(distances, axis=1) >= 0).all()
    np.testing.assert_allclose(
        distances, 1 - np.einsum("ikd,id->ik", vectors[rows], vectors), atol=1e-5
    )
    for side in (True, False):  # of each side the nearest, none passed over
        mine = (group[pool[0]] == group[:, None]) == side
        for row in range(200):
            taken = rows[row][(group[rows[row]] == group[row]) == side]
            np.testing.assert_array_equal(taken, pool[0][row][mine[row]][: len(taken)])


def test_rows_of_no_group_and_sides_without_neighbors_keep_the_nearest():
    vectors = exact_vectors(3, 30)
    pool = nearest(vectors, vectors, 10, exclude_itself=True)
    for group in (np.full(30, -1), np.zeros(30, dtype=np.int64), np.arange(30)):
        rows, distances = from_all_groups(*pool, [group], 6)
        np.testing.assert_array_equal(rows, pool[0][:, :6])
        np.testing.assert_array_equal(distances, pool[1][:, :6])
