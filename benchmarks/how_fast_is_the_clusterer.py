"""After embedding, how long does the default clusterer take, and how long do its peers?

python benchmarks/how_fast_is_the_clusterer.py VECTORS.npy --peer-python PEER/bin/python \
    [--pairs 5] [--methods evoc bertopic]

VECTORS.npy holds (n, n_dims) vectors, such as `which_clusterer_finds_the_groups.py` keeps. shoal
and the peers take turns; all are measured in a process of their own, after a first fit to a few
thousand rows that compiles what is compiled. shoal's seconds are those from the vectors on:
reduction, neighbors, clusters.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from report import save, table
from timed import save_timed
from which_clusterer_finds_the_groups import ours

WARM_UP_ROWS = 2000


def timed(source: str, out: str) -> None:
    """Shoal's own side, in this process."""
    vectors = np.load(source)
    ours(vectors[:WARM_UP_ROWS], 0)
    save_timed(out, lambda: ours(vectors, 0)[0])


def once(python: str, method: str, vectors: str, out: Path) -> dict[str, Any]:
    """One measurement, by shoal's Python or the peer's."""
    here = Path(__file__).parent
    command = [sys.executable, __file__, vectors, "--timed", str(out)]
    if method != "shoal":
        command = [python, str(here / "clusterer_peers.py"), method, vectors, str(out)]
    subprocess.run(command, check=True)
    with np.load(out) as file:
        return {"seconds": float(file["seconds"]), "processor": float(file["processor"])}


def main() -> None:
    """Take turns and print medians and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("vectors")
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--methods", nargs="*", default=["evoc"])
    parser.add_argument("--timed", default="")
    options = parser.parse_args()
    if options.timed:
        timed(options.vectors, options.timed)
        return
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("shoal", *options.methods)}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.pairs):
            for method, measured in found.items():
                out = Path(folder) / f"{method}.npz"
                measured.append(once(options.peer_python, method, options.vectors, out))
    rows = [
        {
            "method": method,
            "seconds": median(x["seconds"] for x in measured),
            "processor s": median(x["processor"] for x in measured),
            "times shoal's": median(
                x["seconds"] / own["seconds"]
                for x, own in zip(measured, found["shoal"], strict=True)
            ),
        }
        for method, measured in found.items()
    ]
    table(rows)
    shape = list(np.load(options.vectors, mmap_mode="r").shape)
    save("how_fast_is_the_clusterer", {"vectors": shape, "medians": rows, "all": found})


if __name__ == "__main__":
    main()
