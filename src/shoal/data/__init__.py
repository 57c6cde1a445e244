"""The frozen types that travel between stages; see `types`."""

from shoal.data.source_columns import Modality, SourceColumns
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
    "SourceColumns",
    "TitleFit",
    "freeze",
    "spread",
]
