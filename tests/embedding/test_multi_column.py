"""Records with texts and pictures among their columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal.cli.screen import make_console
from shoal.cli.summary import show_summary
from shoal.embedding.multi_column import MultiColumnEmbedder, largest_variance
from shoal.errors import BadInput, UnknownPart

N = 120
THEMES = ["football goal league keeper", "oven flour butter sauce", "rocket orbit planet moon"]
GROUP = np.arange(N) % 3
HASHING = "hashing"


def mixed():
    draw = np.random.default_rng(0)
    words = [THEMES[g].split() for g in GROUP]
    notes = [" ".join(draw.permutation(w)) + f" story number {i}" for i, w in enumerate(words)]
    notes[5] = None
    price = np.exp(draw.normal(3, 0.2, N) + 2 * (GROUP == 1))
    return pa.table({"note": notes, "price": price, "coin": [["a", "b"][i % 2] for i in range(N)]})


TABLE = mixed()
NAMES = ["note", "price", "coin"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("mixed") / "run"
    return shoal.cluster(TABLE, columns=NAMES, embedder=HASHING, out=out)


def test_texts_and_columns_make_one_clustering_that_says_what_each_added(run):
    parts = {part["name"]: part for part in run.profiles["parts"]}
    assert set(parts) == set(NAMES)
    assert sum(part["share"] for part in parts.values()) == pytest.approx(1.0)
    # left out, the note would take rows along, and the coin none
    assert parts["coin"]["moved"] < 0.05 < parts["note"]["moved"]
    assert run.info["parts"] == run.profiles["parts"]
    # a coin that says nothing does not part the rows, though nothing is as far apart as its sides
    assert parts["coin"]["explained"] < 0.2 < parts["note"]["explained"]
    for c in range(len(run.clusters)):
        assert len(set(GROUP[run.labels == c])) == 1


def test_titles_come_from_the_texts_and_keywords_from_both(run):
    told = " ".join(entry["title"] for entry in run.clusters)
    assert any(word in told for word in ("football", "goal", "league", "keeper"))
    assert any("x the median" in word for entry in run.clusters for word in entry["keywords"])
    assert run.clusters[0]["written_by"] == "keywords, profiles"


def test_its_own_rows_get_their_own_clusters_and_new_ones_near_them_theirs(run):
    assert run.predict(TABLE).tolist() == run.labels.tolist()
    new = TABLE.set_column(1, "price", pa.array(np.asarray(TABLE["price"]) * 1.02))
    assert (run.predict(new) == run.labels).mean() > 0.9


def test_blocks_have_their_share_of_every_vector(run):
    blocks = {b["name"]: b for b in run.info["model"]["blocks"]}
    vectors = np.asarray(run.embeddings, dtype=np.float64)
    length = [(vectors[:, b["start"] : b["stop"]] ** 2).sum(axis=1) for b in blocks.values()]
    assert np.sum(length, axis=0) == pytest.approx(1.0, abs=1e-5)
    note = (vectors[:, blocks["note"]["start"] : blocks["note"]["stop"]] ** 2).sum(axis=1)
    assert note[5] == 0  # a row without a text does without it
    assert np.ptp(np.delete(note, 5)) < 1e-5
    assert "embedded by" in blocks["note"]["done"]


def test_a_weight_of_the_columns_moves_the_clusters(run):
    heavy = shoal.cluster(TABLE, columns=NAMES, embedder=HASHING, weights={"columns": 50.0})
    share = {part["name"]: part["share"] for part in heavy.profiles["parts"]}
    before = {part["name"]: part["share"] for part in run.profiles["parts"]}
    assert share["note"] < 0.2 < before["note"]


def test_texts_are_not_embedded_twice(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path))
    first = shoal.cluster(TABLE, columns=NAMES, embedder="minilm")
    again = shoal.cluster(TABLE, columns=NAMES, embedder="minilm", weights={"price": 2})
    assert again.info["model"]["from_cache"] == N - 1
    assert first.info["model"]["revision"] != again.info["model"]["revision"]


def coloured(image, folder, n):
    """Files of n pictures, each in the colour of its group."""
    paths = []
    for i, g in enumerate(GROUP[:n]):
        colour = [(200, 20, 20), (20, 200, 20), (20, 20, 200)][g]
        path = folder / f"{i}.png"
        image.new("RGB", (16, 16), tuple(min(c + i, 255) for c in colour)).save(path)
        paths.append(str(path))
    return paths


def test_pictures_are_a_block_too(tmp_path):
    image = pytest.importorskip("PIL.Image")
    paths = coloured(image, tmp_path, 30)
    paths[3] = str(tmp_path / "lost.png")
    table = pa.table({"photo": paths, "price": np.asarray(TABLE["price"])[:30]})

    def mean_colour(pictures):
        return np.array([np.asarray(image.open(p.source)).mean(axis=(0, 1)) for p in pictures])

    run = shoal.cluster(table, columns=["photo", "price"], embedder=mean_colour)
    assert {part["name"] for part in run.profiles["parts"]} == {"photo", "price"}
    photo = {f["name"]: f for f in run.info["columns"]["features"]}["photo"]
    assert (photo["kind"], photo["gaps"], photo["unread"]) == ("image", 1, 1)
    assert run.predict(table, embedder=mean_colour).tolist() == run.labels.tolist()
    assert len({entry["title"] for entry in run.clusters}) == len(run.clusters)
    for entry in run.clusters:
        assert {"red", "green", "blue"} & set(entry["keywords"])
    assert run.clusters[0]["written_by"] == "pictures, profiles"
    again = shoal.recut(run, k=2, out=tmp_path / "again")
    assert again.clusters[0]["written_by"] == "pictures, profiles"
    # the report shows them, and the explorer too
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") >= 3
    view = pytest.importorskip("shoal.views.explorer.view").RunView(run.path)
    assert view.has_pictures
    assert view.thumbnail(0).startswith(b"\xff\xd8")
    with pytest.raises(BadInput, match="no picture"):
        view.thumbnail(3)


def test_the_balance_is_that_of_the_largest_variance():
    one = np.zeros((100, 2), dtype=np.float32)
    one[::2, 0] = one[1::2, 1] = 1.0
    assert largest_variance(one) == pytest.approx(0.5)
    assert largest_variance(one[:1]) == 1.0
    wide = np.random.default_rng(0).normal(size=(30, 200)).astype(np.float32)
    direct = np.linalg.eigvalsh(np.cov(wide.T, bias=True))[-1]
    assert largest_variance(wide) == pytest.approx(direct, rel=1e-4)


def test_mistakes_are_explained():
    with pytest.raises(BadInput, match="a single text column only"):
        shoal.cluster(TABLE, columns=NAMES, embedder="student")
    with pytest.raises(UnknownPart, match="given a weight"):
        MultiColumnEmbedder([("note", "text"), ("price", "number")], {}, {"photo": 2.0})


def test_vectors_that_were_made_before_are_a_block_too():
    draw = np.random.default_rng(0)
    vectors = (np.eye(3, 6)[GROUP] + draw.normal(0, 0.05, (N, 6))).tolist()
    vectors[4] = None
    vectors[7] = [float("nan")] * 6
    table = TABLE.select(["price"]).append_column("v", pa.array(vectors))
    run = shoal.cluster(table, columns=["price", "v"])
    features = {f["name"]: f for f in run.info["columns"]["features"]}
    assert (features["v"]["kind"], features["v"]["gaps"]) == ("vector", 2)
    assert run.predict(table).tolist() == run.labels.tolist()
    for c in range(len(run.clusters)):
        rows = np.nonzero(run.labels == c)[0]
        assert len(set(GROUP[np.setdiff1d(rows, [4, 7])])) == 1
    narrow = table.set_column(1, "v", pa.array([[1.0, 2.0]] * N))
    with pytest.raises(BadInput, match="have 2 dimensions, but the run's have 6"):
        run.predict(narrow)


def test_what_is_clustered_is_named_once():
    with pytest.raises(BadInput, match="List the column in --columns"):
        shoal.cluster(TABLE, columns=["price"], text="note")


def test_a_picture_that_cannot_be_read_is_named_and_its_row_goes_by_the_rest(tmp_path, capsys):
    image = pytest.importorskip("PIL.Image")
    paths = coloured(image, tmp_path, 60)
    paths[3], paths[7] = str(tmp_path / "lost.png"), None
    table = pa.table({"photo": paths, "price": np.asarray(TABLE["price"])[:60]})

    def mean_colour(pictures):
        return np.array([np.asarray(image.open(p.source)).mean(axis=(0, 1)) for p in pictures])

    run = shoal.cluster(
        table,
        columns=["photo", "price"],
        embedder=mean_colour,
        coverage="100",
        out=tmp_path / "run",
    )
    photo = {f["name"]: f for f in run.info["columns"]["features"]}["photo"]
    assert (photo["gaps"], photo["unread"]) == (2, 1)
    told = [note for note in run.info["notes"] if "cannot be used" in note]
    assert told == [
        "1 picture in 'photo' cannot be used, in row 3 (no such file); these rows are "
        "clustered by their other columns."
    ]
    notes = run.to_arrow()["note"].to_pylist()
    assert [row for row, note in enumerate(notes) if note] == [3]
    assert notes[3] == "photo: no such file"
    assert run.labels[3] >= 0
    assert "no such file" in (run.path / "report.html").read_text(encoding="utf-8")
    again = shoal.recut(run, k=2, out=tmp_path / "again")
    assert again.to_arrow()["note"].to_pylist() == notes
    new = run.predict_table(table, embedder=mean_colour)
    assert new["note"][3].as_py() == "photo: no such file"
    show_summary(make_console(), run)
    assert "1 of 'photo' could not be used" in capsys.readouterr().err
