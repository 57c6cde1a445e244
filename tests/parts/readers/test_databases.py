"""SQLite and DuckDB files, and SQL over any source, which reaches nothing else."""

from __future__ import annotations

import sqlite3
import sys
import types
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal import stages
from shoal.errors import BadInput, MissingExtra
from shoal.storage.remote import address_of, holds_run

ROWS = [(f"a{i}", f"the lift in house {i} is stuck again", i % 4) for i in range(12)]
TEXTS = [row[1] for row in ROWS]


@pytest.fixture
def sqlite(tmp_path: Path) -> Path:
    path = tmp_path / "notes of 100 % #1?.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE people (name TEXT)")
        db.execute("INSERT INTO people VALUES ('Ann')")
        db.execute('CREATE TABLE "my notes" (id TEXT, body TEXT, n)')
        db.executemany('INSERT INTO "my notes" VALUES (?, ?, ?)', ROWS)
    db.close()
    return path


@pytest.fixture
def duck(tmp_path: Path) -> Path:
    path = tmp_path / "notes.duckdb"
    db = duckdb.connect(str(path))
    db.execute("CREATE TABLE notes (id TEXT, body TEXT, n INT)")
    db.executemany("INSERT INTO notes VALUES (?, ?, ?)", ROWS)
    db.execute("CREATE SCHEMA old")
    db.execute("CREATE TABLE old.notes AS FROM notes LIMIT 2")
    db.close()
    return path


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "my-notes.csv"
    lines = [f'{i},"{body}",{n}' for i, body, n in ROWS]
    path.write_text("id,body,n\n" + "\n".join(lines) + "\n")
    return path


def read(source, **params):
    return stages.read(source, params)


def test_the_largest_table_of_a_database_is_read_and_said(sqlite, duck):
    items = read(sqlite)
    assert list(items.contents) == TEXTS
    assert items.columns["n"].to_pylist() == [row[2] for row in ROWS]
    assert "most rows, 'my notes'" in items.notes[0]
    assert list(read(duck).contents) == TEXTS


def test_a_table_is_named_by_sheet(sqlite, duck):
    assert list(read(sqlite, sheet="people", text="name").contents) == ["Ann"]
    assert len(read(duck, sheet="old.notes")) == 2
    with pytest.raises(BadInput, match=r"no table 'persons'.*my notes \(12\), people \(1\)"):
        read(sqlite, sheet="persons")


def test_a_query_is_answered_by_the_database(sqlite, duck):
    assert len(read(sqlite, query='SELECT id, body FROM "my notes" WHERE n = 1')) == 3
    assert len(read(duck, query="WITH x AS (FROM notes) SELECT id, body FROM x WHERE n = 1")) == 3


@pytest.mark.parametrize(
    "query",
    [
        'DELETE FROM "my notes"',
        "DROP TABLE people",
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = WAL",
        "SELECT 1; SELECT 2",
        "SELECT load_extension('x')",
        "SELECT * FROM nothing",
        "nonsense",
        "",
    ],
)
def test_a_query_of_sqlite_only_reads(sqlite, query):
    before = sqlite.read_bytes()
    if query:
        with pytest.raises(BadInput, match="query"):
            read(sqlite, query=query)
    assert sqlite.read_bytes() == before


def test_a_damaged_database_is_refused(sqlite, duck):
    sqlite.write_bytes(sqlite.read_bytes()[:1000])
    with pytest.raises(BadInput, match="cannot be read"):
        read(sqlite)
    duck.write_bytes(duck.read_bytes()[:300])
    with pytest.raises(BadInput, match="cannot be read"):
        read(duck)


@pytest.mark.parametrize("name", ["my_notes", '"my-notes"', "'my-notes.csv'", "source", "'{path}'"])
def test_a_file_is_a_table_by_each_of_its_names(csv, name):
    query = f"SELECT id, body FROM {name.format(path=csv)} WHERE n >= 2"
    assert len(read(csv, query=query)) == 6


def test_files_of_several_kinds_are_joined(csv, duck, tmp_path):
    other = tmp_path / "groups.jsonl"
    other.write_text('{"n": 1, "name": "one"}\n{"n": 2, "name": "two"}\n')
    query = "SELECT id, body, name FROM my_notes JOIN groups USING (n) ORDER BY id"
    items = read([csv, other], query=query)
    assert items.columns["name"].to_pylist().count("two") == 3
    assert len(items) == 6


def test_data_in_memory_is_queried(csv):
    table = pa.table({"id": [row[0] for row in ROWS], "body": TEXTS})
    assert len(read(table, query="SELECT * FROM data LIMIT 5")) == 5


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT body FROM source WHERE n > (SELECT count(*) FROM read_blob('{secret}'))",
        "COPY (SELECT 1) TO '{secret}'",
        "COPY (SELECT 1) TO '{csv}' (USE_TMP_FILE false)",
        "ATTACH '{secret}' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SELECT 1 AS body; DROP TABLE source",
        "CREATE TABLE x (a INT)",
        "SELECT * FROM 'https://example.org/a.csv'",
    ],
)
def test_a_query_reaches_nothing_else(csv, tmp_path, query):
    secret = tmp_path / "secret.csv"
    secret.write_text("body\nnobody may know this\n")
    before = csv.read_bytes()
    with pytest.raises(BadInput, match="--query"):
        read(csv, query=query.format(secret=secret, csv=csv))
    assert secret.read_text() == "body\nnobody may know this\n"
    assert csv.read_bytes() == before


def test_a_query_without_rows_is_said(csv):
    with pytest.raises(BadInput, match="gives none"):
        read(csv, query="SELECT * FROM source WHERE n > 100")


def test_rows_that_pass_keep_their_numbers(csv, tmp_path):
    lines = csv.read_text().splitlines()
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(line.partition(",")[2] for line in lines) + "\n")
    run = shoal.cluster(bare, where="n >= 2", text="body", out=tmp_path / "run", k=2)
    passing = [row for row, (*_, n) in enumerate(ROWS) if n >= 2]
    assert run.to_arrow()["id"].to_pylist() == passing
    assert run.info["counts"]["rows"] == 6
    assert run.info["counts"]["filtered"] == 6
    assert run.info["counts"]["source"] == 12
    assert any("6 of 12 rows do not match" in note for note in run.info["notes"])
    assert len(run.predict(bare)) == 12
    assert 'where = "n >= 2"' in (tmp_path / "run" / "recipe.toml").read_text()


def test_ids_stay_those_of_the_column(csv):
    items = read(csv, where="n = 3 AND body LIKE '%house%'")
    assert items.ids.to_pylist() == ["a3", "a7", "a11"]


def test_bad_rows_that_pass_keep_their_reason(tmp_path):
    path = tmp_path / "notes.jsonl"
    lines = [f'{{"body": "{body}", "n": {n}}}' for _, body, n in ROWS]
    lines[7] = "{broken"
    path.write_text("\n".join(lines))
    items = read(path, where="n IS NULL OR n = 2")
    assert items.ids.to_pylist() == [2, 6, 7, 10]
    assert dict(items.excluded) == {2: "not valid JSON"}


def test_vectors_in_memory_are_filtered_with_their_rows(csv):
    vectors = np.eye(12, 5, dtype=np.float32) + 1
    items = stages.read(csv, {"where": "n = 1"}, vectors)
    np.testing.assert_array_equal(items.contents[1], vectors[5])


@pytest.mark.parametrize(
    "condition",
    [
        "n > 1; DROP TABLE x",
        "n > 1) OR (1 = 1",
        "1 = 1 UNION SELECT 1",
        "nothing > 3",
        "count(*) > 3",
        "row_number() OVER () < 3",
        "n >",
        "n > 1, 2",
        "body",
        "(SELECT count(*) FROM read_text('/etc/hostname')) > 0",
        "n > 1 FROM y",
        "*",
    ],
)
def test_what_is_no_condition_is_refused_with_the_columns(csv, condition):
    with pytest.raises(
        BadInput, match=r"--where .* is not a valid condition.*Columns: id, body, n"
    ):
        read(csv, where=condition)


def test_a_condition_that_no_row_passes_is_said(csv):
    with pytest.raises(BadInput, match="none of the 12 rows"):
        read(csv, where="n > 90")


def test_columns_of_any_type_stand_beside_a_condition():
    table = pa.table(
        {
            "body": TEXTS,
            "n": [row[2] for row in ROWS],
            "deep": [{"a": [{"b": None}]}] * 12,
            "word": pa.array(["x"] * 12).dictionary_encode(),
            "N2": pa.array([row[2] for row in ROWS], pa.decimal128(5, 2)),
        }
    )
    assert len(read(table, where="n = 1 AND N2 < 2", text="body")) == 3


def test_a_password_in_an_address_is_refused():
    with pytest.raises(BadInput, match="PGPASSWORD"):
        address_of("postgresql://me:secret@host/db")
    assert address_of("postgresql://me@host/db") == "postgresql://me@host/db"


def test_what_is_not_installed_says_how_to(csv, duck, monkeypatch):
    for name in ("duckdb", "adbc_driver_postgresql"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("shoal.parts.readers.sql.find_spec", lambda name: None)
    monkeypatch.setattr("shoal.plugins.find_spec", lambda name: None)
    for source, params in ((csv, {"where": "n > 1"}), (csv, {"query": "SELECT 1"}), (duck, {})):
        with pytest.raises(MissingExtra, match=r"pip install 'shoal\[tables\]'"):
            read(source, **params)
    with pytest.raises(MissingExtra, match=r"pip install 'shoal\[postgres\]'"):
        read(Path("postgresql://host/db"), query="SELECT 1")


class FakeServer:
    """The part of adbc_driver_postgresql.dbapi that is used: a connection, its cursor, a reader."""

    Error = RuntimeError

    def __init__(self, table):
        self.table, self.asked = table, []

    def connect(self, address):
        self.asked.append(address)
        return self

    def cursor(self):
        return self

    def commit(self):
        self.asked.append("commit")

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        return None

    def execute(self, query):
        if "nope" in query:
            raise self.Error("column nope\ndoes not exist.")
        self.asked.append(query)

    def fetch_record_batch(self):
        return self.table.to_reader(max_chunksize=7)


def test_the_rows_of_a_query_come_from_a_postgres_server(monkeypatch):
    table = pa.table({"spend": [i * 3.5 for i in range(20)], "plan": ["free", "pro"] * 10})
    server = FakeServer(table)
    package = types.ModuleType("adbc_driver_postgresql")
    package.dbapi = server
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", package)
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", server)
    for module in ("shoal.parts.readers.databases", "shoal.plugins"):
        monkeypatch.setattr(f"{module}.find_spec", lambda name: True)
    address = "postgresql://me@host/db"
    # as the command line has it: the address is no place for files, and holds no run
    assert not holds_run(address)
    items = read([Path(address)], query="SELECT * FROM c")
    assert items.about["table"] == "records"
    assert len(items) == 20
    read_only = "SET default_transaction_read_only = on"
    assert server.asked == [address, read_only, "commit", "SELECT * FROM c"]
    with pytest.raises(BadInput, match=r"failed on .* column nope does not exist"):
        read(address, query="SELECT nope FROM c")
    with pytest.raises(BadInput, match=r"is a database. Say what to read"):
        read(address)
