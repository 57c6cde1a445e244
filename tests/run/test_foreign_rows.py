"""New rows that fit nowhere are refused, and rows of the kind are placed."""

import random

import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal.artifacts.assigner import DETECTOR
from shoal.artifacts.folder import RunFolder

WORDS = {
    "kitchen": "flour oven recipe butter dough sugar bowl whisk bake cake salt pan".split(),
    "sport": "goal league match player team coach referee score ball season cup fans".split(),
    "money": "account card transfer bank balance payment fee loan cash credit debit".split(),
}
FOREIGN = [
    "asdf qwer zxcv",
    "2024-05-01 10:22:31,004 ERROR db.pool: retry 3 of 5",
    "Mae'r tywydd yn oer iawn heddiw",
    "Где находится вокзал",
    "dGhlIHF1aWNrIGJyb3duIGZveA==",
    "Traceback (most recent call last): KeyError",
    "x",
]


def made(seed, n):
    chosen = random.Random(seed)
    return [
        f"the {chosen.choice(words)} and the {chosen.choice(words)} for {chosen.choice(words)}"
        for _ in range(n)
        for words in WORDS.values()
    ]


@pytest.fixture(scope="module", params=["auto", "k"])
def run(request, tmp_path_factory):
    choice = {"k": 3} if request.param == "k" else {}
    path = tmp_path_factory.mktemp("run") / "r.clusters"
    return shoal.cluster(made(0, 80), embedder="hashing", out=path, **choice)


def predicted(run, texts):
    return run.predict_table(pa.table({"text": texts})).to_pydict()


def test_foreign_rows_are_refused_with_a_reason(run):
    found = predicted(run, FOREIGN)
    assert found["cluster"] == [-1] * len(FOREIGN)
    assert found["strength"] == [0] * len(FOREIGN)
    assert all(note.startswith("new: ") for note in found["note"])


def test_rows_of_the_kind_are_placed_and_strong(run):
    texts = sorted(set(made(1, 60)) - set(made(0, 80)))
    found = predicted(run, texts)
    refused = np.mean([note is not None and note.startswith("new") for note in found["note"]])
    assert refused <= 0.08
    strengths = np.array(found["strength"])[np.array(found["cluster"]) >= 0]
    assert np.median(strengths) > 0.5


def test_rows_of_the_run_predict_to_themselves(run):
    np.testing.assert_array_equal(predicted(run, made(0, 80))["cluster"], run.labels)


def test_a_run_of_an_older_version_still_predicts(run):
    kept = (run.path / DETECTOR).read_bytes()
    RunFolder(run.path).remove(DETECTOR)
    try:
        texts = made(0, 80)
        np.testing.assert_array_equal(predicted(run, texts)["cluster"], run.labels)
        assert len(predicted(run, FOREIGN)["cluster"]) == len(FOREIGN)
    finally:
        (run.path / DETECTOR).write_bytes(kept)
