"""How does `shoal cluster` compare with BERTopic's defaults and the same model, end to end?

python benchmarks/against_bertopic.py DATA --peer-python PEER/bin/python [--runs 3] [--set NAME]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from report import save, table
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score


def run(command: list[str]) -> dict[str, float]:
    """Wall seconds and peak memory in MB of a whole process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return {"seconds": time.perf_counter() - started, "peak_mb": usage.ru_maxrss / 1024}


def judged(labels: Any, truth: Any) -> dict[str, float]:
    """Count clusters and noise, and compare with the truth; noise counts as one cluster."""
    return {
        "clusters": len(set(labels.tolist()) - {-1}),
        "noise": float((labels < 0).mean()),
        "ARI": float(adjusted_rand_score(truth, labels)),
        "AMI": float(adjusted_mutual_info_score(truth, labels)),
    }


def main() -> None:
    """Run the two in turn and print the medians and the ratios pair by pair."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--set", default="stackoverflow20")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    source = str(options.data / f"{options.set}.parquet")
    truth = pq.read_table(source)["label"].to_pylist()
    peer_script = str(Path(__file__).with_name("bertopic_peer.py"))
    ours, theirs = [], []
    for number in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            out, topics = f"{folder}/run", f"{folder}/topics.npy"
            shoal = [sys.executable, "-m", "shoal", "cluster", source, "--text", "text", "-o", out]
            # nothing may come from the cache of another run
            ours.append(run([*shoal, "--set", "embedder.cache=false"]))
            labels = pq.read_table(f"{out}/assignments.parquet")["cluster"].to_numpy()
            ours[-1] |= judged(labels, truth)
            theirs.append(run([options.peer_python, peer_script, source, topics]))
            theirs[-1] |= judged(np.load(topics), truth)
        print(f"pair {number + 1}: {json.dumps({'shoal': ours[-1], 'bertopic': theirs[-1]})}")
    middle = {
        name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for name, runs in (("shoal", ours), ("BERTopic", theirs))
    }
    ratios = {
        key: statistics.median(b[key] / a[key] for a, b in zip(ours, theirs, strict=True))
        for key in ("seconds", "peak_mb")
    }
    table([{"tool": name, **figures} for name, figures in middle.items()])
    print(f"\nBERTopic takes {ratios['seconds']:.2f} x the time, {ratios['peak_mb']:.2f} x memory")
    save("against_bertopic", {"set": options.set, "runs": [ours, theirs], "ratios": ratios})


if __name__ == "__main__":
    main()
