"""Cells that were chosen once, kept to seek the neighbors of further vectors in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.blocks import slices
from shoal.numerics.cells import Cells
from shoal.numerics.choosing_cells import Chosen, Partition, enough_looks, parted
from shoal.numerics.neighbors import by_blocks
from shoal.numerics.partition_search import search_block

BLOCK_ROWS = 2048

Array = NDArray[np.float32]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class CellIndex:
    """Where the neighbors of a vector that is none of the rows are to be sought.

    Parameters
    ----------
    cells, margin : centres, and by how much a cosine may be below the highest
    partition : the rows of each cell
    """

    cells: Cells
    margin: float
    partition: Partition

    @classmethod
    def of(cls, chosen: Chosen) -> CellIndex:
        """The index of what was chosen for a search."""
        return cls(chosen.cells, chosen.margin, chosen.partition)

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> CellIndex:
        """The index that gave these arrays."""
        cells = Cells(*(arrays[name] for name in ("centres", "groups", "near", "shares")))
        return cls(cells, float(arrays["margin"]), parted(arrays["home"], len(cells.centres)))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is to be saved of it."""
        n_cells = len(self.cells.centres)
        home = np.empty(len(self.partition.order), dtype=np.min_scalar_type(n_cells))
        home[self.partition.order] = np.repeat(np.arange(n_cells), self.partition.sizes)
        return {
            "centres": self.cells.centres,
            "groups": self.cells.groups,
            "near": self.cells.near,
            "shares": self.cells.shares,
            "margin": np.array(self.margin),
            "home": home,
        }

    def nearest(self, queries: Array, base: Array, k: int) -> tuple[Rows, Array]:
        """The k nearest rows of each query, nearly all of them right.

        Parameters
        ----------
        queries : (n_queries, n_dims) float32 unit vectors
        base : (n, n_dims) float32, the rows that the cells are of; may be a memory map
        k : how many, less than n

        Returns
        -------
        rows, distances : (n_queries, k), nearest first, as `numerics.neighbors.nearest` gives them
        """

        def cell_rows(cell: int) -> tuple[Rows, Array]:
            rows = self.partition.rows(cell)
            return rows, np.asarray(base[rows])

        def block(part: slice) -> tuple[Array, Rows]:
            some = queries[part]
            looks, _ = enough_looks(some, self.cells, self.margin, k, 1, self.partition)
            none = np.full(len(some), -1, dtype=np.int32)
            return search_block(some, none, *looks.of(np.arange(len(some))), cell_rows, k)

        return by_blocks(block, slices(len(queries), BLOCK_ROWS), k)
