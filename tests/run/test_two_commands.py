"""Two commands on one run folder: one of them does its work, the other says who does."""

import os
import subprocess
import sys

import pytest

import shoal
from shoal.artifacts.examining import examine
from shoal.cli.app import main
from shoal.errors import RunInUse
from shoal.storage.locks import alone
from tests.storage.test_locks import HOLDS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")


@pytest.fixture
def table(tmp_path):
    rows = [f"{i},{'river fish water' if i % 2 else 'oven bread flour'} {i}" for i in range(24)]
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_the_second_is_refused_and_nothing_is_left_of_it(table, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["-k", "2", "--set", "embed.part=hashing"]
    command = [sys.executable, "-c", HOLDS, str(out)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(SystemExit) as end:
            main(["cluster", str(table), "-o", str(out), *options])
        assert end.value.code == 2
        assert f"process {other.pid}" in capsys.readouterr().err
        with pytest.raises(RunInUse):
            shoal.cluster(table, text="text", embedder="hashing", out=out)
        other.communicate()
    main(["cluster", str(table), "-o", str(out), *options])
    assert examine(out) == {}
    assert not (out / ".lock").exists()


def test_a_run_that_is_being_changed_is_not_called_damaged(table, tmp_path):
    out = tmp_path / "run"
    run = shoal.cluster(table, text="text", embedder="hashing", k=2, out=out)
    command = [sys.executable, "-c", HOLDS, str(out)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == "held\n"
        (out / "clusters.json").write_text("{}")
        with pytest.raises(RunInUse, match="is being written"):
            _ = shoal.load(out).clusters
        with pytest.raises(RunInUse):
            shoal.recut(run, k=3)
        other.communicate()


def test_two_threads_are_two_commands(table, tmp_path):
    with alone(tmp_path / "run"):
        run = shoal.cluster(table, text="text", embedder="hashing", k=2, out=tmp_path / "run")
    assert len(run.clusters) == 2
