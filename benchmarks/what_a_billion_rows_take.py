"""What do a million to a billion rows take: machines, hours, storage and money?

Rates of one processor, of the process that leads, and of Ray are measured here, now. Then every
stage is simulated task by task on machines of a given size: a worker computes a block, its result
goes to the leading process, which takes one result after the other and lets no more than so many
blocks be under way. Vectors are kept by the workers, a group of batches at a time, and gathered by
the leading process at the end. What is simulated is told from what is measured in the output.

What is not here: reading the source and writing tables, which one process does.

    python benchmarks/what_a_billion_rows_take.py DATA VECTORS.npy [--price 0.05]

DATA has arxiv_titles_large.parquet; the price is of one processor for an hour, in any currency.
"""

from __future__ import annotations

import argparse
import heapq
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from report import save, table

from shoal.embedding import shards
from shoal.numerics.blocks import serial_algebra, slices
from shoal.numerics.clusters import unit
from shoal.numerics.ivf import search as search
from shoal.numerics.ivf.lists import CANDIDATES, find_probes
from shoal.numerics.ivf.probes import MIN_LOOKS, Chosen, bearable, choose_lists
from shoal.numerics.principal import BLOCK_ROWS, components, project
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.base import ModelInfo
from shoal.parts.engines.ray_crew import AHEAD, HELD
from shoal.parts.engines.ray_engine import RayEngine

ROWS = (10**6, 10**7, 10**8, 10**9)
CLUSTERS = (16, 128, 1024)
"""Processors of the simulated clusters, in machines of 16."""
MACHINE = 16
SPREAD = 0.1
"""Standard deviation of the time of a block, of its mean."""
KEPT_DIMS = 128
K = 30
GATHERED = 100_000
"""Rows that are gathered from shards for the rate."""


@dataclass(frozen=True)
class Rates:
    """What was measured: per second and processor, or as its unit says."""

    embedded_rows: float
    gathered_rows: float
    normalized_rows: float
    pca_rows: float
    projected_rows: float
    looked_pairs: float
    centre_pairs: float
    tasks: float
    result_bytes: float


@dataclass(frozen=True)
class Stage:
    """One kind of work: blocks, seconds of a processor for each, and bytes of its result."""

    name: str
    blocks: int
    seconds: float
    bytes: float


def per_second(
    do: Callable[[], int], clock: Callable[[], float] = time.process_time, least: float = 3.0
) -> float:
    """How many a second a function does; it returns how many it did in one call.

    Seconds are those of this process's processor, so that whoever else uses the machine does not
    count; where others work for it, a clock on the wall is given.
    """
    do()
    begun, done = clock(), 0
    while clock() - begun < least:
        done += do()
    return done / (clock() - begun)


def compared(n_cells: int) -> int:
    """Centres that a row is compared with: of the groups, and of the cells around one of them."""
    groups = round(n_cells**0.5)
    return groups + min(CANDIDATES * groups, n_cells)


def cells_full(found: Chosen) -> float:
    """Rows that a row is compared with, in cells of the mean size."""
    sizes = found.partition.sizes
    return float(sizes[found.probes.lists].sum() / sizes.sum() / sizes.mean())


def gathered_rows(vectors: Any) -> float:
    """Rows a second that the leading process takes from the shards of workers, on the clock."""
    with TemporaryDirectory(dir=Path(vectors.filename).parent) as folder:
        info = ModelInfo("vectors", "vectors", "none")
        place = shards.Shards.of(Path(folder) / "shards", info).begun()
        kept = np.array(vectors[:GATHERED])
        keys = np.arange(2 * len(kept), dtype=np.uint64).reshape(-1, 2)
        for part in slices(len(kept), shards.GROUP_ROWS):
            cache = place.cache  # a segment for each worker
            cache.add(keys[part], kept[part], np.zeros(len(kept[part]), bool))
            cache.end_segment()
        out = np.lib.format.open_memmap(Path(folder) / "raw.npy", "w+", np.float32, kept.shape)

        def gather() -> int:
            for positions, found in place.find(keys).blocks():
                out[positions] = found
            return len(kept)

        return per_second(gather, time.perf_counter)


def measured(titles: list[str], vectors: Any, reduced: Any, found: Chosen) -> Rates:
    """Rates of this machine, each on one thread."""
    model = EMBEDDERS.build("minilm", {})
    plan = model.plan(titles)
    numbers = iter(range(10**9))
    some = np.array(vectors[:BLOCK_ROWS])
    mean, axes, _ = components(vectors[: 4 * BLOCK_ROWS], KEPT_DIMS)
    partition, probes = found.partition, found.probes
    own = partition.order[: search.MAX_SEARCHED]
    queries = np.array(reduced[own])
    lists, counts = probes.of(own)
    packed = np.asarray(reduced[partition.order])

    def list_rows(list_: int) -> tuple[Any, Any]:
        part = slice(partition.borders[list_], partition.borders[list_ + 1])
        return partition.order[part], packed[part]

    def embed() -> int:
        batch = plan.batches[next(numbers) % len(plan.batches)]
        return len(model.transform([titles[row] for row in batch]))

    def normalize() -> int:
        return len(unit(some))

    def pca() -> int:
        wide = some.astype(np.float64)
        wide.sum(axis=0), wide.T @ wide
        return len(some)

    def look() -> int:
        search.search_block(queries, own, lists, counts, list_rows, K)
        return int(partition.sizes[lists].sum())

    def nearest() -> int:
        find_probes(queries, found.lists, found.probe_margin, MIN_LOOKS, n_threads=1)
        return len(queries) * compared(len(found.lists.centres))

    with serial_algebra():
        alone = [per_second(embed), gathered_rows(vectors), per_second(normalize), per_second(pca)]
        alone.append(per_second(lambda: len(unit(project(some, mean, axes)))))
        alone += [per_second(look), per_second(nearest)]
    engine = RayEngine()
    with engine.at_work():
        list(engine.map(lambda: abs, range(100)))
        wall = time.perf_counter
        tasks = per_second(lambda: len(list(engine.map(lambda: abs, range(500)))), wall)
        each = np.zeros(1 << 18)
        sent = per_second(
            lambda: sum(a.nbytes for a in engine.map(lambda: lambda _: each + 1, range(64))), wall
        )
    return Rates(*alone, tasks, sent)


def looks_of(n: int, known: dict[int, tuple[int, float]]) -> tuple[int, float]:
    """Cells there are and cells looked into at n rows, carried on from measured numbers of rows.

    Cells grow with the root of the rows. As many are looked into as the most that any measured
    number of rows needs: no trend was seen in them.
    """
    largest_known = max(known)
    lists = round(known[largest_known][0] * math.sqrt(n / largest_known))
    return lists, max(probes for _, probes in known.values())


def stages_of(n: int, rates: Rates, known: dict[int, tuple[int, float]]) -> list[Stage]:
    """The distributed stages at n rows, neighbors in the cells of a partition."""
    blocks = -(-n // BLOCK_ROWS)
    lists, probes = looks_of(n, known)
    centres, looked = compared(lists), min(probes * n / lists, bearable(n, lists))
    group = min(round(shards.GROUP_SECONDS * rates.embedded_rows), shards.GROUP_ROWS)
    return [
        Stage("embed", -(-n // group), group / rates.embedded_rows, 100),
        Stage("fit PCA", blocks, BLOCK_ROWS / rates.pca_rows, 384 * 385 * 8),
        Stage("project", blocks, BLOCK_ROWS / rates.projected_rows, BLOCK_ROWS * KEPT_DIMS * 4),
        Stage("cells", blocks, BLOCK_ROWS * centres / rates.centre_pairs, BLOCK_ROWS * 8),
        Stage("neighbors", blocks, BLOCK_ROWS * looked / rates.looked_pairs, BLOCK_ROWS * K * 8),
    ]


def simulated(stage: Stage, workers: int, rates: Rates, most: int = 50_000) -> float:
    """Seconds of a stage.

    At most `most` blocks are played, and the rest is taken to go on at the pace of the second half
    of them: blocks are alike, and what is under way at any time is bounded.
    """
    rng = np.random.default_rng(0)
    played = min(stage.blocks, max(most, 8 * HELD * workers))
    lengths = stage.seconds * np.maximum(rng.normal(1.0, SPREAD, played), 0.1)
    taking = 1 / rates.tasks + stage.bytes / rates.result_bytes
    free = [0.0] * workers
    taken = np.zeros(played)
    leader = 0.0
    for block in range(played):
        # a block is given out when the one so many before it was taken, and a worker is free
        opened = taken[block - HELD * workers] if block >= HELD * workers else 0.0
        begun = max(heapq.heappop(free), opened)
        ended = begun + lengths[block]
        heapq.heappush(free, ended)
        leader = taken[block] = max(leader, ended) + taking
    half = played // 2
    pace = (taken[-1] - taken[half]) / max(played - 1 - half, 1)
    return float(taken[-1] + pace * (stage.blocks - played))


def needs(n: int, rates: Rates, known: dict[int, tuple[int, float]], price: float) -> list[Any]:
    """One line for each size of cluster."""
    out = []
    for processors in CLUSTERS:
        stages = stages_of(n, rates, known)
        each = {s.name: simulated(s, processors, rates) for s in stages}
        each["gather"] = n / rates.gathered_rows  # by the process that leads, alone
        hours = sum(each.values()) / 3600
        ideal = sum(s.blocks * s.seconds for s in stages) / processors / 3600
        largest = max(s.bytes for s in stages)
        out.append(
            {
                "rows": f"{n:,}",
                "machines of 16": processors // MACHINE,
                **{f"{name} h": seconds / 3600 for name, seconds in each.items()},
                "hours": hours,
                "of ideal": hours / ideal,
                "storage GB": n * (384 * 4 + KEPT_DIMS * 4 * 2 + K * 8 * 2) / 1e9,
                "results of a machine MB, at most": MACHINE * AHEAD * largest / 1e6,
                "results under way MB, at most": HELD * processors * largest / 1e6,
                "price of a million rows": hours * processors * price / (n / 1e6),
            }
        )
    return out


def main() -> None:
    """Print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--price", type=float, default=0.05)
    args = parser.parse_args()
    titles = pq.read_table(args.data / "arxiv_titles_large.parquet")["text"].to_pylist()[:4000]
    vectors = np.load(args.vectors, mmap_mode="r")
    mean, axes, _ = components(vectors[:100_000], KEPT_DIMS)
    reduced = unit(project(vectors, mean, axes))
    known: dict[int, tuple[int, float]] = {}
    for n in (len(vectors) // 100, len(vectors) // 10, len(vectors)):
        found = choose_lists(reduced[:n], K)
        known[n] = (len(found.lists.centres), cells_full(found))
        print(f"{n:,} rows: {known[n][1]:.1f} of {known[n][0]} cells", flush=True)
    rates = measured(titles, vectors, reduced, found)
    print("measured:", *(f"{key} {value:,.0f}" for key, value in asdict(rates).items()))
    lines = [line for n in ROWS for line in needs(n, rates, known, args.price)]
    table(lines)
    save(
        "what_a_billion_rows_take",
        {"measured": asdict(rates), "cells": known, "price": args.price, "simulated": lines},
    )


if __name__ == "__main__":
    main()
