"""How long does HDBSCAN take and how much memory, against scikit-learn's on the same rows?

python benchmarks/how_fast_is_hdbscan.py VECTORS.npy [--rows 2500 5000 10000 20000] [--most 10000]

Each runs in a process of its own, in turn; scikit-learn's holds the distances of all pairs and is
left out above --most rows. Ours is timed with its search for neighbors, which a run shares.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from report import save, table
from sklearn.metrics import adjusted_rand_score

SIZE, SAMPLES, K = 15, 5, 30


def one(method: str, vectors: Any, out: str) -> None:
    """Cluster in this process, and print seconds and megabytes above what the data took."""
    from sklearn import cluster

    from shoal.numerics.neighbors import nearest
    from shoal.parts.clusterers import hdbscan

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    if method == "shoal":
        near = nearest(vectors, vectors, K, exclude_itself=True)
        model: Any = hdbscan.HDBSCAN(SIZE, min_samples=SAMPLES).fit(vectors, neighbors=near)
    else:
        wide = vectors.astype(np.float64)
        model = cluster.HDBSCAN(min_cluster_size=SIZE, min_samples=SAMPLES, copy=True).fit(wide)
    seconds = time.perf_counter() - started
    np.save(out, model.labels_)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"seconds": seconds, "megabytes": grown / 1024}))


def main() -> None:
    """Run both in turn on ever more rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--rows", type=int, nargs="*", default=[2500, 5000, 10_000, 20_000])
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--one", nargs=3, metavar=("METHOD", "N", "OUT"))
    options = parser.parse_args()
    if options.one:
        method, n, out = options.one
        one(method, np.load(options.vectors)[: int(n)].copy(), out)
        return
    rows = []
    for n in options.rows:
        row: dict[str, Any] = {"rows": n}
        labels = {}
        for method in ("shoal", "scikit-learn"):
            if method != "shoal" and n > options.most:
                row |= {f"{method} s": "-", f"{method} MB": "-"}
                continue
            out = Path(f"{method}.labels.npy")
            command = [sys.executable, __file__, options.vectors, "--one", method, str(n), out]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            told = json.loads(done.stdout.splitlines()[-1])
            row |= {f"{method} s": told["seconds"], f"{method} MB": round(told["megabytes"])}
            labels[method] = np.load(out)
            out.unlink()
        both = len(labels) == 2
        row["agreement (ARI)"] = float(adjusted_rand_score(*labels.values())) if both else "-"
        rows.append(row)
    table(rows)
    save(Path(__file__).stem, rows)


if __name__ == "__main__":
    main()
