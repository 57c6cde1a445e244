"""What a run of very many rows does, tried on few: cells, rooms, pieces."""

from __future__ import annotations

import numpy as np
import pytest

import shoal
from shoal.artifacts.folder import RunFolder
from tests.contracts.conftest import unit

CELLS = {"neighbors.exact_rows": 200}


@pytest.fixture(scope="module")
def vectors():
    """1,500 rows around 6 places, every tenth a repeat, and 300 new ones."""
    rng = np.random.default_rng(0)
    places = unit(rng.normal(size=(6, 24)))
    out = unit(places[rng.integers(0, 6, 1800)] + rng.normal(0, 0.12, (1800, 24)))
    out[0:1500:10] = out[1]
    return out[:1500].astype(np.float32), out[1500:].astype(np.float32)


@pytest.fixture(scope="module")
def run(vectors, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "many"
    return shoal.cluster(vectors[0], settings=CELLS, out=out)


def test_new_rows_are_sought_in_the_cells_of_the_run(run, vectors, tmp_path):
    assert (run.path / "model" / "cells.npz").is_file()
    assert "inverted lists" in " ".join(run.info["notes"])
    exact = shoal.cluster(vectors[0], out=tmp_path / "exact")
    assert not (exact.path / "model" / "cells.npz").exists()
    one, other = (r.predict(vectors[1]) for r in (run, exact))
    assert (one == other).mean() > 0.98
    np.testing.assert_array_equal(run.predict(vectors[0]), run.labels)


def test_a_run_in_cells_that_is_made_again_without_them_forgets_them(run, vectors, tmp_path):
    again = shoal.cluster(vectors[0], settings=CELLS, out=tmp_path / "run")
    assert (again.path / "model" / "cells.npz").is_file()
    again = shoal.cluster(vectors[0], out=tmp_path / "run", force=True)
    assert not (again.path / "model" / "cells.npz").exists()


def test_nothing_is_left_of_the_rooms(run):
    assert not (run.path / "model" / ".room").exists()
    assert not [path for path in run.path.rglob("*") if path.name.endswith(".bin")]


def test_pieces_of_new_rows_get_what_all_at_once_get(run, vectors, monkeypatch):
    expected = run.predict_table(vectors[1])
    monkeypatch.setattr("shoal.run.predict.PIECE_ROWS", 70)
    found = run.predict_table(vectors[1])
    assert found["cluster"].equals(expected["cluster"])
    np.testing.assert_allclose(found["strength"], expected["strength"], atol=1e-6)


def test_saved_neighbors_are_those_of_all_rows_and_come_back_as_the_distinct_ones(run):
    with np.load(run.path / "neighbors.npz") as file:
        rows, distances = file["rows"], file["distances"]
    assert len(rows) == 1500
    assert (rows[10] == -1).all()
    assert np.isnan(distances[10]).all()
    distinct = np.flatnonzero(rows[:, 0] >= 0).astype(np.int32)
    graph = RunFolder(run.path).read_neighbors(distinct)
    np.testing.assert_array_equal(distinct[graph.rows], rows[distinct])
    np.testing.assert_array_equal(graph.distances, distances[distinct])
