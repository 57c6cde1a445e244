"""Edits by the addresses of the explorer: what is renewed, what is refused, how they are told."""

import json

import numpy as np
import pytest

from shoal.views.explorer.view import RunView
from tests.views.explorer.asking import do, told


def test_an_edit_renews_titles_and_marks_of_what_changed_only(client, view):
    before = {c["cluster"]: c for c in told(client.get("/api/clusters"))["clusters"]}
    done = told(do(client, op="merge", clusters=[0, 1], into=0))
    assert done["changed"] == [0]
    after = {c["cluster"]: c for c in told(client.get("/api/clusters"))["clusters"]}
    assert sorted(after) == [0, 2, 3]
    assert after[0]["size"] == before[0]["size"] + before[1]["size"]
    assert after[0]["title"] != before[0]["title"]
    assert after[0]["marks"]["cohesion"] < before[0]["marks"]["cohesion"]
    assert after[2]["title"] == before[2]["title"]
    unit = view.vectors.take(np.arange(202))
    inside = (view.editor.state.labels == 0) & view.editing.distinct
    mean = unit[inside].mean(axis=0)
    exact = float((unit[inside] @ (mean / np.linalg.norm(mean))).mean())
    assert after[0]["marks"]["cohesion"] == pytest.approx(exact, abs=1e-5)
    told(client.post("/api/undo", json={"version": done["version"]}))
    back = {c["cluster"]: c for c in told(client.get("/api/clusters"))["clusters"]}
    assert back == before


def test_silhouettes_are_those_of_the_evaluation(view):
    # nothing moves, so what is measured after an edit must be what the run measured
    for cluster, entry in view.editing.renew(view.editor.state, [0, 1, 2, 3]).items():
        saved = view.editor.base_entries[cluster]
        for mark in ("cohesion", "separation", "silhouette"):
            assert entry[mark] == pytest.approx(saved[mark], abs=1e-5), mark
        assert entry["size"] == saved["size"]


def test_a_mixed_cluster_is_split_along_its_themes(client, view):
    told(do(client, op="merge", clusters=[0, 1], into=0))
    done = told(do(client, op="split", cluster=0, parts=2))
    made = done["changed"][0]
    themes = np.array(view.rows.table["theme"].to_pylist())
    one, two = (themes[view.editor.state.labels == c] for c in (0, made))
    assert len(set(one)) == len(set(two)) == 1
    assert set(one) != set(two)


def test_a_dissolved_cluster_goes_to_the_nearest_others(client, view):
    rows = np.nonzero(view.editor.state.labels == 3)[0]
    told(do(client, op="dissolve", cluster=3))
    labels = view.editor.state.labels
    assert set(labels[rows]) <= {0, 1, 2}
    near_duplicates = view.editor.first
    assert (labels == labels[near_duplicates]).all()


def test_the_list_of_edits_names_clusters_as_they_were_and_rows_by_their_ids(client):
    given = [c["title"] for c in told(client.get("/api/clusters"))["clusters"]]
    told(do(client, op="rename", cluster=0, title="Zero"))
    told(do(client, op="merge", clusters=[0, 1], into=1))
    told(do(client, op="dissolve", cluster=3))
    told(do(client, op="move", rows=[5], to=None))
    page = told(do(client, op="review", kind="anomaly", key="7", verdict="accept"))
    titles = [edit["titles"] for edit in page["done"]]
    assert titles[0] == {"0": given[0]}
    assert titles[1] == {"0": "Zero", "1": given[1]}
    assert titles[2] == {"3": given[3]}
    assert titles[3] == titles[4] == {}
    assert page["done"][4]["id"] == told(client.get("/api/rows/7"))["id"]
    back = told(client.post("/api/undo", json={"count": 4, "version": page["version"]}))
    assert [edit["titles"] for edit in back["undone"]] == titles[1:]


def test_a_stale_tab_is_told_and_nothing_is_changed(client):
    told(do(client, op="note", cluster=0, note="first"))
    wish = {"version": 0, "edit": {"op": "note", "cluster": 0, "note": "second"}}
    answer = client.post("/api/edits", json=wish)
    assert answer.status_code == 409
    assert "edited elsewhere" in answer.json()["error"]
    assert told(client.get("/api/clusters/0"))["note"] == "first"


@pytest.mark.parametrize(
    "body", [{}, {"version": 0}, {"version": "0", "edit": {}}, {"version": 0, "edit": []}]
)
def test_a_malformed_edit_is_said(client, body):
    assert client.post("/api/edits", json=body).status_code == 400


@pytest.mark.parametrize("path", ["undo", "redo"])
@pytest.mark.parametrize(
    "body",
    [
        {"count": "x", "version": 0},
        {"count": [1], "version": 0},
        {"count": 1.5, "version": 0},
        {"count": True, "version": 0},
        {"count": None, "version": 0},
        {"count": 10**30, "version": 0},
        {"count": -1, "version": 0},
        {"version": None},
    ],
)
def test_a_malformed_undo_is_said(client, path, body):
    answer = client.post(f"/api/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_numbers_past_all_bounds_and_endless_nesting_are_said(client):
    assert client.post("/api/export", json={"rows": [10**30], "ending": ".csv"}).status_code == 400
    assert do(client, op="move", rows=[10**30], to=0).status_code == 400
    nested = "[" * 100_000 + "]" * 100_000
    headers = {"content-type": "application/json"}
    assert client.post("/api/edits", content=nested, headers=headers).status_code == 400


def test_half_a_character_in_a_title_breaks_no_page(client, run_path):
    version = told(client.get("/api/edits"))["version"]
    wish = {"op": "rename", "cluster": 0, "title": "half \ud83d"}
    body = json.dumps({"version": version, "edit": wish})
    headers = {"content-type": "application/json"}
    assert client.post("/api/edits", content=body, headers=headers).status_code == 200
    title = told(client.get("/api/clusters"))["clusters"][0]["title"]
    assert title == RunView(run_path).editor.state.title(0) == "half ?"


def test_edits_of_another_process_are_seen(client, run_path):
    other = RunView(run_path)
    other.editor.do({"op": "rename", "cluster": 2, "title": "Elsewhere"})
    titles = [c["title"] for c in told(client.get("/api/clusters"))["clusters"]]
    assert titles[2] == "Elsewhere"


def test_a_cluster_says_whether_its_marks_are_of_before_or_after_the_edits(client, view):
    def measured(cluster):
        return client.get(f"/api/clusters/{cluster}").json()["measured"]

    assert measured(2) == "run"
    view.editor.do({"op": "note", "cluster": 2, "note": "moves nothing"})
    assert measured(2) == "run"
    view.editor.do({"op": "merge", "clusters": [0, 1], "into": 0})
    assert measured(0) == "edit"
    assert measured(2) == "before"
    view.editor.undo()
    assert measured(0) == "run"
