"""How long do the metrics take, against scikit-learn's, and what does a sample do to DBCV?

python benchmarks/how_fast_is_the_evaluation.py [RUN] [--rows 20000] [--runs 3]

RUN is a finished run folder: its DBCV is measured on all rows and on samples.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from report import save, table
from sklearn import metrics as reference

import shoal
from shoal.numerics.density.dbcv import density_validity
from shoal.parts.metrics import METRICS, TRAITS
from shoal.parts.metrics.view import View

N_DIMS, N_CLUSTERS = 384, 100
PEERS: dict[str, Callable[..., float]] = {
    "silhouette": lambda x, y: reference.silhouette_score(x, y, metric="cosine"),
    "davies_bouldin": reference.davies_bouldin_score,
    "calinski_harabasz": reference.calinski_harabasz_score,
}


def made(n: int) -> tuple[Any, Any, Any]:
    """Unit vectors around directions, a clustering that is mostly right, and the truth."""
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(N_CLUSTERS, N_DIMS))
    truth = rng.integers(0, N_CLUSTERS, n).astype(np.int32)
    vectors = (centre[truth] + 1.5 * rng.normal(size=(n, N_DIMS))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    wrong = rng.random(n) < 0.2
    labels = np.where(wrong, rng.integers(-1, N_CLUSTERS, n), truth).astype(np.int32)
    return vectors, labels, truth


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time on all cores together, which others do not lengthen; result."""
    began = time.process_time()
    out = work()
    return time.process_time() - began, out


def speeds(n: int, runs: int) -> list[dict[str, Any]]:
    """Median processor seconds of each metric by itself, and of its peer in the same round."""
    vectors, labels, truth = made(n)
    inside = labels >= 0
    ours: dict[str, list[float]] = {name: [] for name in METRICS.parts}
    theirs: dict[str, list[float]] = {name: [] for name in PEERS}
    whole = []
    for _ in range(runs):
        for name in METRICS.parts:
            view = View(vectors, labels, labels, truth)
            ours[name].append(timed(lambda name=name, view=view: METRICS.find(name)(view))[0])
        view = View(vectors, labels, labels, truth)
        whole.append(timed(lambda view=view: [METRICS.find(name)(view) for name in TRAITS])[0])
        for name, peer in PEERS.items():
            work = lambda peer=peer: peer(vectors[inside], labels[inside])  # noqa: E731
            theirs[name].append(timed(work)[0])
    rows = []
    for name, seconds in {**ours, "all of them": whole}.items():
        peer = theirs.get(name)
        ratio = peer and statistics.median(b / a for a, b in zip(seconds, peer, strict=True))
        rows.append(
            {
                "metric": name,
                "processor seconds": statistics.median(seconds),
                "scikit-learn": statistics.median(peer) if peer else "",
                "ratio": ratio or "",
            }
        )
    return rows


def bias(folder: Path) -> list[dict[str, Any]]:
    """DBCV of a run's distinct rows on all of them and on ever smaller samples."""
    run = shoal.load(folder)
    vectors, first = np.unique(run.embeddings[run.usable], axis=0, return_index=True)
    labels = run.labels[run.usable][first]
    rng, rows = np.random.default_rng(0), []
    for share in (1.0, 0.5, 0.25):
        part = np.sort(rng.choice(len(labels), round(share * len(labels)), replace=False))
        seconds, found = timed(lambda part=part: density_validity(vectors[part], labels[part]))
        sizes = np.bincount(labels[part][labels[part] >= 0], minlength=len(found.validity))
        value = float(np.nansum(sizes * found.validity) / len(part))
        rows.append({"rows": len(part), "DBCV": value, "processor seconds": seconds})
    return rows


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    figures = {"rows": options.rows, "speed": speeds(options.rows, options.runs)}
    table(figures["speed"])
    if options.run:
        print()
        figures["bias"] = bias(options.run)
        table(figures["bias"])
    save("how_fast_is_the_evaluation", figures)


if __name__ == "__main__":
    main()
