"""How do time and memory grow with the rows, stage by stage, and how do the peers' grow?

python benchmarks/how_does_it_scale.py DATA WORK [--rows 10000 100000 1000000] \
    [--peer-python PEER/bin/python] [--evoc 100000 1000000] [--umap 10000 20000 50000]

DATA holds the labelled sets, WORK keeps what is made and measured: empty it to measure anew. Rows
beyond the 73,607 titles are made between real ones (grown_rows.py): the figures tell of time and
memory, and less of quality. Every run is a process of its own, from given vectors on, with names,
map and report. Memory is what the process holds beyond mapped files, looked at 50 times a second.
The exponent of a stage is the slope of the logarithm of its seconds over that of the rows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from grown_rows import grow
from report import save, table

MIN_SECONDS = 0.3
"""A stage that takes less at the fewest rows is not fitted: what it costs once is most of it."""


def own_megabytes() -> float:
    """Memory of this process that no file stands behind."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    raise SystemExit("this system has no /proc")


class Meter:
    """Seconds and most memory of each stage, as a progress that is told of them."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self.now, self.most, self.used, self.ended = "read", 0.0, 0.0, False
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.ended:
            self.most = max(self.most, own_megabytes())
            time.sleep(0.02)

    def start(self, stage: str, total: int | None = None) -> None:
        """A stage begins."""
        self.now, self.most = stage, own_megabytes()
        self.used = time.process_time()

    def advance(self, steps: int = 1) -> None:
        """Nothing is shown."""

    def finish(self, stage: str, seconds: float, *, resumed: bool = False) -> None:
        """A stage has ended."""
        used = time.process_time() - self.used
        peak = max(self.most, own_megabytes())
        self.stages[stage] = {"seconds": seconds, "processor": used, "peak_mb": peak}
        print(f"{stage}: {seconds:.1f} s, {used:.1f} of processor, {peak:.0f} MB", flush=True)

    def note(self, text: str) -> None:
        """Nothing is shown."""

    def timed(self, stage: str, function: Any) -> Any:
        """What a function returns, timed as a stage."""
        self.start(stage)
        started = time.perf_counter()
        found = function()
        self.finish(stage, time.perf_counter() - started)
        return found


def one(vectors: Path, titles: Path, out: Path) -> None:
    """One run in this process; its figures go to OUT.json."""
    from shoal.analysis.near_duplicates import find_near_duplicates
    from shoal.artifacts.saved import SavedRun
    from shoal.data import Embeddings
    from shoal.numerics.outliers import outliers
    from shoal.recipe import Recipe
    from shoal.run import pipeline
    from shoal.run.plan import Plan
    from shoal.views import report

    meter = Meter()
    plans: list[Plan] = []
    recipe = Recipe().choose(
        "read", sources=[str(titles)], vectors=str(vectors), text="text", truth="label"
    )
    shutil.rmtree(out, ignore_errors=True)
    started = time.perf_counter()
    run = pipeline.run(recipe, [titles], out, progress=meter, on_plan=plans.append)
    meter.timed("report", lambda: report.write(run.path))
    total = time.perf_counter() - started
    peak = max(stage["peak_mb"] for stage in meter.stages.values())
    saved = SavedRun(run.path)
    items = saved.as_items()
    graph = saved.folder.read_neighbors(items.distinct)
    unit = Embeddings(saved.embeddings, ())
    meter.timed("(outliers)", lambda: outliers(graph.rows, graph.distances))
    if len(items.distinct) == len(items):
        meter.timed("(duplicates)", lambda: find_near_duplicates(items, unit, graph))
    evaluation = run.evaluation
    told = {
        "rows": len(items),
        "seconds": total,
        "peak_mb": peak,
        "planned_mb": plans[0].memory_mb,
        "planned_seconds": plans[0].seconds,
        "stages": meter.stages,
        "scores": {score["name"]: score["value"] for score in evaluation["scores"]},
        "clusters": evaluation["n_clusters"],
        "reason": evaluation["reason"],
        "notes": run.info["notes"],
        "report_mb": (run.path / "report.html").stat().st_size / 1e6,
    }
    meter.ended = True
    out.with_suffix(".json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def exponent(rows: list[int], seconds: list[float]) -> float:
    """Slope of the logarithms by least squares."""
    return float(np.polyfit(np.log(rows), np.log(seconds), 1)[0])


def peer(python: str, method: str, vectors: Path, out: Path) -> dict[str, Any]:
    """Seconds and labels of a peer for clusters alone."""
    here = Path(__file__).parent
    if not out.is_file():
        command = [python, str(here / "clusterer_peers.py"), method, str(vectors), str(out)]
        subprocess.run(command, check=True)
    with np.load(out) as file:
        return {"seconds": float(file["seconds"]), "labels": file["labels"]}


def main() -> None:
    """Run all and print what grew how."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--evoc", type=int, nargs="*", default=[])
    parser.add_argument("--umap", type=int, nargs="*", default=[])
    parser.add_argument("--one", action="store_true")
    options = parser.parse_args()
    if options.one:
        one(*grow(options.data, options.work, options.rows[0]), options.work / "run")
        return
    runs = []
    for n in options.rows:
        kept = options.work / f"run.{n}.json"
        if not kept.is_file():
            command = [sys.executable, __file__, str(options.data), str(options.work)]
            subprocess.run([*command, "--one", "--rows", str(n)], check=True)
            (options.work / "run.json").rename(kept)
        runs.append(json.loads(kept.read_text(encoding="utf-8")))
    rows = []
    for stage in [x for x in runs[0]["stages"] if all(x in run["stages"] for run in runs)]:
        seconds = [run["stages"][stage]["seconds"] for run in runs]
        row: dict[str, Any] = {"stage": stage}
        row |= {f"{n:,} s": s for n, s in zip(options.rows, seconds, strict=True)}
        row |= {"peak MB": round(runs[-1]["stages"][stage]["peak_mb"])}
        fitted = len(runs) > 1 and seconds[0] >= MIN_SECONDS
        rows.append({**row, "exponent": exponent(options.rows, seconds) if fitted else "-"})
    whole = {f"{n:,} s": run["seconds"] for n, run in zip(options.rows, runs, strict=True)}
    grew = exponent(options.rows, [run["seconds"] for run in runs]) if len(runs) > 1 else "-"
    last = {"peak MB": round(runs[-1]["peak_mb"]), "exponent": grew}
    table([*rows, {"stage": "all", **whole, **last}])
    figures: dict[str, Any] = {"runs": runs, "peers": {}}
    for method, sizes in (("evoc", options.evoc), ("bertopic", options.umap)):
        for n in sizes:
            vectors = grow(options.data, options.work, n)[0]
            out = options.work / f"peer.{method}.{n}.npz"
            seconds = peer(options.peer_python, method, vectors, out)["seconds"]
            figures["peers"].setdefault(method, {})[n] = seconds
            print(f"{method} at {n:,} rows: {seconds:.0f} s")
    if len(options.umap) > 1:
        found = figures["peers"]["bertopic"]
        slope = exponent(list(found), list(found.values()))
        most = max(found)
        guess = found[most] * (max(options.rows) / most) ** slope
        figures["umap_at_most_rows"] = {"exponent": slope, "seconds": guess}
        print(f"UMAP + HDBSCAN: exponent {slope:.2f}, so {guess:.0f} s at {max(options.rows):,}")
    save("how_does_it_scale", figures)


if __name__ == "__main__":
    main()
