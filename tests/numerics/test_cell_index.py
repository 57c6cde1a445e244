"""Neighbors of new vectors in cells that were chosen for others."""

import numpy as np
import pytest

from shoal.numerics.ivf.index import IVFIndex
from shoal.numerics.ivf.probes import choose_lists
from shoal.numerics.neighbors import nearest
from tests.contracts.conftest import unit


@pytest.fixture(scope="module")
def rows():
    """3,000 rows around 50 places, and 300 new ones."""
    rng = np.random.default_rng(2)
    places = unit(rng.normal(size=(50, 16)))
    out = unit(places[rng.integers(0, 50, 3300)] + rng.normal(0, 0.2, (3300, 16)))
    return out[:3000].astype(np.float32), out[3000:].astype(np.float32)


@pytest.fixture(scope="module")
def index(rows):
    return IVFIndex.of(choose_lists(rows[0], 15))


def test_new_vectors_find_nearly_all_of_their_neighbors(rows, index):
    base, new = rows
    found, distances = index.nearest(new, base, 15)
    truth, exact = nearest(new, base, 15)
    assert np.mean([np.isin(t, f).mean() for t, f in zip(truth, found, strict=True)]) > 0.9
    assert (distances >= exact - 1e-6).all()
    assert (np.diff(distances, axis=1) >= 0).all()
    np.testing.assert_allclose(distances, 1 - np.einsum("ij,ikj->ik", new, base[found]), atol=1e-6)


def test_a_row_itself_is_its_nearest(rows, index):
    found, distances = index.nearest(rows[0][:200], rows[0], 1)
    np.testing.assert_array_equal(found[:, 0], np.arange(200))
    np.testing.assert_allclose(distances, 0, atol=1e-6)


def test_what_was_saved_finds_the_same_from_a_map(rows, index, tmp_path):
    np.savez(tmp_path / "cells.npz", **index.arrays())
    np.save(tmp_path / "base.npy", rows[0])
    with np.load(tmp_path / "cells.npz") as file:
        restored = IVFIndex.restored(dict(file))
    mapped = np.load(tmp_path / "base.npy", mmap_mode="r")
    for one, other in zip(
        restored.nearest(rows[1], mapped, 15), index.nearest(rows[1], rows[0], 15), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_how_many_are_asked_at_once_makes_no_difference(rows, index, monkeypatch):
    expected = index.nearest(rows[1], rows[0], 15)
    monkeypatch.setattr("shoal.numerics.ivf.index.NEIGHBOR_ROWS", 7)
    monkeypatch.setenv("SHOAL_THREADS", "3")
    found = index.nearest(rows[1], rows[0], 15)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], atol=1e-6)


def test_more_neighbors_than_a_cell_has_rows(rows, index):
    found, distances = index.nearest(rows[1][:5], rows[0], 500)
    assert np.isfinite(distances).all()
    assert all(len(set(row)) == 500 for row in found.tolist())
    none = index.nearest(np.empty((0, 16), np.float32), rows[0], 3)
    assert none[0].shape == (0, 3)
