"""The vectors of a run, read from the file in blocks: a million rows never sit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shoal.data import FloatArray
from shoal.errors import BrokenRun
from shoal.numerics.blocks import ordered_map, slices

BLOCK_BYTES = 8 << 20


class Vectors:
    """Rows of a .npy of float32.

    Parameters
    ----------
    path : the file

    Raises
    ------
    BrokenRun : if it is missing or no such file
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BrokenRun(f"{path} cannot be read: {error}. Run `shoal cluster` again.") from None
        if mapped.ndim != 2 or mapped.dtype != np.float32:
            raise BrokenRun(f"{path} must hold float32 vectors. Run `shoal cluster` again.")
        self.n_rows, self.n_dims = mapped.shape
        self._offset = int(mapped.offset)

    def blocks(self) -> list[slice]:
        """Where the file is cut: by its shape alone."""
        return slices(self.n_rows, max(BLOCK_BYTES // (4 * self.n_dims), 1))

    def read(self, part: slice) -> FloatArray:
        """Rows that follow each other, (n, n_dims)."""
        count = (part.stop - part.start) * self.n_dims
        start = self._offset + 4 * part.start * self.n_dims
        found: FloatArray = np.fromfile(self.path, dtype="<f4", count=count, offset=start)
        return found.reshape(-1, self.n_dims)

    def take(self, rows: NDArray[np.integer]) -> FloatArray:
        """Any rows, (n, n_dims), in the order asked for.

        The map is closed again at once, so that what was read does not count as memory in use.
        """
        mapped = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return np.asarray(mapped[np.asarray(rows, dtype=np.int64)])

    def each(self) -> Iterator[tuple[slice, FloatArray]]:
        """All blocks in order."""
        for part in self.blocks():
            yield part, self.read(part)

    def cosines(self, query: FloatArray) -> FloatArray:
        """Product of a unit vector with each row, (n_rows,) float32."""
        out = np.empty(self.n_rows, dtype=np.float32)

        def block(part: slice) -> FloatArray:
            product: FloatArray = self.read(part) @ query
            return product

        parts = self.blocks()
        for part, found in zip(parts, ordered_map(block, parts), strict=True):
            out[part] = found
        return out
