"""The commands as a person gives them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shoal.parts.metrics import TRAITS
from tests.cli.conftest import HASHING

COMMANDS = ("cluster", "predict", "evaluate", "compare", "tune", "report", "parts")


def labels(folder: Path) -> list[int]:
    return pq.read_table(folder / "assignments.parquet")["cluster"].to_pylist()


def changed(folder: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_help(shoal, command, flag):
    outcome = shoal(*filter(None, [command, flag]))
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: shoal")


def test_help_and_import_load_nothing_heavy():
    heavy = "{'numpy', 'sklearn', 'scipy', 'onnxruntime', 'pyarrow', 'rich'}"
    code = (
        "import sys, shoal\n"
        "from shoal.cli.app import main\n"
        "try: main(['cluster', '--help'])\n"
        "except SystemExit: pass\n"
        f"sys.stderr.write(repr(sorted({heavy} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]"


def test_the_version_is_told(shoal):
    from shoal import __version__

    assert shoal("--version").out.strip().endswith(__version__)


def test_the_summary_says_what_was_found(shoal, table, tmp_path):
    outcome = shoal("cluster", table, "-o", tmp_path / "run", *HASHING, "--verbose")
    assert outcome.code == 0
    assert outcome.out == ""
    for said in (
        "202, 200 distinct texts",
        "1 unusable: blank text (kept in the output)",
        "column 'text'",
        "column 'id'",
        "theme",
        "hashed words",
        "4 clusters in 202 rows",
        "silhouette",
        f"report    {tmp_path / 'run' / 'report.html'}",
        f"shoal predict {tmp_path / 'run'} NEW.csv -o out.csv",
    ):
        assert said in outcome.err
    assert all(line == line.rstrip() or "  " in line for line in outcome.err.splitlines())
    assert len(labels(tmp_path / "run")) == 202


def test_clusters_are_numbered_by_their_rows_repeats_counted(shoal, texts, themes, tmp_path):
    source = tmp_path / "rows.csv"
    repeats = [text for text, theme in zip(texts, themes, strict=True) if theme == "money"][:5]
    rows = ["text", *texts, *(repeats * 20)]
    source.write_text("\n".join(rows), encoding="utf-8")
    assert shoal("cluster", source, "-o", tmp_path / "run", *HASHING).code == 0
    clusters = json.loads((tmp_path / "run" / "clusters.json").read_text("utf-8"))["clusters"]
    sizes = [cluster["size"] for cluster in clusters]
    assert sizes[0] == 150
    assert sizes == sorted(sizes, reverse=True)


def test_the_same_command_again_says_so_and_computes_nothing(shoal, table, finished):
    before = changed(finished)
    outcome = shoal("cluster", table, "-o", finished, *HASHING)
    assert outcome.code == 0
    assert "already finished" in outcome.err
    assert "4 clusters in 202 rows" in outcome.err
    assert changed(finished) == before


@pytest.mark.parametrize(
    "choice", [["-k", 3], ["--seed", 1], ["--truth", "theme"], ["--id", "theme"]]
)
def test_another_choice_for_the_same_folder_is_refused(shoal, table, finished, choice):
    before = changed(finished)
    outcome = shoal("cluster", table, "-o", finished, *HASHING, *choice)
    assert outcome.code == 2
    assert "--force" in outcome.err
    assert changed(finished) == before


def test_force_writes_over_a_run_and_keeps_the_vectors(shoal, table, tmp_path):
    shoal("cluster", table, "-o", tmp_path / "run", *HASHING)
    vectors = (tmp_path / "run" / "embeddings.npy").stat().st_mtime_ns
    outcome = shoal("cluster", table, "-o", tmp_path / "run", *HASHING, "-k", 3, "--force")
    assert outcome.code == 0
    assert set(labels(tmp_path / "run")) == {-1, 0, 1, 2}
    assert (tmp_path / "run" / "embeddings.npy").stat().st_mtime_ns == vectors
    assert "3 clusters" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def half_loaded(*_):
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as stop:
        raise ImportError("initialization failed") from stop


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("end", [interrupted, half_loaded])
def test_a_run_that_is_stopped_says_how_to_go_on(shoal, table, tmp_path, monkeypatch, end):
    monkeypatch.setattr("shoal.cli.cluster.run_cluster", end)
    outcome = shoal("cluster", table, "-o", tmp_path / "run")
    assert outcome.code == 130
    # click ends the line on which the terminal shows ^C
    assert outcome.err.lstrip() == "stopped. Run the same command again to resume.\n"


def test_a_recipe_run_again_gives_the_same_labels(shoal, table, finished, tmp_path):
    recipe = finished / "recipe.toml"
    outcome = shoal("cluster", table, "--recipe", recipe, "-o", tmp_path / "again")
    assert outcome.code == 0
    assert labels(tmp_path / "again") == labels(finished)
    assert (tmp_path / "again" / "recipe.toml").read_bytes() == recipe.read_bytes()


def test_settings_count_in_any_order(shoal, table, tmp_path):
    for number, order in enumerate((1, -1)):
        settings = ["embed.part=hashing", "embed.n_dims=64"][::order]
        sets = [word for setting in settings for word in ("--set", setting)]
        assert shoal("cluster", table, "-o", tmp_path / str(number), *sets).code == 0
        info = json.loads((tmp_path / str(number) / "run.json").read_text(encoding="utf-8"))
        assert info["model"]["dims"] == 64


@pytest.mark.parametrize("coverage", [["--coverage", "100"], ["--set", "cluster.coverage=100"]])
def test_full_coverage_places_every_usable_row(shoal, table, tmp_path, coverage):
    assert shoal("cluster", table, "-o", tmp_path / "run", *HASHING, *coverage).code == 0
    assert labels(tmp_path / "run").count(-1) == 1


def test_a_run_without_a_name_goes_beside_the_caller(shoal, table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shoal("cluster", table, *HASHING).code == 0
    assert (tmp_path / "stories.clusters" / "report.html").is_file()


def test_standard_input_is_clustered(shoal, texts, tmp_path, monkeypatch):
    data = "\n".join(texts).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert shoal("cluster", "-", "-o", tmp_path / "run", *HASHING).code == 0
    assert len(labels(tmp_path / "run")) == len(texts)


def test_several_files_are_clustered_together(shoal, table, tmp_path):
    more = tmp_path / "more.csv"
    more.write_text("id,text\nx,the football goal match striker\n", encoding="utf-8")
    outcome = shoal("cluster", table, more, "-o", tmp_path / "run", *HASHING)
    assert outcome.code == 0
    sources = pq.read_table(tmp_path / "run" / "items.parquet")["source"].to_pylist()
    assert sources == [str(table)] * 202 + [str(more)]


def predicted(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file]
        return [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_training_rows_are_predicted_as_they_were_labelled(
    shoal, finished, table, tmp_path, ending
):
    out = tmp_path / f"out.{ending}"
    outcome = shoal("predict", finished, table, "-o", out)
    assert outcome.code == 0
    assert "202 rows: 201 placed" in outcome.err
    rows = predicted(out)
    assert [int(row["cluster"]) for row in rows] == labels(finished)
    assert [row["id"] for row in rows][:2] == ["0000", "0001"]
    assert rows[201]["note"] == "blank text"
    assert rows[0]["title"]


def test_another_process_predicts_the_same(finished, table, tmp_path):
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "shoal", "predict", str(finished), str(table), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [row["cluster"] for row in predicted(out)] == labels(finished)


def test_a_row_that_fits_nowhere_is_said_to_be_new(shoal, finished, tmp_path):
    new = tmp_path / "new.csv"
    known = "the space rocket orbit planet telescope galaxy story 2"
    rows = [known, "zyx wvu tsr qpo nml kji", ""]
    new.write_text("id,text\n" + "".join(f"{i},{r}\n" for i, r in enumerate(rows)), "utf-8")
    outcome = shoal("predict", finished, new, "-o", tmp_path / "out.jsonl")
    assert outcome.code == 0
    assert "3 rows: 1 placed, 1 new" in outcome.err
    told = predicted(tmp_path / "out.jsonl")
    assert [row["cluster"] >= 0 for row in told] == [True, False, False]
    assert told[1]["note"].startswith("new: ")
    assert told[2]["note"] == "blank text"


def test_new_rows_may_have_their_text_elsewhere(shoal, finished, texts, tmp_path):
    new = tmp_path / "new.csv"
    new.write_text(f"number,body\n1,{texts[0]}\n2,{texts[1]}\n", encoding="utf-8")
    shoal("predict", finished, new, "-o", tmp_path / "out.jsonl")
    assert [row["cluster"] for row in predicted(tmp_path / "out.jsonl")] == labels(finished)[:2]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda run, table, tmp: ["predict", run, table, "-o", tmp / "out.xlsx"], ".csv, .jsonl"),
        (lambda run, table, tmp: ["predict", run, table, "-o", tmp / "no" / "a.csv"], "Create it"),
        (lambda run, table, tmp: ["predict", tmp, table, "-o", tmp / "a.csv"], "not a shoal run"),
        (lambda run, table, tmp: ["predict", tmp / "x", table, "-o", tmp / "a.csv"], "not exist"),
        (lambda run, table, tmp: ["predict", run, tmp / "x", "-o", tmp / "a.csv"], "no file"),
        (lambda run, table, tmp: ["predict", run, table, "-o", table], "exists"),
        (
            lambda run, table, tmp: ["predict", run, table, "--text", "x", "-o", tmp / "a.csv"],
            "no column",
        ),
        (lambda run, table, tmp: ["predict", run, table], "Missing option"),
        (lambda run, table, tmp: ["evaluate", tmp], "not a shoal run"),
        (lambda run, table, tmp: ["evaluate", run, "--truth", "x"], "Known: id, text, theme"),
        (lambda run, table, tmp: ["report", tmp], "not a shoal run"),
        (lambda run, table, tmp: ["report", run, "-o", table], "exists"),
        (lambda run, table, tmp: ["parts", "nope"], "no family"),
        (lambda run, table, tmp: ["nope"], "No such command"),
        (lambda run, table, tmp: ["cluster"], "no SOURCE"),
        (lambda run, table, tmp: ["cluster", table, "--engine", "rai"], "Did you mean 'ray'?"),
        (lambda run, table, tmp: ["cluster", table, "--ray-address", "auto"], "--engine ray"),
        (lambda run, table, tmp: ["cluster", "--bogus"], "No such option"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(shoal, finished, table, tmp_path, make, words):
    before = table.read_bytes()
    outcome = shoal(*make(finished, table, tmp_path))
    assert outcome.code == 2
    assert outcome.out == ""
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.err.startswith("error: ")
    assert list(tmp_path.iterdir()) == []
    assert table.read_bytes() == before


def test_force_writes_over_a_prediction(shoal, finished, table, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("mine", encoding="utf-8")
    assert shoal("predict", finished, table, "-o", out).code == 2
    assert out.read_text(encoding="utf-8") == "mine"
    assert shoal("predict", finished, table, "-o", out, "--force").code == 0
    assert len(predicted(out)) == 202


def test_evaluate_prints_the_scores_against_a_truth(shoal, finished):
    plain, measured = shoal("evaluate", finished), shoal("evaluate", finished, "--truth", "theme")
    for name, trait in TRAITS.items():
        assert (name in plain.out.split()) is not trait.needs_truth, name
        assert name in measured.out.split(), name
    assert "with truth" not in plain.out
    assert measured.out.index("without truth") < measured.out.index("with ground truth: theme")
    assert measured.code == 0
    words = measured.out.split()
    assert float(words[words.index("ari") + 1]) > 0.95
    assert words[words.index("davies_bouldin") + 2] == "lower"


def test_evaluate_gives_an_interval_where_samples_were_measured(shoal, finished):
    saved = json.loads((finished / "evaluation.json").read_text(encoding="utf-8"))["scores"]
    score = next(score for score in saved if score["name"] == "stability")
    assert score["low"] <= score["value"] <= score["high"]
    assert f"{score['low']:.3f} to {score['high']:.3f}" in shoal("evaluate", finished).out


def test_evaluate_lists_the_marks_of_every_cluster(shoal, finished, monkeypatch):
    for columns, more in ((120, ["cohesion", "DB"]), (80, [])):
        monkeypatch.setenv("COLUMNS", str(columns))
        told = shoal("evaluate", finished, "--clusters", "--truth", "theme").out
        table = told[told.index("mostly") - columns :]
        for word in ("silhouette", "DBCV", "pure", "football", "100%", *more):
            assert word in table, word
        assert max(map(len, table.splitlines())) <= columns
    assert "mostly" not in shoal("evaluate", finished, "--clusters").out


def test_clusters_know_their_truth_and_their_marks(shoal, table, tmp_path):
    shoal("cluster", table, "-o", tmp_path / "run", *HASHING, "--truth", "theme")
    saved = json.loads((tmp_path / "run" / "clusters.json").read_text(encoding="utf-8"))
    for entry in saved["clusters"]:
        assert entry["truth"] in ("football", "cooking", "space", "money")
        assert entry["purity"] > 0.9
        assert -1 <= entry["dbcv"] <= 1
        assert entry["davies_bouldin"] > 0


def test_rows_without_a_true_class_are_left_out_and_counted(shoal, texts, themes, tmp_path):
    path = tmp_path / "half.jsonl"
    rows = [
        {"text": t, "theme": c if i % 2 else None}
        for i, (t, c) in enumerate(zip(texts, themes, strict=True))
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    shoal("cluster", path, "-o", tmp_path / "run", *HASHING, "--truth", "theme")
    saved = json.loads((tmp_path / "run" / "evaluation.json").read_text(encoding="utf-8"))["scores"]
    found = {score["name"]: score for score in saved}
    assert found["ari"]["n_items"] == len(texts) // 2
    assert found["ari"]["value"] > 0.95
    assert found["coverage"]["n_items"] == len(texts)


def test_a_truth_is_measured_alike_at_once_and_later(shoal, finished, table, tmp_path):
    shoal("cluster", table, "-o", tmp_path / "run", *HASHING, "--truth", "theme")
    told = shoal("evaluate", tmp_path / "run").out.split()
    later = shoal("evaluate", finished, "--truth", "theme").out.split()
    for name in ("ari", "ami", "v_measure"):
        assert told[told.index(name) + 1] == later[later.index(name) + 1]


def test_report_writes_the_page_elsewhere(shoal, finished, tmp_path):
    assert shoal("report", finished, "-o", tmp_path / "page.html").code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page == (finished / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("family", ["", "embed", "embedder", "cluster", "read"])
def test_parts_are_listed_with_their_parameters(shoal, family):
    outcome = shoal(*filter(None, ["parts", family]))
    assert outcome.code == 0
    if family != "read":
        assert "n_dims=512" in outcome.out or "detail='normal'" in outcome.out


def test_a_title_from_the_data_cannot_steer_a_terminal(shoal, texts, tmp_path):
    path = tmp_path / "a.jsonl"
    hostile = [f"\x1b[31m[red]{text}[/red]\x07" for text in texts]
    path.write_text("\n".join(json.dumps({"te[b]xt\x1b": t}) for t in hostile), encoding="utf-8")
    outcome = shoal("cluster", path, "-o", tmp_path / "run", *HASHING)
    assert outcome.code == 0
    assert "\x1b" not in outcome.err
    assert "\x07" not in outcome.err


def test_an_error_is_one_line_whatever_the_name_of_the_file(shoal, tmp_path):
    outcome = shoal("cluster", tmp_path / "a\n\x1b[31mb.csv")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "\x1b" not in outcome.err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems want names that are text")
def test_a_file_whose_name_is_no_text_is_clustered(shoal, table, tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"\xff.csv")
    Path(os.fsdecode(path)).write_bytes(table.read_bytes())
    outcome = shoal("cluster", os.fsdecode(path), "-o", tmp_path / "run", *HASHING)
    assert outcome.code == 0
    assert len(labels(tmp_path / "run")) == 202


def test_help_is_fast():
    started = time.perf_counter()
    command = [sys.executable, "-m", "shoal", "--help"]
    subprocess.run(command, capture_output=True, check=True)
    assert time.perf_counter() - started < 2
