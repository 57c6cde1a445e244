"""What do 8-bit arithmetic, and cutting long texts off, cost in ARI?

python benchmarks/what_the_precision_costs.py DATA [--rows 2000] [--long-rows 500]

The same sample for all ways: the default clusterer, told nothing, and k-means told the true k
(mean of three).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from how_fast_is_embedding import ours as embedded
from report import save, table
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from which_clusterer_finds_the_groups import ours as default_clusters
from which_clusterer_finds_the_groups import texts_of

from shoal.numerics.clusters import unit
from shoal.parts.embedders.minilm import MiniLM

SHORT = ("stackoverflow20", "banking77", "ag_news_test")
LONG = ("newsgroups20",)
WAYS: dict[str, dict[str, Any]] = {
    "int8": {},
    "float": {"precision": "float"},
    "int8, chunk": {"long": "chunk"},
}


def one_way(texts: list[str], truth: Any, params: dict[str, Any]) -> tuple[Any, float, float, int]:
    """Vectors, ARI of the default clusterer and of k-means, texts longer than the model reads."""
    embedder = MiniLM(**params)
    vectors = unit(embedded(embedder, texts)[1])
    k = int(truth.max()) + 1
    default = adjusted_rand_score(truth, default_clusters(vectors, 0)[0])
    told = [KMeans(k, n_init=1, random_state=s).fit_predict(vectors) for s in range(3)]
    mean = np.mean([adjusted_rand_score(truth, labels) for labels in told])
    return vectors, float(default), float(mean), int(embedder.plan(texts).cut.sum())


def main() -> None:
    """Measure the sets."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--long-rows", type=int, default=500)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name in (*SHORT, *LONG):
        texts, truth = texts_of(
            options.data, name, options.rows if name in SHORT else options.long_rows
        )
        first = None
        for way, params in WAYS.items():
            if "long" in params and name in SHORT:
                continue
            vectors, default, mean, cut = one_way(texts, truth, params)
            first = vectors if first is None else first
            cosine = float(np.einsum("ij,ij->i", first, vectors).mean())
            row = {"set": name, "rows": len(texts), "way": way, "cut": cut}
            rows.append({**row, "default": default, "k-means": mean, "cosine to int8": cosine})
            print(rows[-1], flush=True)
            save("what_the_precision_costs", rows)
    table(rows)


if __name__ == "__main__":
    main()
