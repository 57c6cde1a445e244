"""Texts in Arrow as a sequence."""

import numpy as np
import pyarrow as pa
import pytest

from shoal.data.texts import Texts, as_column

WORDS = ["one", None, "drei", "", "fünf", "🦀 six", "seven"]


@pytest.fixture(params=[pa.string(), pa.large_string(), "chunks", "views"])
def texts(request):
    """The same texts in columns of several types."""
    if request.param == "chunks":
        return Texts(pa.chunked_array([WORDS[:3], WORDS[3:3], WORDS[3:]], pa.string()))
    if request.param == "views":
        return Texts(pa.array(["x", *WORDS, "y"]).slice(1, len(WORDS)))
    return Texts(pa.array(WORDS, request.param))


def test_it_is_the_sequence_of_its_texts(texts, monkeypatch):
    assert len(texts) == len(WORDS)
    assert list(texts) == WORDS
    assert [texts[row] for row in range(len(WORDS))] == WORDS
    assert [texts[row] for row in np.arange(len(WORDS), dtype=np.int32)] == WORDS
    assert texts[-1] == "seven"
    monkeypatch.setattr("shoal.data.texts.BLOCK_ROWS", 2)
    assert list(texts) == WORDS
    with pytest.raises(IndexError):
        texts[len(WORDS)]


@pytest.mark.parametrize(
    "part", [slice(2, 5), slice(None), slice(5, 2), slice(-3, None), slice(0, 7, 3), slice(4, 99)]
)
def test_parts_are_those_of_a_list(texts, part):
    assert list(texts[part]) == WORDS[part]


def test_some_rows_in_any_order(texts):
    rows = np.array([5, 0, 0, 3], dtype=np.int32)
    assert list(texts.take(rows)) == texts.listed(rows) == ["🦀 six", "one", "one", ""]
    assert texts.listed(rows[:0]) == []


def test_the_column_of_either_kind(texts):
    assert as_column(texts).type == pa.large_string()
    assert as_column(texts).to_pylist() == as_column(WORDS).to_pylist() == WORDS
