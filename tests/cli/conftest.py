"""A way to give a command in this process, and one finished run to ask things of."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from shoal.cli.app import main

HASHING = ("--set", "embed.part=hashing")


@dataclass
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def shoal(capsys) -> Callable[..., Outcome]:
    """Give the command with these arguments."""

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def table(tmp_path_factory, texts, themes) -> Path:
    """The texts as a CSV with ids, themes, one repeat and one blank row."""
    path = tmp_path_factory.mktemp("data") / "stories.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "theme"])
        for number, (text, theme) in enumerate(zip(texts, themes, strict=True)):
            writer.writerow([f"{number:04d}", text, theme])
        writer.writerow(["0200", texts[3], themes[3]])
        writer.writerow(["0201", " ", "space"])
    return path


@pytest.fixture(scope="session")
def coarser(tmp_path_factory, table) -> Path:
    """The same rows in three clusters; tests must not change it."""
    folder = tmp_path_factory.mktemp("runs") / "coarser"
    main(["cluster", str(table), "-o", str(folder), *HASHING, "-k", "3"])
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory, table) -> Path:
    """A finished run of the table; tests must not change it."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    main(["cluster", str(table), "-o", str(folder), *HASHING])
    return folder
