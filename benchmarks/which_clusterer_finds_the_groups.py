"""Told nothing, which clusterer finds the groups that people made? The same vectors for all.

python benchmarks/which_clusterer_finds_the_groups.py DATA --peer-python PEER/bin/python \
    [--vectors FOLDER] [--rows 20000] [--sets NAME ...]

Vectors are kept in FOLDER, so that a second run embeds nothing. The ratio is to the mean of three
k-means told the true k. Noise counts as one cluster. Results of sets and methods that are not run
this time stay as they were; each row says when it was measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from report import RESULTS, save, table
from scipy.stats import spearmanr
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, silhouette_score

import shoal
from shoal import stages
from shoal.data import Embeddings
from shoal.recipe import Recipe

NAME = "which_clusterer_finds_the_groups"
SETS = (
    "ag_news_test",
    "banking77",
    "stackoverflow20",
    "newsgroups20",
    "clinc150_oos",
    "arxiv_titles_large",
    "xsid_multilingual",
    "scenes6",
    "cifar10_4k",
)
PEERS = ("bertopic", "evoc", "hdbscan", "plscan", "umap_kmeans")
TOLD_K = ("umap_kmeans",)
SILHOUETTE_KS = (2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256)


def pictures_of(data: Path, name: str, kept: Path) -> tuple[Any, Any]:
    """Vectors (n, n_dims) of a folder of pictures and true classes, by its labels.csv."""
    labels = pa.csv.read_csv(data / name / "labels.csv")
    saved = kept / f"{name}.{len(labels)}.npy"
    if not saved.is_file():
        with tempfile.TemporaryDirectory() as folder:
            for shard in sorted((data / name).glob("*.tar")):
                with tarfile.open(shard) as archive:
                    archive.extractall(folder, filter="data")
            whole = [str(Path(folder) / path) for path in labels["path"].to_pylist()]
            run = shoal.cluster(pa.table({"path": whole}), image="path")
            np.save(saved, run.embeddings)
    _, truth = np.unique(labels["label"].to_numpy(zero_copy_only=False), return_inverse=True)
    return np.load(saved), truth


def vectors_of(data: Path, name: str, kept: Path, rows: int) -> tuple[Any, Any]:
    """Vectors (n, n_dims) and true classes; rows that are in no class by design are left out."""
    if (data / name / "labels.csv").is_file():
        return pictures_of(data, name, kept)
    source = pa.concat_tables(pq.read_table(f) for f in sorted(data.glob(f"{name}*.parquet")))
    if "is_outlier" in source.column_names:
        source = source.filter(pa.compute.invert(source["is_outlier"]))
    if len(source) > rows:
        chosen = np.sort(np.random.default_rng(0).choice(len(source), rows, replace=False))
        source = source.take(pa.array(chosen))
    saved = kept / f"{name}.{len(source)}.npy"
    if not saved.is_file():
        run = shoal.cluster(source.select(["text"]), text="text")
        np.save(saved, run.embeddings)
    _, truth = np.unique(source["label"].to_numpy(zero_copy_only=False), return_inverse=True)
    return np.load(saved), truth


def ours(vectors: Any, _: int) -> tuple[Any, Any]:
    """The default from vectors on: reduce, neighbors, cluster; and every layer it measured."""
    recipe = Recipe()
    unit = Embeddings(vectors, ("given",))
    reduced = stages.reduce(unit, recipe.build("reduce"))
    graph = stages.neighbors(reduced, recipe.stages["neighbors"]["k"])
    clustering = stages.cluster(reduced, graph, recipe.build("cluster"), "auto")[0]
    return clustering.labels, clustering.layers


def silhouette_kmeans(vectors: Any, _: int) -> tuple[Any, Any]:
    """k-means with the k of the highest silhouette, on a sample of 3,000 rows, as people do."""
    best, found = -2.0, None
    for k in SILHOUETTE_KS:
        labels = KMeans(k, n_init=1, random_state=0).fit_predict(vectors)
        score = silhouette_score(vectors, labels, sample_size=3000, random_state=0)
        if score > best:
            best, found = score, labels
    return found, ()


OWN = {"shoal": ours, "silhouette_kmeans": silhouette_kmeans}
METHODS = (*OWN, *PEERS)


def told(vectors: Any, truth: Any) -> tuple[float, float]:
    """Mean ARI and AMI of three k-means told the true k."""
    runs = [
        KMeans(truth.max() + 1, n_init=1, random_state=seed).fit_predict(vectors)
        for seed in range(3)
    ]
    return (
        float(np.mean([adjusted_rand_score(truth, labels) for labels in runs])),
        float(np.mean([adjusted_mutual_info_score(truth, labels) for labels in runs])),
    )


def peer(python: str, method: str, kept: Path) -> Callable[[Any, int], tuple[Any, Any, float]]:
    """A peer in a process of its own; its seconds are its own, after compilation."""

    def run(vectors: Any, k: int) -> tuple[Any, Any, float]:
        source, out = kept / "peer.npy", kept / "peer.npz"
        np.save(source, vectors)
        script = str(Path(__file__).with_name("clusterer_peers.py"))
        subprocess.run([python, script, method, source, out, str(k)], check=True)
        with np.load(out) as file:
            return file["labels"], (), float(file["seconds"])

    return run


def judged(name: str, method: str, labels: Any, truth: Any, base: Any, seconds: float) -> dict:
    """A row of the table."""
    ari = float(adjusted_rand_score(truth, labels))
    ami = float(adjusted_mutual_info_score(truth, labels))
    return {
        "set": name,
        "method": method,
        "k": int(labels.max()) + 1,
        "true k": int(truth.max()) + 1,
        "noise": float((labels < 0).mean()),
        "ARI": ari,
        "AMI": ami,
        "ARI ratio": ari / base[0],
        "AMI ratio": ami / base[1],
        "seconds": seconds,
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
    }


def one_method(
    name: str, method: str, vectors: Any, truth: Any, base: Any, options: Any
) -> tuple[dict, list[dict]]:
    """One method on one set, and the layers it measured with their ARI."""
    k = int(truth.max()) + 1
    if method in OWN:
        started = time.perf_counter()
        labels, found = OWN[method](vectors, k)
        seconds = time.perf_counter() - started
    else:
        labels, found, seconds = peer(options.peer_python, method, options.vectors)(vectors, k)
    layers = [
        {
            "set": name,
            "k": layer.n_clusters,
            "stability": layer.stability,
            "separation": layer.separation,
            "modularity": layer.modularity,
            "score": layer.score,
            "ari": float(adjusted_rand_score(truth, layer.labels)),
        }
        for layer in found
    ]
    return judged(name, method, labels, truth, base, seconds), layers


def correlations(layers: list[dict]) -> dict[str, dict[str, float]]:
    """Rank correlation of each mark with the ARI, over the layers of each set and of all."""
    sets = sorted({layer["set"] for layer in layers})
    groups = {name: [x for x in layers if x["set"] == name] for name in sets}
    groups["all sets"] = layers
    return {
        name: {
            mark: float(spearmanr([x[mark] for x in group], [x["ari"] for x in group]).statistic)
            for mark in ("stability", "separation", "modularity", "score")
        }
        for name, group in groups.items()
    }


def main() -> None:
    """Run every method on every set and print ratios to k-means told the true k."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer-python", default="")
    parser.add_argument("--vectors", type=Path, default=Path("vectors"))
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--methods", nargs="*", default=METHODS)
    options = parser.parse_args()
    options.vectors.mkdir(parents=True, exist_ok=True)
    rows, layers = earlier()
    for name in options.sets:
        vectors, truth = vectors_of(options.data, name, options.vectors, options.rows)
        base = told(vectors, truth)
        for method in options.methods:
            row, measured = one_method(name, method, vectors, truth, base, options)
            print(row, file=sys.stderr, flush=True)
            rows = [x for x in rows if (x["set"], x["method"]) != (name, method)] + [row]
            if measured:
                layers = [x for x in layers if x["set"] != name] + measured
            told_of(rows, layers)


def earlier() -> tuple[list[dict], list[dict]]:
    """Rows and layers measured before."""
    path = RESULTS / f"{NAME}.json"
    if not path.is_file():
        return [], []
    figures = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return figures["rows"], figures.get("layers", [])


def told_of(rows: list[dict], layers: list[dict]) -> None:
    """Print the tables and save them."""
    order = [*SETS, *sorted({row["set"] for row in rows} - set(SETS))]
    rows.sort(key=lambda row: (order.index(row["set"]), METHODS.index(row["method"])))
    table(rows)
    methods = {row["method"]: [r for r in rows if r["method"] == row["method"]] for row in rows}
    means = [
        {
            "method": method + (" (told k)" if method in TOLD_K else ""),
            "mean ARI ratio": float(np.mean([row["ARI ratio"] for row in group])),
            "worst": min(row["ARI ratio"] for row in group),
            "mean AMI ratio": float(np.mean([row["AMI ratio"] for row in group])),
            "seconds": sum(row["seconds"] for row in group),
        }
        for method, group in methods.items()
    ]
    print()
    table(means)
    ranks = correlations(layers)
    print()
    table([{"set": name, **marks} for name, marks in ranks.items()])
    figures = {"rows": rows, "means": means, "rank correlation with ARI": ranks, "layers": layers}
    save(NAME, figures)


if __name__ == "__main__":
    main()
