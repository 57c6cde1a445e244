"""What each reader makes of a file: columns, rows that cannot be used, and what is said."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal import stages
from shoal.data import Items
from shoal.errors import BadInput

ROWS = [("1", "schöne Grüße aus Köln am Rhein"), ("2", "noch ein Text mit Wörtern darin")]


def read(path: Path, content: bytes | str, **params: Any) -> Items:
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.write_bytes(data)
    return stages.read(path, params)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.dat", "a"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_out(tmp_path, delimiter, name):
    lines = [delimiter.join(row) for row in [("id", "text"), *ROWS]]
    items = read(tmp_path / name, "\n".join(lines))
    assert list(items.contents) == [text for _, text in ROWS]
    assert items.about["choices"]["delimiter"] == delimiter


@pytest.mark.parametrize("word", [";", "semicolon"])
def test_a_delimiter_can_be_named(tmp_path, word):
    items = read(tmp_path / "a.csv", "id;text\n1;a, b and c\n2;d, e and f\n", delimiter=word)
    assert items.contents[0] == "a, b and c"


def test_commas_in_a_file_of_one_column_are_part_of_the_text(tmp_path):
    items = read(tmp_path / "a.csv", "Hello, you and you\nno comma here\nyes, a, b\n")
    assert list(items.contents) == ["Hello, you and you", "no comma here", "yes, a, b"]


def test_the_line_that_excel_writes_first_names_the_delimiter(tmp_path):
    items = read(tmp_path / "a.csv", "sep=;\r\nid;text\r\n1;a text, is it\r\n2;and more\r\n")
    assert list(items.contents) == ["a text, is it", "and more"]


@pytest.mark.parametrize("kind", ["csv", "txt", "jsonl"])
@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b""),
        ("utf-16-be", b"\xfe\xff"),
        ("cp1252", b""),
        ("latin-1", b""),
    ],
)
def test_the_encoding_is_found_out(tmp_path, encoding, bom, kind):
    texts = [text for _, text in ROWS]
    content = {
        "csv": "\n".join(["id;text", *(";".join(row) for row in ROWS)]),
        "txt": "\n".join(texts),
        "jsonl": "\n".join(json.dumps({"text": t}, ensure_ascii=False) for t in texts),
    }[kind]
    items = read(tmp_path / f"a.{kind}", bom + content.encode(encoding))
    assert list(items.contents) == texts
    assert items.about["text"] == "text"


def test_an_encoding_can_be_named(tmp_path):
    items = read(tmp_path / "a.txt", "Привет мир".encode("koi8-r"), encoding="koi8-r")
    assert items.contents[0] == "Привет мир"


def test_a_few_broken_bytes_are_replaced_and_said(tmp_path):
    good = "äöü Grüße überall hier, schöne Wörter\n" * 30
    items = read(tmp_path / "a.txt", good.encode() + b"bad \xff byte\n")
    assert items.contents[30] == "bad \ufffd byte"
    assert "not UTF-8" in items.notes[0]


@pytest.mark.parametrize(
    ("content", "names", "first"),
    [
        ("id,text\n1,hello there you\n2,and again\n", ["id", "text"], "hello there you"),
        ("1,hello there you\n2,and again\n", ["column_1", "column_2"], "hello there you"),
        (
            "name;words\nann;hello there you all\nbob;again and on it goes\n",
            ["name", "words"],
            None,
        ),
        ("I liked it very much.\nI did not like it.\n", ["text"], "I liked it very much."),
    ],
)
def test_a_header_is_found_out(tmp_path, content, names, first):
    items = read(tmp_path / "a.csv", content)
    columns = {items.about["text"], items.about["id"], *items.columns.column_names} - {None}
    assert columns == set(names)
    assert first is None or items.contents[0] == first
    assert ("no header" in " ".join(items.notes)) == (names[0] in ("column_1", "text"))


def test_a_header_can_be_denied(tmp_path):
    items = read(tmp_path / "a.csv", "text,label\nhello there you,x\n", header=False)
    assert list(items.contents) == ["text", "hello there you"]


def test_quoted_newlines_and_quotes_stay_in_their_field(tmp_path):
    items = read(tmp_path / "a.csv", 'id,text\n1,"two\nlines, ""quoted"""\n2,"one, more"\n')
    assert list(items.contents) == ['two\nlines, "quoted"', "one, more"]


def test_quotes_that_do_not_pair_up_are_plain_characters(tmp_path):
    body = "".join(f'{i}\tpipe of {i}" across\tx\n' for i in range(9)) + '9\t"never closed\ty\n'
    items = read(tmp_path / "a.tsv", "id\ttext\tc\n" + body + "10\tlast one here\tz\n")
    assert items.contents[0] == 'pipe of 0" across'
    assert items.contents[-1] == "last one here"
    assert len(items) == 11


def test_ragged_rows_are_kept_and_noted(tmp_path):
    content = "id,text,c\n1,hello there you,x\n2,only two words\n\n4,a b c,d,e,f\n5,last one,z\n"
    items = read(tmp_path / "a.csv", content)
    assert items.ids.to_pylist() == [1, 2, 4, 5]
    assert items.columns["c"].to_pylist() == ["x", "", "d,e,f", "z"]
    said = " ".join(items.notes)
    assert "1 rows have fewer fields" in said
    assert "1 rows have more fields" in said
    assert "1 empty lines" in said


def test_repeated_and_empty_column_names_get_new_ones_and_it_is_said(tmp_path):
    items = read(tmp_path / "a.csv", "text,text,,id\nhello there you,a,b,1\nand again,c,d,2\n")
    assert items.columns.column_names == ["text_1", "column_3"]
    assert "'text_1'" in items.notes[0]
    assert "'column_3'" in items.notes[1]


@pytest.mark.parametrize(
    "ids", [["007", "008"], ["1.10", "1.2"], ["1e5", "2e5"], ["+1", "2"], ["a", "b"]]
)
def test_ids_stay_as_they_are_written(tmp_path, ids):
    rows = "".join(f"{name},text number {name} here\n" for name in ids)
    items = read(tmp_path / "a.csv", "id,text\n" + rows)
    assert items.about["id"] == "id"
    assert items.ids.to_pylist() == ids


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2"], [1, 2]),
        (["1.5", "2.5"], [1.5, 2.5]),
        (["1.5", "2"], ["1.5", "2"]),
        (["1.10", "2.20"], ["1.10", "2.20"]),
        (["1E5", "2E5"], ["1E5", "2E5"]),
        (["+49", "12"], ["+49", "12"]),
        (["0.5", "-3.0"], [0.5, -3.0]),
        (["1", ""], [1, None]),
        (["007", "8"], ["007", "8"]),
        (["2024-01-01", "2024-01-02"], ["2024-01-01", "2024-01-02"]),
        (["99999999999999999999", "1"], ["99999999999999999999", "1"]),
        (["", ""], ["", ""]),
        (["1", "x"], ["1", "x"]),
    ],
)
def test_numbers_are_typed_where_nothing_is_lost(tmp_path, cells, expected):
    rows = "".join(f"some words and more {i},{cell}\n" for i, cell in enumerate(cells))
    items = read(tmp_path / "a.csv", "text,value\n" + rows)
    assert items.columns["value"].to_pylist() == expected


def test_a_field_of_a_megabyte_is_read_whole_with_any_delimiter(tmp_path):
    long = "word and " * 120_000
    items = read(tmp_path / "a.csv", f'id;text\n1;"{long}"\n2;hi there, you, and me\n')
    assert items.contents[0] == long
    assert items.about["id"] == "id"


def test_nul_bytes_in_a_table_stay_in_the_text(tmp_path):
    items = read(tmp_path / "a.csv", "id,text\n1,a\x00b hello there\n2,another one\n")
    assert items.contents[0] == "a\x00b hello there"


def test_a_bad_json_line_keeps_its_row_with_the_reason(tmp_path):
    items = read(tmp_path / "a.jsonl", '{"text":"hello there"}\nnot json\n\n{"text":"again"}\n')
    assert list(items.contents) == ["hello there", None, "again"]
    assert dict(items.excluded) == {1: "not valid JSON"}
    assert "line 2" in items.notes[0]


@pytest.mark.parametrize(
    ("value", "indent"),
    [
        ([{"text": "one and two"}, {"text": "three and four"}], None),
        ([{"text": "one and two"}, {"text": "three and four"}], 1),
        (["one and two", "three and four"], None),
        (["one and two", "three and four"], 1),
        ({"data": [{"text": "one and two"}, {"text": "three and four"}], "n": 2}, 1),
    ],
)
def test_a_json_array_is_read_however_it_is_laid_out(tmp_path, value, indent):
    items = read(tmp_path / "a.json", json.dumps(value, indent=indent))
    assert list(items.contents) == ["one and two", "three and four"]


def test_lists_and_mixed_json_values_are_carried_as_text(tmp_path):
    lines = [{"text": "a b c", "x": [1, {"k": "ä"}], "m": 1}, {"text": "d e f", "m": "two"}]
    items = read(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines)))
    assert items.columns["x"].to_pylist() == ['[1, {"k": "ä"}]', None]
    assert items.columns["m"].to_pylist() == ["1", "two"]


def test_objects_in_json_objects_are_columns_of_their_own(tmp_path):
    lines = [
        {"review": {"by": {"name": "Ann"}, "body": "it came late and broken"}, "x": {}},
        {"review": None},
        {"review": {"body": "a kind person helped me"}},
    ]
    items = read(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines)))
    assert items.about["text"] == "review.body"
    assert items.columns["review.by.name"].to_pylist() == ["Ann", None, None]
    assert items.columns["x"].to_pylist() == ["{}", None, None]


def test_json_objects_whose_names_are_values_stay_in_one_column(tmp_path):
    lines = [{"text": f"day {n} was fine", "by": {f"day-{n}": {"n": n}}} for n in range(600)]
    items = read(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines)))
    assert items.columns.column_names == ["by"]
    assert items.columns["by"][7].as_py() == '{"day-7": {"n": 7}}'


@pytest.mark.parametrize(
    "line",
    [
        '{"text": "lone \\ud800 surrogate"}',
        '{"text": "a key", "\\ud800": 1}',
        '{"text": "nul \\u0000 inside"}',
        '{"text": "an empty key", "": 1}',
        '{"text": "a large number", "n": 99999999999999999999999}',
        '{"text": "nan", "n": NaN}',
        '{"text": "a separator \u2028 inside"}',
        '{"text": "deep"}\n{"a":' + "[" * 100_000,
    ],
)
def test_odd_json_is_read(tmp_path, line):
    items = read(tmp_path / "a.jsonl", line + "\n" + '{"text": "last"}')
    assert items.contents[-1] == "last"
    json.dumps(list(items.contents)).encode("utf-8")


def test_a_carriage_return_line_separator_is_not_a_new_row(tmp_path):
    items = read(tmp_path / "a.txt", "one\r\ntwo\u2028still two\x85still two\r\n\r\nfour\r\n")
    assert list(items.contents) == ["one", "two\u2028still two\x85still two", "", "four"]
    assert dict(items.excluded) == {2: "blank text"}


def test_parquet_columns_of_every_kind_are_carried_through(tmp_path):
    table = pa.table(
        {
            "text": ["one and two", "three and four"],
            "tags": pa.array([["a"], ["b", "c"]]),
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "raw": pa.array([b"\xff", None]),
            "when": pa.array([0, 1], pa.timestamp("us")),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    items = stages.read(tmp_path / "a.parquet", {})
    assert items.columns.to_pylist() == table.drop_columns(["text"]).to_pylist()


def test_text_in_a_dictionary_or_a_view_is_text(tmp_path):
    texts = pa.array(["one and two", "three and four", "one and two"])
    for number, column in enumerate([texts.dictionary_encode(), texts.cast(pa.string_view())]):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table({"n": [1, 2, 3], "words": column}), path)
        items = stages.read(path, {})
        assert list(items.contents) == texts.to_pylist()
        assert items.first.tolist() == [0, 1, 0]


def test_a_parquet_file_with_a_name_twice_is_read(tmp_path):
    columns = [pa.array(["one and two"]), pa.array(["other"])]
    table = pa.Table.from_arrays(columns, names=["text", "text"])
    pq.write_table(table, tmp_path / "a.parquet")
    assert stages.read(tmp_path / "a.parquet", {}).columns.column_names == ["text_1"]


def test_parquet_is_known_by_its_bytes_and_not_by_its_name(tmp_path):
    pq.write_table(pa.table({"text": ["one and two"]}), tmp_path / "a.csv")
    assert stages.read(tmp_path / "a.csv", {}).about["kind"] == "parquet"


def test_a_folder_keeps_a_row_for_a_binary_file(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("one and two", encoding="utf-8")
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (tmp_path / "sub" / "c.txt").write_text("three\nand four", encoding="utf-8")
    (tmp_path / ".hidden").write_text("no", encoding="utf-8")
    items = stages.read(tmp_path, {})
    assert items.ids.to_pylist() == ["a.txt", "b.png", "sub/c.txt"]
    assert list(items.contents) == ["one and two", None, "three\nand four"]
    assert dict(items.excluded) == {1: "a picture"}
    assert items.columns["folder"].to_pylist() == [".", ".", "sub"]


def test_a_run_inside_the_folder_is_not_read_as_data(tmp_path):
    (tmp_path / "a.txt").write_text("one and two", encoding="utf-8")
    (tmp_path / "a.clusters").mkdir()
    for name in ("run.json", "recipe.toml", "report.html"):
        (tmp_path / "a.clusters" / name).write_text("{}", encoding="utf-8")
    assert len(stages.read(tmp_path, {})) == 1


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04" + bytes(100), "Excel"),
        (b"\x1f\x8b\x08" + bytes(100), "cannot be unpacked"),
        (bytes(range(256)) * 20, "binary"),
        (b"\x00\x01\x02\x03" * 1000, "binary"),
    ],
)
def test_binary_files_are_refused_by_what_they_are(tmp_path, content, what):
    with pytest.raises(BadInput, match=what):
        read(tmp_path / "a.csv", content)


def test_random_bytes_are_refused_whatever_the_seed(tmp_path):
    for seed in range(20):
        with pytest.raises(BadInput, match="binary"):
            read(tmp_path / "a.csv", random.Random(seed).randbytes(5000))
