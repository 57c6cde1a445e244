"""What is special about the pictures of libraries."""

import numpy as np
import pytest

from shoal.errors import BadInput
from shoal.numerics.neighbors import nearest
from shoal.numerics.principal import components
from shoal.parts.reducers import MAPPERS
from tests.contracts.conftest import blobs, installed


@pytest.mark.parametrize("name", installed(MAPPERS))
def test_the_shared_neighbors_are_used(name, monkeypatch):
    vectors, _ = blobs(size=20)
    shared = nearest(vectors, vectors, 30, exclude_itself=True)
    part = MAPPERS.build(name, {}, seed=0)
    module = __import__(type(part).__module__, fromlist=["fit_transform"])

    def refuse(*_, **__):
        raise AssertionError("neighbors were looked for again")

    for search in ("nearest", "nearest_at_any_size"):
        if hasattr(module, search):
            monkeypatch.setattr(module, search, refuse)
    points = part.fit_transform(vectors, neighbors=shared)
    assert points.shape == (100, 2)
    assert part.history


def test_few_shared_neighbors_lower_the_perplexity():
    pytest.importorskip("openTSNE")
    vectors, truth = blobs(size=20)
    shared = nearest(vectors, vectors, 6, exclude_itself=True)
    points = MAPPERS.build("tsne", {"perplexity": 30.0}, seed=0).fit_transform(
        vectors, neighbors=shared
    )
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert (truth[gaps.argmin(axis=1)] == truth).mean() > 0.9


@pytest.mark.parametrize(
    ("name", "params"),
    [("tsne", {"perplexity": 0.0}), ("tsne", {"n_epochs": 0}), ("umap", {"n_neighbors": 1})],
)
def test_a_wrong_parameter_is_refused(name, params):
    part = MAPPERS.parts[name]
    pytest.importorskip(part.module)
    with pytest.raises(BadInput, match="at least"):
        MAPPERS.build(name, params, seed=0).fit_transform(blobs(size=20)[0])


def test_components_are_found_where_all_directions_are_alike():
    mean, axes, explained = components(np.eye(200, dtype=np.float32), 2)
    assert axes.shape == (2, 200)
    assert np.allclose(axes @ axes.T, np.eye(2), atol=1e-5)
    assert explained == pytest.approx(2 / 199, rel=1e-3)
    assert mean == pytest.approx(1 / 200)
