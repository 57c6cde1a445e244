import numpy as np

from shoal.text.spelling import Spelling

TEXTS = [
    f"the {noun} of the house {verb} since {day} the {number}th"
    for noun in ("heating", "lift", "door", "kitchen")
    for verb in ("is broken", "makes noise", "was repaired")
    for day in ("Monday", "Friday")
    for number in (4, 19)
]


def test_rubbish_and_other_languages_and_scripts_are_spelled_otherwise():
    spelling = Spelling.of(TEXTS)
    own = spelling.surprise(TEXTS, counted=True)
    kind = spelling.surprise(["the door of the kitchen is broken", "The LIFT makes noise"])
    foreign = [
        "asdf qwer zxcv",
        "dGhlIHF1aWNr",
        "Mae'r tywydd yn oer",
        "今天天气很好",
        "0x7f3a",
        "x",
    ]
    assert spelling.surprise(foreign).min() > 2 * max(kind.max(), own.max())


def test_a_counted_text_is_compared_with_the_others_alone():
    lone = "zyx wvu"
    spelling = Spelling.of([*TEXTS, lone])
    new = Spelling.of(TEXTS).surprise([lone])
    np.testing.assert_allclose(spelling.surprise([lone], counted=True), new)


def test_digits_capitals_and_blanks_make_no_difference():
    spelling = Spelling.of(TEXTS)
    a, b = spelling.surprise(["the lift  since\n the 4th", "THE LIFT since the 9th"])
    assert a == b


def test_texts_of_no_or_odd_characters_are_scored_too():
    found = Spelling.of(["a", "\ud800", " "]).surprise(["", "\ud800", "b", "\U0001f600"])
    assert np.isfinite(found).all()
