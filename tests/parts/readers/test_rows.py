"""Tables in memory that are no frames: rows of every kind, dicts, streams."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections import OrderedDict, deque, namedtuple
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

import shoal
from shoal.errors import BadInput
from shoal.parts.readers.frame import read_frame

TEXTS = ["the boiler leaks", "the bill is wrong", "a tile fell off the roof", "no heating today"]
IDS = ["n1", "n2", "n3", "n4"]
ROWS = [{"id": i, "body": t, "n": n} for n, (i, t) in enumerate(zip(IDS, TEXTS, strict=True))]
TABLE = pa.Table.from_pylist(ROWS)
Named = namedtuple("Named", "id body n")


@dataclasses.dataclass
class Note:
    id: str
    body: str
    n: int


class Stream:
    """An object that knows nothing but how to hand over Arrow."""

    def __arrow_c_stream__(self, requested_schema=None):
        return TABLE.__arrow_c_stream__(requested_schema)


class Batch:
    def __arrow_c_array__(self, requested_schema=None):
        return TABLE.to_batches()[0].__arrow_c_array__(requested_schema)


def sqlite_rows(factory=None):
    with sqlite3.connect(":memory:") as db:
        db.row_factory = factory
        db.execute("create table t (id text, body text, n int)")
        db.executemany("insert into t values (:id, :body, :n)", ROWS)
        return db.execute("select * from t")


FORMS = {
    "list of dicts": lambda: ROWS,
    "tuple of dicts": lambda: tuple(ROWS),
    "deque": lambda: deque(ROWS),
    "generator": lambda: (row for row in ROWS),
    "map": lambda: map(dict, ROWS),
    "named tuples": lambda: [Named(**row) for row in ROWS],
    "dataclasses": lambda: [Note(**row) for row in ROWS],
    "namespaces": lambda: [SimpleNamespace(**row) for row in ROWS],
    "dict of lists": lambda: TABLE.to_pydict(),
    "dict of arrays": lambda: OrderedDict((k, np.array(v)) for k, v in TABLE.to_pydict().items()),
    "dict of series": lambda: {k: pd.Series(v) for k, v in TABLE.to_pydict().items()},
    "dict of rows": lambda: {row["id"]: {"body": row["body"], "n": row["n"]} for row in ROWS},
    "rows and names": lambda: [["id", "body", "n"], *([r["id"], r["body"], "1"] for r in ROWS)],
    "structured array": lambda: np.array(
        [tuple(row.values()) for row in ROWS], dtype=[("id", "U9"), ("body", "U99"), ("n", "i4")]
    ),
    "RecordBatch": lambda: TABLE.to_batches()[0],
    "RecordBatchReader": lambda: TABLE.to_reader(max_chunksize=2),
    "struct array": lambda: TABLE.to_struct_array(),
    "stream": Stream,
    "batch": Batch,
    "LazyFrame": lambda: pl.from_arrow(TABLE).lazy(),
    "duckdb": lambda: duckdb.from_arrow(TABLE),
    "cursor": sqlite_rows,
    "sqlite rows": lambda: list(sqlite_rows(sqlite3.Row)),
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_and_columns_of_every_form_are_read(form):
    table = read_frame(FORMS[form]()).columns
    assert set(table.column_names) == {"id", "body", "n"}
    assert table["id"].to_pylist() == IDS
    assert table["body"].to_pylist() == TEXTS


def test_pairs_are_ids_and_texts():
    table = read_frame(list(zip(IDS, TEXTS, strict=True)))
    assert table.columns.column_names == ["id", "text"]
    assert "pairs" in table.notes[0]


def test_tuples_that_repeat_in_front_get_numbered_columns():
    rows = [("home", TEXTS[0]), ("bill", TEXTS[1]), ("home", TEXTS[2])]
    table = read_frame(rows).columns
    assert table.column_names == ["column_1", "column_2"]
    assert table.num_rows == 3


def test_a_dict_of_ids_and_texts_has_a_row_for_each():
    table = read_frame(dict(zip(IDS, TEXTS, strict=True))).columns
    assert table.to_pydict() == {"id": IDS, "text": TEXTS}


def test_a_dict_of_words_and_vectors_has_a_row_for_each():
    rng = np.random.default_rng(0)
    vectors = {f"word{i}": rng.normal(size=8).tolist() for i in range(60)}
    table = read_frame(vectors).columns
    assert table.num_rows == 60
    assert table["vector"].to_pylist() == list(vectors.values())


def test_a_set_of_texts_has_one_order():
    table = read_frame(set(TEXTS))
    assert table.columns["text"].to_pylist() == sorted(TEXTS)
    assert "sorted" in table.notes[0]


def test_splits_of_tables_are_put_under_each_other():
    table = read_frame({"train": TABLE.slice(0, 3), "test": pl.from_arrow(TABLE.slice(3))}).columns
    assert table["source"].to_pylist() == ["train"] * 3 + ["test"]
    assert table["body"].to_pylist() == TEXTS


def test_rows_without_a_field_and_missing_rows_have_gaps():
    rows = [{"body": "a"}, None, {"body": "b", "extra": {"deep": 5}}]
    table = read_frame(rows).columns
    assert table.to_pydict() == {"body": ["a", None, "b"], "extra.deep": [None, None, 5]}


def test_a_field_that_changes_its_type_after_thousands_of_rows_becomes_text():
    rows = (
        {"n": i if i < 20_000 else "many", "late": None if i < 9000 else 1.5} for i in range(20_001)
    )
    table = read_frame(rows).columns
    assert table["n"].to_pylist()[-2:] == ["19999", "many"]
    assert table["late"].null_count == 9000


def test_lists_of_numbers_are_vectors():
    rows = [[1.0, 2.0, 3.0], [1, 2, 4], None]
    table = read_frame(rows).columns
    assert table["vector"].to_pylist() == [[1.0, 2.0, 3.0], [1.0, 2.0, 4.0], None]


def test_a_sparse_matrix_is_filled_up():
    matrix = scipy.sparse.random(50, 9, density=0.3, random_state=0, format="coo")
    table = read_frame(matrix).columns
    got = np.array(table["vector"].to_pylist(), dtype=np.float32)
    np.testing.assert_array_equal(got, matrix.toarray().astype(np.float32))


def test_a_sparse_matrix_too_wide_to_fill_up_is_refused():
    with pytest.raises(BadInput, match="TruncatedSVD"):
        read_frame(scipy.sparse.csr_matrix((100_000, 1_000_000)))


@pytest.mark.parametrize("data", [[], {}, iter(()), (), TABLE.slice(0, 0), {"a": []}])
def test_nothing_is_refused(data):
    with pytest.raises(BadInput, match=r"no rows|empty"):
        read_frame(data)


@pytest.mark.parametrize("data", [5, object(), b"abc", lambda: 1])
def test_what_holds_no_table_is_refused_by_its_type(data):
    with pytest.raises(BadInput, match=type(data).__name__):
        read_frame(data)


def test_columns_of_different_lengths_are_named():
    with pytest.raises(BadInput, match=r"'a' has 2, 'b' has 1"):
        read_frame({"a": ["x", "y"], "b": ["z"]})


def test_a_run_predicts_for_a_generator(tmp_path):
    run = shoal.cluster(({"say": t} for t in TEXTS * 3), text="say", out=tmp_path / "r", k=2)
    assert run.predict({"words": t} for t in TEXTS).tolist() == run.labels[:4].tolist()


def test_bytes_are_texts_where_they_are_utf8_and_stay_bytes_elsewhere():
    words = read_frame([text.encode() for text in TEXTS]).columns
    assert words["text"].to_pylist() == TEXTS
    picture = b"\x89PNG\r\n\x1a\n" + bytes(40)
    assert read_frame([picture]).columns["text"].to_pylist() == [picture]


def test_a_run_is_read_by_whatever_speaks_arrow(tmp_path):
    run = shoal.cluster(TABLE, text="body", out=tmp_path / "r", k=2)
    frame = pl.DataFrame(run)
    assert frame["cluster"].to_list() == run.labels.tolist()
    assert frame["id"].to_list() == IDS
    assert pa.table(run).column_names == run.to_arrow().column_names
    assert duckdb.from_arrow(pa.table(run)).filter("cluster >= 0").shape[0] == 4
