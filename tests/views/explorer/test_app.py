"""What the addresses of the explorer answer."""

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal.run.handle import Run
from shoal.views.explorer import frozen as frozen_module
from shoal.views.explorer.app import STATIC
from shoal.views.explorer.view import RunView
from tests.views.explorer.asking import array, do, told


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
    assert (array(client, "cluster") == Run(view.saved.path).labels).all()
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
    assert (clusters(True) == Run(view.saved.path).labels).all()
    assert (clusters(False) == view.editor.base_labels).all()
    assert client.post("/api/export", json={"ending": ".exe"}).status_code == 400
    assert client.post("/api/export", json={"rows": [999], "ending": ".csv"}).status_code == 400


def test_without_the_built_page_it_is_said_how_to_build_it(client, monkeypatch, tmp_path):
    monkeypatch.setattr("shoal.views.explorer.app.STATIC", tmp_path)
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
    monkeypatch.setattr("shoal.views.explorer.app.STATIC", tmp_path)
    told(do(client, op="rename", cluster=0, title="</script><b>"))
    page = client.post("/api/copy", json={}).text
    assert "/assets/" not in page
    assert page.count("</script>") == 2
    data = page.partition('id="frozen">')[2].partition("</script>")[0]
    held = json.loads(data)
    assert held["clusters"]["clusters"][0]["title"] == "</script><b>"
    assert len(held["texts"]) == 202
    monkeypatch.setattr(frozen_module, "MAX_COPIED", 100)
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


def test_a_coarser_level_is_called_what_the_run_calls_it(view, client):
    told = view.saved.described["layers"]
    assert told
    for layer in told:
        found = client.get(f"/api/clusters?layer={layer['layer']}").json()["clusters"]
        titles = {entry["cluster"]: entry["title"] for entry in found}
        assert titles == {entry["cluster"]: entry["title"] for entry in layer["clusters"]}
