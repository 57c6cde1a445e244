import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from shoal.numerics import clusters
from shoal.numerics.clusters import (
    by_size,
    centres,
    members,
    nearest_centre,
    renamed,
    silhouettes,
    sums,
    unit,
)


@pytest.fixture(params=[4096, 7])
def block_rows(request, monkeypatch):
    monkeypatch.setattr(clusters, "BLOCK_ROWS", request.param)


def labels_of(n, n_clusters, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_clusters, n).astype(np.int32)
    labels[rng.random(n) < noise] = -1
    return by_size(labels)


@pytest.mark.usefixtures("block_rows")
@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("n_clusters", [2, 5, 40])
def test_silhouettes_equal_those_of_scikit_learn(unit_rows, n_clusters, noise):
    vectors, labels = unit_rows(120, 10), labels_of(120, n_clusters, noise)
    values, rivals = silhouettes(vectors, labels)
    inside = labels >= 0
    expected = silhouette_samples(vectors[inside], labels[inside], metric="cosine")
    np.testing.assert_allclose(values[inside], expected, atol=1e-6)
    assert np.isnan(values[~inside]).all()
    assert (rivals[~inside] == -1).all()
    assert (rivals[inside] >= 0).all()
    assert (rivals[inside] != labels[inside]).all()


def test_a_cluster_of_one_row_has_silhouette_zero(unit_rows):
    values, rivals = silhouettes(unit_rows(5, 4), np.array([0, 0, 0, 0, 1], dtype=np.int32))
    assert values[4] == 0
    assert rivals.tolist() == [1, 1, 1, 1, 0]


@pytest.mark.parametrize("labels", [[0, 0, 0], [-1, -1, -1], [0, -1, -1]])
def test_silhouettes_of_fewer_than_two_clusters_are_not_defined(unit_rows, labels):
    values, rivals = silhouettes(unit_rows(3, 4), np.array(labels, dtype=np.int32))
    assert np.isnan(values).all()
    assert (rivals == -1).all()


def test_a_label_without_rows_is_nobodys_rival(unit_rows):
    values, rivals = silhouettes(unit_rows(6, 4), np.array([0, 0, 0, 2, 2, 2], dtype=np.int32))
    assert np.isfinite(values).all()
    assert set(rivals.tolist()) == {0, 2}


@pytest.mark.usefixtures("block_rows")
@pytest.mark.usefixtures("block_rows")
def test_sums_and_centres_equal_those_taken_cluster_by_cluster(unit_rows):
    vectors, labels = unit_rows(100, 6), labels_of(100, 8, noise=0.2)
    total = sums(vectors, labels, 9)  # one more than there are
    for cluster in range(8):
        expected = vectors[labels == cluster].astype(np.float64).sum(axis=0)
        np.testing.assert_allclose(total[cluster], expected, atol=1e-12)
    assert (total[8] == 0).all()
    middle = centres(vectors, labels, 9)
    np.testing.assert_allclose(np.linalg.norm(middle[:8], axis=1), 1, atol=1e-6)
    assert (middle[8] == 0).all()
    assert middle.dtype == np.float32


def test_the_nearest_centre_is_the_one_with_the_largest_cosine_and_ties_go_to_the_first():
    centre = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
    rows = np.array([[1, 0], [0, 1], [0.5, 0.5], [0, 0]], dtype=np.float32)
    labels, cosines = nearest_centre(rows, centre)
    assert labels.tolist() == [0, 1, 0, 0]
    assert cosines.tolist() == [1, 1, 0.5, 0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([5, 7, 7, -1], [1, 0, 0, -1]),
        ([3, 1, 3, 1], [0, 1, 0, 1]),
        ([-3, -1], [-1, -1]),
        ([], []),
        ([9], [0]),
    ],
)
def test_by_size_names_the_largest_zero_and_breaks_ties_by_first_appearance(given, expected):
    named = by_size(np.array(given, dtype=np.int64))
    assert named.tolist() == expected
    assert named.dtype == np.int32


def test_by_size_counts_copies_where_they_are_told():
    labels, copies = np.array([3, 3, 7, -1]), np.array([1, 1, 5, 90])
    assert by_size(labels).tolist() == [0, 0, 1, -1]
    assert by_size(labels, copies).tolist() == [1, 1, 0, -1]


def test_renamed_tells_the_old_label_of_each_new_one():
    old_labels = np.array([4, 4, 4, 1, -1, 6, 6], dtype=np.int32)
    new, old = renamed(old_labels)
    assert old.tolist() == [4, 6, 1]
    np.testing.assert_array_equal(old[new[new >= 0]], old_labels[new >= 0])


def test_members_are_the_rows_of_each_cluster():
    labels = np.array([2, -1, 0, 2, 0, 0], dtype=np.int32)
    assert [rows.tolist() for rows in members(labels, 4)] == [[2, 4, 5], [], [0, 3], []]


def test_unit_rows_have_length_one_and_zero_rows_stay_zero():
    rows = unit(np.array([[3, 4], [0, 0], [1e-30, 0], [1e30, 1e30]]))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 0, 1, 1], atol=1e-6)
    assert rows.dtype == np.float32


def test_silhouettes_of_rows_that_nearly_coincide_stay_between_minus_one_and_one():
    rng = np.random.default_rng(0)
    rows = np.hstack([rng.normal(0, 1e-4, (300, 3)), np.ones((300, 1))])
    vectors = unit(rows.astype(np.float32))
    values, _ = silhouettes(vectors, rng.integers(0, 90, 300).astype(np.int32))
    assert (np.abs(values) <= 1).all()
