"""Pieces of the neighbor graph that nothing joins: clusters of very different sizes, if clear.

Hierarchies by Ward's method would rather halve a large cluster than part two tiny ones. Where the
graph falls apart of itself, the pieces are measured beside what the hierarchies agree on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import by_size, nearest_centre, quick_sums, unit
from shoal.numerics.partitions.agreement import majority
from shoal.parts.clusterers.hierarchy import Trials, drawn, n_small_groups
from shoal.parts.clusterers.layers import Level, level_of

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MIN_ROWS = 5
"""Rows of a piece; fewer join the piece they are nearest to."""


def with_pieces(
    levels: list[Level],
    vectors: FloatArray,
    graph: csr_matrix,
    trials: Trials,
    seed: int,
    seen: NDArray[np.intp],
) -> list[Level]:
    """Levels of detail, and the pieces of the graph among them where they measure best.

    Parameters
    ----------
    levels : finest first
    vectors : (n, n_dims) float32 unit vectors
    graph : CSR (n, n), their similarity graph
    trials : of the same rows
    seed : of the trials
    seen : (n_seen,) rows whose separation is measured

    Returns
    -------
    `levels` itself where there are no pieces, or any level is better.
    """
    labels = _pieces(vectors, graph)
    if labels is None:
        return levels
    found = _measured(labels, vectors, graph, trials, seed, seen)
    if found.score <= max((level.score for level in levels), default=0.0):
        return levels
    others = [level for level in levels if level.n_clusters != found.n_clusters]
    return sorted([*others, found], key=lambda level: -level.n_clusters)


def _pieces(vectors: FloatArray, graph: csr_matrix) -> NDArray[np.int32] | None:
    """The piece of each row, (n,) int32 by falling size; None for one, or too many to be groups."""
    n_found, label = connected_components(graph, directed=False)
    kept = np.flatnonzero(np.bincount(label, minlength=n_found) >= MIN_ROWS)
    if not 2 <= len(kept) <= n_small_groups(len(vectors)):
        return None
    if len(kept) < n_found:
        place = np.full(n_found, -1, dtype=np.int32)
        place[kept] = np.arange(len(kept))
        label = place[label]
        loose = label < 0
        centre = unit(quick_sums(vectors[~loose], label[~loose]))
        label[loose] = nearest_centre(vectors[loose], centre)[0]
    return by_size(label.astype(np.int32))


def _measured(
    labels: NDArray[np.int32],
    vectors: FloatArray,
    graph: csr_matrix,
    trials: Trials,
    seed: int,
    seen: NDArray[np.intp],
) -> Level:
    """The marks of a level: parts of the rows reproduce it by the centres that they give it."""
    cells = trials.cells
    of_cell = majority(cells.cell, labels)

    def found_again(draw: int) -> NDArray[np.int32]:
        _, part = drawn(cells, seed, draw)
        at, here = np.unique(of_cell[part], return_inverse=True)
        centre = unit(quick_sums(cells.totals[part], here.ravel().astype(np.int32)))
        return at[nearest_centre(cells.directions, centre)[0]]

    again = [found_again(draw) for draw in range(len(trials.cuts))]
    return level_of(vectors, graph, labels, of_cell, again, cells.sizes, seen)
