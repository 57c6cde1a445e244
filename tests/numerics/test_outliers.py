import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

from shoal.numerics import outliers as module
from shoal.numerics.outliers import kth_distance, outlier_threshold, outliers, unassigned


@pytest.mark.parametrize(("k", "column"), [(1, 0), (4, 3), (5, 4), (30, 4)])
def test_the_reach_is_the_distance_of_the_fifth_neighbor_or_the_last(k, column):
    distances = np.sort(np.random.default_rng(0).random((8, k)), axis=1).astype(np.float32)
    np.testing.assert_array_equal(kth_distance(distances), distances[:, column])


def test_without_neighbors_the_reach_is_zero():
    assert kth_distance(np.empty((3, 0), dtype=np.float32)).tolist() == [0, 0, 0]


def test_the_limit_is_four_deviations_above_the_median_of_a_normal_distribution():
    kth_distances = np.random.default_rng(0).normal(10, 0.5, 20_001).astype(np.float32)
    assert outlier_threshold(kth_distances) == pytest.approx(12, abs=0.1)


def test_equal_reaches_are_not_far():
    kth_distances = np.full(9, 0.3, dtype=np.float32)
    assert not (kth_distances > outlier_threshold(kth_distances)).any()


def test_only_far_rows_among_strangers_are_homeless():
    far = np.array([True, True, False, False])
    share = np.array([0.1, 0.5, 0.1, 0.9], dtype=np.float32)
    assert unassigned(far, share).tolist() == [True, False, False, False]


def graph(points, k=30):
    found = NearestNeighbors(n_neighbors=min(k, len(points) - 1)).fit(points)
    distances, rows = found.kneighbors()
    return rows.astype(np.int32), distances.astype(np.float32)


@pytest.fixture(scope="module")
def planted():
    """500 rows in one pile, then five of a tight group far away, then a lone row farther still."""
    draw = np.random.default_rng(0)
    pile = draw.normal(size=(500, 8))
    group = draw.normal(scale=0.05, size=(5, 8)) + 12.0
    lone = np.full((1, 8), -30.0)
    return outliers(*graph(np.vstack([pile, group, lone])))


def test_the_score_tells_how_many_times_farther_than_usual_the_ten_nearest_are():
    rows, distances = graph(np.random.default_rng(1).normal(size=(300, 4)))
    found = outliers(rows, distances)
    means = distances[:, :20].mean(axis=1)
    np.testing.assert_allclose(found.scores, means / np.median(means), rtol=1e-5)
    assert np.median(found.scores) == pytest.approx(1)
    np.testing.assert_array_equal(found.around, rows[:, 0])


def test_a_lone_row_and_a_group_that_is_odd_as_a_whole_are_told_apart(planted):
    assert planted.scores.argmax() == 505
    assert planted.group[505] == -1
    assert planted.group[500:505].tolist() == [0] * 5
    assert (planted.group[:500] == -1).all()
    assert planted.odd[500:].all()


def test_rows_of_an_odd_group_are_scored_by_what_is_around_the_group(planted):
    # by its nearest rows alone, some of them in the group, a row would look nearer
    assert (planted.scores[500:505] > 5 * planted.limit).all()
    assert (planted.around[500:505] < 500).all()


def test_rows_of_small_clear_clusters_are_no_anomalies_for_want_of_company():
    """Five subjects of ten rows each beside three of a hundred, and one row of its own."""
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(9, 8))
    sizes = [100] * 3 + [10] * 5 + [1]
    points = np.repeat(centres, sizes, axis=0) + 0.1 * rng.normal(size=(sum(sizes), 8))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    rows, distances = graph(points)
    found = outliers(rows, distances**2 / 2)
    assert (found.scores[300:350] > found.limit).all(), "their 20 nearest rows are far"
    assert found.odd[350]
    assert found.odd.sum() <= 13, "the outermost rows of sparse clusters at most"


def test_groups_are_no_anomalies_where_many_rows_are_in_such_groups():
    draw = np.random.default_rng(0)
    centres = draw.normal(scale=50, size=(40, 8))
    points = np.repeat(centres, 12, axis=0) + draw.normal(scale=0.1, size=(480, 8))
    assert (outliers(*graph(points)).group == -1).all()


@pytest.mark.parametrize(("low", "high"), [(0.003, 0.009)])
def test_about_six_of_a_thousand_bell_shaped_scores_are_beyond_the_limit(low, high):
    means = np.random.default_rng(0).normal(10, 1, 20_000).astype(np.float32)
    distances = np.repeat(means[:, None], 30, axis=1)
    rows = (np.arange(20_000)[:, None] + np.arange(1, 31)) % 20_000
    found = outliers(rows.astype(np.int32), distances)
    assert low < found.odd.mean() < high


def test_groups_are_numbered_by_falling_score():
    draw = np.random.default_rng(0)
    near = draw.normal(scale=0.01, size=(4, 3)) + 20
    far = draw.normal(scale=0.01, size=(3, 3)) - 60
    found = outliers(*graph(np.vstack([draw.normal(size=(400, 3)), near, far])))
    assert found.group[400:404].tolist() == [1] * 4
    assert found.group[404:].tolist() == [0] * 3


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_rows_have_finite_scores(n):
    rows = np.array([[x for x in range(n) if x != row] for row in range(n)], dtype=np.int32)
    found = outliers(rows.reshape(n, n - 1), np.full((n, n - 1), 0.5, dtype=np.float32))
    assert np.isfinite(found.scores).all()
    assert not found.odd.any()


def test_rows_that_are_all_the_same_are_no_anomalies():
    rows = np.array([[x for x in range(20) if x != row] for row in range(20)], dtype=np.int32)
    found = outliers(rows, np.zeros((20, 19), dtype=np.float32))
    assert not found.odd.any()
    assert np.isfinite(found.scores).all()


def test_what_many_rows_hold_is_not_odd_however_far_it_is():
    draw = np.random.default_rng(0)
    pile, far = draw.normal(size=(400, 3)), np.array([[30.0, 0, 0], [0, 30.0, 0]])
    rows, distances = graph(np.vstack([pile, far]))
    copies = np.ones(402, dtype=np.int64)
    assert outliers(rows, distances).odd[400:].all()
    copies[400] = 50
    found = outliers(rows, distances, copies)
    assert found.odd[400:].tolist() == [False, True]
    assert found.scores[400] == 0


def test_copies_count_as_the_rows_they_are():
    draw = np.random.default_rng(0)
    points = draw.normal(size=(200, 3))
    copies = np.where(np.arange(200) < 20, 4, 1)
    once = outliers(*graph(points, 60), copies)
    whole = outliers(*graph(np.repeat(points, copies, axis=0), 60))
    first = np.cumsum(copies) - copies
    alone = (once.group < 0) & (whole.group[first] < 0)
    assert alone[copies > 1].sum() > 10
    apart, expected = once.scores * once.usual, whole.scores[first] * whole.usual
    np.testing.assert_allclose(apart[alone], expected[alone], 1e-5)
    np.testing.assert_array_equal(
        outliers(*graph(points)).scores, outliers(*graph(points), np.ones(200, int)).scores
    )


@pytest.mark.parametrize("at_once", [1, 7, 100, 10_000])
@pytest.mark.parametrize("limit", [0.0, 0.05, 0.1, 9.0])
def test_pieces_are_the_same_however_many_links_are_held_at_once(at_once, limit, monkeypatch):
    monkeypatch.setattr(module, "LINKED_ROWS", at_once)
    rows, distances = graph(np.random.default_rng(0).random((400, 2)), k=6)
    near = distances <= limit
    ends = np.concatenate([[0], np.cumsum(near.sum(axis=1))])
    links = sparse.csr_matrix((near[near], rows[near], ends), shape=(400, 400))
    expected = connected_components(links, directed=False)[1]
    assert module._linked(rows, distances, limit).tolist() == expected.tolist()
