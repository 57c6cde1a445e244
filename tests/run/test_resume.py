"""A run that is stopped anywhere goes on from there and ends with the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import shoal

HASHING = {"embed.part": "hashing"}
STOPS = [
    *(f"shoal.stages.{name}" for name in ("embed", "normalize", "reduce", "neighbors", "cluster")),
    *(f"shoal.stages.{name}" for name in ("evaluate", "describe", "draw")),
    "shoal.run.steps.save_contents",
    "shoal.run.steps.save_limits",
    "shoal.run.explaining.save_tables",
    "shoal.views.report.write",
]


def stop(*_, **__):
    raise KeyboardInterrupt


def table(folder):
    return (folder / "assignments.parquet").read_bytes()


@pytest.fixture(scope="module")
def whole(texts, tmp_path_factory):
    return shoal.cluster(texts, settings=HASHING, out=tmp_path_factory.mktemp("runs") / "whole")


@pytest.mark.parametrize("where", STOPS)
def test_a_run_stopped_in_any_stage_goes_on_and_ends_the_same(
    texts, whole, tmp_path, monkeypatch, where
):
    with monkeypatch.context() as patch:
        patch.setattr(where, stop)
        with pytest.raises(KeyboardInterrupt):
            shoal.cluster(texts, settings=HASHING, out=tmp_path / "run")
    again = shoal.cluster(texts, settings=HASHING, out=tmp_path / "run")
    assert table(again.path) == table(whole.path)
    assert (again.path / "report.html").is_file()
    assert not [path for path in again.path.rglob("*") if path.name.endswith((".tmp", ".part"))]


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9 here")
def test_a_killed_process_leaves_a_folder_that_can_be_gone_on_with(texts, tmp_path):
    source = tmp_path / "texts.csv"
    source.write_text("\n".join(["text", *texts]), encoding="utf-8")
    folders = [tmp_path / "killed", tmp_path / "whole"]
    command = [sys.executable, "-m", "shoal", "cluster", str(source), "-o"]
    killed = subprocess.Popen([*command, str(folders[0])], stderr=subprocess.PIPE, text=True)
    for line in killed.stderr:  # the real model is at work now
        if line.startswith("into"):
            break
    deadline = time.monotonic() + 60
    while not (folders[0] / "run.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    subprocess.run([*command, str(folders[0])], check=True, capture_output=True)
    shoal.cluster(source, out=folders[1])
    assert table(folders[0]) == table(folders[1])
