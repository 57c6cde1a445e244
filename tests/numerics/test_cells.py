"""Which cells a row looks into: the nearest ones, as many as a margin leaves."""

import numpy as np
import pytest

from shoal.numerics.ivf import lists as module
from shoal.numerics.ivf.lists import find_probes, make_lists
from tests.contracts.conftest import unit

N_CELLS = 400


@pytest.fixture(scope="module")
def rows():
    """3,000 rows around 60 places."""
    rng = np.random.default_rng(1)
    places = unit(rng.normal(size=(60, 12)))
    out = unit(places[rng.integers(0, 60, 3000)] + rng.normal(0, 0.2, (3000, 12)))
    return out.astype(np.float32)


@pytest.fixture(scope="module")
def lists(rows):
    """Too many for a row to be compared with all of them."""
    found = make_lists(rows, N_CELLS)
    assert found.near.shape[1] < N_CELLS
    return found


def test_looks_are_all_cells_within_the_margin_nearest_first(rows, lists):
    probes = find_probes(rows, lists, 0.2)
    below = lists.below_the_nearest(rows)
    for row in range(0, 3000, 37):
        found, counts = probes.of(np.array([row]))
        assert counts.tolist() == [len(found)]
        assert set(found.tolist()) == set(np.flatnonzero(below[row] <= 0.2).tolist())
        assert (np.diff(below[row, found]) >= -1e-6).all()
    assert probes.home.shape == (3000,)


def test_what_a_row_is_not_compared_with_is_infinitely_far(rows, lists):
    below = lists.below_the_nearest(rows[:50])
    assert (np.isfinite(below).sum(axis=1) == lists.near.shape[1]).all()
    assert (below.min(axis=1) == 0).all()


def test_being_compared_with_some_cells_seldom_misses_the_nearest(rows, lists):
    nearest = (rows @ lists.centres.T).argmax(axis=1)
    assert (find_probes(rows, lists, 0.0).home == nearest).mean() > 0.97


def test_wider_cells_are_at_last_all_of_them(lists):
    width = lists.near.shape[1]
    assert lists.wider().near.shape[1] == min(2 * width, N_CELLS)
    wide = lists.wider().wider().wider()
    np.testing.assert_array_equal(wide.near, np.tile(np.arange(N_CELLS), (len(lists.groups), 1)))


def test_every_row_looks_into_so_many_at_least(rows, lists):
    probes = find_probes(rows, lists, 0.0, least=5)
    assert np.diff(probes.borders).min() >= 5
    np.testing.assert_array_equal(probes.home, find_probes(rows, lists, 0.0).home)
    more = find_probes(rows, lists, 0.0, least=10 * N_CELLS)
    assert (np.diff(more.borders) == lists.near.shape[1]).all()


@pytest.mark.parametrize("block_rows", [100, 8192])
def test_any_number_of_threads_finds_the_same(rows, lists, monkeypatch, block_rows):
    monkeypatch.setattr(module, "STREAM_ROWS", block_rows)
    one, four = (find_probes(rows, lists, 0.1, 2, n_threads) for n_threads in (1, 4))
    np.testing.assert_array_equal(one.lists, four.lists)
    np.testing.assert_array_equal(one.borders, four.borders)


def test_the_cells_of_several_rows_come_one_after_the_other(rows, lists):
    probes = find_probes(rows, lists, 0.3)
    wanted = np.array([7, 3, 2999])
    found, counts = probes.of(wanted)
    parts = np.split(found, np.cumsum(counts)[:-1])
    for row, part in zip(wanted, parts, strict=True):
        np.testing.assert_array_equal(
            part, probes.lists[probes.borders[row] : probes.borders[row + 1]]
        )
