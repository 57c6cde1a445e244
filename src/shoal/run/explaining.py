"""The last stages: scores, names, the map, outliers, near-duplicates and the tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

from shoal import stages
from shoal.analysis.findings import Findings
from shoal.analysis.near_duplicates import saved_near_duplicates
from shoal.artifacts.oddness import BEYOND, read_oddness
from shoal.data import (
    NOISE,
    Clustering,
    Description,
    Embeddings,
    Evaluation,
    FloatArray,
    Items,
    Map,
    Neighbors,
)
from shoal.data.entries import ReadEntry
from shoal.embedding.job import phrase_embedder
from shoal.numerics.arrays import DoubleArray, IntArray
from shoal.numerics.chance import silhouette_by_chance
from shoal.numerics.outliers import DEVIATIONS_OF_RECORDS, Outliers, outliers, reaching_out
from shoal.parts.describers.base import Name
from shoal.parts.reducers.base import Iterative
from shoal.run.job import RunJob
from shoal.run.tables import save_profiles, save_tables

PROFILES = "profiles"
"""Who wrote the titles where the columns of records did."""
AFTER_DRAW = ("outliers", "duplicates", "tables")
"""Stages that come last and have no table in the recipe."""


def explain(
    job: RunJob,
    vectors: Embeddings,
    reduced: Embeddings,
    graph: Neighbors,
    clustering: Clustering,
    picture: Map | None,
) -> None:
    """Evaluate, describe, draw, find what stands out, and save the tables.

    Parameters
    ----------
    job : the run
    vectors : (n, n_dims) unit vectors of the distinct items
    reduced : the same after the reducer
    graph, clustering : of the reduced vectors
    picture : the map, if there is one already
    """
    metadata, items = job.metadata, job.items
    n, key = len(vectors), job.fingerprint("draw")
    with metadata.stage("evaluate", job.fingerprint("evaluate"), rows=n):
        clustering, evaluation, silhouettes, rivals = _evaluated(
            job, vectors, reduced, graph, clustering
        )
        by_chance = _by_chance(job, vectors, clustering)
    with metadata.stage("describe", job.fingerprint("describe"), rows=n):
        descriptions, layers = _described(job, vectors, clustering, silhouettes, rivals)
    mapper = job.parts["draw"]
    epochs = mapper.n_epochs if isinstance(mapper, Iterative) else None
    with metadata.stage("draw", key, rows=n, total=epochs):
        if picture is None:
            picture = stages.draw(reduced, graph, mapper, progress=metadata.progress)
    with metadata.stage("outliers", key, rows=n):
        odd = _outliers(job, graph)
    with metadata.stage("duplicates", key, rows=n):
        near_duplicates = saved_near_duplicates(
            job.folder, job.fingerprint("neighbors"), items, vectors, graph
        )
    with metadata.stage("tables", key, rows=len(items)):
        truth = job.recipe.stages["read"].get("truth")
        details = {
            "detail": job.recipe.stages["cluster"].get("detail", "normal"),
            "truth": truth,
            "by_chance": by_chance,
            "layers": layers,
            "carried": _carried(items, clustering),
            "follows": _follows(items, clustering, truth),
            "followed_name": stages.followed_name(items, clustering.labels),
        }
        found = Findings(odd, near_duplicates)
        save_tables(
            job.folder, items, graph, clustering, evaluation, descriptions, picture, found, details
        )


def _evaluated(
    job: RunJob, vectors: Embeddings, reduced: Embeddings, graph: Neighbors, clustering: Clustering
) -> tuple[Clustering, Evaluation, DoubleArray, IntArray]:
    """Measure the clustering, with its stability if requested, and each row's silhouette."""
    recipe = job.recipe
    if recipe.asks_for("stability"):
        clustering = stages.with_stability(
            clustering, reduced, graph, job.parts["cluster"], recipe.coverage, recipe.seed
        )
    truth = recipe.stages["read"].get("truth")
    classes = None if truth is None else job.items.column(truth)
    metrics = recipe.stages["evaluate"]["metrics"]
    return clustering, *stages.evaluate(job.items, vectors, clustering, metrics, classes)


def _by_chance(job: RunJob, vectors: Embeddings, clustering: Clustering) -> float | None:
    """How apart clusters of shuffled columns are; None where the rows are no records."""
    borders = [(block["start"], block["stop"]) for block in job.metadata.blocks]
    return (
        silhouette_by_chance(vectors.vectors, borders, clustering.n_clusters, job.recipe.seed)
        if borders
        else None
    )


def _described(
    job: RunJob,
    vectors: Embeddings,
    clustering: Clustering,
    silhouettes: DoubleArray,
    rivals: IntArray,
) -> tuple[Sequence[Description], list[list[Name]]]:
    """Name the clusters of every layer, and save the profiles of records."""
    metadata, items = job.metadata, job.items
    profiles = stages.profile(items, vectors, clustering, metadata.blocks, _source(job))
    embed = phrase_embedder(items, job.parts, job.folder, job.recipe)
    descriptions = stages.describe(
        items,
        vectors,
        clustering,
        silhouettes,
        rivals,
        job.parts["describe"],
        job.recipe.part("describe"),
        profiles,
        embed,
        metadata.progress,
    )
    layers = _names_above(job, vectors, clustering, descriptions, embed, profiles)
    save_profiles(job.folder, profiles)
    metadata.set_parts([] if profiles is None else profiles["parts"])
    return descriptions, layers


def _follows(items: Items, clustering: Clustering, truth: str | None) -> Any:
    """How closely the clusters follow each column they were not made from."""
    names = stages.carried_names(items.columns.column_names, items.about)
    names = [name for name in names if name != truth]  # the truth column has scores of its own
    return stages.follows(items.columns, items.spread(clustering.labels, NOISE), names)


def _carried(items: Items, clustering: Clustering) -> Any:
    """Profile the clusters by the columns they were not made from."""
    names = stages.carried_names(items.columns.column_names, items.about)
    labels, clusters = items.spread(clustering.labels, NOISE), range(clustering.n_clusters)
    compared = items.about.get("outcomes", ())
    return stages.carried(items.columns, labels, clusters, names, compared)


def _source(job: RunJob) -> str:
    """The name of the data, which may say what its rows are."""
    return PurePath(str(job.metadata.info.get("title") or "").split(", ")[0]).stem


def _names_above(
    job: RunJob,
    vectors: Embeddings,
    clustering: Clustering,
    descriptions: Sequence[Description],
    embed: Callable[[list[str]], FloatArray] | None,
    own: ReadEntry | None,
) -> list[list[Name]]:
    """Name the coarser layers in the style of the chosen one."""
    if not descriptions or descriptions[0].written_by != PROFILES:
        return stages.name_layers(vectors, clustering, descriptions, embed, job.items)
    out, below, known = [], clustering.labels, (own or {}).get("columns", ())
    names = [Name(one.title, one.keywords, summary=one.summary) for one in descriptions]
    for layer in clustering.layers[clustering.chosen + 1 :]:
        coarser = dataclasses.replace(clustering, labels=layer.labels)
        profiles = stages.profile(job.items, vectors, coarser, (), _source(job), known)
        names = stages.name_segments(profiles, names, below, layer.labels)
        below = layer.labels
        out.append(names)
    return out


def _outliers(job: RunJob, graph: Neighbors) -> Outliers:
    """Score how odd each distinct row is; for records, extreme values count in full."""
    copies = job.items.copies
    if job.items.modality != "record" or not job.folder.has(BEYOND):
        return outliers(graph.rows, graph.distances, copies)
    beyond, together = read_oddness(job.folder, job.items)
    rows, distances = reaching_out(graph.rows, graph.distances, beyond)
    return outliers(rows, distances, copies, together, deviations=DEVIATIONS_OF_RECORDS)
