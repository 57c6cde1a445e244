"""What run.json says, typed. `RunMetadata` writes it; docs/run_folder.md documents it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict, cast

from shoal.data.entries import Entry, ReadEntry
from shoal.data.source_columns import Block, SourceColumns


class StageInfo(TypedDict):
    """When a stage is done: how long it took, and the hash of what its result depends on."""

    status: str
    seconds: float
    rows: int
    peak_mb: int | None
    fingerprint: str
    resumed: NotRequired[bool]


class ModelInfo(TypedDict):
    """The model that embedded the rows."""

    name: str
    licence: str
    revision: str
    truncated: int
    from_cache: int
    agreement: float | None
    models: NotRequired[dict[str, str]]
    blocks: NotRequired[list[Block]]
    dims: NotRequired[int]


class Hashes(TypedDict):
    """Hashes of the data, of the recipe and, once there are any, of the labels."""

    items: str
    recipe: str
    labels: NotRequired[str]


class Ignored(TypedDict):
    """A column whose influence on the vectors was removed: how far they told it, and tell it."""

    name: str
    before: float
    left: float


class Excluded(TypedDict):
    """A row that cannot be used."""

    row: int
    id: str
    reason: str


class RunInfo(TypedDict):
    """The content of run.json."""

    schema: int
    shoal: str
    status: str
    created: str
    seed: int
    title: str
    kind: str
    source: list[str]
    columns: SourceColumns
    notes: list[str]
    frames: ReadEntry | None
    counts: dict[str, int]
    """Rows of the source, and how many were used, distinct, excluded or in no cluster."""
    excluded: dict[str, int]
    excluded_examples: list[Excluded]
    versions: dict[str, str]
    threads: int
    hashes: Hashes
    stages: dict[str, StageInfo]
    model: NotRequired[ModelInfo]
    parts: NotRequired[list[Entry]]
    ignored: NotRequired[list[Ignored]]
    files: NotRequired[Entry]
    digest: NotRequired[str]


NEEDED: Mapping[str, Mapping[str, type]] = {
    "": {
        "status": str,
        "counts": dict,
        "columns": dict,
        "hashes": dict,
        "model": dict,
        "notes": list,
        "stages": dict,
    },
    "counts": {"rows": int, "used": int, "distinct": int, "excluded": int},
    "model": {"name": str, "revision": str},
    "hashes": {"items": str},
}
"""What run.json of a finished run says at least: part of it, "" for the whole -> key -> type."""


def lacking(info: ReadEntry) -> str:
    """The first thing that run.json of a finished run lacks, such as "counts.rows"; or nothing."""
    for part, needed in NEEDED.items():
        held = info[part] if part else info
        for key, kind in needed.items():
            if not isinstance(held.get(key), kind):
                return f"{part}.{key}" if part else key
    return ""


def as_run_info(info: ReadEntry) -> RunInfo:
    """What was read, as what it is; `lacking` must have found nothing."""
    return cast("RunInfo", info)
