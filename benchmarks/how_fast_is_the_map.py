"""How fast is our 2-D map and what does it keep, against openTSNE on the same neighbors?

pip install openTSNE
python benchmarks/how_fast_is_the_map.py DATA [SET] [--runs 3]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from report import save, table
from sklearn.neighbors import NearestNeighbors

import shoal
from shoal.artifacts.saved import SavedRun
from shoal.parts.reducers.layout import NeighborLayout

NEAREST = 15
SAMPLE = 2000


def judged(points: Any, rows: Any, labels: Any) -> dict[str, float]:
    """Share of neighbors kept in the picture, and of picture neighbors of the same class."""
    sample = np.random.default_rng(0).choice(len(points), min(SAMPLE, len(points)), replace=False)
    model = NearestNeighbors(n_neighbors=NEAREST + 1).fit(points)
    found = model.kneighbors(points[sample], return_distance=False)[:, 1:]
    kept = [len({*a} & {*b}) / NEAREST for a, b in zip(found, rows[sample], strict=True)]
    same = labels[found] == labels[sample][:, None]
    return {"neighbors kept": float(np.mean(kept)), "same class": float(same.mean())}


def opentsne(start: Any, rows: Any, distances: Any) -> Any:
    """Lay out with openTSNE's usual two phases, one thread a core."""
    import openTSNE
    from openTSNE import affinity, nearest_neighbors

    index = nearest_neighbors.PrecomputedNeighbors(rows, distances)
    near = affinity.PerplexityBasedNN(knn_index=index, perplexity=10, n_jobs=2)
    picture = openTSNE.TSNEEmbedding(start, near, n_jobs=2, random_state=0)
    picture.optimize(n_iter=250, exaggeration=12, momentum=0.5, inplace=True)
    picture.optimize(n_iter=500, momentum=0.8, inplace=True)
    return np.asarray(picture)


def main() -> None:
    """Time both in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("set", nargs="?", default="banking77")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    source = options.data / f"{options.set}.parquet"
    run = shoal.cluster(source, text="text", truth="label")
    saved = SavedRun(run.path)
    distinct = saved.distinct
    graph = saved.folder.read_neighbors(distinct)
    vectors = np.ascontiguousarray(run.embeddings[distinct])
    labels = np.asarray(pq.read_table(source)["label"].to_pylist())[distinct]
    near = (graph.rows, graph.distances)
    start = np.asarray(vectors[:, :2] * 1e-4, dtype=np.float64)
    times: dict[str, list[float]] = {"shoal": [], "openTSNE": []}
    marks = {}
    for _ in range(options.runs):
        for name, draw in (
            ("shoal", lambda: NeighborLayout().fit_transform(vectors, neighbors=near)),
            ("openTSNE", lambda: opentsne(start.copy(), *near)),
        ):
            began = time.perf_counter()
            points = draw()
            times[name].append(time.perf_counter() - began)
            marks[name] = judged(points, graph.rows[:, :NEAREST], labels)
    figures = [
        {
            "map": name,
            "rows": len(vectors),
            "seconds": statistics.median(times[name]),
            **marks[name],
        }
        for name in times
    ]
    table(figures)
    ratio = statistics.median(b / a for a, b in zip(times["shoal"], times["openTSNE"], strict=True))
    print(f"\nopenTSNE takes {ratio:.1f} x the time")
    save("how_fast_is_the_map", {"set": options.set, "figures": figures, "ratio": ratio})


if __name__ == "__main__":
    main()
