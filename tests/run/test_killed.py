"""Killed at random moments: what a command writes is whole or not there, and the next goes on."""

import multiprocessing
import os
import random
import signal
import sys
import time

import pytest

import shoal
from shoal.analysis.edits import Editor
from shoal.artifacts.examining import examine
from shoal.artifacts.saved import SavedRun
from shoal.cli.app import main

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork processes"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
KILLS = [3, pytest.param(100, marks=pytest.mark.soak)]
SECONDS = 300
N_EDITS = 60
RESULTS = ("embeddings.npy", "neighbors.npz", "assignments.parquet", "clusters.json")


def killed(work, after):
    """Work in a process that is killed after so many seconds; whether it got to its end."""
    child = os.fork()
    if child == 0:
        done = 1
        try:
            work()
            done = 0
        finally:
            os._exit(done)
    ends = time.monotonic() + (SECONDS if after is None else after)
    while time.monotonic() < ends:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            assert os.waitstatus_to_exitcode(status) == 0
            return True
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert after is not None, "it hangs"
    return False


def taken(work):
    """Seconds that the work takes, by one whole round."""
    started = time.monotonic()
    assert killed(work, None)
    return time.monotonic() - started


def cluster(source, folder):
    """What a process of its own does, which has begun no threads before."""
    shoal.cluster(source, text="text", embedder="hashing", truth="theme", out=folder)


@pytest.mark.parametrize("kills", KILLS)
def test_a_killed_run_goes_on_to_the_same_bytes(small_table, tmp_path, kills, capsys):
    import pyarrow.parquet as pq

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["shoal.run.pipeline", "shoal.views.report", "tests.conftest"])
    draw, source = random.Random(2), tmp_path / "rows.parquet"
    pq.write_table(small_table, source)

    def ended(folder, after):
        process = context.Process(target=cluster, args=(source, folder))
        process.start()
        process.join(SECONDS if after is None else after)
        assert after is not None or not process.is_alive(), "it hangs"
        process.kill()
        process.join()
        return process.exitcode == 0

    assert ended(tmp_path / "first", None)  # from now on the server has all modules
    started = time.monotonic()
    assert ended(tmp_path / "whole", None)
    seconds, late, finished = time.monotonic() - started, 0, 0
    right = {name: (tmp_path / "whole" / name).read_bytes() for name in RESULTS}
    for _ in range(kills):
        out = tmp_path / f"run{finished}"
        late += ended(out, draw.uniform(0, seconds))
        if draw.random() < 0.5:  # else it is killed again on its way
            assert ended(out, None)
            assert {name: (out / name).read_bytes() for name in RESULTS} == right
            assert examine(out) == {}
            finished += 1
    with capsys.disabled():
        if kills > 10:
            sys.stdout.write(
                f"\ncluster: {kills} kills, {late} of them too late; {finished} runs to their "
                "end, each of the same bytes\n"
            )


@pytest.mark.parametrize("kills", KILLS)
def test_predict_writes_a_whole_file_or_none(run_path, tmp_path, kills, capsys):
    draw, out = random.Random(0), tmp_path / "new.csv"
    rows = "".join(f"rocket orbit planet {i}\n" for i in range(60))
    (tmp_path / "rows.csv").write_text(f"text\n{rows}", encoding="utf-8")
    before = {p: p.read_bytes() for p in run_path.rglob("*") if p.is_file()}

    def predict():
        main(["predict", str(run_path), str(tmp_path / "rows.csv"), "-o", str(out), "--force"])

    seconds = taken(predict)
    right, finished = out.read_bytes(), 0
    for _ in range(kills):
        out.unlink(missing_ok=True)
        finished += killed(predict, draw.uniform(0, seconds))
        assert not out.exists() or out.read_bytes() == right
    assert killed(predict, None)
    assert out.read_bytes() == right
    assert {p: p.read_bytes() for p in run_path.rglob("*") if p.is_file()} == before
    with capsys.disabled():
        if kills > 10:
            sys.stdout.write(
                f"\npredict: {kills} kills, {finished} of them too late; whole or not there\n"
            )


@pytest.mark.parametrize("kills", KILLS)
def test_edits_are_kept_up_to_the_moment_of_the_kill(run_path, kills, capsys):
    draw = random.Random(1)

    def edit():
        editor = Editor(SavedRun(run_path))
        first = editor.history.version
        for number in range(first, first + N_EDITS):
            editor.do({"op": "rename", "cluster": 0, "title": f"title {number}"})

    seconds, kept = taken(edit), N_EDITS
    for _ in range(kills):
        killed(edit, draw.uniform(0, seconds))
        editor = Editor(SavedRun(run_path))
        assert kept <= editor.history.version <= kept + N_EDITS
        kept = editor.history.version
        assert shoal.load(run_path).clusters[0]["title"] == f"title {kept - 1}"
    assert killed(edit, None)
    assert Editor(SavedRun(run_path)).history.version == kept + N_EDITS
    assert examine(run_path) == {}
    with capsys.disabled():
        if kills > 10:
            sys.stdout.write(f"\nedits: {kills} kills, {kept} edits kept, none lost\n")
