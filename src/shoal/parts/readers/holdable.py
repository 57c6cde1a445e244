"""Columns of types that Arrow has, and that Parquet, Python or most functions of Arrow have not."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

ERRORS = (pa.ArrowException, OverflowError, ValueError, KeyError)
"""What a moment raises that Python has no word for: a year after 9999, an unknown time zone."""


def holdable(column: Any) -> Any:
    """A column that can be saved and shown: as it is where it can be, else what it says as text.

    Parameters
    ----------
    column : an Arrow column of any type that is no extension
    """
    kind = column.type
    if pa.types.is_run_end_encoded(kind):
        return pc.run_end_decode(column)
    if pa.types.is_union(kind) or pa.types.is_interval(kind):
        return pa.array([_text(value) for value in column.to_pylist()], pa.large_string())
    if pa.types.is_temporal(kind) and not _is_shown(column):
        return _numbers_as_text(column)
    if pa.types.is_nested(kind) and (plain := _without_moments(kind)) != kind:
        try:
            column.to_pylist()
        except ERRORS:
            return pc.cast(column, plain)
    return column


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _is_shown(column: Any) -> bool:
    """Whether Python has a word for the first and the last moment of a column."""
    kind, ends = column.type, pc.min_max(_numbers(column))
    try:
        pa.array([ends["min"].as_py(), ends["max"].as_py()], _whole(kind)).cast(kind).to_pylist()
        if pa.types.is_timestamp(kind):  # where there is none, nothing asks for its zone
            pc.cast(pa.array([0], pa.int64()).cast(kind), pa.large_string())
    except ERRORS:
        return False
    return True


def _numbers_as_text(column: Any) -> Any:
    """Moments as they are written where that works without a time zone, else as their numbers."""
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.timestamp(column.type.unit))
        if _is_shown(column):
            return column
    return pc.cast(_numbers(column), pa.large_string())


def _numbers(column: Any) -> Any:
    """Moments as the whole numbers that they are kept as."""
    return pc.cast(column, _whole(column.type))


def _whole(kind: Any) -> Any:
    """The type of the whole numbers that moments of a type are kept as."""
    small = pa.types.is_date32(kind) or pa.types.is_time32(kind)
    return pa.int32() if small else pa.int64()


def _without_moments(kind: Any) -> Any:
    """A type with whole numbers in the place of dates, times and durations."""
    if pa.types.is_temporal(kind):
        return _whole(kind)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_without_moments(field.type)) for field in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        make = pa.large_list if pa.types.is_large_list(kind) else pa.list_
        return make(kind.value_field.with_type(_without_moments(kind.value_type)))
    if pa.types.is_fixed_size_list(kind):
        inner = kind.value_field.with_type(_without_moments(kind.value_type))
        return pa.list_(inner, kind.list_size)
    if pa.types.is_map(kind):
        return pa.map_(_without_moments(kind.key_type), _without_moments(kind.item_type))
    return kind
