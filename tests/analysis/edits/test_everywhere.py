"""Whatever shows the clusters of a run shows them as people left them, or says that it does not."""

import numpy as np
import pytest
from click.testing import CliRunner

import shoal
from shoal.analysis.edits import Editor
from shoal.artifacts.saved import SavedRun
from shoal.cli.app import shoal as command
from tests.analysis.edits.test_editor import FakeWorkshop

NAME = "Kitchen and road"


@pytest.fixture
def edited(run_path):
    editor = Editor(SavedRun(run_path), FakeWorkshop())
    editor.do({"op": "merge", "clusters": [0, 2], "into": 0})
    editor.do({"op": "rename", "cluster": 0, "title": NAME})
    return run_path


def said(*words):
    done = CliRunner().invoke(command, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def test_a_run_tells_its_clusters_as_people_left_them(edited):
    run = shoal.load(edited)
    assert sorted(entry["cluster"] for entry in run.clusters) == [0, 1, 3]
    assert run.clusters[0]["title"] == NAME
    assert run.counts["clusters"] == 3
    assert set(np.unique(run.labels)) - {-1} == {0, 1, 3}
    sizes = {entry["cluster"]: entry["size"] for entry in run.clusters}
    assert sizes == {c: int((run.labels == c).sum()) for c in sizes}
    assert run.headline.startswith("3 clusters")


def test_an_edit_made_later_is_seen_by_a_run_that_is_open(run_path):
    run = shoal.load(run_path)
    assert run.clusters[0]["title"] != NAME
    Editor(SavedRun(run_path)).do({"op": "rename", "cluster": 0, "title": NAME})
    assert run.clusters[0]["title"] == NAME
    Editor(SavedRun(run_path)).undo()
    assert run.clusters[0]["title"] != NAME


def test_the_report_and_the_notebook_show_the_edited_clusters(edited):
    run = shoal.load(edited)
    page = run.report().read_text(encoding="utf-8")
    assert NAME in page
    assert "2 edits are shown" in page
    assert NAME in run._repr_html_()


@pytest.mark.parametrize("kind", ["sizes", "map", "similarity", "silhouette", "tree", "layers"])
def test_pictures_show_the_edited_clusters(edited, kind):
    picture = shoal.load(edited).plot(kind)
    assert NAME in repr(picture.panels)
    if kind in ("sizes", "map", "layers"):
        assert "2 edits shown" in picture.note


def test_commands_say_that_there_are_edits(edited, tmp_path):
    assert "2 edits are shown" in said("report", edited, "-o", tmp_path / "r.html")
    told = said("evaluate", edited, "--clusters")
    assert NAME in told
    n_clusters = len(shoal.load(edited).clusters)
    assert told.startswith(f"{n_clusters} clusters with the edits. Without them: ")
    assert "before the clusters were edited" in told
    assert "2 edits are shown" in said("anomalies", edited)
    assert "2 edits are shown" in said("compare", edited, edited)


def test_a_comparison_has_the_edited_clusters_by_their_own_numbers(edited):
    run = shoal.load(edited)
    told = run.compare(run).rows()
    assert set(told["before"].to_pylist()) - {-1} == {0, 1, 3}
    titles = dict(zip(told["before"].to_pylist(), told["before_title"].to_pylist(), strict=True))
    assert titles[0] == NAME


def test_edits_of_another_cut_are_said_not_to_be_shown(edited, tmp_path):
    out = tmp_path / "other.clusters"
    made = shoal.recut(edited, k=2, out=out)
    assert len(made.clusters) == 2
    assert "2 edits not shown" in made.edits_said
    assert "2 edits not shown" in said("report", out)


def test_notes_and_reviews_change_no_cluster(run_path):
    before = shoal.load(run_path).clusters
    Editor(SavedRun(run_path)).do({"op": "note", "cluster": 0, "note": "to be looked at"})
    run = shoal.load(run_path)
    assert run.edits_said == ""
    assert run.clusters == before
