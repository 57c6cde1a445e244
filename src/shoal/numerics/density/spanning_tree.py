"""The exact minimum spanning tree of all rows, built from their nearest neighbors.

Nearly all edges of the tree join near neighbors, which the shared graph holds already. Where a
shorter edge might have been cut off with the last neighbor, and only there, rows are compared
with all others, a block at a time: the tree is exact and no matrix of all pairs is ever held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from shoal.numerics.arrays import DoubleArray, FloatArray, IntArray
from shoal.numerics.blocks import DISTANCE_ROWS, ordered_map, slices
from shoal.numerics.graph import similarity_graph

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BLOCK_COLUMNS = 8192
BLOCK_EDGES = 1 << 13


@dataclass(frozen=True, slots=True, eq=False)
class SpanningTree:
    """Edges that join all rows at the least total length.

    Parameters
    ----------
    edges : (n - 1, 2) int32 rows, shortest edge first
    lengths : (n - 1,) float64, ascending
    """

    edges: IntArray
    lengths: DoubleArray


def chord(vectors: FloatArray, one: NDArray[np.integer], other: NDArray[np.integer]) -> DoubleArray:
    """Euclidean distance of pairs of rows, (n_pairs,) float64, exact where rows are very near."""
    out = np.empty(len(one))
    for part in slices(len(one), BLOCK_EDGES):
        gaps = np.asarray(vectors[one[part]], dtype=np.float64) - vectors[other[part]]
        out[part] = np.sqrt(np.einsum("ij,ij->i", gaps, gaps))
    return out


def neighbor_lengths(vectors: FloatArray, rows: IntArray) -> DoubleArray:
    """Euclidean distance of each row to its neighbors, (n, k) float64."""
    source = np.repeat(np.arange(len(rows)), rows.shape[1])
    return chord(vectors, source, rows.ravel()).reshape(rows.shape)


def core_distances(lengths: DoubleArray, min_samples: int) -> DoubleArray:
    """Distance within which a row has `min_samples` rows, itself counted.

    Parameters
    ----------
    lengths : (n, k) distances to the nearest others, k >= min_samples - 1
    min_samples : at least 1

    Returns
    -------
    (n,) float64, zeros for min_samples = 1

    References
    ----------
    Campello, Moulavi, Sander (2013), Density-based clustering based on hierarchical density
    estimates. PAKDD 2013.
    """
    if min_samples < 2:
        return np.zeros(len(lengths))
    return np.asarray(np.partition(lengths, min_samples - 2, axis=1)[:, min_samples - 2])


def spanning_tree(
    vectors: FloatArray, rows: IntArray, lengths: DoubleArray, core: DoubleArray
) -> SpanningTree:
    """The minimum spanning tree under the mutual reachability distance.

    Two rows are max(core of one, core of the other, distance) apart. Each round joins every
    group of rows but the largest with its nearest other group (Boruvka's method).

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    rows : (n, k) int32, the nearest others of each row
    lengths : (n, k) their Euclidean distances
    core : (n,) core distances; zeros give the tree of the plain distance

    Returns
    -------
    SpanningTree, exact to single precision

    References
    ----------
    Campello, Moulavi, Sander (2013), Density-based clustering based on hierarchical density
    estimates. PAKDD 2013. March, Ram, Gray (2010), Fast Euclidean minimum spanning tree. KDD.
    """
    n, k = rows.shape
    one, other = np.repeat(np.arange(n, dtype=np.int32), k), rows.ravel()
    weights = np.maximum(np.maximum(core[one], core[other]), lengths.ravel())
    order = np.argsort(weights, kind="stable")
    one, other, weights = one[order], other[order], weights[order]
    # rows outside the graph are at least this far away
    horizon = np.maximum(lengths.max(axis=1), core) if k else np.zeros(n)
    group = np.arange(n, dtype=np.int32)
    found: list[tuple[NDArray[np.int32], DoubleArray]] = []
    while group.max(initial=0) > 0:
        apart = group[one] != group[other]
        one, other, weights = one[apart], other[apart], weights[apart]
        best, at = _shortest(group, one, other, weights)
        sizes = np.bincount(group)
        largest = int(sizes.argmax())
        doubtful = (horizon < best[group]) & (group != largest)
        pairs = np.stack([one[at[at >= 0]], other[at[at >= 0]]], axis=1)
        reached = best[at >= 0]
        if doubtful.any():
            more = np.nonzero(doubtful)[0].astype(np.int32)
            outside = _nearest_outside(vectors, group, core, more)
            span = np.maximum(np.maximum(core[more], core[outside]), chord(vectors, more, outside))
            pairs = np.vstack([pairs, np.stack([more, outside], axis=1)])
            reached = np.concatenate([reached, span])
        group, kept = _joined(group, largest, pairs, reached)
        found.append((pairs[kept], reached[kept]))
    if not found:
        return SpanningTree(np.empty((0, 2), dtype=np.int32), np.empty(0))
    edges = np.vstack([pair for pair, _ in found]).astype(np.int32)
    spans = np.concatenate([span for _, span in found])
    order = np.argsort(spans, kind="stable")
    return SpanningTree(edges[order], spans[order])


def _shortest(
    group: IntArray, one: IntArray, other: IntArray, weights: DoubleArray
) -> tuple[DoubleArray, NDArray[np.intp]]:
    """Length and place of the shortest edge of each group; inf and -1 where it has none."""
    n_groups = int(group.max()) + 1
    best, at = np.full(n_groups, np.inf), np.full(n_groups, -1, dtype=np.intp)
    ends = np.stack([group[one], group[other]], axis=1).ravel()
    names, first = np.unique(ends, return_index=True)  # edges are ascending: the first is shortest
    best[names], at[names] = weights[first // 2], first // 2
    return best, at


def _nearest_outside(
    vectors: FloatArray, group: IntArray, core: DoubleArray, wanted: IntArray
) -> IntArray:
    """For each wanted row, the row of another group that it reaches first, (n_wanted,) int32."""
    squares = np.asarray(core**2 / 2, dtype=np.float32)  # in units of one minus the cosine
    blocks = [wanted[part] for part in slices(len(wanted), DISTANCE_ROWS)]

    def search(block: IntArray) -> IntArray:
        queries, own = np.asarray(vectors[block]), group[block]
        best = np.full(len(block), np.inf, dtype=np.float32)
        rows = np.zeros(len(block), dtype=np.int32)
        for part in slices(len(vectors), BLOCK_COLUMNS):
            gaps = 1.0 - queries @ np.asarray(vectors[part]).T
            np.maximum(gaps, squares[part], out=gaps)
            gaps[own[:, None] == group[part]] = np.inf
            at = gaps.argmin(axis=1)
            value = gaps[np.arange(len(block)), at]
            nearer = value < best
            best[nearer], rows[nearer] = value[nearer], at[nearer] + part.start
        return rows

    return np.concatenate(list(ordered_map(search, blocks)))


def _joined(
    group: IntArray, largest: int, pairs: IntArray, lengths: DoubleArray
) -> tuple[IntArray, NDArray[np.intp]]:
    """Groups after each but the largest took its shortest pair, and the pairs that joined two."""
    order = np.argsort(lengths, kind="stable")
    ends = group[pairs[order]]
    names, first = np.unique(ends.ravel(), return_index=True)
    chosen = np.unique(first[names != largest] // 2)
    parent = list(range(int(group.max()) + 1))

    def root(name: int) -> int:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    kept: list[int] = []
    for place, (left, right) in zip(chosen.tolist(), ends[chosen].tolist(), strict=True):
        left, right = root(left), root(right)
        if left != right:
            parent[right] = left
            kept.append(place)
    roots = np.array([root(name) for name in range(len(parent))])
    renamed = np.unique(roots, return_inverse=True)[1].astype(np.int32)
    return renamed[group], order[kept]


def connected_graph(vectors: FloatArray, rows: IntArray, distances: FloatArray) -> csr_matrix:
    """The similarity graph, its pieces joined by the shortest edges where it falls apart.

    Parameters
    ----------
    vectors : (n, n_dims) float32, rows of unit length
    rows, distances : (n, k) the nearest others of each row and their cosine distances

    Returns
    -------
    CSR (n, n) float64, symmetric, one piece
    """
    graph = similarity_graph(rows, distances)
    n_pieces, piece = connected_components(graph, directed=False)
    if n_pieces == 1:
        return graph
    tree = spanning_tree(vectors, rows, neighbor_lengths(vectors, rows), np.zeros(len(rows)))
    apart = piece[tree.edges[:, 0]] != piece[tree.edges[:, 1]]
    one, other = tree.edges[apart].T
    # of unit vectors, half the squared distance is the cosine distance
    weights = np.clip(1.0 - tree.lengths[apart] ** 2 / 2, 1e-6, 1.0)
    bridges = sparse.csr_matrix((weights, (one, other)), shape=graph.shape)
    return graph.maximum(bridges).maximum(bridges.T).tocsr()


def validity(tree: SpanningTree, labels: NDArray[np.integer]) -> float:
    """Relative density of clusters and the gaps between them, read off the tree.

    Each cluster counts one minus its longest edge inside divided by its shortest edge to
    outside (or the reverse, negative), weighted by its rows; noise counts zero. Moulavi and
    others take a tree of each cluster of its own; all sizes tried share this one.

    Parameters
    ----------
    tree : the tree of mutual reachability
    labels : (n,) integers, -1 for noise

    Returns
    -------
    In [-1, 1]; 0 with fewer than two clusters

    References
    ----------
    Moulavi, Jaskowiak, Campello, Zimek, Sander (2014), Density-based clustering validation.
    SDM 2014.
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    if n_clusters < 2:
        return 0.0
    one, other = labels[tree.edges[:, 0]], labels[tree.edges[:, 1]]
    sparseness, gap = np.zeros(n_clusters), np.full(n_clusters, np.inf)
    inside = (one == other) & (one >= 0)
    np.maximum.at(sparseness, one[inside], tree.lengths[inside])
    for end in (one, other):
        leaving = (one != other) & (end >= 0)
        np.minimum.at(gap, end[leaving], tree.lengths[leaving])
    larger = np.maximum(np.maximum(sparseness, gap), np.finfo(np.float64).tiny)
    sizes = np.bincount(labels[labels >= 0], minlength=n_clusters)
    return float((sizes * (gap - sparseness) / larger).sum() / len(labels))
