import numpy as np
import pytest

from shoal.parts.normalizers import NORMALIZERS


@pytest.fixture(params=sorted(NORMALIZERS.parts))
def part(request):
    return NORMALIZERS.build(request.param, {}, seed=0)


def test_rows_have_length_one_and_zero_rows_stay_zero(part):
    rows = np.random.default_rng(0).normal(size=(20, 7)).astype(np.float32) * 100
    rows[3] = 0
    before = rows.copy()
    out = part.transform(rows)
    assert out.dtype == np.float32
    np.testing.assert_allclose(np.delete(np.linalg.norm(out, axis=1), 3), 1, atol=1e-6)
    assert (out[3] == 0).all()
    np.testing.assert_array_equal(rows, before)
    assert isinstance(part.history, tuple)


def test_what_is_normalized_stays_so_and_no_rows_are_no_trouble(part):
    once = part.transform(np.random.default_rng(0).normal(size=(9, 5)).astype(np.float32))
    np.testing.assert_allclose(part.transform(once), once, atol=1e-7)
    assert part.transform(np.empty((0, 5), dtype=np.float32)).shape == (0, 5)
