"""What does keeping and finding vectors cost, against a database and against embedding itself?

python benchmarks/how_much_does_the_cache_cost.py [--rows N] [--real N]

Processor seconds, for vectors of 384 numbers under 16-byte keys, added 64 at a time as a run does,
looked up in another order. The stage is timed with a model that costs nothing, so what is left is
the cache's own cost; and with MiniLM on fewer rows.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from report import save, table

N_DIMS, BATCH = 384, 64


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of one call; it depends less than the clock on what else runs."""
    started = time.process_time()
    work()
    return time.process_time() - started


def segments(folder: Path, keys: Any, vectors: Any, order: Any) -> tuple[float, float]:
    """Seconds of adding and of finding, in shoal's cache."""
    from shoal.embedding.vector_cache import VectorCache

    cut = np.zeros(len(keys), dtype=bool)
    cache = VectorCache(folder, "m", "r", limit=2**40)
    out = np.empty_like(vectors)

    def add() -> None:
        for start in range(0, len(keys), BATCH):
            part = slice(start, start + BATCH)
            cache.add(keys[part], vectors[part], cut[part])

    def find() -> None:
        found = VectorCache(folder, "m", "r", limit=2**40).find(keys[order])
        for positions, rows in found.blocks():
            out[order[positions]] = rows

    told = seconds(add), seconds(find)
    assert out.tobytes() == vectors.tobytes()
    return told


def database(folder: Path, keys: Any, vectors: Any, order: Any) -> tuple[float, float]:
    """The same in SQLite, a row a vector."""
    base = sqlite3.connect(folder / "vectors.db")
    base.execute("pragma journal_mode=wal")
    base.execute("pragma synchronous=normal")
    base.execute("create table v(id integer primary key, key blob unique, vector blob)")
    names = [key.tobytes() for key in keys]
    out = np.empty_like(vectors)

    def add() -> None:
        for start in range(0, len(names), BATCH):
            rows = range(start, min(start + BATCH, len(names)))
            with base:
                base.executemany(
                    "insert or ignore into v(key, vector) values (?, ?)",
                    [(names[i], vectors[i].tobytes()) for i in rows],
                )

    def find() -> None:
        for i in order:
            row = base.execute("select vector from v where key = ?", (names[i],)).fetchone()
            out[i] = np.frombuffer(row[0], np.float32)

    told = seconds(add), seconds(find)
    base.close()
    assert out.tobytes() == vectors.tobytes()
    return told


class Free:
    """A model that costs nothing."""

    parallel = True

    def __init__(self, vectors: Any) -> None:
        from shoal.parts.embedders.base import ModelInfo

        self.info, self.vectors = ModelInfo("free", "free:1", "none"), vectors

    def plan(self, contents: Any) -> Any:
        """Batches of 64."""
        from shoal.parts.embedders.base import even_plan

        return even_plan(len(contents), BATCH)

    def transform(self, contents: Any) -> Any:
        """The vectors by number."""
        return self.vectors[[int(text.rpartition(" ")[2]) for text in contents]]


def stage(texts: list[str], part: Any) -> float:
    """Seconds of the embed stage with its look-up."""
    from shoal.embedding.job import as_items, open_cache, plan_embedding

    items = as_items(texts)
    return seconds(lambda: plan_embedding(items, part, open_cache(part.info, None)).run())


def three_runs(n: int, part: Any) -> list[dict[str, Any]]:
    """The first run, one with nothing changed, and one with 1 % changed."""
    texts = [f"a text of some words with the number {i}" for i in range(n)]
    changed = [*texts[n // 100 :], *(f"another text {n + i}" for i in range(n // 100))]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SHOAL_CACHE"] = folder
        for name, some in (("first run", texts), ("second run", texts), ("1 % changed", changed)):
            row = {"way": f"{name}, {part.info.name}", "rows": n, "add CPU s": stage(some, part)}
            rows.append({**row, "find CPU s": 0.0})
    return rows


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--real", type=int, default=5000)
    options = parser.parse_args()
    n = options.rows
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(n + n // 100, N_DIMS)).astype(np.float32)
    keys = rng.integers(0, 2**63, (n, 2)).astype(np.uint64)
    order = rng.permutation(n)
    rows = []
    for name, way in (("segments (shoal)", segments), ("SQLite", database)):
        with tempfile.TemporaryDirectory() as folder:
            add, find = way(Path(folder), keys, vectors[:n], order)
        rows.append({"way": name, "rows": n, "add CPU s": add, "find CPU s": find})
    from shoal.parts.embedders.minilm import MiniLM

    rows += three_runs(n, Free(vectors)) + three_runs(options.real, MiniLM())
    table(rows)
    save("how_much_does_the_cache_cost", rows)


if __name__ == "__main__":
    main()
