"""The cluster stage: labels, strengths, layers and noise of the distinct items."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from shoal.data import NOISE, Clustering, Embeddings, FloatArray, IntArray, Layer, Neighbors
from shoal.errors import BadInput
from shoal.numerics.blocks import slices
from shoal.numerics.clusters import by_size, centres
from shoal.numerics.graph import inside_share
from shoal.numerics.outliers import far_limit, homeless, reach

BLOCK_ROWS = 4096


def fit_clusterer(clusterer: Any, vectors: FloatArray, graph: Neighbors | None) -> Any:
    """Fit a clusterer part or any scikit-learn clusterer; the object given stays untouched."""
    model = clone(clusterer)
    if graph is not None and "neighbors" in inspect.signature(model.fit).parameters:
        model.fit(vectors, neighbors=(graph.rows, graph.distances))
    else:
        model.fit(vectors)
    if not hasattr(model, "labels_") or len(model.labels_) != len(vectors):
        raise BadInput(
            f"the clusterer {type(clusterer).__name__} has no labels_ for the "
            f"{len(vectors)} rows after fit; give a scikit-learn clusterer."
        )
    return model


def cluster(
    reduced: Embeddings, graph: Neighbors, clusterer: Any, coverage: str
) -> tuple[Clustering, FloatArray | None]:
    """Group the distinct items.

    Parameters
    ----------
    reduced : (n, n_dims) unit vectors
    graph : their nearest neighbors
    clusterer : the part
    coverage : "auto" leaves rows with no home out, "100" places every row

    Returns
    -------
    The clustering, and the centres (n_clusters, n_dims) if a new item belongs to the nearest
    """
    model = fit_clusterer(clusterer, reduced.vectors, graph)
    labels = np.asarray(model.labels_, dtype=np.int32)
    model_centres = getattr(model, "centres_", None)
    if model_centres is None:
        labels = by_size(labels)
    if coverage == "100" and (labels == NOISE).any() and (labels >= 0).any():
        labels = place_noise(reduced.vectors, labels)
    elif coverage == "auto" and len(labels) > 1:
        far = reach(graph.distances) > far_limit(reach(graph.distances))
        share = inside_share(labels[graph.rows], graph.distances, labels)
        labels = np.where(homeless(far, share), NOISE, labels).astype(np.int32)
    labels, kept = _without_gaps(labels)
    chosen = int(getattr(model, "chosen_", 0))
    stabilities = getattr(model, "stabilities_", np.empty(0, dtype=np.float32))
    n_clusters = int(labels.max(initial=NOISE)) + 1
    reason = getattr(model, "reason_", f"{n_clusters} clusters found by {type(model).__name__}.")
    clustering = Clustering(
        labels=labels,
        strengths=inside_share(labels[graph.rows], graph.distances, labels),
        layers=_final_layers(getattr(model, "layers_", ()), chosen, labels),
        chosen=chosen,
        reason=str(reason),
        stabilities=stabilities[kept] if len(stabilities) else stabilities,
    )
    return clustering, None if model_centres is None else np.asarray(model_centres)[kept]


def place_noise(vectors: FloatArray, labels: IntArray) -> IntArray:
    """Put every noise row into the cluster with the nearest centre."""
    centre = centres(vectors, labels, int(labels.max()) + 1)
    out = labels.copy()
    lost = np.nonzero(labels == NOISE)[0]
    for part in slices(len(lost), BLOCK_ROWS):
        out[lost[part]] = (vectors[lost[part]] @ centre.T).argmax(axis=1)
    return out


def _final_layers(layers: Sequence[Layer], chosen: int, labels: IntArray) -> tuple[Layer, ...]:
    """The layers with the noise of the final labels left out of each; the chosen one is them."""
    n_clusters = int(labels.max(initial=NOISE)) + 1
    if not layers:
        return (Layer(labels, n_clusters),)
    out = [by_size(np.where(labels == NOISE, NOISE, layer.labels)) for layer in layers]
    out[chosen] = labels
    return tuple(
        dataclasses.replace(layer, labels=new, n_clusters=int(new.max(initial=NOISE)) + 1)
        for layer, new in zip(layers, out, strict=True)
    )


def _without_gaps(labels: IntArray) -> tuple[IntArray, NDArray[np.intp]]:
    """Labels by falling size without gaps, and the old label of each new one."""
    new = by_size(labels)
    kept = np.zeros(int(new.max(initial=NOISE)) + 1, dtype=np.intp)
    kept[new[new >= 0]] = labels[new >= 0]
    return new, kept
