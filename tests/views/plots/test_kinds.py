"""Every kind of picture of a real run, by both libraries."""

import numpy as np
import pytest

import shoal
from shoal.artifacts.folder import RunFolder
from shoal.errors import BadInput, MissingExtra, OutputExists, UnknownPart
from shoal.views.plots import KINDS
from shoal.views.plots.marks import TWO_HUES, HeatMap, Line, Points, Shape, Words
from shoal.views.plots.trees import GAP

pytest.importorskip("matplotlib")
pytest.importorskip("plotly")
PLAIN = sorted(set(KINDS.parts) - {"segments", "flow", "time"})


@pytest.fixture(scope="module")
def run(request):
    pd = pytest.importorskip("pandas")
    texts = request.getfixturevalue("texts")
    days = pd.date_range("2026-01-01", periods=len(texts), freq="D")
    # the first theme comes late in the year, the others all along
    order = np.argsort([1000 * (i % 4 == 0) + i for i in range(len(texts))], kind="stable")
    when = np.empty(len(texts), dtype=object)
    when[order] = [str(day.date()) for day in days]
    return shoal.cluster(pd.DataFrame({"text": texts, "day": when}), text="text", k=4)


def marks(picture, kind):
    return [mark for panel in picture.panels for mark in panel.marks if isinstance(mark, kind)]


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("ending", ["png", "svg", "html"])
def test_every_kind_is_written_in_every_format(run, kind, ending, tmp_path):
    path = run.plot(kind).save(tmp_path / f"x.{ending}")
    head = path.read_bytes()[:200]
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "html": b"<!doctype html>"}[ending]
    assert head.startswith(begins)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_same_picture_gives_the_same_bytes(run, ending, tmp_path):
    one = run.plot.map().save(tmp_path / f"one.{ending}")
    two = run.plot.map().save(tmp_path / f"two.{ending}")
    assert one.read_bytes() == two.read_bytes()


def test_the_map_shows_every_row_and_every_title(run):
    made = run.plot.map()
    assert sum(len(mark.x) for mark in marks(made, Points)) == 200
    assert {mark.text for mark in marks(made, Words)} == {c["title"] for c in run.clusters}


@pytest.mark.parametrize("by", ["pca", "layout"])
def test_another_map_is_drawn_and_the_run_stays_as_it_is(run, by):
    before = (run.path / "assignments.parquet").read_bytes()
    own, other = run.plot.map(), run.plot.map(by=by)
    assert (run.path / "assignments.parquet").read_bytes() == before
    same = np.allclose(marks(own, Points)[0].x, marks(other, Points)[0].x, atol=1e-3)
    assert same == (by == "layout")


def test_sizes_are_those_of_the_clusters(run):
    lengths = [max(mark.x) for mark in marks(run.plot.sizes(), Shape)]
    assert lengths == [c["size"] for c in run.clusters]


def test_silhouettes_agree_with_the_score(run):
    assert f"{run.scores['silhouette']:.2f}" in run.plot.silhouette().note


def test_similarity_holds_the_cosines_of_the_centres(run):
    (cells,) = marks(run.plot.similarity(), HeatMap)
    vectors, labels = np.asarray(run.embeddings), run.labels
    centre = np.stack([vectors[labels == c].sum(axis=0) for c in range(4)])
    centre /= np.linalg.norm(centre, axis=1, keepdims=True)
    wanted = np.sort((centre @ centre.T)[np.triu_indices(4, 1)])
    found = np.sort(cells.values[np.triu_indices(4, 1)])
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert np.isnan(np.diag(cells.values)).all()


def test_the_tree_has_a_join_less_than_clusters(run):
    assert sum(len(mark.x) == 4 for mark in marks(run.plot.tree(), Line)) == 3


def test_boxes_of_a_layer_are_as_high_as_the_rows(run):
    made = run.plot.layers()
    for column in range(len(made.panels[0].x_ticks)):
        boxes = [m for m in marks(made, Shape) if column < m.x[0] < column + 1]
        # a box gives a sliver of its height to the gap below it
        total = sum(max(b.y) - min(b.y) for b in boxes)
        assert 1 - GAP * len(boxes) - 1e-9 <= total <= 1 + 1e-9


def test_keywords_stand_more_often_in_their_cluster_than_outside(run):
    made = run.plot.keywords()
    for panel in made.panels:
        bars = [mark for mark in panel.marks if isinstance(mark, Shape)]
        for inside, outside in zip(bars[::2], bars[1::2], strict=True):
            assert max(inside.x) > max(outside.x)


def test_the_limit_of_the_anomalies_is_drawn(run):
    limit = run.evaluation["anomalies"]["limit"]
    assert any(list(mark.x) == [limit, limit] for mark in marks(run.plot.anomalies(), Line))


def test_rising_and_falling_clusters_over_time(run):
    made = run.plot.time()
    assert "by day" in made.note
    words = [panel.title.rsplit("(", 1)[1] for panel in made.panels]
    assert words[0] == "rising)"
    assert made.panels[0].title.startswith(
        next(c["title"][:20] for c in run.clusters if c["cluster"] == run.labels[0])
    )


def test_the_flow_to_the_same_run_keeps_every_row(run):
    made = run.plot.flow(other=run)
    bands = [mark for mark in marks(made, Shape) if "\u2192" in mark.hover]
    assert len(bands) == 4
    assert "adjusted Rand index 1.00" in made.note


def test_segments_are_drawn_from_the_profiles_of_records(run, tmp_path):

    copy = shoal.load(run.save(tmp_path / "copy"))
    told = {
        "schema": 1,
        "columns": [{"name": "age", "kind": "number"}, {"name": "plan", "kind": "category"}],
        "clusters": [
            {
                "cluster": c,
                "columns": [
                    {"median": 30.0 + c, "effect": 0.1 * c},
                    {"level": "pro", "share": 0.0, "effect": -1.0},
                ],
            }
            for c in range(4)
        ],
    }
    RunFolder(copy.path).write_json("profiles.json", told)
    (cells,) = marks(copy.plot.segments(), HeatMap)
    assert cells.values.tolist() == [[-1.0] * 4, pytest.approx([0.0, 0.1, 0.2, 0.3])]
    assert cells.written[0] == ["pro: 0 %"] * 4
    copy.plot.segments().save(tmp_path / "x.png")


def test_segments_have_a_legend_of_colours_and_an_outcome_that_can_be_compared(tmp_path):
    pd = pytest.importorskip("pandas")
    group = np.repeat(np.arange(3), 40)
    draw = np.random.default_rng(0)
    left = np.where(draw.random(120) < np.array([0.9, 0.2, 0.1])[group], "Yes", "No")
    table = {"spend": 100.0 * group + draw.normal(0, 1, 120), "gone": left}
    table["visits"] = 9.0 * (group == 1) + draw.normal(0, 1, 120)
    made = shoal.cluster(pd.DataFrame(table), k=3, outcome="gone").plot.segments()
    (cells,) = marks(made, HeatMap)
    names = [name for _, name in made.panels[0].y_ticks]
    assert names[-1] == "gone (outcome)"
    # the rarer value in every cell, whatever most rows of a segment have
    assert all(cell.startswith("Yes: ") for cell in cells.written[-1])
    assert cells.values[-1].max() > 0.5 > 0 > cells.values[-1].min()
    strip = marks(made, Shape)
    assert [shape.colour for shape in strip] == list(TWO_HUES)
    # above the cells, in the blue and orange of the report
    assert all(max(shape.y) < -0.5 for shape in strip)
    blue, orange = (tuple(bytes.fromhex(hue[1:])) for hue in (TWO_HUES[0], TWO_HUES[-1]))
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    for ending in ("png", "html"):
        made.save(tmp_path / f"x.{ending}")


def test_keywords_of_records_are_no_words_of_rows():
    group = np.repeat(np.arange(3), 40)
    noise = np.random.default_rng(0).normal(0, 1, (2, 120))
    table = {"spend": 100.0 * group + noise[0], "visits": 9.0 * (group == 1) + noise[1]}
    pd = pytest.importorskip("pandas")
    records = shoal.cluster(pd.DataFrame(table), k=3)
    with pytest.raises(BadInput, match="use the segments plot"):
        records.plot.keywords()
    assert marks(records.plot.segments(), HeatMap)


@pytest.mark.parametrize(
    ("kind", "options", "error", "says"),
    [
        ("mpa", {}, UnknownPart, "map"),
        ("map", {"by": "umpa"}, UnknownPart, "umap"),
        ("map", {"colour": "red"}, UnknownPart, "parameter"),
        ("segments", {}, BadInput, "no segments"),
        ("time", {"column": "text"}, BadInput, "holds no dates"),
        ("time", {"column": "dya"}, UnknownPart, "day"),
        ("sizes", {"n": 0}, BadInput, "at least 1"),
    ],
)
def test_errors_say_what_is_wrong(run, kind, options, error, says):
    with pytest.raises(error, match=says):
        run.plot(kind, **options)


def test_files_are_not_written_over_unasked(run, tmp_path):
    made = run.plot.sizes()
    made.save(tmp_path / "x.svg")
    with pytest.raises(OutputExists):
        made.save(tmp_path / "x.svg")
    made.save(tmp_path / "x.svg", force=True)
    with pytest.raises(BadInput, match=r"\.png, \.svg, \.pdf, \.html"):
        made.save(tmp_path / "x.gif")


@pytest.mark.parametrize(("ending", "module"), [("png", "matplotlib"), ("html", "plotly")])
def test_a_missing_library_says_how_to_install_it(run, ending, module, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    if module == "plotly":
        monkeypatch.setitem(__import__("sys").modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtra, match=r"pip install 'shoal\[plots\]'"):
        run.plot.sizes().save(tmp_path / f"x.{ending}")


def test_a_picture_shows_itself_in_a_notebook(run):
    assert run.plot.sizes()._repr_png_().startswith(b"\x89PNG")
    assert "map" in dir(run.plot)
    with pytest.raises(AttributeError, match="no plot"):
        run.plot.chart  # noqa: B018
