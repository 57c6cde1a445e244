"""The frozen types that travel between stages; see `types`."""

from shoal.data.types import (
    NOISE,
    Clustering,
    ClusterQuality,
    Curve,
    Description,
    Embeddings,
    Evaluation,
    Items,
    Layer,
    Map,
    Modality,
    Neighbors,
    Score,
    TitleFit,
    freeze,
    spread,
)
from shoal.numerics.arrays import DoubleArray, FloatArray, IntArray

__all__ = [
    "NOISE",
    "ClusterQuality",
    "Clustering",
    "Curve",
    "Description",
    "DoubleArray",
    "Embeddings",
    "Evaluation",
    "FloatArray",
    "IntArray",
    "Items",
    "Layer",
    "Map",
    "Modality",
    "Neighbors",
    "Score",
    "TitleFit",
    "freeze",
    "spread",
]
