"""`shoal tune` as a person gives it."""

from __future__ import annotations

import json
import re
import shlex
import shutil

import pyarrow.parquet as pq
import pytest

import shoal as package
from shoal.analysis import trials, tuning
from tests.cli.conftest import HASHING

ONLY = ("--cluster", "kmeans", "--cluster", "communities")


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


@pytest.fixture
def few(monkeypatch):
    """Every fourth candidate only: a search of all takes ten seconds."""
    monkeypatch.setattr(tuning, "space", lambda *given: trials.space(*given)[::4])


def commands(err):
    return [line.strip() for line in err.splitlines() if re.match(r" +\d+  shoal cluster ", line)]


def test_the_front_is_a_table_with_a_command_for_each(shoal, run):
    outcome = shoal("tune", run, "--cluster", "kmeans", "--truth", "theme")
    assert (outcome.code, outcome.out) == (0, "")
    for word in ("clusters", "placed", "quality", "stability", "ARI", "kmeans", "n_clusters=17"):
        assert word in outcome.err
    told = json.loads((run / "tune.json").read_text(encoding="utf-8"))
    assert len(commands(outcome.err)) == len(told["front"])


def test_a_command_that_was_shown_gives_what_was_shown_and_embeds_nothing(shoal, run, few):
    outcome = shoal("tune", run, "--cluster", "kmeans")
    told = json.loads((run / "tune.json").read_text(encoding="utf-8"))
    chosen = commands(outcome.err)[-1]
    place = int(chosen.split()[0]) - 1
    trial = told["trials"][told["front"][place]]
    kept = {name: (run / name).stat().st_mtime_ns for name in ("embeddings.npy", "neighbors.npz")}
    again = shoal(*shlex.split(chosen.split(maxsplit=1)[1])[1:])
    assert again.code == 0
    for stage in ("reduce", "find neighbors"):
        assert f"{stage}: done, reused" in again.err
    assert "embed" not in again.err
    assert {name: (run / name).stat().st_mtime_ns for name in kept} == kept
    clusters = pq.read_table(run / "assignments.parquet")["cluster"].to_pylist()
    assert max(clusters) + 1 == trial["n_clusters"]
    # the vectors are the same, so what was tried still holds
    assert "of them from earlier searches" in shoal("tune", run, *ONLY).err


def test_the_same_command_again_tries_nothing(few, shoal, run):
    shoal("tune", run, *ONLY)
    before = (run / "tune.json").read_bytes()
    outcome = shoal("tune", run, *ONLY)
    assert "try clusterers: done, reused" in outcome.err
    assert (run / "tune.json").read_bytes() == before


def test_no_time_is_said(shoal, run):
    outcome = shoal("tune", run, *ONLY, "--seconds", 0)
    assert outcome.code == 0
    assert "left fits the time budget; raise --seconds" in outcome.err
    assert "no trial found" in outcome.err


def test_a_run_that_was_made_in_python_is_cut_by_the_same_command(shoal, texts, tmp_path):
    package.cluster(texts, embedder="hashing", out=tmp_path / "run")
    line = commands(shoal("tune", tmp_path / "run", "--cluster", "kmeans").err)[0]
    assert shoal(*shlex.split(line.split(maxsplit=1)[1])[1:]).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "does not exist"),
        (["RUN", "--truth", "thema"], "Did you mean 'theme'"),
        (["RUN", "--cluster", "kmean"], "Did you mean 'kmeans'"),
        (["RUN", "--seconds", "-1"], "--seconds"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(shoal, finished, arguments, words):
    given = [str(finished) if word == "RUN" else word for word in arguments]
    outcome = shoal("tune", *given)
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert words in outcome.err
    assert not (finished / "tune.json").exists()


def test_kmeans_without_k_on_a_finished_run_keeps_vectors_and_neighbors(shoal, table, run):
    options = (*HASHING, "--force", "--verbose", "--cluster", "kmeans")
    outcome = shoal("cluster", table, "-o", run, *options)
    assert outcome.code == 0
    assert "find neighbors: done, reused" in outcome.err
    assert "4 clusters because silhouette, elbow and stability" in outcome.err
