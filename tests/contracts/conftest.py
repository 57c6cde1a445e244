"""Data every part must cope with. A new part is tested by its row in its family's table."""

from importlib.util import find_spec

import numpy as np
import pytest

SLOW = {"evoc": "numba compiles it for three minutes in each process"}


def installed(family):
    """Every name of a family's table; skipped without its extra, for `make soak` if it is slow."""
    return [
        pytest.param(name, marks=_marks(name, part)) for name, part in sorted(family.parts.items())
    ]


def _marks(name, part):
    if part.module and find_spec(part.module) is None:
        return [pytest.mark.skip(reason=f"needs shoal[{part.extra}]")]
    return [pytest.mark.soak] if name in SLOW else []


def unit(rows):
    rows = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def blobs(n_clusters=5, size=60, n_dims=32, spread=0.12, seed=0):
    """Well separated clusters of unit vectors, shuffled, and the truth."""
    rng = np.random.default_rng(seed)
    centre = unit(rng.normal(size=(n_clusters, n_dims)))
    labels = rng.permutation(np.repeat(np.arange(n_clusters), size))
    return unit(centre[labels] + rng.normal(0, spread, (len(labels), n_dims))), labels


def _shapes():
    for n in (1, 2, 3, 10, 100):
        for n_dims in (2, 384):
            yield f"{n} rows of {n_dims}", unit(np.random.default_rng(n).normal(size=(n, n_dims)))
    yield "200 identical rows", unit(np.ones((200, 8)))
    yield "10 identical rows", unit(np.ones((10, 2)))
    yield "50 zero rows", np.zeros((50, 8), dtype=np.float32)
    yield "two directions", unit(np.repeat(np.eye(2, 8), 20, axis=0))
    yield "opposite rows", unit(np.vstack([np.eye(4), -np.eye(4)]))


SHAPES = dict(_shapes())


@pytest.fixture(params=sorted(SHAPES))
def vectors(request):
    """Unit vectors, read-only as the stages hand them out."""
    rows = SHAPES[request.param].view()
    rows.flags.writeable = False
    return rows


@pytest.fixture
def well_separated():
    return blobs()
