"""What does Ray cost on one machine, and what memory does a node need as rows grow?

Time: `shoal cluster` of the same vectors by the local engine and by Ray, by turns, each in a
process of its own; Ray's start is told apart. The labels must be the same. Seconds of processor,
Ray's own processes and workers included, hold on a machine that others use, too.

Memory: blocks of each kind of work (sums and products for PCA, the nearest of 1,000 centres as in
a step of k-means, exact neighbors of some blocks among all rows) go to workers at two numbers of
rows. Told is the most memory of a worker that is its own, and what Ray's object store held. Pages
of the mapped file are left out: the system takes them back whenever it wants.

    python benchmarks/what_ray_costs.py VECTORS.npy [--rows 200000] [--repeats 3]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from report import save

ONE_RUN = """
import json, os, sys, time
from pathlib import Path
import numpy as np
import shoal
from shoal.parts.engines import ENGINES
engine = ENGINES.build(sys.argv[2], {})
begun = time.perf_counter()
started = engine.n_workers and time.perf_counter() - begun


def children():
    # processes of Ray that this one started; its workers are told apart
    spent = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            spent += int(fields[11]) + int(fields[12])
    return spent / os.sysconf("SC_CLK_TCK")


def processor():
    spent = time.process_time() + children()
    if hasattr(engine, "crew"):
        import ray
        asked = [w.__ray_call__.remote(lambda _: time.process_time()) for w in engine.crew.workers]
        spent += sum(ray.get(asked))
    return spent


def close():
    # the run ends with the workers: what they spent is asked before
    global spent
    spent = processor() - before
    closing()


spent = 0.0
begun, before = time.perf_counter(), processor()
if hasattr(engine, "close"):
    closing, engine.close = engine.close, close
run = shoal.cluster(np.load(sys.argv[1], mmap_mode="r"), engine=engine, out=sys.argv[3])
seconds, spent = time.perf_counter() - begun, spent or processor() - before
told = {name: stage["seconds"] for name, stage in run.info["stages"].items()}
print(json.dumps({"seconds": seconds, "start": started, "cpu": spent, "stages": told,
                  "labels": run.info["hashes"]["labels"]}))
"""
N_CENTRES = 1000
SEARCHED = 16
"""Blocks of queries of which the neighbors are sought for the memory: each sees all rows."""


def one_run(vectors: Path, engine: str, under: list[str]) -> dict[str, Any]:
    """One run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        python = [*under, sys.executable, "-c", ONE_RUN]
        command = [*python, str(vectors), engine, str(Path(folder) / "run")]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def part_of(vectors: Path, rows: int, folder: Path) -> Path:
    """A file of the first rows."""
    whole = np.load(vectors, mmap_mode="r")
    if len(whole) < rows:
        raise SystemExit(f"{vectors} has {len(whole):,} rows, {rows:,} are asked for.")
    path = folder / f"{rows}.npy"
    np.save(path, whole[:rows])
    return path


def times(vectors: Path, repeats: int, under: list[str]) -> dict[str, Any]:
    """Medians of both engines, by turns."""
    told: dict[str, list[dict[str, Any]]] = {"local": [], "ray": []}
    for _ in range(repeats):
        for engine, runs in told.items():
            runs.append(one_run(vectors, engine, under))
            print(f"  {engine}: {runs[-1]['seconds']:.1f} s", flush=True)
    labels = {run["labels"] for runs in told.values() for run in runs}
    if len(labels) != 1:
        raise SystemExit("the labels differ between the engines.")
    out: dict[str, Any] = {"same_labels": True}
    for engine, runs in told.items():
        stages = {s: statistics.median(r["stages"][s] for r in runs) for s in runs[0]["stages"]}
        seconds = statistics.median(run["seconds"] for run in runs)
        start = statistics.median(run["start"] for run in runs)
        cpu = statistics.median(run["cpu"] for run in runs)
        out[engine] = {"seconds": seconds, "cpu": cpu, "start": start, "stages": stages}
    out["ratio"] = out["ray"]["seconds"] / out["local"]["seconds"]
    out["cpu_ratio"] = out["ray"]["cpu"] / out["local"]["cpu"]
    out["ratio_with_start"] = (out["ray"]["seconds"] + out["ray"]["start"]) / out["local"][
        "seconds"
    ]
    return out


def own_megabytes(pid: int) -> tuple[float, float]:
    """Memory of a process that is its own, and what it sees of shared memory."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    found = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    return int(found.get("RssAnon", 0)) / 1024, int(found.get("RssShmem", 0)) / 1024


@contextmanager
def watching(pids: list[int]) -> Iterator[dict[str, float]]:
    """The most memory of any of the processes while the block lasts."""
    most = {"own_mb": 0.0, "shared_mb": 0.0}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            for pid in pids:
                for key, value in zip(most, own_megabytes(pid), strict=True):
                    most[key] = max(most[key], value)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def memory(path: Path) -> dict[str, Any]:
    """The most memory of a worker in each kind of work."""
    import ray

    from shoal.numerics import neighbors
    from shoal.numerics.blocks import slices
    from shoal.numerics.clusters import nearest_centre
    from shoal.numerics.principal import components
    from shoal.parts.engines.ray_engine import RayEngine

    vectors = np.load(path, mmap_mode="r")
    centre = np.array(vectors[:: max(len(vectors) // N_CENTRES, 1)][:N_CENTRES])
    blocks = slices(len(vectors), neighbors.DISTANCE_ROWS)[:SEARCHED]
    work = {
        "pca": lambda engine: components(vectors, 128),
        "nearest centre": lambda engine: nearest_centre(vectors, centre),
        "neighbors": lambda engine: list(
            engine.map(
                lambda: lambda part: neighbors._search(vectors[part], vectors, 30),
                blocks,
            )
        ),
    }
    out = {}
    for name, do in work.items():
        engine = RayEngine()
        with engine.at_work():
            engine.crew.start()
            refs = [w.__ray_call__.remote(lambda _: os.getpid()) for w in engine.crew.workers]
            begun = time.perf_counter()
            with watching(ray.get(refs)) as most:
                do(engine)
            out[name] = {**most, "seconds": time.perf_counter() - begun}
        print(f"  {name}: {most['own_mb']:.0f} MB of its own", flush=True)
    return out


def main() -> None:
    """Print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory-rows", type=int, nargs=2, default=[100_000, 1_000_000])
    parser.add_argument("--under", default="", help="a command that starts each run, such as nice")
    parser.add_argument("--only", choices=["time", "memory"])
    args = parser.parse_args()
    figures: dict[str, Any] = {"rows": args.rows, "repeats": args.repeats}
    digest = hashlib.sha256(np.load(args.vectors, mmap_mode="r")[:1000].tobytes())
    figures["vectors"] = digest.hexdigest()[:16]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.only != "memory":
            print(f"{args.rows:,} rows")
            figures["time"] = told = times(
                part_of(args.vectors, args.rows, folder), args.repeats, args.under.split()
            )
            for stage, seconds in told["local"]["stages"].items():
                print(f"  {stage:10} {seconds:8.1f} s {told['ray']['stages'][stage]:8.1f} s by Ray")
            print(f"processor: {told['local']['cpu']:.0f} s, {told['ray']['cpu']:.0f} s by Ray")
            print(f"Ray takes {told['ratio']:.2f} times the local engine's time, and its start")
            print(f"{told['ray']['start']:.1f} s ({told['ratio_with_start']:.2f} with that)")
        if args.only != "time":
            figures["memory"] = {}
            for rows in args.memory_rows:
                print(f"memory of a worker at {rows:,} rows")
                figures["memory"][rows] = memory(part_of(args.vectors, rows, folder))
    save("what_ray_costs" + (f"_{args.only}" if args.only else ""), figures)


if __name__ == "__main__":
    main()
