"""Sources and run folders on an object store: moto's server, started here, and memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("s3fs")
pytest.importorskip("moto.server", reason="moto's server is not here")

import shoal
from shoal.cli.app import main
from shoal.embedding import job as embedding
from shoal.embedding.shards import Group, Shards, Writer
from shoal.errors import BadInput, MissingExtra
from shoal.parts.engines.local import LocalEngine
from shoal.parts.readers import parquet
from shoal.parts.readers.table import in_memory
from shoal.stages.reading import opening
from shoal.storage import remote
from tests.cli.conftest import HASHING
from tests.embedding.test_shards import Letters

SECRET = "a-secret-of-the-tests"


@pytest.fixture(scope="module")
def server():
    """Address of an object store of this test's own."""
    from moto.server import ThreadedMotoServer

    made = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    yield f"http://{host}:{port}"
    made.stop()


@pytest.fixture
def store(server, monkeypatch):
    """The file system, with a bucket."""
    import s3fs

    for name, value in {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": server,
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    files = s3fs.S3FileSystem()
    if not files.exists("bucket"):
        files.mkdir("bucket")
    yield files
    if files.exists("bucket"):
        files.rm("bucket", recursive=True)
    remote._MIRRORS.clear()


@pytest.fixture
def source(store, texts, tmp_path):
    """A CSV of texts in the bucket."""
    path = tmp_path / "stories.csv"
    path.write_text("text\n" + "\n".join(texts), encoding="utf-8")
    store.put_file(str(path), "bucket/data/stories.csv")
    return "s3://bucket/data/stories.csv"


def command(*arguments):
    """The command in a process of its own: nothing of an earlier one is left."""
    words = [sys.executable, "-m", "shoal", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)


def names(store, folder):
    store.invalidate_cache()
    return {name.removeprefix(f"{folder}/") for name in store.find(folder)}


def test_a_run_from_a_bucket_into_a_bucket_and_all_commands_on_it(store, source, tmp_path):
    run = "s3://bucket/runs/stories"
    done = command("cluster", source, "--output", run, *HASHING, "-k", 4)
    assert done.returncode == 0, done.stderr
    assert f"{run}/report.html" in done.stderr + done.stdout
    assert "shoal-remote-" not in done.stderr + done.stdout
    written = names(store, "bucket/runs/stories")
    assert {"run.json", "recipe.toml", "assignments.parquet", "report.html", "embeddings.npy"} <= (
        written
    )
    assert not store.exists("bucket/runs/stories.shoal-probe")
    new = tmp_path / "new.csv"
    new.write_text("text\na rocket in orbit\n", encoding="utf-8")
    done = command("predict", run, new, "-o", "s3://bucket/new/out.csv")
    assert done.returncode == 0, done.stderr
    main(["evaluate", run])
    main(["cluster", run, "-k", "3"])
    main(["report", run, "-o", str(tmp_path / "report.html")])
    assert store.cat("bucket/new/out.csv").startswith(b'"id"')
    opened = shoal.load(run)
    assert len(opened.clusters) == 3
    assert opened.info["source"] == [source]


def test_rows_of_several_sources_are_told_apart_by_their_addresses(store, source, tmp_path):
    other = "s3://bucket/data/other.csv"
    store.pipe_file(other.removeprefix("s3://"), b"text\nquite another story\n")
    run = shoal.cluster([Path(source), Path(other)], embedder="hashing", out=tmp_path / "run")
    assert set(run.to_frame()["source"]) == {source, other}


def test_workers_read_from_the_bucket_what_they_do_not_see(store, source, texts, tmp_path):
    """Row groups without the rest of the file, and small files whole."""
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet", row_group_size=50)
    store.put_file(str(tmp_path / "a.parquet"), "bucket/data/a.parquet")
    here = remote.fetched("s3://bucket/data/a.parquet")
    told = remote.Whereabouts.of(here)
    assert told.address == "s3://bucket/data/a.parquet"
    elsewhere = replace(told, path=Path("/nowhere/a.parquet"))
    assert parquet._group(elsewhere, 1)["text"].to_pylist() == texts[50:100]
    csv = replace(remote.Whereabouts.of(remote.fetched(source)), path=Path("/nowhere/stories.csv"))
    found = opening._read_there({}, in_memory, csv)
    assert found.columns["text"].to_pylist() == texts
    gone = replace(elsewhere, address="s3://bucket/data/gone.parquet")
    assert parquet._group(gone, 1) is None


def test_a_finished_remote_run_is_not_done_again_and_gives_the_labels_of_a_local_one(
    store, source, texts, tmp_path
):
    away = shoal.cluster(source, embedder="hashing", out="s3://bucket/one")
    here = shoal.cluster(tmp_path / "stories.csv", embedder="hashing", out=tmp_path / "run")
    assert away.labels.tolist() == here.labels.tolist()
    before = {name: store.info(f"bucket/one/{name}")["ETag"] for name in names(store, "bucket/one")}
    remote._MIRRORS.clear()  # as another machine
    shoal.cluster(source, embedder="hashing", out="s3://bucket/one")
    after = {name: store.info(f"bucket/one/{name}")["ETag"] for name in names(store, "bucket/one")}
    assert after == before


def test_a_run_that_was_stopped_goes_on_from_the_bucket(store, source, monkeypatch):
    from shoal.run import steps as job

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(job, "explain", killed)
        with pytest.raises(KeyboardInterrupt):
            shoal.cluster(source, embedder="hashing", out="s3://bucket/two")
    assert {"run.json", "embeddings.npy", "neighbors.npz"} <= names(store, "bucket/two")
    remote._MIRRORS.clear()
    run = shoal.cluster(source, embedder="hashing", out="s3://bucket/two")
    for stage in ("embed", "neighbors", "cluster"):
        assert run.info["stages"][stage].get("resumed"), stage


class Blind(LocalEngine):
    """Workers that see none of the folders of whoever leads, and go away after some batches."""

    apart = True

    def __init__(self, most=10**9):
        super().__init__(1)
        self.most = most
        self.home = []

    def map(self, make, batches, *, parallel=True):
        work = make()
        for number, batch in enumerate(batches):
            if number == self.most:
                raise KeyboardInterrupt
            self.home.append(work(batch))
            yield self.home[-1]


def test_workers_that_do_not_see_the_folder_put_vectors_into_the_bucket(
    store, source, texts, tmp_path, monkeypatch
):
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(embedding, "CALIBRATION_ROUNDS", 1)
    monkeypatch.setattr(Shards, "seen", lambda self: False)
    whole, stopped = Blind(), Blind(3)
    options = {"embedder": Letters(), "settings": {"embedder.cache": False}}
    alone = shoal.cluster(texts, out=tmp_path / "alone", **options)
    run = shoal.cluster(texts, engine=whole, out="s3://bucket/three", **options)
    assert set(map(type, whole.home)) == {type(None)}
    assert np.array_equal(run.embeddings, alone.embeddings)
    left = {name for name in names(store, "bucket/three") if "/." in name}
    assert left == set(), "neither shards nor raw vectors stay there"

    with pytest.raises(KeyboardInterrupt):
        shoal.cluster(texts, engine=stopped, out="s3://bucket/four", **options)
    shards = {name for name in names(store, "bucket/four") if name.endswith(".vectors")}
    assert len(shards) == 3
    remote._MIRRORS.clear()  # as another machine, which has no file of the first
    part = Letters()
    run = shoal.cluster(texts, out="s3://bucket/four", **{**options, "embedder": part})
    assert 0 < run.info["model"]["from_cache"] < len(texts)
    assert np.array_equal(run.embeddings, alone.embeddings)
    assert {name for name in names(store, "bucket/four") if "/." in name} == set()


def test_a_bucket_that_cannot_be_written_by_workers_costs_no_vector(store, texts, monkeypatch):
    place = replace(Shards.of(Path("none"), Letters().info), address="s3://no-such-bucket/run")
    keys = np.arange(20, dtype=np.uint64).reshape(10, 2)
    group = Group([texts[:10]], keys, np.zeros(10, bool))
    (home,) = Writer(place, Letters(), 16)(group)
    assert home.tobytes() == Letters().transform(texts[:10]).tobytes()


def test_what_is_missing_or_forbidden_is_told_without_credentials(
    store, source, monkeypatch, capsys
):
    def refused(*words):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, words)])
        told = capsys.readouterr()
        assert (ended.value.code, told.out) == (2, ""), words
        assert "error: " in told.err
        assert "Traceback" not in told.err
        assert SECRET not in told.err

    cases = (
        ("cluster", "s3://bucket/none.csv"),
        ("cluster", source, "-o", "s3://no-such-bucket/run", *HASHING),
        ("evaluate", "s3://no-such-bucket/run"),
        ("cluster", "nosuch://bucket/file.csv"),
        ("cluster", f"s3://tests:{SECRET}@bucket/data/stories.csv"),
    )
    for words in cases:
        refused(*words)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    done = command("cluster", source)  # by a process that has no copy of it yet
    assert done.returncode == 2
    assert "AWS_ENDPOINT_URL" in done.stderr
    assert SECRET not in done.stderr


def test_a_missing_package_gives_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(remote, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"pip install 'shoal\[remote\]'"):
        remote.fetched("s3://bucket/file.csv")


def test_memory_and_any_other_file_system_go_the_same_way(texts):
    import fsspec

    with fsspec.open("memory://data/stories.txt", "w") as file:
        file.write("\n".join(texts))
    run = shoal.cluster("memory://data/stories.txt", embedder="hashing", out="memory://runs/one")
    files = fsspec.filesystem("memory")
    assert files.exists("/runs/one/run.json")
    run.report()
    remote.push(run.path)
    (run.path / "report.html").unlink()
    remote.push(run.path)
    assert not files.exists("/runs/one/report.html")


@pytest.mark.parametrize(
    "name", [r"..\victim", "x/../../../victim", "C:/victim", r"\\host\share\victim"]
)
def test_an_object_is_never_copied_beside_the_stand_in(name):
    import fsspec
    from fsspec.implementations.memory import MemoryFile

    files = fsspec.filesystem("memory")
    for each in (name, "fine"):
        files.store[f"/runs/odd/{each}"] = MemoryFile(data=b"x")
    found = remote.local_mirror("memory://runs/odd")
    assert [p.name for p in found.parent.rglob("*") if p.is_file()] == ["fine"]
    remote._MIRRORS.clear()
    files.store.clear()


@pytest.mark.parametrize("place", ["file:///etc/passwd", "file:/etc", "FILE://x", "local://x/y"])
def test_files_of_this_machine_are_named_by_their_paths(place):
    for given in (place, Path(place)):
        with pytest.raises(BadInput, match="Name it by its path"):
            remote.address_of(given)


def test_local_paths_are_no_addresses(tmp_path):
    for path in ("data.csv", "C:/data.csv", "/a/b:c/d", "-", "a:b", "C:\\x"):
        assert remote.address_of(path) is None
        assert remote.local_mirror(path) == Path(path)
    assert remote.address_of(Path("s3://bucket/x y/z.csv")) == "s3://bucket/x y/z.csv"
    with pytest.raises(BadInput, match="environment"):
        remote.address_of("s3://key:word@bucket/x")
