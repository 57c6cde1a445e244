"""SQL conditions and queries over tables and databases, in a sandboxed DuckDB.

Whatever a person types runs in a database in memory that sees the tables it is handed and the files
that were named, cannot load extensions, and cannot change its own settings.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.errors import BadInput, MissingExtra
from shoal.parts.readers.table import Gather, Table, in_memory, table_of, with_types

PIECE_ROWS = 1 << 16
ROW = "shoal_row"
"""Column of the numbers of the rows while a condition is looked at."""
EXTENSIONS = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
SHOWN = 20


def require_duckdb(what: str) -> Any:
    """The package duckdb.

    Parameters
    ----------
    what : needs it, such as "--where"

    Raises
    ------
    MissingExtra : if it is not installed
    """
    if find_spec("duckdb") is None:
        raise MissingExtra(
            f"{what} needs the package 'duckdb', which is not installed. "
            "Install it with: pip install 'shoal[tables]'"
        )
    import duckdb

    return duckdb


@contextmanager
def database(what: str, paths: Iterable[Path] = (), file: Path | None = None) -> Iterator[Any]:
    """Open a connection that can only access what it is given.

    Parameters
    ----------
    what : needs it, for messages
    paths : files that it may read
    file : a DuckDB file to open, which is not written to; a database in memory when None
    """
    duckdb = require_duckdb(what)
    # a folder of its own: DuckDB may read whatever is in the one that it writes to
    with tempfile.TemporaryDirectory(prefix="shoal-", ignore_cleanup_errors=True) as own:
        config = {**EXTENSIONS, "temp_directory": own}
        place, reads = (":memory:", False) if file is None else (str(file), True)
        connection = duckdb.connect(place, read_only=reads, config=config)
        try:
            allowed = [text for path in paths for text in (str(path), str(path.absolute()))]
            if allowed:
                connection.execute("SET allowed_paths = ?", [allowed])
            for setting in ("enable_external_access = false", "lock_configuration = true"):
                connection.execute(f"SET {setting}")
            yield connection
        finally:
            connection.close()


def passing(columns: Any, condition: str, *, raw: bool) -> NDArray[np.int64]:
    """Numbers of the rows that a condition holds for, ascending.

    Parameters
    ----------
    columns : Arrow table
    condition : one expression of SQL, such as "stars > 3 AND lang = 'en'"
    raw : whether the columns are text as written, so that numbers have to be found

    Raises
    ------
    BadInput : if it is no condition, or no column is named so
    """
    duckdb = require_duckdb("--where")
    named = [name for name in columns.column_names if name.lower() in condition.lower()]
    known = {
        name: with_types(columns[name]) if raw and name in named else columns[name]
        for name in columns.column_names
    }
    known = {name: column for name, column in known.items() if name in named or _plain(column)}
    row = ROW
    while row.lower() in (name.lower() for name in known):
        row += "_"
    table = pa.table({**known, row: pa.array(np.arange(len(columns)))})
    with database("--where") as connection:
        try:
            expression = duckdb.SQLExpression(condition)
            relation = connection.from_arrow(table).filter(expression)
            found = relation.select(duckdb.ColumnExpression(row)).fetchnumpy()[row]
        except duckdb.Error as error:
            raise _no_condition(condition, columns.column_names, error) from error
    return np.sort(np.asarray(found, dtype=np.int64))


def _plain(column: Any) -> bool:
    """Whether DuckDB surely takes a column that is not asked for."""
    kind = column.type
    return not pa.types.is_nested(kind) and not pa.types.is_dictionary(kind)


def _no_condition(condition: str, names: list[str], error: Exception) -> BadInput:
    info = ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
    return BadInput(
        f"--where {condition!r} is not a valid condition: {_why(error)}. Use an SQL "
        "condition, such as \"stars > 3 AND lang = 'en'\". Put names with spaces in double "
        f"quotes. Columns: {info}."
    )


def _why(error: Exception) -> str:
    """The first line of what DuckDB says, without the kind of error."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return re.sub(r"^[\w ]+ Error: ", "", first).rstrip(".! ")


def queried(
    tables: Mapping[str, Table], query: str, paths: Iterable[Path], gather: Gather = in_memory
) -> Table:
    """The rows that a query gives.

    Parameters
    ----------
    tables : by the names that the query may use; several may be the same one
    query : one SELECT
    paths : files that the query may name itself, as in FROM 'a.csv'
    gather : takes the rows, some thousand at a time

    Raises
    ------
    BadInput : if it is no query, or gives no rows
    """
    with database("--query", paths) as connection:
        known: dict[int, Any] = {}
        for name, table in tables.items():
            if id(table) not in known:
                known[id(table)] = _typed(table)
            connection.register(name, known[id(table)])
        names = dict.fromkeys(name for name in tables if re.fullmatch(r"\w+", name))
        return answer(connection, query, "the query", gather, list(names))


def _typed(table: Table) -> Any:
    columns = table.columns
    if not table.raw:
        return columns
    return pa.table({name: with_types(columns[name]) for name in columns.column_names})


def answer(
    connection: Any, query: str, name: str, gather: Gather, known: Iterable[str] = ()
) -> Table:
    """Run a query on a DuckDB connection.

    Parameters
    ----------
    connection : see `database`
    query : one SELECT
    name : of the source, for messages
    gather : takes the rows
    known : tables that there are, for messages

    Raises
    ------
    BadInput : if it is no query, or gives no rows
    """
    duckdb = require_duckdb("--query")
    info = f" Tables: {', '.join(known)}." if known else ""
    try:
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise BadInput(f"--query takes a single SELECT statement, got {query!r}.{info}")
        relation = connection.sql(query)
        # older releases of DuckDB know it by the second name only
        fetch = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
        reader = fetch(PIECE_ROWS)
        first = next((batch for batch in reader if batch.num_rows), None)
        if first is None:
            raise BadInput(f"{name} has no rows: --query {query!r} gives none.")
        read = gather(_batches(first, reader))
    except duckdb.Error as error:
        raise BadInput(f"--query {query!r} failed: {_why(error)}.{info}") from error
    columns, notes = table_of(read.column_names, read.columns)
    return Table(columns, "query", notes=tuple(notes))


def _batches(first: Any, rest: Any) -> Iterator[Any]:
    yield pa.Table.from_batches([first])
    yield from (pa.Table.from_batches([batch]) for batch in rest if batch.num_rows)
