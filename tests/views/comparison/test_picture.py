"""The flow picture: nothing overlaps, every row is drawn or counted, and no text does harm."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from shoal.views.comparison import compare
from shoal.views.comparison import layout as drawing
from shoal.views.comparison.layout import NARROW, WIDE, fit, lay_out
from shoal.views.comparison.page import cell, page, picture
from tests.views.report.test_report import Reader

from .conftest import HOSTILE, SCRIPT, make

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=["mixed", "many", "noise", "same"])
def comparison(request, sides):
    rng = np.random.default_rng(0)
    many = rng.integers(-1, 400, 3000)
    return {
        "mixed": lambda: compare(*sides),
        "many": lambda: compare(make("a", many), make("b", np.where(many < 9, many, many % 300))),
        "noise": lambda: compare(make("a", [-1, -1]), make("b", [-1, -1])),
        "same": lambda: compare(sides[0], sides[0]),
    }[request.param]()


@pytest.mark.parametrize("shape", [WIDE, NARROW], ids=["wide", "narrow"])
def test_bars_and_titles_lie_in_the_picture_and_on_no_other(comparison, shape):
    laid = lay_out(comparison, shape)
    for column in (laid.before, laid.after):
        for above, below in pairwise(column):
            assert above.y + above.height <= below.y
            assert below.text_y - above.text_y >= shape.font
        for node in column:
            assert 0 <= node.x <= shape.width
            assert node.y + node.height <= laid.height
            assert len(node.title) + len(f"{node.rows:,}") < shape.letters


def test_every_row_is_in_a_bar_and_in_a_band_or_counted(comparison):
    laid = lay_out(comparison, WIDE)
    assert sum(node.rows for node in laid.before) == comparison.before.usable.sum()
    assert sum(node.rows for node in laid.after) == comparison.after.usable.sum()
    assert sum(band.rows for band in laid.bands) + laid.hidden_rows == comparison.n_matched
    for band in laid.bands:
        assert band.rows <= min(laid.before[band.before].rows, laid.after[band.after].rows)


def test_the_smallest_beyond_what_can_be_told_apart_are_one(monkeypatch, sides):
    monkeypatch.setattr(drawing, "MAX_CLUSTERS", 2)
    laid = lay_out(compare(*sides), WIDE)
    assert [node.full for node in laid.before] == [
        "old 1",
        "old 2",
        "1 smaller cluster",
        "no cluster",
    ]
    assert [node.full for node in laid.after] == [
        "new 2",
        "new 0",
        "1 smaller cluster",
        "no cluster",
    ]
    assert sum(band.rows for band in laid.bands) == 20


def test_the_thinnest_grey_bands_are_counted_and_not_drawn(monkeypatch, sides):
    monkeypatch.setattr(drawing, "MAX_MOVES", 1)
    laid = lay_out(compare(*sides), WIDE)
    # the two rows without a cluster in both are the widest grey band
    assert laid.hidden_rows == 3
    assert "3 rows in the thinnest are not drawn" in " ".join(page(compare(*sides)).split())


def test_pointing_tells_both_ends_and_their_shares(sides):
    laid = lay_out(compare(*sides), WIDE)
    told = {band.info for band in laid.bands}
    assert "old 0 → new 0: 4 rows (50% of before, 100% of after)" in told
    node = next(node for node in laid.before if node.key == 0)
    assert node.info == "old 0: 8 rows, to new 0 4, new 1 3, new 2 1"


@pytest.mark.parametrize(
    ("title", "letters", "expected"),
    [
        ("lost card", 20, "lost card"),
        ("lost or stolen phone", 12, "lost or…"),
        ("信用卡丢失怎么办", 20, "信用卡丢失怎么办"),
        ("信用卡丢失怎么办", 10, "信用卡丢…"),
        ("", 10, ""),
    ],
)
def test_titles_are_cut_to_their_room(title, letters, expected):
    assert fit(title, letters) == expected


def hostile():
    labels = np.arange(60) % len(HOSTILE)
    other = np.where(np.arange(60) < 30, labels, 0)
    one = make(SCRIPT, labels, titles=HOSTILE, id_column=SCRIPT)
    return compare(one, make(HOSTILE[1], other, titles=HOSTILE, id_column=SCRIPT))


def test_hostile_texts_become_no_elements_of_the_page():
    html = page(hostile())
    seen = Reader(html)
    assert seen.open == []
    assert not [tag for tag, _ in seen.tags if tag in ("img", "iframe", "object", "embed")]
    assert not [name for _, attrs in seen.tags for name in attrs if name.startswith("on")]
    assert not [name for _, attrs in seen.tags for name in attrs if name == "style"]
    assert len(seen.held["script"]) == len(seen.held["style"]) == 1
    assert SCRIPT in "".join(seen.text)
    assert "{{ 7 * 7 }}" in "".join(seen.text)


@pytest.mark.parametrize("render", [page, picture, cell])
def test_nothing_hidden_or_from_outside_is_in_any_form(render):
    made = render(hostile())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made)
    attributes = [pair for _, attrs in Reader(made).tags for pair in attrs.items()]
    links = {value for name, value in attributes if name in ("href", "src", "xlink:href")}
    assert {link for link in links if link[0] != "#"} <= {"data:,"}
    assert "url(" not in made
    assert made.count("http") == made.count("http://www.w3.org/2000/svg") + made.count("http-equiv")


def test_the_picture_is_well_formed_and_drawn_by_itself():
    root = ElementTree.fromstring(picture(hostile()))
    assert root.tag == f"{SVG}svg"
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds == {"svg", "title", "style", "g", "path", "rect", "text", "tspan"}
    titles = [element.text for element in root.iter(f"{SVG}title")]
    assert any(SCRIPT in title for title in titles)
    assert "prefers-color-scheme" in root.find(f"{SVG}style").text


def test_the_cell_of_a_notebook_has_no_script(comparison):
    html = comparison._repr_html_()
    seen = Reader(html)
    assert seen.open == []
    assert not [tag for tag, _ in seen.tags if tag == "script"]
    assert "compared" in "".join(seen.text)


def test_the_same_comparison_gives_the_same_bytes(comparison):
    assert page(comparison) == page(comparison)
    assert picture(comparison) == picture(comparison)


def test_the_page_says_what_was_matched_and_what_was_not():
    one = make("a", [0, 0, 1, 1], contents=["p", "q", "r", "s"])
    other = make("b", [0, 0, 1, -1, 2], ids=[0, 1, 2, 3, 9], contents=["p", "q", "r", "t", "u"])
    shown = " ".join("".join(Reader(page(compare(one, other))).text).split())
    assert "Rows were matched by id: both have ids (column 'id')." in shown
    assert "1 of the 4 matched rows have different contents in the two runs." in shown
    assert "1 row only in b: part of its bars, but of no band." in shown
    assert "1 row with no cluster anymore." in shown
