"""shoal: turn a pile of texts into clusters that a person can name, trust and explore.

>>> import shoal
>>> run = shoal.cluster(["a text", "another"])  # doctest: +SKIP
"""

from __future__ import annotations

from importlib.metadata import version as _version
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shoal.api import cluster, describe, explore, load, recut
    from shoal.errors import (
        BadInput,
        BrokenRun,
        EditConflict,
        MissingExtra,
        OutputExists,
        ServiceFailed,
        ShoalError,
        TooFewItems,
        UnknownPart,
    )
    from shoal.estimator import EmbeddingClusterer
    from shoal.recipe import Recipe
    from shoal.run.handle import Run

__version__ = _version("shoal")

# loaded when asked for, so that `import shoal` and `shoal --help` stay fast
_HOMES = {
    "cluster": "shoal.api",
    "describe": "shoal.api",
    "explore": "shoal.api",
    "load": "shoal.api",
    "recut": "shoal.api",
    "EmbeddingClusterer": "shoal.estimator",
    "Recipe": "shoal.recipe",
    "Run": "shoal.run.handle",
    "BadInput": "shoal.errors",
    "BrokenRun": "shoal.errors",
    "EditConflict": "shoal.errors",
    "MissingExtra": "shoal.errors",
    "OutputExists": "shoal.errors",
    "ServiceFailed": "shoal.errors",
    "ShoalError": "shoal.errors",
    "TooFewItems": "shoal.errors",
    "UnknownPart": "shoal.errors",
}

__all__ = [
    "BadInput",
    "BrokenRun",
    "EditConflict",
    "EmbeddingClusterer",
    "MissingExtra",
    "OutputExists",
    "Recipe",
    "Run",
    "ServiceFailed",
    "ShoalError",
    "TooFewItems",
    "UnknownPart",
    "cluster",
    "describe",
    "explore",
    "load",
    "recut",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'shoal' has no attribute {name!r}")
    return resolve_name(f"{_HOMES[name]}:{name}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
