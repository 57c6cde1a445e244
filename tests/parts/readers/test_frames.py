"""Data in memory: DataFrames of three libraries, Series, lists, arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from shoal import stages
from shoal.errors import BadInput

TEXTS = ["the cat sat on the mat", "dogs run in the park", "a third text is here"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: TEXTS,
        lambda: tuple(TEXTS),
        lambda: np.array(TEXTS),
        lambda: np.array(TEXTS, dtype=object),
        lambda: pa.array(TEXTS),
        lambda: pa.chunked_array([TEXTS[:1], TEXTS[1:]]),
        lambda: pd.Series(TEXTS),
        lambda: pd.Series(TEXTS, dtype="category"),
        lambda: pd.Series(TEXTS, index=[7, 7, 9], name="body"),
        lambda: pl.Series(TEXTS),
        lambda: pl.Series("body", TEXTS),
        lambda: pd.DataFrame({"n": [1, 2, 3], "text": TEXTS}),
        lambda: pl.DataFrame({"n": [1, 2, 3], "text": TEXTS}),
        lambda: pa.table({"n": [1, 2, 3], "text": TEXTS}),
        lambda: pd.DataFrame({0: TEXTS, 1: [1, 2, 3]}),
        lambda: pd.DataFrame({("a", "b"): TEXTS, ("a", "c"): [1, 2, 3]}),
        lambda: pd.DataFrame({"text": TEXTS}, index=["x", "x", "y"]),
    ],
)
def test_every_kind_of_data_in_memory_is_read(make: Callable[[], Any]):
    items = stages.read(make(), {})
    assert list(items.contents) == TEXTS
    assert items.ids.to_pylist() == [0, 1, 2]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_missing_texts_of_a_frame_keep_their_row(library):
    items = stages.read(library({"text": [TEXTS[0], None, TEXTS[1]], "id": ["a", "b", "c"]}), {})
    assert list(items.contents) == [TEXTS[0], None, TEXTS[1]]
    assert dict(items.excluded) == {1: "missing text"}
    assert items.ids.to_pylist() == ["a", "b", "c"]


def test_columns_of_pandas_that_are_called_the_same_are_told_apart():
    items = stages.read(pd.DataFrame([[t, i] for i, t in enumerate(TEXTS)], columns=["a", "a"]), {})
    assert items.about["text"] == "a"
    assert items.columns.column_names == ["a_1"]


def test_mixed_and_nested_columns_of_pandas_are_carried():
    frame = pd.DataFrame({"text": TEXTS, "m": [1, "a", None], "l": [[1], [2], None]})
    items = stages.read(frame, {})
    assert items.columns["m"].to_pylist() == ["1", "a", None]
    assert items.columns["l"].to_pylist() == [[1], [2], None]


def test_a_lone_surrogate_in_a_list_is_replaced():
    assert stages.read(["a \ud800 b", *TEXTS], {}).contents[0] == "a ? b"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "no rows"),
        (pd.DataFrame({"text": []}), "no rows"),
        (np.zeros((3, 3)), "has a vector"),
        (np.zeros((3, 3, 3)), "one row per item"),
        (3, "cannot read int"),
        (None, "cannot read NoneType"),
    ],
)
def test_what_is_no_data_is_refused_in_words(data, words):
    with pytest.raises(BadInput, match=words):
        stages.read(data, {})
