"""Stability of clusterers that give none by themselves."""

import numpy as np
import pytest
from sklearn import cluster as sk

from shoal.data import Embeddings, Neighbors
from shoal.numerics.neighbors import nearest
from shoal.parts.clusterers.communities import Communities
from shoal.parts.clusterers.kmeans import KMeans
from shoal.stages import cluster, with_stability
from tests.contracts.conftest import blobs, unit


def measured(vectors, clusterer):
    given = (
        Embeddings(vectors, ("given",)),
        Neighbors(*nearest(vectors, vectors, 20, exclude_itself=True)),
    )
    found = cluster(*given, clusterer, "auto")[0]
    again = with_stability(found, *given, clusterer, "auto", 0)
    np.testing.assert_array_equal(again.labels, found.labels)
    return found, again.layers[again.chosen]


@pytest.mark.parametrize("clusterer", [KMeans(), sk.AgglomerativeClustering(5), sk.DBSCAN(0.75)])
def test_clusters_that_are_there_are_found_again(clusterer):
    _, layer = measured(blobs(spread=0.08)[0], clusterer)
    assert layer.stability == pytest.approx(1.0)
    assert layer.stability_low <= layer.stability <= layer.stability_high


def test_clusters_cut_from_noise_are_not():
    noise = unit(np.random.default_rng(0).normal(size=(200, 24)))
    _, layer = measured(noise, KMeans(6))
    assert layer.stability < 0.5


def test_what_has_a_stability_or_one_cluster_is_left_as_it_is():
    vectors = blobs(spread=0.08)[0]
    found, layer = measured(vectors, Communities())
    assert layer is found.layers[found.chosen]
    assert measured(vectors, KMeans(1))[1].stability is None
