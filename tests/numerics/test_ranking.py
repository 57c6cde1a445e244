import numpy as np
import pytest
from scipy.stats import rankdata

from shoal.numerics.ranking import mean_ranks


@pytest.mark.parametrize("shape", [(0,), (1,), (60,), (4, 30), (2, 3, 20)])
def test_equal_values_share_their_rank_and_gaps_have_none(shape):
    rng = np.random.default_rng(0)
    values = rng.integers(-3, 4, shape) / 2
    np.testing.assert_array_equal(mean_ranks(values), rankdata(values, axis=-1))
    values[rng.random(shape) < 0.3] = np.nan
    expected = rankdata(values, axis=-1, nan_policy="omit") if values.size else values
    np.testing.assert_array_equal(mean_ranks(values), expected)


def test_infinite_values_have_a_rank():
    assert mean_ranks(np.array([-np.inf, 1.0, -np.inf, np.inf])).tolist() == [1.5, 3.0, 1.5, 4.0]
