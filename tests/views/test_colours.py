"""A cluster has the same colour wherever it is shown."""

import json
import re

import numpy as np
import pytest

import shoal
from shoal import Run
from shoal.views.explorer.pages import clusters_page
from shoal.views.explorer.view import RunView
from shoal.views.plots.maps import map_
from shoal.views.plots.run_data import RunData


@pytest.fixture
def run(tmp_path):
    """A run of 14 clusters, more than there are colours chosen by hand."""
    rng = np.random.default_rng(1)
    rows = np.repeat(rng.normal(size=(14, 8)), 12, axis=0) + 0.02 * rng.normal(size=(168, 8))
    return shoal.cluster(rows.astype(np.float32), k=14, out=tmp_path / "run")


def in_explorer(run):
    view = RunView(run.path)
    page = clusters_page(view, view.chosen)
    return {c["cluster"]: (c["light"], c["dark"]) for c in page["clusters"]}


def in_report(run):
    page = run.report(run.path.parent / "report.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="map-data"[^>]*>(.*?)</script>', page, re.S).group(1))
    numbers = [entry["cluster"] for entry in run.clusters]
    return {n: (c["light"], c["dark"]) for n, c in zip(numbers, data["clusters"], strict=True)}


def in_plots(run):
    numbers = [entry["cluster"] for entry in run.clusters]
    return dict(zip(numbers, RunData(run.path).colours, strict=True))


def test_report_explorer_and_plots_agree(run):
    shown = in_explorer(run)
    assert len(shown) == 14
    assert in_report(run) == shown
    assert in_plots(run) == {cluster: light for cluster, (light, _) in shown.items()}


def test_they_agree_after_edits(run):
    before, editor = in_explorer(run), RunView(run.path).editor
    editor.do({"op": "merge", "clusters": [1, 4], "into": 4})
    made = editor.do({"op": "split", "cluster": 2, "parts": 3})["moved"]
    assert made
    shown = in_explorer(run)
    assert shown.keys() - before.keys() == {int(cluster) for cluster in made}
    assert {c: shown[c] for c in shown.keys() & before.keys()} == {
        c: before[c] for c in shown.keys() & before.keys()
    }
    edited = Run(run.path)
    assert in_report(edited) == shown
    assert in_plots(edited) == {cluster: light for cluster, (light, _) in shown.items()}


def test_another_layout_keeps_the_colours(run):
    data = RunData(run.path)
    drawn = map_(data, by="pca")
    assert data.colours == list(in_plots(run).values())
    used = {mark.colour for panel in drawn.panels for mark in panel.marks if hasattr(mark, "size")}
    assert used >= set(data.colours)
