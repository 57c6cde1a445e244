"""Run again, with a little noise or a few rows less: are the clusters the same, and how many?

python benchmarks/does_the_number_stand.py DATA [--vectors FOLDER] [--rows 4000] [--sets NAME ...]

Each set is clustered with five seeds, three times with noise of 0.005 a dimension, three times with
95 % of its rows, three times with its rows shuffled and once with a row more. All are compared with
the first run: the number of clusters (largest over smallest, of the first eleven) and the agreement
(adjusted Rand index) on the rows that both hold. Beside that the agreement with the true classes,
of shoal and of three k-means told the true k. Results of sets not run this time stay as they were.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from report import RESULTS, save, table
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from which_clusterer_finds_the_groups import RECORDS, SETS, told, vectors_of

from shoal import stages
from shoal.data import Embeddings
from shoal.numerics.duplicates.exact import first_equal
from shoal.recipe import Recipe
from shoal.stages.assigning import content_keys

NAME = "does_the_number_stand"
NOISE = 0.005
LEFT = 0.95


def clustered(vectors: Any, keys: Any, seed: int = 0) -> tuple[Any, Any]:
    """The default from vectors on, as a run does it, and the label of each row, equal rows once."""
    recipe = Recipe()
    first = first_equal(keys)
    distinct, item, copies = np.unique(first, return_inverse=True, return_counts=True)
    unit = Embeddings(vectors[distinct], ("given",))
    held = keys[distinct]
    reduced = stages.reduce(unit, recipe.build("reduce"), keys=held)
    graph = stages.neighbors(reduced, recipe.stages["neighbors"]["k"], keys=held)
    part = recipe.build("cluster").set_params(seed=seed)
    copies = copies.astype(np.int32)
    found = stages.cluster(reduced, graph, part, "auto", copies, keys=held)[0]
    return found, found.labels[item]


def keys_of(vectors: Any) -> Any:
    """What stands for the content of each row, as a run has it of texts, (n, 16) uint8."""
    return content_keys(row.tobytes() for row in vectors)


def shaken(vectors: Any) -> list[tuple[str, Any, Any, int]]:
    """Kind, rows of the first run (-1 for another), vectors and seed of each run."""
    n = len(vectors)
    every = np.arange(n)
    out = [("seed", every, vectors, seed) for seed in range(5)]
    for trial in range(3):
        rng = np.random.default_rng(trial)
        moved = vectors + NOISE * rng.standard_normal(vectors.shape).astype(np.float32)
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        out.append(("noise", every, moved, 0))
    for trial in range(3):
        rows = np.random.default_rng(10 + trial).choice(n, round(LEFT * n), replace=False)
        out.append(("95 %", np.sort(rows), vectors[np.sort(rows)], 0))
    for trial in range(3):
        rows = np.random.default_rng(20 + trial).permutation(n)
        out.append(("order", rows, vectors[rows], 0))
    new = vectors[:1] + vectors[n // 2 : n // 2 + 1]
    more = np.vstack([vectors, new / np.linalg.norm(new)]).astype(np.float32)
    out.append(("a row more", np.append(every, -1), more, 0))
    return out


def one_set(name: str, vectors: Any, truth: Any) -> dict[str, Any]:
    """All runs of one set, as a row of the table."""
    base: Any = None
    before: Any = None
    counts: list[int] = []
    agreed: dict[str, list[float]] = {}
    true: list[tuple[float, float]] = []
    for kind, rows, moved, seed in shaken(vectors):
        found, every = clustered(moved, keys_of(moved), seed)
        kept = rows >= 0
        labels = every[kept]
        if base is None:
            base, before = found, labels
        else:
            agreed.setdefault(kind, []).append(
                float(adjusted_rand_score(before[rows[kept]], labels))
            )
        if kind in ("seed", "noise", "95 %"):
            counts.append(found.n_clusters)
            classes = truth[rows[kept]]
            true.append(
                (
                    float(adjusted_rand_score(classes, labels)),
                    float(adjusted_mutual_info_score(classes, labels)),
                )
            )
    shaken_all = [x for kind in ("seed", "noise", "95 %") for x in agreed[kind]]
    k_means = told(vectors, truth)
    broad = next((layer for layer in base.layers if layer.broad), None)
    equal = np.unique(first_equal(keys_of(vectors)), return_inverse=True)[1]
    return {
        "set": name,
        "rows": len(vectors),
        "true k": int(truth.max()) + 1,
        "k": counts,
        "range": base.range,
        "themes": None if broad is None else broad.n_clusters,
        "max / min": max(counts) / min(counts),
        "agreement": float(np.mean(shaken_all)),
        "lowest": min(shaken_all),
        **{kind: float(np.mean(values)) for kind, values in agreed.items()},
        "lowest of orders": min(agreed["order"]),
        "ARI": float(np.mean([x[0] for x in true])),
        "ARI ratio": float(np.mean([x[0] for x in true])) / k_means[0],
        "AMI ratio": float(np.mean([x[1] for x in true])) / k_means[1],
        "ARI of themes": (
            None if broad is None else float(adjusted_rand_score(truth, broad.labels[equal]))
        ),
    }


def main() -> None:
    """Measure each set and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", type=Path, default=Path("vectors"))
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--sets", nargs="*", default=(*SETS, *RECORDS))
    options = parser.parse_args()
    options.vectors.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{NAME}.json"
    rows = json.loads(path.read_text("utf-8"))["figures"]["rows"] if path.is_file() else []
    for name in options.sets:
        vectors, truth = vectors_of(options.data, name, options.vectors, options.rows)
        if len(vectors) > options.rows:
            some = np.random.default_rng(0).choice(len(vectors), options.rows, replace=False)
            vectors, truth = vectors[np.sort(some)], truth[np.sort(some)]
        row = one_set(name, vectors, truth)
        print(row, file=sys.stderr, flush=True)
        rows = [x for x in rows if x["set"] != name] + [row]
        save(NAME, {"rows": rows})
    table([{**row, "k": f"{min(row['k'])} to {max(row['k'])}"} for row in rows])
    print("mean agreement", np.mean([row["agreement"] for row in rows]))


if __name__ == "__main__":
    main()
