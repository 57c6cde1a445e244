"""Make a run folder of any size without embedding anything, to see how the explorer bears it.

python benchmarks/made_run.py ROWS FOLDER

The vectors are drawn around the centres of 200 clusters, the texts from a vocabulary of each; the
map is drawn the same way. All files that the explorer reads are there and fit together.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shoal.parts.embedders import EMBEDDERS
from shoal.recipe import Recipe

N_CLUSTERS = 200
N_COARSE = 20
N_DIMS = 384
BLOCK = 50_000


def words(rng: np.random.Generator) -> list[list[str]]:
    """Thirty made-up words for each cluster."""
    parts = ["ka", "lo", "mi", "ru", "te", "sa", "no", "pi", "du", "ve", "gor", "lin"]
    return [["".join(rng.choice(parts, 3)) for _ in range(30)] for _ in range(N_CLUSTERS)]


def make(n_rows: int, out: Path, seed: int = 0) -> None:
    """Write the run folder."""
    rng = np.random.default_rng(seed)
    (out / "model").mkdir(parents=True, exist_ok=True)
    share = rng.dirichlet(np.full(N_CLUSTERS, 1.5))
    sizes = np.sort(rng.multinomial(n_rows, share))[::-1]
    labels = rng.permutation(np.repeat(np.arange(N_CLUSTERS), sizes)).astype(np.int32)
    coarse = (np.arange(N_CLUSTERS) % N_COARSE).astype(np.int32)[labels]
    centres = rng.normal(size=(N_CLUSTERS, N_DIMS)).astype(np.float32)
    vectors: Any = np.lib.format.open_memmap(
        out / "embeddings.npy", mode="w+", dtype=np.float32, shape=(n_rows, N_DIMS)
    )
    for start in range(0, n_rows, BLOCK):
        part = labels[start : start + BLOCK]
        block = centres[part] + 1.2 * rng.standard_normal((len(part), N_DIMS), dtype=np.float32)
        vectors[start : start + BLOCK] = block / np.linalg.norm(block, axis=1, keepdims=True)
    vectors.flush()
    places = rng.uniform(-10, 10, size=(N_CLUSTERS, 2))
    xy = places[labels] + rng.normal(size=(n_rows, 2)) * 0.45
    _tables(out, labels, coarse, xy.astype(np.float32), words(rng), rng)
    rows = np.arange(n_rows, dtype=np.int32)
    keys = np.zeros((0, 16), dtype=np.uint8)
    np.savez(out / "model/contents.npz", keys=keys, rows=rows, first=rows)
    _records(out, labels, words(np.random.default_rng(seed)))


def _tables(
    out: Path,
    labels: np.ndarray,
    coarse: np.ndarray,
    xy: np.ndarray,
    vocabulary: list[list[str]],
    rng: np.random.Generator,
) -> None:
    n_rows = len(labels)
    picks = rng.integers(30, size=(n_rows, 12))
    texts = [
        " ".join([vocabulary[label][word] for word in row])
        for label, row in zip(labels, picks, strict=True)
    ]
    ids = pa.array(np.arange(n_rows))
    columns = {
        "id": ids,
        "text": pa.array(texts, pa.large_string()),
        "country": pa.array(rng.choice(["de", "fr", "it", "pl", "se"], n_rows)),
        "price": pa.array(rng.gamma(2.0, 20.0, n_rows)),
    }
    pq.write_table(pa.table(columns), out / "items.parquet", compression="zstd")
    assigned = {
        "id": ids,
        "cluster": labels,
        "strength": rng.uniform(0.4, 1, n_rows).astype(np.float32),
        "outlier_score": rng.gamma(20, 0.05, n_rows).astype(np.float32),
        "duplicate_of": pa.nulls(n_rows, pa.int64()),
        "layer_0": labels,
        "layer_1": coarse,
        "x": xy[:, 0],
        "y": xy[:, 1],
        "note": pa.nulls(n_rows, pa.large_string()),
    }
    pq.write_table(pa.table(assigned), out / "assignments.parquet", compression="zstd")


def _records(out: Path, labels: np.ndarray, vocabulary: list[list[str]]) -> None:
    sizes = np.bincount(labels, minlength=N_CLUSTERS)
    marks = dict.fromkeys(("stability", "dbcv", "davies_bouldin", "truth", "purity"))
    clusters = [
        {
            "cluster": c,
            "title": " · ".join(vocabulary[c][:3]),
            "keywords": vocabulary[c][:8],
            "size": int(sizes[c]),
            "cohesion": 0.6,
            "separation": 0.5,
            "silhouette": 0.2,
            **marks,
            "typical": [],
            "borderline": [],
            "parent": [c % N_COARSE],
            "written_by": "made",
        }
        for c in range(N_CLUSTERS)
    ]
    layers = [
        {"layer": i, "n_clusters": n, "separation": 0.2, "stability": 0.8, "chosen": i == 0}
        for i, n in enumerate((N_CLUSTERS, N_COARSE))
    ]
    evaluation = {"schema": 1, "reason": "Made for measuring.", "scores": [], "layers": layers}
    info = EMBEDDERS.build("minilm", {}).info
    n_rows = len(labels)
    run = {
        "schema": 1,
        "status": "done",
        "title": f"{n_rows:,} made rows",
        "columns": {"text": "text"},
        "counts": {"rows": n_rows, "used": n_rows, "clusters": N_CLUSTERS, "noise": 0},
        "hashes": {"labels": hashlib.sha256(labels.tobytes()).hexdigest()},
        "model": {"name": info.name, "revision": info.revision, "dims": N_DIMS},
    }
    for name, told in {
        "clusters.json": {"schema": 1, "clusters": clusters},
        "evaluation.json": evaluation,
        "run.json": run,
    }.items():
        (out / name).write_text(json.dumps(told), encoding="utf-8")
    (out / "recipe.toml").write_text(Recipe().to_toml({}), encoding="utf-8")


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
