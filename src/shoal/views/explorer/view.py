"""A run folder as the explorer reads it: on demand."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shoal import stages
from shoal.analysis.edits import Editor
from shoal.artifacts.erased import erased
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, Embeddings, FloatArray, IntArray, Items
from shoal.data.entries import Entry
from shoal.embedding.job import saved_embedder
from shoal.errors import BadInput, ShoalError, UnknownPart
from shoal.numerics.arrays import AnyArray
from shoal.numerics.stats.periods import Periods, periods
from shoal.parts.describers.base import Name
from shoal.parts.readers.dates import as_dates, saved_form
from shoal.storage import run_files
from shoal.views.explorer.columns import Column, as_column
from shoal.views.explorer.editing import EditingStages
from shoal.views.explorer.groups import Groups
from shoal.views.explorer.rows import Rows
from shoal.views.explorer.vectors import Vectors
from shoal.views.figures.centres import Places, centres, on_square

MAX_NAMED = 300
"""Clusters of another layer that are given titles of their own."""
RESERVED = {"id", "text", "path"}


class RunView:
    """What the pages and addresses of the explorer are made of.

    Parameters
    ----------
    path : a finished run

    Raises
    ------
    BrokenRun : if it is none
    """

    def __init__(self, path: Path) -> None:
        self.saved = SavedRun(path)
        self.guard = threading.RLock()
        self.editor = Editor(self.saved)
        self.rows = Rows(self.saved)
        self.vectors = Vectors(self.saved.folder.intact(run_files.EMBEDDINGS))
        self.editor.editing = EditingStages(
            self.saved, self.rows, self.vectors, self.groups, lambda: self.items
        )
        self._groups: dict[int, Groups] = {}
        self._periods: dict[str, Periods | None] = {}
        self._layers: dict[int, list[Entry]] = {}

    @cached_property
    def items(self) -> Items:
        """The items as a stage takes them; all are read into memory."""
        return self.saved.as_items()

    @property
    def theme_titles(self) -> dict[int, str]:
        """Titles of the themes of passages, also of those that are the largest of no document."""
        told = self.saved.described.get("passage_clusters", ())
        return {one["cluster"]: one["title"] for one in told} | dict(self.editor.titles)

    @property
    def editing(self) -> EditingStages:
        """What describes clusters."""
        assert isinstance(self.editor.editing, EditingStages)  # set above
        return self.editor.editing

    @property
    def n_rows(self) -> int:
        """Rows of the run."""
        return len(self.editor.base_labels)

    @cached_property
    def chosen(self) -> int:
        """The layer that the clusters of the run are."""
        layers = self.saved.evaluation["layers"]
        return next((layer["layer"] for layer in layers if layer["chosen"]), 0)

    def assigned(self, name: str) -> AnyArray:
        """A column of assignments.parquet as numbers."""
        if name not in self.saved.assigned_names:
            raise UnknownPart.among("column of the assignments", name, self.saved.assigned_names)
        values = self.saved.assigned(name)[name]
        found = np.array(values.to_numpy(zero_copy_only=False))
        del values
        pa.default_memory_pool().release_unused()
        return found

    @cached_property
    def points(self) -> FloatArray:
        """Places on the map, (n_rows, 2) float32 with the longer side from -1 to 1; nan if none."""
        return on_square(self.assigned("x"), self.assigned("y"))

    @cached_property
    def given_places(self) -> Places:
        """Where the run had its clusters before any edit, (n_clusters, 2), as they stand in it."""
        return centres(self.points, self.editor.base_labels, list(self.editor.base_entries))

    def labels(self, layer: int | None = None) -> IntArray:
        """Cluster of each row in a layer; without one, as people left them."""
        if layer is None or layer == self.chosen:
            return self.editor.state.labels
        return np.asarray(self.assigned(f"layer_{self._checked(layer)}"), dtype=np.int32)

    def _checked(self, layer: int) -> int:
        n_layers = len(self.saved.evaluation["layers"])
        if not 0 <= layer < n_layers:
            raise BadInput(f"there is no layer {layer}. Layers: 0 to {n_layers - 1}.")
        return layer

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The source's columns that the map can show, by name."""
        table, made = self.rows.table, {}
        for name in self.rows.names:
            if name in RESERVED:
                continue
            form, is_date = saved_form(self.saved.info["columns"], name)
            column = as_column(name, table[name], form, is_date=is_date)
            if column:
                made[name] = column
        pa.default_memory_pool().release_unused()  # else it is kept for columns to come
        return made

    def periods(self, name: str) -> Periods | None:
        """The period of time of each row by a column of dates; the last column asked for is kept.

        Raises
        ------
        UnknownPart : if there is no such column of dates
        """
        dated = [column.name for column in self.columns.values() if column.kind == "date"]
        if name not in dated:
            raise UnknownPart.among("column of dates", name, dated)
        if name not in self._periods:
            form, is_date = saved_form(self.saved.info["columns"], name)
            dates = as_dates(self.rows.table[name], form, named=is_date)
            self._periods = {name: None if dates is None else periods(dates.days)}
        return self._periods[name]

    @cached_property
    def outlier_scores(self) -> FloatArray:
        """Outlier score of each row, (n_rows,) float32, nan if it has none."""
        return np.asarray(self.assigned("outlier_score"), dtype=np.float32)

    def array(self, name: str) -> AnyArray:
        """An array of one value per row: int32 or float32.

        Parameters
        ----------
        name : "cluster", "layer_N", "strength", "outlier_score" or "column:NAME"
        """
        if name == "cluster":
            return self.labels()
        if name.startswith("column:"):
            wanted = name.removeprefix("column:")
            if wanted not in self.columns:
                raise UnknownPart.among("column", wanted, self.columns)
            return self.columns[wanted].values
        if name.startswith("layer_") and name[6:].isdigit():
            return self.labels(int(name[6:]))
        if name == "outlier_score":
            return self.outlier_scores
        if name == "strength":
            return np.asarray(self.assigned(name), dtype=np.float32)
        raise UnknownPart.among("array", name, ["cluster", "layer_N", "strength", "outlier_score"])

    def groups(self, layer: int | None = None) -> Groups:
        """The distinct rows by cluster, with the sums of their vectors."""
        with self.guard:
            number = self.chosen if layer is None else layer
            labels = np.where(self.editing.distinct, self.labels(number), NOISE).astype(np.int32)
            if number not in self._groups:
                if number != self.chosen:  # one other layer is looked at at a time
                    self._groups = {k: g for k, g in self._groups.items() if k == self.chosen}
                self._groups[number] = Groups(labels, self.vectors)
            elif number == self.chosen:
                self._groups[number].regroup(labels)
            return self._groups[number]

    @property
    def has_pictures(self) -> bool:
        """Whether the run keeps a thumbnail of each row's picture."""
        return self.saved.folder.has(run_files.THUMBNAILS)

    def thumbnail(self, row: int) -> bytes:
        """The small JPEG of a row's picture.

        Raises
        ------
        BadInput : if it has none
        """
        with self.guard:  # they are read once, and not by two threads
            small = self.saved.thumbnails
        data = None if small is None or not 0 <= row < self.n_rows else small[row].as_py()
        if data is None:
            raise BadInput(f"row {row} has no picture.")
        return bytes(data)

    @cached_property
    def knows_meaning(self) -> bool:
        """Whether words can be searched by meaning: whether the run's model is here."""
        try:
            return self._embedder is not None
        except ShoalError:
            return False

    @cached_property
    def _embedder(self) -> Any:
        """The run's own model, loaded once; None where it is not here or reads no words."""
        if self.saved.info["columns"].get("modality", "text") != "text":
            return None
        return saved_embedder(self.saved.folder, self.saved.recipe)

    def embed(self, query: str) -> FloatArray:
        """The unit vector of a query by the run's own model, (n_dims,)."""
        raw = np.asarray(self._embedder.transform([query]), dtype=np.float32)
        made = stages.normalize(Embeddings(raw, ()), self.saved.recipe.build("normalize"))
        unit: FloatArray = erased(self.saved.folder, self.saved.recipe, made.vectors)[0]
        return unit

    def layer_entries(self, layer: int) -> list[Entry]:
        """Clusters of a layer that was not chosen, with titles where they are not too many."""
        with self.guard:
            if layer not in self._layers:
                self._layers[layer] = self._describe(layer)
            return self._layers[layer]

    @property
    def named_layers(self) -> set[int]:
        """The layers beside the chosen one that were given titles since the explorer began."""
        return set(self._layers)

    def _describe(self, layer: int) -> list[Entry]:
        labels, groups = self.labels(layer), self.groups(layer)
        if len(groups.numbers) <= MAX_NAMED:
            names = self._names_of_layer(layer, groups.numbers)
            named = self.editing.entries(groups, labels, groups.numbers, set(), names)
            return list(named.values())
        chosen = self.editor.base_labels
        out = []
        for cluster in groups.numbers:
            inside = chosen[labels == cluster]
            inside = inside[inside != NOISE]
            most = int(np.bincount(inside).argmax()) if len(inside) else NOISE
            parent = self.editor.base_entries.get(most, {}).get("title", "")
            size = int((labels == cluster).sum())
            out.append({"cluster": cluster, "title": f"{parent} #{cluster}", "size": size})
        return out

    def _names_of_layer(self, layer: int, clusters: Sequence[int]) -> list[Name] | None:
        """What the run calls the clusters of a coarser layer of texts; None for any other."""
        if self.rows.read_as != "text":
            return None
        layers = self.saved.described.get("layers", ())
        found = next((details["clusters"] for details in layers if details["layer"] == layer), ())
        names = {e["cluster"]: Name(e["title"], tuple(e["keywords"])) for e in found}
        return [names[c] for c in clusters] if names.keys() >= set(clusters) else None
