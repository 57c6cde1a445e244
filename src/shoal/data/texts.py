"""Texts that stay in Arrow, where a million take half the memory of Python's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.numerics.blocks import BLOCK_ROWS


class Texts(Sequence["str | None"]):
    """A column of texts as a sequence; each is made when it is asked for.

    Parameters
    ----------
    column : pyarrow array (n,) of any type of text, in chunks or not
    """

    def __init__(self, column: pa.ChunkedArray) -> None:
        whole = pc.cast(column, pa.large_string())
        if isinstance(whole, pa.ChunkedArray):
            # to take a few rows of chunks pyarrow copies all of them
            whole = whole.chunk(0) if whole.num_chunks == 1 else whole.combine_chunks()
        self.column = whole

    def __len__(self) -> int:
        return len(self.column)

    @overload
    def __getitem__(self, at: int) -> str | None: ...
    @overload
    def __getitem__(self, at: slice) -> Texts: ...
    def __getitem__(self, at: int | slice) -> str | Texts | None:
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step != 1:
                return self.take(np.arange(start, stop, step))
            return Texts(self.column.slice(start, max(stop - start, 0)))
        text: str | None = self.column[int(at)].as_py()
        return text

    def __iter__(self) -> Iterator[str | None]:
        for start in range(0, len(self), BLOCK_ROWS):
            yield from self.column.slice(start, BLOCK_ROWS).to_pylist()

    def take(self, rows: NDArray[np.integer]) -> Texts:
        """Those of some rows."""
        return Texts(self.column.take(pa.array(rows)))

    def listed(self, rows: NDArray[np.integer]) -> list[str | None]:
        """Those of some rows as a list, (n_rows,)."""
        texts: list[str | None] = self.column.take(pa.array(rows)).to_pylist()
        return texts


def as_column(texts: Sequence[str | None]) -> pa.Array:
    """Texts as an Arrow array of large strings."""
    return texts.column if isinstance(texts, Texts) else pa.array(texts, pa.large_string())
