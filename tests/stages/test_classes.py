"""True classes of rows, of which a row may have several."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal.stages.classes import entries_of, n_several, true_classes


def test_classes_are_told_apart_by_their_text_and_blanks_are_none():
    names, codes = true_classes(pa.array(["b", " a ", None, "", "b"]))
    assert names == ("a", "b")
    assert codes.tolist() == [1, 0, -1, -1, 1]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([["a"], ["a", "b"], ["b"], ["c", "a"], ["c"], None]),
        pa.array(["a", "a|b", "b", "c|a", "c", None]),
        pa.array(["a", "a; b", "b", "c; a", "c", " "]),
        pa.array(["['a']", "['a', 'b']", "['b']", "['c', 'a']", "['c']", "[]"]),
        [["a"], ("a", "b"), ["b"], ["c", "a"], ["c"], []],
    ],
)
def test_a_row_of_several_classes_counts_in_the_one_of_its_cluster(values):
    names, codes = true_classes(values)
    assert names == ("a", "b", "c")
    assert codes.tolist() == [0, 0, 1, 2, 2, -1]
    labels = np.array([0, 1, 1, 0, 2, 2], dtype=np.int32)
    assert true_classes(values, labels)[1].tolist() == [0, 1, 1, 0, 2, -1]
    nowhere = np.full(6, -1, dtype=np.int32)
    assert true_classes(values, nowhere)[1].tolist() == codes.tolist()
    assert n_several(values) == 2


def test_names_with_a_separator_in_them_are_one_class():
    values = ["Food, drinks", "Home, garden", "Cars; bikes", "x|y"]
    assert entries_of(values) == [[value] for value in values]


def test_clusters_of_rows_with_two_tags_are_right_in_either(texts):
    themes = ["football", "cooking", "election", "space"]
    kinds = [next((t for t in themes if t in text), "space") for text in texts]
    tags = [[kind] if i % 3 else ["other", kind] for i, kind in enumerate(kinds)]
    table = pa.table({"text": texts, "tags": tags})
    run = shoal.cluster(table, text="text", truth="tags", settings={"embed.part": "hashing"})
    plain = shoal.cluster(
        pa.table({"text": texts, "tags": kinds}),
        text="text",
        truth="tags",
        settings={"embed.part": "hashing"},
    )
    assert run.scores["ari"] == plain.scores["ari"]
    assert any("several classes in 'tags'" in note for note in run.info["notes"])
