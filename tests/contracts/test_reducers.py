import io

import numpy as np
import pytest

from shoal.data import Embeddings
from shoal.parts.reducers import MAPPERS, REDUCERS
from shoal.stages import reduce, restore
from tests.contracts.conftest import installed


@pytest.fixture(scope="module", params=installed(REDUCERS))
def reducer(request):
    return request.param


@pytest.fixture(scope="module", params=installed(MAPPERS))
def mapper(request):
    return request.param


def build(name, **params):
    return REDUCERS.build(name, params, seed=0)


def small(name):
    """Parameters that make a reducer work on few dimensions."""
    known = REDUCERS.parameters(name)
    wanted = {"n_components": 4, "only_above": 4}
    return {key: value for key, value in wanted.items() if key in known}


@pytest.mark.parametrize("eager", [False, True])
def test_rows_stay_rows_and_are_finite_unit_vectors(reducer, vectors, eager):
    part = build(reducer, **(small(reducer) if eager else {}))
    reduced = reduce(Embeddings(vectors, ()), part).vectors
    assert reduced.shape[0] == len(vectors)
    assert reduced.shape[1] <= vectors.shape[1]
    assert reduced.dtype == np.float32
    assert np.isfinite(reduced).all()
    lengths = np.linalg.norm(reduced, axis=1)
    assert (np.isclose(lengths, 1, atol=1e-5) | (lengths == 0)).all()
    assert all(isinstance(entry, str) for entry in part.history)
    if not part.history:
        np.testing.assert_array_equal(reduced, vectors)


def test_what_was_saved_and_restored_transforms_alike(reducer, well_separated):
    vectors, _ = well_separated
    part = build(reducer, **small(reducer)).fit(vectors)
    file = io.BytesIO()
    np.savez(file, **part.arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as saved:
        arrays = {key: saved[key] for key in saved.files}
    again = restore(build(reducer, **small(reducer)), arrays, lambda: vectors)
    assert again.transform(vectors).tobytes() == part.transform(vectors).tobytes()
    assert again.history == part.history


def test_two_fits_give_the_same_bits(reducer, well_separated):
    vectors, _ = well_separated
    one, other = (build(reducer, **small(reducer)) for _ in range(2))
    first, second = (reduce(Embeddings(vectors, ()), part).vectors for part in (one, other))
    assert first.tobytes() == second.tobytes()
    assert one.transform(vectors).tobytes() == other.transform(vectors).tobytes()


def test_a_map_is_finite_and_two_dimensional(mapper, vectors):
    points = MAPPERS.build(mapper, {}, seed=0).fit_transform(vectors)
    assert points.shape == (len(vectors), 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()


def test_the_same_seed_gives_the_same_map(mapper, well_separated):
    one, other = (
        MAPPERS.build(mapper, {}, seed=7).fit_transform(well_separated[0]) for _ in range(2)
    )
    assert one.tobytes() == other.tobytes()


def test_a_map_keeps_clusters_together(mapper, well_separated):
    vectors, truth = well_separated
    points = MAPPERS.build(mapper, {}, seed=0).fit_transform(vectors)
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    # two principal components cannot part five clusters in full
    assert (truth[gaps.argmin(axis=1)] == truth).mean() > (0.6 if mapper == "pca" else 0.95)
