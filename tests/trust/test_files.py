"""Nothing outside of a run is read, copied or written because a run says so."""

import json
import shutil
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shoal
from shoal.artifacts.folder import RunFolder
from shoal.errors import BrokenRun, NotTrusted
from shoal.storage import trust
from tests.trust.conftest import give, rewrite, tell
from tests.trust.watching import ABLE, Watched


def test_a_link_out_of_a_run_is_not_followed(run_path, tmp_path, capsys):
    outside = tmp_path / "bashrc"
    outside.write_text("mine\n", encoding="utf-8")
    (run_path / "edits.jsonl").symlink_to(outside)
    for command in ("report", "edits", "evaluate", "anomalies", "duplicates"):
        assert give(command, run_path) == 2
        assert "edits.jsonl is a link" in capsys.readouterr().err
    with pytest.raises(NotTrusted):
        shoal.load(run_path)
    assert outside.read_text(encoding="utf-8") == "mine\n"
    assert shoal.load(run_path, trust=True)


@pytest.mark.skipif(not ABLE, reason="only Linux says which files are opened")
def test_a_recipe_that_is_a_link_is_not_even_read(run_path, tmp_path, capsys):
    watched = Watched(tmp_path / "outside")
    (run_path / "recipe.toml").unlink()
    (run_path / "recipe.toml").symlink_to(watched.folder / "secret.toml")
    for command in (("describe",), ("tune", "--seconds", "0"), ("cluster", "-k", "3"), ("doctor",)):
        assert give(command[0], run_path, *command[1:]) == 2
        assert "to which its recipe.toml is a link" in capsys.readouterr().err
        assert not watched.touched(), command
    watched.close()


def test_links_within_a_run_and_exported_ones_are_no_matter(run_path):
    (run_path / "folders").mkdir()
    (run_path / "folders" / "picture.png").symlink_to("/etc/hostname")
    (run_path / "again.html").symlink_to("report.html")
    assert shoal.load(run_path)


@pytest.mark.parametrize("name", ["model", ".run.json.tmp"])
def test_nothing_is_written_through_a_link(run_path, tmp_path, small_table, name):
    outside = tmp_path / "outside"
    if name == "model":
        shutil.move(run_path / "model", outside)
    else:
        outside.touch()
    (run_path / name).symlink_to(outside)
    with pytest.raises(NotTrusted):
        shoal.cluster(small_table, text="text", embedder="hashing", out=run_path, force=True)


@pytest.fixture
def sorted_pictures(run_path, tmp_path):
    """The small run as one whose rows are files, the first of them a secret."""
    secret = tmp_path / "id_rsa"
    secret.write_text("secret", encoding="utf-8")
    items = pq.read_table(run_path / "items.parquet")
    paths = [str(secret), *[None] * (len(items) - 1)]
    pq.write_table(items.append_column("path", pa.array(paths)), run_path / "items.parquet")
    RunFolder(run_path).note("items.parquet")  # as whoever made it up would
    return run_path


@pytest.mark.parametrize("copies", [True, False])
def test_files_that_a_stranger_names_are_not_copied(sorted_pictures, copies, tmp_path):
    assert not trust.is_own(sorted_pictures)
    with pytest.raises(NotTrusted, match="reads 1 file that it names"):
        shoal.load(sorted_pictures).export_folders(tmp_path / "out", copies=copies)
    assert not (tmp_path / "out").exists()
    way = "copies" if copies else "folders"
    assert give("cluster", sorted_pictures, "--export", way) == 2
    assert give("cluster", sorted_pictures, "--export", way, "--trust") == 0


def test_rows_that_somebody_changed_in_a_run_of_ours_are_not_taken(run_path):
    items = pq.read_table(run_path / "items.parquet")
    pq.write_table(items.append_column("path", items["text"]), run_path / "items.parquet")
    assert trust.is_own(run_path)  # recipe.toml and run.json are as they were
    with pytest.raises(BrokenRun, match=r"items\.parquet"):
        shoal.load(run_path, trust=True).export_folders()


def test_what_was_read_is_written_again_over_a_strangers_folder(small_table, tmp_path):
    out = tmp_path / "run"
    given = {"text": "text", "embedder": "hashing", "k": 4, "out": out}
    shoal.cluster(small_table, **given)
    real = (out / "items.parquet").read_bytes()
    tell(out, status="running")
    items = pq.read_table(out / "items.parquet")
    pq.write_table(items.append_column("path", items["text"]), out / "items.parquet")
    trust._agreed.clear()
    shoal.cluster(small_table, **given)
    assert (out / "items.parquet").read_bytes() == real


def test_predict_never_writes_into_a_run(run_path, new, tmp_path, capsys):
    before = (run_path / "assignments.parquet").read_bytes()
    for name in ("assignments.parquet", "new.parquet", "model/new.csv"):
        assert give("predict", run_path, new, "-o", run_path / name, "--force") == 2
        assert "inside the run" in capsys.readouterr().err
    (tmp_path / "link").symlink_to(run_path)
    assert give("predict", run_path, new, "-o", tmp_path / "link" / "x.csv") == 2
    assert (run_path / "assignments.parquet").read_bytes() == before


@pytest.mark.parametrize("command", ["anomalies", "duplicates", "edits"])
def test_no_command_writes_over_a_file_of_a_run(run_path, command):
    before = (run_path / "items.parquet").read_bytes()
    assert give(command, run_path, "-o", run_path / "items.parquet", "--force") == 2
    assert (run_path / "items.parquet").read_bytes() == before


@pytest.mark.parametrize(
    "name", ["../victim.txt", "{}", "model/../../victim.txt", "..\\victim.txt"]
)
def test_repair_takes_nothing_away_outside_of_a_run(run_path, tmp_path, name):
    victim = tmp_path / "victim.txt"
    assert run_path.parent == tmp_path
    victim.write_text("mine\n", encoding="utf-8")
    source = tmp_path / "rows.csv"
    source.write_text("text\na row\nanother row\n", encoding="utf-8")
    rewrite(run_path, read={"sources": [str(source)]})
    info = json.loads((run_path / "run.json").read_text(encoding="utf-8"))
    bad = {name.format(victim): {"bytes": 1, "modified": 1, "xxh3": "0" * 32}}
    tell(run_path, files={**info["files"], **bad})
    give("doctor", run_path, "--repair", "--trust")
    give("report", run_path)
    assert victim.read_text(encoding="utf-8") == "mine\n"


@pytest.mark.parametrize("place", ["/etc/hostname", "http://{}/rows.csv", "s3://{}/rows.csv"])
def test_repair_reads_no_source_that_a_stranger_names(run_path, listener, capsys, place):
    rewrite(run_path, read={"sources": [place.format(listener.address)]})
    (run_path / "items.parquet").unlink()
    tell(run_path)
    trust._agreed.clear()
    before = sorted(p.name for p in run_path.iterdir())
    assert give("doctor", run_path, "--repair") == 2
    assert "was not made by you" in capsys.readouterr().err
    assert listener.connections == 0
    assert sorted(p.name for p in run_path.iterdir()) == before


def test_predict_opens_no_file_that_a_run_names_for_its_vectors(tmp_path, capsys):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    vectors[:30] += 3.0
    rows = pa.table({"v": vectors.tolist(), "name": [str(i) for i in range(60)]})
    pq.write_table(rows, tmp_path / "rows.parquet")
    run = tmp_path / "run"
    assert give("cluster", tmp_path / "rows.parquet", "--vectors", "v", "-o", run) == 0
    secret = tmp_path / "secret.npy"
    np.save(secret, vectors)
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    tell(run, columns={**info["columns"], "vectors": str(secret)})
    pq.write_table(rows.drop_columns(["v"]), tmp_path / "new.parquet")
    out = tmp_path / "p.csv"
    assert give("predict", run, tmp_path / "new.parquet", "-o", out) == 2
    assert "secret.npy" in capsys.readouterr().err  # as a column that there is not
    assert not out.exists()


@pytest.mark.parametrize("whose", ["run", "other"])
def test_pictures_that_a_stranger_names_are_not_opened(tmp_path, capsys, whose):
    rng = np.random.default_rng(0)
    rows = "".join(f"{x:.3f},{y:.3f}\n" for x, y in rng.normal(size=(40, 2)))
    (tmp_path / "rows.csv").write_text(f"height,weight\n{rows}", encoding="utf-8")
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    assert give("cluster", tmp_path / "rows.csv", "-o", mine) == 0
    shutil.copytree(mine, theirs)
    items = pq.read_table(theirs / "items.parquet")
    photos = pa.array([str(tmp_path / "secret.png"), *[None] * (len(items) - 1)])
    pq.write_table(items.append_column("photo", photos), theirs / "items.parquet")
    photo = {"name": "photo", "kind": "image", "use": "clustered", "form": "", "why": ""}
    photo |= {"role": "picture", "gaps": 0}
    columns = json.loads((theirs / "run.json").read_text(encoding="utf-8"))["columns"]
    tell(theirs, columns={**columns, "features": [*columns["features"], photo]})
    RunFolder(theirs).note("items.parquet")
    capsys.readouterr()
    new = "".join(f"{x:.3f},{y:.3f},\n" for x, y in rng.normal(size=(9, 2)))
    (tmp_path / "new.csv").write_text(f"height,weight,photo\n{new}", encoding="utf-8")
    other = tmp_path / "new.csv" if whose == "run" else theirs
    assert give("duplicates", theirs if whose == "run" else mine, other) == (
        2 if whose == "run" else 0  # the columns of one's own run are read, and of no others
    )
    assert ("reads 1 file that it names" in capsys.readouterr().err) == (whose == "run")


# models


def test_a_models_files_are_checked_before_they_are_opened(tmp_path, monkeypatch):
    from shoal.parts.embedders import sentence_models as others
    from shoal.parts.embedders import torch_images

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "modules.json").write_text("[]", encoding="utf-8")
    was = others.revision_of_folder(folder)
    (folder / "evil.py").write_text("raise SystemExit", encoding="utf-8")
    for name in ("sentence_transformers", "transformers", "timm", "model2vec"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it raises ImportError
    for make in (
        lambda: others.SentenceTransformers(str(folder), pinned=f"st:{was}:256:"),
        lambda: others.Model2Vec(str(folder), pinned=f"model2vec:{was}"),
        lambda: torch_images.Clip(str(folder), pinned=f"clip:{was}:224"),
        lambda: torch_images.Timm(f"local-dir:{folder}", pinned=f"timm:{was}:224"),
    ):
        with pytest.raises(BrokenRun, match="were not opened"):
            make()
    shutil.rmtree(folder)  # and a hub's model of the same name is another one
    with pytest.raises(BrokenRun, match="were not opened"):
        others.SentenceTransformers(str(folder), pinned=f"st:{was}:256:")
    assert others.commit_of(f"st:{'a' * 40}:256:") == {"revision": "a" * 40}
    assert others.commit_of(f"st:{was}:256:") == {}


def test_an_onnx_file_is_checked_before_it_is_opened(tmp_path):
    from shoal.parts.embedders import onnx_images
    from shoal.parts.embedders import sentence_models as others

    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"no model at all")
    with pytest.raises(BrokenRun, match="were not opened"):
        others.OnnxFolder(str(tmp_path), pinned="0" * 32)
    with pytest.raises(BrokenRun, match="were not opened"):
        onnx_images.OnnxImageFile(str(tmp_path / "model.onnx"), pinned="0" * 32)
