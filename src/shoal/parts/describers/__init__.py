"""Describers: what a person reads of a cluster.

A part has ``describe(texts, labels, space=None) -> list[Name]``, one name per cluster
(:mod:`shoal.parts.describers.base`).
"""

from shoal.plugins import Family, Part

SENDS = (
    "sends typical texts of every cluster to {name}, with the key in SHOAL_API_KEY if there is one"
)

DESCRIBERS = Family(
    kind="describer",
    group="shoal.describers",
    parts={
        "keywords": Part(
            "shoal.parts.describers.keywords:Keywords",
            "words and phrases that set a cluster apart, by counts and embeddings (default)",
        ),
        "http": Part(
            "shoal.parts.describers.chat:Http",
            "titles by a language model, at any endpoint with OpenAI's chat API",
            argument="URL",
            reaches=SENDS,
        ),
        "https": Part(
            "shoal.parts.describers.chat:Https",
            "the same for https:// addresses",
            argument="URL",
            reaches=SENDS,
        ),
    },
)
