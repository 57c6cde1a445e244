import numpy as np
import pytest

from shoal.numerics.clusters import unit
from shoal.parts.describers.exemplars import borderline, diverse, typical


def test_the_most_typical_row_is_the_nearest_to_the_centre_and_the_others_differ_from_it():
    centre = np.array([1, 0, 0, 0], dtype=np.float32)
    rows = unit(
        np.array([[1, 1.2, 0, 0], [1, 0, 1, 0], [1, 0, 1.01, 0], [1, 0, 0, 1.3], [0, 1, 1, 0]])
    )
    # row 2 repeats row 1, and row 4 has nothing of the centre
    assert typical(rows, centre, 3).tolist() == [1, 0, 3]


@pytest.mark.parametrize("n_rows", [1, 2, 5, 100])
def test_no_row_is_picked_twice(n_rows):
    rows = unit(np.random.default_rng(0).normal(size=(n_rows, 6)))
    picked = typical(rows, unit(rows.sum(axis=0, keepdims=True))[0], 5).tolist()
    assert len(picked) == len(set(picked)) == min(5, n_rows)


def test_rows_that_are_all_the_same_are_picked_once_each():
    rows = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (8, 1))
    assert len(set(typical(rows, rows[0], 5).tolist())) == 5


def test_diverse_rows_begin_with_the_farthest_from_the_mean_and_are_unlike_each_other():
    rows = unit(np.array([[1, 0, 0], [1, 0.1, 0], [1, 0, 0.1], [0, 1, 0], [0, 0.1, 1], [1, 0, 0]]))
    assert diverse(rows, 3).tolist() == [3, 0, 4]


@pytest.mark.parametrize("n_rows", [1, 3, 100])
def test_no_diverse_row_is_picked_twice(n_rows):
    rows = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (n_rows, 1))
    assert len(set(diverse(rows, 5).tolist())) == len(diverse(rows, 5)) == min(5, n_rows)


def test_the_borderline_rows_are_the_worst_below_the_median():
    values = np.array([0.9, np.nan, 0.1, 0.5, 0.4, 0.2])
    assert borderline(values, np.array([0, 2, 3, 4, 5]), 3).tolist() == [2, 5]


@pytest.mark.parametrize("values", [[0.1, 0.2], [np.nan, np.nan, np.nan], [0.3, 0.3, 0.3]])
def test_where_nothing_stands_out_no_row_is_borderline(values):
    assert len(borderline(np.array(values), np.arange(len(values)), 3)) == 0
