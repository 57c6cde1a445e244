"""How long do our k-means and its peers take to the same inertia?

python benchmarks/how_fast_is_kmeans.py DATA WORK [--rows 100000] [--k 100 10000] \
    [--steps 10] [--methods shoal sklearn ...] [--peer-python PY] [--seconds 600]

Each method does so many steps from random rows (ours from what a sample ended at) in a process
of its own. The inertia is that of the labels it gives, measured by us, and told as a ratio to
ours; a ratio below one is better than ours. Processor seconds are told beside those of the clock,
which a busy machine stretches. A method that takes longer than --seconds is stopped and told so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from grown_rows import grow
from kmeans_peers import OWN
from report import save, table

from shoal.numerics.blocks import slices
from shoal.numerics.clusters import sums


def inertia(vectors: Any, labels: Any) -> float:
    """Sum of the squared distances of the rows to the means of their clusters."""
    labels = np.asarray(labels, dtype=np.int32)
    n_clusters = int(labels.max()) + 1
    total = sums(vectors, labels, n_clusters)
    sizes = np.maximum(np.bincount(labels, minlength=n_clusters), 1)
    squares = sum(float((np.asarray(vectors[p]) ** 2).sum()) for p in slices(len(vectors), 8192))
    return squares - float((np.einsum("ij,ij->i", total, total) / sizes).sum())


def once(
    python: str, method: str, k: int, options: argparse.Namespace, source: Path
) -> dict[str, Any]:
    """One measurement."""
    out = options.work / "kmeans.npz"
    command = [python, str(Path(__file__).parent / "kmeans_peers.py"), method, str(k)]
    try:
        subprocess.run(
            [*command, str(options.steps), str(source), str(out)],
            check=True,
            timeout=options.seconds,
        )
    except subprocess.TimeoutExpired:
        return {"seconds": f"over {options.seconds}", "processor": "-", "inertia": "-"}
    except subprocess.CalledProcessError as error:
        return {"seconds": f"failed ({error.returncode})", "processor": "-", "inertia": "-"}
    with np.load(out) as file:
        return {
            "seconds": float(file["seconds"]),
            "processor": float(file["processor"]),
            "inertia": inertia(np.load(source, mmap_mode="r"), file["labels"]),
        }


def main() -> None:
    """Measure all and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000])
    parser.add_argument("--k", type=int, nargs="*", default=[100, 10_000])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--methods", nargs="*", default=["shoal", "sklearn"])
    options = parser.parse_args()
    own = [method.__name__ for method in OWN]
    told = []
    for n in options.rows:
        source = grow(options.data, options.work, n)[0]
        for k in options.k:
            ours = None
            for method in options.methods:
                python = sys.executable if method in own else options.peer_python
                found = once(python, method, k, options, source)
                ours = found["inertia"] if ours is None else ours
                both = isinstance(found["inertia"], float) and isinstance(ours, float)
                ratio = found["inertia"] / ours if both else "-"
                told.append({"rows": n, "k": k, "method": method, **found, "to ours": ratio})
                print(told[-1], flush=True)
    table(told)
    save("how_fast_is_kmeans", told)


if __name__ == "__main__":
    main()
