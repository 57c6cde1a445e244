"""Rows of a JSON value, however a program wrote them."""

from __future__ import annotations

import json

import pytest

from shoal.errors import BadInput
from shoal.parts.readers.json_lines import read_json_lines
from shoal.parts.readers.json_tables import rows_in

ROWS = [{"town": f"T{i}", "age": 20 + i, "rate": i / 4} for i in range(12)]
NAMES = list(ROWS[0])
VALUES = [list(row.values()) for row in ROWS]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"count": 12, "next": None, "results": ROWS}, "results"),
        ({"meta": {"page": 1}, "items": ROWS, "links": {"self": "x"}}, "items"),
        ({"response": {"docs": ROWS, "numFound": 12}}, "response.docs"),
        ({"authors": ROWS[:2], "data": ROWS}, "data"),
        ({"columns": NAMES, "index": list(range(12)), "data": VALUES}, "data"),
        ({name: [row[name] for row in ROWS] for name in NAMES}, ""),
        ({name: {str(i): row[name] for i, row in enumerate(ROWS)} for name in NAMES}, ""),
        ({row["town"]: row for row in ROWS}, ""),
        ([NAMES, *VALUES], ""),
        (ROWS, ""),
    ],
)
def test_rows_are_found_and_it_is_said_where(tmp_path, value, where, indent):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value, indent=indent))
    found = read_json_lines(path)
    assert found.columns.select(NAMES).to_pylist() == ROWS
    assert any(repr(where) in note for note in found.notes) == bool(where)


@pytest.mark.parametrize(
    "value",
    [
        {"text": "one row", "tags": ["a", "b"], "by": {"name": "Ann", "age": 3}},
        {"a": [1, 2], "b": [1, 2, 3]},
        {"a": {"x": 1}, "b": {"y": 2}},
    ],
)
def test_any_other_object_is_one_row(tmp_path, value):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    assert len(read_json_lines(path).columns) == 1


def test_an_only_line_of_json_lines_is_a_row_whatever_it_holds(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "one row", "replies": ROWS}) + "\n")
    assert len(read_json_lines(path).columns) == 1


def test_an_empty_list_of_rows_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[]")
    with pytest.raises(BadInput, match="is empty"):
        read_json_lines(path)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({f"menu.entry{i}": f"Open the file {i}" for i in range(30)}, ["key", "text"]),
        ({"menu": {f"entry{i}": f"Open it {i}" for i in range(30)}}, ["key", "text"]),
        ({f"word{i}": i for i in range(30)}, ["key", "value"]),
        ([[f"T{i}", i, i / 4] for i in range(30)], ["column_1", "column_2", "column_3"]),
    ],
)
def test_entries_and_bare_arrays_are_rows(tmp_path, value, names):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    found = read_json_lines(path).columns
    assert found.column_names == names
    assert len(found) == 30


def test_names_that_are_values_do_not_keep_other_fields_from_being_columns(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [
        {"town": {"name": f"T{i}", "size": i}, "days": {f"d{i}-{j}": {"n": j} for j in range(30)}}
        for i in range(30)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    names = read_json_lines(path).columns.column_names
    assert "days" in names or "town.name" in names


def test_objects_over_several_lines_one_after_another_are_rows(tmp_path):
    rows = [{"age": 20 + i, "plan": "ab"[i % 2]} for i in range(5)]
    path = tmp_path / "a.json"
    path.write_text("\n".join(json.dumps(row, indent=1) for row in rows))
    assert read_json_lines(path).columns["age"].to_pylist() == [20 + i for i in range(5)]


def test_what_a_chat_cuts_at_links_is_one_text(tmp_path):
    said = ["see ", {"type": "link", "text": "http://a.io"}, " for the times"]
    rows = [{"id": i, "text": said if i % 2 else f"number {i}"} for i in range(4)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"messages": rows}))
    texts = read_json_lines(path).columns["text"].to_pylist()
    assert texts[:2] == ["number 0", "see http://a.io for the times"]


def test_objects_in_groups_are_rows_too():
    value = {
        "north": {"mill": {"age": 4, "kind": "wind"}, "forge": {"age": 9, "kind": "coal"}},
        "south": {"barn": {"age": 7, "kind": "none"}},
    }
    rows, _ = rows_in(value)
    assert [row["id"] for row in rows] == ["north.mill", "north.forge", "south.barn"]
    assert rows[2]["age"] == 7
