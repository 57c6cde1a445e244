"""The families of parts that a recipe chooses from, and what its choices do outside of a run."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shoal.errors import BadInput
from shoal.parts.clusterers import CLUSTERERS
from shoal.parts.describers import DESCRIBERS
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.engines import ENGINES
from shoal.parts.metrics import METRICS
from shoal.parts.normalizers import NORMALIZERS
from shoal.parts.readers import READERS
from shoal.parts.readers.vectors import ENDINGS as VECTOR_ENDINGS
from shoal.parts.reducers import MAPPERS, REDUCERS
from shoal.plugins import Family

FAMILIES: dict[str, Family] = {
    "embed": EMBEDDERS,
    "normalize": NORMALIZERS,
    "reduce": REDUCERS,
    "cluster": CLUSTERERS,
    "describe": DESCRIBERS,
    "draw": MAPPERS,
    "engine": ENGINES,
}
ALIASES = {
    "reader": "read",
    "embedder": "embed",
    "normalizer": "normalize",
    "reducer": "reduce",
    "clusterer": "cluster",
    "describer": "describe",
    "mapper": "draw",
    "map": "draw",
    "metrics": "evaluate",
}
WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
NEVER_FROM_FILE = {"key_variable": "SHOAL_API_KEY", "trust_remote_code": False}
"""Parameters that only who runs shoal may set, and what they are without that: a file could name
any secret of the environment, or have code run."""


log = logging.getLogger(__name__)


def outside_access_of(stage: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the choices of a stage send, load, read or run that is not in the run.

    Parameters
    ----------
    stage : of the recipe
    params : its parameters, with "part"

    Yields
    ------
    The parameter that says so, and a sentence without its end
    """
    if stage in FAMILIES:
        yield from FAMILIES[stage].outside_access(str(params["part"]), params)
    if stage == "read" and (vectors := file_of_vectors(params.get("vectors"))):
        yield "vectors", f"reads the vectors in {vectors}"
    if stage == "read" and params.get("query"):  # a server may do more for one than read
        yield "query", f"runs the query {params['query']!r}"
    if stage == "read" and params.get("part"):
        yield from READERS.outside_access(str(params["part"]), {})
    for name in params.get("metrics", ()) if stage == "evaluate" else ():
        yield from (("metrics", info) for _, info in METRICS.outside_access(str(name), {}))


def file_of_vectors(named: Any) -> str | None:
    """The file that `vectors` names, if it is one and no column."""
    info = str(named or "")
    is_path = Path(info).suffix.lower() in VECTOR_ENDINGS or "/" in info or "\\" in info
    return info if is_path else None


def without_never(params: Mapping[str, Any], stage: str, name: str) -> dict[str, Any]:
    """Parameters of a stage from a file without those that are never taken from one.

    One that says something else than usual is told of.
    """
    for key, usual in NEVER_FROM_FILE.items():
        if params.get(key, usual) != usual:
            log.warning(
                "%s says %s.%s = %r, which is never taken from a file: set it yourself.",
                name,
                stage,
                key,
                params[key],
            )
    return {key: value for key, value in params.items() if key not in NEVER_FROM_FILE}


def check_kind(key: str, value: Any, example: Any) -> None:
    """Raise unless a value is of the kind of an example; None and objects are no example."""
    kind = type(example)
    if isinstance(example, list):
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise BadInput(f'{key} must be a list of names, such as ["a", "b"], got {value!r}.')
    elif kind in WORDS:
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = {bool: isinstance(value, bool), int: whole, str: isinstance(value, str)}
        if not fits.get(kind, whole or isinstance(value, float)):
            raise BadInput(f"{key} must be {WORDS[kind]}, such as {example!r}, got {value!r}.")
