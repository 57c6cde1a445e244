"""The whole run: read the source, choose the model, then run the stages in order."""

from __future__ import annotations

import copy
import dataclasses
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from shoal import stages
from shoal.analysis.near_duplicates import joined
from shoal.artifacts.folder import LEARNED, RunFolder
from shoal.artifacts.oddness import save_oddness
from shoal.artifacts.saved import SavedRun
from shoal.data import Embeddings, Items, Map
from shoal.embedding.long_texts import with_long_chosen
from shoal.embedding.multi_column import (
    plan_any_embedding,
)
from shoal.errors import BadInput, OutputExists, ServiceFailed
from shoal.parts.describers.base import MayGoUnanswered
from shoal.parts.embedders.base import (
    MeasuresTails,
    Restorable,
)
from shoal.parts.engines.base import Engine
from shoal.progress import SILENT, Progress
from shoal.recipe import FAMILIES, Recipe
from shoal.run import passages
from shoal.run.handle import Run
from shoal.run.job import RunJob
from shoal.run.languages import languages_said
from shoal.run.metadata import RunMetadata, data_hash, open_metadata
from shoal.run.model import chosen_embedder, fit_embedder, model_info
from shoal.run.plan import Plan, check_fits, make_plan, title_of, within
from shoal.run.steps import OWN_CACHE, embedded, from_vectors, save_items
from shoal.stages.reading.opening import gather_in
from shoal.storage import run_files
from shoal.storage.locks import alone
from shoal.storage.memory import held_to
from shoal.storage.trust import agree, sign, staying_own


def run(
    recipe: Recipe,
    source: Any,
    path: Path,
    *,
    title: str = "",
    objects: Mapping[str, Any] | None = None,
    force: bool = False,
    memory_limit: int | None = None,
    progress: Progress = SILENT,
    on_plan: Callable[[Plan], None] | None = None,
) -> Run:
    """Run everything into a folder; an interrupted run resumes where it stopped.

    Parameters
    ----------
    recipe : every choice
    source : what `stages.read` takes
    path : the run folder
    title : what the data is called
    objects : stage -> an object used in place of the recipe's part
    force : do again what another recipe or other data left in the folder
    memory_limit : bytes of memory, mapped files not counted, that the run shall keep to
    progress : progress callback
    on_plan : told the plan before the work

    Returns
    -------
    The finished run

    Raises
    ------
    ShoalError : if the data or an argument is unusable
    """
    recipe.check_trusted("the recipe")
    recipe.check()
    objects = objects or {}
    _check_objects(recipe, objects)
    # fail on parts that cannot be built before reading anything
    parts = {s: objects.get(s) or recipe.build(s) for s in FAMILIES if s != "embed"}
    engine: Engine = parts["engine"]
    how = _How(title, {**objects, "engine": engine}, force, memory_limit, progress, on_plan)
    with alone(path), engine.at_work():
        started = time.perf_counter()
        progress.start("read")
        items = _read(recipe, source, path, how)
        seconds = time.perf_counter() - started
        progress.finish("read", seconds)
        if recipe.stages["read"].get("split"):
            _run_passages(recipe, items, path, seconds, how)
        else:
            _run_items(recipe, items, path, seconds, how)
    return Run(path)


@dataclasses.dataclass(frozen=True, slots=True)
class _How:
    """The arguments of `run` that its helpers share."""

    title: str
    objects: Mapping[str, Any]
    force: bool
    memory_limit: int | None
    progress: Progress
    on_plan: Callable[[Plan], None] | None


def _read(recipe: Recipe, source: Any, path: Path, how: _How) -> Items:
    """The rows of a source, within the limit of memory."""
    params, vectors = recipe.stages["read"], how.objects.get("vectors")
    with held_to(how.memory_limit, f"reading {how.title or title_of(source)}"):
        return stages.read(source, params, vectors, how.progress, path)


def _run_items(
    recipe: Recipe, items: Items, path: Path, seconds: float, how: _How, salt: bytes = b""
) -> None:
    """Run all stages after reading.

    Parameters
    ----------
    recipe, items, path, how : see `run`
    salt : what results depend on beside the data and the recipe
    """
    if not salt:  # labels decided elsewhere always fit
        check_fits(recipe, items)
    recipe, said = _completed(recipe, items, how.objects, how.memory_limit)
    ignored = stages.groups_of(items, recipe.stages["normalize"].get("ignore", ()))
    salt += b"".join(group.tobytes() for group in ignored)
    folder, hashed = RunFolder(path), data_hash(items, salt)
    metadata = open_metadata(
        folder, recipe, items, how.title, hashed, force=how.force, progress=how.progress
    )
    if metadata.info["status"] != "done":  # else the parts are not even imported
        parts = {s: how.objects.get(s) or recipe.build(s) for s in FAMILIES if s != "embed"}
        parts["embed"] = chosen_embedder(items, recipe, how.objects.get("embed"))
        items = _noted(items, recipe, how.objects, said)
        metadata.add_notes(*items.notes)
        job = RunJob(metadata, recipe, items, parts, ignored)
        _compute(job, hashed, seconds, force=how.force, on_plan=how.on_plan)
        sign(path)
        agree(path)  # if no key can be saved, this process remembers


def _run_passages(recipe: Recipe, items: Items, path: Path, seconds: float, how: _How) -> None:
    """Cluster the passages of texts, then group the texts by their main theme."""
    folder, within_it = RunFolder(path), passages.inner_folder(path)
    folder.check_free()
    if folder.is_run and not within_it.is_dir() and not how.force:
        raise OutputExists(
            f"{path} holds another run. Choose another -o, or add --force to overwrite it."
        )
    for stage, option in (("reduce", "dedupe"), ("normalize", "ignore")):
        if recipe.stages[stage].get(option):
            raise BadInput(
                f"--{option} cannot be combined with --split passages. Drop one of them."
            )
    table = passages.passage_table(items, gather_in(path))
    plain = recipe.choose("read", split=None, truth=None)
    pieces = passages.as_passage_items(table, recipe.stages["read"])
    inside = dataclasses.replace(how, title=f"{how.title}: passages")
    _run_items(plain, pieces, within_it, 0.0, inside)
    inner = Run(within_it)
    lengths = pc.subtract(table["end"], table["start"]).to_numpy()
    shares = passages.shares_of(table["row"].to_numpy(), inner.labels, lengths, len(items))
    numbers = passages.numbered(items, inner.labels, shares["largest"])
    labels = passages.renumbered(shares["largest"], numbers)[items.distinct]
    themes = passages.as_clusterer(labels, f"by the passages of the texts: {inner.reason}")
    objects = {**how.objects, "cluster": themes}
    outer = dataclasses.replace(how, objects=objects, on_plan=None)
    _run_items(recipe, items, path, seconds, outer, salt=inner.labels.tobytes())
    # nothing here is computed, so a resumed run simply writes it again
    clusters = passages.renumbered(inner.labels, numbers)
    shares = {**shares, "cluster": passages.renumbered(shares["cluster"], numbers)}
    passages.save_passages(folder, table, clusters, shares)
    named = items.columns
    titles = named["title"].to_pylist() if "title" in named.column_names else None
    passages.name_after_passages(folder, RunFolder(within_it), clusters, numbers, titles)
    folder.note()
    sign(path)


def _completed(
    recipe: Recipe, items: Items, objects: Mapping[str, Any], memory_limit: int | None
) -> tuple[Recipe, tuple[str, ...]]:
    """Complete the recipe from the data, and say what was chosen."""
    said: tuple[str, ...] = ()
    recipe = recipe.for_modality(items.modality).choose(
        "read", **{key: items.about[key] for key in ("text", "image", "id")}
    )
    if objects.get("embed") is None:
        recipe, said = with_long_chosen(recipe, items)
    return recipe if memory_limit is None else within(recipe, items, memory_limit), said


def _noted(items: Items, recipe: Recipe, objects: Mapping[str, Any], said: Sequence[str]) -> Items:
    """Add notes to the items: languages that the model does not know, and what was chosen."""
    if objects.get("embed") is not None:
        return items
    notes = (*items.notes, *languages_said(items, recipe), *said)
    return dataclasses.replace(items, notes=notes)


def _compute(
    job: RunJob,
    hashed: str,
    seconds: float,
    *,
    force: bool,
    on_plan: Callable[[Plan], None] | None,
) -> None:
    """Run everything after reading, which took `seconds`; `hashed` is the hash of the data."""
    metadata, recipe, items = job.metadata, job.recipe, job.items
    folder, progress, embedder = job.folder, metadata.progress, job.parts["embed"]
    shared = bool(recipe.stages["embed"].get("cache", True))
    key = recipe.fingerprint("embed", hashed)
    engine: Engine = job.parts["engine"]
    fit_embedder(folder, embedder, items, key, shared=shared, progress=progress, engine=engine)
    work = plan_any_embedding(items, embedder, folder / OWN_CACHE, shared=shared)
    if on_plan:
        on_plan(make_plan(work, folder.path, recipe))
    folder.claim(force=force)
    metadata.set_model(model_info(embedder, work))
    if isinstance(embedder, Restorable):
        folder.write_arrays(LEARNED, key=np.array(key), **embedder.arrays())
    if isinstance(embedder, MeasuresTails):
        save_oddness(folder, items, embedder)
    save_items(job, seconds)
    unit = embedded(job, work)
    metadata.set_dims(int(unit.vectors.shape[1]))
    if recipe.stages["reduce"].get("dedupe"):
        key = job.fingerprint("neighbors")
        wanted = recipe.stages["neighbors"]
        job = dataclasses.replace(job, items=joined(folder, key, items, unit, wanted, progress))
    from_vectors(job, unit)


def plan(
    recipe: Recipe,
    source: Any,
    *,
    objects: Mapping[str, Any] | None = None,
    memory_limit: int | None = None,
    progress: Progress = SILENT,
) -> Plan:
    """Plan a run without doing it; nothing is written.

    Parameters
    ----------
    recipe, source, objects, memory_limit, progress : as of `run`

    Raises
    ------
    ShoalError : if the data or an argument is unusable
    """
    recipe.check()
    objects = objects or {}
    _check_objects(recipe, objects)
    engine: Engine = objects.get("engine") or recipe.build("engine")
    with engine.at_work(), tempfile.TemporaryDirectory(prefix="shoal-") as keeper:
        path = Path(keeper) / "run"
        how = _How(title_of(source), objects, False, memory_limit, progress, None)
        items = _read(recipe, source, path, how)
        recipe, said = _completed(recipe, items, objects, memory_limit)
        items = _noted(items, recipe, objects, said)
        embedder: Any = chosen_embedder(items, recipe, objects.get("embed"))
        if items.modality == "record":
            embedder.learn(stages.contents_of(items, items.distinct))
        shared = bool(recipe.stages["embed"].get("cache", True))
        return make_plan(plan_any_embedding(items, embedder, None, shared=shared), path, recipe)


def recut(
    path: Path, recipe: Recipe, *, titles_only: bool = False, progress: Progress = SILENT
) -> Run:
    """Regroup the rows of a finished run in place, from its vectors and neighbors.

    A clusterer that keeps its hierarchy only cuts it again; the map stays as it is.

    Parameters
    ----------
    path : a finished run
    recipe : the run's own with other choices of clustering
    titles_only : whether it is for new titles, so that a describer that finds none has to say so
        before anything is written
    progress : progress callback

    Raises
    ------
    BrokenRun : if the folder is no finished run
    NotTrusted : if somebody else made the run and it reaches out, and nobody agreed to that
    """
    recipe.check_trusted(str(path))
    recipe.check()
    _check_objects(recipe, {})
    if recipe.stages["read"].get("split"):
        raise BadInput(
            f"{path} was split into passages, so it cannot be regrouped. Cluster its source "
            "again with the options you want."
        )
    saved = SavedRun(path)
    folder, details = saved.folder, copy.deepcopy(saved.info)
    items = saved.as_items()
    parts = {stage: recipe.build(stage) for stage in FAMILIES if stage != "embed"}
    describer = parts["describe"]
    if titles_only and isinstance(describer, MayGoUnanswered):
        describer.must_answer = True
    picture = None
    if folder.has(run_files.ASSIGNMENTS):  # missing while a run is being repaired
        points = saved.assigned("x", "y").columns
        picture = Map(np.column_stack(points)[items.distinct], ("as it was",))
    details["status"] = "running"
    details["hashes"]["recipe"] = recipe.fingerprint("draw", details["hashes"]["items"])
    ignored = stages.groups_of(items, recipe.stages["normalize"].get("ignore", ()))
    job = RunJob(RunMetadata(folder, details, progress), recipe, items, parts, ignored)
    history = (details["model"]["name"], *parts["normalize"].history)
    unit = Embeddings(saved.embeddings, history)
    try:
        with alone(path), staying_own(path):
            from_vectors(job, unit, picture)
    except ServiceFailed:
        if titles_only:  # only titles were to change, so the run stays finished
            folder.write_info(saved.info)
        raise
    return Run(path)


def _check_objects(recipe: Recipe, objects: Mapping[str, Any]) -> None:
    """Raise if the recipe refers to a Python object that was not passed."""
    own = recipe.stages["cluster"].get("object")
    if own and "cluster" not in objects:
        raise BadInput(
            f"the run used your own clusterer, {own}. Pass it in Python, shoal.cluster(..., "
            "clusterer=...), or choose another with --cluster."
        )
