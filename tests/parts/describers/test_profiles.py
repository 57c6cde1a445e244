"""Clusters of records in words."""

from __future__ import annotations

import numpy as np
import pytest

from shoal.parts.describers.profiles import (
    in_words,
    middle_as_text,
    percent,
    times,
    together,
    told_apart,
)


def column(name, kind="number", **more):
    return {"name": name, "kind": kind, "clustered": True, "median": 100.0, **more}


def number(effect, ratio=None, median=310.0):
    return {"median": median, "ratio": ratio, "effect": effect}


def category(level, share, overall, effect):
    return {"level": level, "share": share, "overall": overall, "effect": effect}


def worded(columns, *clusters):
    told = [{"cluster": c, "columns": entries} for c, entries in enumerate(clusters)]
    return in_words({"columns": columns, "clusters": told})


def test_the_largest_effect_comes_first_and_small_ones_are_not_told():
    columns = [column("Milk"), column("Fresh"), column("Frozen")]
    ((title, words),) = worded(columns, [number(0.9, 2.0), number(-2.0, 0.31), number(0.1, 1.1)])
    assert title == "Fresh 0.31 x · Milk 2.0 x"
    assert words[0] == "Fresh 0.31 x the median: 310 (all: 100)"
    assert len(words) == 2


def test_what_a_cluster_lacks_comes_after_what_it_has_and_nothing_twice():
    columns = [column(name, "category") for name in ("web", "backup", "plan")]
    entries = [category("No", 0.0, 0.3, -1.2), category("none", 0.0, 0.3, -1.2),
               category("pro", 0.6, 0.3, 0.6)]  # fmt: skip
    ((title, words),) = worded(columns, entries)
    assert title == "plan mostly pro · web rarely No"
    assert words[-1] == "plan is pro for 60 % (all: 30 %)"


def test_columns_that_were_only_shown_are_not_told():
    columns = [column("Milk"), column("left", clustered=False)]
    assert worded(columns, [number(0.9, 2.0), number(3.0)])[0][0] == "Milk 2.0 x"


def test_titles_differ_and_a_cluster_like_all_is_average():
    columns = [column("a"), column("b"), column("c"), column("d")]
    alike = [number(2.0, 2.0), number(1.9, 2.0), number(1.8, 2.0), number(0.5, 1.2)]
    flat = [number(0.0)] * 4
    titles = [title for title, _ in worded(columns, alike, alike, alike, flat, flat)]
    assert len(set(titles)) == 5
    assert titles[1].startswith(titles[0])
    assert titles[3].startswith("average")


def test_numbers_without_a_ratio_and_dates_are_high_low_late_early():
    columns = [column("heat"), column("since", "date", median=19723.5)]
    ((title, words),) = worded(columns, [number(-2.0), number(1.0, median=19800.5)])
    assert title == "heat low · since late"
    assert words[1] == "since +1.0 sd: median 2024-03-18 (all: 2024-01-01)"
    assert middle_as_text(19723.5, "date") == "2024-01-01"


@pytest.mark.parametrize(("ratio", "text"), [(3.12, "3.1 x"), (0.314, "0.31 x"), (41.2, "41 x")])
def test_ratios_read_well(ratio, text):
    assert times(ratio) == text


def test_shares_never_round_to_all_or_nothing():
    assert [percent(s) for s in (0.0, 0.004, 0.5, 0.996, 1.0)] == [
        "0 %", "below 1 %", "50 %", "over 99 %", "100 %",
    ]  # fmt: skip


def test_words_of_texts_stand_before_those_of_columns():
    words = [("late parcel", ("late", "parcel", "a", "b", "c", "d"))]
    assert together(words, [("price high", ("price 2.0 x the median",))]) == [
        ("late parcel", ("late", "parcel", "a", "b", "c", "price 2.0 x the median"))
    ]


def apart(titles, texts, labels, profiles=("price low", "price high", "age high"), **options):
    return told_apart(titles, profiles, texts, np.array(labels, dtype=np.int32), **options)


def test_titles_of_texts_stay_where_the_texts_tell_the_clusters_apart():
    texts, labels = ["boats, sea", "a boat", "garden", "Garden path"], [0, 0, 1, 1]
    assert apart(["boat", "garden"], texts, labels) == ["boat", "garden"]


def test_titles_that_collide_take_what_the_columns_say():
    texts = ["all slow", "was slow", "all fine", "bad", "fine", "fine", "fine too", "bad"]
    labels = [0, 0, 1, 1, 1, 2, 2, 2]
    found = apart(["slow", "fine", "fine (2)"], texts, labels)
    # most rows of both hold the word, and both are told apart
    assert found == ["slow", "fine · price high", "fine · age high"]
    texts[4] = "bad"
    assert apart(["slow", "fine", "fine (2)"], texts, labels)[1] == "price high"


def test_a_title_as_common_elsewhere_says_too_little_if_it_is_made_of_the_words():
    texts, labels = ["fine one", "fine two", "fine a", "fine b"], [0, 0, 1, 1]
    assert apart(["fine", "b"], texts, labels) == ["fine · price low", "b"]
    assert apart(["fine", "b"], texts, labels, counted=False) == ["fine", "b"]


def test_titles_stay_where_the_columns_say_nothing():
    texts, labels = ["fine", "fine"], [0, 1]
    found = apart(["fine", "fine (1)"], texts, labels, ("average", "average (1)"))
    assert found == ["fine", "fine (1)"]
