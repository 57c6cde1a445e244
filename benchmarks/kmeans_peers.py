"""One side of `how_fast_is_kmeans.py`, run by the Python that has it.

python kmeans_peers.py METHOD K ITERATIONS VECTORS.npy OUT.npz
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from timed import save_timed


def shoal(vectors: Any, k: int, steps: int) -> Any:
    """Ours: starts on a sample, steps over the map of all rows."""
    from shoal.parts.clusterers.kmeans import KMeans

    return KMeans(k, n_init=1, max_iter=steps).fit(vectors).labels_


def shoal_minibatch(vectors: Any, k: int, steps: int) -> Any:
    """Our `minibatch_kmeans`, as many passes over the rows at most."""
    from shoal.parts.clusterers.centroids import MiniBatchKMeans

    return MiniBatchKMeans(k, max_iter=steps).fit(vectors).labels_


def shoal_bisecting(vectors: Any, k: int, steps: int) -> Any:
    """Our `bisecting_kmeans`, as many steps in each cut at most."""
    from shoal.parts.clusterers.centroids import BisectingKMeans

    return BisectingKMeans(k, max_iter=steps).fit(vectors).labels_


def sklearn(vectors: Any, k: int, steps: int) -> Any:
    """scikit-learn's Lloyd on all its threads, from random rows, as the others start."""
    from sklearn.cluster import KMeans

    return KMeans(k, init="random", n_init=1, max_iter=steps, random_state=0).fit(vectors).labels_


def faiss(vectors: Any, k: int, steps: int) -> Any:
    """Faiss on all rows, and not on its sample of 256 a cluster."""
    import faiss

    model = faiss.Kmeans(
        vectors.shape[1], k, niter=steps, seed=0, max_points_per_centroid=len(vectors)
    )
    model.train(np.ascontiguousarray(vectors))
    return model.index.search(np.ascontiguousarray(vectors), 1)[1].ravel()


def faiss_sampled(vectors: Any, k: int, steps: int) -> Any:
    """Faiss with its sample."""
    import faiss

    model = faiss.Kmeans(vectors.shape[1], k, niter=steps, seed=0)
    model.train(np.ascontiguousarray(vectors))
    return model.index.search(np.ascontiguousarray(vectors), 1)[1].ravel()


def fastkmeans(vectors: Any, k: int, steps: int) -> Any:
    """Fastkmeans on the processor."""
    from fastkmeans import FastKMeans

    model = FastKMeans(vectors.shape[1], k, niter=steps, gpu=False, seed=0, use_triton=False)
    model.train(np.ascontiguousarray(vectors))
    return model.predict(np.ascontiguousarray(vectors))


def clostera(vectors: Any, k: int, steps: int) -> Any:
    """Clostera's dense k-means."""
    from clostera import Clusterer

    model = Clusterer(k=k, metric="sqeuclidean", algorithm="dense-exact", iterations=steps, seed=0)
    return np.asarray(model.fit_predict(np.ascontiguousarray(vectors)))


OWN = (shoal, shoal_minibatch, shoal_bisecting, sklearn)
"""What needs nothing but our own Python."""
METHODS = {f.__name__: f for f in (*OWN, faiss, faiss_sampled, fastkmeans, clostera)}


def main() -> None:
    """Cluster, and save seconds, and labels for the inertia."""
    name, k, steps, source, out = sys.argv[1:]
    vectors = np.load(source, mmap_mode="r")
    METHODS[name](np.array(vectors[:2000]), 20, 2)  # loads and compiles what is
    save_timed(out, lambda: METHODS[name](vectors, int(k), int(steps)))


if __name__ == "__main__":
    main()
