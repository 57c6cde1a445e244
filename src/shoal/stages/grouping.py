"""The cluster stage: labels, strengths, layers and noise of the distinct items."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import NOISE, Clustering, Embeddings, FloatArray, IntArray, Layer, Neighbors
from shoal.errors import BadInput
from shoal.numerics.blocks import BLOCK_ROWS, serial_algebra, slices
from shoal.numerics.clusters import by_size, centres, nearest_centre, renamed
from shoal.numerics.graph import shares_inside
from shoal.numerics.outliers import kth_distance, outlier_threshold, unassigned
from shoal.numerics.scratch import IN_MEMORY, Scratch
from shoal.parts.clusterers.base import Fitted, HasLabels, Remeasures, counted, unfitted
from shoal.plugins import taken
from shoal.stages.vectors import content_order, rearranged


def fit_clusterer(
    clusterer: Any,
    vectors: FloatArray,
    graph: Neighbors | None,
    hierarchy: Mapping[str, NDArray[Any]] | None = None,
    scratch: Scratch = IN_MEMORY,
    keys: NDArray[np.uint8] | None = None,
    known: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """Fit a copy of a clusterer part or any scikit-learn clusterer.

    The shared neighbors, the hierarchy of an earlier fit, room for large arrays, keys of the
    contents, the place of each row in the source (``order``) and what else is known of the rows go
    to a part whose ``fit`` takes them.
    """
    model = unfitted(clusterer)
    offered: dict[str, Any] = {"scratch": scratch, **known}
    if graph is not None:
        offered["neighbors"] = (graph.rows, graph.distances)
    if hierarchy:
        offered["hierarchy"] = hierarchy
    if keys is not None:
        offered["keys"] = np.ascontiguousarray(keys[:, :8]).view("<u8").ravel().astype(np.uint64)
    # one thread: with more, a clusterer may add in the order in which threads finish
    with serial_algebra():
        model.fit(vectors, **taken(model.fit, **offered))
    if not isinstance(model, HasLabels) or len(model.labels_) != len(vectors):
        raise BadInput(
            f"{type(clusterer).__name__} has no labels_ for the {len(vectors)} rows after "
            "fit. Use a scikit-learn clusterer."
        )
    return model


def cluster(
    reduced: Embeddings,
    graph: Neighbors,
    clusterer: Any,
    coverage: str,
    copies: IntArray | None = None,
    hierarchy: Mapping[str, NDArray[Any]] | None = None,
    scratch: Scratch = IN_MEMORY,
    keys: NDArray[np.uint8] | None = None,
    *,
    alike: bool = False,
    groups: Sequence[NDArray[np.int64]] = (),
    softened: Callable[[FloatArray], FloatArray] | None = None,
) -> tuple[Clustering, FloatArray | None, dict[str, NDArray[Any]]]:
    """Group the distinct items.

    Parameters
    ----------
    reduced : (n, n_dims) unit vectors
    graph : their nearest neighbors
    clusterer : the part
    coverage : "auto" leaves out rows that fit no cluster, "100" places every row
    copies : (n,) rows that hold each item, so that cluster 0 has the most rows; one if not given
    hierarchy : what an earlier fit of the same part to the same vectors returned
    scratch : where the labels of the layers are made
    keys : (n, 16) uint8, what stands for each content, so that the order of the rows does not
        matter: see `content_order`
    alike : whether the items are known to differ in nothing that counts
    groups : (n,) each, -1 for none: what the clusters shall not follow, if the part heeds it
    softened : makes of vectors those to measure separation on, where values were rounded

    Returns
    -------
    The clustering; the centres (n_clusters, n_dims) if a new item belongs to the nearest; and
    the hierarchy that another cut can be made of, empty if the part has none
    """
    known: dict[str, Any] = {"copies": copies, "alike": alike, "groups": groups}
    known["softened"] = softened
    order = content_order(keys)
    if order is None or keys is None:
        model = fit_clusterer(clusterer, reduced.vectors, graph, hierarchy, scratch, keys, known)
        return _finished(model, reduced.vectors, graph, coverage, copies, scratch)
    copies = np.ones(len(order), dtype=np.int32) if copies is None else copies
    known |= {"copies": copies[order], "groups": [group[order] for group in groups], "order": order}
    vectors, graph, keys = reduced.vectors[order], rearranged(graph, order), keys[order]
    model = fit_clusterer(clusterer, vectors, graph, hierarchy, scratch, keys, known)
    found, middles, grown = _finished(model, vectors, graph, coverage, copies[order], scratch)
    found, old = _in_place(found, np.argsort(order), copies, scratch)
    return found, None if middles is None else middles[old], grown


def _in_place(
    found: Clustering, place: NDArray[np.intp], copies: IntArray, scratch: Scratch
) -> tuple[Clustering, NDArray[np.intp]]:
    """The clustering with its items where they belong, and which cluster each was before.

    Of clusters of the same size the one that comes first in the source gets the lower number.

    Parameters
    ----------
    found : of items in another order
    place : (n,) where each item is among them
    copies : (n,) rows that hold each item
    scratch : where the labels of the layers are made
    """
    labels, old = renamed(found.labels[place], copies)
    layers = []
    for number, layer in enumerate(found.layers):
        new = labels if number == found.chosen else by_size(layer.labels[place], copies)
        layers.append(dataclasses.replace(layer, labels=scratch.kept(new)))
    stabilities = found.stabilities[old] if len(found.stabilities) else found.stabilities
    in_place = dataclasses.replace(
        found,
        labels=labels,
        strengths=found.strengths[place],
        layers=tuple(layers),
        stabilities=stabilities,
    )
    return in_place, old


def _finished(
    model: Any,
    vectors: FloatArray,
    graph: Neighbors,
    coverage: str,
    copies: IntArray | None,
    scratch: Scratch,
) -> tuple[Clustering, FloatArray | None, dict[str, NDArray[Any]]]:
    """What a fitted clusterer found, after rows that fit no cluster are placed or left out."""
    found = Fitted.of(model)
    labels, named = renamed(np.asarray(found.labels))
    changed = ""
    if found.final:
        pass  # the labels were decided elsewhere
    elif (labels == NOISE).any():  # a clusterer that finds noise itself decides what is noise
        if coverage == "100":
            labels = place_noise(vectors, labels)
            where = "the nearest" if len(named) else "one"
            changed = f"; noise was assigned to {where} cluster, because coverage is 100"
    elif coverage == "auto" and len(labels) > 1:
        outlying = kth_distance(graph.distances) > outlier_threshold(kth_distance(graph.distances))
        share = shares_inside(labels, graph.rows, graph.distances)
        labels = np.where(unassigned(outlying, share), NOISE, labels).astype(np.int32)
    labels, left = renamed(labels, copies)
    kept = named[left] if len(named) else left
    if len(left) < len(named):
        dropped = counted(len(named) - len(left))
        changed = f"; {dropped} left out because all of their rows are unassigned"
    layers, chosen = _final_layers(found.layers, found.chosen, labels, copies, scratch)
    if (labels == NOISE).any() and isinstance(model, Remeasures):
        layers = tuple(map(model.remeasured, layers))
    stabilities = np.asarray(found.stabilities, dtype=np.float32)
    reason = found.reason or f"{counted(len(named))} found by {type(model).__name__}."
    clustering = Clustering(
        labels=labels,
        strengths=shares_inside(labels, graph.rows, graph.distances),
        layers=layers,
        chosen=chosen,
        reason=f"{reason.rstrip('.')}{changed}.",
        stabilities=stabilities[kept] if len(stabilities) else stabilities,
        curves=tuple(found.curves),
        range=found.range,
    )
    final_centres = None if found.centres is None else np.asarray(found.centres)[kept]
    return clustering, final_centres, dict(found.hierarchy)


def place_noise(vectors: FloatArray, labels: IntArray) -> IntArray:
    """Assign noise to the cluster with the nearest center, or to one cluster if there is none."""
    if (labels == NOISE).all():
        return np.zeros(len(labels), dtype=np.int32)
    centre = centres(vectors, labels, int(labels.max()) + 1)
    out = labels.copy()
    lost = np.nonzero(labels == NOISE)[0]
    for part in slices(len(lost), BLOCK_ROWS):
        out[lost[part]] = nearest_centre(vectors[lost[part]], centre)[0]
    return out


def _final_layers(
    layers: Sequence[Layer],
    chosen: int,
    labels: IntArray,
    copies: IntArray | None,
    scratch: Scratch,
) -> tuple[tuple[Layer, ...], int]:
    """Remove the final noise from each layer, and return them with the chosen one's index.

    The chosen layer is the final labels. Layers that are the same now are kept once.
    """
    if not layers:
        return (Layer(labels, int(labels.max(initial=NOISE)) + 1),), 0
    out: list[Layer] = []
    place = 0
    for number, layer in enumerate(layers):
        new = labels
        if number != chosen:
            new = by_size(np.where(labels == NOISE, NOISE, layer.labels), copies)
        n_clusters = int(new.max(initial=NOISE)) + 1
        # layers nest, so equally many clusters are the same clusters
        alike = bool(out) and out[-1].n_clusters == n_clusters
        if alike and number != chosen:
            continue
        if alike:
            out.pop()
        if number == chosen:
            place = len(out)
        out.append(dataclasses.replace(layer, labels=scratch.kept(new), n_clusters=n_clusters))
    return tuple(out), place
