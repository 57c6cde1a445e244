"""Records give their rows as plain Python values."""

import numpy as np

from shoal.data.records import Column, Records


def test_rows_at_once_are_the_rows_one_after_the_other(monkeypatch):
    columns = [
        Column("n", "number", np.array([1.0, np.nan, 3.0, 4.5])),
        Column("t", "text", np.array(["a", None, "", "d"], dtype=object)),
    ]
    records = Records(columns)
    one_by_one = [(1.0, "a"), (None, None), (3.0, ""), (4.5, "d")]
    assert [records[row] for row in range(4)] == one_by_one
    assert records.at(np.array([3, 1, 1])) == [one_by_one[row] for row in (3, 1, 1)]
    assert records[1:4:2] == one_by_one[1:4:2]
    monkeypatch.setattr("shoal.data.records.BLOCK_CELLS", 4)  # two rows at a time
    assert list(records) == one_by_one
    assert all(type(cell) in (float, str, type(None)) for record in records for cell in record)
