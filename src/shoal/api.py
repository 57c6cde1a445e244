"""The Python API: ``shoal.cluster``, ``shoal.recut``, ``shoal.load`` and ``shoal.explore``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from shoal.embedding.job import bytes_of
from shoal.errors import BadInput
from shoal.parts.engines.base import Engine
from shoal.progress import Progress
from shoal.recipe import Recipe
from shoal.run import pipeline
from shoal.run.choices import with_cluster_choices, with_ray_address, with_settings
from shoal.run.frames import snapshot
from shoal.run.handle import Run, as_embedder
from shoal.run.plan import title_of
from shoal.storage import run_files
from shoal.storage.locks import alone
from shoal.storage.remote import local_mirror, push
from shoal.storage.trust import agree
from shoal.views.progress import listening


def cluster(
    data: Any,
    *,
    text: str | None = None,
    image: str | None = None,
    vectors: Any = None,
    columns: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    outcome: str | Sequence[str] | None = None,
    rfm: Sequence[str] | None = None,
    as_: str | None = None,
    where: str | None = None,
    query: str | None = None,
    sheet: str | None = None,
    id: str | None = None,  # noqa: A002 - the column is called id everywhere
    truth: str | None = None,
    k: int | None = None,
    detail: str | None = None,
    coverage: str | int | None = None,
    embedder: str | Callable[[list[Any]], Any] | None = None,
    clusterer: Any = None,
    ignore: str | Sequence[str] = (),
    dedupe: bool = False,
    keep_frames: bool = False,
    leave_out: str | Sequence[str] = (),
    engine: str | Engine | None = None,
    ray_address: str | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    settings: Mapping[str, Any] | None = None,
    recipe: Recipe | None = None,
    memory_limit: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Cluster texts, pictures, records or vectors.

    Parameters
    ----------
    data : path or address (s3://bucket/file.csv) of a file or folder, list of Path, DataFrame or
        Series of any library that narwhals supports, list or array of texts
    text : text column; detected by default
    image : picture column, of file paths or image bytes; detected by default
    vectors : column or file (.npy, .safetensors, Parquet) of precomputed vectors, or an array
        (n_rows, n_dims); `data` itself may also be such a file or array
    columns : columns of records to cluster by; detected by default
    weights : weight of each of these columns, 1 by default
    outcome : columns to compare with the clusters, but not to cluster by
    rfm : customer, date and amount columns of transactions, to cluster customers by value
    as_ : what the data holds, "text", "records" or "pictures"; detected by default
    where : SQL condition, such as "stars > 3"; only matching rows are clustered
    query : SQL SELECT; files are tables named after them, data in memory is the table `data`
    sheet : sheet of a workbook, or table of a database; the first or largest by default
    id : id column; detected by default, else rows are numbered from 0
    truth : ground-truth column for evaluation
    k : exact number of clusters; every row is placed unless `coverage` is "auto"
    detail : "coarse", "normal" or "fine"
    coverage : "auto" leaves out rows that fit no cluster, 100 places every row
    embedder : name of a part, or a function from a list of texts to vectors (n, n_dims)
    clusterer : name of a part, or any scikit-learn clusterer
    ignore : columns whose influence is removed from the vectors; "lang" is the language
    dedupe : cluster one row per group of near-duplicates; the others get its cluster
    keep_frames : also embed signatures, templates and links that many texts share
    leave_out : words that texts are embedded without, such as the company that most of them name
    engine, ray_address : execution backend, "local", "ray" or an object; a running Ray cluster
    seed : random seed; that of the recipe, or 0, by default
    out : run folder to write, or its address; a temporary one by default, see `Run.save`
    force : overwrite another run in `out`
    settings : "stage.param" -> value, for every parameter of every part
    recipe : starting point instead of the defaults
    memory_limit : memory limit, such as "4GB"; if the rows do not fit, samples are clustered
    progress : progress callback; by default shown in a terminal or notebook, not in a script

    Returns
    -------
    The finished run

    Raises
    ------
    ShoalError : if the data or an argument is unusable

    Examples
    --------
    >>> run = shoal.cluster(frame, text="review")  # doctest: +SKIP
    >>> run.clusters[0]["title"]  # doctest: +SKIP
    """
    data = Path(data) if isinstance(data, str) else data
    named_vectors = str(vectors) if isinstance(vectors, str | Path) else None
    named = {"text": text, "image": image, "vectors": named_vectors, "id": id, "truth": truth}
    named |= {"as": as_, "where": where, "query": query, "sheet": sheet}
    made = Recipe() if recipe is None else recipe
    made = made if seed is None else replace(made, seed=seed)
    made = _with_columns(made, named, {"columns": columns, "outcome": outcome, "rfm": rfm}, weights)
    made, objects = _with_parts(made, {"embed": embedder, "cluster": clusterer, "engine": engine})
    made = with_ray_address(made, ray_address)
    if vectors is not None and named_vectors is None:
        objects["vectors"] = vectors
    if "cluster" in objects and (k is not None or detail is not None):
        raise BadInput(
            "k and detail only apply to clusterers chosen by name. Pass the number of "
            f"clusters to {type(clusterer).__name__} instead."
        )
    made = with_settings(made, settings or {}, parts=True)
    made = with_cluster_choices(made, k=k, detail=detail, coverage=coverage)
    wanted: dict[str, Any] = {"normalize.ignore": ignore, "read.leave_out": leave_out}
    wanted |= {"reduce.dedupe": dedupe, "read.keep_frames": keep_frames}
    made = with_settings(made, _chosen(wanted) | dict(settings or {}), parts=False)
    limit = bytes_of(memory_limit, "memory_limit") if memory_limit else None
    options = {"objects": objects, "force": force, "memory_limit": limit}
    with listening(progress) as heard:
        return _carried_out(made, data, out, **options, progress=heard)


def _chosen(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that are not as they are by default; of names a list."""
    return {
        name: value if isinstance(value, bool) else [value] if isinstance(value, str) else [*value]
        for name, value in wanted.items()
        if value
    }


def _carried_out(recipe: Recipe, data: Any, out: str | Path | None, **options: Any) -> Run:
    """Run a recipe and write its report, in `out` or in a temporary folder."""
    keeper, given = None, snapshot(data)
    if out is None:
        out, keeper = Run.temporary_folder()
    try:
        path = local_mirror(out, writes=True)
        with alone(path):
            run = pipeline.run(recipe, data, path, title=title_of(data), **options)
            if not (run.path / run_files.REPORT).is_file():
                run.report()
            push(path)
    except BaseException:
        if keeper:
            keeper.cleanup()
        raise
    run = run.came_from(given)
    return run.keep(keeper) if keeper else run


def _with_columns(
    recipe: Recipe,
    single: Mapping[str, str | None],
    lists: Mapping[str, str | Sequence[str] | None],
    weights: Mapping[str, float] | None,
) -> Recipe:
    """Return the recipe with the named columns and their weights."""
    named: dict[str, Any] = {key: value for key, value in single.items() if value is not None}
    for key, value in lists.items():
        if value is not None:
            named[key] = [value] if isinstance(value, str) else [str(name) for name in value]
    if weights is not None:
        recipe = recipe.choose("embed", weights=dict(weights))
    return recipe.choose("read", **named)


def _with_parts(recipe: Recipe, wanted: Mapping[str, Any]) -> tuple[Recipe, dict[str, Any]]:
    """Return the recipe with the parts given by name, and the objects given instead."""
    objects: dict[str, Any] = {}
    for stage, part in wanted.items():
        if isinstance(part, str):
            recipe = recipe.choose(stage, part=part)
        elif part is not None:
            objects[stage] = as_embedder(part) if stage == "embed" else part
            if stage == "cluster":
                recipe = recipe.choose(stage, object=" ".join(repr(part).split()))
    return recipe, objects


def recut(
    run: Run | str | Path,
    *,
    k: int | None = None,
    detail: str | None = None,
    coverage: str | int | None = None,
    clusterer: str | None = None,
    settings: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Regroup the rows of a finished run; nothing is embedded or searched again.

    Parameters
    ----------
    run : a finished run, or its folder
    k : exact number of clusters; every row is placed unless `coverage` is "auto"
    detail : "coarse", "normal" or "fine"
    coverage : "auto" leaves out rows that fit no cluster, 100 places every row
    clusterer : name of a part, with its default parameters
    settings : "cluster.param" -> value, for every parameter of the clusterer
    out : folder for the new run; by default the run is changed in place
    force : overwrite another run in `out`
    progress : progress callback; by default shown in a terminal or notebook, not in a script

    Returns
    -------
    The run with its new clusters

    Raises
    ------
    BadInput : if no choice is given, or two contradict each other
    """
    old = run if isinstance(run, Run) else load(run)
    if all(choice is None for choice in (k, detail, coverage, clusterer)) and not settings:
        raise BadInput(
            f"{old.path} is a finished run. Say how to regroup it: -k N, --detail, "
            "--coverage, --cluster or --set cluster.param=value."
        )
    recipe = old.recipe if clusterer is None else old.recipe.anew("cluster", clusterer)
    recipe = with_settings(recipe, settings or {}, parts=True)
    recipe = with_cluster_choices(recipe, k=k, detail=detail, coverage=coverage)
    recipe = with_settings(recipe, settings or {}, parts=False)
    recipe.check()
    for stage, params in recipe.stages.items():
        if stage != "cluster" and params != old.recipe.stages[stage]:
            raise BadInput(
                f"{old.path} is a finished run. Only its cluster stage can be run again, not "
                f"{stage}. Cluster the run's source again."
            )
    path = old.path if out is None else old.save(local_mirror(out, writes=True), force=force)
    with listening(progress) as heard, alone(path):
        made = pipeline.recut(path, recipe, progress=heard)
        made.report()
    push(made.path)
    return made


def describe(
    run: Run | str | Path,
    *,
    describer: str | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Rename the clusters of a finished run in place; the clusters themselves stay the same.

    Parameters
    ----------
    run : a finished run, or its folder
    describer : name of a part, such as "http://localhost:8080/v1"; the run's own when None
    settings : "describe.param" -> value, for every parameter of the describer
    progress : progress callback; by default shown in a terminal or notebook, not in a script

    Returns
    -------
    The run with its new titles

    Raises
    ------
    BadInput : if a setting is not a parameter of the describer
    ServiceFailed : if a server that writes titles does not answer; the run is unchanged
    """
    old = run if isinstance(run, Run) else load(run)
    recipe = old.recipe if describer is None else old.recipe.anew("describe", describer)
    for parts in (True, False):
        recipe = with_settings(recipe, settings or {}, parts=parts)
    recipe.check()
    for stage, params in recipe.stages.items():
        if stage != "describe" and params != old.recipe.stages[stage]:
            raise BadInput(f"only describe.… can be set when renaming clusters, not {stage}.…")
    with listening(progress) as heard, alone(old.path):
        made = pipeline.recut(old.path, recipe, titles_only=True, progress=heard)
        made.report()
    push(made.path)
    return made


def load(path: str | Path, *, trust: bool = False) -> Run:
    """Open a run folder; a remote one, such as s3://bucket/run, is copied here first.

    A run that you did not make on this machine can be looked at, compared and plotted. What would
    send something to a server that it names, load a model or read a file outside of it raises
    NotTrusted.

    Parameters
    ----------
    path : the run folder
    trust : let the run do that: you know who made it

    Raises
    ------
    BrokenRun : if it is no finished run
    NotTrusted : if a file of it is a link to something outside of it
    """
    place = local_mirror(path)
    if trust:
        agree(place)
    return Run(place)


def explore(run: Run | str | Path, *, height: int = 640) -> Any:
    """Open a finished run in the explorer as a notebook widget; needs shoal[notebook].

    In a browser of its own, where clusters can be edited: ``shoal explore RUN``.

    Parameters
    ----------
    run : a finished run, or its folder
    height : pixels

    Returns
    -------
    anywidget; ``widget.selection`` holds the rows that are selected in it

    Raises
    ------
    MissingExtra : if anywidget is not installed
    BadInput : if the run has too many rows for one notebook cell
    """
    return (run if isinstance(run, Run) else load(run)).explore(height=height)
