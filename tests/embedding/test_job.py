"""Embedding never pays twice: cache, changed rows, and a process killed at any moment."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import shoal
from shoal.embedding import job as embedding
from shoal.errors import BadInput
from shoal.parts.embedders.base import ModelInfo, even_plan
from shoal.recipe import Recipe
from shoal.run.steps import OWN_CACHE


class Counting:
    """Vectors from the letters of a text; remembers what it was asked."""

    parallel = True

    def __init__(self, remember="shared"):
        self.info = ModelInfo("counting", "counting:1", "none", remember)
        self.asked = []

    def plan(self, contents):
        return even_plan(len(contents), 8)

    def transform(self, contents):
        self.asked += contents
        rows = [np.random.default_rng([len(t), *t.encode()]).normal(size=16) for t in contents]
        return np.array(rows, dtype=np.float32).reshape(len(contents), 16)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def raw(run):
    return np.asarray(run.embeddings).tobytes()


def test_a_second_run_embeds_nothing_and_gives_the_same(cache, texts):
    first, second = Counting(), Counting()
    one = shoal.cluster(texts, embedder=first)
    two = shoal.cluster(texts, embedder=second)
    assert sorted(first.asked) == sorted(texts)
    assert second.asked == []
    assert raw(one) == raw(two)
    assert one.labels.tolist() == two.labels.tolist()
    assert two.info["model"]["from_cache"] == len(texts)


def test_only_changed_rows_are_embedded_again(cache, texts):
    shoal.cluster(texts, embedder=Counting())
    changed = [*texts[:50], "quite another story", *texts[51:], "and one more"]
    again, fresh = Counting(), Counting("no")
    run = shoal.cluster(changed, embedder=again)
    assert sorted(again.asked) == ["and one more", "quite another story"]
    assert raw(run) == raw(shoal.cluster(changed, embedder=fresh))


def test_predict_uses_and_fills_the_cache(cache, texts):
    run = shoal.cluster(texts, embedder=Counting())
    new = ["never seen before", "nor this"]
    one, two = Counting(), Counting()
    assert run.predict(new, embedder=one).tolist() == run.predict(new, embedder=two).tolist()
    assert sorted(one.asked) == sorted(new)
    assert two.asked == []


def test_the_cache_can_be_turned_off(cache, texts):
    for _ in range(2):
        part = Counting()
        run = shoal.cluster(texts, embedder=part, settings={"embedder.cache": False})
        assert sorted(part.asked) == sorted(texts)
    assert not cache.exists()
    assert not (run.path / OWN_CACHE).exists()
    on, off = Recipe(), Recipe().with_setting("embedder.cache=false")
    assert on.fingerprint("draw", "x") == off.fingerprint("draw", "x"), "it changes no result"


def test_a_wrong_value_is_refused(cache, texts):
    with pytest.raises(BadInput, match="true or false"):
        shoal.cluster(texts, settings={"embedder.cache": "maybe"})


def test_a_model_that_cannot_be_told_apart_is_not_shared(cache, texts):
    part = Counting("run")
    shoal.cluster(texts, embedder=part)
    assert not cache.exists()


@pytest.mark.parametrize("told", ["lots", "-5GB", "GB"])
def test_a_limit_that_is_no_size_is_refused(monkeypatch, told):
    monkeypatch.setenv("SHOAL_CACHE_LIMIT", told)
    with pytest.raises(BadInput, match="500MB or 20GB"):
        embedding.cache_limit()


@pytest.mark.parametrize(
    ("told", "size"), [("500MB", 5e8), ("1.5 gb", 1.5e9), ("7", 7), ("", 1e10)]
)
def test_limits_are_read(monkeypatch, told, size):
    monkeypatch.setenv("SHOAL_CACHE_LIMIT", told)
    assert embedding.cache_limit() == size


def test_the_cache_is_where_the_system_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.delenv("SHOAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert embedding.cache_folder() == tmp_path / "shoal" / "vectors"


CHILD = """
import sys, time, pathlib
sys.path.insert(0, sys.argv[1])
from tests.embedding.test_job import Counting
import shoal
texts = [f"text {i} of many" for i in range(400)]
class Slow(Counting):
    def transform(self, contents):
        time.sleep(0.01)
        with open(sys.argv[3], "a") as file:
            file.writelines(text + "\\n" for text in contents)
        return super().transform(contents)
run = shoal.cluster(texts, embedder=Slow(), out=sys.argv[2],
                    settings={"embed.cache": sys.argv[4] == "shared"})
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize("kept", ["shared", pytest.param("own", marks=pytest.mark.soak)])
def test_a_killed_run_goes_on_where_it_was(cache, tmp_path, kept):
    tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    log, out = tmp_path / "asked.txt", tmp_path / "run"
    command = [sys.executable, "-c", CHILD, tests, str(out), str(log), kept]
    draw, kills = random.Random(kept), 0
    for _ in range(3):
        process = subprocess.Popen(command)
        before = log.stat().st_size if log.exists() else 0
        while process.poll() is None and (log.stat().st_size if log.exists() else 0) <= before:
            time.sleep(0.005)
        time.sleep(draw.uniform(0, 0.15))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    subprocess.run(command, check=True)
    assert kills >= 1
    texts = [f"text {i} of many" for i in range(400)]
    whole = shoal.cluster(texts, embedder=Counting("no"))
    finished = shoal.load(out)
    assert raw(finished) == raw(whole)
    assert finished.labels.tolist() == whole.labels.tolist()
    asked = log.read_text().splitlines()
    # beyond what was in flight at each kill: two batches a thread
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert len(asked) - len(texts) <= kills * 8 * 2 * threads


def test_the_command_shows_and_clears_the_cache(cache, tmp_path, texts, capsys):
    from shoal.cli.app import main

    shoal.cluster(texts, embedder=Counting())
    main(["cache"])
    shown = capsys.readouterr().out
    assert "counting" in shown
    assert "200" in shown
    with pytest.raises(SystemExit):
        main(["cache", "--clear", "--model", "nothing"])
    assert "counting" in capsys.readouterr().err
    main(["cache", "--clear", "--model", "counting"])
    assert "freed" in capsys.readouterr().out
    part = Counting()
    shoal.cluster(texts, embedder=part)
    assert len(part.asked) == len(texts)


def test_the_real_model_gives_the_same_bits_with_and_without_the_cache(cache, tmp_path, texts):
    path = tmp_path / "data.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["text"], *([t] for t in texts[:60])])
    shoal.cluster(texts[30:90])  # half of them in other batches
    warm = shoal.cluster(path, text="text")
    cold = shoal.cluster(path, text="text", settings={"embed.cache": False})
    assert warm.info["model"]["from_cache"] == 30
    assert cold.info["model"]["from_cache"] == 0
    assert raw(warm) == raw(cold)
    assert json.dumps(warm.clusters) == json.dumps(cold.clusters)


def test_no_content_and_an_empty_one_are_not_the_same():
    items = embedding.as_items([None, "", "a", None, "", "a"])
    assert items.first.tolist() == [-1, 1, 2, -1, 1, 2]
