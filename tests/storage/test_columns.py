"""Large columns in files: the same values in one array each, whatever the type and the chunks."""

from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal.data.texts import Texts
from shoal.storage import columns as table_maps
from shoal.storage.columns import gathered, read_mapped

N = 500
TEXTS = [None if i % 7 == 0 else "" if i % 5 == 0 else f"text {i} – häßlich 猫" for i in range(N)]
REALS = [None if i % 7 == 0 else [i + 0.5] * (i % 4) for i in range(N)]
FIXED = pa.list_(pa.float64(), 2)
COLUMNS = {
    "text": pa.array(TEXTS),
    "large": pa.array(TEXTS, pa.large_string()),
    "whole": pa.array([f"no null {i}" for i in range(N)]),
    "empty": pa.array([""] * N),
    "bytes": pa.array([t and t.encode() for t in TEXTS]),
    "int": pa.array([None if i % 3 == 0 else i for i in range(N)]),
    "small": pa.array(range(N), pa.uint16()),
    "float": pa.array(np.random.default_rng(0).normal(size=N)),
    "time": pa.array([datetime(2026, 11, 29, i % 24) for i in range(N)]),
    "money": pa.array([Decimal(i) / 100 for i in range(N)]),
    "bool": pa.array([i % 2 == 0 for i in range(N)]),
    "kinds": pa.array([f"kind {i % 3}" for i in range(N)]).dictionary_encode(),
    "lists": pa.array([[i, i] for i in range(N)]),
    "reals": pa.array(REALS),
    "large reals": pa.array(REALS, pa.large_list(pa.float32())),
    "vectors": pa.array([None if i % 7 == 0 else [i, i + 0.5] for i in range(N)], FIXED),
    "nothing": pa.nulls(N),
}


@pytest.fixture(autouse=True)
def all_are_large(monkeypatch):
    monkeypatch.setattr(table_maps, "LARGE", 1)
    monkeypatch.setattr(table_maps, "PIECE_ROWS", 64)


def in_chunks(array):
    """The array cut into chunks, one of them without rows and each with an offset."""
    ends = [0, 100, 100, 333, N]
    return pa.chunked_array(
        [array.slice(start, end - start) for start, end in pairwise(ends)], array.type
    )


@pytest.mark.parametrize("name", COLUMNS)
def test_the_values_are_the_same(name, tmp_path):
    table = pa.table({name: in_chunks(COLUMNS[name])})
    out = gathered([table], tmp_path)
    out.validate(full=True)
    assert out[name].to_pylist() == COLUMNS[name].to_pylist()
    assert list(tmp_path.iterdir()) == [], "its files have no names"
    if name not in ("money", "bool", "kinds", "lists", "nothing"):
        assert out[name].num_chunks == 1
        assert out[name].take([499, 0, 333]).to_pylist() == [
            COLUMNS[name].to_pylist()[at] for at in (499, 0, 333)
        ]


@pytest.mark.parametrize("large", [1, 1 << 24])
def test_a_folder_is_no_column_of_what_lies_in_it(large, tmp_path, monkeypatch):
    monkeypatch.setattr(table_maps, "LARGE", large)
    path = tmp_path / "language=en" / "a.parquet"
    path.parent.mkdir()
    pq.write_table(pa.table({"text": TEXTS, "n": range(N)}), path)
    assert read_mapped(path).to_pydict() == {"text": TEXTS, "n": list(range(N))}
    assert read_mapped(path, ["n"]).column_names == ["n"]
    with pytest.raises(pa.ArrowInvalid, match="no column 'x'"):
        read_mapped(path, ["n", "x"])


def test_text_is_not_in_the_memory_of_arrow(tmp_path):
    table = pa.table({"text": in_chunks(pa.array(["x" * 10_000] * N))})
    before = pa.total_allocated_bytes()
    out = gathered([table], tmp_path)
    texts = Texts(out["text"])
    assert texts[400] == "x" * 10_000
    assert pa.total_allocated_bytes() - before < 100_000
    assert table.nbytes > 5_000_000


def test_a_folder_that_is_not_there_yet_or_cannot_be_written_does_no_harm(tmp_path, monkeypatch):
    table = pa.table(COLUMNS)
    assert gathered([table], tmp_path / "not" / "yet").to_pylist() == table.to_pylist()
    assert not (tmp_path / "not").exists()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(table_maps, "TemporaryFile", full)
    assert gathered([table], tmp_path).to_pylist() == table.to_pylist()


def test_small_tables_stay_where_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(table_maps, "LARGE", 1 << 24)
    before = pa.total_allocated_bytes()
    table = pa.table({"int": pa.array(range(N))})
    assert gathered([table], tmp_path)["int"].chunk(0).buffers()[1].address == (
        table["int"].chunk(0).buffers()[1].address
    )
    assert pa.total_allocated_bytes() - before < 2 * table.nbytes


def test_taking_a_few_texts_of_chunks_does_not_copy_all(tmp_path):
    texts = Texts(in_chunks(COLUMNS["whole"]))
    assert isinstance(texts.column, pa.Array)
    assert texts.listed(np.array([3, 333])) == ["no null 3", "no null 333"]


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("large", [1, 2000, 1 << 24])
def test_pieces_come_together_however_many_there_are(name, large, tmp_path, monkeypatch):
    monkeypatch.setattr(table_maps, "LARGE", large)
    whole = pa.table({name: COLUMNS[name]})
    pieces = [whole.slice(start, 37) for start in range(0, N, 37)]
    out = gathered(iter(pieces), tmp_path)
    out.validate(full=True)
    assert out.to_pylist() == whole.to_pylist()


def test_a_disk_that_fills_up_half_way_costs_memory_and_no_row(tmp_path, monkeypatch):
    class Filling:
        def __init__(self, file):
            self.file, self.scratch = file, 3000

        def write(self, data):
            self.scratch -= memoryview(data).nbytes
            if self.scratch < 0:
                raise OSError(28, "No space left on device")
            return self.file.write(data)

        def __getattr__(self, name):
            return getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

    made = table_maps.TemporaryFile
    monkeypatch.setattr(table_maps, "TemporaryFile", lambda **to: Filling(made(**to)))
    whole = pa.table(COLUMNS)
    out = gathered((whole.slice(start, 37) for start in range(0, N, 37)), tmp_path)
    assert out["text"].num_chunks > 1, "what was written, and what no longer fitted"
    out.validate(full=True)
    assert out.to_pylist() == whole.to_pylist()
