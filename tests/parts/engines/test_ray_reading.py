"""Reading by workers of Ray: files, row groups and folders, whoever dies while they are read."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'shoal[ray]'")
import ray

from shoal import stages
from shoal.parts.engines.ray_engine import RayEngine
from shoal.parts.readers.table import Table

N_ROWS = 40


class Watched(RayEngine):
    """Keeps what kinds of results came back, and kills a worker when the first one does."""

    def __init__(self):
        super().__init__(n_workers=2)
        self.kinds = []

    def map(self, make, batches, *, parallel=True):
        for result in super().map(make, batches, parallel=parallel):
            if not self.kinds:
                ray.kill(self.crew.workers[0])
            self.kinds.append(type(result))
            yield result


def texts_of(name):
    return [f"{name} has a text in row {row}" for row in range(N_ROWS)]


def parquet(folder):
    table = pa.table({"text": texts_of("parquet"), "n": range(N_ROWS)})
    pq.write_table(table, folder / "a.parquet", row_group_size=7)
    return [folder / "a.parquet"]


def files(folder):
    (folder / "a.csv").write_text("text,n\n" + "".join(f"{t},7\n" for t in texts_of("csv")))
    rows = [json.dumps({"text": text, "n": 1.5}) for text in texts_of("jsonl")]
    (folder / "b.jsonl").write_text("\n".join(rows) + "\n{bad")
    return [folder / "a.csv", folder / "b.jsonl", *parquet(folder)]


def texts(folder):
    (folder / "texts").mkdir()
    for row, text in enumerate(texts_of("folder")):
        (folder / "texts" / f"{row:02}.txt").write_text(text)
    (folder / "texts" / "no.txt").write_bytes(bytes(range(256)))
    return [folder / "texts"]


def vectors(folder):
    rows = np.random.default_rng(0).normal(size=(N_ROWS, 3))
    rows[7] = 0
    table = pa.table({"text": texts_of("vectors"), "vector": list(rows)})
    pq.write_table(table, folder / "a.parquet", row_group_size=7)
    return [folder / "a.parquet"]


@pytest.fixture(scope="module", autouse=True)
def cluster():
    # "local": a test beside this one may have a cluster of its own, which Ray would take
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
    )
    yield
    ray.shutdown()


@pytest.mark.parametrize(
    ("write", "kind"),
    [(parquet, pa.Table), (files, Table), (texts, list), (vectors, pa.Table)],
)
def test_workers_read_what_this_process_would(write, kind, tmp_path, monkeypatch):
    monkeypatch.setattr("shoal.parts.readers.documents.reading.BLOCK_ENTRIES", 7)
    monkeypatch.setattr("shoal.storage.columns.LARGE", 1000)  # in files of this process
    sources = write(tmp_path)
    params = {"vectors": "vector"} if write is vectors else {"text": "text"}
    alone = stages.read(sources, params, folder=tmp_path)
    engine = Watched()
    with engine.at_work():
        there = stages.read(sources, params, folder=tmp_path)
    assert engine.kinds.count(kind) > 2
    assert type(None) not in engine.kinds, "nothing had to be read again by this process"
    assert there.ids.to_pylist() == alone.ids.to_pylist()
    assert list(there.readable) == list(alone.readable)
    assert there.columns.equals(alone.columns)
    assert (there.excluded, there.notes, there.about) == (alone.excluded, alone.notes, alone.about)
    assert np.array_equal(there.keys, alone.keys)
    assert len(there.excluded) == (write is not parquet)
    if write is vectors:
        assert np.array_equal(there.contents, alone.contents)
