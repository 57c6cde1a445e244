"""Every clusterer and reducer from the command line, and predict with it."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn import cluster as sk
from sklearn.metrics import adjusted_rand_score

import shoal as package
from shoal.errors import BadInput, OutputExists
from shoal.parts.clusterers import CLUSTERERS
from shoal.parts.reducers import MAPPERS, REDUCERS
from shoal.run import plan as planning
from tests.cli.conftest import HASHING
from tests.contracts.conftest import installed

COUNTED = CLUSTERERS.taking("n_clusters")


def labels(folder):
    return pq.read_table(folder / "assignments.parquet")["cluster"].to_pylist()


def predicted(shoal, folder, table, tmp_path):
    out = tmp_path / "out.parquet"
    outcome = shoal("predict", folder, table, "-o", out)
    assert outcome.code == 0, outcome.err
    return pq.read_table(out)["cluster"].to_pylist()


@pytest.mark.parametrize("name", installed(CLUSTERERS))
def test_every_clusterer_runs_and_predicts_the_rows_of_the_run(shoal, table, tmp_path, name):
    folder = tmp_path / "run"
    k = ("-k", 4) if name in COUNTED else ()
    outcome = shoal("cluster", table, "-o", folder, "--cluster", name, *k, *HASHING)
    assert outcome.code == 0, outcome.err
    recipe = (folder / "recipe.toml").read_text(encoding="utf-8")
    assert f'part = "{name}"' in recipe
    if k:
        assert len(set(labels(folder)) - {-1}) == 4
        assert "n_clusters = 4" in recipe
    told = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    assert told["reason"].endswith(".")
    assert (folder / "report.html").is_file()
    assert predicted(shoal, folder, table, tmp_path) == labels(folder)


def test_stability_of_any_clusterer_is_measured_where_it_is_asked_for(shoal, table, tmp_path):
    options = ("-o", tmp_path / "run", "--cluster", "kmeans", *HASHING)
    assert shoal("cluster", table, *options).code == 0
    said = " ".join(shoal("evaluate", tmp_path / "run").out.split())
    assert "stability: not measured" in said
    wish = ("--set", 'evaluate.metrics=["stability"]')
    assert wish[1].partition("=")[0] in said
    outcome = shoal("cluster", table, *options, *wish, "--force", "--verbose")
    assert "quality   stability 0." in outcome.err or "quality   stability 1." in outcome.err
    score = package.load(tmp_path / "run").evaluation["scores"][0]
    assert score["low"] <= score["value"] <= score["high"]


def test_metrics_that_cannot_be_told_are_said_and_how_to_get_them(shoal, table, tmp_path):
    wish = ("--set", 'evaluate.metrics=["ari"]')
    run = tmp_path / "run"
    outcome = shoal(
        "cluster", table, "-o", run, "--cluster", "kmeans", *HASHING, *wish, "--verbose"
    )
    assert "ari: needs ground truth; name it with --truth COLUMN" in outcome.err
    assert "ari: needs ground truth; name it with --truth COLUMN" in shoal("evaluate", run).out
    assert "ari" in shoal("evaluate", run, "--truth", "theme").out


@pytest.mark.parametrize("name", installed(REDUCERS))
def test_every_reducer_runs_and_predicts_the_same(shoal, table, texts, tmp_path, name):
    folder, out = tmp_path / "run", tmp_path / "other.parquet"
    settings = (*HASHING, "--reduce", name)
    outcome = shoal("cluster", table, "-o", folder, "--cluster", "hdbscan", *settings)
    assert outcome.code == 0, outcome.err
    new = tmp_path / "new.txt"
    new.write_text("\n".join(text.replace("story", "tale") for text in texts), encoding="utf-8")
    outcome = shoal("predict", folder, table, "-o", out)
    assert outcome.code == 0, outcome.err
    assert pq.read_table(out)["cluster"].to_pylist() == labels(folder)
    found = predicted(shoal, folder, new, tmp_path)
    assert not list(folder.rglob("*.pkl"))
    # texts that differ in one word share the cluster of the one they come from, or are new
    kept = [(one, other) for one, other in zip(found, labels(folder), strict=False) if one >= 0]
    assert len(kept) > 0.25 * len(texts)
    assert np.mean([one == other for one, other in kept if other >= 0]) > 0.8


@pytest.mark.parametrize("name", installed(MAPPERS))
def test_every_map_is_drawn(shoal, table, tmp_path, name):
    folder = tmp_path / "run"
    outcome = shoal("cluster", table, "-o", folder, "--set", f"map.part={name}", *HASHING)
    assert outcome.code == 0, outcome.err
    points = pq.read_table(folder / "assignments.parquet", columns=["x", "y"])
    assert points["x"].null_count == 1  # the blank row
    assert len(set(points["x"].to_pylist())) > 150


def test_umap_and_hdbscan_find_the_themes(shoal, table, themes, tmp_path):
    pytest.importorskip("umap")
    folder = tmp_path / "run"
    options = ("--reduce", "umap", "--cluster", "hdbscan", "--coverage", "100")
    assert shoal("cluster", table, "-o", folder, *options, *HASHING).code == 0
    assert adjusted_rand_score(themes, labels(folder)[: len(themes)]) > 0.9
    assert predicted(shoal, folder, table, tmp_path) == labels(folder)
    assert 'part = "umap"' in (folder / "recipe.toml").read_text(encoding="utf-8")


def test_a_stopped_run_goes_on_with_the_saved_layout(shoal, table, tmp_path):
    pytest.importorskip("umap")
    folder = tmp_path / "run"
    options = ("cluster", table, "-o", folder, "--reduce", "umap", *HASHING)
    assert shoal(*options, "--cluster", "hdbscan").code == 0
    saved = (folder / "model" / "reduced.npy").read_bytes()
    outcome = shoal(*options, "--cluster", "dbscan", "--force")
    assert outcome.code == 0, outcome.err
    assert (folder / "model" / "reduced.npy").read_bytes() == saved
    assert predicted(shoal, folder, table, tmp_path) == labels(folder)


def test_k_is_for_the_clusterer_that_a_setting_names(shoal, table, tmp_path):
    folder = tmp_path / "run"
    options = ("-k", 5, "--set", "cluster.part=bisecting_kmeans")
    assert shoal("cluster", table, "-o", folder, *options, *HASHING).code == 0
    assert len(set(labels(folder)) - {-1}) == 5


def test_detail_for_a_clusterer_that_takes_a_number_points_to_the_number(shoal, table, tmp_path):
    options = ("--cluster", "kmeans", "--detail", "fine")
    outcome = shoal("cluster", table, "-o", tmp_path / "run", *options)
    assert outcome.code == 2
    assert "'kmeans' takes no --detail: its number of clusters is set by -k." in outcome.err
    assert "by itself" not in outcome.err


@pytest.mark.parametrize(("n", "told"), [(1, " 1 thread\n"), (2, " 2 threads\n")])
def test_a_plan_counts_its_threads(shoal, table, tmp_path, monkeypatch, n, told):
    monkeypatch.setattr(planning, "available_threads", lambda: n)
    assert told in shoal("cluster", table, "-o", tmp_path / "run", *HASHING).err


@pytest.mark.parametrize("name", ["hdbscan", "dbscan"])
def test_k_for_a_clusterer_that_finds_it_itself_names_those_that_take_it(
    shoal, table, tmp_path, name
):
    outcome = shoal("cluster", table, "-o", tmp_path / "run", "--cluster", name, "-k", 3)
    assert outcome.code == 2
    assert f"{name!r} takes no -k" in outcome.err
    assert "agglomerative" in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_missing_extra_is_told_with_the_line_that_installs_it(
    shoal, table, tmp_path, monkeypatch
):
    monkeypatch.setattr("shoal.plugins.find_spec", lambda _: None)
    outcome = shoal("cluster", table, "-o", tmp_path / "run", "--reduce", "umap")
    assert outcome.code == 2
    assert "pip install 'shoal[umap]'" in outcome.err


def test_a_run_without_any_cluster_ends_well(shoal, table, tmp_path):
    folder = tmp_path / "run"
    options = ("--cluster", "hdbscan", "--set", "cluster.min_cluster_size=150")
    outcome = shoal("cluster", table, "-o", folder, *options, *HASHING)
    assert outcome.code == 0, outcome.err
    assert set(labels(folder)) == {-1}
    notes = pq.read_table(folder / "assignments.parquet")["note"].to_pylist()
    assert "unassigned: the clusterer labels it noise" in notes
    assert predicted(shoal, folder, table, tmp_path) == labels(folder)


def test_a_clusterer_of_ones_own_is_named_in_the_recipe_and_asked_for_again(
    shoal, table, texts, tmp_path
):
    folder = tmp_path / "run"
    make = {"text": "text", "embedder": "hashing", "out": folder}
    run = package.cluster(table, clusterer=sk.Birch(n_clusters=4), **make)
    assert run.recipe.stages["cluster"]["object"] == "Birch(n_clusters=4)"
    assert run.predict(table).tolist() == run.labels.tolist()
    # another object is another choice, and the same one is a finished run
    with pytest.raises(OutputExists):
        package.cluster(table, clusterer=sk.Birch(n_clusters=5), **make)
    created = run.info["created"]
    again = package.cluster(table, clusterer=sk.Birch(n_clusters=4), **make)
    assert again.info["created"] == created
    anew = ("cluster", table, "--recipe", folder / "recipe.toml", "-o", tmp_path / "other")
    outcome = shoal(*anew)
    assert outcome.code == 2
    assert "Birch(n_clusters=4)" in outcome.err
    assert shoal(*anew, "--cluster", "kmeans").code == 0
    with pytest.raises(BadInput, match="your own clusterer"):
        package.recut(run, coverage=100)


@pytest.mark.parametrize("wish", [{"k": 3}, {"detail": "fine"}])
def test_a_number_beside_a_clusterer_of_ones_own_is_refused(texts, wish):
    with pytest.raises(BadInput, match="Pass the number of clusters to Birch instead"):
        package.cluster(texts, embedder="hashing", clusterer=sk.Birch(), **wish)


def test_the_tree_of_an_agglomerative_run_is_kept_and_cut_again(shoal, table, tmp_path):
    folder = tmp_path / "run"
    options = ("--cluster", "agglomerative", "-k", 4)
    assert shoal("cluster", table, "-o", folder, *options, *HASHING).code == 0
    tree = np.load(folder / "model" / "hierarchy.npz")["linkage"]
    assert tree[-1, 3] == len(tree) + 1 == 200
    assert "layer_2" in pq.read_table(folder / "assignments.parquet").column_names
    before = (folder / "model" / "hierarchy.npz").stat().st_mtime_ns
    assert shoal("cluster", folder, "-k", 9).code == 0
    assert len(set(labels(folder)) - {-1}) == 9
    assert (folder / "model" / "hierarchy.npz").stat().st_mtime_ns == before
    new = tmp_path / "new"
    options = ("--cluster", "agglomerative", "-k", 9)
    assert shoal("cluster", table, "-o", new, *options, *HASHING).code == 0
    assert labels(new) == labels(folder)
