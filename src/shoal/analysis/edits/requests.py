"""Requests for edits, checked before anything is done."""

from __future__ import annotations

import re
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from shoal.analysis.edits.playing import Edited
from shoal.data import NOISE
from shoal.data.entries import Entry, ReadEntry
from shoal.errors import BadInput, UnknownPart

MAX_CHARS = {"title": 200, "note": 5000}
MAX_PARTS = 100
VERDICTS = ("accept", "reject", "")
KINDS = ("anomaly", "duplicates")
FIELDS = {
    "rename": ("cluster", "title"),
    "note": ("cluster", "note"),
    "merge": ("clusters", "into"),
    "move": ("rows", "to"),
    "split": ("cluster", "parts"),
    "noise": ("cluster",),
    "dissolve": ("cluster",),
    "review": ("kind", "key", "verdict"),
}
"""Each operation with what must be said with it."""

Rows = NDArray[np.int64]


def checked(request: ReadEntry, state: Edited) -> Entry:
    """Check a requested edit, and keep only the fields of its operation.

    Raises
    ------
    BadInput : if the wish makes no sense for the clusters as they are
    """
    op = request.get("op")
    if not isinstance(op, str) or op not in FIELDS:
        raise UnknownPart.among("edit", str(op), FIELDS)
    missing = [name for name in FIELDS[op] if name not in request]
    if missing:
        raise BadInput(f"the edit {op!r} lacks {', '.join(missing)}.")
    out = {"op": op, **{name: request[name] for name in FIELDS[op]}}
    for name, check in CHECKS.items():
        if name in out:
            out[name] = check(name, out[name], state)
    if op == "merge" and (out["into"] not in out["clusters"] or len(set(out["clusters"])) < 2):
        raise BadInput("merge needs at least two clusters, and `into` must be one of them.")
    return out


def _cluster(name: str, value: object, state: Edited) -> int:
    if not _whole(value) or value not in state.entries:
        raise BadInput(f"{name}: there is no cluster {value!r}. Reload the clusters.")
    return int(value)


def _clusters(name: str, value: object, state: Edited) -> list[int]:
    if not isinstance(value, list):
        raise BadInput(f"{name} must be a list of clusters, got {value!r}.")
    return sorted({_cluster(name, entry, state) for entry in value})


def _target(name: str, value: object, state: Edited) -> int | None:
    """A cluster, noise, or None for a new cluster."""
    if value is None or value == NOISE:
        return None if value is None else NOISE
    return _cluster(name, value, state)


def _rows(name: str, value: object, state: Edited) -> Rows:
    n = len(state.labels)
    if not isinstance(value, list) or not value or not all(_whole(row) for row in value):
        raise BadInput(f"{name} must be a non-empty list of row numbers.")
    low, high = min(value), max(value)  # before NumPy, for which a number may be too large
    if low < 0 or high >= n:
        raise BadInput(f"{name} must be rows from 0 to {n - 1}, got {low} to {high}.")
    return np.unique(np.array(value, dtype=np.int64))


def _text(name: str, value: object, state: Edited) -> str:
    most = MAX_CHARS[name]
    if not isinstance(value, str) or len(value) > most:
        raise BadInput(f"{name} must be a text of at most {most} characters.")
    value = value.encode("utf-8", "replace").decode("utf-8")  # half a character cannot be saved
    return " ".join(value.split()) if name == "title" else value.strip()


def _parts(name: str, value: object, state: Edited) -> int | None:
    if value is None:
        return None
    if not _whole(value) or not 2 <= value <= MAX_PARTS:
        raise BadInput(f"{name} must be a number from 2 to {MAX_PARTS}, or null, got {value!r}.")
    return int(value)


def _one_of(name: str, value: object, state: Edited) -> str:
    allowed = KINDS if name == "kind" else VERDICTS
    if value not in allowed:
        raise BadInput(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}.")
    return str(value)


def _key(name: str, value: object, state: Edited) -> str:
    """The number of a row, as text."""
    is_number = isinstance(value, str) and re.fullmatch("0|[1-9][0-9]{0,17}", value)
    if not is_number or int(str(value)) >= len(state.labels):
        raise BadInput(f"{name} must be the number of a row of the run as text, got {value!r}.")
    return str(value)


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


CHECKS = {
    "cluster": _cluster,
    "into": _cluster,
    "clusters": _clusters,
    "to": _target,
    "rows": _rows,
    "title": _text,
    "note": _text,
    "parts": _parts,
    "kind": _one_of,
    "verdict": _one_of,
    "key": _key,
}
