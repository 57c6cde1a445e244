"""Stability of any clusterer: how well subsets of 60 % of the rows reproduce the clusters."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import NOISE, Clustering, Embeddings, IntArray, Neighbors
from shoal.numerics.partitions.agreement import adjusted_rand
from shoal.numerics.stats.intervals import mean_interval
from shoal.parts.clusterers.base import unfitted
from shoal.stages.grouping import cluster
from shoal.stages.vectors import neighbors

PART = 0.6
"""Share of the rows in a part, as in the default clusterer."""
N_PARTS = 3
MIN_ROWS = 4

Part = tuple[NDArray[np.intp], Embeddings, Neighbors]


def random_parts(reduced: Embeddings, k: int, seed: int, n_parts: int) -> list[Part]:
    """Random parts of the distinct items: rows (n_part,), ascending, vectors and neighbors.

    Parameters
    ----------
    reduced : (n, n_dims) unit vectors
    k : neighbors of each item in its part
    seed : of the parts
    n_parts : how many
    """
    n = len(reduced)
    out = []
    for number in range(n_parts):
        rng = np.random.default_rng([seed, number])
        rows = np.sort(rng.choice(n, max(2, round(PART * n)), replace=False))
        vectors = Embeddings(np.asarray(reduced.vectors[rows]), reduced.history)
        out.append((rows, vectors, neighbors(vectors, max(k, 1))))
    return out


def agreement(found: Clustering, rows: NDArray[np.intp], again: Clustering) -> float:
    """Adjusted Rand index of a clustering and that of a part, rows in none as one more cluster.

    Parameters
    ----------
    found : of all items
    rows : (n_part,) the part
    again : of the part; where it has layers the one with about as many clusters counts, as a
        clusterer may choose another level of detail for a part
    """
    alike = min(again.layers, key=lambda layer: abs(layer.n_clusters - found.n_clusters))
    return adjusted_rand(_whole(found.labels[rows]), _whole(alike.labels))


def with_stability(
    found: Clustering,
    reduced: Embeddings,
    graph: Neighbors,
    clusterer: Any,
    coverage: str,
    seed: int,
) -> Clustering:
    """Return the clustering with a stability, measured by more fits if necessary.

    Parameters
    ----------
    found : the clustering
    reduced, graph, clusterer, coverage : what made it, as in `cluster`
    seed : of the parts

    Returns
    -------
    The same clustering; as it was where there are too few clusters or rows to ask
    """
    layer = found.layers[found.chosen]
    asked = layer.stability is None and found.n_clusters > 1 and len(reduced) >= MIN_ROWS
    if not asked:
        return found
    agreed = []
    for rows, vectors, links in random_parts(reduced, graph.k, seed, N_PARTS):
        part = _for_subset(clusterer, found.n_clusters, len(rows))
        agreed.append(agreement(found, rows, cluster(vectors, links, part, coverage)[0]))
    stability, low, high = mean_interval(agreed, -1.0, 1.0)
    marked = dataclasses.replace(layer, stability=stability, stability_low=low, stability_high=high)
    layers = (*found.layers[: found.chosen], marked, *found.layers[found.chosen + 1 :])
    return dataclasses.replace(found, layers=layers)


def _for_subset(clusterer: Any, n_clusters: int, n_rows: int) -> Any:
    """The clusterer for a subset, with the number of clusters fixed."""
    part = unfitted(clusterer)
    known = part.get_params(deep=False)
    if "n_clusters" in known:
        part.set_params(n_clusters=min(known["n_clusters"] or n_clusters, n_rows))
    if known.get("min_cluster_size"):
        # the same cluster has fewer rows in a part
        part.set_params(min_cluster_size=max(2, round(PART * known["min_cluster_size"])))
    return part


def _whole(labels: IntArray) -> IntArray:
    """Labels from 0, the rows without a cluster as one more."""
    return np.asarray(labels - NOISE, dtype=np.int32)
