"""Density-based validity against the definition, written out pair by pair."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.numerics.density import dbcv as density
from shoal.numerics.density.dbcv import density_validity


def by_definition(vectors, labels):
    """Sparseness, separation and validity with all distances in one table, Kruskal's trees."""
    wide, n_clusters = vectors.astype(np.float64), labels.max() + 1
    apart = np.sqrt(((wide[:, None] - wide) ** 2).sum(axis=2)).clip(1e-6)
    core, inner = np.full(len(wide), np.nan), np.zeros(len(wide), dtype=bool)
    sparseness = np.full(n_clusters, np.nan)
    for cluster in range(n_clusters):
        rows = np.nonzero(labels == cluster)[0]
        if len(rows) > 1:
            sparseness[cluster], inside = tree(rows, apart, core, wide.shape[1])
            inner[inside] = True
    separation = np.full(n_clusters, np.nan)
    for cluster in range(n_clusters):
        ours, theirs = inner & (labels == cluster), inner & (labels != cluster)
        if ours.any() and theirs.any():
            reach = np.maximum(apart[np.ix_(ours, theirs)], core[theirs])
            separation[cluster] = np.maximum(reach, core[ours, None]).min()
    larger = np.maximum(separation, sparseness)
    return sparseness, separation, (separation - sparseness) / larger


def tree(rows, apart, core, n_dims):
    """The longest inner edge of a cluster, and its inner nodes; fills in core distances."""
    for row in rows:
        # in floats of any size: d ** -n_dims overflows
        powers = np.power(apart[row, rows[rows != row]].astype(np.longdouble), -n_dims)
        core[row] = powers.mean() ** np.longdouble(-1 / n_dims)
    edges = sorted(
        (max(core[i], core[j], apart[i, j]), apart[i, j], i, j)
        for place, i in enumerate(rows)
        for j in rows[place + 1 :]
    )
    root = {row: {row} for row in rows}
    chosen = []
    for length, _, i, j in edges:
        if root[i] is not root[j]:
            root[i] |= root[j]
            root.update(dict.fromkeys(root[j], root[i]))
            chosen.append((length, i, j))
    ends = [end for edge in chosen for end in edge[1:]]
    inside = [row for row in rows if ends.count(row) > 1] or list(rows)
    within = [length for length, i, j in chosen if i in inside and j in inside]
    return max(within or [length for length, _, _ in chosen]), inside


def some(seed, n, n_dims, n_clusters, gap):
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, n_clusters, n)
    centre = rng.normal(size=(n_clusters + 1, n_dims)) * gap
    vectors = (rng.normal(size=(n, n_dims)) + centre[labels]).astype(np.float32)
    return vectors, np.asarray(np.unique(labels, return_inverse=True)[1] - 1, dtype=np.int32)


def check(vectors, labels):
    found = density_validity(vectors, labels)
    expected = by_definition(vectors, labels)
    measured = (found.sparseness, found.separation, found.validity)
    for name, one, other in zip(
        ("sparseness", "separation", "validity"), measured, expected, strict=True
    ):
        np.testing.assert_allclose(one, other, atol=2e-3, err_msg=name)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(20, 110),
    n_dims=st.sampled_from([2, 8, 384]),
    n_clusters=st.integers(2, 5),
    gap=st.sampled_from([0.0, 1.0, 4.0]),
)
def test_it_is_what_the_definition_says(seed, n, n_dims, n_clusters, gap):
    vectors, labels = some(seed, n, n_dims, n_clusters, gap)
    if np.count_nonzero(np.bincount(labels[labels >= 0]) > 1) > 1:  # else nothing is measured
        check(vectors, labels)


@pytest.mark.parametrize(("n_dims", "listed"), [(2, 1), (2, 3), (50, 1), (50, 2)])
def test_few_listed_neighbors_cost_time_and_change_nothing(n_dims, listed, monkeypatch):
    vectors, labels = some(1, 150, n_dims, 2, 1.0)
    whole = density_validity(vectors, labels)
    monkeypatch.setattr(density, "LISTED", listed)
    monkeypatch.setattr(density, "BLOCK_CELLS", 300)  # many blocks, of a few rows each
    found = density_validity(vectors, labels)
    np.testing.assert_allclose(found.validity, whole.validity, atol=1e-4)


def test_clusters_far_apart_are_near_one_and_mixed_ones_below_zero():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 100).astype(np.int32)
    far = np.concatenate([rng.normal(0, 0.1, (100, 3)), rng.normal(9, 0.1, (100, 3))])
    assert (density_validity(far.astype(np.float32), labels).validity > 0.9).all()
    mixed = rng.normal(size=(200, 3)).astype(np.float32)
    assert (density_validity(mixed, labels).validity < 0).all()


def test_equal_rows_are_dense_and_not_infinitely_so():
    vectors = np.repeat(np.eye(2, dtype=np.float32), 30, axis=0)
    found = density_validity(vectors, np.repeat([0, 1], 30).astype(np.int32))
    assert found.sparseness == pytest.approx([1e-6, 1e-6])
    assert found.validity == pytest.approx([1, 1], abs=1e-5)


def test_a_single_row_is_noise_and_a_lone_cluster_has_nothing_to_compare():
    vectors, labels = some(0, 60, 4, 2, 3.0)
    single = np.append(labels, np.int32(2))
    with_single = density_validity(np.vstack([vectors, vectors[:1]]), single)
    assert np.isnan(with_single.validity).tolist() == [False, False, True]
    assert with_single.validity[:2] == pytest.approx(density_validity(vectors, labels).validity)
    assert np.isnan(density_validity(vectors, np.zeros(60, dtype=np.int32)).validity).all()
    assert len(density_validity(vectors, np.full(60, -1, dtype=np.int32)).validity) == 0


def test_the_bits_do_not_depend_on_the_threads(monkeypatch):
    vectors, labels = some(3, 400, 30, 4, 0.5)
    monkeypatch.setattr(density, "BLOCK_CELLS", 5000)
    found = []
    for threads in ("1", "4"):
        monkeypatch.setitem(os.environ, "SHOAL_THREADS", threads)
        found.append(density_validity(vectors, labels).validity.tobytes())
    assert found[0] == found[1]


def test_memory_stays_linear_in_the_rows(monkeypatch):
    import tracemalloc

    monkeypatch.setattr(density, "BLOCK_CELLS", 1 << 16)
    peaks = []
    for n in (1000, 4000):
        vectors, labels = some(0, n, 4, 2, 1.0)
        tracemalloc.start()
        density_validity(vectors, labels)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # all pairs would be sixteen times as many
    assert peaks[1] < 7 * peaks[0]
