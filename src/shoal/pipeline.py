"""The run: one line a stage, each result saved the moment it exists, what is there not redone."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import time
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shoal import stages
from shoal.data import NOISE, Clustering, Embeddings, Items, Map, Neighbors
from shoal.embedders.base import Embedder, check_modality
from shoal.embedders.given import GivenVectors
from shoal.embedding import Work, open_cache, prepare, teach
from shoal.errors import BadInput
from shoal.planning import Plan, make_plan
from shoal.prediction import (
    CONTENTS,
    LIMITS,
    THUMBNAILS,
    save_contents,
    save_limits,
    saved_items,
    thumbnails_of,
)
from shoal.progress import SILENT, Progress
from shoal.recipe import DEFAULTS, FAMILIES, STAGES, Recipe
from shoal.record import Record, data_hash, open_record
from shoal.run import Run
from shoal.run_folder import LEARNED, RunFolder
from shoal.tables import save_tables

RAW = "model/embeddings.raw.npy"
OWN_CACHE = "model/vectors"
REDUCED = "model/reduced.npy"
HIERARCHY = "model/hierarchy.npz"


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """What every stage of one run needs to know.

    Parameters
    ----------
    record : of the run, with its folder
    recipe : every choice
    items : what was read
    parts : stage -> the part that does it
    """

    record: Record
    recipe: Recipe
    items: Items
    parts: Mapping[str, Any]

    @property
    def folder(self) -> RunFolder:
        """Where the results go."""
        return self.record.folder

    def fingerprint(self, stage: str, without: Set[str] = frozenset()) -> str:
        """What the result of a stage depends on: choices up to it, data, and model."""
        model = self.record.told.get("model", {}).get("revision", "")
        data = f"{self.record.told['hashes']['items']} {model}"
        return self.recipe.fingerprint(stage, data, without)


def run(
    recipe: Recipe,
    source: Any,
    path: Path,
    *,
    title: str = "",
    objects: Mapping[str, Any] | None = None,
    force: bool = False,
    progress: Progress = SILENT,
    on_plan: Callable[[Plan], None] | None = None,
) -> Run:
    """Do a whole run into a folder; a run that was stopped goes on where it stopped.

    Parameters
    ----------
    recipe : every choice
    source : what `stages.read` takes
    path : the run folder
    title : what the data is called
    objects : stage -> an object used in place of the recipe's part
    force : do again what another recipe or other data left in the folder
    progress : told how it goes
    on_plan : told the plan before the work

    Returns
    -------
    The finished run

    Raises
    ------
    ShoalError : for whatever the user can mend
    """
    recipe.check()
    objects = objects or {}
    _check_objects(recipe, objects)
    parts = {s: objects.get(s) or recipe.build(s) for s in FAMILIES if s != "embed"}
    started = time.perf_counter()
    progress.start("read")
    items = stages.read(source, recipe.stages["read"], objects.get("vectors"), progress)
    seconds = time.perf_counter() - started
    progress.finish("read", seconds)
    recipe = recipe.for_modality(items.modality).choose(
        "read", **{key: items.about[key] for key in ("text", "image", "id")}
    )
    folder = RunFolder(path)
    hashed = data_hash(items)
    record = open_record(folder, recipe, items, title, hashed, force=force, progress=progress)
    if record.told["status"] == "done":
        return Run(path)
    embedder = parts["embed"] = _embedder(items, recipe, objects.get("embed"))
    shared = bool(recipe.stages["embed"].get("cache", True))
    key = recipe.fingerprint("embed", hashed)
    _learn(folder, embedder, items, key, shared=shared, progress=progress)
    work = prepare(items, embedder, open_cache(embedder.info, folder / OWN_CACHE, shared=shared))
    if on_plan:
        on_plan(make_plan(work, path, recipe.stages["neighbors"]["k"]))
    folder.claim(force=force)
    record.told["model"] = {
        "name": embedder.info.name,
        "licence": embedder.info.licence,
        "revision": embedder.info.revision,
        "truncated": work.truncated,
        "from_cache": int(work.found.mask.sum()),
        "agreement": getattr(embedder, "agreement", None),
    }
    record.save()
    if hasattr(embedder, "arrays"):
        folder.write_arrays(LEARNED, key=np.array(key), **embedder.arrays())
    job = Job(record, recipe, items, parts)
    _save_items(job, seconds)
    unit = _vectors(job, work)
    record.told["model"]["dims"] = int(unit.vectors.shape[1])
    _from_vectors(job, unit)
    return Run(path)


def recut(path: Path, recipe: Recipe, *, progress: Progress = SILENT) -> Run:
    """Cluster the rows of a finished run anew, in its folder, from its vectors and neighbors.

    A clusterer that keeps its hierarchy only cuts it again; the map stays as it is.

    Parameters
    ----------
    path : a finished run
    recipe : the run's own with other choices of clustering
    progress : told how it goes

    Raises
    ------
    BrokenRun : if the folder is no finished run
    """
    recipe.check()
    _check_objects(recipe, {})
    folder, told = RunFolder(path), dict(Run(path).info)
    items = saved_items(folder)
    parts = {stage: recipe.build(stage) for stage in FAMILIES if stage != "embed"}
    points = folder.read_table("assignments.parquet", ["x", "y"])
    xy = np.column_stack([points[name].to_numpy() for name in ("x", "y")])[items.distinct]
    told["status"] = "running"
    told["hashes"]["recipe"] = recipe.fingerprint("draw", told["hashes"]["items"])
    job = Job(Record(folder, told, progress), recipe, items, parts)
    history = (told["model"]["name"], *parts["normalize"].history)
    unit = Embeddings(folder.map_array("embeddings.npy"), history)
    _from_vectors(job, unit, Map(xy, ("as it was",)))
    return Run(path)


def _check_objects(recipe: Recipe, objects: Mapping[str, Any]) -> None:
    """Raise if a recipe was made with an object that is not here."""
    own = recipe.stages["cluster"].get("object")
    if own and "cluster" not in objects:
        raise BadInput(
            f"the clusterer was one of your own, {own}. Hand it over in Python, "
            "shoal.cluster(..., clusterer=...), or choose a part with --cluster."
        )


def _from_vectors(job: Job, unit: Embeddings, picture: Map | None = None) -> None:
    """All stages after `normalize`; a map that is there already is not drawn again."""
    vectors = stages.distinct_vectors(job.items, unit)
    reduced = _reduced(job, vectors)
    graph = _graph(job, reduced)
    clustering = _clusters(job, reduced, graph)
    _explain(job, vectors, reduced, graph, clustering, picture)
    _finish(job, clustering)


def _embedder(items: Items, recipe: Recipe, given: Any) -> Embedder:
    """The model, or what hands vectors on that came with the data."""
    if items.modality != "vector":
        embedder: Embedder = given or recipe.build("embed")
        check_modality(embedder, items.modality)
        return embedder
    if given is not None or recipe.part("embed") != DEFAULTS["embed"]["part"]:
        raise BadInput("vectors are given, so an embedder has no say: give only one of the two.")
    return GivenVectors(int(items.contents[0].shape[0]))


def _learn(
    folder: RunFolder,
    embedder: Any,
    items: Items,
    key: str,
    *,
    shared: bool,
    progress: Progress,
) -> None:
    """Fit an embedder that learns from the data, or take back what it learned before."""
    if not hasattr(embedder, "lessons"):
        return
    if (folder / LEARNED).is_file():
        arrays = folder.read_arrays(LEARNED)
        if str(arrays["key"]) == key:
            embedder.restore(arrays)
            return
    teach(embedder, items, shared=shared, progress=progress)


def _save_items(job: Job, seconds: float) -> None:
    items, fingerprint = job.items, job.fingerprint("read")
    if not job.record.is_done("read", fingerprint, "items.parquet", CONTENTS):
        table = pa.table({"id": items.ids})
        if items.readable is not None:
            table = table.append_column("text", pa.array(items.readable, pa.large_string()))
        for name in items.columns.column_names:
            table = table.append_column(name, items.columns[name])
        job.folder.write_table("items.parquet", table)
        save_contents(job.folder, items)
        if items.modality == "image":
            job.folder.write_table(THUMBNAILS, thumbnails_of(items))
    job.record.mark("read", fingerprint, seconds, len(items))


def _vectors(job: Job, work: Work) -> Embeddings:
    """Embed and normalize into a memory map."""
    record, folder = job.record, job.folder
    normalizer = job.parts["normalize"]
    history = (job.parts["embed"].info.name, *normalizer.history)
    fingerprint = job.fingerprint("normalize")
    if record.is_done("normalize", fingerprint, "embeddings.npy"):
        record.resumed("embed")
        record.resumed("normalize")
        return Embeddings(folder.map_array("embeddings.npy"), history)
    raw = _raw_vectors(job, work)
    with record.stage("normalize", fingerprint, rows=len(raw)):
        with folder.writing("embeddings.npy") as path:
            target: Any = np.lib.format.open_memmap(
                path, mode="w+", dtype=np.float32, shape=raw.vectors.shape
            )
            stages.normalize(raw, normalizer, target)
            target.flush()
            del target
        (folder / RAW).unlink(missing_ok=True)
        shutil.rmtree(folder / OWN_CACHE, ignore_errors=True)
    return Embeddings(folder.map_array("embeddings.npy"), history)


def _raw_vectors(job: Job, work: Work) -> Embeddings:
    """Embed into a memory map what the cache does not hold."""
    items = job.items
    fingerprint = job.fingerprint("embed")
    with job.record.stage("embed", fingerprint, rows=len(items), total=len(items.distinct)):
        out = job.folder.new_map(RAW, (len(items), work.n_dims))
        return work.run(out, job.record.progress)


def _reduced(job: Job, vectors: Embeddings) -> Embeddings:
    """Reduce the vectors of the distinct items where that helps."""
    folder, reducer = job.folder, job.parts["reduce"]
    fingerprint = job.fingerprint("reduce")
    if job.record.is_done("reduce", fingerprint, "model/reducer.npz"):
        arrays = folder.read_arrays("model/reducer.npz")
        stages.restore(reducer, arrays, lambda: vectors.vectors)
        saved = (folder / REDUCED).is_file()
        base = folder.map_array(REDUCED) if saved else vectors.vectors
        job.record.resumed("reduce")
        return Embeddings(base, vectors.history + tuple(reducer.history))
    with job.record.stage("reduce", fingerprint, rows=len(vectors)):
        (folder / REDUCED).unlink(missing_ok=True)
        reduced = stages.reduce(vectors, reducer)
        if reducer.history:
            folder.write_array(REDUCED, reduced.vectors)
        folder.write_arrays("model/reducer.npz", **reducer.arrays())
    return reduced


def _graph(job: Job, reduced: Embeddings) -> Neighbors:
    """Find the neighbors that every later stage shares."""
    fingerprint = job.fingerprint("neighbors")
    if job.record.is_done("neighbors", fingerprint, "neighbors.npz"):
        job.record.resumed("neighbors")
        return job.folder.read_neighbors(job.items.distinct)
    n = len(reduced)
    with job.record.stage("neighbors", fingerprint, rows=n, total=n):
        k = job.recipe.stages["neighbors"]["k"]
        graph = stages.neighbors(reduced, k, progress=job.record.progress)
        job.folder.write_neighbors(graph, job.items.distinct, len(job.items))
    return graph


def _clusters(job: Job, reduced: Embeddings, graph: Neighbors) -> Clustering:
    """Cluster, and save what predict needs."""
    fingerprint = job.fingerprint("cluster")
    if job.record.is_done("cluster", fingerprint, "model/clustering.npz", LIMITS):
        job.record.resumed("cluster")
        return job.folder.read_clustering()[0]
    coverage, part = job.recipe.stages["cluster"]["coverage"], job.parts["cluster"]
    cut: Set[str] = getattr(part, "cut_parameters", frozenset())
    key = job.fingerprint("cluster", without=cut | {"coverage"})
    with job.record.stage("cluster", fingerprint, rows=len(reduced)):
        saved = job.folder.read_keyed(HIERARCHY, key)
        clustering, centres, grown = stages.cluster(
            reduced, graph, part, coverage, job.items.copies, saved
        )
        if grown and not saved:
            job.folder.write_arrays(HIERARCHY, key=np.array(key), **grown)
        job.folder.write_clustering(clustering, centres)
        save_limits(job.folder, graph, coverage)
    return clustering


def _explain(
    job: Job,
    vectors: Embeddings,
    reduced: Embeddings,
    graph: Neighbors,
    clustering: Clustering,
    picture: Map | None,
) -> None:
    """Evaluate, describe, draw, and save the tables that people and programs read."""
    record, items, parts = job.record, job.items, job.parts
    n = len(vectors)
    truth = job.recipe.stages["read"].get("truth")
    with record.stage("evaluate", job.fingerprint("evaluate"), rows=n):
        evaluation, values, rivals = stages.evaluate(
            items,
            vectors,
            clustering,
            job.recipe.stages["evaluate"]["metrics"],
            None if truth is None else items.column(truth),
        )
    with record.stage("describe", job.fingerprint("describe"), rows=n):
        written_by = job.recipe.part("describe")
        descriptions = stages.describe(
            items, vectors, clustering, values, rivals, parts["describe"], written_by
        )
    epochs = getattr(parts["draw"], "n_epochs", None)
    with record.stage("draw", job.fingerprint("draw"), rows=n, total=epochs):
        if picture is None:
            picture = stages.draw(reduced, graph, parts["draw"], progress=record.progress)
        detail = job.recipe.stages["cluster"].get("detail", "normal")
        told = {"detail": detail, "truth": truth}
        save_tables(job.folder, items, graph, clustering, evaluation, descriptions, picture, told)


def _finish(job: Job, clustering: Clustering) -> None:
    """Save the recipe with its outcome, then say that the run is done."""
    told = job.record.told
    labels = job.items.spread(clustering.labels, NOISE)
    told["counts"]["clusters"] = clustering.n_clusters
    told["counts"]["noise"] = int((labels[job.items.first >= 0] == NOISE).sum())
    told["hashes"]["labels"] = hashlib.sha256(labels.tobytes()).hexdigest()
    outcome = {
        "n_clusters": clustering.n_clusters,
        "reason": clustering.reason,
        "labels_sha256": told["hashes"]["labels"],
    }
    job.folder.write_text("recipe.toml", job.recipe.to_toml(outcome))
    told["status"] = "done"
    told["stages"] = {stage: told["stages"][stage] for stage in STAGES}
    job.record.save()
