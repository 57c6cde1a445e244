import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from shoal.numerics.partitions.information import adjusted_mutual_information


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_scikit_learn_gives(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 500))
    one = rng.integers(0, rng.integers(1, 30), n)
    other = np.where(rng.random(n) < rng.random(), one, rng.integers(0, rng.integers(1, 30), n))
    expected = adjusted_mutual_info_score(one, other)
    assert adjusted_mutual_information(one, 5 * other - 9) == pytest.approx(expected, abs=1e-10)


def test_the_same_groups_are_worth_one_and_a_single_group_nothing():
    groups = np.arange(40) % 4
    assert adjusted_mutual_information(groups, 3 - groups) == pytest.approx(1)
    assert adjusted_mutual_information(groups, np.zeros(40, int)) == 0
    assert adjusted_mutual_information(np.ones(40, int), np.zeros(40, int)) == 1
