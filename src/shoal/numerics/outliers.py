"""How far a row is from all others, and which rows stay unassigned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from shoal.numerics.arrays import FloatArray, IntArray
from shoal.numerics.blocks import STREAM_ROWS, ordered_map, slices

NTH = 5
"""The neighbor whose distance tells how lonely a row is."""
FAR = 4.0
"""Robust standard deviations above the median that count as far."""
NEAREST = 20
"""Neighbors whose mean distance is the score of a row."""
DEVIATIONS = 2.5
"""Robust standard deviations of the far side above the median that make an anomaly."""
DEVIATIONS_OF_RECORDS = 3.5
"""The same of records, whose distances are more skewed: the figure of Iglewicz and Hoaglin."""
LONELIER = 1.05
"""Times as far from its five nearest rows as these are from theirs that an anomaly is at least: the
rows of a sparse cluster are all as far from each other."""
LINKED_ROWS = 1 << 17
"""Rows whose links to near others are held at once."""
MINORITY = 0.1
"""Share of the rows up to which groups can be odd: what many rows are like is usual."""


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """Outlier scores of rows.

    Parameters
    ----------
    scores : (n,) float32, mean distance to the 20 nearest rows divided by `usual`; for a row of
        an odd group, to the 20 nearest rows outside of it; its own copies are nearest to a row
    usual : the median of that mean distance
    limit : score above which a row is an anomaly
    group : (n,) int32, the odd group a row is in, numbered by falling score; -1 for no group
    around : (n,) int32, the nearest row outside of its own group; -1 without neighbors
    farther : (n,) float32, how many times farther than usual the row is; the score is higher where
        its values are less odd one by one than together
    odd : (n,) bool, which rows are anomalies: those above the limit, but for rows of a small bunch
        that is no odd group
    deviations : robust standard deviations that the limit is above the median
    """

    scores: FloatArray
    usual: float
    limit: float
    group: IntArray
    around: IntArray
    farther: FloatArray
    odd: NDArray[np.bool_]
    deviations: float = DEVIATIONS


def outliers(
    rows: IntArray,
    distances: FloatArray,
    copies: NDArray[np.integer] | None = None,
    together: FloatArray | None = None,
    *,
    deviations: float = DEVIATIONS,
) -> Outliers:
    """Score every row by how far its nearest rows are, and find small groups that are odd.

    A row is an anomaly beyond the median and 2.5 robust deviations of the scores above it, the
    rule of [1]_ on the far side alone, because distances are skewed: in a normal distribution
    0.6 % of the rows are beyond. Rows within half of that limit of each other make one group. A
    group is odd if it is small and what is nearest around it is beyond the limit: then it is
    twice as far from the rest as its rows are from each other. A row of another group of more
    than five, or with five others as near as theirs are, is no anomaly for want of twenty.

    A row may also be far from the way in which the values of the others go together, such as a
    large amount with a small one that it always comes with, and yet have near neighbors. The
    score is the higher of the two, each measured by its own limit.

    Parameters
    ----------
    rows, distances : (n, k) the nearest others and how far they are, ascending
    copies : (n,) how many rows hold each of them; one each where not given. What many rows hold
        is not odd, however far from all else
    together : (n,) squared distances from the way in which values go together, for records
    deviations : that an anomaly is above the median

    References
    ----------
    .. [1] Leys, Ley, Klein, Bernard, Licata (2013), Detecting outliers: do not use standard
       deviation around the mean, use absolute deviation around the median. Journal of
       Experimental Social Psychology 49.
    .. [2] Iglewicz, Hoaglin (1993), How to detect and handle outliers. ASQC Quality Press.
    """
    n, k = rows.shape
    if k == 0:
        nothing = np.full(n, -1, dtype=np.int32)
        zeros = np.zeros(n, dtype=np.float32)
        none = np.zeros(n, dtype=bool)
        return Outliers(zeros, 0.0, 0.0, nothing, nothing, zeros, none, deviations)
    if copies is None:
        copies = np.ones(n, dtype=np.int64)

    def block(part: slice) -> NDArray[np.float64]:
        near, own = copies[rows[part]], copies[part] - 1
        return np.stack([_mean_distance(distances[part], near, own, m) for m in (NEAREST, NTH)])

    apart, close = np.concatenate(list(ordered_map(block, slices(n, STREAM_ROWS))), axis=1)
    usual = max(float(np.median(apart)), 1e-6)
    limit = _limit(apart / usual, deviations)
    group, outside, around, company = _odd_groups(rows, distances, copies, limit * usual)
    inside = group >= 0
    farther = np.where(inside, outside, apart) / usual
    scores = farther
    around_it = np.concatenate(
        [close[rows[part, :NTH]].mean(axis=1) for part in slices(n, STREAM_ROWS)]
    )
    lonelier = close > np.maximum(_limit(close, deviations), LONELIER * around_it)
    alone = inside | (lonelier & ~company)
    if together is not None:
        few = np.clip(1.0 - (copies - 1) / NEAREST, 0.0, 1.0)
        # a cosine distance is a square, as these are: their limits go together
        joint = few * together * (limit / _limit(together, deviations))
        scores, alone = np.maximum(farther, joint), alone | (joint > limit)
    totals = np.bincount(group[inside], weights=scores[inside])
    place = np.empty(len(totals), dtype=np.int32)
    place[np.argsort(-totals / np.maximum(np.bincount(group[inside]), 1), kind="stable")] = (
        np.arange(len(totals))
    )
    if inside.any():
        group[inside] = place[group[inside]]
    around = np.where(inside, around, rows[:, 0]).astype(np.int32)
    found = scores.astype(np.float32), usual, limit, group, around, farther.astype(np.float32)
    return Outliers(*found, (found[0] > limit) & alone, deviations)


def reaching_out(
    rows: IntArray, distances: FloatArray, beyond: FloatArray
) -> tuple[IntArray, FloatArray]:
    """The same neighbors, as far as they are when values past the ends of a scale count in full.

    Records lie on scales with ends, so that no extreme value decides what is near; how odd a row
    is should see it. Past the end, a difference of one radian adds one, which is the steepest that
    the cosine distance grows on the scale.

    Parameters
    ----------
    rows, distances : (n, k) the nearest others and how far they are
    beyond : (n, n_columns) past the end of each column's scale, times its share of the weight

    Returns
    -------
    Rows and distances, sorted anew
    """
    farther = distances.astype(np.float32)
    for column in beyond.T:
        if column.any():
            farther += np.abs(column[:, None] - column[rows])
    order = np.argsort(farther, axis=1, kind="stable")
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(farther, order, axis=1)


def _limit(scores: NDArray[np.floating], deviations: float) -> float:
    middle = float(np.median(scores))
    above = scores[scores >= middle] - middle
    return middle + deviations * 1.4826 * float(np.median(above)) + 1e-6


def _mean_distance(
    distances: FloatArray,
    counts: NDArray[np.integer],
    copies: NDArray[np.integer] | int,
    n_nearest: int = NEAREST,
) -> NDArray[np.float64]:
    """Mean distance to the nearest rows, where a neighbor stands for so many rows.

    Parameters
    ----------
    distances : (n, k) ascending
    counts : (n, k) rows that each neighbor stands for; 0 for one that is left out
    copies : (n,) or 0, further rows that are like the row itself
    """
    before = np.cumsum(counts, axis=1) - counts + np.reshape(copies, (-1, 1))
    taken = np.clip(n_nearest - before, 0, counts)
    n_taken = np.minimum(before[:, -1] + counts[:, -1], n_nearest)
    total = (taken * distances).sum(axis=1, dtype=np.float64)
    return np.asarray(total / np.maximum(n_taken, 1))


def _odd_groups(
    rows: IntArray, distances: FloatArray, copies: NDArray[np.integer], limit: float
) -> tuple[IntArray, NDArray[np.float64], IntArray, NDArray[np.bool_]]:
    """Small groups with nothing within the limit of them.

    Returns
    -------
    group : (n,) int32 without gaps, -1 for none
    outside : (n,) mean distance to the 20 nearest rows that are not in the same group
    around : (n,) int32 the nearest of them
    company : (n,) bool, whether the row is in a bunch of more than five, odd or not
    """
    n, k = rows.shape
    piece = _linked(rows, distances, limit / 2)
    sizes = np.bincount(piece)
    held = np.bincount(piece, weights=copies)
    # the neighbors of a row must reach beyond its own group
    most = max(k - NEAREST, k // 2)
    small = (sizes >= 2) & (sizes <= most) & (held <= most)

    def block(part: slice) -> tuple[NDArray[np.float64], IntArray]:
        strange = piece[rows[part]] != piece[part, None]
        apart = _mean_distance(distances[part], strange * copies[rows[part]], 0)
        return apart, np.take_along_axis(rows[part], strange.argmax(axis=1)[:, None], 1)[:, 0]

    outside, around = np.empty(n), np.empty(n, dtype=np.int32)
    parts = slices(n, STREAM_ROWS)
    for part, found in zip(parts, ordered_map(block, parts), strict=True):
        outside[part], around[part] = found
    odd = small & (np.bincount(piece, weights=outside) / sizes > limit)
    if held[odd].sum() > MINORITY * held.sum():
        odd[:] = False
    number = np.where(odd, np.cumsum(odd) - 1, -1).astype(np.int32)
    return number[piece], outside, around, (held > NTH)[piece]


def _linked(rows: IntArray, distances: FloatArray, limit: float) -> IntArray:
    """The piece of each row, (n,) int32, where rows within a limit of each other are in one.

    Pieces are numbered by their first rows. The links of some rows are looked at after those of
    the others, between the pieces that there are then: all at once would take 30 bytes a link.
    """
    piece = np.arange(len(rows), dtype=np.int32)
    for part in slices(len(rows), LINKED_ROWS):
        near = distances[part] <= limit
        source = np.repeat(piece[part], near.sum(axis=1))
        target = piece[rows[part][near]]
        n_pieces = int(piece.max()) + 1
        ones = np.ones(len(source), dtype=bool)
        links = sparse.coo_matrix((ones, (source, target)), shape=(n_pieces, n_pieces))
        piece = connected_components(links.tocsr(), directed=False)[1][piece]
    return np.asarray(piece, dtype=np.int32)


def kth_distance(distances: FloatArray) -> FloatArray:
    """Distance of each row to its fifth neighbor, or the last where there are fewer.

    Parameters
    ----------
    distances : (n, k) ascending

    Returns
    -------
    (n,) float32; zeros when there are no neighbors
    """
    if distances.shape[1] == 0:
        return np.zeros(len(distances), dtype=np.float32)
    return np.asarray(distances[:, min(NTH, distances.shape[1]) - 1], dtype=np.float32)


def outlier_threshold(kth_distances: FloatArray) -> float:
    """Outlier threshold: the median kth-neighbor distance plus four robust deviations.

    The deviation is 1.4826 times the median distance from the median, which for a normal
    distribution is the standard deviation.
    """
    middle = float(np.median(kth_distances))
    return middle + FAR * 1.4826 * float(np.median(np.abs(kth_distances - middle))) + 1e-6


def unassigned(outlying: NDArray[np.bool_], share: FloatArray) -> NDArray[np.bool_]:
    """Rows that fit no cluster: far from all others, with most neighbors in other clusters."""
    return outlying & (share < 0.5)
