"""Titles and keywords of records that have texts among their columns."""

from __future__ import annotations

import numpy as np
import pytest

from shoal.parts.describers.profiles import distinct_names, middle_as_text, together
from shoal.parts.describers.readable import times


@pytest.mark.parametrize(("ratio", "text"), [(3.12, "3.1 x"), (0.314, "0.31 x"), (41.2, "41 x")])
def test_ratios_read_well(ratio, text):
    assert times(ratio) == text


def test_a_median_of_dates_is_a_day():
    assert middle_as_text(19723.5, "date") == "2024-01-01"


def test_words_of_texts_stand_before_those_of_columns():
    words = [("late parcel", ("late", "parcel", "a", "b", "c", "d"))]
    assert together(words, [("price high", ("price 2.0 x the median",))]) == [
        ("late parcel", ("late", "parcel", "a", "b", "c", "price 2.0 x the median"))
    ]


def apart(titles, texts, labels, profiles=(["price low"], ["price high"], ["age high"]), **options):
    return distinct_names(titles, profiles, texts, np.array(labels, dtype=np.int32), **options)


def test_titles_of_texts_stay_where_the_texts_tell_the_clusters_apart():
    texts, labels = ["boats, sea", "a boat", "garden", "Garden path"], [0, 0, 1, 1]
    assert apart(["boat", "garden"], texts, labels) == ["boat", "garden"]


def test_titles_that_collide_take_what_the_columns_say():
    texts = ["all slow", "was slow", "all fine", "bad", "fine", "fine", "fine too", "bad"]
    labels = [0, 0, 1, 1, 1, 2, 2, 2]
    found = apart(["slow", "fine", "fine (2)"], texts, labels)
    # most rows of both hold the word, and both are told apart
    assert found == ["slow", "fine, price high", "fine, age high"]
    texts[4] = "bad"
    assert apart(["slow", "fine", "fine (2)"], texts, labels)[1] == "price high"


def test_a_title_as_common_elsewhere_says_too_little_if_it_is_made_of_the_words():
    texts, labels = ["fine one", "fine two", "fine a", "fine b"], [0, 0, 1, 1]
    assert apart(["fine", "b"], texts, labels) == ["fine, price low", "b"]
    assert apart(["fine", "b"], texts, labels, counted=False) == ["fine", "b"]


def test_titles_stay_where_the_columns_say_nothing():
    texts, labels = ["fine", "fine"], [0, 1]
    found = apart(["fine", "fine (1)"], texts, labels, ([], []))
    assert found == ["fine", "fine (1)"]
