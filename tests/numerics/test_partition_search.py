"""Neighbors sought in cells: right where all cells are looked into, honest where not."""

import numpy as np
import pytest

from shoal.numerics.ivf import lists as lists
from shoal.numerics.ivf import probes as choosing_cells
from shoal.numerics.ivf import search as partition_search
from shoal.numerics.ivf.lists import find_probes, make_lists
from shoal.numerics.ivf.probes import parted
from shoal.numerics.ivf.search import nearest_at_any_size, nearest_in_partition, search_block
from shoal.numerics.neighbors import nearest
from shoal.numerics.scratch import file_scratch
from tests.contracts.conftest import unit


@pytest.fixture(scope="module")
def rows():
    """2,000 rows around 40 places, with noise and exact repeats."""
    rng = np.random.default_rng(0)
    places = unit(rng.normal(size=(40, 16)))
    out = unit(places[rng.integers(0, 40, 2000)] + rng.normal(0, 0.25, (2000, 16)))
    out[1500:1520] = out[0]
    return out.astype(np.float32)


def test_every_row_is_in_one_cell(rows):
    partition = parted(find_probes(rows, make_lists(rows, 30), 0.0).home, 30)
    np.testing.assert_array_equal(np.sort(partition.order), np.arange(2000))
    found = np.concatenate([partition.rows(list_) for list_ in range(30)])
    np.testing.assert_array_equal(found, partition.order)
    np.testing.assert_array_equal(
        [len(partition.rows(list_)) for list_ in range(30)], partition.sizes
    )


def test_looking_into_all_cells_is_exact_search(rows):
    probes = find_probes(rows, make_lists(rows, 20), 2.0)
    partition = parted(probes.home, 20)
    looked, counts = probes.of(np.arange(300))
    assert (counts == 20).all()

    def list_rows(list_):
        return partition.rows(list_), rows[partition.rows(list_)]

    cosines, found = search_block(rows[:300], np.arange(300), looked, counts, list_rows, 12)
    expected_rows, expected = nearest(rows, rows, 12, exclude_itself=True)
    np.testing.assert_allclose(1 - cosines, expected[:300], atol=1e-6)
    assert not (found == np.arange(300)[:, None]).any()
    assert (found == expected_rows[:300]).mean() > 0.95  # equal distances may change places


def test_the_recall_that_is_told_is_what_is_found(rows):
    search = nearest_in_partition(rows, 15, recall=0.9)
    truth, _ = nearest(rows, rows, 15, exclude_itself=True)
    both = [np.isin(t, f).mean() for t, f in zip(truth, search.rows, strict=True)]
    assert search.n_probes < search.n_cells
    assert np.mean(both) == pytest.approx(search.recall, abs=0.03)
    assert search.recall > 0.87
    assert (np.diff(search.distances, axis=1) >= 0).all()
    assert not (search.rows == np.arange(2000)[:, None]).any()


def test_more_is_looked_at_where_more_is_wanted(rows):
    few, many = (nearest_in_partition(rows, 15, recall=share) for share in (0.6, 0.99))
    assert few.n_probes < many.n_probes
    assert few.recall < many.recall


@pytest.mark.parametrize("block_rows", [64, 8192])
def test_the_same_bits_on_any_number_of_threads(rows, monkeypatch, block_rows):
    monkeypatch.setattr(lists, "STREAM_ROWS", block_rows)
    monkeypatch.setattr(partition_search, "MAX_SEARCHED", block_rows)
    one, four = (nearest_in_partition(rows, 15, n_threads=threads) for threads in (1, 4))
    np.testing.assert_array_equal(one.rows, four.rows)
    np.testing.assert_array_equal(one.distances, four.distances)


@pytest.mark.parametrize("n", [3, 7, 40])
def test_few_rows_and_equal_rows_have_neighbors_too(n):
    same = np.tile(unit(np.ones((1, 4))), (n, 1)).astype(np.float32)
    search = nearest_in_partition(same, 2)
    assert ((search.rows >= 0) & (search.rows < n)).all()
    np.testing.assert_allclose(search.distances, 0, atol=1e-6)
    assert not (search.rows == np.arange(n)[:, None]).any()


def test_a_memory_map_is_searched_as_it_is(rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    found = nearest_at_any_size(mapped, 5, exact_rows=100)
    np.testing.assert_array_equal(found[0], nearest_in_partition(rows, 5).rows)
    exact = nearest_at_any_size(mapped, 5, exact_rows=2000)
    np.testing.assert_array_equal(exact[0], nearest(rows, rows, 5, exclude_itself=True)[0])


def test_cells_that_a_row_is_compared_with_become_more_where_they_hold_too_few(rows, monkeypatch):
    monkeypatch.setattr(lists, "CANDIDATES", 1)
    assert make_lists(rows, 89).near.shape[1] < 12
    assert nearest_in_partition(rows, 15).recall > 0.93


def test_cells_too_small_for_their_rows_are_looked_past():
    """Every row finds k others, though most cells of far rows hold less than that."""
    rng = np.random.default_rng(3)
    crowd = unit(np.array([[1.0, 0, 0, 0]]) + rng.normal(0, 0.01, (900, 4)))
    far = unit(rng.normal(size=(100, 4)))
    search = nearest_in_partition(np.concatenate([crowd, far]).astype(np.float32), 20, recall=0.5)
    assert np.isfinite(search.distances).all()
    assert all(len(set(found)) == 20 for found in search.rows.tolist())


def test_no_row_is_compared_with_more_than_is_bearable(rows, monkeypatch):
    """Then fewer of the true neighbors are found, and that is told."""
    monkeypatch.setattr(choosing_cells, "MAX_COMPARED", 150)
    monkeypatch.setattr(choosing_cells, "ALWAYS_BEARABLE", 3)
    assert choosing_cells.bearable(2000, 89) == 150
    assert choosing_cells.bearable(8000, 89) == pytest.approx(270, abs=1)
    search = nearest_in_partition(rows, 15, recall=1.0)
    truth, _ = nearest(rows, rows, 15, exclude_itself=True)
    both = [np.isin(t, f).mean() for t, f in zip(truth, search.rows, strict=True)]
    assert search.recall < 0.97
    assert np.mean(both) == pytest.approx(search.recall, abs=0.03)
    chosen = choosing_cells.choose_lists(rows, 15, 1.0)
    compared = chosen.partition.sizes[chosen.probes.lists].sum() / len(rows)
    assert compared < 1.3 * 150  # every row looks into three cells at least


@pytest.mark.parametrize("most", [3, 100, 1 << 20])
def test_blocks_of_few_looks_find_the_same(rows, monkeypatch, most):
    expected = nearest_in_partition(rows, 15).distances
    monkeypatch.setattr(partition_search, "MAX_PROBES", most)
    found = nearest_in_partition(rows, 15).distances  # equal rows may change places
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_what_is_made_in_files_is_what_is_made_in_memory(rows, tmp_path):
    with file_scratch(tmp_path / "room") as scratch:
        found = nearest_in_partition(rows, 15, scratch=scratch)
        assert len(list(scratch.folder.iterdir())) == 4
    assert isinstance(found.rows, np.memmap)
    expected = nearest_in_partition(rows, 15)
    np.testing.assert_array_equal(found.rows, expected.rows)
    np.testing.assert_array_equal(found.distances, expected.distances)
