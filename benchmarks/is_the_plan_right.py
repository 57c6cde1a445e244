"""Does a run hold the memory and take the time that its plan foretold?

python benchmarks/is_the_plan_right.py DATA WORK [--sets ag_news_test.parquet ...] [--model minilm]

Each labelled set is clustered in a process of its own, from the source to the tables, without
vectors from an earlier run. Memory is what the process holds beyond mapped files, looked at 50
times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from report import save, table

SETS = (
    "wholesale_customers.csv",
    "telco_churn.csv",
    "ag_news_test.parquet",
    "banking77.parquet",
    "clinc150_oos.parquet",
    "newsgroups20-00-of-02.parquet",
)


def one(source: Path, out: Path, model: str | None) -> None:
    """One run in this process; what was planned and used is its last line."""
    from how_does_it_scale import Meter

    from shoal.recipe import Recipe
    from shoal.run import pipeline
    from shoal.run.plan import Plan

    meter, plans = Meter(), list[Plan]()
    vectors = source.with_suffix(".npy")  # of grown_rows.py
    given = {"vectors": str(vectors), "text": "text"} if vectors.is_file() else {}
    recipe = Recipe().choose("read", sources=[str(source)], **given)
    if model:
        recipe = recipe.choose("embed", part=model)
    cache = out.with_suffix(".cache")
    for folder in (out, cache):
        shutil.rmtree(folder, ignore_errors=True)
    os.environ["SHOAL_CACHE"] = str(cache)
    started: float | None = None

    def planned(plan: Plan) -> None:
        nonlocal started
        plans.append(plan)
        started = time.perf_counter()

    pipeline.run(recipe, [source], out, progress=meter, on_plan=planned)
    assert started is not None
    meter.ended = True
    used = {
        "rows": plans[0].rows,
        "MB foretold": plans[0].memory_mb,
        "MB used": max(stage["peak_mb"] for stage in meter.stages.values()),
        "most in": max(meter.stages, key=lambda stage: meter.stages[stage]["peak_mb"]),
        "s foretold": plans[0].seconds,
        "s used": time.perf_counter() - started,
    }
    print(json.dumps(used))


def main() -> None:
    """Run each set and print what was foretold and what was used."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--model")
    parser.add_argument("--one", action="store_true")
    options = parser.parse_args()
    if options.one:
        one(options.data, options.work, options.model)
        return
    told: list[dict[str, Any]] = []
    for name in options.sets:
        command = [sys.executable, __file__, str(options.data / name), str(options.work / name)]
        command += ["--one", *(["--model", options.model] if options.model else [])]
        run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        used = json.loads(run.stdout.splitlines()[-1])
        ratio = used["MB foretold"] / used["MB used"]
        told.append({"set": name, **used, "foretold to used": ratio})
        print(told[-1], flush=True)
    table(told)
    save("is_the_plan_right", told)


if __name__ == "__main__":
    main()
