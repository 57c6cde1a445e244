"""One command at a time writes to a folder, and another one is told who does."""

import json
import os
import subprocess
import sys
import threading

import pytest

from shoal.errors import BrokenRun, RunInUse
from shoal.storage.locks import NAME, alone, holder

HOLDS = """
import sys
from pathlib import Path
from shoal.storage.locks import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
needs_flock = pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")


def test_a_folder_is_made_and_goes_again_if_nothing_comes_of_it(tmp_path):
    place = tmp_path / "a" / "b"
    with alone(place):
        assert place.is_dir()
    assert not (tmp_path / "a").exists()
    with alone(place):
        (place / "file").touch()
    assert [path.name for path in place.iterdir()] == ["file"]


def test_whoever_holds_it_may_take_it_once_more(tmp_path):
    with alone(tmp_path):
        with alone(tmp_path):
            pass
        assert (tmp_path / NAME).exists()
        assert holder(tmp_path) == ""
    assert not (tmp_path / NAME).exists()


@needs_flock
def test_another_thread_may_not(tmp_path):
    found = []

    def other():
        try:
            with alone(tmp_path):
                found.append("taken")
        except RunInUse as error:
            found.append(str(error))

    with alone(tmp_path):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert f"process {os.getpid()}" in found[0]


@needs_flock
def test_another_process_is_named_and_holds_nothing_when_it_is_dead(tmp_path):
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunInUse, match=f"process {other.pid} on .*, since"), alone(tmp_path):
            pass
        assert f"process {other.pid}" in holder(tmp_path)
        other.kill()
    assert (tmp_path / NAME).exists()  # it had no time to take it away
    assert holder(tmp_path) == ""
    with alone(tmp_path):
        assert json.loads((tmp_path / NAME).read_text())["pid"] == os.getpid()


@needs_flock
def test_a_link_in_the_place_of_the_lock_is_not_written_through(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    run = tmp_path / "run"
    run.mkdir()
    (run / NAME).symlink_to(outside)
    with pytest.raises(BrokenRun, match="it is a link"), alone(run):
        pass
    assert outside.read_text() == "mine"
