"""Which columns are chosen and why, what is excluded, and several sources under each other."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from shoal import stages
from shoal.errors import BadInput, UnknownPart
from shoal.text.blanks import is_blank

PROSE = ["the parcel came late and was broken", "a kind person helped me at once"]


def csv(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("columns", "text", "id_"),
    [
        ({"id": [1, 2], "title": ["a b", "c d"], "review": PROSE}, "review", "id"),
        ({"doc_id": ["x", "y"], "words": PROSE}, "words", "doc_id"),
        ({"id": [1, 1], "words": PROSE}, "words", None),
        ({"id": [1, None], "words": PROSE}, "words", None),
        ({"url": ["http://a.b/c", "http://a.b/d"], "words": PROSE}, "words", None),
        ({"label": ["good one", "good one"], "words": PROSE}, "words", None),
        ({"empty": ["", ""], "n": [1, 2], "w": ["x", "y"]}, "w", None),
        ({"ü": ["clinic engine 0", "\x00"], "text": ["\uff1d1+1", "\U0001f468"]}, "ü", None),
        ({"q": ["多くの人がこの店を好みます", "もう一度行きたいです"], "c": ["a", "b"]}, "q", None),
    ],
)
def test_the_text_and_the_id_are_chosen_by_what_they_hold(columns, text, id_):
    items = stages.read(pa.table(columns), {})
    assert (items.about["text"], items.about["id"]) == (text, id_)
    assert items.columns.num_columns == len(set(columns) - {text, id_})


def test_the_reasons_of_the_choice_are_said():
    about = stages.read(pa.table({"id": [1, 2], "short": ["a", "b"], "long": PROSE}), {}).about
    assert "looks most like text" in about["text_reason"]
    assert "'short'" in about["text_reason"]
    assert "no value repeats" in about["id_reason"]
    named = stages.read(pa.table({"a": PROSE, "b": PROSE}), {"text": "b", "id": "a"}).about
    assert (named["text_reason"], named["id_reason"]) == ("named by you", "named by you")
    alone = stages.read(PROSE, {}).about
    assert alone["text_reason"] == "it is the only column"
    assert "numbered from 0" in alone["id_reason"]


def test_a_column_of_numbers_can_be_the_text_if_it_is_named():
    items = stages.read(pa.table({"n": [1, 2], "words": PROSE}), {"text": "n"})
    assert list(items.contents) == ["1", "2"]


@pytest.mark.parametrize("option", ["text", "id", "truth"])
def test_a_column_that_does_not_exist_is_named_with_those_that_do(option):
    with pytest.raises(UnknownPart, match=r"'wrods'.*Did you mean 'words'.*Known: words"):
        stages.read(pa.table({"words": PROSE}), {option: "wrods"})


def test_columns_called_like_those_of_shoal_get_a_suffix_and_it_is_said():
    table = pa.table({"id": [1, 1], "text": ["a", "b"], "path": ["p", "q"], "body": PROSE})
    items = stages.read(table, {"text": "body"})
    assert items.columns.column_names == ["id_1", "text_1", "path_1"]
    assert len(items.notes) == 3
    assert "'text' is named 'text_1'" in items.notes[1]
    assert items.column("text").to_pylist() == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        ("", True),
        (" \t\n", True),
        ("\x00\x07", True),
        ("\u200b\ufeff", True),
        ("\u0301", True),
        ("a", False),
        ("\U0001f600", False),
        ("\u0645", False),
        (".", False),
    ],
)
def test_a_text_is_blank_if_it_prints_nothing(text, blank):
    assert is_blank(text) == blank


def test_where_no_column_is_text_it_is_said_what_each_holds():
    table = pa.table({"a": [1, 2], "b": [" ", None], "c": ["!!", "??"], "d": pa.nulls(2)})
    with pytest.raises(BadInput, match=r"a \(numbers\), b \(blank\), c \(signs\), d \(blank\)"):
        stages.read(table, {})


def test_rows_without_text_keep_their_place():
    items = stages.read([PROSE[0], None, "  ", PROSE[1], PROSE[0]], {})
    assert dict(items.excluded) == {1: "missing text", 2: "blank text"}
    assert items.first.tolist() == [0, -1, -1, 3, 0]


def test_data_with_nothing_but_blank_texts_is_refused():
    with pytest.raises(BadInput, match="none of the 2 rows has text"):
        stages.read(["", " "], {"text": "text"})


def test_several_sources_are_put_under_each_other(tmp_path):
    one = csv(tmp_path / "a.csv", f"id,text,n\n1,{PROSE[0]},5\n")
    two = csv(tmp_path / "b.jsonl", f'{{"id": "x", "text": "{PROSE[1]}", "n": 6}}\nbad\n')
    items = stages.read([one, two], {})
    assert list(items.contents) == [*PROSE, None]
    assert items.columns["source"].to_pylist() == [str(one), str(two), str(two)]
    assert items.columns["n"].to_pylist() == [5, 6, None]
    assert dict(items.excluded) == {2: "not valid JSON"}


def test_sources_that_call_their_text_differently_are_refused(tmp_path):
    one = csv(tmp_path / "a.csv", f"n,review\n1,{PROSE[0]}\n2,{PROSE[1]}\n")
    two = csv(tmp_path / "b.txt", f"{PROSE[1]}\n")
    with pytest.raises(BadInput, match=r"'review' is not in b\.txt\. No column is in all"):
        stages.read([one, two], {})
    three = csv(tmp_path / "c.csv", f"n,comment\n1,{PROSE[0]}\n")
    with pytest.raises(BadInput, match=r"not in c\.csv\. All sources have: n\. Use the same"):
        stages.read([one, three], {"text": "review"})


def test_a_column_called_source_is_kept_beside_the_one_of_shoal(tmp_path):
    one = csv(tmp_path / "a.csv", f"source,text\nweb,{PROSE[0]}\n")
    two = csv(tmp_path / "b.csv", f"text,v\n{PROSE[1]},3\n")
    items = stages.read([one, two], {})
    assert items.columns["source"].to_pylist() == ["web", None]
    assert items.columns["shoal_source"].to_pylist() == [str(one), str(two)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"one and two\n\nthree", ["one and two", "", "three"]),
        ("grün\n".encode("latin-1"), ["grün"]),
    ],
)
def test_standard_input_gives_one_text_a_line(monkeypatch, data, expected):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert list(stages.read(Path("-"), {}).contents) == expected


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_with_a_name_is_read_from_its_beginning(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"id,text\n1,{PROSE[0]}\n",))
    writer.start()
    items = stages.read(pipe, {})
    writer.join()
    assert list(items.contents) == [PROSE[0]]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"part": "nope"}, "no reader named 'nope'"),
        ({"part": "folder"}, "cannot be read by the reader 'folder'"),
        ({"part": "frame"}, "cannot be read by the reader 'frame'"),
        ({"delimiter": "abc"}, "one character"),
        ({"encoding": "nope"}, "unknown encoding"),
        ({"part": "lines", "delimiter": ","}, "read.delimiter does not apply"),
        ({"part": "parquet"}, "not a readable Parquet file"),
    ],
)
def test_a_wrong_way_of_reading_is_refused_in_words(tmp_path, params, words):
    with pytest.raises(BadInput, match=words):
        stages.read(csv(tmp_path / "a.csv", f"id,text\n1,{PROSE[0]}\n"), params)


def test_reading_many_rows_takes_a_second_or_so(tmp_path):
    rows = "".join(
        f"{i},short title {i},{PROSE[i % 2]} number {i},{i / 2}\n" for i in range(40_000)
    )
    path = csv(tmp_path / "a.csv", "id,title,text,score\n" + rows)
    started = time.process_time()
    assert len(stages.read(path, {})) == 40_000
    assert time.process_time() - started < 8
