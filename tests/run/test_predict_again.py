"""A run that predicts again and again opens its model once, from any thread, until it changes."""

from __future__ import annotations

import copy
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

import shoal
from shoal.run import predict

WORDS = [
    "bicycle chain squeals saddle wheel brake pedal".split(),
    "baker rolls warm bread crust oven flour".split(),
    "choir sang motet soprano tenor concert hymn".split(),
]
NEW = [" ".join(random.Random(i).sample(WORDS[i % 3], 4)) for i in range(30)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pick = random.Random(0)
    rows = [" ".join(pick.sample(WORDS[i % 3], 5)) for i in range(60)]
    out = tmp_path_factory.mktemp("again") / "run"
    return shoal.cluster(rows, k=3, settings={"embed.part": "hashing"}, out=out).path


@pytest.fixture
def opened(monkeypatch):
    """What was opened, a name for each time."""
    names = []
    for name in ("run_embedder", "load_assigner"):
        before = getattr(predict, name)

        def opening(*args, before=before, name=name):
            names.append(name)
            return before(*args)

        monkeypatch.setattr(predict, name, opening)
    return names


def test_the_model_is_opened_once(folder, opened):
    run = shoal.load(folder)
    found = [int(run.predict([text])[0]) for text in NEW]
    assert sorted(opened) == ["load_assigner", "run_embedder"]
    assert found == shoal.load(folder).predict(NEW).tolist()


def test_many_threads_get_what_one_gets(folder, opened):
    run, alone = shoal.load(folder), shoal.load(folder).predict(NEW).tolist()
    opened.clear()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: int(run.predict([text])[0]), NEW))
    assert found == alone
    assert sorted(opened) == ["load_assigner", "run_embedder"]


def test_a_run_that_was_cut_anew_is_opened_again(folder, opened):
    run = shoal.load(folder)
    run.predict(NEW)
    shoal.recut(run, k=2)
    opened.clear()
    assert set(run.predict(NEW).tolist()) <= {-1, 0, 1}
    assert sorted(opened) == ["load_assigner", "run_embedder"]
    shoal.recut(run, k=3)


def test_a_run_that_has_predicted_is_copied_without_its_model(folder):
    run = shoal.load(folder)
    before = run.predict(NEW).tolist()
    assert copy.deepcopy(run).predict(NEW).tolist() == before
    assert pickle.loads(pickle.dumps(run)).predict(NEW).tolist() == before
