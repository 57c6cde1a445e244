"""The curves in the report: drawn, told, and whole for odd ones."""

from __future__ import annotations

import math
import re

import pytest

from shoal.views.figures.curves import HEIGHT, WIDTH

from .conftest import SCRIPT


def curve(**given):
    told = {
        "name": "silhouette",
        "x_name": "n_clusters",
        "xs": [2.0, 4.0, 8.0, 50.0],
        "ys": [0.1, 0.3, None, 0.2],
        "suggestion": 4.0,
        "higher_is_better": True,
        "chosen": 8.0,
        "decided": False,
        "n_items": 5000,
    }
    return {**told, **given}


def figures(page):
    return re.findall(
        r'<figure(?: class="decided")?>\s*<div class="curve-head">.*?</figure>', page, re.S
    )


def test_a_run_without_curves_has_no_drawing(page):
    assert figures(page()) == []


def test_each_curve_is_a_figure_that_says_what_it_speaks_for(folder, page):
    folder.evaluation["curves"] = [curve(), curve(name="gap", suggestion=None, decided=True)]
    html = page()
    decided, silhouette = figures(html)
    assert "decided</b>" in decided
    assert "suggests none" in decided
    assert "Silhouette" in silhouette
    assert "suggests 4" in silhouette
    assert "Measured on 5,000 rows." in html
    assert "The axis is logarithmic." in html


def test_the_points_lie_inside_and_the_line_stands_at_what_was_chosen(folder, page):
    folder.evaluation["curves"] = [curve()]
    (figure,) = figures(page())
    points = re.search(r'<polyline points="([^"]+)"', figure).group(1)
    places = [tuple(map(float, point.split(","))) for point in points.split()]
    assert len(places) == 3
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    line = float(re.search(r'class="mark" x1="([\d.]+)"', figure).group(1))
    low, high = places[0][0], places[-1][0]
    share = math.log(8 / 2) / math.log(50 / 2)
    assert line == pytest.approx(low + (high - low) * share, abs=0.1)
    ring = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', figure)
    assert (float(ring.group(1)), float(ring.group(2))) == places[1]


def test_all_figures_are_in_a_table_with_the_chosen_row_marked(folder, page):
    folder.evaluation["curves"] = [curve(), curve(name="gap", xs=[1.0, 2.0], ys=[1.25, 1.5])]
    table = re.search(r'<table class="plain figures">.*?</table>', page(), re.S).group(0)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.S)
    cells = [re.findall(r">([^<]+)</t[hd]>", row) for row in rows]
    assert cells[0] == ["Clusters", "Silhouette", "Gap statistic"]
    assert [row[0] for row in cells[1:]] == ["1", "2", "4", "50"]
    assert cells[1][2] == "1.250"


def test_another_parameter_has_its_own_axis_and_table(folder, page):
    folder.evaluation["curves"] = [
        curve(name="k_distance", x_name="eps", xs=[0.1, 0.2, 0.3], ys=[0.0, 0.5, 1.0], chosen=0.2),
        curve(),
    ]
    html = page()
    assert html.count('<table class="plain figures">') == 2
    assert "Eps, the radius" in html


def test_a_long_curve_is_thinned_and_keeps_what_is_marked(folder, page):
    xs = [float(x) for x in range(5000)]
    folder.evaluation["curves"] = [curve(xs=xs, ys=xs, suggestion=1234.0, chosen=4321.0)]
    html = page()
    (figure,) = figures(html)
    points = re.search(r'<polyline points="([^"]+)"', figure).group(1).split()
    assert 100 < len(points) < 130
    assert "<circle" in figure
    assert "4,321" in figure


@pytest.mark.parametrize(
    "odd",
    [
        {"xs": None},
        {"ys": "abc"},
        {"xs": [], "ys": []},
        {"xs": [2.0], "ys": [0.1]},
        {"ys": [None] * 4},
        {"xs": [3.0, 3.0], "ys": [1.0, 2.0]},
        {"xs": ["a", True, None, 2.0]},
    ],
    ids=str,
)
def test_what_is_no_curve_is_left_out(folder, page, odd):
    folder.evaluation["curves"] = [curve(**odd), "no record", None]
    assert figures(page()) == []


def test_a_flat_curve_and_marks_outside_of_it_are_drawn(folder, page):
    folder.evaluation["curves"] = [curve(ys=[1.0] * 4, suggestion=3.0, chosen=900.0)]
    (figure,) = figures(page())
    assert "<circle" not in figure
    assert 'class="mark"' not in figure


def test_hostile_names_are_text(folder, page):
    folder.evaluation["curves"] = [curve(name=SCRIPT, x_name=SCRIPT)]
    html = page()
    assert len(figures(html)) == 1
    assert SCRIPT not in html
