import numpy as np
import pytest

from shoal.parts.metrics import density
from shoal.parts.metrics.density import validity


def two_blobs(n, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n).astype(np.int32)
    return rng.normal(labels[:, None] * 4, 1, (n, 6)).astype(np.float32), labels


def test_all_rows_are_looked_at_up_to_a_size_and_samples_beyond(monkeypatch):
    vectors, labels = two_blobs(400)
    exact = validity(vectors, labels)
    assert (exact.low, exact.high, exact.n_items) == (None, None, None)
    monkeypatch.setattr(density, "EXACT_ROWS", 300)
    monkeypatch.setattr(density, "SAMPLE_ROWS", 200)
    sampled = validity(vectors, labels)
    assert sampled.n_items == 200
    assert sampled.low < sampled.value < sampled.high
    assert validity(vectors, labels).value == sampled.value
    # fewer rows leave more room between clusters
    assert sampled.value > exact.value
    assert sampled.clusters == pytest.approx(exact.clusters, abs=0.25)


def test_noise_weighs_on_the_index_and_not_on_the_clusters():
    vectors, labels = two_blobs(200)
    far = np.full((50, 6), 100, dtype=np.float32) + np.arange(50, dtype=np.float32)[:, None]
    with_noise = validity(np.vstack([vectors, far]), np.append(labels, np.full(50, -1, np.int32)))
    alone = validity(vectors, labels)
    assert with_noise.clusters == pytest.approx(alone.clusters, abs=1e-5)
    assert with_noise.value == pytest.approx(alone.value * 200 / 250, abs=1e-5)


def test_a_sample_with_few_rows_of_each_cluster_says_nothing(monkeypatch):
    vectors, _ = two_blobs(400)
    monkeypatch.setattr(density, "EXACT_ROWS", 300)
    monkeypatch.setattr(density, "SAMPLE_ROWS", 200)
    many = (np.arange(400) % 100).astype(np.int32)
    assert validity(vectors, many).value is None


def test_a_sample_without_a_cluster_measures_the_others(monkeypatch):
    vectors, labels = two_blobs(400)
    monkeypatch.setattr(density, "EXACT_ROWS", 300)
    monkeypatch.setattr(density, "SAMPLE_ROWS", 40)
    labels[7] = 2  # one row: it is never two in a sample
    found = validity(vectors, labels)
    assert np.isfinite(found.clusters).tolist() == [True, True, False]
    assert found.value is not None
