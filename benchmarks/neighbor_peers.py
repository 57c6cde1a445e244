"""The peers' side of `how_fast_are_the_neighbors.py`, run by their own Python.

python neighbor_peers.py METHOD EFFORT VECTORS.npy OUT.npz
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from timed import save_timed

K = 30


def faiss_ivf(vectors: Any, effort: int) -> Any:
    """An inverted file of as many cells as the root of the rows; effort: cells looked into."""
    import faiss

    n, dims = vectors.shape
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(dims), dims, round(n**0.5), faiss.METRIC_INNER_PRODUCT
    )
    index.train(vectors[np.random.default_rng(0).permutation(n)[: 50 * round(n**0.5)]])
    index.add(vectors)
    index.nprobe = effort
    return index.search(vectors, K + 1)[1]


def faiss_hnsw(vectors: Any, effort: int) -> Any:
    """A navigable graph of 16 links a row; effort: breadth of the search."""
    import faiss

    index = faiss.IndexHNSWFlat(vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 80
    index.add(vectors)
    index.hnsw.efSearch = effort
    return index.search(vectors, K + 1)[1]


def usearch(vectors: Any, effort: int) -> Any:
    """The same kind of graph by usearch; effort: breadth of the search."""
    from usearch.index import Index

    index = Index(
        ndim=vectors.shape[1], metric="ip", dtype="f32", connectivity=16, expansion_add=80
    )
    index.add(np.arange(len(vectors)), vectors)
    index.expansion_search = effort
    return index.search(vectors, K + 1).keys.astype(np.int64)


def pynndescent(vectors: Any, effort: int) -> Any:
    """Neighbors of neighbors, as UMAP has them; effort: most neighbors compared at a time."""
    from pynndescent import NNDescent

    return NNDescent(
        vectors, metric="cosine", n_neighbors=K + 1, max_candidates=effort, random_state=0
    ).neighbor_graph[0]


METHODS = {f.__name__: f for f in (faiss_ivf, faiss_hnsw, usearch, pynndescent)}


def main() -> None:
    """Search all rows and save what was found and how long it took."""
    name, effort, source, out = sys.argv[1:]
    vectors = np.load(source)
    if name == "pynndescent":
        METHODS[name](vectors[:2000], int(effort))  # compiles what is compiled
    save_timed(out, lambda: METHODS[name](vectors, int(effort)), "rows")


if __name__ == "__main__":
    main()
