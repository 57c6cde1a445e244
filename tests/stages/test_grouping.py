"""The cluster stage with parts and with any scikit-learn clusterer."""

import numpy as np
import pytest
from sklearn import cluster as sk
from sklearn.metrics import adjusted_rand_score

from shoal.data import Embeddings, Neighbors
from shoal.errors import BadInput
from shoal.numerics.clusters import mean_silhouette
from shoal.numerics.neighbors import nearest
from shoal.parts.clusterers.communities import Communities
from shoal.stages import cluster
from tests.contracts.conftest import blobs, unit


@pytest.fixture(scope="module")
def given():
    vectors, truth = blobs(spread=0.08)
    scattered = unit(np.random.default_rng(5).normal(size=(12, 32)))
    vectors = np.vstack([vectors, scattered])
    graph = Neighbors(*nearest(vectors, vectors, 20, exclude_itself=True))
    return Embeddings(vectors, ("given",)), graph, truth


OBJECTS = {
    "Birch": sk.Birch(n_clusters=5, threshold=0.3),
    "AffinityPropagation": sk.AffinityPropagation(
        random_state=0, preference=-20, damping=0.8, max_iter=1000
    ),
    "MeanShift": sk.MeanShift(bandwidth=0.9),
    "DBSCAN": sk.DBSCAN(eps=0.75),
    "HDBSCAN": sk.HDBSCAN(min_cluster_size=15, copy=True),
    "KMeans": sk.KMeans(5, random_state=0, n_init=3),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_any_clusterer_of_scikit_learn_is_accepted(given, name):
    vectors, graph, truth = given
    made = OBJECTS[name]
    before = made.get_params()
    found, centres, _ = cluster(vectors, graph, made, "auto")
    assert centres is None
    assert made.get_params() == before
    assert not hasattr(made, "labels_")
    assert found.labels.dtype == np.int32
    assert adjusted_rand_score(truth, found.labels[: len(truth)]) > 0.95
    sizes = np.bincount(found.labels[found.labels >= 0])
    assert (np.diff(sizes) <= 0).all()
    made = f"{found.n_clusters} clusters found by {name}."
    assert (
        found.reason == made or "left out because all of their rows are unassigned" in found.reason
    )
    assert (found.strengths[found.labels < 0] == 0).all()


@pytest.mark.parametrize("name", ["DBSCAN", "HDBSCAN"])
def test_noise_of_a_foreign_clusterer_is_noise_and_can_be_placed(given, name):
    vectors, graph, _ = given
    found, _, _ = cluster(vectors, graph, OBJECTS[name], "auto")
    assert (found.labels == -1).any()
    placed, _, _ = cluster(vectors, graph, OBJECTS[name], "100")
    assert (placed.labels >= 0).all()
    assert placed.reason.count(".") == 1
    assert "assigned to the nearest cluster" in placed.reason


def test_a_cluster_of_rows_with_no_home_is_left_out_and_the_reason_says_so(given):
    vectors, graph, _ = given
    alone = sk.AgglomerativeClustering(17, linkage="single").fit(vectors.vectors).labels_
    assert (np.bincount(alone) == 1).any()
    found, _, _ = cluster(vectors, graph, sk.AgglomerativeClustering(17, linkage="single"), "auto")
    assert found.n_clusters < 17
    assert found.reason == (
        f"17 clusters found by AgglomerativeClustering; {17 - found.n_clusters} clusters left "
        "out because all of their rows are unassigned."
    )
    whole, _, _ = cluster(vectors, graph, sk.AgglomerativeClustering(17, linkage="single"), "100")
    assert whole.n_clusters == 17


def test_the_marks_of_the_layers_are_those_of_the_rows_that_are_left(given):
    vectors, graph, _ = given
    found, _, _ = cluster(vectors, graph, Communities(), "auto")
    assert (found.labels == -1).any()
    for layer in found.layers:
        assert layer.separation == pytest.approx(mean_silhouette(vectors.vectors, layer.labels))


def test_where_no_cluster_was_found_full_coverage_makes_one(given):
    vectors, graph, _ = given
    nothing = sk.DBSCAN(eps=1e-6)
    found, _, _ = cluster(vectors, graph, nothing, "auto")
    assert found.n_clusters == 0
    placed, _, _ = cluster(vectors, graph, nothing, "100")
    assert placed.n_clusters == 1
    assert "assigned to one cluster" in placed.reason


def test_what_is_no_clusterer_is_refused(given):
    vectors, graph, _ = given
    with pytest.raises(BadInput, match="not a scikit-learn clusterer"):
        cluster(vectors, graph, object(), "auto")
    from sklearn.decomposition import PCA

    with pytest.raises(BadInput, match="no labels_"):
        cluster(vectors, graph, PCA(2), "auto")
