"""What a run found in plain words, the same in the terminal and in the report."""

import re

import pytest

from shoal.views.report.sentences import (
    Found,
    advice,
    headline,
    number_said,
    themes_of,
    verdict,
)


def found(silhouettes, **more):
    clusters = [
        {"cluster": c, "title": f"group {c}", "size": 10, "silhouette": value, "parent": []}
        for c, value in enumerate(silhouettes)
    ]
    told = {
        "clusters": clusters,
        "evaluation": {},
        "counts": {"rows": 10 * len(clusters), "used": 10 * len(clusters), "noise": 0},
        "themes": [],
        "layers": [],
        "run": "my run",
    }
    return Found(**told | more)


@pytest.mark.parametrize(
    ("silhouettes", "said"),
    [
        ([0.4, 0.3], "Both are clear."),
        ([0.4, 0.3, 0.25], "All 3 are clear."),
        (
            [0.4, 0.1, 0.01],
            "1 is clear, 1 blurs at the edges, 1 overlaps with others: many of their rows would "
            "fit another cluster as well.",
        ),
        (
            [0.05, 0.01, -0.1],
            "None is clear: the clusters overlap, so many rows would fit another one as well.",
        ),
        (
            [0.1, 0.12, 0.09],
            "The clusters blur at the edges, as those of short texts mostly do: some rows would "
            "fit another one as well.",
        ),
        ([0.5], ""),
        ([], ""),
    ],
)
def test_the_verdict_counts_what_is_clear(silhouettes, said):
    assert verdict(found(silhouettes)) == said


def test_clusters_that_shuffled_columns_give_as_well_are_not_clear():
    evaluation = {"silhouette_by_chance": 0.5}
    told = verdict(found([0.6, 0.4], evaluation=evaluation))
    assert told.startswith("1 is clear, 1 blurs at the edges: some of their rows")
    said = "None is clear: shuffled columns give clusters that are as far apart."
    assert verdict(found([0.45, 0.4], evaluation=evaluation)) == said


def test_no_word_of_the_trade_is_on_the_first_screen():
    evaluation = {
        "scores": [{"name": "stability", "value": 0.9}],
        "layers": [{"n_clusters": 3, "score": 0.5}, {"n_clusters": 5, "score": 0.495}],
        "duplicates": {"rows": 9},
        "anomalies": {"n": 2},
    }
    told = found([0.4, 0.3, 0.01], evaluation=evaluation)
    words = " ".join(
        [headline(told), verdict(told), number_said(told), *(one.text for one in advice(told))]
    )
    assert not re.search("silhouette|modularity|separation|stability|noise|anomal", words)
    assert "5 clusters would be nearly as good as 3." in words


def test_the_range_comes_before_what_the_levels_say():
    layers = [{"n_clusters": 3, "score": 0.5}, {"n_clusters": 9, "score": 0.5}]
    told = found([0.4] * 3, evaluation={"range": [2, 6], "layers": layers})
    assert number_said(told) == "Any number of clusters from 2 to 6 is about as good."
    assert advice(told)[0].command == "shoal cluster 'my run' -k 6"


def test_of_a_few_broad_clusters_finer_ones_are_offered_where_they_hold():
    layers = [{"n_clusters": k, "score": s} for k, s in ((2, 0.5), (3, 0.2), (9, 0.3), (12, 0.4))]
    told = found([0.4] * 2, evaluation={"range": [2, 2], "layers": layers})
    assert number_said(told) == "12 finer clusters are the next best choice."
    assert advice(told)[0].command == "shoal cluster 'my run' -k 12"
    low = [
        {**layer, "score": layer["score"] if layer["n_clusters"] == 2 else 0.1} for layer in layers
    ]
    assert number_said(found([0.4] * 2, evaluation={"range": [2, 2], "layers": low})) == ""
    many = found([0.4] * 6, evaluation={"range": [6, 6], "layers": layers})
    assert number_said(many) == ""


@pytest.mark.parametrize(("n", "offered"), [(2, 8), (40, 12)])
def test_a_number_out_of_the_range_is_not_said_to_be_as_good(n, offered):
    told = found([0.4] * n, evaluation={"range": [8, 12]})
    assert number_said(told) == "By their scores, 8 to 12 clusters would be better."
    assert f"-k {offered}" in advice(told)[0].command


def test_there_are_at_most_three_things_to_do_and_never_none():
    evaluation = {"duplicates": {"rows": 50}, "anomalies": {"n": 1}, "range": [2, 4]}
    counts = {"rows": 100, "used": 100, "noise": 7}
    assert len(advice(found([0.4] * 3, evaluation=evaluation, counts=counts))) == 3
    assert advice(found([0.4] * 3))[0].command == "shoal explore 'my run'"


def test_rows_that_have_no_group_are_counted():
    told = found([0.4] * 2, counts={"rows": 30, "used": 28, "noise": 5})
    lost = "5 rows fit no cluster and 2 rows could not be used"
    assert headline(told) == f"2 clusters in 30 rows; {lost}"
    told = found([0.4] * 2, counts={"rows": 30, "used": 28, "noise": 0}, blank=2)
    assert headline(told) == "2 clusters in 30 rows; 2 rows have no text"
    assert headline(found([0.4] * 2)) == "2 clusters in 20 rows; every row has one"
    assert headline(found([])).startswith("No clusters")


def test_themes_hold_every_cluster_once_and_go_by_size():
    clusters = [
        {"cluster": c, "title": str(c), "size": 10 * (c + 1), "theme": c % 2} for c in range(5)
    ]
    themes = [{"theme": 0, "title": "even"}, {"theme": 1, "title": "odd"}]
    made = themes_of(found([], clusters=clusters, themes=themes))
    assert [(theme.title, theme.size) for theme in made] == [("even", 90), ("odd", 60)]
    numbers = sorted(entry["cluster"] for theme in made for entry in theme.clusters)
    assert numbers == list(range(5))


def test_without_themes_a_coarser_level_groups_many_clusters():
    clusters = [{"cluster": c, "title": str(c), "size": 10, "parent": [c // 3]} for c in range(12)]
    titles = [{"cluster": g, "title": f"theme {g}"} for g in range(4)]
    made = themes_of(found([], clusters=clusters, layers=[{"layer": 3, "clusters": titles}]))
    assert [theme.title for theme in made] == [f"theme {g}" for g in range(4)]
    few = themes_of(found([0.3] * 4))
    assert [(theme.title, len(theme.clusters)) for theme in few] == [("", 4)]


@pytest.mark.parametrize("info", [None, [], {"name": 3}, {"name": "Norvig", "with": "many"}])
def test_nothing_is_said_of_a_name_where_none_parts_the_clusters(info):
    some = found([0.3] * 8, evaluation={"followed_name": info})
    assert not any("--leave-out" in one.text for one in advice(some))


def test_a_name_that_parts_the_clusters_comes_first():
    info = {"name": "Norvig & Co", "share": 0.5, "with": 4, "without": 3}
    first = advice(found([0.3] * 8, evaluation={"followed_name": info}))[0]
    assert (
        "4 clusters hold texts that say \u201cNorvig & Co\u201d, and 3 texts that do not"
        in first.text
    )
    assert "--leave-out 'Norvig & Co'" in first.text


@pytest.mark.parametrize(
    ("n", "span", "offered"), [(23, [9, 64], 9), (10, [6, 16], 16), (23, [23, 64], 64)]
)
def test_fewer_clusters_are_offered_where_there_are_many(n, span, offered):
    said = advice(found([0.3] * n, evaluation={"range": span}))
    assert said[0].command == f"shoal cluster 'my run' -k {offered}"
