"""Columns of a wide table are found out together, as each of them alone would be."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from shoal.parts.readers.kinds import find_kind
from shoal.parts.readers.table import Table, exactly_typed
from shoal.parts.readers.wide import MIN_COLUMNS, all_exactly_typed, plain_numbers
from shoal.stages.reading.deciding import decide

N_ROWS = 24
CELLS = {
    "amount": lambda rng: f"{rng.normal(0, 100):.3f}",
    "grade": lambda rng: str(rng.integers(5)),
    "long": lambda rng: str(rng.integers(10**9)),
    "year": lambda rng: str(1990 + rng.integers(40)),
    "word": lambda rng: str(rng.choice(["a", "b", "c"])),
    "day": lambda rng: f"2024-0{rng.integers(1, 9)}-1{rng.integers(9)}",
    "gaps": lambda rng: rng.choice(["", "NA", "0.25", "1.5", "12"]),
    "empty": lambda rng: "",
    "blanks": lambda rng: rng.choice(["", f"{rng.random():.4f}"]),
    "code": lambda rng: f"0{rng.integers(99)}",
    "phone": lambda rng: f"+{rng.integers(10**9, 10**10)}",
    "age": lambda rng: rng.choice(["-999", str(rng.integers(90))]),
    "same": lambda rng: "1.5",
    "flag": lambda rng: str(rng.integers(2)),
    "id": lambda rng: str(rng.integers(10**6)),
}


def table(n_columns: int, kinds: tuple[str, ...] = tuple(CELLS)) -> pa.Table:
    rng = np.random.default_rng(0)
    names = [f"{kinds[place % len(kinds)]}_{place}" for place in range(n_columns)]
    made = [[CELLS[name.split("_")[0]](rng) for _ in range(N_ROWS)] for name in names]
    columns = [pa.chunked_array([pa.array(one, pa.large_string())]) for one in made]
    return pa.table(columns, names=names)


def test_together_they_are_what_each_is_alone():
    columns = table(10 * len(CELLS))
    known = plain_numbers(columns)
    for name in columns.column_names:
        alone = find_kind(columns[name], name)
        found = find_kind(columns[name], name, numbers=known.get(name))
        assert (found.kind, found.why, found.form, found.notes, found.role, found.meant) == (
            alone.kind,
            alone.why,
            alone.form,
            alone.notes,
            alone.role,
            alone.meant,
        )
        assert found.values.tolist() == pytest.approx(alone.values.tolist(), nan_ok=True)
    assert {name.split("_")[0] for name in known} >= {"amount", "grade", "blanks", "age", "same"}
    assert not {name.split("_")[0] for name in known} & {"year", "word", "day", "code", "phone"}


def test_types_are_found_together_as_alone():
    columns = table(10 * len(CELLS))
    for alone, found in zip(columns.itercolumns(), all_exactly_typed(columns), strict=True):
        assert found.equals(exactly_typed(alone))


def test_a_table_of_few_columns_is_left_to_each_of_them():
    assert plain_numbers(table(MIN_COLUMNS - 1)) == {}


def test_columns_of_numbers_are_not_asked_one_by_one(monkeypatch):
    n_asked = []
    ask = pc.match_substring_regex
    monkeypatch.setattr(
        pc, "match_substring_regex", lambda *args, **kw: n_asked.append(1) or ask(*args, **kw)
    )
    found = decide(Table(table(300, ("amount", "grade", "blanks")), "csv", raw=True), {}, ())
    assert found.kind == "records"
    assert len(n_asked) < 10
