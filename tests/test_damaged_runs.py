"""Damaged runs: one line that names the file and the way out, and a repair where there is one."""

import contextlib
import io
import json
import os
import shutil
import signal

import pytest

import shoal
from shoal.analysis.edits import Editor
from shoal.artifacts.examining import examine
from shoal.artifacts.saved import SavedRun
from shoal.cli.app import main
from shoal.errors import BrokenRun
from shoal.run.repairing import repair
from shoal.storage import trust
from tests.damaging import damaged, without_digests

N_FOLDERS = 12
COMMANDS = {
    "predict": ["{run}", "{new}", "-o", "{out}.csv", "--force"],
    "evaluate": ["{run}"],
    "report": ["{run}", "-o", "{out}.html", "--force"],
    "edits": ["{run}"],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of few texts with an edit, made from a file."""
    root = tmp_path_factory.mktemp("damaged")
    themes = ["river water bank fish", "oven bread flour yeast", "goal match striker ball"]
    rows = [f"{i},{themes[i % 3]} number {i}" for i in range(45)]
    source = root / "texts.csv"
    source.write_text("id,text\n" + "\n".join([*rows, "45,"]) + "\n", encoding="utf-8")
    run = root / "run"
    options = ["-k", "3", "--set", "embed.part=hashing"]
    main(["cluster", str(source), "-o", str(run), *options])
    Editor(SavedRun(run)).do({"op": "rename", "cluster": 0, "title": "Mine"})
    return run, source


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "copy")
    return tmp_path / "copy"


def give(*words):
    """Exit code and what was said on standard error."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            return end.code, said.getvalue()
    return 0, said.getvalue()


def flip(path, place=-20):
    data = bytearray(path.read_bytes())
    data[place] ^= 4
    path.write_bytes(data)


def test_each_file_of_a_run_has_a_digest(whole):
    run, _ = whole
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    there = {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()}
    there = {name for name in there if not name.startswith(".")}
    assert there - set(info["files"]) == {"run.json", "signature.json", "edits.jsonl"}
    assert set(info["files"]) <= there
    assert examine(run) == {}


@pytest.mark.parametrize("seed", range(N_FOLDERS))
def test_a_damaged_run_ends_no_command_in_a_traceback(whole, tmp_path, seed):
    run, new = whole
    how = damaged(run, tmp_path / "run", seed)
    words = {"run": tmp_path / "run", "new": new, "out": tmp_path / "out"}
    for command, options in COMMANDS.items():
        signal.alarm(60)  # a pipe would be waited for
        code, said = give(command, *(word.format(**words) for word in options))
        signal.alarm(0)
        assert code in (0, 2), how
        assert said.count("error: ") == (code == 2), how


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("embeddings.npy", "predict"),
        ("model/clustering.npz", "predict"),
        ("clusters.json", "evaluate"),
        ("items.parquet", "report"),
        ("assignments.parquet", "edits"),
    ],
)
def test_the_file_and_the_way_out_are_named(whole, copy, tmp_path, name, command):
    flip(copy / name, 200)
    words = {"run": copy, "new": whole[1], "out": tmp_path / "out"}
    code, said = give(command, *(word.format(**words) for word in COMMANDS[command]))
    assert code == 2
    assert f"{name} of the run in {copy} is damaged" in said
    assert f"shoal doctor {copy} --repair" in said
    assert said.count("\n") == 1


def test_a_file_that_only_some_runs_have_is_missed(whole, copy, tmp_path):
    (copy / "model" / "detector.npz").unlink()
    code, said = give("predict", copy, whole[1], "-o", tmp_path / "out.csv")
    assert (code, "detector.npz" in said) == (2, True)


def test_a_run_without_digests_is_read_as_before(whole, copy, tmp_path):
    without_digests(copy)
    assert examine(copy) == {}
    assert give("predict", copy, whole[1], "-o", tmp_path / "a.csv")[0] == 0
    assert give("predict", whole[0], whole[1], "-o", tmp_path / "b.csv")[0] == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize(
    "names",
    [
        ["clusters.json", "evaluation.json"],
        ["assignments.parquet"],
        ["neighbors.npz", "model/model.json"],
        ["model/clustering.npz", "model/hierarchy.npz"],
        ["items.parquet"],
        ["embeddings.npy", "model/contents.npz", "report.html"],
        ["run.json"],
    ],
)
def test_what_can_be_made_again_is(whole, copy, names):
    before = {p.name: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    for name in names:
        flip(copy / name, 30)
    code, said = give("doctor", copy)
    assert code == 2
    assert all(name in said for name in names)
    assert give("doctor", copy, "--repair") == (0, "")
    assert examine(copy) == {}
    after = {p.name: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"run.json", "signature.json", "report.html"}
    assert trust.is_own(copy)
    assert shoal.load(copy).clusters[0]["title"] == "Mine"


def test_a_source_that_has_changed_is_not_taken_for_the_old_one(whole, copy):
    run, source = whole
    before = source.read_text(encoding="utf-8")
    flip(copy / "items.parquet", 100)
    try:
        source.write_text(before + "46,another row\n", encoding="utf-8")
        with pytest.raises(BrokenRun, match="has changed since"):
            repair(copy)
    finally:
        source.write_text(before, encoding="utf-8")
    shutil.rmtree(copy)
    shutil.copytree(run, copy)
    flip(copy / "recipe.toml", 0)
    with pytest.raises(BrokenRun, match=r"recipe\.toml"):
        repair(copy)


def test_edits_before_the_damage_are_kept(copy):
    path = copy / "edits.jsonl"
    lines = path.read_bytes()
    path.write_bytes(lines + b"\xff\xff\n[]\n")
    assert give("edits", copy)[0] == 2
    assert "1 edits before the damage are kept" in repair(copy).said[0]
    assert path.read_bytes() == lines
    assert (copy / "edits.damaged.jsonl").read_bytes() == lines + b"\xff\xff\n[]\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
@pytest.mark.parametrize("version", ["1e999", "null", '"x"', "[]"])
def test_an_edit_of_no_version_is_named(copy, version):
    with (copy / "edits.jsonl").open("a") as file:
        file.write(f'{{"op": "nothing known", "version": {version}}}\n')
    code, said = give("edits", copy)
    assert (code, "edits.jsonl" in said) == (2, True), said


@pytest.mark.parametrize("name", ["run.json", "recipe.toml", "edits.jsonl", "items.parquet"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(copy, name):
    (copy / name).unlink()
    os.mkfifo(copy / name)
    for command in ("evaluate", "doctor"):
        signal.alarm(30)
        code, said = give(command, copy)
        signal.alarm(0)
        assert (code, name in said) == (2, True)


def test_what_people_may_change_is_only_said(copy, capsys):
    path = copy / "recipe.toml"
    path.write_text(path.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    main(["doctor", str(copy)])
    assert "recipe.toml was changed" in capsys.readouterr().out


def test_doctor_says_what_is_installed_and_missing(capsys):
    main(["doctor", "--json"])
    info = json.loads(capsys.readouterr().out)
    assert info["shoal"] == shoal.__version__
    assert info["threads"] >= 1
    models = {entry["model"]: entry["problem"] for entry in info["models"]}
    assert models["minilm"] is None
    for entry in info["extras"]:
        assert entry["install"] == f"pip install 'shoal[{entry['extra']}]'"
    main(["doctor"])
    said = capsys.readouterr().out
    assert "instructions" in said
    assert "pip install" in said or not any(entry["missing"] for entry in info["extras"])
