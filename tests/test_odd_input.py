"""Ordinary things of other programs that once ended in a traceback."""

import json
import struct
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal.cli.app import main
from shoal.errors import BadInput
from shoal.numerics.blocks import available_threads
from shoal.parts.embedders.base import checked
from shoal.parts.readers.parquet import read_parquet
from shoal.parts.readers.vectors import load_vectors
from shoal.storage.http import HttpClient, _asked_pause
from shoal.writing import write_table

N = 24
TEXTS = [f"{word} number {i} of many" for i in range(N // 3) for word in ("apple", "car", "sea")]


def broken_text(n=N):
    data = [b"half \xff\xfe %d" % i for i in range(n)]
    return pa.Array.from_buffers(pa.string(), n, pa.array(data, pa.binary()).buffers())


COLUMNS = {
    "bytes": pa.array([b"\xff\x00%d" % i for i in range(N)]),
    "bytes of one length": pa.array([bytes([i]) * 16 for i in range(N)], pa.binary(16)),
    "large bytes": pa.array([b"\xff\x00%d" % i for i in range(N)], pa.large_binary()),
    "uuid": pa.array([bytes([i]) * 16 for i in range(N)], pa.uuid()),
    "json": pa.array(['{"a": 1}'] * N, pa.json_()),
    "no UTF-8": broken_text(),
    "struct": pa.array([{"a": 1, "b": "x", "c": b"\xff"}] * N),
    "lists": pa.array([[1, 2]] * N),
    "map": pa.array([[("k", 1)]] * N, pa.map_(pa.string(), pa.int32())),
    "span": pa.array([1] * N, pa.duration("s")),
    "time": pa.array([1] * N, pa.time32("s")),
    "null": pa.nulls(N),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_of_any_type_goes_in_and_out(tmp_path, kind):
    path, out = tmp_path / "a.parquet", tmp_path / "run"
    pq.write_table(pa.table({"text": TEXTS, "odd": COLUMNS[kind]}), path)
    main(
        ["cluster", str(path), "-o", str(out), "-k", "3", "--set", "embed.part=hashing"],
    )
    assert pq.read_metadata(out / "assignments.parquet").num_rows == N
    for ending in ("csv", "jsonl", "parquet"):
        main(["edits", str(out), "-o", str(tmp_path / f"rows.{ending}")])
    assert len((tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()) == N


def test_texts_that_are_no_utf8_are_counted_and_kept(tmp_path):
    path = tmp_path / "a.parquet"
    mixed = pa.chunked_array([broken_text(3), pa.array(["whole", None])])
    pq.write_table(pa.table({"text": mixed}), path)
    table = read_parquet(path)
    assert table.columns["text"].to_pylist() == [
        *(f"half \ufffd\ufffd {i}" for i in range(3)), "whole", None
    ]  # fmt: skip
    assert any("3 texts of 'text' are not valid UTF-8" in note for note in table.notes)


def test_uuids_are_read_as_they_are_written(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"key": COLUMNS["uuid"]}), path)
    assert read_parquet(path).columns["key"][1].as_py() == "01010101-0101-0101-0101-010101010101"


def test_csv_holds_what_it_can_as_json(tmp_path):
    table = pa.table({"id": [1], "s": [{"a": [1, None], "b": "x"}], "b": [b"\xff"]})
    write_table(table, tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert text == '"id","s","b"\n1,"{""a"": [1, null], ""b"": ""x""}","/w=="\n'


def safetensors(path, kind, shape, data):
    told = {"v": {"dtype": kind, "shape": shape, "data_offsets": [0, len(data)]}}
    header = json.dumps(told).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)


def test_vectors_of_bfloat16_are_read(tmp_path):
    pytest.importorskip("safetensors")
    numbers = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    halves = (numbers.view(np.uint32) >> 16).astype("<u2")
    safetensors(tmp_path / "v.safetensors", "BF16", [5, 4], halves.tobytes())
    found = load_vectors(tmp_path / "v.safetensors", "v.safetensors")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, numbers, rtol=1 / 128)
    safetensors(tmp_path / "v.safetensors", "F8_E4M3", [5, 4], b"0" * 20)
    with pytest.raises(BadInput, match="F8_E4M3"):
        load_vectors(tmp_path / "v.safetensors", "v.safetensors")


def test_a_number_beyond_all_numbers_is_no_vector():
    with pytest.raises(BadInput):
        checked([[10**400, 1.0]], 1, "a service")


@pytest.mark.parametrize("wrong", ["abc", "0", "-1", "1.5", "9" * 30, "\u0663", "2 threads"])
def test_a_number_of_threads_that_is_none_is_refused(monkeypatch, wrong):
    monkeypatch.setenv("SHOAL_THREADS", wrong)
    with pytest.raises(BadInput, match="SHOAL_THREADS must be a whole number"):
        available_threads()


@pytest.mark.parametrize(("told", "right"), [(" 2 ", 2), ("16", 16)])
def test_a_number_of_threads_is_taken(monkeypatch, told, right):
    monkeypatch.setenv("SHOAL_THREADS", told)
    assert available_threads() == right


@pytest.mark.parametrize("header", ["nan", "inf", "-inf", "x", "", None, "Mon, 99 Foo 2026"])
def test_a_pause_that_is_none_is_not_kept_to(header):
    assert _asked_pause(header) is None


@pytest.mark.parametrize("echo", ["bad key {}", 'bad key "{}"', "key {}..."])
def test_a_key_that_a_service_says_back_is_not_printed(monkeypatch, echo):
    key = "sk-abcdefgh12345678"
    monkeypatch.setenv("MY_KEY", key)
    options = {"key_variable": "MY_KEY", "timeout": 1.0, "retries": 0, "per_minute": 0}
    client = HttpClient("http://localhost:1/v1", "embed", **options)
    for part in (key, key[:12]):
        assert "efgh" not in client._without_key(echo.format(part))
    assert client._without_key("no such model") == "no such model"


def test_a_reader_that_goes_away_ends_the_command_quietly():
    code = "from shoal.cli.app import main; main(['parts'])"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as started:
        started.stdout.close()
        error = started.stderr.read().decode()
    assert "Traceback" not in error
    assert "BrokenPipe" not in error
