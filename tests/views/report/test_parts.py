"""The parts of the report that compute something."""

from __future__ import annotations

import numpy as np
import pytest

from shoal.numerics.samples import evenly
from shoal.text import words
from shoal.text.cleaning import clean, clean_block, shorten, to_json
from shoal.views.figures.colours import palette


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (0, 10, "0\u202f%"),
        (10, 10, "100\u202f%"),
        (99_999, 100_000, "99.9\u202f%"),
        (1, 100_000, "0.1\u202f%"),
        (1, 0, "\u2013"),
    ],
)
def test_percent_never_rounds_to_all_or_nothing(part: int, whole: int, written: str) -> None:
    assert words.percent(part, whole) == written


def test_numbers_in_words() -> None:
    assert words.decimal(-0.001) == "0.00"
    assert words.decimal(-0.25) == "\u22120.25"
    assert words.decimal(None) == "\u2013"
    assert words.many(1, "copy", "copies") == "1 copy"
    assert words.many(1200, "row") == "1,200 rows"
    assert words.seconds(3725) == "62\u202fmin 5\u202fs"
    assert words.moment("2026-11-24T05:50:00+02:00") == "24 November 2026, 03:50 UTC"
    assert words.moment("yesterday") == "yesterday"
    assert words.mark(None) == (0, "not measured")
    assert [words.mark(s)[1] for s in (0.3, 0.1, 0.0, -0.1)] == ["tight", "fair", "loose", "mixed"]


def test_clean_keeps_words_and_drops_controls() -> None:
    assert clean("a\x00b\r\n\tc \u202ed\u202c") == "a b c d"
    assert clean(None) == ""
    assert clean(3) == "3"
    assert clean_block("a\r\n\tb\x1b\n") == "a\n\tb"


def test_shorten_cuts_between_words_and_never_inside_a_letter() -> None:
    assert shorten("short", 10) == "short"
    assert shorten("one two three four", 12) == "one two\u2026"
    assert shorten("a" * 30, 10) == "a" * 9 + "\u2026"
    cut = shorten("xxxxxxxx\U0001f468\u200d\U0001f469 and more", 11)
    assert not cut.rstrip("\u2026").endswith("\u200d")
    assert all(len(shorten("word " * 50, n)) <= n for n in range(2, 60))


def test_json_is_safe_and_strict() -> None:
    assert to_json("</script>&\u2028") == '"\\u003c/script\\u003e\\u0026\\u2028"'
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(float("nan"))


@pytest.mark.parametrize(("n", "most"), [(0, 5), (3, 5), (5, 5), (7, 5), (100_001, 20_000)])
def test_evenly_is_the_rule_the_page_undoes(n: int, most: int) -> None:
    chosen = evenly(n, most)
    count = len(chosen)
    assert count == min(n, most)
    assert len(np.unique(chosen)) == count
    for i, place in enumerate(chosen.tolist()):
        assert -(-place * count // n) == i


def luminance(colour: str) -> float:
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_colours_stand_out_in_both_themes_and_from_neighbours() -> None:
    side = np.arange(10) / 9
    grid = np.array([(x, y) for x in side for y in side])
    colours = palette(grid)
    assert colours == palette(grid)
    paper, night = luminance("#fdfdfc"), luminance("#111518")
    for colour in colours:
        assert (paper + 0.05) / (luminance(colour.light) + 0.05) >= 3
        assert (luminance(colour.dark) + 0.05) / (night + 0.05) >= 3
    assert len(set(colours[:12])) == 12
    for a, b in zip(range(99), range(1, 100), strict=True):
        assert colours[a] != colours[b]


@pytest.mark.parametrize("n", [0, 1, 3])
def test_few_colours_and_no_places(n: int) -> None:
    assert len(palette(np.full((n, 2), np.nan))) == n
