"""The peers' side of `which_clusterer_finds_the_groups.py`, run by their own Python.

python clusterer_peers.py METHOD VECTORS.npy OUT.npz [K]
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from timed import save_timed

WARM_UP_ROWS = 5000
"""UMAP seeks the neighbors of fewer than 4,096 in another way, and would compile while timed."""


def bertopic(vectors: Any, k: int) -> Any:
    """What BERTopic does by default after embedding: UMAP to five dimensions, then HDBSCAN."""
    import hdbscan
    import umap

    low = umap.UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0, n_jobs=1
    ).fit_transform(vectors)
    return hdbscan.HDBSCAN(
        min_cluster_size=10, metric="euclidean", cluster_selection_method="eom"
    ).fit_predict(low)


def umap_kmeans(vectors: Any, k: int) -> Any:
    """UMAP to five dimensions, then k-means told the true k."""
    import umap
    from sklearn.cluster import KMeans

    low = umap.UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0, n_jobs=1
    ).fit_transform(vectors)
    return KMeans(k, n_init=3, random_state=0).fit_predict(low)


def evoc(vectors: Any, k: int) -> Any:
    """EVoC with its defaults."""
    from evoc import EVoC

    return EVoC(random_state=0).fit_predict(vectors)


def hdbscan(vectors: Any, k: int) -> Any:
    """HDBSCAN on the vectors, scikit-learn's, with BERTopic's smallest cluster.

    By all pairs: in so many dimensions its trees take ten times as long to the same clusters.
    """
    from sklearn.cluster import HDBSCAN

    return HDBSCAN(min_cluster_size=10, algorithm="brute", copy=True).fit_predict(vectors)


def plscan(vectors: Any, k: int) -> Any:
    """PLSCAN with its defaults."""
    from fast_plscan import PLSCAN

    return PLSCAN().fit(vectors).labels_


METHODS = {f.__name__: f for f in (bertopic, umap_kmeans, evoc, hdbscan, plscan)}


def main() -> None:
    """Compile on a few rows, then cluster all and save labels and seconds."""
    name, source, out, k = (*sys.argv[1:4], int(sys.argv[4]) if len(sys.argv) > 4 else 8)
    vectors = np.load(source)
    METHODS[name](vectors[:WARM_UP_ROWS], min(k, WARM_UP_ROWS // 10))
    save_timed(out, lambda: METHODS[name](vectors, k))


if __name__ == "__main__":
    main()
