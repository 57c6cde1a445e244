"""Steps of k-means against scikit-learn's from the same centres."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from shoal.numerics import lloyd as module
from shoal.numerics.lloyd import lloyd
from tests.contracts.conftest import unit


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    places = rng.normal(size=(6, 12))
    return unit(places[rng.integers(0, 6, 900)] + rng.normal(0, 0.4, (900, 12))).astype(np.float32)


def test_it_ends_where_scikit_learn_ends(rows):
    start = rows[:6]
    labels, centres, inertia = lloyd(rows, start, 100)
    theirs = KMeans(6, init=start, n_init=1, tol=0.0).fit(rows)
    assert inertia == pytest.approx(theirs.inertia_, rel=1e-3)
    assert (labels == theirs.labels_).mean() > 0.98
    np.testing.assert_allclose(centres, theirs.cluster_centers_, atol=0.05)


def test_the_same_bits_on_any_number_of_threads_and_from_a_map(rows, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "STREAM_ROWS", 64)
    one = lloyd(rows, rows[:6], 10)
    np.save(tmp_path / "rows.npy", rows)
    monkeypatch.setenv("SHOAL_THREADS", "4")
    four = lloyd(np.load(tmp_path / "rows.npy", mmap_mode="r"), rows[:6], 10)
    np.testing.assert_array_equal(one[0], four[0])
    np.testing.assert_array_equal(one[1], four[1])
    assert one[2] == four[2]


def test_a_centre_far_from_all_rows_stays(rows):
    far = np.vstack([rows[:2], np.full((1, 12), 50.0)]).astype(np.float32)
    labels, centres, _ = lloyd(rows, far, 5)
    assert set(labels) == {0, 1}
    np.testing.assert_array_equal(centres[2], far[2])
