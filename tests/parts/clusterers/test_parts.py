"""What is special about each clusterer; what all share is in tests/contracts."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, is_valid_linkage, linkage
from sklearn import cluster
from sklearn.metrics import adjusted_rand_score

from shoal.errors import BadInput, TooFewItems
from shoal.numerics.neighbors import nearest
from shoal.parts.clusterers import CLUSTERERS
from tests.contracts.conftest import blobs, installed, unit

COUNTED = CLUSTERERS.taking("n_clusters")


@pytest.fixture(scope="module")
def groups():
    return blobs()


@pytest.fixture(scope="module")
def uneven():
    """Groups of unlike size and density with scattered rows between them."""
    rng = np.random.default_rng(1)
    parts = [
        centre + rng.normal(0, spread, (size, 12))
        for centre, spread, size in zip(
            rng.normal(size=(6, 12)),
            (0.1, 0.2, 0.15, 0.3, 0.1, 0.2),
            (90, 60, 40, 80, 30, 50),
            strict=True,
        )
    ]
    return unit(np.vstack([*parts, rng.normal(size=(60, 12))]))


def build(name, **params):
    return CLUSTERERS.build(name, params, seed=0)


@pytest.mark.parametrize("name", installed(CLUSTERERS))
def test_the_labels_do_not_depend_on_the_threads(name, uneven, monkeypatch):
    # how k is chosen has a test of its own, in test_choosing_k
    asked = {"n_clusters": 6} if name in COUNTED and name != "communities" else {}
    found = set()
    for threads in ("1", "5"):
        monkeypatch.setenv("SHOAL_THREADS", threads)
        found.add(build(name, **asked).fit(uneven).labels_.tobytes())
    assert len(found) == 1


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("k", [1, 2, 7, 60])
def test_exactly_the_clusters_asked_for_are_made(name, uneven, k):
    model = build(name, n_clusters=k).fit(uneven)
    found = len(np.unique(model.labels_))
    # a Gaussian may be left without a row of its own
    assert found == k or (name == "gaussian_mixture" and k == 60 and 50 < found < k)
    assert str(found) in model.reason_
    assert str(k) in model.reason_


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_as_many_clusters_as_rows_are_made(name, uneven, n):
    model = build(name, n_clusters=n).fit(uneven[:n])
    assert sorted(model.labels_) == list(range(n))


@pytest.mark.parametrize("name", COUNTED)
def test_more_clusters_than_rows_are_refused_with_a_cure(name, uneven):
    with pytest.raises(TooFewItems, match=r"k \(9\) must be at most .*\(4\).*-k"):
        build(name, n_clusters=9).fit(uneven[:4])


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("k", [0, -1, 2.5, True, "3"])
def test_a_number_of_clusters_that_is_none_is_refused(name, uneven, k):
    if name in ("kmeans", "communities") and k is True:
        pytest.skip("counts as one")
    with pytest.raises(BadInput, match="k must be a whole number"):
        build(name, n_clusters=k).fit(uneven)


@pytest.mark.parametrize("name", [n for n in COUNTED if n not in ("agglomerative", "communities")])
def test_where_fewer_rows_differ_than_clusters_are_asked_for_it_is_said(name):
    model = build(name, n_clusters=4).fit(unit(np.repeat(np.eye(2, 8), 20, axis=0)))
    assert 1 <= model.labels_.max() + 1 <= 4
    if model.labels_.max() + 1 < 4:
        assert "instead of 4" in model.reason_ or "2 clusters of 4 Gaussians" in model.reason_


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("minibatch_kmeans", {"batch_size": 0}, "batch_size must be a whole number"),
        ("minibatch_kmeans", {"n_init": 0}, "n_init"),
        ("bisecting_kmeans", {"max_iter": 0}, "max_iter"),
        ("agglomerative", {"linkage": "centroid"}, "ward or average"),
        ("agglomerative", {"n_neighbors": 0}, "n_neighbors"),
        ("agglomerative", {"linkage": "average", "max_memory_gb": 1e-6}, "linkage=ward"),
        ("spectral", {"n_neighbors": 0}, "n_neighbors"),
        ("gaussian_mixture", {"covariance": "round"}, "full, tied, diag, spherical"),
        ("gaussian_mixture", {"n_dims": 0}, "n_dims"),
        ("dbscan", {"eps": 0.0}, "above 0 and at most 2"),
        ("dbscan", {"eps": 3.0}, "above 0 and at most 2"),
        ("dbscan", {"min_samples": 0}, "min_samples"),
        ("hdbscan", {"min_cluster_size": 1}, "at least 2"),
        ("hdbscan", {"min_samples": 0}, "min_samples"),
        ("hdbscan", {"method": "best"}, "eom or leaf"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_is_allowed(name, params, words, uneven):
    with pytest.raises(BadInput, match=words):
        build(name, **params).fit(uneven)


@pytest.mark.parametrize("min_samples", [1, 2, 5, 15])
@pytest.mark.parametrize("size", [5, 20])
@pytest.mark.parametrize("method", ["eom", "leaf"])
def test_hdbscan_finds_what_scikit_learn_finds_on_all_pairs(uneven, min_samples, size, method):
    expected = cluster.HDBSCAN(
        min_cluster_size=size,
        min_samples=min_samples,
        cluster_selection_method=method,
        algorithm="brute",
        copy=True,
    ).fit(uneven.astype(np.float64))
    # fewer neighbors than rows in a group: the tree has to be completed
    shared = nearest(uneven, uneven, 16, exclude_itself=True)
    model = build("hdbscan", min_cluster_size=size, min_samples=min_samples, method=method)
    model.fit(uneven, neighbors=shared)
    if min_samples <= 2:
        assert adjusted_rand_score(expected.labels_, model.labels_) == 1.0
        np.testing.assert_array_equal(expected.labels_ < 0, model.labels_ < 0)
        np.testing.assert_allclose(expected.probabilities_, model.probabilities_, atol=1e-6)
    else:  # rows share core distances: of edges as long, another one may tip a row
        assert expected.labels_.max() == model.labels_.max()
        assert adjusted_rand_score(expected.labels_, model.labels_) > 0.98


def test_hdbscan_takes_the_size_with_the_highest_validity(uneven):
    chosen = build("hdbscan").fit(uneven)
    validities = {
        size: build("hdbscan", min_cluster_size=size).fit(uneven).validity_
        for size in (5, 8, 11, 17)
    }
    assert chosen.min_cluster_size_ in validities
    assert chosen.validity_ == max(validities.values())
    assert f"minimum cluster size of {chosen.min_cluster_size_}" in chosen.reason_


@pytest.mark.parametrize("name", ["hdbscan", "dbscan"])
def test_scattered_rows_are_noise_and_dense_ones_are_not(name, uneven):
    labels = build(name).fit(uneven).labels_
    assert (labels[-60:] == -1).mean() > 2 * (labels[:-60] == -1).mean()


@pytest.mark.parametrize("name", ["hdbscan", "dbscan"])
def test_more_samples_than_the_shared_graph_holds_are_looked_for(name, groups):
    vectors, _ = groups
    few = nearest(vectors, vectors, 3, exclude_itself=True)
    one = build(name, min_samples=12).fit(vectors, neighbors=few)
    other = build(name, min_samples=12).fit(vectors)
    np.testing.assert_array_equal(one.labels_, other.labels_)


def test_dbscan_finds_its_radius_on_the_curve_and_keeps_one_that_is_given(uneven):
    found = build("dbscan").fit(uneven)
    _, distances = nearest(uneven, uneven, 4, exclude_itself=True)
    assert found.eps_ in distances[:, 3]
    assert "bend upward" in found.reason_
    given = build("dbscan", eps=0.05).fit(uneven)
    assert given.eps_ == 0.05
    assert "0.05, given" in given.reason_


def test_ward_with_all_rows_as_neighbors_is_scipys(uneven):
    model = build("agglomerative", n_clusters=6, n_neighbors=len(uneven) - 1).fit(uneven)
    expected = linkage(uneven.astype(np.float64), "ward")
    np.testing.assert_allclose(model.linkage_[:, 2], expected[:, 2], rtol=1e-5)
    assert adjusted_rand_score(fcluster(expected, 6, "maxclust"), model.labels_) == 1.0


def test_average_linkage_is_scipys_by_cosine(uneven):
    model = build("agglomerative", n_clusters=6, linkage="average").fit(uneven)
    expected = linkage(uneven.astype(np.float64), "average", "cosine")
    np.testing.assert_allclose(model.linkage_[:, 2], expected[:, 2], atol=1e-6)
    assert adjusted_rand_score(fcluster(expected, 6, "maxclust"), model.labels_) == 1.0


@pytest.mark.parametrize("method", ["ward", "average"])
def test_the_tree_can_be_drawn_and_its_cuts_are_the_layers(uneven, method):
    model = build("agglomerative", n_clusters=6, linkage=method).fit(uneven)
    assert is_valid_linkage(model.linkage_)
    assert [layer.n_clusters for layer in model.layers_] == [48, 24, 12, 6, 3]
    assert model.chosen_ == 3


def test_a_kept_tree_is_cut_as_a_new_one(uneven):
    first = build("agglomerative", n_clusters=6).fit(uneven)
    again = build("agglomerative", n_clusters=9).fit(uneven, hierarchy=first.hierarchy_)
    anew = build("agglomerative", n_clusters=9).fit(uneven)
    np.testing.assert_array_equal(again.labels_, anew.labels_)
    assert again.linkage_ is first.hierarchy_["linkage"]


def test_a_merge_is_put_no_lower_than_the_one_before(uneven):
    heights = build("agglomerative", n_clusters=2, n_neighbors=2).fit(uneven).linkage_[:, 2]
    assert (np.diff(heights) >= 0).all()


def test_ward_joins_a_graph_in_pieces():
    vectors = unit(np.vstack([np.eye(4, 8) * 1.0 + 0.01 * row for row in np.eye(8)] * 4))
    model = build("agglomerative", n_clusters=4, n_neighbors=2).fit(vectors)
    assert len(np.unique(model.labels_)) == 4
    assert is_valid_linkage(model.linkage_)


def test_a_mixture_tells_a_wide_group_from_a_tight_one_where_k_means_halves():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 3)) * np.repeat([0.03, 0.3], 200)[:, None]
    truth = np.repeat([0, 1], 200)
    rows[truth == 1, 0] += 0.5
    vectors = unit(np.hstack([rows, np.ones((400, 1))]))
    mixed = build("gaussian_mixture", n_clusters=2).fit(vectors).labels_
    halved = build("kmeans", n_clusters=2).fit(vectors).labels_
    assert adjusted_rand_score(truth, mixed) > 0.95 > 0.8 > adjusted_rand_score(truth, halved)


def test_a_mixture_keeps_fewer_dimensions_where_a_cluster_has_few_rows(uneven, monkeypatch):
    from shoal.parts.clusterers import gaussian_mixture

    kept = []
    principal = gaussian_mixture._principal

    def counting(X, n_dims):
        kept.append(n_dims)
        return principal(X, n_dims)

    monkeypatch.setattr(gaussian_mixture, "_principal", counting)
    for k in (2, 12, 40):
        build("gaussian_mixture", n_clusters=k).fit(uneven)
    assert kept == [12, 8, 2]


def test_spectral_follows_a_chain_that_k_means_cuts():
    angle = np.linspace(0, 2.5, 150)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(150)], axis=1)
    pole = np.array([0, 0, 1.0]) + np.random.default_rng(0).normal(0, 0.05, (50, 3))
    vectors, truth = unit(np.vstack([ring, pole])), np.repeat([0, 1], [150, 50])
    labels = build("spectral", n_clusters=2, n_neighbors=8).fit(vectors).labels_
    assert adjusted_rand_score(truth, labels) == 1.0


def test_spectral_without_iteration_finds_the_same(groups, monkeypatch):
    from shoal.parts.clusterers import spectral

    vectors, truth = groups
    direct = build("spectral", n_clusters=5).fit(vectors).labels_
    monkeypatch.setattr(spectral, "DENSE_ROWS", 0)
    iterated = build("spectral", n_clusters=5).fit(vectors).labels_
    np.testing.assert_array_equal(direct, iterated)
    assert adjusted_rand_score(truth, direct) == 1.0


def test_thousands_of_clusters_start_from_random_rows_and_come_near_careful_starts():
    vectors = unit(np.random.default_rng(0).normal(size=(6000, 6)))
    many = CLUSTERERS.build("kmeans", {"n_clusters": 1200}, seed=0).fit(vectors)
    careful = cluster.KMeans(1200, n_init=1, random_state=0).fit(vectors)
    centres = unit(careful.cluster_centers_)[careful.labels_]
    assert len(many.centres_) > 1150
    near = [(1 - (vectors * c).sum(axis=1)).sum() for c in (many.centres_[many.labels_], centres)]
    assert near[0] < 1.15 * near[1]
