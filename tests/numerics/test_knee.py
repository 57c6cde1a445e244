"""Where a curve bends."""

import numpy as np
import pytest

from shoal.numerics.stats.knee import depth, knee


def test_a_kink_is_found_where_it_is():
    xs = np.arange(11.0)
    ys = np.maximum(10.0 - 3.0 * xs, 1.0 - 0.1 * (xs - 3.0))
    assert knee(xs, ys) == 3


def test_the_distance_is_measured_from_the_line_through_the_ends():
    ys = np.array([8.0, 2.0, 1.0, 0.0])
    np.testing.assert_allclose(depth(np.array([0.0, 1, 2, 4]), ys), [0, 4 / 8, 3 / 8, 0])


@pytest.mark.parametrize(
    "ys",
    [[3.0, 2.0, 1.0, 0.0], [3.0, 2.9, 2.0, 0.0], [1.0, 1.0, 1.0, 1.0], [1.0, 0.0], [1.0], []],
    ids=["straight", "bent the other way", "flat", "two points", "one point", "nothing"],
)
def test_there_is_no_knee_where_nothing_lies_below_the_line(ys):
    assert knee(np.arange(float(len(ys))), np.array(ys)) is None


def test_units_do_not_move_the_knee():
    rng = np.random.default_rng(0)
    for _ in range(20):
        ys = np.sort(rng.exponential(size=30))[::-1]
        xs = np.cumsum(rng.uniform(0.1, 1.0, 30))
        assert knee(xs, ys) == knee(5.0 * xs + 2.0, 1e-3 * ys - 7.0)
