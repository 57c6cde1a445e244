"""Repair a damaged run: rebuild what can be rebuilt, and name the rest."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shoal.analysis.edits.log import FILE as EDITS
from shoal.artifacts.assigner import CELLS, DUPLICATES, LIMITS
from shoal.artifacts.examining import examine
from shoal.artifacts.files import SCHEMA
from shoal.artifacts.folder import RunFolder
from shoal.artifacts.run_info import as_run_info
from shoal.artifacts.whole_files import INFO
from shoal.data.entries import ReadEntry
from shoal.errors import BrokenRun, NotTrusted, OutputExists, ShoalError
from shoal.progress import SILENT, Progress
from shoal.recipe import Recipe
from shoal.run import pipeline
from shoal.run.handle import Run
from shoal.run.steps import HIERARCHY, REDUCED
from shoal.storage import run_files
from shoal.storage.locks import alone
from shoal.storage.remote import address_of
from shoal.storage.trust import check_links, is_trusted, signed

RECIPE = run_files.RECIPE
CLUSTERING = run_files.CLUSTERING
FROM_VECTORS = {
    REDUCED: run_files.REDUCER,
    run_files.REDUCER: run_files.REDUCER,
    CELLS: run_files.NEIGHBORS,
    run_files.NEIGHBORS: run_files.NEIGHBORS,
    CLUSTERING: CLUSTERING,
    HIERARCHY: CLUSTERING,
    LIMITS: CLUSTERING,
    DUPLICATES: DUPLICATES,
    run_files.DETECTOR: run_files.DETECTOR,
    run_files.ASSIGNMENTS: run_files.ASSIGNMENTS,
    run_files.ANOMALIES: run_files.ANOMALIES,
    run_files.DUPLICATES: run_files.DUPLICATES,
    run_files.CLUSTERS: run_files.CLUSTERS,
    run_files.EVALUATION: run_files.EVALUATION,
    run_files.PROFILES: run_files.PROFILES,
}
"""What is made again from items and vectors -> the file whose absence makes a stage do it."""
ONLY_SHOWN = (run_files.REPORT, run_files.TUNE)
"""Files that no result depends on."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The outcome of a repair.

    Parameters
    ----------
    damaged : name of each file that was damaged -> what was wrong with it
    said : what was done, a sentence each
    """

    damaged: dict[str, str]
    said: tuple[str, ...]


def repair(path: Path, progress: Progress = SILENT) -> Repair:
    """Rebuild the damaged files of a run, with the same labels.

    Parameters
    ----------
    path : the run folder
    progress : progress callback

    Raises
    ------
    BrokenRun : if something cannot be made again: its source is gone or has changed
    NotTrusted : if somebody else made the run and it reaches out, and nobody agreed to that
    """
    examine(path)  # never write into someone else's folder
    check_links(path)
    with alone(path):
        return _repaired(path, progress)


def _repaired(path: Path, progress: Progress) -> Repair:
    damaged = examine(path)
    said: list[str] = []
    if EDITS in damaged:
        said.append(_mend_edits(path))
    broken = set(damaged) - {EDITS, run_files.SIGNATURE}
    base = broken - {*ONLY_SHOWN, *FROM_VECTORS}
    split = (path / "passages").is_dir()
    deduped = DUPLICATES in broken and _joined(path)
    if base or (broken & set(FROM_VECTORS) and (split or deduped)):
        said.append(_from_source(path, broken, progress))
    elif broken & set(FROM_VECTORS):
        said.append(_from_vectors(path, broken, progress))
    if run_files.TUNE in broken:
        (path / run_files.TUNE).unlink(missing_ok=True)
        said.append("tune.json was removed; `shoal tune` recreates it.")
    if (broken and not (path / run_files.REPORT).is_file()) or run_files.REPORT in broken:
        _drop(path, [run_files.REPORT])
        Run(path).report()
        said.append("The report was rewritten.")
    return Repair(damaged, tuple(said))


def _mend_edits(path: Path) -> str:
    """Keep the edits before the first invalid line, and a copy of the original file."""
    log = path / EDITS
    aside = path / "edits.damaged.jsonl"
    while aside.exists():
        aside = aside.with_name(f"{aside.stem}_.jsonl")
    if not log.is_file():  # a pipe or a folder holds no edits
        os.replace(log, aside.with_suffix(""))
        return f"{EDITS} was not a file and was renamed to {aside.stem}."
    wrong = examine(path)[EDITS]
    lines = log.read_bytes().split(b"\n")
    kept = int(wrong.split()[1]) - 1
    os.replace(log, aside)
    if kept > 1:
        log.write_bytes(b"".join(line + b"\n" for line in lines[:kept]))
    return (
        f"{max(kept - 1, 0):,} edits before the damage are kept; all of them are in {aside.name}."
    )


def _joined(path: Path) -> bool:
    try:
        return bool(Recipe.from_file(path / RECIPE).stages["reduce"].get("dedupe"))
    except (ShoalError, OSError):
        return True


def _from_vectors(path: Path, broken: set[str], progress: Progress) -> str:
    """Rerun the stages whose files are damaged, from intact vectors and items."""
    before = RunFolder(path).finished()["hashes"].get("labels")
    recipe = Recipe.from_file(path / RECIPE)
    recipe.check_trusted(str(path))
    _drop(path, [*broken, *(FROM_VECTORS[name] for name in broken & set(FROM_VECTORS))])
    made = pipeline.recut(path, recipe, progress=progress)
    return _sentence(broken, before, made.info["hashes"]["labels"], "the vectors of the run")


def _from_source(path: Path, broken: set[str], progress: Progress) -> str:
    """Rerun from the source; cached vectors are reused."""
    if RECIPE in broken:
        raise BrokenRun(
            f"{RECIPE} of the run in {path} is damaged, so its settings are lost. Repeat the "
            f"original `shoal cluster` command with -o {shlex.quote(str(path))} --force."
        )
    recipe = Recipe.from_file(path / RECIPE)
    named = [str(source) for source in recipe.stages["read"].get("sources") or ()]
    gone = [source for source in named if address_of(source) is None and not Path(source).exists()]
    if not named or gone:
        which = f", and {', '.join(gone[:3])} no longer exists" if gone else ""
        raise BrokenRun(
            f"{_listed(broken)} of the run in {path} can only be rebuilt from its "
            f"source{which}. Run: shoal cluster SOURCE --recipe "
            f"{shlex.quote(str(path / RECIPE))} -o {shlex.quote(str(path))} --force"
        )
    own = signed(path, RECIPE)
    if not own and not is_trusted(path):
        again = f"reads its rows again from {', '.join(named[:3])}"
        raise NotTrusted.because(str(path), [again, *recipe.outside_access()])
    folder = RunFolder(path)
    info: ReadEntry = {} if INFO in broken else folder.finished()
    before = info.get("hashes", {}).get("labels")
    _drop(path, broken)
    begun = {**info, "schema": SCHEMA, "status": "running", "files": {}}
    folder.write_info(as_run_info({"hashes": {}, "stages": {}, **begun}))
    try:
        made = pipeline.run(
            recipe.trusted() if own else recipe,
            [Path(source) for source in named],
            path,
            title=str(info.get("title", "")),
            force=INFO in broken,
            progress=progress,
        )
    except OutputExists as error:
        raise BrokenRun(
            f"{_listed(broken)} of the run in {path} cannot be rebuilt: "
            f"{', '.join(named[:3])} has changed since. Choose another -o to cluster its "
            "present content, or add --force."
        ) from error
    return _sentence(broken, before, made.info["hashes"]["labels"], ", ".join(named[:3]))


def _drop(path: Path, names: Iterable[str]) -> None:
    """Remove damaged files, so that their stages are run again."""
    folder = RunFolder(path)
    for name in names:
        place = folder / name
        if place.is_dir() and not place.is_symlink():
            os.replace(place, place.with_name(f"{place.name}.damaged"))
        folder.remove(name)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:5])


def _sentence(broken: set[str], before: str | None, now: str, of: str) -> str:
    said = f"{_listed(broken)} rebuilt from {of}"
    if before is None:
        return f"{said}."
    if before == now:
        return f"{said}, with the same labels."
    return f"{said}. The labels differ slightly, because this machine computes differently."
