"""Texts and columns of rows on demand, as they are shown to people."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.artifacts.saved import SavedRun
from shoal.data.entries import Entry
from shoal.numerics.blocks import ordered_map, slices
from shoal.storage import run_files

SEARCHED = 1 << 15
"""Rows that one thread searches at once."""
SHOWN_CHARS = 2000
"""Of a text that are sent for a list; the whole text is sent for one row."""


class Rows:
    """The rows of a run as shown to people.

    Parameters
    ----------
    run : whose rows they are
    """

    def __init__(self, run: SavedRun) -> None:
        run.folder.intact(run_files.ITEMS)  # damage is told before the page opens
        self._run = run
        self._guard = threading.Lock()

    @property
    def names(self) -> list[str]:
        """Columns of the source, and what shoal made of them."""
        return self._run.item_names

    @property
    def table(self) -> pa.Table:
        """All rows, mapped: the system reads what is looked at and drops it when it must."""
        with self._guard:  # two threads must not read it twice
            return self._run.items

    @property
    def read_as(self) -> str:
        """The column that a person reads: the text, or the id where there is none."""
        return "text" if "text" in self.names else "id"

    def texts(self, rows: Iterable[int]) -> list[str]:
        """What a person reads of some rows."""
        column = self.table[self.read_as]
        return [str(column[int(row)].as_py() or "") for row in rows]

    def ids(self, rows: NDArray[np.integer]) -> pa.Array:
        """Ids of some rows as a pyarrow array."""
        column = self.table["id"]
        return pa.array([column[int(row)].as_py() for row in rows], column.type)

    def records(self, rows: Iterable[int], *, whole: bool = False) -> list[Entry]:
        """Everything the source said of some rows, values as JSON can hold them."""
        out = []
        for row in rows:
            info = self.table.slice(int(row), 1).to_pylist()[0]
            text = str(info.get(self.read_as) or "")
            cut = text if whole or len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…"
            columns = {
                name: _plain(value) for name, value in info.items() if name not in ("id", "text")
            }
            out.append({"row": int(row), "id": str(info["id"]), "text": cut, "columns": columns})
        return out

    def matching(self, words: list[str]) -> NDArray[np.int64]:
        """Rows whose text has all the words, upper and lower case alike."""
        column = self.table[self.read_as]
        if not pa.types.is_large_string(column.type) and not pa.types.is_string(column.type):
            column = column.cast(pa.large_string())

        def chunk(texts: pa.Array) -> NDArray[np.bool_]:
            found = None
            for word in words:
                has = pc.match_substring(texts, word, ignore_case=True)
                found = has if found is None else pc.and_(found, has)
            return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), bool)

        if not words or not len(column):
            return np.empty(0, dtype=np.int64)
        parts = [column.slice(part.start, SEARCHED) for part in slices(len(column), SEARCHED)]
        hits = np.concatenate(list(ordered_map(chunk, parts)))
        return np.nonzero(hits)[0]


def _plain(value: object) -> object:
    """A value as JSON can hold it."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    return text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "…"
