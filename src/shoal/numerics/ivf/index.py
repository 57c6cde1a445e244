"""A saved IVF index, used to search neighbors of new vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shoal.numerics.arrays import AnyArray, FloatArray, IntArray, NamedArrays
from shoal.numerics.blocks import NEIGHBOR_ROWS, slices
from shoal.numerics.ivf.lists import InvertedLists
from shoal.numerics.ivf.probes import Chosen, Partition, enough_probes, parted
from shoal.numerics.ivf.search import search_block
from shoal.numerics.neighbors import by_blocks


@dataclass(frozen=True, slots=True, eq=False)
class IVFIndex:
    """Searches the neighbors of new vectors.

    Parameters
    ----------
    lists : the inverted lists
    probe_margin : how far below the highest cosine a centre may be and still be probed
    partition : the rows of each list
    """

    lists: InvertedLists
    probe_margin: float
    partition: Partition

    @classmethod
    def of(cls, chosen: Chosen) -> IVFIndex:
        """Build the index from the partition of a search."""
        return cls(chosen.lists, chosen.probe_margin, chosen.partition)

    @classmethod
    def restored(cls, arrays: Mapping[str, AnyArray]) -> IVFIndex:
        """Restore the index from its arrays."""
        lists = InvertedLists(*(arrays[name] for name in ("centres", "groups", "near", "shares")))
        return cls(lists, float(arrays["margin"]), parted(arrays["home"], len(lists.centres)))

    def arrays(self) -> NamedArrays:
        """Return the arrays to save."""
        n_cells = len(self.lists.centres)
        home = np.empty(len(self.partition.order), dtype=np.min_scalar_type(n_cells))
        home[self.partition.order] = np.repeat(np.arange(n_cells), self.partition.sizes)
        return {
            "centres": self.lists.centres,
            "groups": self.lists.groups,
            "near": self.lists.near,
            "shares": self.lists.shares,
            "margin": np.array(self.probe_margin),
            "home": home,
        }

    def nearest(self, queries: FloatArray, base: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """The approximate k nearest rows of each query.

        Parameters
        ----------
        queries : (n_queries, n_dims) float32 unit vectors
        base : (n, n_dims) float32, the indexed rows; may be a memory map
        k : number of neighbors, less than n

        Returns
        -------
        rows, distances : (n_queries, k), nearest first, as from `numerics.neighbors.nearest`
        """

        def list_rows(list_: int) -> tuple[IntArray, FloatArray]:
            rows = self.partition.rows(list_)
            return rows, np.asarray(base[rows])

        def block(part: slice) -> tuple[FloatArray, IntArray]:
            some = queries[part]
            probes, _ = enough_probes(some, self.lists, self.probe_margin, k, 1, self.partition)
            none = np.full(len(some), -1, dtype=np.int32)
            return search_block(some, none, *probes.of(np.arange(len(some))), list_rows, k)

        return by_blocks(block, slices(len(queries), NEIGHBOR_ROWS), k)
