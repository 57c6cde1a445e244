"""The log of edits: nothing accepted is lost, nothing torn is believed."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from shoal.analysis.edits import EditLog
from shoal.errors import BrokenRun


@pytest.fixture
def log(tmp_path):
    return EditLog(tmp_path, "abc")


def note(version):
    return {"version": version, "op": "note", "cluster": 0, "note": f"n{version}"}


def test_a_log_that_was_never_written_is_empty(log):
    assert log.read() == []
    assert log.size() == 0


def test_edits_come_back_in_order(log):
    for version in (1, 2, 3):
        log.append(note(version))
    assert [line["version"] for line in log.read()] == [1, 2, 3]
    assert log.warning is None


def test_a_torn_last_line_is_left_out_said_and_cut_off_by_the_next_writer(log):
    log.append(note(1))
    with log.path.open("ab") as file:
        file.write(b'{"version":2,"op":"no')
    assert [line["version"] for line in log.read()] == [1]
    assert "is incomplete" in log.warning
    log.append(note(2))
    assert [line["version"] for line in log.read()] == [1, 2]
    assert log.warning is None


def test_a_whole_line_without_line_feed_was_not_accepted(log):
    log.append(note(1))
    with log.path.open("ab") as file:
        file.write(json.dumps(note(2)).encode())
    assert [line["version"] for line in log.read()] == [1]


def test_a_damaged_line_in_the_middle_is_an_error_that_names_it(log):
    log.append(note(1))
    with log.path.open("ab") as file:
        file.write(b"nonsense\n")
    with pytest.raises(BrokenRun, match="line 3"):
        log.read()


def test_a_log_of_other_clusters_is_kept_aside(log, tmp_path):
    log.append(note(1))
    other = EditLog(tmp_path, "xyz")
    assert other.read() == []
    assert "other clusters" in other.warning
    other.append(note(1))
    assert len(other.read()) == 1
    kept = tmp_path / "edits.abc.jsonl"
    assert kept.read_text().count("\n") == 2


WRITER = """
import sys
from pathlib import Path
from shoal.analysis.edits import EditLog
log = EditLog(Path(sys.argv[1]), "abc")
while True:
    with log.writing():
        version = len(log.read()) + 1
        log.append({"version": version, "op": "note", "cluster": 0, "note": "x" * 3000})
    print(version, flush=True)
"""


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.soak)])
def test_no_accepted_edit_is_lost_when_the_writer_is_killed(tmp_path, kills):
    draw = random.Random(0)
    accepted = 0
    for _ in range(kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        first = writer.stdout.readline()
        time.sleep(draw.uniform(0, 0.03))
        os.kill(writer.pid, signal.SIGKILL)
        told = [int(line) for line in (first + writer.stdout.read()).split()]
        writer.wait()
        writer.stdout.close()
        accepted = max([accepted, *told])
        found = [line["version"] for line in EditLog(tmp_path, "abc").read()]
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= accepted
    assert accepted >= kills
