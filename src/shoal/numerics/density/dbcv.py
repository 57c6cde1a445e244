"""Density-based cluster validity (DBCV) with memory linear in the number of rows.

The index needs a minimum spanning tree of every cluster and the nearest pair of every two
clusters. Distances are found block by block and thrown away again; the trees grow from each row's
nearest others, and only where those cannot prove an edge to be the shortest is a row compared with
its whole cluster. The answer is that of all pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from shoal.numerics.arrays import DoubleArray, FloatArray
from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.clusters import members

Labels = NDArray[np.int32]
Keys = NDArray[np.int64]

LISTED = 12
"""Nearest others remembered of each row."""
MIN_SQUARE = np.float32(1e-12)
"""Smallest squared distance, so that equal rows are dense and not infinitely so."""
BLOCK_CELLS = 1 << 21
"""Most distances held at once by a thread."""
NEVER = np.iinfo(np.int64).max
"""A key above every other."""


@dataclass(frozen=True, slots=True)
class Density:
    """Density inside clusters and sparseness between them.

    Parameters
    ----------
    sparseness : (n_clusters,) float64, the longest inner edge of each cluster's spanning tree
    separation : (n_clusters,) float64, how near another cluster comes
    validity : (n_clusters,) float64 in [-1, 1], above 0 where the cluster is denser than its
        border; all three are nan where there is nothing to compare: clusters of fewer than two
        rows, or no other cluster
    """

    sparseness: DoubleArray
    separation: DoubleArray
    validity: DoubleArray


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows with what the tree needs to know of each; distances are squared.

    Parameters
    ----------
    vectors : (n, n_dims) float32
    squares : (n,) float32, squared lengths
    labels : (n,) int32
    homes : rows of each cluster, ascending
    core : (n,) float32 core distances
    """

    vectors: FloatArray
    squares: FloatArray
    labels: Labels
    homes: list[NDArray[np.intp]]
    core: FloatArray

    def distances(self, some: NDArray[np.intp], others: NDArray[np.intp]) -> FloatArray:
        """Squared distances (n_some, n_others), none below MIN_SQUARE."""
        found: FloatArray = self.vectors[some] @ self.vectors[others].T
        found *= -2.0
        found += self.squares[some, None]
        found += self.squares[others]
        np.maximum(found, MIN_SQUARE, out=found)
        return found


def density_validity(vectors: FloatArray, labels: Labels) -> Density:
    """Sparseness, separation and validity of every cluster, by Euclidean distance.

    Where the reachability of two pairs is the same, the nearer pair goes first, so that the
    tree, and with it the index, does not depend on the order of the rows. A tree without inner
    nodes (two rows) counts with all its nodes, one without inner edges with all its edges.

    Parameters
    ----------
    vectors : (n, n_dims) float32
    labels : (n,) int32, -1 for noise, which is left out

    Returns
    -------
    Density

    References
    ----------
    Moulavi, Jaskowiak, Campello, Zimek, Sander (2014), Density-based clustering validation.
    Proceedings of the 2014 SIAM International Conference on Data Mining.
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    sizes = np.bincount(labels[labels >= 0], minlength=n_clusters)
    kept = np.nonzero(labels >= 0)[0]
    kept = kept[sizes[labels[kept]] >= 2]
    nothing = np.full(n_clusters, np.nan)
    if np.count_nonzero(sizes >= 2) < 2:
        return Density(nothing, nothing, nothing)
    rows, edges, weights = _forest(np.ascontiguousarray(vectors[kept]), labels[kept], n_clusters)
    degrees = np.bincount(edges.ravel(), minlength=len(kept))
    inner = (degrees > 1) | (sizes[rows.labels] == 2)
    sparseness = _longest(rows.labels, edges, weights, inner, n_clusters)
    separation = _nearest_other(rows, np.nonzero(inner)[0], n_clusters)
    validity = (separation - sparseness) / np.maximum(separation, sparseness)
    return Density(sparseness, separation, validity)


def _longest(
    labels: Labels, edges: NDArray[np.intp], weights: DoubleArray, inner: NDArray[np.bool_], n: int
) -> DoubleArray:
    """The longest edge between inner nodes of each cluster's tree."""
    longest, whole = np.full(n, -np.inf), np.full(n, -np.inf)
    within = inner[edges].all(axis=1)
    np.maximum.at(longest, labels[edges[within, 0]], weights[within])
    np.maximum.at(whole, labels[edges[:, 0]], weights)
    longest = np.where(np.isfinite(longest), longest, whole)
    return np.where(np.isfinite(longest), longest, np.nan)


def _nearest_other(rows: _Rows, inner: NDArray[np.intp], n_clusters: int) -> DoubleArray:
    """Reachability of the nearest inner node of another cluster, for each cluster."""
    inner = inner[np.argsort(rows.labels[inner], kind="stable")]
    labels = rows.labels[inner]
    nearest = np.full(n_clusters, np.inf, dtype=np.float32)
    parts = slices(len(inner), max(BLOCK_CELLS // len(inner), 1))

    def block(part: slice) -> tuple[Labels, Labels, FloatArray]:
        here, there = inner[part], inner[part.start :]  # the rest was seen from the other side
        found = rows.distances(here, there)
        np.maximum(found, rows.core[here, None], out=found)
        np.maximum(found, rows.core[there], out=found)
        ours, starts = np.unique(labels[part], return_index=True)
        theirs, borders = np.unique(labels[part.start :], return_index=True)
        pairs = np.minimum.reduceat(np.minimum.reduceat(found, borders, axis=1), starts, axis=0)
        pairs[ours[:, None] == theirs] = np.inf
        return ours, theirs, pairs

    for ours, theirs, pairs in ordered_map(block, parts):
        np.minimum.at(nearest, ours, pairs.min(axis=1))
        np.minimum.at(nearest, theirs, pairs.min(axis=0))
    return np.where(np.isfinite(nearest), np.sqrt(nearest.astype(np.float64)), np.nan)


def _keys(reach: FloatArray, distances: FloatArray) -> Keys:
    """Whole numbers in the order of reachability, then distance: float bits of both."""
    high = np.ascontiguousarray(reach, dtype=np.float32).view(np.int32).astype(np.int64)
    low = np.ascontiguousarray(distances, dtype=np.float32).view(np.int32)
    return (high << 32) | low


def _reach_of(keys: Keys) -> DoubleArray:
    """Reachability that keys were made of, not squared any more."""
    high = (keys >> 32).astype(np.int32)
    return np.sqrt(high.view(np.float32).astype(np.float64))


def _blocks_of(
    some: NDArray[np.intp], rows: _Rows
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Some rows, cluster by cluster and in blocks, each block with all rows of its cluster.

    Parameters
    ----------
    some : ordered by cluster
    """
    labels = rows.labels[some]
    for group in np.split(some, np.nonzero(np.diff(labels))[0] + 1):
        if len(group):
            home = rows.homes[rows.labels[group[0]]]
            for part in slices(len(group), max(BLOCK_CELLS // len(home), 1)):
                yield group[part], home


def _forest(
    vectors: FloatArray, labels: Labels, n_clusters: int
) -> tuple[_Rows, NDArray[np.intp], DoubleArray]:
    """Minimum spanning tree of each cluster under mutual reachability, by Boruvka's method.

    Returns
    -------
    The rows with their core distances, edges (n_edges, 2) as pairs of rows, and the
    reachability (n_edges,) along each
    """
    n = len(vectors)
    squares = np.einsum("ij,ij->i", vectors, vectors)
    rows = _Rows(vectors, squares, labels, members(labels, n_clusters), np.zeros_like(squares))
    core, others, distances = _nearest_inside(rows)
    rows = replace(rows, core=core)
    starts, places = np.nonzero(others >= 0)
    pairs = np.column_stack([starts, others[starts, places]])
    near = distances[starts, places]
    keys = _keys(np.maximum(core[pairs].max(axis=1), near), near)
    # what is not listed is farther than all that is: no edge of the row has a smaller key
    beyond = distances[:, -1]
    bound = np.where(np.isinf(beyond), NEVER, _keys(np.maximum(core, beyond), beyond))
    component = np.arange(n)
    tree, tree_keys = [np.empty((0, 2), dtype=np.intp)], [np.empty(0, dtype=np.int64)]
    while True:
        crossing = component[pairs[:, 0]] != component[pairs[:, 1]]
        pairs, keys = pairs[crossing], keys[crossing]
        doubtful = _doubtful(rows, component, _shortest(component, pairs, keys), bound)
        found = _search(rows, component, doubtful)
        bound[doubtful] = found[1]
        pairs, keys = np.vstack([pairs, found[0]]), np.concatenate([keys, found[1]])
        picked = _proved(component, pairs, keys, bound)
        if len(picked) == 0:
            break
        tree.append(pairs[picked])
        tree_keys.append(keys[picked])
        ends = component[pairs[picked]]
        links = sparse.coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
        component = connected_components(links, directed=False)[1][component]
    return rows, *_without_circles(np.vstack(tree), np.concatenate(tree_keys), n)


def _nearest_inside(rows: _Rows) -> tuple[FloatArray, NDArray[np.intp], FloatArray]:
    """Core distance and nearest others of each row inside its own cluster.

    The core distance is the power mean of the distances to all others of the cluster with minus
    the number of dimensions as exponent; such powers overflow, so it is taken in logarithms.

    Returns
    -------
    core : (n,) float32, squared
    others : (n, LISTED) nearest first, -1 where a cluster has fewer
    distances : (n, LISTED) float32, squared; inf where a cluster has fewer
    """
    n, n_dims = rows.vectors.shape
    core = np.empty(n, dtype=np.float32)
    others = np.full((n, LISTED), -1, dtype=np.intp)
    distances = np.full((n, LISTED), np.inf, dtype=np.float32)
    blocks = list(_blocks_of(np.concatenate(rows.homes), rows))

    def block(
        part: tuple[NDArray[np.intp], NDArray[np.intp]],
    ) -> tuple[FloatArray, Keys, FloatArray]:
        some, home = part
        found = rows.distances(some, home)
        found[np.arange(len(some)), np.searchsorted(home, some)] = np.inf
        k = min(LISTED, len(home) - 1)
        near = np.argpartition(found, k - 1, axis=1)[:, :k]
        order = np.take_along_axis(found, near, 1).argsort(axis=1, kind="stable")
        near = np.take_along_axis(near, order, 1)
        listed = np.take_along_axis(found, near, 1)
        logs = np.log(found, out=found)
        logs -= np.log(listed[:, :1])
        logs *= np.float32(-n_dims / 2)
        mean = np.exp(logs, out=logs).sum(axis=1, dtype=np.float64) / (len(home) - 1)
        return listed[:, 0] * mean ** (-2 / n_dims), home[near], listed

    for (some, _), found in zip(blocks, ordered_map(block, blocks), strict=True):
        k = found[1].shape[1]
        core[some], others[some, :k], distances[some, :k] = found
    return core, others, distances


def _shortest(component: Keys, pairs: NDArray[np.intp], keys: Keys) -> Keys:
    """The smallest key of an edge that leaves each component, (n,)."""
    least = np.full(len(component), NEVER)
    for end in (0, 1):
        np.minimum.at(least, component[pairs[:, end]], keys)
    return least


def _doubtful(rows: _Rows, component: Keys, least: Keys, bound: Keys) -> NDArray[np.intp]:
    """Rows that may have a shorter edge out of their component than any that is known.

    The largest component of each cluster waits until the others have found their way to it.
    """
    sizes = np.bincount(component, minlength=len(component))
    largest = np.zeros(len(rows.homes), dtype=np.intp)
    np.maximum.at(largest, rows.labels, sizes[component] * (len(component) + 1) + component)
    waits = largest[rows.labels] % (len(component) + 1) == component
    found = np.nonzero(~waits & (bound < least[component]))[0]
    return found[np.argsort(rows.labels[found], kind="stable")]


def _search(rows: _Rows, component: Keys, some: NDArray[np.intp]) -> tuple[NDArray[np.intp], Keys]:
    """The shortest edge out of its component of each of some rows: pairs and keys."""
    blocks = list(_blocks_of(some, rows))

    def block(part: tuple[NDArray[np.intp], NDArray[np.intp]]) -> tuple[NDArray[np.intp], Keys]:
        here, home = part
        found = rows.distances(here, home)
        reach = np.maximum(found, rows.core[here, None])
        keys = _keys(np.maximum(reach, rows.core[home], out=reach), found)
        keys[component[here, None] == component[home]] = NEVER
        best = keys.argmin(axis=1)
        return np.column_stack([here, home[best]]), keys[np.arange(len(here)), best]

    pairs, keys = [np.empty((0, 2), dtype=np.intp)], [np.empty(0, dtype=np.int64)]
    for found in ordered_map(block, blocks):
        pairs.append(found[0])
        keys.append(found[1])
    return np.vstack(pairs), np.concatenate(keys)


def _proved(component: Keys, pairs: NDArray[np.intp], keys: Keys, bound: Keys) -> NDArray[np.intp]:
    """For each component the edge that is the shortest way out for sure, if one is known."""
    least = _shortest(component, pairs, keys)
    limit = np.full(len(component), NEVER)
    np.minimum.at(limit, component, bound)
    least[least > limit] = -1  # a row may know a shorter one
    picked = []
    for end in (0, 1):
        homes = component[pairs[:, end]]
        able = np.nonzero(keys == least[homes])[0]
        picked.append(able[np.unique(homes[able], return_index=True)[1]])
    return np.unique(np.concatenate(picked))


def _without_circles(
    edges: NDArray[np.intp], keys: Keys, n: int
) -> tuple[NDArray[np.intp], DoubleArray]:
    """The same edges, each once, without those that close a circle of equally long edges."""
    edges = np.sort(edges, axis=1)
    order = np.lexsort((edges[:, 1], edges[:, 0], keys))
    edges, keys = edges[order], keys[order]
    _, first = np.unique(edges[:, 0] * n + edges[:, 1], return_index=True)
    ranks = sparse.coo_matrix((first + 1.0, tuple(edges[first].T)), shape=(n, n))
    kept = np.sort(minimum_spanning_tree(ranks.tocsr()).data).astype(np.intp) - 1
    return edges[kept], _reach_of(keys[kept])
