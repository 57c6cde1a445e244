"""Which search finds 95 % of the 30 nearest rows first: ours or a library's?

python benchmarks/how_fast_are_the_neighbors.py DATA WORK [--rows 100000] \
    [--faiss-python PY] [--pynndescent-python PY]

The rows are titles of arXiv (grown_rows.py) in the 128 dimensions in which shoal seeks neighbors.
Each method is tried with more and more effort until its recall on 1,000 rows is 0.95. Every
measurement is a process of its own; processor seconds are told beside those of the clock because
a busy machine stretches only the latter.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from grown_rows import grow
from neighbor_peers import K
from report import save, table

ENOUGH = 0.95
EFFORTS = {
    "faiss_ivf": (8, 16, 24, 32),
    "faiss_hnsw": (40, 80, 160),
    "usearch": (64, 128, 256),
    "pynndescent": (20, 40, 60),
}


def ours(vectors: Any) -> dict[str, Any]:
    """Ours, exactly and in a partition, in this process."""
    from shoal.numerics.ivf.search import nearest_in_partition
    from shoal.numerics.neighbors import nearest

    found = {}
    for name, search in (
        ("exact", lambda: nearest(vectors, vectors, K, exclude_itself=True)[0]),
        ("partition", lambda: nearest_in_partition(vectors, K).rows),
    ):
        started, used = time.perf_counter(), time.process_time()
        rows = search()
        clock, processor = time.perf_counter() - started, time.process_time() - used
        found[name] = {"rows": rows, "seconds": clock, "processor": processor}
    return found


def recall(rows: Any, truth: Any, tested: Any) -> float:
    """Share of the true neighbors of some rows that are among those found."""
    both = [np.isin(t, rows[row]).mean() for t, row in zip(truth, tested, strict=True)]
    return float(np.mean(both))


def main() -> None:
    """Measure all and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--faiss-python", default=sys.executable)
    parser.add_argument("--pynndescent-python", default=sys.executable)
    options = parser.parse_args()
    from shoal.parts.reducers.pca import PCA

    full = np.load(grow(options.data, options.work, options.rows)[0], mmap_mode="r")
    vectors = PCA().fit(full).transform(full)
    source, out = options.work / "neighbors.npy", options.work / "neighbors.npz"
    np.save(source, vectors)
    found = ours(vectors)
    tested = np.random.default_rng(5).choice(len(vectors), 1000, replace=False)
    truth = found["exact"]["rows"][tested]
    told = []
    for name, one in found.items():
        share = recall(one.pop("rows"), truth, tested)
        told.append({"method": f"shoal {name}", "effort": "-", "recall": share, **one})
    for method, efforts in EFFORTS.items():
        python = options.faiss_python
        python = options.pynndescent_python if method == "pynndescent" else python
        for effort in efforts:
            command = [python, str(Path(__file__).parent / "neighbor_peers.py"), method]
            subprocess.run([*command, str(effort), str(source), str(out)], check=True)
            with np.load(out) as file:
                share = recall(file["rows"], truth, tested)
                seconds, processor = float(file["seconds"]), float(file["processor"])
            told.append(
                {
                    "method": method,
                    "effort": effort,
                    "recall": share,
                    "seconds": seconds,
                    "processor": processor,
                }
            )
            print(told[-1], flush=True)
            if share >= ENOUGH:
                break
    table(told)
    save("how_fast_are_the_neighbors", told)


if __name__ == "__main__":
    main()
