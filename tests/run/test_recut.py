"""A finished run is cut anew without its vectors, neighbors, hierarchy or map made again."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

import shoal
from shoal.cli.app import main
from shoal.run.choices import with_cluster_choices

HASHING = {"embed.part": "hashing"}
KEPT = ("embeddings.npy", "neighbors.npz", "model/hierarchy.npz", "model/contents.npz")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Six themes of two kinds, with a blank row, repeats and a class for each row."""
    kinds = ["red apple pie", "green apple tree", "old car", "new car", "big cat", "small cat"]
    rows = [f"{kind} number {i % 17} of the {i % 5}" for i in range(40) for kind in kinds]
    path = tmp_path_factory.mktemp("data") / "a.jsonl"
    lines = [{"name": f"n{i}", "words": row, "kind": i % 6} for i, row in enumerate(rows)]
    lines.insert(7, {"name": "blank", "words": "  ", "kind": None})
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def first(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "first"
    return shoal.cluster(source, text="words", id="name", truth="kind", settings=HASHING, out=out)


@pytest.fixture
def run(first, tmp_path):
    shutil.copytree(first.path, tmp_path / "run")
    return shoal.load(tmp_path / "run")


@pytest.mark.parametrize("wish", [{"k": 3}, {"k": 50}, {"detail": "fine"}, {"coverage": 100}])
def test_another_cut_is_what_a_new_run_with_that_wish_gives(run, source, tmp_path, wish):
    before = {name: (run.path / name).read_bytes() for name in KEPT}
    places = pq.read_table(run.path / "assignments.parquet", columns=["x", "y"])
    again = shoal.recut(run, **wish)
    new = shoal.cluster(
        source, text="words", id="name", truth="kind", settings=HASHING, out=tmp_path / "n", **wish
    )
    np.testing.assert_array_equal(again.labels, new.labels)
    assert again.clusters == new.clusters
    assert again.reason == new.reason
    assert again.scores == new.scores
    assert again.info["counts"] == new.info["counts"]
    assert {name: (again.path / name).read_bytes() for name in KEPT} == before
    assert pq.read_table(again.path / "assignments.parquet", columns=["x", "y"]) == places
    assert again.reason.split(":")[0] in (again.path / "report.html").read_text(encoding="utf-8")


def test_a_cut_run_predicts_its_own_rows_and_can_be_cut_back(run, first, source):
    cut = shoal.recut(run, k=4)
    np.testing.assert_array_equal(cut.predict(source), cut.labels)
    back = shoal.recut(cut, detail="normal")
    np.testing.assert_array_equal(back.labels, first.labels)
    assert back.recipe.to_toml() == first.recipe.to_toml()


def test_an_out_folder_leaves_the_run_as_it_is(run, first, tmp_path):
    new = shoal.recut(run, k=2, out=tmp_path / "two")
    assert new.labels.max() == 1
    np.testing.assert_array_equal(shoal.load(run.path).labels, first.labels)
    with pytest.raises(shoal.OutputExists):
        shoal.recut(run, k=3, out=tmp_path / "two")


def test_a_run_of_given_vectors_is_cut_without_them(tmp_path):
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.normal(size=(3, 12)), 30, axis=0) + rng.normal(0, 0.1, (90, 12))
    first = shoal.cluster(rows, out=tmp_path / "v")
    labels = shoal.recut(first, k=6).labels
    assert labels.max() == 5
    np.testing.assert_array_equal(shoal.load(first.path).predict(rows), labels)


def test_the_command_cuts_a_run_named_as_its_source(run, capsys):
    main(["cluster", str(run.path), "-k", "5"])
    said = capsys.readouterr()
    assert shoal.load(run.path).labels.max() == 4
    assert "5 clusters" in said.err + said.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "is a finished run"),
        (["--text", "words"], "--text"),
        (["--embedder", "hashing", "-k", "2"], "--embedder"),
        (["-k", "100000"], "at most"),
        (["-k", "3", "--detail", "fine"], "only one"),
    ],
)
def test_what_a_run_cannot_be_asked_is_said_in_a_line(run, first, capsys, options, words):
    with pytest.raises(SystemExit) as end:
        main(["cluster", str(run.path), *options])
    assert end.value.code == 2
    assert words in capsys.readouterr().err
    np.testing.assert_array_equal(shoal.load(run.path).labels, first.labels)


def test_another_clusterer_is_what_a_new_run_with_it_gives(run, source, tmp_path):
    before = {name: (run.path / name).read_bytes() for name in ("embeddings.npy", "neighbors.npz")}
    wish = {"clusterer": "kmeans", "settings": {"cluster.n_clusters": 5}}
    again = shoal.recut(run, **wish)
    new = shoal.cluster(
        source,
        text="words",
        id="name",
        truth="kind",
        clusterer="kmeans",
        settings={**HASHING, "cluster.n_clusters": 5},
        out=tmp_path / "n",
    )
    np.testing.assert_array_equal(again.labels, new.labels)
    assert again.recipe.to_toml() == new.recipe.to_toml()
    assert {name: (run.path / name).read_bytes() for name in before} == before


def test_a_clusterer_that_is_named_starts_from_its_defaults(run, first):
    cut = shoal.recut(run, clusterer="communities", settings={"cluster.n_clusters": 3})
    assert cut.labels.max() == 2
    back = shoal.recut(cut, clusterer="communities")
    np.testing.assert_array_equal(back.labels, first.labels)


@pytest.fixture
def scattered(tmp_path):
    """A run of vectors in three blobs among rows that have no home."""
    rng = np.random.default_rng(0)
    blobs = np.repeat(rng.normal(size=(3, 12)), 40, axis=0) + rng.normal(0, 0.05, (120, 12))
    rows = np.vstack([blobs, rng.normal(size=(30, 12))])
    return shoal.cluster(rows, out=tmp_path / "scattered")


def noise(run):
    return int((run.labels < 0).sum())


def test_what_k_brought_goes_with_it(scattered, tmp_path):
    direct = noise(shoal.recut(scattered, clusterer="dbscan", out=tmp_path / "direct"))
    assert direct > 0
    cut = shoal.recut(scattered, k=4, out=tmp_path / "cut")
    assert noise(cut) == 0
    assert noise(shoal.recut(cut, clusterer="dbscan", out=tmp_path / "other")) == direct
    settings = {"cluster.part": "dbscan"}
    assert noise(shoal.recut(cut, settings=settings, out=tmp_path / "set")) == direct
    assert noise(shoal.recut(cut, k=5, out=tmp_path / "more")) == 0


def test_a_coverage_that_was_asked_for_stays(scattered):
    cut = shoal.recut(shoal.recut(scattered, k=4, coverage=100), k=3)
    assert noise(shoal.recut(cut, clusterer="dbscan")) == 0
    assert shoal.recut(cut, detail="normal").recipe.coverage == "100"


def test_who_asked_for_full_coverage_decides_no_fingerprint():
    asked = shoal.Recipe().choose("cluster", n_clusters=4, coverage="100")
    implied = with_cluster_choices(shoal.Recipe(), k=4)
    assert implied.coverage == "100"
    assert implied.fingerprint("cluster", "data") == asked.fingerprint("cluster", "data")
    assert shoal.Recipe.from_toml(implied.to_toml()).coverage == "100"


def test_another_clusterer_by_the_command(run, capsys):
    main(["cluster", str(run.path), "--cluster", "kmeans", "--set", "cluster.choose=silhouette"])
    assert "because the silhouette is highest there" in shoal.load(run.path).reason
    with pytest.raises(SystemExit):
        main(["cluster", str(run.path), "--set", "reduce.part=none"])
    assert "Only its cluster stage can be run again, not reduce" in capsys.readouterr().err
