"""Extending the clusters of a sample to all rows, block by block.

What a clusterer measures on a sample it need not measure on everything: the number of clusters,
their centres and how they nest are those of the sample, and each row goes where its own words and
those of its neighbors say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shoal.data import Layer
from shoal.numerics.arrays import FloatArray
from shoal.numerics.blocks import STREAM_ROWS, ordered_map, slices
from shoal.numerics.clusters import by_size, centres, nearest_centre
from shoal.numerics.partitions.agreement import majority
from shoal.numerics.scratch import IN_MEMORY, Scratch

AT_ONCE = 32
"""Most clusters that all rows are compared with at a time: a number for each row and cluster is
held."""
HELD = 1 << 27
"""Most of these numbers; there are two of each while they are averaged."""

Labels = NDArray[np.int32]


def shares(rows: Labels, distances: FloatArray, part: slice) -> Any:
    """What each item of a block and its neighbors count in a weighted mean around it.

    Parameters
    ----------
    rows, distances : (n, k) neighbors of each item
    part : the block

    Returns
    -------
    CSR (n_block, n) float32, each row of which sums to one; an item counts as its own neighbor
    with weight one, as in `numerics.graph.averaged`
    """
    own = np.arange(part.start, part.stop, dtype=np.int32)[:, None]
    columns = np.hstack([own, rows[part]])
    near = np.clip(1.0 - distances[part], 1e-6, 1.0)
    weights = np.hstack([np.ones(own.shape, dtype=np.float32), near])
    weights /= weights.sum(axis=1, keepdims=True)
    starts = np.arange(0, columns.size + 1, columns.shape[1])
    shape = (len(own), len(rows))
    return sparse.csr_matrix((weights.ravel(), columns.ravel(), starts), shape=shape)


def place(
    vectors: FloatArray,
    rows: Labels,
    distances: FloatArray,
    centre: FloatArray,
    averagings: int,
    scratch: Scratch = IN_MEMORY,
) -> Labels:
    """The nearest centre of each row, each row averaged with its neighbors.

    An average of vectors has the average of their products with a centre, so what is averaged
    are the products: no averaged vectors are held.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors; may be a memory map
    rows, distances : (n, k) neighbors of each row; may be memory maps
    centre : (n_clusters, n_dims) float32
    averagings : times each row is averaged with its neighbors
    scratch : where the products are kept, a number for each row and some clusters

    Returns
    -------
    (n,) int32
    """
    best = np.full(len(vectors), -np.inf, dtype=np.float32)
    labels = np.zeros(len(vectors), dtype=np.int32)
    parts = slices(len(vectors), STREAM_ROWS)

    def filled(some: slice, blocks: Iterator[FloatArray]) -> FloatArray:
        out = scratch.new((len(vectors), some.stop - some.start))
        for part, block in zip(parts, blocks, strict=True):
            out[part] = block
        return scratch.sealed(out)

    def averaged(products: FloatArray) -> Iterator[FloatArray]:
        def block(part: slice) -> FloatArray:
            return np.asarray(shares(rows, distances, part) @ products)

        return ordered_map(block, parts)

    for some in slices(len(centre), max(min(AT_ONCE, HELD // max(len(vectors), 1)), 1)):
        products = filled(some, (np.asarray(vectors[p]) @ centre[some].T for p in parts))
        for _ in range(averagings):
            before, products = products, filled(some, averaged(np.asarray(products)))
            scratch.drop(before)
        for part in parts:
            block = np.asarray(products[part])
            own = block.argmax(axis=1)
            cosine = np.take_along_axis(block, own[:, None], 1)[:, 0]
            better = cosine > best[part]
            labels[part][better] = own[better] + some.start
            best[part][better] = cosine[better]
        scratch.drop(products)
    return labels


def all_kept(placed: Labels, sample: NDArray[np.int64], labels: Labels) -> Labels:
    """The labels with none lost: rows of the sample go back to a cluster that was left empty."""
    out = placed.copy()
    empty = np.bincount(placed, minlength=int(labels.max()) + 1) == 0
    lost = empty[labels]
    out[sample[lost]] = labels[lost]
    return out


def spread_layers(
    vectors: FloatArray,
    labels: Labels,
    sample: NDArray[np.int64],
    layers: Sequence[Layer],
    chosen: int,
    scratch: Scratch = IN_MEMORY,
) -> tuple[Layer, ...]:
    """The layers of a sample for all rows: nested in each other as there.

    A coarser layer merges whole clusters of the chosen one. In the finest each row goes to the
    nearest of the small clusters inside its own; the layers between merge those.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    labels : (n,) int32, numbered as the chosen layer of the sample
    sample : (n_sample,) its rows
    layers, chosen : of the sample, fine to coarse, nested
    scratch : where the labels of all rows are kept

    Returns
    -------
    The same layers with labels (n,) by falling size; their marks stay those of the sample
    """
    finest = layers[0].labels
    centre = centres(np.asarray(vectors[sample]), finest, int(finest.max()) + 1)
    parent = majority(finest, layers[chosen].labels)
    small = np.empty(len(labels), dtype=np.int32)

    def nearest_child(part: slice) -> Labels:
        block, own = np.asarray(vectors[part]), labels[part]
        out = np.empty(len(own), dtype=np.int32)
        for cluster in np.unique(own):
            rows, children = np.nonzero(own == cluster)[0], np.nonzero(parent == cluster)[0]
            out[rows] = children[nearest_centre(block[rows], centre[children])[0]]
        return out

    parts = slices(len(labels), STREAM_ROWS)
    for part, found in zip(parts, ordered_map(nearest_child, parts), strict=True):
        small[part] = found
    out = []
    for number, layer in enumerate(layers):
        spread = labels
        if number != chosen:
            spread = scratch.kept(by_size(majority(finest, layer.labels)[small]))
        marks = (layer.separation, layer.stability, layer.modularity, layer.score)
        interval = (layer.stability_low, layer.stability_high)
        out.append(Layer(spread, int(spread.max()) + 1, *marks, *interval, broad=layer.broad))
    return tuple(out)
