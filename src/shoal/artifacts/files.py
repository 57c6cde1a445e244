"""Writing the files of a run folder: completely or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shoal.artifacts.json_values import INDENTED, as_json, object_as_json
from shoal.artifacts.run_info import RunInfo, as_run_info
from shoal.artifacts.whole_files import INFO, WholeFiles
from shoal.data import FloatArray
from shoal.data.entries import Entry, ReadEntry
from shoal.errors import BrokenRun
from shoal.numerics.arrays import AnyArray, NamedArrays
from shoal.storage import digests
from shoal.storage.columns import read_mapped
from shoal.storage.npz import map_npz, write_npz

SCHEMA = 1
"""Version of the JSON files of a run."""


class RunFiles(WholeFiles):
    """Reads and writes single files of one run.

    Parameters
    ----------
    path : the folder; it need not exist yet
    """

    def write_info(self, info: RunInfo) -> None:
        """Save run.json, with digests of the files that there are; `info` gets them too."""
        known = info.pop("files", {})
        info.pop("digest", None)
        info["files"] = digests.record(self.path, self.names(), known)
        info["digest"] = digests.of_text(_canonical(info))
        self.write_text(INFO, object_as_json(info, indented=INDENTED) + "\n")

    def note(self, *names: str) -> None:
        """Put what was written after the run was finished into run.json.

        Parameters
        ----------
        names : of files that this did not write itself
        """
        info = as_run_info(self.read_object(INFO))
        for name in names:
            digests.wrote(self.path / name)
        self.write_info(info)

    def rename(self, name: str, to: str) -> None:
        """Move a finished file to its final name."""
        os.replace(self.path / name, self.path / to)
        digests.wrote(self.path / to)

    def remove(self, name: str) -> None:
        """Remove a file that the run no longer has."""
        (self.path / name).unlink(missing_ok=True)
        digests.wrote(self.path / name)

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A temporary path that becomes `name` when the block ends without an error."""
        final = self.path / name
        temporary = final.with_name(f".{final.name}.tmp")
        try:
            yield temporary
            os.replace(temporary, final)
            digests.wrote(final)
        finally:
            temporary.unlink(missing_ok=True)

    def write_text(self, name: str, text: str) -> None:
        """Save text as UTF-8."""
        with self.writing(name) as path:
            # a file's name may hold bytes that are no text
            path.write_text(text, encoding="utf-8", errors="replace", newline="\n")

    def write_json(self, name: str, value: object) -> None:
        """Save JSON, readable by people."""
        self.write_text(name, as_json(value, indented=INDENTED) + "\n")

    def read_json(self, name: str) -> Any:
        """Load JSON.

        Raises
        ------
        BrokenRun : if it is missing or damaged
        """
        path = self.intact(name)
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise BrokenRun.damaged(self.path, name, error) from error

    def read_object(self, name: str) -> Entry:
        """Load a JSON file that holds an object of this version's schema.

        Raises
        ------
        BrokenRun : if it is missing or damaged, or another version of shoal wrote it
        """
        found = self.read_json(name)
        if not isinstance(found, dict):
            why = f"it must hold an object, not a {type(found).__name__}"
            raise BrokenRun.damaged(self.path, name, why)
        if found.get("schema") != SCHEMA:
            raise BrokenRun(
                f"{self.path / name} was written by another version of shoal (schema "
                f"{found.get('schema')}). Upgrade with: pip install -U shoal"
            )
        return found

    def write_table(self, name: str, table: pa.Table) -> None:
        """Save a pyarrow table as Parquet."""
        self.write_pieces(name, iter([table]))

    def write_pieces(self, name: str, pieces: Iterator[pa.Table]) -> None:
        """Save pyarrow tables of one schema under each other as one Parquet file."""
        first = next(pieces)
        with self.writing(name) as path:
            with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
                for piece in chain([first], pieces):
                    writer.write_table(piece)

    @contextmanager
    def open_table(self, name: str) -> Iterator[pq.ParquetFile]:
        """A Parquet file, from which only a part is read within the block.

        Raises
        ------
        BrokenRun : if it is missing or damaged
        """
        try:
            with pq.ParquetFile(self.intact(name)) as file:
                yield file
        except (OSError, pa.ArrowException) as error:
            raise BrokenRun.damaged(self.path, name, error) from error

    def read_table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Load a pyarrow table, its large columns as maps of files.

        Raises
        ------
        BrokenRun : if it is missing or damaged
        """
        try:
            return read_mapped(self.intact(name), columns)
        except (OSError, pa.ArrowException) as error:
            raise BrokenRun.damaged(self.path, name, error) from error

    def write_arrays(self, name: str, **arrays: AnyArray) -> None:
        """Save named arrays as .npz."""
        with self.writing(name) as path:
            write_npz(path, arrays)

    def read_arrays(self, name: str) -> NamedArrays:
        """Load named arrays; pickles are refused.

        Raises
        ------
        BrokenRun : if it is missing or damaged
        """
        path = self.intact(name)
        try:
            with np.load(path, allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        except Exception as error:  # zipfile, numpy and the system each raise their own errors
            raise BrokenRun.damaged(self.path, name, error) from error

    def map_arrays(self, name: str) -> NamedArrays:
        """Open named arrays as read-only maps where they can be; raises as `read_arrays` does."""
        path = self.intact(name)
        try:
            return map_npz(path)
        except Exception as error:  # zipfile, numpy and the system each raise their own errors
            raise BrokenRun.damaged(self.path, name, error) from error

    def read_keyed(self, name: str, key: str) -> NamedArrays:
        """Load named arrays if they were saved with this `key` among them, else nothing."""
        if not self.has(name):
            return {}
        arrays = self.read_arrays(name)
        return arrays if str(arrays.pop("key", "")) == key else {}

    def write_array(self, name: str, array: AnyArray) -> None:
        """Save one array as .npy."""
        with self.writing(name) as path, path.open("wb") as file:
            np.save(file, array, allow_pickle=False)

    def map_array(self, name: str) -> FloatArray:
        """Open a .npy as a read-only memory map.

        Raises
        ------
        BrokenRun : if it is missing or damaged
        """
        path = self.intact(name)
        try:
            mapped: FloatArray = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BrokenRun.damaged(self.path, name, error) from error
        return mapped


def _canonical(info: ReadEntry) -> str:
    """What run.json says, as one text whatever the order and the spaces."""
    told = {key: value for key, value in info.items() if key != "digest"}
    return object_as_json(told, sort_keys=True)


def is_as_written(info: ReadEntry) -> bool:
    """Whether run.json says what shoal wrote into it; so does one of an older shoal."""
    known = info.get("digest")
    return known is None or known == digests.of_text(_canonical(info))
