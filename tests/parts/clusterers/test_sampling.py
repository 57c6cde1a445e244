"""The default clusterer on a sample: the way of a million rows, tried on 2,000."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from shoal.errors import BadInput
from shoal.numerics.graph import averaged
from shoal.numerics.neighbors import nearest
from shoal.numerics.samples import even_sample
from shoal.parts.clusterers import kmeans
from shoal.parts.clusterers.communities import Communities
from shoal.parts.clusterers.sampling import all_kept, place, shares
from tests.contracts.conftest import unit


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    groups = unit(rng.normal(size=(5, 24)))
    truth = np.repeat(np.arange(5), [800, 500, 400, 200, 100])
    return unit(groups[truth] + rng.normal(0, 0.1, (2000, 24))).astype(np.float32), truth


@pytest.fixture(scope="module")
def model(rows):
    return Communities(sample_rows=500).fit(rows[0])


def test_what_a_sample_tells_holds_for_all_rows(rows, model):
    assert adjusted_rand_score(rows[1], model.labels_) > 0.95
    assert "sample of 500 of the 2,000 rows" in model.reason_
    assert len(model.labels_) == 2000
    assert len(model.stabilities_) == model.labels_.max() + 1


def test_layers_nest_and_the_chosen_one_is_the_labels(model):
    np.testing.assert_array_equal(model.layers_[model.chosen_].labels, model.labels_)
    for fine, coarse in zip(model.layers_, model.layers_[1:], strict=False):
        pairs = np.unique(np.stack([fine.labels, coarse.labels]), axis=1)
        assert len(np.unique(pairs[0])) == pairs.shape[1]
        assert fine.n_clusters == fine.labels.max() + 1


def test_labels_do_not_depend_on_the_threads(rows, model, monkeypatch):
    monkeypatch.setenv("SHOAL_THREADS", "5")
    again = Communities(sample_rows=500).fit(rows[0])
    np.testing.assert_array_equal(again.labels_, model.labels_)
    assert again.reason_ == model.reason_


def test_another_cut_takes_the_hierarchy_of_the_sample(rows, model):
    new = Communities(sample_rows=500, n_clusters=3).fit(rows[0])
    again = Communities(sample_rows=500, n_clusters=3).fit(rows[0], hierarchy=model.hierarchy_)
    assert len(np.unique(new.labels_)) == 3
    np.testing.assert_array_equal(again.labels_, new.labels_)


def test_exactly_as_many_as_asked_for(rows):
    labels = Communities(sample_rows=400, n_clusters=200).fit(rows[0]).labels_
    assert len(np.unique(labels)) == 200


def test_a_sample_of_what_falls_into_no_clusters_is_one():
    same = np.tile(unit(np.ones((1, 8))), (300, 1)).astype(np.float32)
    model = Communities(sample_rows=100).fit(same)
    np.testing.assert_array_equal(model.labels_, np.zeros(300))


def test_a_row_goes_where_its_averaged_vector_is_nearest(rows):
    vectors, _ = rows
    found, distances = nearest(vectors, vectors, 10, exclude_itself=True)
    around = shares(found, distances, slice(0, len(found)))
    np.testing.assert_allclose(np.asarray(around.sum(axis=1)).ravel(), 1, atol=1e-5)
    centre = unit(np.random.default_rng(1).normal(size=(70, 24))).astype(np.float32)
    smooth = np.asarray(around @ (around @ vectors))
    expected = (smooth @ centre.T).argmax(axis=1)
    assert (place(vectors, found, distances, centre, 2) == expected).mean() > 0.999
    assert averaged(vectors, around, 0).shape == vectors.shape


def test_a_cluster_left_empty_gets_its_rows_of_the_sample_back():
    placed = np.zeros(6, dtype=np.int32)
    kept = all_kept(placed, np.array([1, 4]), np.array([0, 1], dtype=np.int32))
    np.testing.assert_array_equal(kept, [0, 0, 0, 0, 1, 0])


def test_a_sample_is_even_and_of_the_seed():
    one, again, other = (even_sample(1000, 100, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    np.testing.assert_array_equal(one // 10, np.arange(100))


def test_a_sample_too_small_is_refused(rows):
    with pytest.raises(BadInput, match="sample_rows must be a whole number of at least 4"):
        Communities(sample_rows=2).fit(rows[0])


@pytest.mark.parametrize("many", [1000, 3])
def test_k_means_of_more_rows_than_the_sample_is_as_good(rows, monkeypatch, many):
    monkeypatch.setattr(kmeans, "MANY", many)
    vectors, _ = rows
    whole = kmeans.KMeans(5, seed=1).fit(vectors)
    part = kmeans.KMeans(5, sample_rows=300, seed=1).fit(vectors)

    def inertia(model):
        return ((vectors - model.centres_[model.labels_]) ** 2).sum()

    assert inertia(part) <= 1.15 * inertia(whole)
    monkeypatch.setenv("SHOAL_THREADS", "4")
    again = kmeans.KMeans(5, sample_rows=300, seed=1).fit(vectors)
    np.testing.assert_array_equal(part.labels_, again.labels_)
