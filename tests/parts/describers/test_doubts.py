"""Titles of clusters that no one noun is sure to name."""

import numpy as np
import pytest

from shoal.parts.describers.base import Space
from shoal.parts.describers.doubts import (
    Evidence,
    _says,
    _share,
    _stands,
    are_borne,
    is_plain,
    mixed,
    with_safe_titles,
)
from shoal.parts.describers.judging import Judge, Judged, hinted
from shoal.parts.describers.rows import Bearing, Rows, lead
from shoal.parts.describers.titles import Titles

BALLS = ["football", "hockey", "tennis", "golf", "cricket", "baseball"]
NAMES = ["sports", *BALLS, "weather", *(f"subject {i}" for i in range(20))]
WIDTH = 4 * len(NAMES)


class Lexicon:
    """Subjects, each a direction of its own."""

    names = NAMES
    vectors = np.eye(len(NAMES), WIDTH, dtype=np.float32)
    n_topics = len(NAMES)


def rows_about(*subjects, n=10, also=()):
    """Rows near a subject and a little near ten others, each with something of its own."""
    out = []
    for subject in subjects:
        for _ in range(n):
            row = np.zeros(WIDTH)
            row[15:25] = 0.1
            for other in also:
                row[NAMES.index(other)] = 0.15
            row[NAMES.index(subject)] = row[len(NAMES) + len(out)] = 1.0
            out.append(row / np.linalg.norm(row))
    return np.array(out, dtype=np.float32)


def embed(strings):
    """Subjects are their own direction, any other string is near to no row."""
    out = np.zeros((len(strings), WIDTH), dtype=np.float32)
    for row, string in zip(out, strings, strict=True):
        row[NAMES.index(string) if string in NAMES else -1] = 1.0
    return out


def title(first, best, value=0.9, said=0.1, texts=(), forms=("shirt",)):
    """What the first of two clusters is called whose best title so far is given."""
    vectors = np.concatenate([first, rows_about("weather", n=20)])
    labels = np.repeat([0, 1], [len(first), 20]).astype(np.int32)
    titles = Titles(Space(vectors, embed), labels, 1)
    inside = [np.arange(len(first)), np.arange(len(first), len(vectors))]
    judge = Judge(titles.centres, Rows(vectors, inside, titles.centres), Lexicon())
    every = [best, *forms]
    one = np.ones(len(every))
    worth = np.array([value, *(0.1 for _ in forms)])
    judged = Judged(every, 0 * one, worth, one, one, len(every))
    evidence = Evidence({best: said, **dict.fromkeys(forms, 0.1)}, embed(every), list(texts))
    out = with_safe_titles({0: judged}, judge, titles, {0: evidence})[0]
    return out.forms[int(out.value.argmax())]


def test_a_title_that_rows_bear_out_stays():
    assert title(rows_about("football", n=20), "football") == "football"


def test_a_noun_that_few_rows_bear_out_gives_way_to_what_they_are_about_at_large():
    balls = rows_about(*BALLS, n=4, also=["sports"])
    assert title(balls, "subject 3", forms=("football",)) == "sports"


def test_a_mixture_is_called_one():
    """Rows that have nothing in common have no title that says more."""
    many = rows_about(*(f"subject {i}" for i in range(20)), n=1)
    assert title(many, "zzyzx", forms=("shirt", "candle")) == "mixed: shirt, candle"
    assert title(many, "subject 1", value=0.2, forms=("wot",)) == "mixed topics"


def test_what_a_quarter_of_the_rows_say_is_sure_and_slang_only_then():
    many = rows_about(*(f"subject {i}" for i in range(20)), n=1)
    assert title(many, "candle", said=0.3) == "candle"
    assert title(many, "wotcha", said=0.1).startswith("mixed")
    assert title(many, "wotcha", said=0.3) == "wotcha"


def test_an_unsaid_title_must_be_hinted_at_by_words():
    of = embed(["football"])
    assert hinted([0.2, 0.3], embed(["football", "shirt"]), of) == pytest.approx(0.2)
    assert hinted([], embed([]).reshape(0, WIDTH), of) == 0.0


def test_rows_bear_out_what_is_among_their_nearest_subjects():
    vectors = np.concatenate([rows_about("football", n=4), rows_about("weather", n=4)])
    inside = [np.arange(4), np.arange(4, 8)]
    bearing = Bearing(vectors, inside, Lexicon.vectors, [[1, 2], [7]])
    assert bearing.groups.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert bearing.of(Lexicon.vectors[[1, 7]]).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert lead(bearing.groups)[0].tolist() == [1.0, -1.0]


def test_a_title_is_borne_out_by_most_rows_or_by_more_than_elsewhere():
    share, ahead = np.array([0.6, 0.4, 0.4, 0.2]), np.array([-0.2, 0.1, 0.0, 0.2])
    assert are_borne(share, ahead).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("form", "share", "stands"),
    [
        ("easy to use", 0.1, True),
        ("easy to use", 0.05, False),
        ("can I use", 0.1, False),
        ("see you soon", 0.3, True),
        ("great", 0.2, True),
        ("him", 0.5, False),
        ("up", 0.5, False),
        ("lor", 0.5, False),
    ],
)
def test_words_of_rows_stand_alone_where_they_are_a_phrase_or_many_say_them(form, share, stands):
    assert _stands(form, share, []) == stands


def test_words_that_are_whole_rows_stand_alone():
    texts = ["Will do!", "will do", "I will do it"]
    assert _stands("will do", 0.1, texts)
    assert _share("will do", texts) == 1.0


def test_a_piece_of_names_is_no_word():
    assert not is_plain("da")
    assert not _says("him")
    assert is_plain("candle")
    assert is_plain("Comcast")


def test_a_mixed_cluster_lists_nouns_that_share_no_word():
    one = np.ones(4)
    forms = ["lamps", "lamp", "wot", "candle"]
    judged = Judged(forms, one, np.array([0.4, 0.3, 0.2, 0.1]), one, one, 4)
    assert mixed(judged, dict.fromkeys(forms, 0.1)) == "mixed: lamps, candle"
    assert mixed(judged, dict.fromkeys(forms, 0.01)) == "mixed topics"
