"""shoal: turn a pile of texts into clusters that a person can name, trust and explore.

>>> import shoal
>>> run = shoal.cluster(["a text", "another"])  # doctest: +SKIP
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.metadata import version as _version
from pkgutil import resolve_name
from types import ModuleType
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


class _Moved:
    """Import a package by the name it had before it moved: the same modules, not copies.

    It comes first among the finders: the moved package's own path would give copies of the rest.
    """

    _OLD, _NEW = "shoal.explorer", "shoal.views.explorer"

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != self._OLD and not name.startswith(f"{self._OLD}."):
            return None
        return ModuleSpec(name, self)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._NEW + spec.name.removeprefix(self._OLD))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """The module has run already; it keeps its own name and origin."""
        if module.__spec__ is not None and module.__spec__.loader_state is not None:
            module.__spec__ = module.__spec__.loader_state


if not any(type(finder).__name__ == "_Moved" for finder in sys.meta_path):
    sys.meta_path.insert(0, _Moved())
