"""The stages of one run: each is done once, saved the moment it exists, and not redone."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence, Set
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal import stages
from shoal.analysis.findings import Findings
from shoal.analysis.near_duplicates import saved_near_duplicates
from shoal.artifacts.assigner import (
    CELLS,
    CONTENTS,
    LIMITS,
    THUMBNAILS,
    save_contents,
    save_detector,
    save_frames,
    save_limits,
    thumbnails_of,
)
from shoal.artifacts.erased import ERASURE
from shoal.artifacts.folder import RunFolder
from shoal.artifacts.oddness import BEYOND, read_oddness
from shoal.data import NOISE, Clustering, Description, Embeddings, Items, Map, Neighbors
from shoal.data.texts import as_column
from shoal.embedding import shards
from shoal.embedding.job import EmbeddingJob, phrase_embedder
from shoal.embedding.multi_column import MultiColumnJob
from shoal.numerics.outliers import (
    DEVIATIONS_OF_RECORDS,
    Outliers,
    outliers,
    reaching_out,
)
from shoal.parts.describers.base import Name
from shoal.recipe import STAGES, Recipe
from shoal.run.metadata import RunMetadata
from shoal.run.tables import save_profiles, save_tables
from shoal.stages.assigning import distinct_keys
from shoal.text.templates import one_template

# names with a dot: neither is sent to an object store
RAW = "model/.embeddings.raw.npy"
OWN_CACHE = "model/.vectors"
REDUCED = "model/reduced.npy"
PROFILES = "profiles"
"""Who wrote the titles where the columns of records did."""
HIERARCHY = "model/hierarchy.npz"


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """What every stage of one run needs to know.

    Parameters
    ----------
    metadata : of the run, with its folder
    recipe : every choice
    items : what was read
    parts : stage -> the part that does it
    ignored : the value that each distinct row has in each column that is ignored
    """

    metadata: RunMetadata
    recipe: Recipe
    items: Items
    parts: Mapping[str, Any]
    ignored: Sequence[NDArray[np.int64]] = ()

    @property
    def folder(self) -> RunFolder:
        """Where the results go."""
        return self.metadata.folder

    def fingerprint(self, stage: str, without: Set[str] = frozenset()) -> str:
        """What the result of a stage depends on: choices up to it, data, and model."""
        model = self.metadata.info.get("model", {}).get("revision", "")
        data = f"{self.metadata.info['hashes']['items']} {model}"
        return self.recipe.fingerprint(stage, data, without)


def from_vectors(job: Job, unit: Embeddings, picture: Map | None = None) -> None:
    """All stages after `normalize`; a map that is there already is not drawn again."""
    vectors = stages.distinct_vectors(job.items, unit, job.folder / "model")
    reduced = _reduced(job, vectors)
    graph = _graph(job, reduced)
    key = job.fingerprint("neighbors")
    save_detector(job.folder, key, job.items, vectors.vectors, reduced.vectors, graph)
    clustering = _clusters(job, reduced, graph)
    _explain(job, vectors, reduced, graph, clustering, picture)
    _finish(job, clustering)


def save_items(job: Job, seconds: float) -> None:
    """Save what was read in so many seconds."""
    items, fingerprint = job.items, job.fingerprint("read")
    if not job.metadata.is_done("read", fingerprint, "items.parquet", CONTENTS):
        table = pa.table({"id": items.ids})
        if items.readable is not None:
            table = table.append_column("text", as_column(items.readable))
        for name in items.columns.column_names:
            table = table.append_column(name, items.columns[name])
        job.folder.write_table("items.parquet", table)
        save_contents(job.folder, items)
        save_frames(job.folder, items)
        thumbnails = thumbnails_of(items)
        if thumbnails is not None:
            job.folder.write_table(THUMBNAILS, thumbnails)
        else:  # a run that is written over may have left some
            job.folder.remove(THUMBNAILS)
    job.metadata.mark("read", fingerprint, seconds, len(items))


def embedded(job: Job, work: EmbeddingJob | MultiColumnJob) -> Embeddings:
    """Embed and normalize into a memory map."""
    metadata, folder = job.metadata, job.folder
    normalizer = job.parts["normalize"]
    history = (job.parts["embed"].info.name, *normalizer.history)
    fingerprint = job.fingerprint("normalize")
    if metadata.is_done("normalize", fingerprint, "embeddings.npy"):
        metadata.resumed("embed")
        metadata.resumed("normalize")
        _say_ignored(job)
        work.close()  # some batches were timed
        shards.remove(folder / OWN_CACHE)
        return Embeddings(folder.map_array("embeddings.npy"), history)
    raw, out = _raw_vectors(job, work)
    with metadata.stage("normalize", fingerprint, rows=len(raw)):
        # in the file where they are: a run killed here takes them from the cache again
        unit = stages.normalize(raw, normalizer, out)
        folder.remove(ERASURE)
        if job.ignored:
            distinct = stages.distinct_vectors(job.items, unit, folder / "model")
            folder.write_arrays(ERASURE, **stages.ignore(out, distinct.vectors, job.ignored))
            _say_ignored(job)
            del distinct
        del unit
        out.flush()
        del raw, out  # some systems rename no file that is mapped
        folder.rename(RAW, "embeddings.npy")
        shards.remove(folder / OWN_CACHE)
    return Embeddings(folder.map_array("embeddings.npy"), history)


def _say_ignored(job: Job) -> None:
    """Say in run.json how much was taken out of the vectors, and is left."""
    info = job.metadata.info
    info.pop("ignored", None)
    if not job.ignored:
        return
    saved = job.folder.read_arrays(ERASURE)
    names = job.recipe.stages["normalize"]["ignore"]
    told = zip(names, saved["before"], saved["left"], strict=True)
    info["ignored"] = [
        {"name": name, "before": round(float(was), 4), "left": round(float(now), 4)}
        for name, was, now in told
    ]
    notes = [stages.ignored_said(entry) for entry in info["ignored"]]
    info["notes"] += [note for note in notes if note not in info["notes"]]


def _raw_vectors(job: Job, work: EmbeddingJob | MultiColumnJob) -> tuple[Embeddings, Any]:
    """Embed what the cache does not hold, and a memory map for what comes of it.

    The vectors are in that map, except for those that were given whole: they stay where they are.
    """
    items, progress = job.items, job.metadata.progress
    fingerprint = job.fingerprint("embed")
    with job.metadata.stage("embed", fingerprint, rows=len(items), total=len(items.distinct)):
        out: Any = job.folder.new_map(RAW, (len(items), work.n_dims))
        given: Any = items.contents
        whole = items.modality == "vector" and isinstance(given, np.ndarray) and not items.excluded
        if whole and given.dtype == np.float32:
            progress.advance(len(items.distinct))
            return Embeddings(given, (job.parts["embed"].info.name,)), out
        return work.run(out, progress, job.parts["engine"]), out


def _reduced(job: Job, vectors: Embeddings) -> Embeddings:
    """Reduce the vectors of the distinct items where that helps."""
    folder, reducer = job.folder, job.parts["reduce"]
    fingerprint = job.fingerprint("reduce")
    if job.metadata.is_done("reduce", fingerprint, "model/reducer.npz"):
        arrays = folder.read_arrays("model/reducer.npz")
        stages.restore(reducer, arrays, lambda: vectors.vectors)
        base = folder.map_array(REDUCED) if folder.has(REDUCED) else vectors.vectors
        job.metadata.resumed("reduce")
        return Embeddings(base, vectors.history + tuple(reducer.history))
    with job.metadata.stage("reduce", fingerprint, rows=len(vectors)):
        folder.remove(REDUCED)
        reduced = stages.reduce(vectors, reducer, lambda shape: folder.new_map(REDUCED, shape))
        if reducer.history:
            folder.map_written(REDUCED, reduced.vectors)
            if not folder.has(REDUCED):  # a part that gives all rows at once
                folder.write_array(REDUCED, reduced.vectors)
            # of a map that all machines see, an engine sends the place and not the rows
            reduced = Embeddings(folder.map_array(REDUCED), reduced.history)
        folder.write_arrays("model/reducer.npz", **reducer.arrays())
    return reduced


def _graph(job: Job, reduced: Embeddings) -> Neighbors:
    """Find the neighbors that every later stage shares."""
    fingerprint = job.fingerprint("neighbors")
    if job.metadata.is_done("neighbors", fingerprint, "neighbors.npz"):
        job.metadata.resumed("neighbors")
        with job.folder.scratch() as scratch:
            graph = job.folder.read_neighbors(job.items.distinct, scratch)
    else:
        stage = job.metadata.stage("neighbors", fingerprint, rows=len(reduced), total=len(reduced))
        with stage, job.folder.scratch() as scratch:
            job.folder.remove(CELLS)
            wanted = {**job.recipe.stages["neighbors"], "seed": job.recipe.seed}
            graph = stages.neighbors(
                reduced,
                **wanted,
                progress=job.metadata.progress,
                scratch=scratch,
                keep=lambda index: job.folder.write_arrays(CELLS, **index.arrays()),
            )
            job.folder.write_neighbors(graph, job.items.distinct, len(job.items), scratch)
            # maps with a name, of which an engine sends the place and not the rows
            graph = job.folder.read_neighbors(job.items.distinct, scratch)
    if graph.note and graph.note not in job.metadata.info["notes"]:
        job.metadata.info["notes"].append(graph.note)
    return graph


def _alike(items: Items) -> bool:
    """Whether all texts are one template with other numbers and names in it."""
    return items.modality == "text" and one_template(stages.selected(items, items.distinct))


def _clusters(job: Job, reduced: Embeddings, graph: Neighbors) -> Clustering:
    """Cluster, and save what predict needs."""
    fingerprint = job.fingerprint("cluster")
    if job.metadata.is_done("cluster", fingerprint, "model/clustering.npz", LIMITS):
        job.metadata.resumed("cluster")
        return job.folder.read_clustering()[0]
    coverage, part = job.recipe.coverage, job.parts["cluster"]
    cut: Set[str] = getattr(part, "cut_parameters", frozenset())
    key = job.fingerprint("cluster", without=cut | {"coverage"})
    stage = job.metadata.stage("cluster", fingerprint, rows=len(reduced))
    with stage, job.folder.scratch() as scratch:
        saved = job.folder.read_keyed(HIERARCHY, key)
        clustering, centres, grown = stages.cluster(
            reduced,
            graph,
            part,
            coverage,
            job.items.copies,
            saved,
            scratch,
            distinct_keys(job.items),
            alike=_alike(job.items),
            groups=job.ignored,
        )
        if grown and not saved:
            job.folder.write_arrays(HIERARCHY, key=np.array(key), **grown)
        job.folder.write_clustering(clustering, centres, scratch)
        save_limits(job.folder, graph, coverage)
    return job.folder.read_clustering()[0]


def _explain(
    job: Job,
    vectors: Embeddings,
    reduced: Embeddings,
    graph: Neighbors,
    clustering: Clustering,
    picture: Map | None,
) -> None:
    """Evaluate, describe, draw, and save the tables that people and programs read."""
    metadata, items, parts = job.metadata, job.items, job.parts
    n = len(vectors)
    truth = job.recipe.stages["read"].get("truth")
    with metadata.stage("evaluate", job.fingerprint("evaluate"), rows=n):
        if job.recipe.asks_for("stability"):
            clustering = stages.with_stability(
                clustering, reduced, graph, parts["cluster"], job.recipe.coverage, job.recipe.seed
            )
        evaluation, values, rivals = stages.evaluate(
            items,
            vectors,
            clustering,
            job.recipe.stages["evaluate"]["metrics"],
            None if truth is None else items.column(truth),
        )
    with metadata.stage("describe", job.fingerprint("describe"), rows=n):
        written_by = job.recipe.part("describe")
        blocks = metadata.info["model"].get("blocks", ())
        profiles = stages.profile(items, vectors, clustering, blocks, _source(job))
        embed = phrase_embedder(items, parts, job.folder, job.recipe)
        descriptions = stages.describe(
            items,
            vectors,
            clustering,
            values,
            rivals,
            parts["describe"],
            written_by,
            profiles,
            embed,
            metadata.progress,
        )
        layers = _names_above(job, vectors, clustering, descriptions, embed)
        save_profiles(job.folder, profiles)
        metadata.info["parts"] = [] if profiles is None else profiles["parts"]
    epochs = getattr(parts["draw"], "n_epochs", None)
    with metadata.stage("draw", job.fingerprint("draw"), rows=n, total=epochs):
        if picture is None:
            picture = stages.draw(reduced, graph, parts["draw"], progress=metadata.progress)
        detail = job.recipe.stages["cluster"].get("detail", "normal")
        known = _carried(items, clustering)
        details = {"detail": detail, "truth": truth, "layers": layers, "carried": known}
        details["follows"] = _follows(items, clustering, truth)
        near_duplicates = saved_near_duplicates(
            job.folder, job.fingerprint("neighbors"), items, vectors, graph
        )
        found = Findings(_outliers(job, graph), near_duplicates)
        save_tables(
            job.folder, items, graph, clustering, evaluation, descriptions, picture, found, details
        )


def _follows(items: Items, clustering: Clustering, truth: str | None) -> Any:
    """How much the clusters follow each column that had no say in them."""
    names = stages.carried_names(items.columns.column_names, items.about)
    names = [name for name in names if name != truth]  # its scores are told on their own
    return stages.follows(items.columns, items.spread(clustering.labels, NOISE), names)


def _carried(items: Items, clustering: Clustering) -> Any:
    """What columns say of the clusters that had no say in them."""
    names = stages.carried_names(items.columns.column_names, items.about)
    labels, clusters = items.spread(clustering.labels, NOISE), range(clustering.n_clusters)
    compared = items.about.get("outcomes", ())
    return stages.carried(items.columns, labels, clusters, names, compared)


def _source(job: Job) -> str:
    """What the data is called, which may say what its rows are."""
    return PurePath(str(job.metadata.info.get("title") or "").split(", ")[0]).stem


def _names_above(
    job: Job,
    vectors: Embeddings,
    clustering: Clustering,
    descriptions: Sequence[Description],
    embed: Any,
) -> list[list[Name]]:
    """Names of the coarser layers, of the same form as those of the chosen one."""
    if not descriptions or descriptions[0].written_by != PROFILES:
        return stages.name_layers(vectors, clustering, descriptions, embed, job.items)
    out, below = [], clustering.labels
    names = [Name(one.title, one.keywords, summary=one.summary) for one in descriptions]
    for layer in clustering.layers[clustering.chosen + 1 :]:
        coarser = dataclasses.replace(clustering, labels=layer.labels)
        profiles = stages.profile(job.items, vectors, coarser, (), _source(job))
        names = stages.name_segments(profiles, names, below, layer.labels)
        below = layer.labels
        out.append(names)
    return out


def _outliers(job: Job, graph: Neighbors) -> Outliers:
    """How odd each distinct row is; of records, extreme values count in full."""
    copies = job.items.copies
    if job.items.modality != "record" or not job.folder.has(BEYOND):
        return outliers(graph.rows, graph.distances, copies)
    beyond, together = read_oddness(job.folder, job.items)
    rows, distances = reaching_out(graph.rows, graph.distances, beyond)
    return outliers(rows, distances, copies, together, deviations=DEVIATIONS_OF_RECORDS)


def _finish(job: Job, clustering: Clustering) -> None:
    """Save the recipe with its outcome, then say that the run is done."""
    details = job.metadata.info
    labels = job.items.spread(clustering.labels, NOISE)
    details["counts"]["clusters"] = clustering.n_clusters
    details["counts"]["noise"] = int((labels[job.items.first >= 0] == NOISE).sum())
    details["hashes"]["labels"] = hashlib.sha256(labels.tobytes()).hexdigest()
    outcome = {
        "n_clusters": clustering.n_clusters,
        "reason": clustering.reason,
        "labels_sha256": details["hashes"]["labels"],
    }
    job.folder.write_text("recipe.toml", job.recipe.to_toml(outcome))
    details["status"] = "done"
    details["stages"] = {stage: details["stages"][stage] for stage in STAGES}
    job.metadata.save()
