"""What is written to a run folder comes back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClusterMixin

import shoal
from shoal.artifacts.folder import RunFolder
from shoal.data import Clustering, Curve, Layer
from shoal.errors import BrokenRun
from shoal.storage.run_files import NEIGHBORS


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model").mkdir()
    return RunFolder(tmp_path)


def clustering(curves):
    labels = np.zeros(3, dtype=np.int32)
    return Clustering(labels, np.ones(3), (Layer(labels, 1),), 0, "why.", curves=curves)


def test_curves_come_back_as_they_were(folder):
    curves = (
        Curve("gap", "n_clusters", [1, 2, 3], [0.1, np.nan, 1 / 3], None, True, n_items=5000),
        Curve("k_distance", "eps", [1e-9, 0.5], [0.0, 1.0], 0.5, None, chosen=0.25, decided=True),
    )
    folder.write_clustering(clustering(curves), None)
    found = folder.read_clustering()[0].curves
    assert len(found) == 2
    for one, other in zip(found, curves, strict=True):
        np.testing.assert_array_equal(one.xs, other.xs)
        np.testing.assert_array_equal(one.ys, other.ys)
        for name in ("name", "x_name", "suggestion", "higher_is_better", "chosen", "decided"):
            assert getattr(one, name) == getattr(other, name)
        assert one.n_items == other.n_items


@pytest.mark.parametrize("distinct", [[0, 1, 2, 3], [0, 1, 3]])
@pytest.mark.parametrize("wrong", [-2, 4, 2_000_000_000])
def test_a_neighbor_that_is_no_row_is_damage_and_reaches_no_sparse_matrix(folder, distinct, wrong):
    rows = np.array([[1], [0], [1], [0]], dtype=np.int32)
    distinct = np.array(distinct, dtype=np.int32)
    folder.write_arrays(NEIGHBORS, rows=rows, distances=np.zeros((4, 1), np.float32))
    np.testing.assert_array_equal(folder.read_neighbors(distinct).rows, rows[distinct])
    rows[0] = wrong
    folder.write_arrays(NEIGHBORS, rows=rows, distances=np.zeros((4, 1), np.float32))
    with pytest.raises(BrokenRun, match=r"neighbors\.npz"):
        folder.read_neighbors(distinct)


def test_a_clustering_saved_before_there_were_curves_has_none(folder):
    folder.write_clustering(clustering(()), None)
    arrays = folder.read_arrays("model/clustering.npz")
    arrays.pop("curves")
    folder.write_arrays("model/clustering.npz", **arrays)
    assert folder.read_clustering()[0].curves == ()


class OwnChoice(ClusterMixin, BaseEstimator):
    """A clusterer that tells what it chose its parameter by."""

    def fit(self, X, y=None):
        self.labels_ = np.arange(len(X)) % 2
        self.curves_ = (Curve("fit", "width", [0.1, 0.2], [1.0, np.nan], 0.1, True, chosen=0.1),)
        self.reason_ = "2 clusters."
        return self


def test_the_curves_of_any_clusterer_reach_the_evaluation_and_the_report(texts, tmp_path):
    run = shoal.cluster(texts, embedder="hashing", clusterer=OwnChoice(), out=tmp_path / "run")
    (curve,) = run.evaluation["curves"]
    assert curve["name"] == "fit"
    assert curve["x_name"] == "width"
    assert curve["ys"] == [1.0, None]
    assert curve["chosen"] == 0.1
    html = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "All figures of the curves" not in html  # one point makes no curve


def test_k_means_without_k_says_why_everywhere(texts, tmp_path):
    run = shoal.cluster(texts, embedder="hashing", clusterer="kmeans", out=tmp_path / "run")
    assert run.info["counts"]["clusters"] == 4
    assert run.reason.startswith("4 clusters because silhouette, elbow and stability")
    told = json.loads((tmp_path / "run" / "evaluation.json").read_text(encoding="utf-8"))
    decided = [curve for curve in told["curves"] if curve["decided"]]
    assert [(c["name"], c["chosen"]) for c in decided] == [("consensus", 4.0)]
    html = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert html.count('<div class="curve-head">') == len(told["curves"]) == 7
    other = shoal.cluster(
        texts,
        embedder="hashing",
        clusterer="kmeans",
        settings={"cluster.choose": "stability", "cluster.max_clusters": 6},
    )
    decided = [curve for curve in other.evaluation["curves"] if curve["decided"]]
    assert [c["name"] for c in decided] == ["stability"]
    assert max(decided[0]["xs"]) == 6
