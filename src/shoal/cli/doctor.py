"""`shoal doctor`: what is installed or missing, and whether a run is intact."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shoal.artifacts.examining import changed, examine
from shoal.artifacts.folder import RunFolder
from shoal.cli.agreeing import ask
from shoal.cli.screen import clean, fit_to_log, path_as_text
from shoal.data.entries import Entry
from shoal.embedding.job import cache_folder, cache_limit
from shoal.embedding.vector_cache import unusable
from shoal.errors import BrokenRun, NotTrusted, ShoalError
from shoal.numerics.blocks import available_threads
from shoal.parts.embedders import EMBEDDERS
from shoal.recipe import DEFAULTS
from shoal.run.repairing import Repair, repair
from shoal.storage.trust import agree, is_own, key_file
from shoal.text.words import many

LEVELS = {"X86_V2": "SSE4.2", "X86_V3": "AVX2", "X86_V4": "AVX512", "ASIMD": "NEON"}
"""What numpy calls sets of instructions -> what people do."""
REQUIREMENT = re.compile(r"\s*([\w.-]+)[^;]*(?:;.*extra\s*==\s*['\"]([\w-]+)['\"])?")


def run_doctor(path: Path | None, *, repairs: bool, as_json: bool) -> None:
    """Do `shoal doctor`.

    Raises
    ------
    BrokenRun : if a file of the run is damaged and was not made again
    """
    console = fit_to_log(Console(highlight=False, soft_wrap=True))
    if path is None:
        info = machine()
        if as_json:
            click.echo(json.dumps(info, ensure_ascii=False, indent=2))
        else:
            _show_machine(console, info)
        return
    outcome = _repair(path) if repairs else None
    info = state_of(path, outcome)
    if as_json:
        click.echo(json.dumps(info, ensure_ascii=False, indent=2))
    else:
        _show_run(console, info)
    if info["damaged"]:
        names = ", ".join(entry["file"] for entry in info["damaged"][:5])
        cure = f" Repair it with: shoal doctor {path} --repair" if outcome is None else ""
        raise BrokenRun(f"damaged in {path}: {names}.{cure}")


def _repair(path: Path) -> Repair:
    """Repair a run; asks first where it would be made again from what somebody else names."""
    try:
        return repair(path)
    except NotTrusted as error:
        ask(error)
        agree(path)
        return repair(path)


def state_of(path: Path, outcome: Repair | None) -> Entry:
    """Whether a run is intact.

    Parameters
    ----------
    path : the run folder
    outcome : of a repair, if there was one

    Returns
    -------
    What `--json` prints
    """
    damaged = examine(path)
    folder = RunFolder(path)
    return {
        "run": str(path),
        "files": len(folder.recorded),
        "yours": is_own(path),
        "damaged": [{"file": name, "why": why} for name, why in damaged.items()],
        "changed": changed(path),
        "repaired": list(outcome.said) if outcome else [],
    }


def machine() -> Entry:
    """What is installed, found and missing, as `--json` prints it."""
    needed, extras = _requirements()
    why = unusable(cache_folder())
    return {
        "shoal": version("shoal"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "threads": available_threads(),
        "threads_from": "SHOAL_THREADS" if os.environ.get("SHOAL_THREADS") else "the system",
        "instructions": _instructions(),
        "packages": {name: _version(name) for name in needed},
        "models": _models(),
        "extras": [
            {
                "extra": extra,
                "missing": [name for name in names if _version(name) is None],
                "install": f"pip install 'shoal[{extra}]'",
            }
            for extra, names in sorted(extras.items())
        ],
        "cache": {"folder": str(cache_folder()), "limit": cache_limit(), "problem": why or None},
        "key": {"file": str(key_file()), "made": key_file().is_file()},
    }


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Packages of the base install, and those of each extra, as the installed shoal says."""
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in requires("shoal") or ():
        found = REQUIREMENT.match(line)
        if found is None or found[1] == "shoal":
            continue
        (extras.setdefault(found[2], []) if found[2] else needed).append(found[1])
    return needed, extras


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _instructions() -> list[str]:
    """Instruction sets that numpy detected on this processor."""
    config: Any = np.show_config(mode="dicts") or {}
    simd = config.get("SIMD Extensions", {})
    names = [*simd.get("baseline", ()), *simd.get("found", ())]
    return [LEVELS.get(name, name) for name in names]


def _models() -> list[Entry]:
    """Whether the models can be used that come as packages."""
    found = []
    default = str(DEFAULTS["embed"]["part"])
    for name, part in EMBEDDERS.parts.items():
        if part.argument is not None:
            continue
        why = ""
        try:
            EMBEDDERS.find(name)
            if name == default:
                EMBEDDERS.build(name, {})  # this reads the weights and compares their digests
        except (ShoalError, ImportError) as error:
            why = str(error)
        found.append({"model": name, "summary": part.summary, "problem": why or None})
    return found


def _show_machine(console: Console, info: Entry) -> None:
    def line(name: str, text: str, style: str = "") -> None:
        console.print(Text.assemble((f"{name:<13}", "bold"), (clean(text, 400), style)))

    line("shoal", f"{info['shoal']}, Python {info['python']} ({sys.executable})")
    line("system", info["system"])
    line("threads", f"{info['threads']}, by {info['threads_from']}")
    line("instructions", ", ".join(info["instructions"]) or "not known")
    line("packages", ", ".join(f"{k} {v}" for k, v in info["packages"].items() if v))
    for name, installed in info["packages"].items():
        if installed is None:
            line("", f"{name} is missing: pip install -U shoal", "red")
    line("cache", f"{info['cache']['folder']}, at most {info['cache']['limit'] / 1e9:.0f} GB")
    if info["cache"]["problem"]:
        line("", info["cache"]["problem"], "yellow")
    made = "" if info["key"]["made"] else " (created by the first run)"
    line("key", info["key"]["file"] + made)
    console.print()
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for entry in info["models"]:
        state = Text("yes", "green") if entry["problem"] is None else Text("no", "dim")
        table.add_row(Text(entry["model"]), state, Text(entry["problem"] or entry["summary"]))
    console.print(Text("models", "bold"))
    console.print(table)
    console.print()
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for entry in info["extras"]:
        state = Text("no", "dim") if entry["missing"] else Text("yes", "green")
        lacks = f"{', '.join(entry['missing'])} missing: {entry['install']}"
        table.add_row(Text(entry["extra"]), state, Text(lacks if entry["missing"] else ""))
    console.print(Text("extras", "bold"))
    console.print(table)


def _show_run(console: Console, info: Entry) -> None:
    path = path_as_text(Path(info["run"]))
    for said in info["repaired"]:
        console.print(Text(clean(said, 400), "green"))
    if not info["files"]:
        console.print("The run was made by an older version of shoal that saved no checksums.")
    for name in info["changed"]:
        console.print(Text(f"{name} was changed after the run was made.", "yellow"))
    for entry in info["damaged"]:
        console.print(Text(f"{clean(entry['file'], 100)}: {clean(entry['why'], 300)}", "red"))
    if not info["damaged"]:
        console.print(Text(f"{path} is intact: {many(info['files'], 'file')} as written."))
