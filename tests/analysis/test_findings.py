"""Anomalies and near-duplicates of a whole run, from texts to tables and back."""

import numpy as np
import pyarrow.parquet as pq
import pytest

import shoal


@pytest.fixture(scope="module")
def pile(request):
    """200 texts of four themes, five odd ones that are alike, one odd one, and three edits."""
    draw = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    fill = ["".join(draw.choice(letters, 9)) for _ in range(600)]
    texts = [
        f"{text} {' '.join(fill[3 * i : 3 * i + 3])}"
        for i, text in enumerate(request.getfixturevalue("texts"))
    ]
    odd = [f"zxqv {word} blorptang wibble frobnicate" for word in ("one", "two", "three", "four")]
    lone = ["Der schnelle braune Fuchs springt"]
    edits = [texts[0].upper(), texts[5] + " !!", texts[0]]
    return [*texts, *odd, *lone, *edits]


@pytest.fixture(scope="module")
def run(pile):
    return shoal.cluster(pile, seed=0)


def test_the_odd_rows_are_found_each_with_a_reason(run, pile):
    beyond = [entry for entry in run.anomalies if entry["anomaly"]]
    assert {200, 201, 202, 203, 204} <= {entry["row"] for entry in beyond}
    told = {entry["row"]: entry for entry in beyond}
    assert [told[row]["kind"] for row in (200, 201, 202, 203)] == ["group"] * 4
    assert told[204]["kind"] == "lone"
    assert told[204]["reason"].startswith("its 20 nearest rows are ")
    assert "times as far away as usual" in told[204]["reason"]
    assert "closest cluster: " in told[204]["reason"]
    assert told[200]["reason"].startswith("one of 4 similar rows")
    assert told[204]["text"] == pile[204]


def test_anomalies_are_ranked_and_every_row_has_a_score(run):
    scores = [entry["score"] for entry in run.anomalies]
    assert scores == sorted(scores, reverse=True)
    every = run.to_arrow()["outlier_score"].to_pylist()
    assert [every[entry["row"]] for entry in run.anomalies] == scores
    assert None not in every


def test_the_rule_states_the_limit(run):
    told = run.evaluation["anomalies"]
    assert f"{told['limit']:.2f} times" in told["rule"]
    assert told["n"] == sum(entry["copies"] for entry in run.anomalies if entry["anomaly"])


def test_duplicates_name_the_row_that_stands_for_them(run):
    given = run.to_arrow()["duplicate_of"].to_pylist()
    assert given[207] == given[205]
    assert {given[0], given[205]} == {None, 0}
    assert {given[5], given[206]} in ({None, 5}, {None, 206})
    told = run.evaluation["duplicates"]
    assert (told["rows"], told["exact"], told["near"], told["groups"]) == (6, 1, 5, 3)
    groups = {}
    for entry in run.duplicates:
        groups.setdefault(entry["group"], []).append(entry)
    assert [sorted(e["row"] for e in group) for group in groups.values()] == [
        [200, 201, 202, 203],
        [0, 205, 207],
        [5, 206],
    ]
    assert all(next(e["representative"] for e in group) for group in groups.values())
    assert sum(entry["representative"] for entry in run.duplicates) == 3


def test_dedupe_clusters_the_representatives_and_gives_the_others_their_cluster(pile, tmp_path):
    run = shoal.cluster(pile, dedupe=True, out=tmp_path / "run")
    assert run.evaluation["duplicates"]["joined"]
    assert run.labels[0] == run.labels[205] == run.labels[207]
    with np.load(run.path / "neighbors.npz") as graph:
        assert (graph["rows"][:, 0] == -1).sum() == 6
    np.testing.assert_array_equal(run.predict(pile), run.labels)
    again = shoal.recut(run, k=2, out=tmp_path / "again")
    assert again.evaluation["duplicates"] == run.evaluation["duplicates"]
    np.testing.assert_array_equal(again.predict(pile), again.labels)
    assert again.labels[0] == again.labels[205]


def test_dedupe_is_in_the_recipe_and_repeats_the_run(pile, tmp_path):
    first = shoal.cluster(pile, dedupe=True, out=tmp_path / "first")
    second = shoal.cluster(pile, recipe=first.recipe, out=tmp_path / "second")
    np.testing.assert_array_equal(first.labels, second.labels)
    assert second.evaluation["duplicates"]["joined"]


def test_a_run_over_a_deduped_one_is_as_if_it_had_never_been(pile, run, tmp_path):
    shoal.cluster(pile, dedupe=True, out=tmp_path / "run")
    plain = shoal.cluster(pile, out=tmp_path / "run", force=True)
    np.testing.assert_array_equal(plain.labels, run.labels)
    assert plain.evaluation["duplicates"] == run.evaluation["duplicates"]
    np.testing.assert_array_equal(plain.predict(pile), plain.labels)


def test_the_columns_of_the_tables_are_a_contract(run):
    names = pq.read_schema(run.path / "anomalies.parquet").names
    assert names == (
        "row id score anomaly kind group cluster nearest_cluster copies reason".split()
    )
    names = pq.read_schema(run.path / "duplicates.parquet").names
    assert names == "group row id representative similarity exact".split()


@pytest.mark.parametrize("texts", [["one"], ["one", "two"], ["same"] * 5, ["a", None, "b", "c"]])
def test_small_and_odd_inputs(texts):
    run = shoal.cluster(texts)
    assert len(run.to_arrow()) == len(texts)
    assert run.evaluation["anomalies"]["n"] == 0
    shoal.cluster(texts, dedupe=True)


def test_vectors_have_anomalies_and_duplicates(unit_vectors):
    run = shoal.cluster(unit_vectors)
    assert run.evaluation["duplicates"]["by"] == "vectors"
    assert run.anomalies[0]["row"] == len(unit_vectors) - 1
    assert {entry["row"] for entry in run.duplicates} == {0, 1}


@pytest.fixture
def unit_vectors():
    """100 rows around one direction, the first two nearly the same, the last one opposite."""
    vectors = np.random.default_rng(0).normal(size=(100, 32)).astype(np.float32)
    vectors[:, 0] += 6
    vectors[1] = vectors[0] + 1e-3
    vectors[-1] = -vectors[-1]
    return vectors
