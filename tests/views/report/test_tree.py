"""The tree of themes and clusters in few lines."""

from __future__ import annotations

import pytest

from shoal.views.report.tree import SHOWN_LINES, Line, _lines, _shown, tree

from .test_sentences import found


def lines_of(sizes: list[int], most: int = SHOWN_LINES) -> list[tuple[str, int]]:
    """What is shown of themes with so many clusters each, the titles of clusters by number."""
    return [(line.title, line.depth) for line in tree_of(sizes, most)]


def tree_of(sizes: list[int], most: int) -> list[Line]:
    clusters, themes = [], []
    for theme, n in enumerate(sizes):
        themes.append({"theme": theme, "title": f"theme {theme}"})
        for _ in range(n):
            i = len(clusters)
            clusters.append({"cluster": i, "title": f"c{i}", "size": 100 - i, "theme": theme})
    return tree(found([], clusters=clusters, themes=themes), most)


def parts_of(sizes: list[int], most: int) -> list[tuple[str, ...]]:
    """Titles of what is not shown below each line."""
    return [line.parts for line in tree_of(sizes, most)]


def test_what_fits_is_shown_whole():
    assert lines_of([2, 1]) == [("theme 0", 0), ("c0", 1), ("c1", 1), ("c2", 0)]


def test_a_theme_without_room_says_how_many_clusters_it_has():
    shown = lines_of([3, 3, 3, 2, 3, 2, 1, 1, 1], most=14)
    assert len(shown) == 14
    assert shown[:4] == [("theme 0", 0), ("c0", 1), ("c1", 1), ("c2", 1)]
    assert ("theme 1 (3 clusters)", 0) in shown
    assert parts_of([3, 3], most=3)[-1] == ("c3", "c4", "c5")
    assert shown[-3:] == [("c16", 0), ("c17", 0), ("c18", 0)], "a cluster alone is shown itself"
    assert not [title for title, _ in shown if title.startswith("and ")]


def test_more_themes_than_lines_are_counted():
    shown = lines_of([2] * 20)
    assert len(shown) == 14
    assert shown[-1] == ("and 14 more with 945 rows", 0)


@pytest.mark.parametrize("room", range(12))
@pytest.mark.parametrize("sizes", [[5], [2, 9], [0, 3, 4], [30, 1, 7]])
def test_no_line_is_wasted_and_none_too_many(sizes, room):
    shown = _shown(sizes, room)
    assert sum(map(_lines, shown, sizes)) <= room
    for n, size in zip(shown, sizes, strict=True):
        assert n <= size
        assert n != 1 or size == 1
        assert n != size - 1 or n == 0, "in place of `and 1 more` that one is shown"
