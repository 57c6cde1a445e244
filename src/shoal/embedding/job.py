"""The embedding job: what is cached, what is missing, and how long the rest takes.

Vectors are found by the hash of their content in the cache that all runs share (or, where the
user or the model does not want that, in the run's own folder), so that a killed run goes on after
its last batch and a changed file embeds only what changed. This file knows nothing of the stages
that follow.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from platformdirs import user_cache_path

from shoal import stages
from shoal.artifacts.erased import erased
from shoal.artifacts.folder import LEARNED, RunFolder
from shoal.data import Embeddings, FloatArray, IntArray, Items
from shoal.embedding import shards
from shoal.embedding.shards import Shards
from shoal.embedding.vector_cache import Found, VectorCache, nothing
from shoal.errors import BadInput, BrokenRun, MissingExtra
from shoal.numerics.blocks import available_threads, ordered_map
from shoal.numerics.duplicates.exact import first_equal
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.base import (
    BatchPlan,
    Embedder,
    ModelInfo,
    Restorable,
    is_cheap,
    is_local,
    modalities_of,
)
from shoal.parts.engines.base import Engine
from shoal.parts.engines.local import LocalEngine
from shoal.progress import SILENT, Progress
from shoal.recipe import Recipe
from shoal.stages.assigning import content_keys, distinct_keys
from shoal.storage import run_files

CALIBRATION_SECONDS = 0.5
CALIBRATION_ROUNDS = 6
FEW = 64
"""So few contents a model on this machine embeds sooner than a cache of many files finds them."""
DEFAULT_LIMIT = "10GB"
Keep = Callable[[NDArray[np.int64], FloatArray], None]
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def cache_folder() -> Path:
    """Folder of the shared cache: SHOAL_CACHE, or the system's cache folder."""
    named = os.environ.get("SHOAL_CACHE")
    return Path(named) if named else user_cache_path("shoal", appauthor=False) / "vectors"


def cache_limit() -> int:
    """Size limit of the shared cache in bytes: SHOAL_CACHE_LIMIT, or 10 GB.

    Raises
    ------
    BadInput : if the variable is no size
    """
    return bytes_of(os.environ.get("SHOAL_CACHE_LIMIT") or DEFAULT_LIMIT, "SHOAL_CACHE_LIMIT")


def bytes_of(size: str, name: str) -> int:
    """Bytes of a size such as 500MB.

    Raises
    ------
    BadInput : if it is no size; `name` says what it should have been
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)B?\s*", size, flags=re.IGNORECASE)
    if not found:
        raise BadInput(f"{name} must be a size such as 500MB or 20GB, got {size!r}.")
    return int(float(found[1]) * UNITS[found[2].upper()])


def worth_caching(embedder: Embedder, n: int) -> bool:
    """Whether `n` contents are found in the shared cache sooner than they are embedded."""
    return n > FEW or not is_cheap(embedder)


def open_cache(info: ModelInfo, own: Path | None, *, shared: bool = True) -> VectorCache | None:
    """Open the cache of a model's vectors; None if they are not cached.

    Parameters
    ----------
    info : the model
    own : folder of the run for what is not shared, if there is one
    shared : whether the user lets runs share vectors
    """
    if info.remember == "no":
        return None
    if shared and info.remember == "shared":
        return VectorCache(cache_folder(), info.name, info.revision, limit=cache_limit())
    if own is None:
        return None
    return Shards.of(own, info).cache


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingJob:
    """The embedding of one run.

    Parameters
    ----------
    items, embedder : what is embedded by what
    cache : where vectors are kept
    keep : puts the vectors of a batch there
    found : which of them are there already
    missing : rows of the others
    plan : their batches
    ready : vectors of the first batches, made to see how long one takes
    seconds : estimated for the rest
    absent : (n_missing, 2) uint64 keys of the missing, where there is a cache
    own : where workers that are other processes may keep vectors themselves, if anywhere
    """

    items: Items
    embedder: Embedder
    cache: VectorCache | None
    keep: Keep
    found: Found
    missing: IntArray
    plan: BatchPlan
    ready: list[FloatArray]
    seconds: float
    absent: NDArray[np.uint64]
    own: Shards | None

    @property
    def n_dims(self) -> int:
        """Dimensions of the vectors."""
        return int(self.ready[0].shape[1]) if self.ready else self.found.n_dims

    @property
    def truncated(self) -> int:
        """How many contents exceed the model's length limit."""
        return int(self.found.cut.sum() + self.plan.cut.sum())

    @property
    def n_known(self) -> int:
        """How many contents were cached."""
        return int(self.found.mask.sum())

    @property
    def n_contents(self) -> int:
        """How many contents there are to embed, cached ones included."""
        return len(self.found.mask)

    def run(
        self,
        out: FloatArray | None = None,
        progress: Progress = SILENT,
        engine: Engine | None = None,
    ) -> Embeddings:
        """Embed what is missing.

        Parameters
        ----------
        out : (n_rows, n_dims) float32 zeros to write into, such as a memory map; made when None
        progress : advanced once for each content
        engine : executes the batches; this process when None

        Returns
        -------
        Embeddings of all rows
        """
        if engine is None or is_local(self.embedder):
            engine = LocalEngine()
        if out is None:
            out = np.zeros((len(self.items), self.n_dims), dtype=np.float32)
        distinct = self.items.distinct
        for positions, vectors in self.found.blocks():
            out[distinct[positions]] = vectors
            progress.advance(len(positions))
        plan, ready = self.plan, self.ready
        try:
            if self.own and engine.apart and len(ready) < len(plan.batches):
                plan, ready = self._in_shards(self.own, out, engine, progress), []
            return stages.embed(
                self.items,
                self.embedder,
                plan,
                engine,
                out,
                rows=self.missing,
                ready=ready,
                keep=self.keep,
                progress=progress,
            )
        finally:
            self.close()

    def close(self) -> None:
        """Close the cache. `run` does this; call it if the job is not run."""
        if self.cache:
            self.cache.close()

    def _in_shards(
        self, own: Shards, out: FloatArray, engine: Engine, progress: Progress
    ) -> BatchPlan:
        """Write what workers embed into `out`; the batches, if any, that were lost on the way."""
        batches = self.plan.batches
        lost = np.ones(len(self.missing), dtype=bool)
        for batch, vectors in zip(batches, self.ready, strict=False):
            out[self.missing[batch]], lost[batch] = vectors, False
            progress.advance(len(batch))
        job = shards.Job(
            self.embedder,
            self.plan,
            len(self.ready),
            lambda positions: stages.contents_of(self.items, self.missing[positions]),
            self.absent,
            self.n_dims,
            self.seconds * (available_threads() if self.embedder.parallel else 1),
        )
        same = self.cache is not None and self.cache.root == own.root
        for positions, vectors, kept in shards.embedded(job, own, engine, progress):
            if vectors.shape[1] != self.n_dims:
                continue  # detected again, and rejected, when it is embedded in this process
            out[self.missing[positions]], lost[positions] = vectors, False
            if not (kept and same):
                self.keep(positions, vectors)
        left = [number for number, batch in enumerate(batches) if lost[batch].any()]
        return replace(
            self.plan, batches=[batches[number] for number in left], costs=self.plan.costs[left]
        )


def plan_embedding(
    items: Items, embedder: Embedder, cache: VectorCache | None, own: Path | None = None
) -> EmbeddingJob:
    """Look up cached vectors, batch the rest, and time the first batches.

    Parameters
    ----------
    items : what is embedded
    embedder : the part
    cache : where vectors are kept, None to keep none
    own : folder of the run where workers may keep vectors themselves, if they are to
    """
    distinct = items.distinct
    keys = np.empty((0, 2), dtype=np.uint64)
    found = nothing(len(distinct))
    kept_apart = Shards.of(own, embedder.info) if cache is not None and own else None
    if cache is not None:
        keys = distinct_keys(items).view("<u8")
        found = cache.find(keys)
    if kept_apart and kept_apart.is_there:  # left by an interrupted run
        found = found.completed(kept_apart.find(keys[~found.mask]))
    missing = distinct[~found.mask]
    # batches of vectors do not depend on their values
    given = isinstance(items.contents, np.ndarray)
    plan = embedder.plan(range(len(missing)) if given else stages.selected(items, missing))
    absent = keys[~found.mask] if cache else keys

    def keep(batch: NDArray[np.int64], vectors: FloatArray) -> None:
        if cache is None:
            return
        if found.n_dims and vectors.shape[1] != found.n_dims:
            raise BadInput(
                f"{embedder.info.name} returns vectors of {vectors.shape[1]} dimensions, but "
                f"the cache in {cache.folder} holds vectors of {found.n_dims}. Remove that "
                "folder."
            )
        cache.add(absent[batch], vectors, plan.cut[batch])

    ready, seconds = _calibrate(items, embedder, missing, plan, keep)
    return EmbeddingJob(
        items, embedder, cache, keep, found, missing, plan, ready, seconds, absent, kept_apart
    )


def phrase_embedder(
    items: Items, parts: Mapping[str, Any], folder: RunFolder, recipe: Recipe
) -> Callable[[list[str]], FloatArray] | None:
    """Return a function that embeds phrases like the texts; None if that would be expensive.

    Parameters
    ----------
    items : of the run
    parts : stage -> part; the embedder is the saved one where it is missing
    folder, recipe : of the run
    """
    if items.modality not in ("text", "image"):
        return None
    embedder = parts.get("embed") or saved_embedder(folder, recipe)
    if embedder is None or not is_cheap(embedder):
        return None
    if "text" not in modalities_of(embedder):
        return None
    shared = bool(recipe.stages["embed"].get("cache", True))
    normalizer = parts["normalize"]
    known: dict[str, FloatArray] = {}

    def embed(phrases: list[str]) -> FloatArray:
        new = [phrase for phrase in dict.fromkeys(phrases) if phrase not in known]
        if new:
            kept = shared and worth_caching(embedder, len(new))
            cache = open_cache(embedder.info, None, shared=kept)
            work = plan_embedding(as_items(new), embedder, cache)
            unit = stages.normalize(work.run(), normalizer).vectors
            known.update(zip(new, erased(folder, recipe, unit), strict=True))
        return np.stack([known[phrase] for phrase in phrases])

    return embed


def saved_embedder(folder: RunFolder, recipe: Recipe) -> Embedder | None:
    """Load the model of a finished run; None if it was passed in or is not installed."""
    revision = str(folder.read_json(run_files.RUN)["model"]["revision"])
    if revision.startswith(("given:", "callable:")):
        return None
    try:
        part: Any = recipe.build("embed", pinned=revision)
        if isinstance(part, Restorable):
            part.restore(folder.read_arrays(LEARNED))
    except (MissingExtra, BadInput, BrokenRun):
        return None
    return part if part.info.revision == revision else None


def teach(
    student: Any,
    items: Items,
    *,
    shared: bool,
    progress: Progress = SILENT,
    engine: Engine | None = None,
) -> None:
    """Train an embedder on another embedder's vectors of a sample.

    Parameters
    ----------
    student : has `teacher` (a part's name), `lessons` and `fit`
    items : of the run
    shared : whether the teacher's vectors may be kept for other runs
    progress : reports the stage "teach"
    engine : works on the teacher's batches; this process when None
    """
    teacher: Embedder = EMBEDDERS.build(student.teacher, {})
    lessons = student.lessons([items.contents[row] for row in items.distinct])
    work = plan_embedding(as_items(lessons), teacher, open_cache(teacher.info, None, shared=shared))
    started = time.perf_counter()
    progress.start("teach", len(work.items.distinct))
    vectors = work.run(progress=progress, engine=engine).vectors
    student.fit(lessons, vectors, teacher)
    progress.finish("teach", time.perf_counter() - started)


def as_items(contents: Sequence[Any]) -> Items:
    """Make items of contents in memory, with repeats found; None is no content."""
    keys = content_keys(contents)
    first = first_equal(keys)
    first[[row for row, content in enumerate(contents) if content is None]] = -1
    ids = pa.array(np.arange(len(first)))
    return Items(ids, contents, "text", pa.table({"id": ids}), first, {}, keys=keys)


def _calibrate(
    items: Items, embedder: Embedder, rows: IntArray, plan: BatchPlan, keep: Keep
) -> tuple[list[FloatArray], float]:
    """Embed the first batches, and estimate the seconds for the others."""
    threads = available_threads() if embedder.parallel else 1
    n_batches = len(plan.batches)
    ready: list[FloatArray] = []

    def work(number: int) -> FloatArray:
        return embedder.transform(stages.contents_of(items, rows[plan.batches[number]]))

    started = time.perf_counter()
    for start in range(0, min(n_batches, CALIBRATION_ROUNDS * threads), threads):
        numbers = range(start, min(start + threads, n_batches))
        for vectors in ordered_map(work, numbers, threads):
            keep(plan.batches[len(ready)], vectors)
            ready.append(vectors)
        if time.perf_counter() - started > CALIBRATION_SECONDS:
            break
    cost = float(plan.costs[: len(ready)].sum())
    rate = cost / max(time.perf_counter() - started, 1e-6)
    return ready, float(plan.costs[len(ready) :].sum()) / max(rate, 1e-9)
