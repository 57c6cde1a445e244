"""Slips of the pen are small changes, other words and numbers are not; copies keep their order."""

import numpy as np
import pytest

from shoal.numerics.duplicates.edits import folded, slips, words_in_order


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Maria Gonzales", "Maira Gonzales"),
        ("Maria Gonzales", "Maria Gonzalez"),
        ("Maria Gonzales", "Maria Gonzalles"),
        ("Maria Gonzales", "Gonzales, Maria"),
        ("12 Mill Road", "12 Mill Rd."),
        ("Anna Weber", "A. Weber"),
        ("+49 30 5551234", "+49 30 5551235"),
    ],
)
def test_slips_are_small_changes(one, other):
    assert slips(folded(one), folded(other)) <= 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("75 Mill Lane", "76 Mill Lane"),
        ("Anna Weber", "Emma Weber"),
        ("Anna", "Anne"),
        ("Mill Road", "Mill Lane"),
        ("Room 1204", "Room 1205"),
    ],
)
def test_other_words_and_short_numbers_are_none(one, other):
    assert slips(folded(one), folded(other)) > 1


def test_case_accents_and_signs_do_not_count():
    assert folded("  JOSÉ  Ángel-Ruiz ") == folded("jose angel ruiz")


def test_long_texts_with_the_same_words_in_another_order_are_no_copies():
    words = [f"word{number}" for number in range(40)]
    texts = [
        " ".join(words),
        " ".join(words[20:] + words[:20]),
        " ".join([*words[:10], "another", *words[11:]]),
        "a few words",
        "words few a",
    ]
    shares = words_in_order(texts, np.array([0, 0, 3]), np.array([1, 2, 4]))
    assert shares.tolist() == [0.5, np.float32(39 / 40), 1.0]


SIGNATURE = (
    "best regards from Sam Sample of the Department of Samples at Sample Street in Sampletown "
    "whose views are his own and nobody else's at all"
)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        (f"did so have my hopes up damn {SIGNATURE}", f"more info please thanks {SIGNATURE}", 0),
        (f"{SIGNATURE} the cat purrs on mats", f"{SIGNATURE} no bank lends for less", 0),
        (f"a question of mine {SIGNATURE}", f"a question of yours {SIGNATURE}", 0.97),
        (SIGNATURE, f"these are five words more {SIGNATURE}", 1),
        (f"so says one man here {50 * SIGNATURE}", f"as told by another one {50 * SIGNATURE}", 1),
    ],
)
def test_texts_that_share_only_what_is_around_them_are_no_copies(one, other, share):
    found = words_in_order([one, other], np.array([0]), np.array([1]))
    assert found[0] == pytest.approx(share, abs=0.04)


def test_two_tables_of_other_numbers_are_no_copies_and_a_new_price_is_an_edit():
    teams = [f"team{chr(97 + i)} of all games won and lost" for i in range(12)]
    draw = np.random.default_rng(0)
    scores = [
        " ".join(
            f"{t} {a} {b}" for t, (a, b) in zip(teams, draw.integers(0, 9, (12, 2)), strict=True)
        )
        for _ in range(2)
    ]
    priced = " ".join(f"{t} {10 * i} {i}" for i, t in enumerate(teams))
    texts = [*scores, priced, priced.replace(" 20 ", " 25 ")]
    found = words_in_order(texts, np.array([0, 2]), np.array([1, 3]))
    assert found[0] == 0
    assert found[1] > 0.95
