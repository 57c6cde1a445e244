"""The read model of a finished run: the one place that knows what each file of it holds.

Report, plots, explorer, edits, comparison, tuning, `predict` and the `Run` of the Python API all
read through it. It holds what the run found; what people changed since is in `analysis.edits`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from shoal.artifacts.folder import RunFolder
from shoal.artifacts.run_info import RunInfo
from shoal.data import FloatArray, IntArray, Items, Modality, freeze
from shoal.data.entries import Entry, ReadEntry
from shoal.data.pictures import Picture
from shoal.data.texts import Texts
from shoal.errors import BrokenRun
from shoal.numerics.arrays import NamedArrays
from shoal.recipe import Recipe
from shoal.storage import run_files
from shoal.storage.columns import gathered
from shoal.text.frames import Frames


class SavedRun:
    """The files of a finished run, each read when it is first asked for.

    Small files are read once and kept. Large arrays are memory-mapped. Columns of the assignments
    are read anew each time, as whoever needs them for long keeps them anyway.

    Parameters
    ----------
    path : the run folder

    Raises
    ------
    BrokenRun : by any property, if its file is missing or damaged
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = RunFolder(path)

    def __reduce__(self) -> tuple[type[SavedRun], tuple[Path]]:
        """Pickle only the path: a copy reads its own files."""
        return SavedRun, (self.path,)

    @cached_property
    def info(self) -> RunInfo:
        """What run.json says; that the run is finished is checked here."""
        return self.folder.finished()

    @cached_property
    def recipe(self) -> Recipe:
        """Every choice of the run."""
        return Recipe.from_file(self.path / run_files.RECIPE)

    @cached_property
    def described(self) -> Entry:
        """What clusters.json says: clusters, themes, layers and, if split, themes of passages."""
        return self.folder.read_object(run_files.CLUSTERS)

    @property
    def clusters(self) -> list[Entry]:
        """The entry of each cluster, largest first."""
        found: list[Entry] = self.described["clusters"]
        return found

    @cached_property
    def titles(self) -> dict[int, str]:
        """Title of each cluster."""
        return {entry["cluster"]: entry["title"] for entry in self.clusters}

    @cached_property
    def evaluation(self) -> Entry:
        """The scores, the layers, and the reason for the number of clusters."""
        return self.folder.read_object(run_files.EVALUATION)

    @cached_property
    def profiles(self) -> Entry | None:
        """What sets the clusters of records apart, column by column; None of other data."""
        if not self.folder.has(run_files.PROFILES):
            return None
        return self.folder.read_object(run_files.PROFILES)

    @cached_property
    def items(self) -> pa.Table:
        """The rows of the source, n_rows; large columns are maps of files."""
        return self.folder.read_table(run_files.ITEMS)

    def item_column(self, name: str) -> pa.ChunkedArray:
        """One column of the rows, read without the others."""
        return self.folder.read_table(run_files.ITEMS, [name])[name]

    @cached_property
    def item_names(self) -> list[str]:
        """Columns of the rows."""
        return self._names(run_files.ITEMS)

    @cached_property
    def assigned_names(self) -> list[str]:
        """Columns of the assignments."""
        return self._names(run_files.ASSIGNMENTS)

    def _names(self, table: str) -> list[str]:
        with self.folder.open_table(table) as file:
            return list(file.schema_arrow.names)

    @cached_property
    def n_rows(self) -> int:
        """Rows of the source."""
        with self.folder.open_table(run_files.ITEMS) as file:
            return int(file.metadata.num_rows)

    def assigned(self, *names: str) -> pa.Table:
        """Some columns of the assignments, n_rows; all of them if none is named."""
        return self.folder.read_table(run_files.ASSIGNMENTS, list(names) or None)

    @cached_property
    def labels(self) -> IntArray:
        """Cluster of each row, (n_rows,) int32; -1 for noise and rows without content."""
        return freeze(np.array(self.assigned("cluster")["cluster"].to_numpy(), dtype=np.int32))

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Mask of the usable rows, (n_rows,); the others have no position on the map."""
        return np.array(self.assigned("x")["x"].is_valid().to_numpy(), dtype=bool)

    @property
    def embeddings(self) -> FloatArray:
        """Normalized vectors, (n_rows, n_dims) float32, as a read-only memory map."""
        return self.folder.map_array(run_files.EMBEDDINGS)

    @property
    def reduced(self) -> FloatArray | None:
        """Reduced vectors of the distinct rows, as a map; None if the run did not reduce."""
        there = self.folder.has(run_files.REDUCED)
        return self.folder.map_array(run_files.REDUCED) if there else None

    @property
    def distinct_vectors(self) -> FloatArray:
        """Normalized vectors of the distinct rows, (n_distinct, n_dims): the map if it is all."""
        vectors, rows = self.embeddings, self.distinct
        return vectors if len(rows) == len(vectors) else np.asarray(vectors[rows])

    @cached_property
    def contents(self) -> NamedArrays:
        """The distinct contents: `keys` and `rows` (n_contents,), and `first` (n_rows,) int32.

        `first` is the first row with the same content, -1 where there is none.
        """
        arrays = self.folder.read_arrays(run_files.CONTENTS)
        if "first" not in arrays:
            raise BrokenRun(
                f"{self.path} was made by an older version of shoal. Run `shoal cluster` again "
                "with --force."
            )
        return arrays

    @property
    def content_keys(self) -> NDArray[np.uint8]:
        """The keys of the contents at their first rows, (n_rows, 16); zeros elsewhere."""
        rows, keys, n_rows = self.contents["rows"], self.contents["keys"], self.n_rows
        if len(rows) != len(keys) or (len(rows) and not 0 <= rows.min() <= rows.max() < n_rows):
            why = "its rows are not those of the run"
            raise BrokenRun.damaged(self.path, run_files.CONTENTS, why)
        out = np.zeros((n_rows, keys.shape[1]), dtype=np.uint8)
        out[rows] = keys
        return out

    @cached_property
    def near_duplicates(self) -> NamedArrays:
        """Which rows nearly repeat another (`stands_in`), and by what limit they were found."""
        return self.folder.read_arrays(run_files.NEAR_DUPLICATES)

    @cached_property
    def grouped_as(self) -> IntArray:
        """The row that stands for each row where clusters were found, (n_rows,) int32.

        It is the first with the same content or, if near-duplicates were joined, the one that
        stands for them; -1 for a row that cannot be used.
        """
        first = self.contents["first"]
        if self.folder.has(run_files.NEAR_DUPLICATES) and bool(self.near_duplicates["joined"]):
            first = self.near_duplicates["stands_in"]
        return np.asarray(first, dtype=np.int32)

    @cached_property
    def distinct(self) -> IntArray:
        """Rows that stand for themselves, ascending, (n_distinct,) int32."""
        own = self.grouped_as == np.arange(len(self.grouped_as))
        return np.flatnonzero(own).astype(np.int32)

    @property
    def anomalies(self) -> pa.Table:
        """The rows that stand out: see `findings.anomaly_table`."""
        return self.folder.read_table(run_files.ANOMALIES)

    @property
    def duplicates(self) -> pa.Table:
        """Rows nearly or exactly the same: see `findings.duplicate_table`."""
        return self.folder.read_table(run_files.DUPLICATES)

    def entries(self, table: str, most: int) -> list[ReadEntry]:
        """The first rows of a table; none if the run has no such file."""
        if not self.folder.has(table):
            return []
        with self.folder.open_table(table) as file:
            found = next(file.iter_batches(batch_size=most), None)
            return [] if found is None else list(found.to_pylist())

    def readable(self, rows: Sequence[int]) -> list[str]:
        """What a person reads of some rows: their text, path or id."""
        shown = next((key for key in ("text", "path") if key in self.items.column_names), "id")
        taken = self.items[shown].take(pa.array(rows, pa.int64()))
        return ["" if text is None else str(text) for text in taken.to_pylist()]

    @cached_property
    def thumbnails(self) -> pa.ChunkedArray | None:
        """A small JPEG of each row's picture, null for some; None if the run has no pictures."""
        if not self.folder.has(run_files.THUMBNAILS):
            return None
        return self.folder.read_table(run_files.THUMBNAILS, ["thumbnail"])["thumbnail"]

    @cached_property
    def frames(self) -> Frames | None:
        """What was left out of texts before they were clustered; None if nothing was."""
        if not self.folder.has(run_files.FRAMES):
            return None
        return Frames.from_record(self.folder.read_json(run_files.FRAMES))

    def passages_of(self, row: int) -> list[tuple[int, int, int]]:
        """Begin, end and cluster of the passages of a row; none if the run was not split."""
        if not self.folder.has(run_files.PASSAGES):
            return []
        path, columns = self.folder.intact(run_files.PASSAGES), ["start", "end", "cluster"]
        found = pq.read_table(path, columns=columns, filters=[("row", "==", row)])
        return [(one["start"], one["end"], one["cluster"]) for one in found.to_pylist()]

    def as_items(self) -> Items:
        """The rows as the stages after `embed` need them, contents read into memory.

        If the run was given vectors, the items have none: they are in `embeddings`.
        """
        table, about, first = self.items, self.info["columns"], self.grouped_as
        unused = np.flatnonzero(first < 0)
        texts = Texts(table["text"]) if "text" in table.column_names else None
        of_vectors = about.get("vectors") is not None
        modality: Modality = about.get("modality", "vector" if of_vectors else "text")
        contents: Sequence[Any] = [None] * len(table)
        pictures = taken = None
        if modality == "vector" and self.thumbnails is not None:
            pictures = self._pictures(table["path"])
        if modality == "image":
            contents = self._pictures(table["path"])
        elif modality == "text":
            contents = texts or contents
            if self.frames and texts is not None:
                from shoal.stages.reading.frames import without_frames  # a report needs no stages

                gather = partial(gathered, folder=self.path)
                contents, taken = without_frames(texts, self.frames, gather)
        elif modality == "record" and self.thumbnails is not None:
            # what titles are made from; the other cells are in the columns
            contents = [picture and (picture,) for picture in self._pictures()]
        carried = [name for name in table.column_names if name not in ("id", "text")]
        return Items(
            ids=table["id"],
            contents=contents,
            modality=modality,
            columns=table.select(carried),
            first=first,
            excluded=dict(zip(unused.tolist(), self._reasons(unused), strict=True)),
            notes=tuple(self.info["notes"]),
            about=about,
            texts=None if modality == "text" and taken is None else texts,
            pictures=pictures,
            keys=self.content_keys,
            taken=taken,
        )

    def _pictures(self, paths: pa.ChunkedArray | None = None) -> list[Picture | None]:
        """The pictures of a run by their thumbnails; the files themselves may be gone."""
        if self.thumbnails is None:
            raise BrokenRun.damaged(self.path, run_files.THUMBNAILS, "it is missing")
        small = self.thumbnails.to_pylist()
        places = [None] * len(small) if paths is None else paths.to_pylist()
        return [
            None if data is None else Picture(Path(path or ""), b"", data)
            for path, data in zip(places, small, strict=True)
        ]

    def _reasons(self, rows: NDArray[np.intp]) -> list[str]:
        """Why rows cannot be used; while a run is repaired, run.json tells it of the first ones."""
        if self.folder.has(run_files.ASSIGNMENTS):
            found: list[str] = self.assigned("note")["note"].take(pa.array(rows)).to_pylist()
            return found
        counts = self.info["excluded"]
        usual = max(counts, key=lambda reason: counts[reason], default="")
        known = {entry["row"]: entry["reason"] for entry in self.info["excluded_examples"]}
        return [known.get(row, usual) for row in rows.tolist()]
