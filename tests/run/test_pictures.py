"""Whole runs of pictures: cluster, report, predict, cut anew, sort into folders."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shoal
from shoal.data.pictures import Picture, decode
from shoal.errors import BadInput, BrokenRun, OutputExists
from tests.making_pictures import damaged, photos, saved, smooth, tinted


def colours(pictures):
    """An embedder of one's own: the mean colour of each picture and of its halves."""
    out = []
    for picture in pictures:
        assert isinstance(picture, Picture)
        pixels = np.asarray(decode(picture.source, 16), dtype=float) / 255 - 0.5
        half = pixels.shape[1] // 2
        parts = (pixels, pixels[:, :half], pixels[:, half:])
        out.append(np.concatenate([part.mean(axis=(0, 1)) for part in parts]))
    return out


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = photos(tmp_path_factory.mktemp("data") / "photos", n=30)
    for name, (data, _) in damaged().items():
        (folder / name).write_bytes(data)
    (folder / "a copy.jpg").write_bytes((folder / "red things/IMG_0001.jpg").read_bytes())
    return folder


@pytest.fixture(scope="module")
def run(source, tmp_path_factory):
    return shoal.cluster(
        source, embedder=colours, truth="folder", out=tmp_path_factory.mktemp("runs") / "run"
    )


def test_clusters_are_found_named_and_measured(run, source):
    titles = {entry["title"].split(" ")[0] for entry in run.clusters}
    assert titles == {"Red", "Green", "Blue"}
    assert run.scores["ari"] > 0.95
    assert run.info["counts"]["excluded"] == len(damaged())
    assert run.info["columns"]["modality"] == "image"


def test_the_folder_holds_paths_thumbnails_and_reasons(run, source):
    items = pq.read_table(run.path / "items.parquet")
    assert items["path"][0].as_py().startswith(str(source))
    small = pq.read_table(run.path / "thumbnails.parquet")["thumbnail"].to_pylist()
    notes = pq.read_table(run.path / "assignments.parquet")["note"].to_pylist()
    told = dict(zip(items["id"].to_pylist(), zip(small, notes, strict=True), strict=True))
    for name in damaged():
        assert told[name][0] is None
        assert told[name][1]
    assert told["red things/IMG_0001.jpg"][0].startswith(b"\xff\xd8")


def test_a_copy_shares_the_cluster_of_its_file(run):
    table = pq.read_table(run.path / "assignments.parquet")
    rows = {row["id"]: row for row in table.to_pylist()}
    assert rows["red things/IMG_0001.jpg"]["duplicate_of"] == "a copy.jpg"
    assert rows["red things/IMG_0001.jpg"]["cluster"] == rows["a copy.jpg"]["cluster"]


def test_the_report_shows_pictures_and_says_what_was_left_out(run):
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert page.count('<img src="data:image/jpeg;base64,') == 12 * len(run.clusters)
    payload = page.split('id="map-pictures">')[1].split("</script>")[0]
    assert sum(map(bool, json.loads(payload))) == 91
    assert "bomb.png" in page
    assert str(run.path.parent) not in page


def test_predicting_the_same_pictures_gives_the_same_clusters(run, source):
    np.testing.assert_array_equal(run.predict(source, embedder=colours), run.labels)


def test_new_pictures_get_the_cluster_of_their_like(run, source, tmp_path):
    new = pa.table({"photo": [saved(tinted("green", 999)), b"no picture"]})
    found = run.predict_table(new, image="photo", embedder=colours).to_pylist()
    assert found[0]["title"].startswith("Green")
    assert found[1]["cluster"] == -1
    assert "not a readable picture" in found[1]["note"]


def test_a_run_of_pictures_takes_no_texts(run):
    with pytest.raises(BadInput, match="made from pictures"):
        run.predict(["a text", "another"], embedder=colours)


def test_another_cut_keeps_the_pictures(run, tmp_path):
    again = shoal.recut(run, k=2, out=tmp_path / "two")
    assert len(again.clusters) == 2
    assert "data:image/jpeg" in (again.path / "report.html").read_text(encoding="utf-8")
    assert all(not entry["title"].startswith("like") for entry in again.clusters)


def test_a_text_column_names_the_clusters_of_pictures(source):
    rows = [
        (f"{c} paint", str(source / f"{c} things/IMG_{i:04d}.jpg"))
        for c in ("red", "green", "blue")
        for i in range(20)
    ]
    frame = pa.table({"name": [r[0] for r in rows], "file": [r[1] for r in rows]})
    made = shoal.cluster(frame, image="file", text="name", embedder=colours)
    titles = {entry["title"].lower() for entry in made.clusters}
    assert titles == {"red paint", "green paint", "blue paint"}


def test_rows_of_a_table_of_pictures_are_shown_by_their_files(source):
    paths = [str(source / f"{c} things/IMG_{i:04d}.jpg") for c in ("red", "blue") for i in range(9)]
    made = shoal.cluster(pa.table({"file": paths}), image="file", embedder=colours)
    shown = {row["text"] for entry in made.clusters for row in entry["typical"]}
    assert "red things/IMG_0001.jpg" in shown
    assert all("things/IMG_" in text for text in shown)


def test_folders_of_links_or_copies(run, source, tmp_path):
    out = run.export_folders(tmp_path / "sorted")
    folders = {path.name: list(path.iterdir()) for path in out.iterdir() if path.is_dir()}
    assert sum(map(len, folders.values())) == 91
    assert all(path.is_symlink() and path.is_file() for files in folders.values() for path in files)
    assert {name.split(" ", 1)[1].split(" ")[0] for name in folders} == {"Red", "Green", "Blue"}
    with pytest.raises(OutputExists, match="exists"):
        run.export_folders(out)
    run.export_folders(out, copies=True, force=True)
    assert not any(path.is_symlink() for path in out.rglob("*"))
    assert (source / "red things/IMG_0001.jpg").is_file()


def test_nothing_that_shoal_did_not_write_is_removed(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/keep.txt").write_text("mine")
    with pytest.raises(OutputExists, match="not written by shoal"):
        run.export_folders(tmp_path / "mine", force=True)
    assert (tmp_path / "mine/keep.txt").read_text() == "mine"


def test_a_run_of_texts_has_no_pictures_to_sort(tmp_path):
    made = shoal.cluster(["one text", "two texts", "three"] * 3, embedder="hashing")
    with pytest.raises(BadInput, match="not a run of picture files"):
        made.export_folders(tmp_path / "out")


def test_an_embedder_of_texts_is_refused_for_pictures(source):
    with pytest.raises(BadInput, match="accepts text, but the data is image"):
        shoal.cluster(source, embedder="hashing")


def test_a_missing_embedder_of_ones_own_is_said(run, source, tmp_path):
    new = tmp_path / "new.jpg"
    new.write_bytes(saved(tinted("red", 5000), "JPEG"))
    with pytest.raises((BadInput, BrokenRun), match="embedder"):
        run.predict(new)


def test_pictures_that_were_saved_again_are_near_duplicates_and_those_of_one_kind_are_not(tmp_path):
    image = pytest.importorskip("PIL.Image")
    source = photos(tmp_path / "photos", n=20)
    for number in (3, 7):
        given = smooth(number, (200, 150))
        given.save(source / f"{number}.png")
        given.resize((140, 105)).save(source / f"{number} small.jpg", quality=60)
    for name, colour in (("plain one.png", (9, 200, 9)), ("plain two.png", (9, 201, 9))):
        image.new("RGB", (90, 90), colour).save(source / name)
    run = shoal.cluster(source, embedder=colours, out=tmp_path / "run")
    groups = {}
    for entry in run.duplicates:
        groups.setdefault(entry["group"], set()).add(entry["id"])
    expected = [["3 small.jpg", "3.png"], ["7 small.jpg", "7.png"]]
    assert sorted(map(sorted, groups.values())) == expected
    assert "look the same as thumbnails" in run.evaluation["duplicates"]["rule"]
    assert shoal.recut(run, k=2, out=tmp_path / "again").duplicates == run.duplicates


def test_pictures_beside_vectors_are_shown_and_name_the_clusters(source, tmp_path):
    paths = [str(source / f"{c} things/IMG_{i:04d}.jpg") for c in ("red", "blue") for i in range(9)]
    vectors = np.random.default_rng(0).normal(0, 0.1, (18, 8))
    vectors[:9, 0] += 1
    vectors[9:, 1] += 1
    paths[4] = str(source / "lost.jpg")
    made = shoal.cluster(
        pa.table({"file": paths}), vectors=vectors, image="file", k=2, out=tmp_path / "run"
    )
    assert made.info["columns"]["text"] is None
    assert {entry["title"].split(" ")[0] for entry in made.clusters} == {"Red", "Blue"}
    assert {entry["written_by"] for entry in made.clusters} == {"pictures"}
    small = pq.read_table(made.path / "thumbnails.parquet")["thumbnail"].to_pylist()
    assert [row for row, data in enumerate(small) if data is None] == [4]
    # the row has its vector, so only its picture is missing
    assert made.labels[4] == made.labels[0]
    assert any("cannot be shown, the first in row 4: no such file" in n for n in made.info["notes"])
    assert "data:image/jpeg" in (made.path / "report.html").read_text(encoding="utf-8")
    again = shoal.recut(made, k=3, out=tmp_path / "again")
    assert {entry["written_by"] for entry in again.clusters} == {"pictures"}
    with pytest.raises(BadInput, match="asked for by --image"):
        shoal.cluster(pa.table({"file": paths}), vectors=vectors, image="fle")
