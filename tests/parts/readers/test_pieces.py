"""Files are read in pieces: what comes of it does not depend on where they end."""

import json
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal.parts.readers import delimited, json_lines, lines, parquet
from shoal.parts.readers.stacking import stack
from shoal.parts.readers.table import Table, in_memory
from shoal.parts.readers.vectors import as_matrix, column_matrix
from shoal.stages.reading import opening
from shoal.stages.reading.opening import gather_in, open_source
from shoal.storage.remote import Whereabouts

N = 53
TEXTS = [f"the text of row {i}, häßlich 猫" for i in range(N)]


def columns_of(source, folder, **params):
    table = open_source(source, params, gather_in(folder))
    return {name: table.columns[name].to_pylist() for name in table.columns.column_names}


@pytest.fixture(params=[1, 7, 1 << 14], ids="pieces of {}".format)
def short_pieces(request, monkeypatch):
    for module in (delimited, json_lines, lines):
        monkeypatch.setattr(module, "PIECE_ROWS", request.param)
    monkeypatch.setattr(parquet, "GROUP_BYTES", 1 if request.param == 7 else 1 << 26)
    monkeypatch.setattr(parquet, "PIECE_BYTES", 400)
    monkeypatch.setattr("shoal.storage.columns.LARGE", 300)


def test_a_delimited_file(short_pieces, tmp_path):
    rows = [f'{i};"{text}\nand on"' for i, text in enumerate(TEXTS)]
    rows[20:20], rows[30] = ["", "7"], "8;a;b;c"
    path = tmp_path / "a.csv"
    path.write_text("id;text\n" + "\n".join(rows) + "\n\n\n", encoding="utf-8")
    table = open_source(path, {}, gather_in(tmp_path))
    expected = [f"{text}\nand on" for text in TEXTS]
    expected[20:20], expected[29] = [""], "a;b;c"
    assert table.columns["text"].to_pylist() == expected
    assert table.columns["id"].to_pylist()[:22] == [*map(str, range(20)), "7", "20"]
    assert [note.split(": ")[1][:6] for note in table.notes] == ["1 rows", "1 rows", "1 empt"]


def test_lines_however_they_end(short_pieces, tmp_path):
    (tmp_path / "a.txt").write_bytes(
        "".join(text + "\r\n" if i % 3 else text + "\n" for i, text in enumerate(TEXTS)).encode()
        + b"\n\rlast"
    )
    assert columns_of(tmp_path / "a.txt", tmp_path) == {"text": [*TEXTS, "", "", "last"]}


def test_json_lines_know_the_type_of_a_column_from_all_rows(short_pieces, tmp_path):
    rows = [
        {
            "text": text,
            "whole": i,
            "real": i + 0.5 if i == 40 else i,
            "mixed": "x" if i == 50 else i,
            "wide": 2**63 + i,
            "exact": 2**53 + 1 if i == 45 else 0.5,
            "flag": i % 2 == 0,
            "deep": {"a": i, "b": [i]},
            **({"late": None if i < 52 else "z"} if i > 48 else {}),
        }
        for i, text in enumerate(TEXTS)
    ]
    path = tmp_path / "a.jsonl"
    path.write_text(
        "\n".join(json.dumps(row) for row in rows[:30])
        + "\n{bad\n\n"
        + "\n".join(json.dumps(row) for row in rows[30:])
    )
    table = open_source(path, {}, gather_in(tmp_path))
    assert table.problems == {30: "not valid JSON"}
    assert table.notes == ("a.jsonl: 1 lines are not valid JSON: line 31.",)
    kinds = dict((field.name, str(field.type)) for field in table.columns.schema)
    assert kinds == {
        "text": "large_string",
        "whole": "int64",
        "real": "double",
        "mixed": "large_string",
        "wide": "uint64",
        "exact": "large_string",
        "flag": "bool",
        "deep.a": "int64",
        "deep.b": "large_string",
        "late": "large_string",
    }
    whole = [*rows[:30], {}, *rows[30:]]
    for name in ("text", "whole", "real", "wide", "flag", "late"):
        assert table.columns[name].to_pylist() == [row.get(name) for row in whole]
    assert table.columns["exact"][46].as_py() == str(2**53 + 1)
    assert table.columns["deep.b"][2].as_py() == "[2]"


def test_parquet_with_vectors_and_nulls(short_pieces, tmp_path):
    draw = np.random.default_rng(0)
    rows = [None if i % 9 == 0 else draw.normal(size=5).tolist() for i in range(N)]
    rows[4][2] = None
    for kind in (pa.list_(pa.float64()), pa.list_(pa.float32(), 5), pa.large_list(pa.float32())):
        table = pa.table({"text": TEXTS, "vector": pa.array(rows, kind), "n": range(N)})
        pq.write_table(table, tmp_path / "a.parquet", row_group_size=10)
        read = open_source(tmp_path / "a.parquet", {}, gather_in(tmp_path)).columns
        read.validate(full=True)
        assert read["text"].to_pylist() == TEXTS
        assert read["n"].to_pylist() == list(range(N))
        matrix, missing = column_matrix(read["vector"], "vector", gather_in(tmp_path))
        assert sorted(missing) == [i for i, row in enumerate(rows) if row is None]
        there = [i for i in range(N) if rows[i] and i != 4]
        told = np.array([rows[i] for i in there])
        scaled = kind.value_type == pa.float64()
        expected = told / np.abs(told).max(axis=1, keepdims=True) if scaled else told
        np.testing.assert_allclose(matrix[there], expected, rtol=1e-6)
        assert np.isnan(matrix[4]).sum() == 1


def test_a_row_group_that_a_worker_does_not_see_is_read_here(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": TEXTS}), path, row_group_size=10)
    assert parquet._group(Whereabouts(path, path.stat().st_size + 1, None), 0) is None
    assert parquet._group(Whereabouts(tmp_path / "none", 7, None), 0) is None
    monkeypatch.setattr(parquet, "_group", lambda *_: None)
    assert columns_of(path, tmp_path) == {"text": TEXTS}


def test_a_file_that_a_worker_does_not_see_is_read_here(tmp_path, monkeypatch):
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text(f"text of {path.stem}")
    assert opening._read_there({}, in_memory, Whereabouts(paths[0], 3, None)) is None
    monkeypatch.setattr(opening, "_read_there", lambda *_: None)
    assert columns_of(paths, tmp_path)["text"] == ["text of a", "text of b"]


@pytest.mark.parametrize("small", [0, 1 << 26])
def test_files_of_one_kind_are_one_column_in_files(small, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "SMALL_BYTES", small)
    monkeypatch.setattr("shoal.storage.columns.LARGE", 300)
    paths = []
    for number in range(5):
        paths.append(tmp_path / f"{number}.parquet")
        texts = pa.array(TEXTS, pa.large_string() if number % 2 else pa.string())
        pq.write_table(pa.table({"text": texts, "id": range(N)}), paths[-1])
    table = open_source(paths, {}, gather_in(tmp_path))
    assert table.columns["text"].num_chunks == 1
    assert table.columns["text"].to_pylist() == TEXTS * 5
    assert table.columns["source"].to_pylist() == [str(path) for path in paths for _ in range(N)]
    with pytest.raises(Exception, match="no file or folder"):
        open_source([*paths, tmp_path / "none"], {}, gather_in(tmp_path))


def test_sources_with_other_columns_and_types_stand_under_each_other():
    def table(columns, *, raw=False):
        return Table(pa.table(columns), "csv", {0: "bad"}, ("a.csv: told",), {}, raw)

    written = {"n": pa.array(["1", "2"], pa.large_string()), "source": ["x", "y"]}
    out = stack(
        [
            ("2024", table(written, raw=True)),
            ("2025", table({"n": [3], "more": [0.5]})),
            ("2026", table({"more": [1.5], "n": [4]})),
        ]
    )
    assert out.columns.to_pydict() == {
        "n": [1, 2, 3, 4],
        "source": ["x", "y", None, None],
        "shoal_source": ["2024", "2024", "2025", "2026"],
        "more": [None, None, 0.5, 1.5],
    }
    assert out.problems == {0: "bad", 2: "bad", 3: "bad"}
    assert out.notes == ("2024: a.csv: told", "2025: a.csv: told", "2026: a.csv: told")
    assert not out.raw


@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt"])
def test_a_file_is_never_in_memory_whole(kind, tmp_path, monkeypatch):
    monkeypatch.setattr("shoal.storage.columns.LARGE", 1 << 20)
    monkeypatch.setattr("shoal.parts.readers.decoding.PIECE_CHARS", 1 << 16)
    monkeypatch.setattr(json_lines, "PIECE_ROWS", 1 << 10)
    monkeypatch.setattr(delimited, "PIECE_ROWS", 1 << 10)
    path = tmp_path / f"a.{kind}"
    text = "a text that is neither long nor short as there are many"
    row = {"csv": f"{text},7\n", "jsonl": json.dumps({"text": text, "n": 7}) + "\n"}
    line = row.get(kind, text + "\n")
    n_rows = (5 << 20) // len(line)
    path.write_text(("text,n\n" if kind == "csv" else "") + line * n_rows)
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    try:
        table = open_source(path, {}, gather_in(tmp_path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(table.columns) == n_rows
    held = pa.total_allocated_bytes() - before
    assert peak < 4 << 20
    assert held < 1 << 20


def test_large_numbers_keep_their_direction(tmp_path):
    wide = np.array([[1e300, 1e300], [3.0, 4.0], [np.inf, 1.0], [0.0, 0.0]])
    matrix = as_matrix(wide, "it", gather_in(tmp_path))
    assert matrix.dtype == np.float32
    assert matrix[:2].tolist() == [[1.0, 1.0], [0.75, 1.0]]
    assert not np.isfinite(matrix[2]).all()
    assert not matrix[3].any()
