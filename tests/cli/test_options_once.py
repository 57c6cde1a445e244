"""Options that are given twice, name the wrong thing, or ask for what the rows cannot give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shoal.cli.app import main

ROWS = [f"the {thing} in room {i} is broken" for i in range(6) for thing in ("tap", "oven", "lift")]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "notes.csv"
    path.write_text(
        "good,bad\n" + "".join(f"{a},{b}\n" for a, b in zip(ROWS, ROWS[::-1], strict=True))
    )
    return path


def said(capsys, *words: str) -> str:
    with pytest.raises(SystemExit) as stop:
        main(["cluster", *words])
    assert stop.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--text", "good", "--text", "bad"), "--text was given 2 times.*--columns 'A,B'"),
        (("-k", "3", "-k", "5"), "-k was given 2 times"),
        (("--where", "1 = 1", "--where", "2 = 2"), "--where 'A AND B'"),
        (("--seed", "1", "--seed", "1"), "--seed was given 2 times"),
    ],
)
def test_an_option_is_given_once(notes, capsys, words, message):
    assert re.search(message, said(capsys, str(notes), *words))
    assert not Path("notes.clusters").exists()


def test_an_unknown_truth_is_blamed_on_truth(notes, capsys):
    told = said(capsys, str(notes), "--text", "good", "--truth", "kindd")
    assert "--truth" in told
    assert "--text" not in told


def test_more_clusters_than_rows_differ_are_refused_before_the_work(notes, capsys):
    told = said(capsys, str(notes), "--text", "good", "-k", "19")
    assert "k (19) must be at most the number of distinct rows (18)" in told
    assert not Path("notes.clusters").exists()


def test_weights_without_records_are_said(notes, capsys):
    assert "--weight" in said(capsys, str(notes), "--text", "good", "--weight", "bad=2")


def test_another_cut_of_the_same_rows_is_named_as_a_command(notes, capsys):
    words = [str(notes), "--text", "good", "--embedder", "hashing"]
    main(["cluster", *words])
    assert "shoal cluster notes.clusters -k 3" in said(capsys, *words, "-k", "3")
    main(["cluster", "notes.clusters", "-k", "3"])
    assert "3 clusters in 18 rows" in capsys.readouterr().err
