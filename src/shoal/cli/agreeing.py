"""Ask before a run or recipe made by someone else reaches outside its folder."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from shoal.artifacts.folder import RunFolder
from shoal.cli.screen import clean
from shoal.errors import NotTrusted, ShoalError
from shoal.recipe import Recipe
from shoal.storage import run_files
from shoal.storage.remote import shown
from shoal.storage.trust import agree, links_outside

MAX_CHARS = 300


def agree_on(path: Path, stages: Iterable[str], *, trust: bool) -> None:
    """Ask about what a run folder would reach outside, unless the user trusts or made it.

    Raises
    ------
    NotTrusted : if there is nobody to ask, or the answer is no
    """
    if trust:
        agree(path)
    elif RunFolder(path).is_run:
        RunFolder(path).check_kinds()
        info = [*links_outside(path), *_reach(path, tuple(stages))]
        if info:
            ask(NotTrusted.because(shown(str(path)), info))
            agree(path)


def _reach(path: Path, stages: tuple[str, ...]) -> list[str]:
    recipe = path / run_files.RECIPE
    if not stages:
        return []
    if not recipe.resolve().is_relative_to(path.resolve()):  # read only if that is agreed to
        return [f"uses whatever servers, models and files that {run_files.RECIPE} names"]
    try:
        return Recipe.from_file(recipe).outside_access(*stages)
    except ShoalError:  # whatever needs it reports what is wrong
        return []


def agreed_recipe(recipe: Recipe, path: Path | None, *, trust: bool) -> Recipe:
    """Ask about a recipe that started from someone else's file, and mark it as trusted.

    Raises
    ------
    NotTrusted : if it reaches out, and there is nobody to ask, or the answer is no
    """
    if not trust and (info := recipe.outside_access()):
        ask(NotTrusted.because(str(path), info))
    return recipe.trusted()


def ask(error: NotTrusted) -> None:
    """Ask at the keyboard whether to go on.

    Raises
    ------
    NotTrusted : if there is no keyboard, or the answer is no
    """
    if not sys.stdin.isatty():
        raise error
    click.echo(
        f"{clean(error.what, MAX_CHARS)} was not made by you on this machine, and it", err=True
    )
    for info in error.info:
        click.echo(f"  - {clean(info, MAX_CHARS)}", err=True)
    if not click.confirm("Do you know who made it, and agree?", default=False, err=True):
        raise NotTrusted("you did not agree, so nothing was changed.")
