"""The plan of a run: what was found in the source, how long it takes and how much memory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shoal.data import Items
from shoal.embedders.base import BatchPlan, Embedder
from shoal.numerics.blocks import available_threads, ordered_map

CALIBRATION_SECONDS = 0.5
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
    threads : threads to be used
    seconds : estimated duration
    memory_mb : estimated peak memory
    folder : where the results go
    """

    rows: int
    distinct: int
    excluded: Mapping[str, int]
    about: Mapping[str, Any]
    notes: tuple[str, ...]
    model: str
    truncated: int
    threads: int
    seconds: float
    memory_mb: float
    folder: Path


def _embed_seconds(items: Items, embedder: Embedder, plan: BatchPlan) -> float:
    """Seconds the embedding takes, from its first few batches."""
    if not len(plan.batches):
        return 0.0
    threads = available_threads() if embedder.parallel else 1
    distinct = items.distinct
    order = range(min(len(plan.batches), 6 * threads))

    def work(number: int) -> None:
        embedder.transform([items.contents[distinct[i]] for i in plan.batches[number]])

    started = time.perf_counter()
    cost = 0.0
    for start in range(0, len(order), threads):
        numbers = list(order[start : start + threads])
        list(ordered_map(work, numbers, threads))
        cost += float(plan.costs[numbers].sum())
        if time.perf_counter() - started > CALIBRATION_SECONDS:
            break
    rate = cost / max(time.perf_counter() - started, 1e-6)
    return float(plan.costs.sum()) / max(rate, 1e-9)


def make_plan(items: Items, embedder: Embedder, plan: BatchPlan, folder: Path, k: int) -> Plan:
    """Estimate a run.

    Parameters
    ----------
    items : what was read
    embedder, plan : the model and its batches
    folder : where the results go
    k : neighbors of each row
    """
    distinct = len(items.distinct)
    threads = available_threads()
    seconds = _embed_seconds(items, embedder, plan)
    seconds += distinct**2 / (PAIRS_PER_SECOND * threads) + distinct / ROWS_PER_SECOND
    characters = sum(len(items.contents[row]) for row in items.distinct)
    per_row = 384 * 4 * 2 + k * 60 + 700
    memory = BASE_MB + distinct * per_row / 1e6 + characters * 3 / 1e6
    return Plan(
        rows=len(items),
        distinct=distinct,
        excluded=dict(Counter(items.excluded.values())),
        about=items.about,
        notes=items.notes,
        model=embedder.info.name,
        truncated=plan.truncated,
        threads=threads,
        seconds=seconds,
        memory_mb=memory,
        folder=folder,
    )
