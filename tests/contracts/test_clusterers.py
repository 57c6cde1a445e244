import inspect

import numpy as np
import pytest
from sklearn.base import clone, is_clusterer
from sklearn.metrics import adjusted_rand_score

from shoal.errors import TooFewItems
from shoal.numerics.clusters import nearest_centre
from shoal.numerics.neighbors import nearest
from shoal.parts.clusterers import CLUSTERERS
from tests.contracts.conftest import installed


# of the module, so that the tests of a part come one after another, mostly in one process
@pytest.fixture(scope="module", params=installed(CLUSTERERS))
def name(request):
    return request.param


def build(name, **params):
    return CLUSTERERS.build(name, params, seed=0)


def fit_anew(name, vectors, **params):
    try:
        return build(name, **params).fit(vectors)
    except TooFewItems:
        return build(name, n_clusters=max(1, len(vectors) // 2)).fit(vectors)


FITTED = {}


def fit(name, vectors, **params):
    """A fitted part; each test of the same part and data looks at the same one."""
    key = (name, vectors.shape, vectors.tobytes(), *sorted(params.items()))
    if key not in FITTED:
        FITTED[key] = fit_anew(name, vectors, **params)
    return FITTED[key]


def test_it_keeps_the_contract_of_scikit_learn(name):
    part = build(name)
    assert is_clusterer(part)
    params = part.get_params()
    assert set(params) == set(inspect.signature(type(part)).parameters)
    assert clone(part).get_params() == params
    assert part.set_params(**params) is part


def test_labels_are_whole_numbers_by_falling_size(name, vectors):
    labels = fit(name, vectors).labels_
    assert labels.shape == (len(vectors),)
    assert labels.dtype == np.int32
    sizes = np.bincount(labels[labels >= 0])
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()


def test_the_same_seed_gives_the_same_labels(name, vectors):
    first, second = fit(name, vectors), fit_anew(name, vectors)
    np.testing.assert_array_equal(first.labels_, second.labels_)
    for one, other in zip(
        getattr(first, "layers_", ()), getattr(second, "layers_", ()), strict=True
    ):
        np.testing.assert_array_equal(one.labels, other.labels)


def test_every_row_is_in_the_cluster_of_the_nearest_centre(name, vectors):
    model = fit(name, vectors)
    if not hasattr(model, "centres_"):
        pytest.skip("has no centres")
    assert model.centres_.dtype == np.float32
    assert np.isfinite(model.centres_).all()
    assert len(model.centres_) == model.labels_.max() + 1
    _, best = nearest_centre(vectors, model.centres_)
    own = np.einsum("ij,ij->i", vectors, model.centres_[model.labels_])
    np.testing.assert_allclose(own, best, atol=1e-5)


def test_it_finds_well_separated_clusters(name, well_separated):
    vectors, truth = well_separated
    known = CLUSTERERS.parameters(name)
    asked = {key: 5 for key in ("n_clusters", "approx_n_clusters") if key in known}
    model = fit(name, vectors, **asked)
    assert adjusted_rand_score(truth, model.labels_) > 0.95
    assert model.labels_.max() + 1 == 5


def test_it_tells_why_in_one_sentence(name, well_separated):
    reason = fit(name, well_separated[0]).reason_
    assert reason.endswith(".")
    assert "\n" not in reason
    assert str(fit(name, well_separated[0]).labels_.max() + 1) in reason


def test_the_shared_neighbors_give_what_it_would_find_itself(name, well_separated):
    vectors, _ = well_separated
    if "neighbors" not in inspect.signature(build(name).fit).parameters:
        pytest.skip("takes no neighbors")
    shared = nearest(vectors, vectors, 40, exclude_itself=True)
    np.testing.assert_array_equal(
        build(name).fit(vectors, neighbors=shared).labels_, fit(name, vectors).labels_
    )


def test_layers_nest_and_the_chosen_one_is_the_labels(name, vectors):
    model = fit(name, vectors)
    if not hasattr(model, "layers_"):
        pytest.skip("has no layers")
    np.testing.assert_array_equal(model.layers_[model.chosen_].labels, model.labels_)
    for fine, coarse in zip(model.layers_, model.layers_[1:], strict=False):
        pairs = set(zip(fine.labels.tolist(), coarse.labels.tolist(), strict=True))
        assert len(pairs) == fine.n_clusters >= coarse.n_clusters
    assert len(getattr(model, "stabilities_", ())) in (0, model.labels_.max() + 1)
