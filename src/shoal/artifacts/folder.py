"""The run folder, where each result is saved as soon as it exists. A public contract.

Every file is written under a temporary name and renamed, so that a reader sees it whole or not
at all. No file is a pickle.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.artifacts.files import RunFiles
from shoal.artifacts.json_values import curve_of, curve_record, plain
from shoal.artifacts.run_info import RunInfo, as_run_info, lacking
from shoal.artifacts.whole_files import INFO
from shoal.data import Clustering, FloatArray, Layer, Neighbors
from shoal.errors import BrokenRun, OutputExists
from shoal.numerics.blocks import STREAM_ROWS, slices
from shoal.numerics.scratch import IN_MEMORY, FileScratch, Scratch, file_scratch
from shoal.storage import digests, locks, run_files
from shoal.storage.trust import check_links

EXAMPLE_CHARS = 500
"""Of a text that clusters.json gives as an example."""
LEARNED = run_files.EMBEDDER
"""What an embedder learned from the data of the run, if it is one that learns."""
PROFILES = run_files.PROFILES
"""What sets clusters of records apart, where the items are records."""
RESULTS = (
    run_files.REPORT,
    run_files.ASSIGNMENTS,
    run_files.ANOMALIES,
    run_files.DUPLICATES,
    run_files.CLUSTERS,
    run_files.EVALUATION,
    run_files.PASSAGES,
    run_files.SHARES,
)
"""What is taken away before a run writes over another."""
NEIGHBOR_FACTS = ("metric", "note")
"""What `Neighbors` says of itself beside its arrays."""
SCRATCH = run_files.SCRATCH
BEGINNING = {"model", ".run.json.tmp", "passages", locks.NAME}


def _layer_scores(layer: Layer) -> tuple[float | None, ...]:
    """What was measured on a layer, in the order of its fields."""
    interval = (layer.stability_low, layer.stability_high)
    return (layer.separation, layer.stability, layer.modularity, layer.score, *interval)


class RunFolder(RunFiles):
    """Reads and writes the files of one run.

    Parameters
    ----------
    path : the folder; it need not exist yet
    """

    def finished(self) -> RunInfo:
        """What run.json says of a finished run.

        Raises
        ------
        BrokenRun : if this is none
        RunInUse : if another command writes to it
        NotTrusted : if a file of it is a link to something outside, and nobody agreed to that
        """
        self.check_kinds()
        if self.is_run:
            check_links(self.path)
        info = self.read_object(INFO)
        if info.get("status") != "done":
            if who := locks.holder(self.path):
                raise locks.in_use(self.path, who)
            raise BrokenRun(
                f"the run in {self.path} is unfinished. Repeat the `shoal cluster` command to "
                "resume it."
            )
        if key := lacking(info):
            raise BrokenRun.damaged(self.path, INFO, f"{key} is missing from it")
        return as_run_info(info)

    def check_free(self) -> None:
        """Raise if a run must not be written here.

        Raises
        ------
        OutputExists : if the path holds anything that is not a run of shoal
        """
        if self.path.exists() and not self.is_run:
            # a process killed at the very start leaves only what `claim` made
            if not self.path.is_dir() or {p.name for p in self.path.iterdir()} - BEGINNING:
                raise OutputExists(f"{self.path} exists and is not a shoal run. Choose another -o.")

    def claim(self, *, force: bool) -> None:
        """Make the folder, or take over what is a run already.

        Raises
        ------
        OutputExists : if the path holds anything that is not a run of shoal
        """
        self.check_free()
        check_links(self.path)
        (self.path / "model").mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.path / SCRATCH, ignore_errors=True)  # left by a killed run
        if force:
            for name in RESULTS:
                self.remove(name)

    def new_map(self, name: str, shape: tuple[int, int]) -> FloatArray:
        """Make a .npy of zeros, float32, as a memory map to write into."""
        mapped: FloatArray = np.lib.format.open_memmap(
            self.path / name, mode="w+", dtype=np.float32, shape=shape
        )
        return mapped

    def map_written(self, name: str, array: Any) -> None:
        """Mark a map made by `new_map` as complete."""
        if isinstance(array, np.memmap):
            array.flush()
            digests.wrote(self.path / name)

    @contextmanager
    def scratch(self) -> Iterator[FileScratch]:
        """Scratch space in the folder for arrays of all rows, removed at the end of the block."""
        with file_scratch(self.path / SCRATCH) as scratch:
            yield scratch

    def write_neighbors(
        self,
        graph: Neighbors,
        distinct: NDArray[np.int32],
        n_rows: int,
        scratch: Scratch = IN_MEMORY,
    ) -> None:
        """Save the graph with rows of the input: repeats and unusable rows have -1 and nan.

        Parameters
        ----------
        graph : of the distinct items
        distinct, n_rows : their rows among all
        scratch : where the graph of all rows is made
        """
        rows, distances = graph.rows, graph.distances
        if len(distinct) < n_rows:
            rows = scratch.new((n_rows, graph.k), np.int32)
            distances = scratch.new((n_rows, graph.k))
            rows[:], distances[:] = -1, np.nan
            for part in slices(len(distinct), STREAM_ROWS):
                rows[distinct[part]] = distinct[graph.rows[part]]
                distances[distinct[part]] = graph.distances[part]
        details = {"metric": np.array(graph.metric), "note": np.array(graph.note)}
        self.write_arrays(run_files.NEIGHBORS, rows=rows, distances=distances, **details)

    def read_neighbors(
        self, distinct: NDArray[np.int32], scratch: Scratch = IN_MEMORY
    ) -> Neighbors:
        """Open the graph of the distinct items, as maps where all rows are distinct.

        Parameters
        ----------
        distinct : their rows
        scratch : where the graph is made where they are not all

        Raises
        ------
        BrokenRun : if it is missing or damaged
        """
        arrays = self.map_arrays(run_files.NEIGHBORS)
        rows, distances = arrays["rows"], arrays["distances"]
        if len(distinct) < len(rows):
            place = np.full(len(rows), -1, dtype=np.int32)
            place[distinct] = np.arange(len(distinct), dtype=np.int32)
            shape = (len(distinct), rows.shape[1])
            saved = rows, distances
            rows, distances = scratch.new(shape, np.int32), scratch.new(shape)
            for part in slices(len(distinct), STREAM_ROWS):
                kept = saved[0][distinct[part]]
                self._check_neighbors(kept, len(place))
                rows[part] = place[kept]
                distances[part] = saved[1][distinct[part]]
        for part in slices(len(rows), STREAM_ROWS):
            self._check_neighbors(rows[part], len(rows))
        details = {name: arrays[name].item() for name in NEIGHBOR_FACTS if name in arrays}
        return Neighbors(rows, distances, **details)

    def _check_neighbors(self, rows: NDArray[np.int32], n: int) -> None:
        """Raise for a neighbor that is no row: sparse matrices would write past their memory."""
        if rows.size and (rows.min() < 0 or rows.max() >= n):
            why = f"a neighbor is not one of the {n:,} rows that were grouped"
            raise BrokenRun.damaged(self.path, run_files.NEIGHBORS, why)

    def write_clustering(
        self, clustering: Clustering, centres: FloatArray | None, scratch: Scratch = IN_MEMORY
    ) -> None:
        """Save a clustering of the distinct items for predict and resume.

        The labels of all layers are put together in `room`.
        """
        layers = clustering.layers
        stacked = scratch.new((len(layers), len(clustering.labels)), np.int32)
        for out, layer in zip(stacked, layers, strict=True):
            out[:] = layer.labels
        nan = float("nan")
        layer_scores = [[nan if m is None else m for m in _layer_scores(x)] for x in layers]
        self.write_arrays(
            run_files.CLUSTERING,
            labels=clustering.labels,
            strengths=clustering.strengths,
            layers=stacked,
            marks=np.array(layer_scores, dtype=np.float64).reshape(-1, 6),
            chosen=np.array(clustering.chosen),
            reason=np.array(clustering.reason),
            stabilities=clustering.stabilities,
            curves=np.array(json.dumps(plain([curve_record(c) for c in clustering.curves]))),
            range=np.array(clustering.range or (), dtype=np.int64),
            broad=np.array([layer.broad for layer in layers], dtype=bool),
            **({} if centres is None else {"centres": centres}),
        )

    def read_clustering(self) -> tuple[Clustering, FloatArray | None]:
        """Load the clustering of the distinct items, as maps, and its centres."""
        arrays = self.map_arrays(run_files.CLUSTERING)
        layer_scores: list[Any] = [
            tuple(None if np.isnan(m) else float(m) for m in row) for row in arrays["marks"]
        ]
        broads = arrays.get("broad", np.zeros(len(layer_scores), dtype=bool))
        layers = tuple(
            replace(Layer(labels, int(labels.max(initial=-1)) + 1, *mark), broad=bool(broad))
            for labels, mark, broad in zip(
                np.asarray(arrays["layers"]), layer_scores, broads, strict=True
            )
        )
        span = [int(n) for n in arrays.get("range", ())]
        clustering = Clustering(
            labels=arrays["labels"],
            strengths=arrays["strengths"],
            layers=layers,
            chosen=int(arrays["chosen"]),
            reason=str(arrays["reason"]),
            stabilities=arrays["stabilities"],
            curves=tuple(
                curve_of(details) for details in json.loads(str(arrays.get("curves", "[]")))
            ),
            range=(span[0], span[1]) if span else None,
        )
        return clustering, arrays.get("centres")

    def copy_to(self, target: Path, *, force: bool) -> None:
        """Copy the whole run.

        Raises
        ------
        OutputExists : if the target exists and `force` is not given
        """
        here, there = self.path.resolve(), target.resolve()
        if here == there or here in there.parents:
            raise OutputExists(f"{target} is the run itself or inside it. Choose another path.")
        if target.exists():
            if not force:
                raise OutputExists(f"{target} exists. Choose another path, or use force=True.")
            is_run = RunFolder(target).is_run
            if not is_run and (not target.is_dir() or any(target.iterdir())):
                raise OutputExists(f"{target} exists and is not a shoal run. Choose another path.")
            shutil.rmtree(target)
        ignored = shutil.ignore_patterns(locks.NAME)
        shutil.copytree(self.path, target, symlinks=True, ignore=ignored)
