"""Principal components of fewer rows than dimensions."""

import numpy as np
import pytest

from shoal.numerics import principal


def test_few_rows_of_many_dimensions_have_the_axes_that_all_dimensions_give(monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 300)).astype(np.float32)
    X[:8] += 1.0
    X[8:12, :100] -= 2.0
    mean, axes, explained = principal.components(X, 2)
    monkeypatch.setattr(principal, "MIN_WIDE", 100)
    few = principal.components(X, 2)
    np.testing.assert_allclose(few[0], mean, atol=1e-6)
    np.testing.assert_allclose(few[1], axes, atol=1e-5)
    assert few[2] == pytest.approx(explained, rel=1e-6)


def test_rows_that_are_all_the_same_have_no_axes(monkeypatch):
    monkeypatch.setattr(principal, "MIN_WIDE", 10)
    X = np.ones((4, 50), dtype=np.float32)
    mean, axes, explained = principal.components(X, 2)
    assert (principal.project(X, mean, axes) == 0).all()
    assert explained == 1.0
