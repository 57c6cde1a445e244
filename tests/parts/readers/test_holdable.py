"""Columns of every type of Arrow can be saved, shown and written, and hold what they held."""

import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal.parts.readers.holdable import holdable

DAY = datetime.date(2024, 5, 6)
ENDLESS = pa.array([2**31 - 1, None], pa.int32()).view(pa.date32())
RUNS = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3]), pa.array(["a", "b"]))
UNION = pa.UnionArray.from_sparse(
    pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]
)
FINE = {
    "days": pa.array([DAY, None]),
    "moments": pa.array([datetime.datetime(2024, 5, 6, 7), None], pa.timestamp("ns", "Asia/Tokyo")),
    "times": pa.array([datetime.time(7), None]),
    "spans": pa.array([datetime.timedelta(3), None]),
    "nested": pa.array([{"a": [DAY]}, None]),
    "nothing": pa.array([None, None], pa.duration("s")),
    "none": pa.array([], pa.timestamp("us", "UTC")),
    "seconds": pa.array([1, None], pa.time32("s")),
    "milliseconds": pa.array([86400000, None], pa.date64()),
    "numbers": pa.array([1.5, None]),
}
ODD = {
    "year 148108": (pa.array([2**62, None], pa.timestamp("us")), ["4611686018427387904", None]),
    "no such zone": (
        pa.array([0, None], pa.timestamp("s", "No/Where")),
        [datetime.datetime(1970, 1, 1), None],
    ),
    "days too far": (ENDLESS, ["2147483647", None]),
    "spans too long": (pa.array([2**62, None], pa.duration("s")), ["4611686018427387904", None]),
    "in a list": (
        pa.array([{"a": [2**62]}, None], pa.struct([("a", pa.list_(pa.timestamp("us")))])),
        [{"a": [2**62]}, None],
    ),
    "runs": (RUNS, ["a", "a", "b"]),
    "intervals": (
        pa.array([pa.MonthDayNano([1, 2, 3]), None]),
        ["MonthDayNano(months=1, days=2, nanoseconds=3)", None],
    ),
    "unions": (UNION, ["1", "b"]),
}


@pytest.mark.parametrize("name", FINE)
def test_what_can_be_held_stays_as_it_is(name):
    assert holdable(FINE[name]).equals(FINE[name])


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("chunked", [False, True])
def test_what_cannot_be_held_says_the_same_in_another_type(tmp_path, name, chunked):
    column, expected = ODD[name]
    found = holdable(pa.chunked_array([column]) if chunked else column)
    assert found.to_pylist() == expected
    pq.write_table(pa.table({"x": found}), tmp_path / "x.parquet")
    assert pq.read_table(tmp_path / "x.parquet")["x"].to_pylist() == expected
