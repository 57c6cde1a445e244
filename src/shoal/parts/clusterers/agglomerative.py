"""Agglomerative clustering: rows are merged two groups at a time into one tree, then it is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from shoal.data import Layer
from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray, DoubleArray, FloatArray
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import by_size, unit
from shoal.numerics.density.spanning_tree import connected_graph
from shoal.numerics.neighbors import nearest
from shoal.numerics.ward import cut_tree
from shoal.parts.clusterers.base import Estimator, at_least
from shoal.parts.clusterers.choosing_k import CRITERIA, number_for

Labels = NDArray[np.int32]

LINKAGES = ("ward", "average")
FINER, COARSER = 3, 12
"""How often the number of clusters is doubled and halved for the layers."""


class Agglomerative(Estimator):
    """Clusters cut from a tree of merges that is kept.

    Ward's linkage merges the two groups that lose least variance, and only groups that are
    neighbors in the shared graph, joined where it falls apart by the shortest edges there are:
    measured as good as all pairs, in time and memory that grow with the edges. Average linkage
    needs all pairs (on the graph it puts nearly all rows into one cluster) and says so when
    they do not fit.

    Parameters
    ----------
    n_clusters : how many; chosen over a ladder of numbers when None
    choose, max_clusters : the criterion that chooses, and the largest number to try, as of kmeans
    linkage : "ward" or "average"
    n_neighbors : neighbors a group may merge with, for "ward"
    max_memory_gb : most memory the pairs of "average" may take
    seed : of the sample that the number is chosen on

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster
    linkage_ : (n - 1, 4) float64, the tree as scipy's dendrogram takes it; heights are those of
        Ward's linkage in scipy, or mean cosine distances
    hierarchy_ : the same by its name, all that another cut needs
    layers_ : tuple of Layer, cuts of the tree from fine to coarse
    chosen_ : index of the layer that labels_ is
    curves_ : tuple of Curve, what the number was chosen by, empty when it was given
    reason_ : one sentence

    References
    ----------
    Ward (1963), Hierarchical grouping to optimize an objective function. Journal of the American
    Statistical Association 58. The merging is scikit-learn's, and scipy's for the average.
    """

    words: ClassVar = {"choose": CRITERIA, "linkage": LINKAGES}
    cut_parameters = frozenset({"n_clusters", "choose", "max_clusters"})
    """Parameters that choose a cut and leave the tree as it is."""

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        choose: str = CRITERIA[0],
        max_clusters: int | None = None,
        linkage: str = LINKAGES[0],
        n_neighbors: int = 15,
        max_memory_gb: float = 4.0,
        seed: int = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.choose = choose
        self.max_clusters = max_clusters
        self.linkage = linkage
        self.n_neighbors = n_neighbors
        self.max_memory_gb = max_memory_gb
        self.seed = seed

    def fit(
        self,
        X: FloatArray,
        y: object = None,
        *,
        neighbors: tuple[Labels, FloatArray] | None = None,
        hierarchy: Mapping[str, AnyArray] | None = None,
    ) -> Agglomerative:
        """Cluster unit vectors.

        Parameters
        ----------
        X : (n, n_dims) float32, rows of unit length
        y : ignored
        neighbors : (rows, distances) of the nearest other items, each (n, k); found here when
            not given
        hierarchy : `hierarchy_` of an earlier fit to the same X, to be cut only

        Raises
        ------
        BadInput : if a parameter is out of its range, or the pairs do not fit into memory
        TooFewItems : if there are fewer distinct items than clusters
        UnknownPart : if there is no such criterion to choose by
        """
        if self.linkage not in LINKAGES:
            raise BadInput(f"linkage must be {' or '.join(LINKAGES)}, got {self.linkage!r}.")
        at_least("n_neighbors", self.n_neighbors, 1)
        choice = number_for(self, X, self._divide)
        if hierarchy is not None:
            self.linkage_ = np.asarray(hierarchy["linkage"])
        else:
            self.linkage_ = self._tree(X, neighbors)
        self.hierarchy_ = {"linkage": self.linkage_}
        self._cut(len(X), choice.k)
        self.curves_ = choice.curves
        self.reason_ = choice.reason(choice.k)
        return self

    def _divide(self, vectors: FloatArray, ks: Sequence[int], seed: int) -> list[Labels]:
        """Cuts of one tree at several numbers of clusters."""
        tree = self._tree(unit(vectors), None)
        return [by_size(cut_tree(tree, k)) for k in ks]

    def _tree(self, X: FloatArray, neighbors: tuple[Labels, FloatArray] | None) -> DoubleArray:
        if len(X) == 1:
            return np.empty((0, 4))
        if self.linkage == "average":
            return self._average(X)
        k = min(self.n_neighbors, len(X) - 1)
        rows, distances = neighbors or nearest(X, X, k, exclude_itself=True)
        return _ward(X, rows[:, :k], distances[:, :k])

    def _average(self, X: FloatArray) -> DoubleArray:
        n = len(X)
        needed = n * (n - 1) / 2 * 8 / 1e9
        if needed > self.max_memory_gb:
            raise BadInput(
                f"average linkage needs the distances of all pairs: {needed:.1f} GB for {n} "
                f"rows, but max_memory_gb is {self.max_memory_gb:g}. Use linkage=ward, or "
                "raise the limit."
            )
        from scipy.cluster.hierarchy import linkage as all_pairs_linkage

        # of unit vectors, half the squared distance is the cosine distance; defined for zeros too
        table = all_pairs_linkage(np.asarray(X, dtype=np.float64), "average", "sqeuclidean")
        return _table(table[:, :2].astype(np.int64), table[:, 2] / 2)

    def _cut(self, n: int, asked: int) -> None:
        """Cuts around the one asked for, each with half the clusters of the one before."""
        finer = [asked << step for step in range(FINER, 0, -1) if asked << step <= n // 2]
        coarser = [asked >> step for step in range(1, COARSER) if asked >> step >= 2]
        counts = [*finer, asked, *coarser]
        self.layers_ = tuple(Layer(by_size(cut_tree(self.linkage_, k)), k) for k in counts)
        self.chosen_ = len(finer)
        self.labels_ = self.layers_[self.chosen_].labels


def _ward(X: FloatArray, rows: Labels, distances: FloatArray) -> DoubleArray:
    """Ward's tree along the edges of the neighbor graph."""
    from sklearn.cluster import ward_tree

    graph = connected_graph(X, rows, distances)
    with serial_algebra():
        children, _, _, _, heights = ward_tree(X, connectivity=graph, return_distance=True)
    return _table(children, heights)


def _table(children: NDArray[np.integer], heights: DoubleArray) -> DoubleArray:
    """The merges as scipy's ``linkage`` gives them, (n - 1, 4) float64.

    Parameters
    ----------
    children : (n - 1, 2) what each merge joins: rows 0..n-1, or n plus the number of a merge
    heights : (n - 1,) at which distance; along a graph one may be lower than the one before,
        which no drawing of the tree could show, and is put as high
    """
    n = len(children) + 1
    sizes = np.ones(2 * n - 1)
    for number, (one, other) in enumerate(children.tolist()):
        sizes[n + number] = sizes[one] + sizes[other]
    return np.column_stack([children, np.maximum.accumulate(heights), sizes[n:]])
