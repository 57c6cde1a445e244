"""`shoal explore` and `shoal edits` from the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request

import pyarrow.csv
import pytest

from shoal.analysis.edits import Editor
from shoal.artifacts.saved import SavedRun
from shoal.cli.app import main
from shoal.errors import MissingExtra
from shoal.views.explorer import serving


def run(capsys, *arguments):
    try:
        main([str(argument) for argument in arguments])
        code = 0
    except SystemExit as stop:
        code = stop.code or 0
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def edited(run_path):
    editor = Editor(SavedRun(run_path))
    editor.do({"op": "rename", "cluster": 0, "title": "Sports"})
    editor.do({"op": "note", "cluster": 1, "note": "look again"})
    return run_path


def test_explore_prints_an_address_that_answers_and_ends_quietly_on_ctrl_c(run_path):
    pytest.importorskip("uvicorn")
    command = [sys.executable, "-m", "shoal", "explore", str(run_path), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().strip()
        found = re.fullmatch(r"(http://127\.0\.0\.1:\d+/)\?token=(\S{32,})", address)
        assert found
        asked = urllib.request.Request(
            found[1] + "api/run", headers={"authorization": f"Bearer {found[2]}"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            assert json.load(answer)["counts"]["rows"] == 202
            assert "server" not in {name.lower() for name in answer.headers}
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=30)
    finally:
        server.kill()
        server.communicate()
    assert server.returncode == 0
    assert errors == ""


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "0.0.0.0"], "SHOAL_PASSWORD"),
        (["--host", "no such host"], "SHOAL_PASSWORD|cannot listen"),
        (["--host", ""], "--host needs"),
        (["--port", "99999"], "65535"),
    ],
)
def test_what_explore_refuses(capsys, run_path, monkeypatch, options, told):
    monkeypatch.delenv("SHOAL_PASSWORD", raising=False)
    code, out, err = run(capsys, "explore", run_path, "--no-browser", *options)
    assert (code, out) == (2, "")
    assert re.search(told, err)


def test_explore_of_no_run_is_said(capsys, tmp_path):
    code, out, err = run(capsys, "explore", tmp_path, "--no-browser")
    assert (code, out) == (2, "")
    assert "not a shoal run" in err


def test_explore_of_a_file_that_is_no_run_is_said(capsys, tmp_path):
    table = tmp_path / "rows.parquet"
    table.write_bytes(b"PAR1")
    code, out, err = run(capsys, "explore", table, "--no-browser")
    assert (code, out) == (2, "")
    assert "rows.parquet is not a shoal run" in err
    assert "damaged" not in err


@pytest.mark.parametrize(
    ("host", "opened"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("127.0.0.1", "127.0.0.1")]
)
def test_it_is_said_who_can_see_the_run_and_the_address_opens(
    capsys, run_path, monkeypatch, host, opened
):
    uvicorn = pytest.importorskip("uvicorn")
    monkeypatch.setattr(uvicorn.Server, "run", lambda server, sockets: None)
    monkeypatch.setenv("SHOAL_PASSWORD", "a password of the tests")
    code, out, err = run(capsys, "explore", run_path, "--no-browser", "--host", host)
    assert code == 0, err
    address, said = out.splitlines()
    assert re.match(rf"http://{re.escape(opened)}:\d+/", address)
    public = opened != host
    assert ("Anyone who knows the password" in said) == public
    assert ("Anyone with this address" in said) == ("token=" in address) == (not public)


def test_a_missing_package_is_said_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(serving, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'shoal\[explore\]'"):
        serving.check_installed()


def test_edits_are_listed(capsys, edited):
    code, out, _ = run(capsys, "edits", edited)
    assert code == 0
    assert "cluster 0 renamed to 'Sports'" in out
    assert "cluster 1: note 'look again'" in out
    assert out.strip().endswith("2 edits")


def test_edits_are_undone_redone_and_reverted(capsys, edited):
    assert "1 edit, 1 undone" in run(capsys, "edits", edited, "--undo", 1)[1]
    assert "2 edits" in run(capsys, "edits", edited, "--redo", 1)[1]
    assert "0 edits, 2 undone" in run(capsys, "edits", edited, "--revert", 0)[1]
    code, _, err = run(capsys, "edits", edited, "--undo", 1)
    assert code == 2
    assert "nothing to undo" in err
    code, _, err = run(capsys, "edits", edited, "--undo", 1, "--redo", 1)
    assert code == 2
    assert "only one" in err


def test_the_rows_are_written_as_edited_and_over_no_file_unseen(capsys, edited, tmp_path):
    out = tmp_path / "rows.csv"
    assert run(capsys, "edits", edited, "-o", out)[0] == 0
    table = pyarrow.csv.read_csv(out)
    titles = dict(zip(table["cluster"].to_pylist(), table["title"].to_pylist(), strict=True))
    assert titles[0] == "Sports"
    assert len(table) == 202
    code, _, err = run(capsys, "edits", edited, "-o", out)
    assert code == 2
    assert "--force" in err
    assert run(capsys, "edits", edited, "-o", tmp_path / "rows.xlsx")[0] == 2


def test_a_torn_line_is_said(capsys, edited):
    with (edited / "edits.jsonl").open("ab") as file:
        file.write(b'{"version"')
    code, out, _ = run(capsys, "edits", edited)
    assert code == 0
    assert "is incomplete" in out
    assert os.path.getsize(edited / "edits.jsonl") > 0
