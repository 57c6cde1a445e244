"""Databases: SQLite and DuckDB in files, Postgres by its address; a table, or a query."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from shoal.errors import BadInput, MissingExtra
from shoal.parts.readers.rows import table_of_rows
from shoal.parts.readers.sql import answer, database, require_duckdb
from shoal.parts.readers.table import Gather, Table, called, in_memory, table_of, unique_names

SHOWN = 20
READS = frozenset(
    [sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE]
)
"""What a query may do in SQLite."""


def read_sqlite(
    source: Path | bytes,
    *,
    name: str = "",
    sheet: str | None = None,
    query: str | None = None,
    gather: Gather = in_memory,
) -> Table:
    """Read a table or query of an SQLite file; the file is never written to.

    Parameters
    ----------
    source : the file
    name : for messages; the file's name when empty
    sheet : the table; the one with the most rows when None
    query : one SELECT, in place of a table
    gather : takes the rows

    Raises
    ------
    BadInput : if it is damaged, has no such table or no rows, or the query is none
    """
    name = called(source, name)
    try:
        with closing(_opened(source)) as db:
            info = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            names = [n for (n,) in db.execute(f"{info} AND name NOT LIKE 'sqlite_%' ORDER BY name")]
            notes: tuple[str, ...] = ()
            if query is None:
                counts = {n: _count(db, n) for n in names}
                table, notes = _chosen(counts, sheet, name)
                query = f"SELECT * FROM {_quoted(table)}"
            db.set_authorizer(_allow)
            cursor = db.execute(query)
            if cursor.description is None:
                raise BadInput(f"--query takes a single SELECT statement, got {query!r}.")
            columns, renamed = unique_names([str(entry[0]) for entry in cursor.description])
            first = cursor.fetchone()
            if first is None:
                raise BadInput(f"{name} has no rows: {query} gives none.")
            read, _ = table_of_rows(_rows(columns, first, cursor))
    except (sqlite3.Error, sqlite3.Warning) as error:
        asked = f"--query {query!r} failed" if query else "it cannot be read"
        raise BadInput(
            f"{name}: {asked}: {error}. Tables: {', '.join(names[:SHOWN]) if query else 'unknown'}."
        ) from error
    made, more = table_of(read.column_names, gather([read]).columns)
    return Table(made, "sqlite", notes=(*notes, *renamed, *more))


def _rows(names: list[str], first: Any, cursor: Any) -> Iterator[Mapping[str, Any]]:
    yield dict(zip(names, first, strict=True))
    yield from (dict(zip(names, row, strict=True)) for row in cursor)


def _opened(source: Path | bytes) -> Any:
    if isinstance(source, bytes):
        db = sqlite3.connect(":memory:")
        db.deserialize(source)
    else:
        db = sqlite3.connect(f"file:{quote(str(source.absolute()))}?mode=ro", uri=True)
    db.text_factory = lambda data: data.decode("utf-8", "replace")
    return db


def _allow(action: int, first: Any, second: Any, *_: Any) -> int:
    """Authorize read-only actions of a query in SQLite."""
    fine = action in READS and not (
        action == sqlite3.SQLITE_FUNCTION and second == "load_extension"
    )
    return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY


def _count(db: Any, table: str) -> int:
    try:
        return int(db.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0])
    except sqlite3.Error:  # a view of what is gone
        return 0


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _chosen(
    counts: Mapping[str, int], wanted: str | None, name: str
) -> tuple[str, tuple[str, ...]]:
    """The table to read, and a note if there are others.

    Raises
    ------
    BadInput : if there is none, or none of that name
    """
    info = ", ".join(f"{n} ({rows:,})" for n, rows in list(counts.items())[:SHOWN])
    if wanted is not None:
        same = [n for n in counts if n.lower() == wanted.lower()]
        if not same:
            raise BadInput(f"{name} has no table {wanted!r} (--sheet). Tables: {info or 'none'}.")
        return same[0], ()
    best = max(counts, key=lambda n: counts[n], default=None)
    if best is None or not counts[best]:
        raise BadInput(f"{name} has no table with rows. Tables: {info or 'none'}.")
    if len(counts) == 1:
        return best, ()
    return best, (
        f"{name}: reading the table with the most rows, {best!r}, of {info}. Use --sheet NAME "
        "for another, --query to join them.",
    )


def read_duckdb(
    source: Path,
    *,
    name: str = "",
    sheet: str | None = None,
    query: str | None = None,
    gather: Gather = in_memory,
) -> Table:
    """Read a table or query of a DuckDB file; the file is never written to.

    Parameters
    ----------
    source : the file
    name : for messages; the file's name when empty
    sheet : the table; the one with the most rows when None
    query : one SELECT, in place of a table
    gather : takes the rows

    Raises
    ------
    BadInput : if it is damaged, has no such table or no rows, or the query is none
    """
    name = called(source, name)
    duckdb = require_duckdb(name)
    try:
        with database(name, file=source) as db:
            places = db.execute(
                "SELECT table_schema, table_name FROM information_schema.tables "
                "WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1, 2"
            ).fetchall()
            full = {
                table
                if schema == "main"
                else f"{schema}.{table}": f"{_quoted(schema)}.{_quoted(table)}"
                for schema, table in places
            }
            notes: tuple[str, ...] = ()
            if query is None:
                counts = {
                    n: int(db.execute(f"SELECT count(*) FROM {at}").fetchall()[0][0])
                    for n, at in full.items()
                }
                table, notes = _chosen(counts, sheet, name)
                query = f"SELECT * FROM {full[table]}"
            read = answer(db, query, name, gather, full)
    except duckdb.Error as error:
        why = (str(error).splitlines() or [""])[0].rstrip(".")
        raise BadInput(f"{name} cannot be read by DuckDB {duckdb.__version__}: {why}.") from error
    return Table(read.columns, "duckdb", notes=(*notes, *read.notes))


def read_postgres(
    source: str, *, name: str = "", query: str | None = None, gather: Gather = in_memory
) -> Table:
    """Read the result of a query of a Postgres database.

    Parameters
    ----------
    source : its address, postgresql://HOST/DATABASE; the password is in PGPASSWORD or ~/.pgpass
    name : for messages
    query : one SELECT
    gather : takes the rows

    Raises
    ------
    MissingExtra : if adbc-driver-postgresql is not installed
    BadInput : if there is no query, or the database refuses it
    """
    name = name or source
    if query is None:
        raise BadInput(f'{name} is a database. Say what to read: --query "SELECT ... FROM ...".')
    if find_spec("adbc_driver_postgresql") is None:
        raise MissingExtra(
            f"{name} needs the package 'adbc-driver-postgresql', which is not installed. "
            "Install it with: pip install 'shoal[postgres]'"
        )
    import adbc_driver_postgresql.dbapi as postgres

    try:
        with postgres.connect(source) as db, db.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
            db.commit()
            cursor.execute(query)
            reader = cursor.fetch_record_batch()
            first = next((batch for batch in reader if batch.num_rows), None)
            if first is None:
                raise BadInput(f"{name} has no rows: --query {query!r} gives none.")
            pieces = (pa.Table.from_batches([batch]) for batch in _after(first, reader))
            read = gather(pieces)
    except postgres.Error as error:
        why = " ".join(str(error).split())[:300].rstrip(".")
        raise BadInput(f"--query failed on {name}: {why}.") from error
    columns, notes = table_of(read.column_names, read.columns)
    return Table(columns, "postgres", notes=tuple(notes))


def _after(first: Any, rest: Any) -> Iterator[Any]:
    yield first
    yield from (batch for batch in rest if batch.num_rows)
