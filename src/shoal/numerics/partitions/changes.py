"""How clusters change between partitions: kept, split, merged, vanished, new.

Two clusters are linked if one of them holds more than half of the other. A cluster is more than
half inside at most one other, so links make small families, and the shape of a family is the
change: one before and one after stayed, one before and several after was split, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from shoal.numerics.partitions.agreement import shared

Labels = NDArray[np.int32]
Counts = NDArray[np.int64]

KINDS = ("stayed", "split", "merged", "regrouped", "vanished", "appeared")
"""Of a family of clusters, as `family_kind` counts them."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The rows that each two clusters share, and the families that clusters form.

    Parameters
    ----------
    before, after : (n_flows,) int32 clusters, -1 for none; ordered by the first, then the second
    rows : (n_flows,) int64 rows they share
    linked : (n_flows,) bool, whether one of the two holds more than half of the other
    family_before : (n_before,) int64, the family of each cluster before
    family_after : (n_after,) int64, likewise after
    family_kind : (n_families,) int64, index into KINDS
    """

    before: Labels
    after: Labels
    rows: Counts
    linked: NDArray[np.bool_]
    family_before: Counts
    family_after: Counts
    family_kind: Counts


def changes(one: Labels, other: Labels, n_one: int, n_other: int) -> Changes:
    """Follow the clusters of a partition into another of the same rows.

    Parameters
    ----------
    one, other : (n,) int32 labels, -1 for noise
    n_one, n_other : clusters there are, those without a row here too: such a cluster has
        vanished, or appeared

    Returns
    -------
    Changes; noise is part of the flows and never of a family

    References
    ----------
    Spiliopoulou, Ntoutsi, Theodoridis, Schult (2006), MONIC: modeling and monitoring cluster
    transitions. KDD 2006. There, too, a cluster survives in the one that holds half of it.
    """
    before, after, rows = shared(one + 1, other + 1)
    before, after = before - 1, after - 1
    sizes_one = np.bincount(one + 1, minlength=n_one + 1)[before + 1]
    sizes_other = np.bincount(other + 1, minlength=n_other + 1)[after + 1]
    both = (before >= 0) & (after >= 0)
    linked = both & ((2 * rows > sizes_one) | (2 * rows > sizes_other))
    ends = (before[linked], after[linked] + n_one)
    size = max(n_one + n_other, 1)  # a graph of nothing is no matrix
    links = sparse.coo_matrix((np.ones(linked.sum()), ends), shape=(size, size))
    family = connected_components(links, directed=False)[1][: n_one + n_other]
    n_families = int(family.max(initial=-1)) + 1
    ours = np.bincount(family[:n_one], minlength=n_families)
    theirs = np.bincount(family[n_one:], minlength=n_families)
    kind = np.select(
        [theirs == 0, ours == 0, (ours == 1) & (theirs == 1), ours == 1, theirs == 1],
        [KINDS.index(name) for name in ("vanished", "appeared", "stayed", "split", "merged")],
        KINDS.index("regrouped"),
    )
    return Changes(
        before=before.astype(np.int32),
        after=after.astype(np.int32),
        rows=rows,
        linked=linked,
        family_before=family[:n_one].astype(np.int64),
        family_after=family[n_one:].astype(np.int64),
        family_kind=np.asarray(kind, dtype=np.int64),
    )
