"""``shoal cluster``: turn options into a recipe, run it, and print the results."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from shoal.api import recut
from shoal.artifacts.folder import RunFolder
from shoal.cli.agreeing import agree_on, agreed_recipe, ask
from shoal.cli.screen import (
    make_console,
    say,
    say_edits,
    show_plan,
    show_what_would_be,
)
from shoal.cli.summary import show_summary
from shoal.embedding.job import bytes_of
from shoal.errors import BadInput, NotTrusted
from shoal.recipe import DEFAULTS, Recipe, parsed
from shoal.run import pipeline
from shoal.run.choices import with_cluster_choices, with_ray_address
from shoal.run.handle import Run
from shoal.run.plan import Plan
from shoal.storage import run_files
from shoal.storage.locks import alone
from shoal.storage.memory import check_enough
from shoal.storage.remote import address_of, holds_run, local_mirror, push
from shoal.storage.trust import agree
from shoal.views.progress import BarProgress, LineProgress

CHOICES = (
    ("read", "text", "text"),
    ("read", "image", "image"),
    ("read", "vectors", "vectors"),
    ("read", "as", "as_"),
    ("read", "where", "where"),
    ("read", "query", "query"),
    ("read", "sheet", "sheet"),
    ("read", "id", "id_"),
    ("read", "truth", "truth"),
    ("embed", "part", "embedder"),
    ("embed", "long", "long"),
    ("normalize", "part", "normalize"),
    ("reduce", "part", "reduce"),
    ("cluster", "part", "clusterer"),
    ("describe", "part", "describer"),
    ("describe", "ask", "ask"),
    ("engine", "part", "engine"),
)
"""Stage, its parameter, and the option that sets it."""
FLAGS = (("read", "split"), ("read", "ocr"), ("read", "keep_frames"), ("reduce", "dedupe"))
"""Stage, and its parameter that an option of the same name turns on."""
LISTS = ("columns", "outcome", "rfm")
"""Options that name several columns of the source."""


def make_recipe(sources: list[Path], options: dict[str, Any]) -> Recipe:
    """The recipe that the options ask for.

    Raises
    ------
    BadInput : if an option is wrong or contradicts another
    """
    recipe = Recipe.from_file(options["recipe"]) if options["recipe"] else Recipe()
    described = options["describer"] or recipe.part("describe")
    if options["ask"] is not None and not described.startswith(("http:", "https:")):
        raise BadInput(
            "--ask says what a language model should tell of the clusters, and none is named: add "
            f"--describe http://HOST/v1. (Titles are written by {described!r}.)"
        )
    for stage, param, key in CHOICES:
        if options[key] is not None:
            recipe = recipe.choose(stage, **{param: options[key]})
    recipe = with_ray_address(_with_columns(recipe, options), options["ray_address"])
    for stage, key in FLAGS:
        if options[key]:
            recipe = recipe.choose(stage, **{key: options[key]})
    # parts first: choosing one drops the parameters of the previous one
    parts = [".part" in setting.partition("=")[0] for setting in options["settings"]]
    for setting, is_part in zip(options["settings"], parts, strict=True):
        recipe = recipe.with_setting(setting) if is_part else recipe
    recipe = with_cluster_choices(
        recipe, k=options["k"], detail=options["detail"], coverage=options["coverage"]
    )
    for setting, is_part in zip(options["settings"], parts, strict=True):
        recipe = recipe if is_part else recipe.with_setting(setting)
    if options["seed"] is not None:
        recipe = replace(recipe, seed=options["seed"])
    if not sources:
        named = recipe.stages["read"].get("sources")
        again = (
            f" The recipe was made for {', '.join(named[:3])}; pass that again." if named else ""
        )
        raise BadInput(f"no SOURCE given. Name a file or a folder, such as data.csv.{again}")
    recipe = recipe.choose(
        "read", sources=[address_of(source) or str(source) for source in sources]
    )
    recipe.check()
    return recipe


def _with_columns(recipe: Recipe, options: dict[str, Any]) -> Recipe:
    """The recipe with the columns of records that the options name, and their weights."""
    lists = {key: named_columns(options[key]) for key in LISTS if options[key]}
    if options["weights"]:
        recipe = recipe.choose("embed", weights=named_weights(options["weights"]))
    if options["ignore"]:
        recipe = recipe.choose("normalize", ignore=list(options["ignore"]))
    if options["leave_out"]:
        recipe = recipe.choose("read", leave_out=list(options["leave_out"]))
    return recipe.choose("read", **lists)


def named_columns(details: str) -> list[str]:
    """Parse a comma-separated list of names; a name with a comma is in double quotes."""
    names = next(csv.reader([details], skipinitialspace=True))
    return [name.strip() for name in names if name.strip()]


def named_weights(details: Sequence[str]) -> dict[str, float]:
    """Columns and their weights from entries such as "price=2".

    Raises
    ------
    BadInput : if an entry is not of that form
    """
    out = {}
    for entry in details:
        name, equals, number = entry.rpartition("=")
        try:
            out[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise BadInput(f"--weight takes COLUMN=NUMBER, such as price=2, got {entry!r}.")
    return out


def default_folder(sources: list[Path]) -> Path:
    """Where a run goes when -o is not given: `reviews.csv` -> `reviews.clusters`."""
    first = sources[0]
    if str(first) == "-":
        return Path("stdin.clusters")
    return Path(f"{first.resolve().stem or 'data'}.clusters")


def run_recut(path: Path, options: dict[str, Any], *, trust: bool, verbose: bool = False) -> None:
    """Do `shoal cluster RUN`: regroup the rows of a finished run.

    Raises
    ------
    BadInput : if more is asked for than another cut
    """
    names = ("k", "detail", "coverage", "clusterer", "out", "force")
    choices = {name: options[name] for name in names}
    choices["settings"] = dict(map(parsed, options["settings"]))
    for name, value in options.items():
        if name not in choices and value:
            raise BadInput(
                f"{path} is a finished run. Only -k, --detail, --coverage, --cluster and "
                f"--set can regroup it. To use --{name.strip('_')}, cluster the run's source "
                "again."
            )
    agree_on(path, DEFAULTS, trust=trust)
    console = make_console()
    progress = BarProgress(console) if console.is_terminal else LineProgress(console)
    try:
        run = recut(path, **choices, progress=progress)
    finally:
        progress.close()
    show_summary(console, run, verbose=verbose)


def _run_again(
    path: Path, options: dict[str, Any], export: str | None, *, trust: bool, verbose: bool
) -> None:
    """Do `shoal cluster RUN`: regroup, export folders, or both."""
    others = any(value for name, value in options.items() if name not in ("force", "out"))
    if others or not export or options["out"]:
        run_recut(path, options, trust=trust, verbose=verbose)
    if export:
        agree_on(path, (), trust=trust)
        _export(Run(options["out"] or path), export, force=options["force"])


def _export(run: Run, way: str, *, force: bool) -> None:
    """Write the folders of the clusters, and say where they are."""
    write = partial(run.export, copies=way == "copies", force=force)
    try:
        out, written, absent = write()
    except NotTrusted as error:
        ask(error)
        agree(run.path)
        out, written, absent = write()
    gone = f"; {absent:,} files no longer exist" if absent else ""
    kind = "copies" if way == "copies" else "links"
    say(make_console(), "folders", f"{out} ({written:,} {kind}{gone})", whole=True)
    say_edits(make_console(), run.edits_said)


def run_cluster(sources: list[Path], options: dict[str, Any]) -> None:
    """Do `shoal cluster`."""
    export, trust, verbose = (options.pop(name) for name in ("export", "trust", "verbose"))
    planning, as_json = options.pop("plan"), options.pop("as_json")
    if as_json and not planning:
        raise BadInput("--json only works with --plan. Add --plan or drop --json.")
    if len(sources) == 1 and holds_run(sources[0]):
        sources = [local_mirror(sources[0])]
    if len(sources) == 1 and RunFolder(sources[0]).is_run:
        _run_again(sources[0], options, export, trust=trust, verbose=verbose)
        push(sources[0])
        return
    details = options.pop("memory_limit")
    limit = bytes_of(details, "--memory-limit") if details else None
    if limit is not None:  # before what takes the memory is loaded
        check_enough(limit)
    recipe = agreed_recipe(make_recipe(sources, options), options["recipe"], trust=trust)
    sources = [Path(source) for source in recipe.stages["read"]["sources"]]
    if planning:
        show_what_would_be(pipeline.plan(recipe, sources, memory_limit=limit), as_json=as_json)
        return
    folder = options["out"] or default_folder(sources)
    RunFolder(folder).check_free()
    console = make_console()
    planned = False

    def on_plan(plan: Plan) -> None:
        nonlocal planned
        planned = True
        show_plan(console, plan)

    progress = BarProgress(console) if console.is_terminal else LineProgress(console)
    try:
        with alone(folder):
            run = pipeline.run(
                recipe,
                sources,
                folder,
                title=", ".join("standard input" if str(s) == "-" else s.name for s in sources[:3]),
                force=options["force"],
                memory_limit=limit,
                progress=progress,
                on_plan=on_plan,
            )
            if not (run.path / run_files.REPORT).is_file():
                run.report()
    finally:
        progress.close()
    if not planned:
        console.print(
            f"This run already finished ({run.info['created']}), so nothing was recomputed. "
            "Use --force to run it again.",
            soft_wrap=True,
        )
    show_summary(console, run, verbose=verbose)
    if export:
        _export(run, export, force=options["force"])
