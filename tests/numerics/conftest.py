import numpy as np
import pytest


@pytest.fixture
def unit_rows():
    """Random vectors of length one: unit_rows(n, n_dims, seed=0)."""

    def make(n, n_dims, seed=0):
        rows = np.random.default_rng(seed).normal(size=(n, n_dims))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    return make
