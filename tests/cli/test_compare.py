"""`shoal compare` as a person gives it, and the same from Python."""

from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest

import shoal as package
from tests.cli.conftest import HASHING


def test_two_runs_are_compared_in_the_terminal(shoal, finished, coarser):
    outcome = shoal("compare", finished, coarser)
    assert outcome.code == 0
    for said in (
        "run (4 clusters) → coarser (3 clusters)",
        "201 matched by id: both have ids (column 'id')",
        "ARI 0.",
        "merged",
        "→  '",
        "of the rows stayed with most of their cluster",
    ):
        assert said in outcome.out, said
    kept = [row["id"] for row in pq.read_table(finished / "items.parquet").to_pylist()]
    assert len(kept) == 202  # one of them is blank and not compared


def test_a_run_against_itself_has_nothing_to_tell(shoal, finished):
    outcome = shoal("compare", finished, finished)
    assert outcome.code == 0
    assert "ARI 1.000, AMI 1.000" in outcome.out
    assert "4 stayed" in outcome.out
    assert "rows that moved" not in outcome.out
    title = package.load(finished).clusters[1]["title"]
    assert title not in outcome.out
    assert title in shoal("compare", finished, finished, "--all").out


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_screen_is_not_overrun(shoal, finished, coarser, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = shoal("compare", finished, coarser, "--all").out.splitlines()
    assert lines
    table = [line for line in lines if "→" in line and line.startswith(" ")]
    assert max(map(len, table)) <= width


def test_files_are_written_by_their_ending(shoal, finished, coarser, tmp_path):
    outs = [tmp_path / f"out.{end}" for end in ("html", "svg", "csv", "parquet", "jsonl", "json")]
    wanted = [word for out in outs for word in ("-o", out)]
    outcome = shoal("compare", finished, coarser, *wanted)
    assert outcome.code == 0
    assert [out.name for out in outs if f"written to {out}" in outcome.err] == [
        o.name for o in outs
    ]
    assert "<!doctype html>" in outs[0].read_text(encoding="utf-8")
    assert "<svg" in outs[1].read_text(encoding="utf-8")
    with outs[2].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 201
    assert rows[0]["id"] == "0000"
    assert {row["change"] for row in rows} <= {"stayed", "merged", "moved", "split", "regrouped"}
    assert json.loads(outs[5].read_text(encoding="utf-8"))["matched"]["rows"] == 201
    again = shoal("compare", finished, coarser, "-o", outs[0])
    assert (again.code, again.out) == (2, "")
    assert shoal("compare", finished, coarser, "-o", outs[0], "--force").code == 0


def test_rows_are_matched_by_content_when_ids_are_not_theirs(shoal, finished, texts, tmp_path):
    path = tmp_path / "plain.txt"
    path.write_text("\n".join(reversed(texts)), encoding="utf-8")
    shoal("cluster", path, "-o", tmp_path / "plain", *HASHING)
    outcome = shoal("compare", finished, tmp_path / "plain")
    assert "200 matched by content: not both have ids" in outcome.out
    assert "1 only in run" in outcome.out
    assert "ARI 1.000" in outcome.out


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda run, tmp: [run], "Missing argument"),
        (lambda run, tmp: [run, tmp], "not a shoal run"),
        (lambda run, tmp: [tmp / "x", run], "not exist"),
        (lambda run, tmp: [run, run, "-o", tmp / "a.png"], ".html, .svg"),
        (lambda run, tmp: [run, run, "-o", tmp / "no" / "a.svg"], "Create it"),
        (lambda run, tmp: [run, run, "-o", tmp], ".html, .svg"),
        (lambda run, tmp: [run, run, "--by", "luck"], "'auto', 'id', 'content', 'position'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(shoal, finished, tmp_path, make, words):
    outcome = shoal("compare", *make(finished, tmp_path))
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_runs_without_a_common_row_are_refused(shoal, finished, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("id,text\n" + "".join(f"z{i},another story {i}\n" for i in range(20)), "utf-8")
    shoal("cluster", path, "-o", tmp_path / "other", *HASHING)
    outcome = shoal("compare", finished, tmp_path / "other", "-o", tmp_path / "a.html")
    assert outcome.code == 2
    assert "no rows in common" in outcome.err
    assert not (tmp_path / "a.html").exists()


def test_python_compares_runs_and_shows_them(finished, coarser, texts):
    run = package.load(finished)
    found = run.compare(coarser)
    assert found.n_matched == 201
    assert found.agreement == run.compare(package.load(coarser)).agreement
    assert "<svg" in found._repr_html_()
    unsaved = package.cluster(texts, embedder="hashing")
    assert run.compare(unsaved, by="content").agreement.ari == pytest.approx(1.0)
    with pytest.raises(package.BadInput, match="has no ids"):
        run.compare(unsaved, by="id")


def test_runs_of_the_same_name_are_told_apart(shoal, finished, tmp_path):
    package.load(finished).save(tmp_path / "run")
    outcome = shoal("compare", finished, tmp_path / "run")
    first, second = (f"{folder.name}/run (4 clusters)" for folder in (finished.parent, tmp_path))
    assert outcome.out.startswith(f"{first} → ")
    assert second in outcome.out
    assert "/" not in shoal("compare", finished, finished).out.splitlines()[0]


def test_a_table_says_how_many_cells_would_have_run_as_formulas(shoal, tmp_path):
    data = tmp_path / "data.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows([f"=A{n}", f"a story of {n % 4} ships and {n} sailors"] for n in range(40))
    for name, k in (("one", 2), ("two", 3)):
        out = tmp_path / name
        assert shoal("cluster", data, "-o", out, "--id", "id", *HASHING, "-k", k).code == 0
    table = tmp_path / "changes.csv"
    outcome = shoal("compare", tmp_path / "one", tmp_path / "two", "-o", table)
    assert "40 of its cells would be run as formulas by a spreadsheet" in outcome.err
    with table.open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["id"] == "'=A0"
