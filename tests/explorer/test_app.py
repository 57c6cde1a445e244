"""What the addresses of the explorer answer."""

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal.explorer import frozen as frozen_module
from shoal.explorer.app import STATIC
from shoal.explorer.frozen import frozen
from shoal.explorer.view import RunView
from shoal.run import Run


def told(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


def array(client, name):
    answer = client.get(f"/api/array/{name}")
    assert answer.status_code == 200, answer.text
    return np.frombuffer(answer.content, dtype=answer.headers["x-kind"])


def do(client, **edit):
    version = told(client.get("/api/edits"))["version"]
    return client.post("/api/edits", json={"version": version, "edit": edit})


def test_the_run_and_its_columns(client):
    run = told(client.get("/api/run"))
    assert run["counts"]["rows"] == 202
    assert run["layers"][run["chosen"]]["n_clusters"] == 4
    columns = {c["name"]: c for c in told(client.get("/api/more"))["columns"]}
    assert columns["theme"]["kind"] == "category"
    assert sorted(columns["theme"]["categories"]) == ["cooking", "football", "money", "space"]
    assert columns["length"]["kind"] == "number"
    assert columns["day"]["kind"] == "date"


def test_points_and_labels_are_raw_arrays(client, view):
    points = np.frombuffer(client.get("/api/points").content, dtype="<f4").reshape(-1, 2)
    assert points.shape == (202, 2)
    assert np.nanmax(np.abs(points)) == pytest.approx(1)
    assert (array(client, "cluster") == Run(view.folder.path).labels).all()
    assert array(client, "column:theme").max() == 3
    assert array(client, "column:length").dtype == np.float32
    assert array(client, "layer_0").shape == (202,)


@pytest.mark.parametrize(
    "path",
    [
        "array/nothing",
        "array/column:nothing",
        "array/column:text",
        "array/layer_99",
        "array/layer_-1",
        "array/../run.json",
        "clusters/99",
        "clusters?layer=99",
        "clusters?layer=x",
        "rows/9999",
        "search?q=",
        "search?q=a&how=magic",
        f"search?q={'a' * 1001}",
        "similar/9999",
        "pictures/0",
    ],
)
def test_what_is_not_there_is_said_in_words(client, path):
    answer = client.get(f"/api/{path}")
    assert answer.status_code in (400, 404)
    assert "Traceback" not in answer.text


def test_the_list_of_clusters(client, view):
    told_list = told(client.get("/api/clusters"))
    clusters = told_list["clusters"]
    assert [c["cluster"] for c in clusters] == [0, 1, 2, 3]
    assert sum(c["size"] for c in clusters) == 202
    assert all(c["title"] and len(c["at"]) == 2 and c["light"] != c["dark"] for c in clusters)


def test_a_cluster_has_a_page(client):
    page = told(client.get("/api/clusters/0"))
    assert page["size"] == told(client.get("/api/clusters"))["clusters"][0]["size"]
    assert page["keywords"]
    assert len(page["typical"]) == len(page["diverse"]) == 5
    assert len({row["text"] for row in page["diverse"]}) == 5
    assert [n["cluster"] for n in page["nearest"]] != []
    theme = next(e for e in page["profile"] if e["name"] == "theme")
    assert theme["values"][0]["share"] > 0.9


def test_other_layers_are_named_when_asked_for(tmp_path, texts):
    import shoal

    run = shoal.cluster(texts, embedder="hashing", out=tmp_path / "run")
    layers = run.evaluation["layers"]
    assert len(layers) > 1
    view = RunView(run.path)
    other = next(layer["layer"] for layer in layers if not layer["chosen"])
    entries = view.layer_entries(other)
    assert len(entries) == layers[other]["n_clusters"]
    assert all(entry["title"] and entry["size"] for entry in entries)
    view.close()


def test_search_by_words_is_for_all_of_them(client, view):
    found = told(client.get("/api/search", params={"q": "ROCKET orbit"}))
    texts = view.rows.texts(found["rows"])
    everything = view.rows.texts(range(202))
    assert texts == [t for t in everything if "rocket" in t and "orbit" in t]
    phrase = told(client.get("/api/search", params={"q": '"story 7"'}))
    assert phrase["total"] == sum("story 7" in t for t in everything)


def test_search_by_meaning_and_more_like_this(client, view):
    found = told(client.get("/api/search", params={"q": "rocket orbit planet", "how": "meaning"}))
    assert found["scores"] == sorted(found["scores"], reverse=True)
    themes = view.rows.table["theme"].to_pylist()
    assert [themes[row] for row in found["rows"][:5]] == ["space"] * 5
    like = told(client.get("/api/similar/8"))
    assert like["rows"][0] == 8
    unit = view.vectors.take(np.arange(202))
    best = np.argsort(-(unit @ unit[8]), kind="stable")[:10]
    assert set(like["rows"][:10]) == set(best.tolist())


def test_rows_are_told_with_their_columns(client):
    rows = told(client.post("/api/rows", json={"rows": [3, 0]}))["rows"]
    assert [row["row"] for row in rows] == [3, 0]
    assert rows[0]["columns"]["theme"] == "money"
    assert client.post("/api/rows", json={"rows": list(range(201))}).status_code == 400
    assert client.post("/api/rows", json={"rows": [-1]}).status_code == 400
    assert client.post("/api/rows", json={"rows": "all"}).status_code == 400
    assert client.post("/api/rows", json=[1]).status_code == 400
    assert client.post("/api/rows", content=b"x").status_code == 400


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
    inside = (view.editor.state.labels == 0) & view.workshop.distinct
    mean = unit[inside].mean(axis=0)
    exact = float((unit[inside] @ (mean / np.linalg.norm(mean))).mean())
    assert after[0]["marks"]["cohesion"] == pytest.approx(exact, abs=1e-5)
    told(client.post("/api/undo", json={"version": done["version"]}))
    back = {c["cluster"]: c for c in told(client.get("/api/clusters"))["clusters"]}
    assert back == before


def test_silhouettes_are_those_of_the_evaluation(view):
    # nothing moves, so what is measured after an edit must be what the run measured
    for cluster, entry in view.workshop.renew(view.editor.state, [0, 1, 2, 3]).items():
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
    twins = view.editor.first
    assert (labels == labels[twins]).all()


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
    other.close()


def test_duplicates_are_reviewed(client, run_path):
    groups = told(client.get("/api/duplicates"))
    saved = pq.read_table(run_path / "duplicates.parquet")["group"]
    assert groups["total"] == len(saved.unique()) > 1
    assert groups["rows"] == len(saved)
    assert groups["groups"][0]["size"] > 1
    key = groups["groups"][0]["key"]
    told(do(client, op="review", kind="duplicates", key=key, verdict="accept"))
    assert told(client.get("/api/duplicates"))["groups"][0]["verdict"] == "accept"


def odd(row, score, anomaly, cluster, nearest):
    told = (
        f"its 20 nearest rows are {score} times farther than usual; closest cluster: an old title"
    )
    entry = {"row": row, "id": str(row), "score": score, "anomaly": anomaly, "kind": "lone"}
    return {**entry, "cluster": cluster, "nearest_cluster": nearest, "reason": told}


def test_odd_rows_are_those_that_the_run_calls_anomalies(client, run_path):
    told_rows = [odd(7, 2.0, True, 0, 0), odd(3, 5.0, True, 1, 1), odd(9, 1.9, False, 2, 2)]
    pq.write_table(pa.Table.from_pylist(told_rows), run_path / "anomalies.parquet")
    page = told(client.get("/api/anomalies"))
    called = [entry["row"] for entry in Run(run_path).anomalies if entry["anomaly"]]
    assert sorted(entry["row"] for entry in page["entries"]) == sorted(called)
    assert [entry["row"] for entry in page["entries"]] == [3, 7]
    assert page["total"] == 2
    evaluation = Run(run_path).evaluation["anomalies"]
    assert (page["n"], page["rule"]) == (evaluation["n"], evaluation["rule"])


def test_as_many_odd_rows_as_the_run_found(client, run_path):
    page = told(client.get("/api/anomalies"))
    assert len(page["entries"]) == page["total"]
    assert page["n"] == Run(run_path).evaluation["anomalies"]["n"]


def test_an_odd_row_names_its_closest_cluster_once_as_it_is_called_now(client, run_path):
    told_rows = [odd(7, 3.0, True, 1, 1), odd(3, 2.0, True, 2, 3)]
    pq.write_table(pa.Table.from_pylist(told_rows), run_path / "anomalies.parquet")
    told(do(client, op="merge", clusters=[0, 1], into=0))
    told(do(client, op="rename", cluster=0, title="Both"))
    first, second = told(client.get("/api/anomalies"))["entries"]
    assert first["reason"] == "its 20 nearest rows are 3.0 times farther than usual"
    assert (first["nearest"], first["nearest_title"]) == (0, "Both")
    assert second["nearest"] == 3
    told(do(client, op="noise", cluster=3))
    second = told(client.get("/api/anomalies"))["entries"][1]
    assert (second["nearest"], second["nearest_title"]) == (None, None)


def test_duplicates_are_those_of_the_run(run_path):
    near = {"group": [0, 0, 0, 1, 1], "row": [9, 1, 4, 2, 6]}
    pq.write_table(pa.table(near), run_path / "duplicates.parquet")
    view = RunView(run_path)
    groups = frozen(view)["duplicates"]["groups"]
    assert [g["rows"] for g in groups] == [[9, 1, 4], [2, 6]]
    view.close()


def test_thumbnails_are_served_where_the_run_has_them(run_path, client):
    small = [b"\xff\xd8jpeg", *[None] * 201]
    pq.write_table(
        pa.table({"thumbnail": pa.array(small, pa.large_binary())}),
        run_path / "thumbnails.parquet",
    )
    answer = client.get("/api/pictures/0")
    assert answer.content == small[0]
    assert answer.headers["content-type"] == "image/jpeg"
    assert client.get("/api/pictures/1").status_code == 400


def test_csv_holds_no_formula_and_every_kind_holds_the_same_rows(client):
    told(do(client, op="rename", cluster=0, title='=HYPERLINK("evil")'))
    rows = [5, 1, 9]
    answers = {
        ending: client.post("/api/export", json={"rows": rows, "ending": ending})
        for ending in (".csv", ".jsonl", ".parquet")
    }
    lines = list(csv.DictReader(io.StringIO(answers[".csv"].text)))
    assert [line["id"] for line in lines] == ["1", "5", "9"]
    for line in lines:
        assert not any(value.startswith(("=", "+", "@")) for value in line.values())
    assert {line["formula"] for line in lines} == {"'=1+1"}
    records = [json.loads(line) for line in answers[".jsonl"].text.splitlines()]
    table = pq.read_table(io.BytesIO(answers[".parquet"].content))
    assert [r["formula"] for r in records] == table["formula"].to_pylist() == ["=1+1"] * 3
    assert "attachment" in answers[".csv"].headers["content-disposition"]


def test_export_with_and_without_edits(client, view):
    told(do(client, op="merge", clusters=[0, 1], into=0))

    def clusters(edited):
        body = {"rows": None, "ending": ".parquet", "edited": edited}
        made = client.post("/api/export", json=body)
        return pq.read_table(io.BytesIO(made.content))["cluster"].to_numpy()

    assert (clusters(True) == view.editor.state.labels).all()
    assert (clusters(False) == Run(view.folder.path).labels).all()
    assert client.post("/api/export", json={"ending": ".exe"}).status_code == 400
    assert client.post("/api/export", json={"rows": [999], "ending": ".csv"}).status_code == 400


def test_without_the_built_page_it_is_said_how_to_build_it(client, monkeypatch, tmp_path):
    monkeypatch.setattr("shoal.explorer.app.STATIC", tmp_path)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "make page" in answer.text
    assert "not built" in client.post("/api/copy", json={}).json()["error"]


def test_a_copy_is_one_file_in_which_no_text_can_end_the_script(client, monkeypatch, tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/page.js").write_text("run('</script>')")
    (tmp_path / "assets/page.css").write_text("b{}")
    (tmp_path / "index.html").write_text(
        '<html><head><link rel="stylesheet" crossorigin href="/assets/page.css">'
        '<script type="module" crossorigin src="/assets/page.js"></script></head>'
        "<body></body></html>"
    )
    monkeypatch.setattr("shoal.explorer.app.STATIC", tmp_path)
    told(do(client, op="rename", cluster=0, title="</script><b>"))
    page = client.post("/api/copy", json={}).text
    assert "/assets/" not in page
    assert page.count("</script>") == 2
    data = page.partition('id="frozen">')[2].partition("</script>")[0]
    held = json.loads(data)
    assert held["clusters"]["clusters"][0]["title"] == "</script><b>"
    assert len(held["texts"]) == 202
    monkeypatch.setattr(frozen_module, "MOST_COPIED", 100)
    assert "at most 100 rows" in client.post("/api/copy", json={}).json()["error"]


@pytest.mark.skipif(not (STATIC / "widget/widget.js").is_file(), reason="the page is not built")
def test_the_widget_holds_the_run_and_hands_the_selection_back(run_path):
    pytest.importorskip("anywidget")
    import shoal

    widget = shoal.explore(run_path, height=500)
    assert widget.data["run"]["counts"]["rows"] == 202
    assert widget.height == 500
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "selection")
    widget.selection = [1, 2]
    assert seen == [[1, 2]]


def test_the_course_counts_every_row_of_every_cluster_once(client, view):
    told = client.get("/api/course").json()
    assert told["column"] == "day"
    assert told["columns"] == ["day"]
    assert told["unit"] == "day"
    assert len(told["periods"]) == 28
    labels, days = view.labels(), view.rows.table["day"].to_pylist()
    for cluster in np.unique(labels[labels >= 0]):
        inside = [day for day, label in zip(days, labels, strict=True) if label == cluster]
        expected = [inside.count(day) for day in told["periods"]]
        assert told["clusters"][str(cluster)]["rows"] == expected
    assert client.get("/api/course?column=theme").status_code == 400


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
