"""The plan of a run: what was found in the source, how long it takes and how much memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shoal.embedding import Work
from shoal.joining import JointWork
from shoal.numerics.blocks import available_threads

BASE_MB = 330.0
"""Interpreter, libraries and the model, measured on an empty run."""
PAIRS_PER_SECOND = 5.0e7
"""Pairs of rows compared by one thread in a second in the exact neighbor search, measured."""
ROWS_PER_SECOND = 1500.0
"""Rows clustered, described and drawn in a second, measured at 20,000 rows."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do.

    Parameters
    ----------
    rows, distinct : rows of the source, and distinct contents among the usable ones
    excluded : why rows cannot be used -> how many
    about : the columns chosen and why
    notes : sentences about the source
    model : name of the embedding model
    truncated : texts longer than the model reads
    known : contents whose vectors are in the cache
    threads : threads to be used
    seconds : estimated duration
    memory_mb : estimated peak memory
    folder : where the results go
    blocks : what the columns of records became, with "name", "weight" and "done"
    """

    rows: int
    distinct: int
    excluded: Mapping[str, int]
    about: Mapping[str, Any]
    notes: tuple[str, ...]
    model: str
    truncated: int
    known: int
    threads: int
    seconds: float
    memory_mb: float
    folder: Path
    blocks: tuple[Mapping[str, Any], ...] = ()


def make_plan(work: Work | JointWork, folder: Path, k: int) -> Plan:
    """Estimate a run.

    Parameters
    ----------
    work : what is to be embedded
    folder : where the results go
    k : neighbors of each row
    """
    items = work.items
    distinct = len(items.distinct)
    threads = available_threads()
    seconds = work.seconds + distinct**2 / (PAIRS_PER_SECOND * threads) + distinct / ROWS_PER_SECOND
    characters = sum(len(text or "") for text in items.readable or ())
    per_row = work.n_dims * 4 * 2 + k * 60 + 700
    memory = BASE_MB + distinct * per_row / 1e6 + characters * 3 / 1e6
    return Plan(
        rows=len(items),
        distinct=distinct,
        excluded=dict(Counter(items.excluded.values())),
        about=items.about,
        notes=items.notes,
        model=work.embedder.info.name,
        truncated=work.truncated,
        known=work.n_known,
        threads=threads,
        seconds=seconds,
        memory_mb=memory,
        folder=folder,
        blocks=tuple(getattr(work.embedder, "layout", ())),
    )
