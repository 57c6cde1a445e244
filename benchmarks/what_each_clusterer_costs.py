"""What does each clusterer find and cost, on the same vectors, before and after UMAP?

python benchmarks/what_each_clusterer_costs.py DATA [--vectors FOLDER] [--rows 20000] [--sets NAME]

Those that take a number of clusters are told the true one, the others nothing. Noise counts as one
cluster. Seconds are of the cluster stage, with the neighbors already there.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from report import save, table
from sklearn.metrics import adjusted_rand_score
from which_clusterer_finds_the_groups import vectors_of

from shoal import stages
from shoal.data import Embeddings
from shoal.parts.clusterers import CLUSTERERS
from shoal.recipe import Recipe

SETS = ("ag_news_test", "banking77", "stackoverflow20", "clinc150_oos")
DENSITY = ("hdbscan", "dbscan")
"""Also after UMAP, with all rows placed and not."""


def measured(name: str, space: str, reduced: Any, graph: Any, truth: Any, recipe: Recipe) -> dict:
    """A row of the table."""
    part, coverage = recipe.build("cluster"), recipe.stages["cluster"]["coverage"]
    started = time.perf_counter()
    found = stages.cluster(reduced, graph, part, coverage)[0]
    seconds = time.perf_counter() - started
    row = {
        "set": name,
        "clusterer": recipe.part("cluster"),
        "reduced by": space,
        "coverage": coverage,
        "clusters": found.n_clusters,
        "noise": float((found.labels < 0).mean()),
        "ARI": float(adjusted_rand_score(truth, found.labels)),
        "seconds": seconds,
    }
    print(row, flush=True)
    return row


def one_set(name: str, vectors: Any, truth: Any) -> list[dict]:
    """Every clusterer on one set; equal contents are one row, as in a run."""
    _, first = np.unique(vectors, axis=0, return_index=True)
    first.sort()
    unit, truth = Embeddings(np.ascontiguousarray(vectors[first]), ("given",)), truth[first]
    k = int(truth.max()) + 1
    rows = []
    for space in ("pca", "umap"):
        recipe = Recipe().choose("reduce", part=space)
        started = time.perf_counter()
        reduced = stages.reduce(unit, recipe.build("reduce"))
        print(f"{name}: {space} took {time.perf_counter() - started:.1f} s", flush=True)
        graph = stages.neighbors(reduced, recipe.stages["neighbors"]["k"])
        for part in CLUSTERERS.parts if space == "pca" else DENSITY:
            chosen = recipe.choose("cluster", part=part)
            if "n_clusters" in CLUSTERERS.parameters(part) and part != "communities":
                chosen = chosen.choose("cluster", n_clusters=k, coverage="100")
            rows.append(measured(name, space, reduced, graph, truth, chosen))
            if part == "agglomerative":
                chosen = chosen.choose("cluster", linkage="average")
                rows.append(measured(name, f"{space}, average", reduced, graph, truth, chosen))
            if space == "umap":
                chosen = chosen.choose("cluster", coverage="100")
                rows.append(measured(name, space, reduced, graph, truth, chosen))
    return rows


def main() -> None:
    """Measure every clusterer on every set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", type=Path, default=Path("vectors"))
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--sets", nargs="*", default=SETS)
    options = parser.parse_args()
    options.vectors.mkdir(parents=True, exist_ok=True)
    rows = []
    for name in options.sets:
        rows += one_set(name, *vectors_of(options.data, name, options.vectors, options.rows))
    table(rows)
    save(Path(__file__).stem, rows)


if __name__ == "__main__":
    main()
