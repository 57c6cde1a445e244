"""Describers: what a person reads of a cluster.

A part has ``describe(texts, labels) -> list[(title, keywords)]``, one entry per cluster.
"""

from shoal.plugins import Family, Part

DESCRIBERS = Family(
    kind="describer",
    group="shoal.describers",
    parts={
        "keywords": Part(
            "shoal.describers.keywords:Keywords",
            "words and phrases that set a cluster apart, by class-based TF-IDF (default)",
        ),
    },
)
