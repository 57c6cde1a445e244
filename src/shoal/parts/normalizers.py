"""Normalizers: what is done to each vector before distances are taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import unit
from shoal.plugins import Family, Part


class Normalizer(Protocol):
    """What is done to each vector on its own."""

    @property
    def history(self) -> Sequence[str]:
        """What was done to the vectors, such as ("l2",)."""

    def transform(self, X: FloatArray) -> FloatArray:
        """Normalize X, (n, n_dims) float32, to unit vectors of the same shape."""


NORMALIZERS = Family(
    kind="normalizer",
    group="shoal.normalizers",
    parts={
        "l2": Part("shoal.parts.normalizers:L2", "each vector scaled to length one (default)"),
    },
)


class L2:
    """Scale each row to length one; a zero row stays zero."""

    history = ("l2",)

    def transform(self, X: FloatArray) -> FloatArray:
        """Normalize X, (n, n_dims) -> the same shape, float32."""
        return unit(X)
