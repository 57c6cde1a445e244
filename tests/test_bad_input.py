"""Whatever is fed in: a right result, or one line that says what is wrong and how to mend it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shoal.cli.app import main

HASHING = ["--set", "embed.part=hashing"]
GOOD = "id,text\n" + "".join(f"{i},{w} and some words {i}\n" for i, w in enumerate("abcdefgh"))


def run(capsys: Any, arguments: list[str]) -> tuple[int, str, str]:
    code = 0
    try:
        main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def file(name: str, content: str | bytes) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        data = content.encode("utf-8") if isinstance(content, str) else content
        (folder / name).write_bytes(data)
        return str(folder / name)

    return make


def folder(name: str, **files: bytes) -> Callable[[Path], str]:
    def make(where: Path) -> str:
        (where / name).mkdir()
        for key, content in files.items():
            (where / name / key).write_bytes(content)
        return str(where / name)

    return make


def broken_parquet(where: Path) -> str:
    import pyarrow as pa

    pq.write_table(pa.table({"text": ["a", "b"] * 500}), where / "a.parquet")
    data = (where / "a.parquet").read_bytes()
    (where / "a.parquet").write_bytes(data[: len(data) // 2])
    return str(where / "a.parquet")


ODD = [
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 emoji",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "\u202eright to left\u202c",
    "bell \x07 escape \x1b[31m nul \x00",
    "\ud800 lone surrogate",
    "</script><script>alert(1)</script>",
    "e\u0301 combined " + "\u0301" * 500,
    "[bold]markup[/bold] {{ 7 * 7 }}",
    "x" * 10_000,
    "\U0001f600",
]
FEW = [f"{word} number one and two" for word in ("alpha", "beta", "gamma", "delta", "epsilon")]
READABLE = {
    "one row": (file("a.csv", "text\nonly one row\n"), 1),
    "two rows": (file("a.csv", "text\nthe first row\nthe second row\n"), 2),
    "three rows": (file("a.csv", "text\nthe first row\nthe second row\nand a third\n"), 3),
    "one line, no header": (file("a.txt", "one line"), 1),
    "all rows the same": (
        file("a.csv", "id,text\n" + "".join(f"{i},same old\n" for i in range(50))),
        50,
    ),
    "one megabyte in one row": (file("a.csv", f"id,text\n1,{'word and ' * 116_000}\n2,two\n"), 2),
    "odd characters": (file("a.jsonl", "\n".join(json.dumps({"text": t}) for t in ODD)), len(ODD)),
    "many repeats": (
        file("a.txt", "\n".join(random.Random(0).choices(FEW, k=100_000))),
        100_000,
    ),
    "no words": (file("a.txt", "\n".join(["!!!", "...", "12", "??", "%", "-"])), 6),
    "one letter": (file("a.txt", "\n".join("abcdefghij")), 10),
    "blank rows among few": (file("a.csv", "id,text\n1,\n2,a few words\n3, \n4,other words\n"), 4),
    "a bad line": (file("a.jsonl", '{"text": "some words"}\n{bad\n{"text": "other words"}\n'), 3),
    "a hostile header": (file("a.csv", "id,=cmd|' /C calc'!A0\n1,some words\n2,other words\n"), 2),
}


@pytest.mark.parametrize("case", READABLE)
def test_readable_data_gives_one_row_for_each_of_its_rows_in_order(case, tmp_path, capsys):
    make, n_rows = READABLE[case]
    out = tmp_path / "run"
    code, _, err = run(capsys, ["cluster", make(tmp_path), "-o", str(out), *HASHING])
    assert code == 0, err
    given, items = (pq.read_table(out / f"{name}.parquet") for name in ("assignments", "items"))
    assert len(given) == len(items) == n_rows
    assert given["id"].to_pylist() == items["id"].to_pylist()
    assert sorted(given["id"].to_pylist()) == given["id"].to_pylist()
    for cluster, note, text in zip(
        given["cluster"].to_pylist(),
        given["note"].to_pylist(),
        items["text"].to_pylist(),
        strict=True,
    ):
        assert (cluster == -1) == (note is not None)
        assert cluster >= 0 or not (text or "").strip() or note.startswith("unassigned")
    assert (out / "report.html").is_file()


UNREADABLE = {
    "no such file": (lambda p: str(p / "none.csv"), [], "no file or folder"),
    "empty file": (file("a.csv", ""), [], "is empty"),
    "only blank lines": (file("a.csv", "\n\n  \n"), [], "is empty"),
    "only a byte order mark": (file("a.csv", b"\xef\xbb\xbf"), [], "is empty"),
    "only a header": (file("a.csv", "id,text\n"), [], "a header but no rows"),
    "empty JSON array": (file("a.json", "[]"), [], "is empty"),
    "not JSON": (file("a.json", "[1, 2"), [], "not valid JSON"),
    "no JSON line": (file("a.jsonl", "one\ntwo\n"), [], "no line of valid JSON"),
    "only blank texts": (file("a.csv", "id,text\n1,\n2,  \n"), ["--text", "text"], "has text"),
    "only null texts": (file("a.jsonl", '{"text": null}\n{"text": null}\n'), [], "no column holds"),
    "only numbers": (file("a.csv", "a,b\n1,2\n3,4\n"), [], "--embedder does not apply here"),
    "no such column": (file("a.csv", GOOD), ["--text", "txet"], "Did you mean 'text'"),
    "no such id": (file("a.csv", GOOD), ["--id", "x"], "Known: id, text"),
    "no such truth": (file("a.csv", GOOD), ["--truth", "x"], "Known: id, text"),
    "picture": (
        file("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(99)),
        [],
        "none of the 1 rows has a picture",
    ),
    "random bytes": (file("a.csv", random.Random(1).randbytes(5000)), [], "binary"),
    "broken Parquet": (broken_parquet, [], "not a readable Parquet file"),
    "empty folder": (folder("d"), [], "no files"),
    "folder of pictures": (folder("d", a=b"\x89PNG\r\n" + bytes(99)), [], "none of the 1 files"),
    "unknown part": (file("a.csv", GOOD), ["--cluster", "kmean"], "Did you mean 'kmeans'"),
    "unknown embedder": (
        file("a.csv", GOOD),
        ["--set", "embed.part=gpt"],
        "efficientnet, hashing, http:URL",
    ),
    "unknown parameter": (file("a.csv", GOOD), ["--set", "embed.n_dim=3"], "'n_dims'"),
    "unknown stage": (file("a.csv", GOOD), ["--set", "embd.n=3"], "Did you mean 'embed'"),
    "no value": (file("a.csv", GOOD), ["--set", "embed.n_dims"], "stage.param=value"),
    "no stage": (file("a.csv", GOOD), ["--set", "seed=3"], "stage.param=value"),
    "text for a number": (file("a.csv", GOOD), ["--set", "neighbors.k=abc"], "a whole number"),
    "true for a number": (file("a.csv", GOOD), ["--set", "neighbors.k=true"], "a whole number"),
    "too few neighbors": (file("a.csv", GOOD), ["--set", "neighbors.k=0"], "at least 1"),
    "text for a switch": (file("a.csv", GOOD), ["--set", "read.header=maybe"], "true or false"),
    "text for a list": (file("a.csv", GOOD), ["--set", "evaluate.metrics=ari"], "a list of names"),
    "unknown metric": (file("a.csv", GOOD), ["--set", 'evaluate.metrics=["x"]'], "no metric"),
    "long delimiter": (file("a.csv", GOOD), ["--set", "read.delimiter=ab"], "one character"),
    "unknown encoding": (file("a.csv", GOOD), ["--set", "read.encoding=x"], "unknown encoding"),
    "unknown coverage": (file("a.csv", GOOD), ["--coverage", "90"], "'auto', '100'"),
    "coverage by name": (file("a.csv", GOOD), ["--set", "cluster.coverage=90"], "auto or 100"),
    "unknown detail": (file("a.csv", GOOD), ["--detail", "finer"], "'coarse', 'normal', 'fine'"),
    "more clusters than rows": (file("a.csv", GOOD), ["-k", "9"], "at most the number of distinct"),
    "no clusters": (file("a.csv", GOOD), ["-k", "0"], "at least 1, got 0"),
    "fewer than no clusters": (file("a.csv", GOOD), ["-k", "-3"], "at least 1, got -3"),
    "half a cluster": (file("a.csv", GOOD), ["-k", "2.5"], "not a valid integer"),
    "a word as seed": (file("a.csv", GOOD), ["--seed", "x"], "not a valid integer"),
    "a seed below zero": (file("a.csv", GOOD), ["--seed", "-1"], "from 0 to"),
    "a seed too large": (file("a.csv", GOOD), ["--seed", str(2**40)], "from 0 to"),
    "number and detail": (file("a.csv", GOOD), ["-k", "2", "--detail", "fine"], "Use only one"),
    "no such recipe": (file("a.csv", GOOD), ["--recipe", "none.toml"], "cannot read the recipe"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_done_is_said_in_one_line_with_exit_code_2(case, tmp_path, capsys):
    make, options, words = UNREADABLE[case]
    arguments = ["cluster", make(tmp_path), "-o", str(tmp_path / "run"), *HASHING, *options]
    code, out, err = run(capsys, arguments)
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert code == 2
    assert out == ""
    assert len(errors) == 1
    assert err.endswith(errors[0] + "\n")
    assert words in errors[0]
    assert "Traceback" not in err
    assert not (tmp_path / "run" / "assignments.parquet").exists()


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("mine", "not a shoal run"),
        ("mine/notes.txt", "not a shoal run"),
        ("mine/notes.txt/run", "Not a directory"),
    ],
)
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_nothing_that_is_no_run_is_written_over(tmp_path, capsys, out, words, force):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    source = file("a.csv", GOOD)(tmp_path)
    arguments = ["cluster", source, "-o", f"{tmp_path}/{out}", *HASHING, *force]
    code, _, err = run(capsys, arguments)
    assert code == 2
    assert words in err.splitlines()[-1]
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("seed = ", "not valid TOML"),
        ("[embd]\npart = 'x'", "Did you mean 'embed'"),
        ("embed = 3", "embed"),
        ("schema = 99", "newer version of shoal"),
        ("seed = 'x'", "the seed must be"),
        ("[neighbors]\nk = 'x'", "a whole number"),
        ("[cluster]\npart = 'x'", "not one of shoal's own clusterers"),
        (b"\xff\xfe\x00", "cannot read the recipe"),
    ],
)
def test_a_broken_recipe_is_refused(tmp_path, capsys, recipe, words):
    path = file("r.toml", recipe)(tmp_path)
    source = file("a.csv", GOOD)(tmp_path)
    arguments = ["cluster", source, "--recipe", path, "-o", str(tmp_path / "run")]
    code, _, err = run(capsys, arguments)
    assert code == 2
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize("source", ["none.csv", "a.csv"])
def test_a_process_of_its_own_ends_alike(tmp_path, source):
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    command = [sys.executable, "-m", "shoal", "cluster", source]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "case",
    [
        "one row",
        "two rows",
        pytest.param("one megabyte in one row", marks=pytest.mark.soak),  # embeds it all
        "odd characters",
    ],
)
def test_the_real_model_takes_whatever_is_read(tmp_path, capsys, case):
    make, n_rows = READABLE[case]
    code, _, err = run(capsys, ["cluster", make(tmp_path), "-o", str(tmp_path / "run")])
    assert code == 0, err
    assert len(pq.read_table(tmp_path / "run" / "assignments.parquet")) == n_rows


def test_an_empty_folder_may_be_filled_with_pictures(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "empty").mkdir()
    code, _, said = run(capsys, ["cluster", str(tmp_path / "empty"), "-o", str(tmp_path / "out")])
    assert code == 2
    assert "Use a folder of documents, text files or pictures." in said
