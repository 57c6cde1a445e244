"""Embedders: contents in, vectors out.

A part has ``info`` (a :class:`~shoal.embedders.base.ModelInfo`), ``parallel``,
``plan(contents)`` (which rows go together) and ``transform(contents) -> (n, n_dims) float32``.
"""

from shoal.plugins import Family, Part

EMBEDDERS = Family(
    kind="embedder",
    group="shoal.embedders",
    parts={
        "minilm": Part(
            "shoal.embedders.minilm:MiniLM",
            "all-MiniLM-L6-v2 by ONNX Runtime, installed with shoal (default)",
        ),
        "hashing": Part(
            "shoal.embedders.hashing:Hashing", "hashed words, no model: fast, blind to meaning"
        ),
    },
)
