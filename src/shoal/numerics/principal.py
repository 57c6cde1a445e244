"""Deterministic principal components: the same bits on any number of threads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import BLOCK_ROWS, ordered_map, serial_algebra, slices

WIDE, MIN_WIDE = 2, 2048
"""Dimensions for each row, and in all, above which the products of rows are smaller than those of
dimensions, and lead to the same axes."""


def components(X: FloatArray, n_components: int) -> tuple[FloatArray, FloatArray, float]:
    """Mean, leading eigenvectors of the covariance, and the share of variance they hold.

    Parameters
    ----------
    X : (n, n_dims) float32
    n_components : at most n_dims

    Returns
    -------
    mean : (n_dims,) float32
    axes : (n_components, n_dims) float32, the largest entry of each is positive
    explained : share of the variance, in [0, 1]
    """
    n, n_dims = X.shape
    if n_dims > max(WIDE * n, MIN_WIDE) and n_components < n:
        return _of_few_rows(X, n_components)
    total = np.zeros(n_dims)
    product = np.zeros((n_dims, n_dims))

    # near the mean, products in single precision lose nothing that its directions show
    near = np.asarray(X[:BLOCK_ROWS]).mean(axis=0, dtype=np.float64).astype(np.float32)

    def block(part: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows = np.asarray(X[part], dtype=np.float32) - near
        return rows.sum(axis=0, dtype=np.float64), (rows.T @ rows).astype(np.float64)

    for block_sum, block_product in ordered_map(block, slices(n, BLOCK_ROWS)):
        total += block_sum
        product += block_product
    off = total / n
    mean = near + off
    covariance = product / n - np.outer(off, off)
    with serial_algebra():
        values, vectors = eigh(covariance, subset_by_index=[n_dims - n_components, n_dims - 1])
        if len(values) < n_components:  # LAPACK finds none where very many are equal
            values, vectors = eigh(covariance)
            values, vectors = values[-n_components:], vectors[:, -n_components:]
    axes = vectors.T[::-1]
    signs = np.sign(axes[np.arange(n_components), np.abs(axes).argmax(axis=1)])
    variance = float(np.trace(covariance))
    explained = float(values.sum()) / variance if variance > 0 else 1.0
    return (
        mean.astype(np.float32),
        np.asarray(axes * signs[:, None], dtype=np.float32),
        min(max(explained, 0.0), 1.0),
    )


def _of_few_rows(X: FloatArray, n_components: int) -> tuple[FloatArray, FloatArray, float]:
    """The same of fewer rows than dimensions, by the eigenvectors of the products of the rows."""
    rows = np.asarray(X, dtype=np.float64)
    mean = rows.mean(axis=0)
    apart = rows - mean
    with serial_algebra():
        values, vectors = np.linalg.eigh(apart @ apart.T)
        axes = vectors[:, ::-1][:, :n_components].T @ apart
    axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    signs = np.sign(axes[np.arange(n_components), np.abs(axes).argmax(axis=1)])
    variance = float((apart**2).sum())
    explained = float(values[-n_components:].sum()) / variance if variance > 0 else 1.0
    return (
        mean.astype(np.float32),
        np.asarray(axes * signs[:, None], dtype=np.float32),
        min(max(explained, 0.0), 1.0),
    )


def project(X: FloatArray, mean: FloatArray, axes: FloatArray) -> FloatArray:
    """Coordinates of X along the axes, (n, n_components) float32."""
    out = np.empty((len(X), len(axes)), dtype=np.float32)

    def block(part: slice) -> FloatArray:
        return np.asarray((np.asarray(X[part]) - mean) @ axes.T, dtype=np.float32)

    parts = slices(len(X), BLOCK_ROWS)
    for part, done in zip(parts, ordered_map(block, parts), strict=True):
        out[part] = done
    return out
