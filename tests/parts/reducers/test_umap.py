"""UMAP as a reducer: a sphere, and new rows placed without a pickled model."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from shoal.errors import BadInput
from tests.contracts.conftest import blobs

pytest.importorskip("umap")

from shoal.parts.reducers.umap import UMAP, UMAPMap


@pytest.fixture(scope="module")
def fitted():
    vectors, truth = blobs(size=40)
    part = UMAP(seed=0)
    return part, part.fit_transform(vectors), vectors, truth


def test_the_sphere_keeps_the_order_of_the_distances_of_the_layout(fitted):
    part, placed, _, _ = fitted
    flat = np.linalg.norm(part.points_[:, None] - part.points_[None], axis=2)
    angles = 1 - placed.astype(np.float64) @ placed.T.astype(np.float64)
    one, other = np.triu_indices(len(placed), 1)
    assert spearmanr(flat[one, other], angles[one, other]).statistic > 0.99


def test_groups_lie_apart(fitted):
    _, placed, _, truth = fitted
    gaps = 1 - placed @ placed.T
    np.fill_diagonal(gaps, np.inf)
    assert (truth[gaps.argmin(axis=1)] == truth).all()


def test_fitted_rows_are_placed_near_their_own_position(fitted):
    part, placed, vectors, _ = fitted
    again = part.transform(vectors)
    moved = np.linalg.norm(again - placed, axis=1)
    spread = np.linalg.norm(placed - placed.mean(axis=0), axis=1).mean()
    assert np.median(moved) < 0.05 * spread


def test_new_rows_are_placed_among_their_own_kind(fitted):
    part, placed, vectors, truth = fitted
    rng = np.random.default_rng(9)
    new = vectors[::7] + rng.normal(0, 0.05, vectors[::7].shape)
    new = (new / np.linalg.norm(new, axis=1, keepdims=True)).astype(np.float32)
    nearest = (part.transform(new) @ placed.T).argmax(axis=1)
    assert (truth[nearest] == truth[::7]).all()


def test_what_is_saved_are_positions_only(fitted):
    part, _, _, _ = fitted
    arrays = part.arrays()
    assert set(arrays) == {"points"}
    assert part.history == ("umap:5", "sphere")


def test_the_layout_does_not_depend_on_the_threads(monkeypatch):
    import numba

    vectors, _ = blobs(size=20)
    found = set()
    before = numba.get_num_threads()
    for threads in ("1", "3"):
        monkeypatch.setenv("SHOAL_THREADS", threads)
        found.add(UMAP(n_components=3, seed=4).fit_transform(vectors).tobytes())
        found.add(UMAPMap(seed=4).fit_transform(vectors).tobytes())
        assert numba.get_num_threads() == before
    assert len(found) == 2


@pytest.mark.parametrize("shape", [(15, 32), (200, 6)])
def test_few_rows_or_dimensions_are_left_as_they_are(shape):
    vectors = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    part = UMAP()
    assert part.fit_transform(vectors) is vectors
    assert part.history == ()
    assert part.arrays() == {}


@pytest.mark.parametrize(
    "params", [{"n_components": 0}, {"n_neighbors": 1}, {"min_dist": -0.1}, {"min_dist": 2.0}]
)
def test_a_wrong_parameter_is_refused(params):
    vectors, _ = blobs(size=10)
    with pytest.raises(BadInput, match=next(iter(params))):
        UMAP(**params).fit(vectors)
