"""Answers that stand in an order are numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from shoal.parts.readers.kinds import as_kind, find_kind

N = 12


@pytest.mark.parametrize(
    "steps",
    [
        ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"],
        ["1 - Never", "2 - Rarely", "3 - Sometimes", "4 - Often", "5 - Always"],
        ["low", "medium", "high"],
        ["S", "M", "L", "XL"],
        ["None", "Mild", "Moderate", "Severe"],
        ["sehr unzufrieden", "unzufrieden", "neutral", "zufrieden", "sehr zufrieden"],
        ["Pas du tout d\u2019accord", "Plutôt d\u2019accord", "Tout à fait d\u2019accord"],
        ["никогда", "редко", "часто", "всегда"],
        ["非常不同意", "不同意", "一般", "同意", "非常同意"],
    ],
)
def test_words_of_a_known_scale_are_the_numbers_of_their_steps(steps):
    values = pa.array([*steps[::-1], *steps, None, "don't know"] * N)
    found = find_kind(values, "question")
    one = [*range(len(steps), 0, -1), *range(1, len(steps) + 1), np.nan, np.nan]
    assert found.kind == "number"
    assert np.array_equal(found.values, one * N, equal_nan=True)
    assert f"{N} entries" in found.notes[0]
    assert "read.scales=false" in found.why
    again = as_kind(pa.array([steps[-1], steps[0], "other"]), "number", found.form, found.meant)
    assert np.array_equal(again, [len(steps), 1, np.nan], equal_nan=True)
    assert find_kind(values, "question", scales=False).kind == "category"


@pytest.mark.parametrize(
    "words",
    [["basic", "plus", "pro"], ["small", "blue", "large"], ["low", "high"], ["S", "M", "N"]],
)
def test_words_without_a_known_order_stay_categories(words):
    assert find_kind(pa.array(words * N), "plan").kind == "category"


def test_steps_that_a_run_has_not_seen_lie_between_those_it_has():
    found = find_kind(pa.array(["S", "M", "XL"] * N), "size")
    again = as_kind(pa.array(["L", "XS", "XXL", "medium", "m"]), "number", found.form)
    assert np.array_equal(again, [2.5, 0.5, 3.5, np.nan, 2], equal_nan=True)
