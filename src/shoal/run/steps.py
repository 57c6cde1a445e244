"""The stages of a run. Each is computed once and saved immediately."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from shoal import stages
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
from shoal.artifacts.folder import LEARNED
from shoal.artifacts.run_info import Ignored
from shoal.data import NOISE, Clustering, Embeddings, FloatArray, Items, Map, Neighbors
from shoal.data.texts import as_column
from shoal.embedding import shards
from shoal.embedding.job import EmbeddingJob
from shoal.embedding.multi_column import MultiColumnJob
from shoal.parts.clusterers.base import cut_parameters
from shoal.parts.embedders.columns import STATE, Columns
from shoal.recipe import STAGES
from shoal.run.explaining import AFTER_DRAW, explain
from shoal.run.job import RunJob
from shoal.stages.assigning import distinct_keys
from shoal.storage import run_files
from shoal.text.templates import one_template

# names with a leading dot are not sent to an object store
RAW = run_files.RAW_EMBEDDINGS
OWN_CACHE = run_files.VECTORS
REDUCED = run_files.REDUCED
HIERARCHY = run_files.HIERARCHY


def from_vectors(job: RunJob, unit: Embeddings, picture: Map | None = None) -> None:
    """Run all stages after `normalize`; an existing map is kept."""
    vectors = stages.distinct_vectors(job.items, unit, job.folder / "model")
    reduced = _reduced(job, vectors)
    graph = _graph(job, reduced)
    key = job.fingerprint("neighbors")
    save_detector(job.folder, key, job.items, vectors.vectors, reduced.vectors, graph)
    clustering = _clusters(job, reduced, graph)
    explain(job, vectors, reduced, graph, clustering, picture)
    _finish(job, clustering)


def save_items(job: RunJob, seconds: float) -> None:
    """Save the items; `seconds` is the time reading took."""
    items, fingerprint = job.items, job.fingerprint("read")
    if not job.metadata.is_done("read", fingerprint, run_files.ITEMS, CONTENTS):
        named = [("id", items.ids)]
        if items.readable is not None:
            named.append(("text", as_column(items.readable)))
        named += zip(items.columns.column_names, items.columns.itercolumns(), strict=True)
        names, columns = zip(*named, strict=True)
        job.folder.write_table(run_files.ITEMS, pa.table(list(columns), names=list(names)))
        save_contents(job.folder, items)
        save_frames(job.folder, items)
        thumbnails = thumbnails_of(items)
        if thumbnails is not None:
            job.folder.write_table(THUMBNAILS, thumbnails)
        else:  # an overwritten run may have left some
            job.folder.remove(THUMBNAILS)
    job.metadata.mark("read", fingerprint, seconds, len(items))


def embedded(job: RunJob, work: EmbeddingJob | MultiColumnJob) -> Embeddings:
    """Embed and normalize into a memory map."""
    metadata, folder = job.metadata, job.folder
    normalizer = job.parts["normalize"]
    history = (job.parts["embed"].info.name, *normalizer.history)
    fingerprint = job.fingerprint("normalize")
    if metadata.is_done("normalize", fingerprint, run_files.EMBEDDINGS):
        metadata.resumed("embed")
        metadata.resumed("normalize")
        _say_ignored(job)
        work.close()  # some batches were timed
        shards.remove(folder / OWN_CACHE)
        return Embeddings(folder.map_array(run_files.EMBEDDINGS), history)
    raw, out = _raw_vectors(job, work)
    with metadata.stage("normalize", fingerprint, rows=len(raw)):
        # in place: a run killed here takes the raw vectors from the cache again
        unit = stages.normalize(raw, normalizer, out)
        folder.remove(ERASURE)
        if job.ignored:
            distinct = stages.distinct_vectors(job.items, unit, folder / "model")
            folder.write_arrays(ERASURE, **stages.ignore(out, distinct.vectors, job.ignored))
            _say_ignored(job)
            del distinct
        del unit
        out.flush()
        del raw, out  # some systems cannot rename a mapped file
        folder.rename(RAW, run_files.EMBEDDINGS)
        shards.remove(folder / OWN_CACHE)
    return Embeddings(folder.map_array(run_files.EMBEDDINGS), history)


def _say_ignored(job: RunJob) -> None:
    """Record in run.json how much influence of ignored columns was removed, and is left."""
    if not job.ignored:
        job.metadata.set_ignored([])
        return
    saved = job.folder.read_arrays(ERASURE)
    names = job.recipe.stages["normalize"]["ignore"]
    told = zip(names, saved["before"], saved["left"], strict=True)
    ignored = [
        Ignored(name=name, before=round(float(was), 4), left=round(float(now), 4))
        for name, was, now in told
    ]
    job.metadata.set_ignored(ignored)
    job.metadata.add_notes(*map(stages.ignored_said, ignored))


def _raw_vectors(job: RunJob, work: EmbeddingJob | MultiColumnJob) -> tuple[Embeddings, Any]:
    """Embed what is not cached; also return the memory map for the result.

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


def _reduced(job: RunJob, vectors: Embeddings) -> Embeddings:
    """Reduce the vectors of the distinct items where that helps."""
    folder, reducer = job.folder, job.parts["reduce"]
    fingerprint = job.fingerprint("reduce")
    if job.metadata.is_done("reduce", fingerprint, run_files.REDUCER):
        arrays = folder.read_arrays(run_files.REDUCER)
        stages.restore(reducer, arrays, lambda: vectors.vectors)
        base = folder.map_array(REDUCED) if folder.has(REDUCED) else vectors.vectors
        job.metadata.resumed("reduce")
        return Embeddings(base, vectors.history + tuple(reducer.history))
    with job.metadata.stage("reduce", fingerprint, rows=len(vectors)):
        folder.remove(REDUCED)
        keys = distinct_keys(job.items)
        reduced = stages.reduce(
            vectors, reducer, lambda shape: folder.new_map(REDUCED, shape), keys
        )
        if reducer.history:
            folder.map_written(REDUCED, reduced.vectors)
            if not folder.has(REDUCED):  # the part returned all rows at once
                folder.write_array(REDUCED, reduced.vectors)
            # for a map that all machines see, an engine sends its path instead of the rows
            reduced = Embeddings(folder.map_array(REDUCED), reduced.history)
        folder.write_arrays(run_files.REDUCER, **reducer.arrays())
    return reduced


def _graph(job: RunJob, reduced: Embeddings) -> Neighbors:
    """Find the neighbors that every later stage shares."""
    fingerprint = job.fingerprint("neighbors")
    if job.metadata.is_done("neighbors", fingerprint, run_files.NEIGHBORS):
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
                keys=distinct_keys(job.items),
            )
            job.folder.write_neighbors(graph, job.items.distinct, len(job.items), scratch)
            # named maps, for which an engine sends the path instead of the rows
            graph = job.folder.read_neighbors(job.items.distinct, scratch)
    job.metadata.add_notes(graph.note)
    return graph


def _alike(items: Items) -> bool:
    """Whether all texts follow one template, with different numbers and names."""
    return items.modality == "text" and one_template(stages.selected(items, items.distinct))


def _softened(job: RunJob) -> Callable[[FloatArray], FloatArray] | None:
    """What accounts for rounded values of records; None where their blocks were changed since."""
    if job.ignored or job.parts["reduce"].history or not job.folder.has(LEARNED):
        return None
    saved = job.folder.read_arrays(LEARNED)
    return Columns(()).restore(saved).softened if STATE in saved else None


def _clusters(job: RunJob, reduced: Embeddings, graph: Neighbors) -> Clustering:
    """Cluster, and save what `predict` needs."""
    fingerprint = job.fingerprint("cluster")
    if job.metadata.is_done("cluster", fingerprint, run_files.CLUSTERING, LIMITS):
        job.metadata.resumed("cluster")
        return job.folder.read_clustering()[0]
    coverage, part = job.recipe.coverage, job.parts["cluster"]
    cut = cut_parameters(part)
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
            softened=_softened(job),
        )
        if grown and not saved:
            job.folder.write_arrays(HIERARCHY, key=np.array(key), **grown)
        job.folder.write_clustering(clustering, centres, scratch)
        save_limits(job.folder, graph, coverage)
    return job.folder.read_clustering()[0]


def _finish(job: RunJob, clustering: Clustering) -> None:
    """Save the recipe with its outcome, then mark the run as done."""
    labels = job.items.spread(clustering.labels, NOISE)
    digest = hashlib.sha256(labels.tobytes()).hexdigest()
    outcome = {
        "n_clusters": clustering.n_clusters,
        "reason": clustering.reason,
        "labels_sha256": digest,
    }
    job.folder.write_text(run_files.RECIPE, job.recipe.to_toml(outcome))
    job.metadata.finish(
        (*STAGES, *AFTER_DRAW),
        clusters=clustering.n_clusters,
        noise=int((labels[job.items.first >= 0] == NOISE).sum()),
        labels=digest,
    )
