"""What a reader is, and the interfaces of other libraries that readers recognize data by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from shoal.parts.readers.table import Gather, Table


class Reader(Protocol):
    """A function that turns one source into one table.

    A reader may also take ``delimiter``, ``encoding``, ``header``, ``ocr``, ``cache``, ``sheet``
    and ``query``. The run passes an option only to readers that have a parameter of that name.
    """

    def __call__(self, source: Any, *, name: str, gather: Gather) -> Table:
        """Read a source.

        Parameters
        ----------
        source : a path, an open file, or data in memory, depending on the reader
        name : what error messages call the source
        gather : stores the pieces of a large table as they arrive, and returns the whole

        Returns
        -------
        A table of n_rows rows, with the notes a person should see

        Raises
        ------
        BadInput : if the source cannot be read or has no rows
        """


@runtime_checkable
class ArrowStream(Protocol):
    """A table that is handed over batch by batch, by the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


@runtime_checkable
class ArrowArray(Protocol):
    """A single batch of a table, by the Arrow PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...


@runtime_checkable
class ArrowReader(Protocol):
    """An open Arrow stream, which can be read only once."""

    def read_next_batch(self) -> Any:
        """Return the next batch."""


@runtime_checkable
class ArrayLike(Protocol):
    """Anything that numpy can turn into an array."""

    def __array__(self) -> Any: ...


@runtime_checkable
class DatasetLike(Protocol):
    """A dataset of the Hugging Face `datasets` library."""

    def with_format(self, kind: str) -> Any:
        """Return the same dataset with rows of another kind, such as "arrow"."""


@runtime_checkable
class IterableDataset(DatasetLike, Protocol):
    """A Hugging Face dataset that can be read in batches."""

    def iter(self, batch_size: int) -> Iterable[Any]:
        """Return its batches."""


@runtime_checkable
class Cursor(Protocol):
    """An executed cursor of a database driver (DB-API 2.0)."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None:
        """Name of each column, first in its tuple; None before a query."""

    def fetchmany(self, size: int) -> Sequence[Any]:
        """Return the next rows."""

    def fetchall(self) -> Sequence[Any]:
        """Return all rows."""


@runtime_checkable
class NamedTupleLike(Protocol):
    """A named tuple."""

    def _asdict(self) -> Mapping[str, Any]: ...


@runtime_checkable
class PydanticModel(Protocol):
    """A model of pydantic 2."""

    def model_dump(self) -> dict[str, Any]:
        """Return its fields as a dict."""


@runtime_checkable
class MappedRow(Protocol):
    """A row of SQLAlchemy."""

    @property
    def _mapping(self) -> Mapping[Any, Any]: ...


@runtime_checkable
class Indexable(Protocol):
    """Anything with entries that are looked up by position or key."""

    def __getitem__(self, key: Any) -> Any: ...


@runtime_checkable
class KeyedRow(Indexable, Protocol):
    """A row that knows its column names, such as `sqlite3.Row`."""

    def keys(self) -> Iterable[Any]:
        """Return the column names."""
