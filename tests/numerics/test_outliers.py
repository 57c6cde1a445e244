import numpy as np
import pytest

from shoal.numerics.outliers import far_limit, homeless, outlier_scores, reach


@pytest.mark.parametrize(("k", "column"), [(1, 0), (4, 3), (5, 4), (30, 4)])
def test_the_reach_is_the_distance_of_the_fifth_neighbor_or_the_last(k, column):
    distances = np.sort(np.random.default_rng(0).random((8, k)), axis=1).astype(np.float32)
    np.testing.assert_array_equal(reach(distances), distances[:, column])


def test_without_neighbors_the_reach_is_zero():
    assert reach(np.empty((3, 0), dtype=np.float32)).tolist() == [0, 0, 0]


def test_the_limit_is_four_deviations_above_the_median_of_a_normal_distribution():
    reaches = np.random.default_rng(0).normal(10, 0.5, 20_001).astype(np.float32)
    assert far_limit(reaches) == pytest.approx(12, abs=0.1)


def test_equal_reaches_are_not_far():
    reaches = np.full(9, 0.3, dtype=np.float32)
    assert not (reaches > far_limit(reaches)).any()


def test_only_far_rows_among_strangers_are_homeless():
    far = np.array([True, True, False, False])
    share = np.array([0.1, 0.5, 0.1, 0.9], dtype=np.float32)
    assert homeless(far, share).tolist() == [True, False, False, False]


def test_the_score_tells_how_many_times_farther_than_usual():
    scores = outlier_scores(np.array([0.1, 0.4], dtype=np.float32), 0.2)
    np.testing.assert_allclose(scores, [0.5, 2])
    assert np.isfinite(outlier_scores(np.array([0.0], dtype=np.float32), 0.0)).all()
