"""Two subjects for a cluster that no one title covers."""

import numpy as np

from shoal.parts.describers.counting import plain
from shoal.parts.describers.judging import Judge, Judged, Rows
from shoal.parts.describers.mixtures import with_mixtures

NAMES = ["weather", "vacation", "film", "movies", *(f"subject {i}" for i in range(20))]


class Lexicon:
    """Subjects, each a direction of its own."""

    names = NAMES
    vectors = np.eye(len(NAMES), 2 * len(NAMES), dtype=np.float32)
    n_topics = len(NAMES)


def rows_about(*subjects, n=10):
    """Rows near a subject and a little near ten others, each with something of its own."""
    out = []
    for subject in subjects:
        for place in range(n):
            row = np.zeros(2 * len(NAMES))
            row[8:18] = 0.1
            row[NAMES.index(subject)] = row[len(NAMES) + place] = 1.0
            out.append(row / np.linalg.norm(row))
    return np.array(out, dtype=np.float32)


def judged(first, value, unsaid=False):
    vectors = np.concatenate([first, rows_about("subject 1", n=20)])
    inside = [np.arange(len(first)), np.arange(len(first), len(vectors))]
    centre = np.stack([vectors[rows].mean(axis=0) for rows in inside])
    judge = Judge(centre, Rows(vectors, inside, centre), Lexicon())
    one = np.ones(1)
    best = Judged(["travel"], 0.2 * one, value * one, one, one, 0 if unsaid else 1)
    return with_mixtures({0: best}, judge)[0]


def title(one):
    return one.forms[int(one.value.argmax())]


def test_two_subjects_that_rows_bear_out_one_or_the_other_name_a_mixture():
    both = rows_about("weather", "vacation")
    assert title(judged(both, 0.5)) in ("weather and vacation", "vacation and weather")


def test_a_good_title_stays_and_a_noun_no_row_says_must_be_better():
    both = rows_about("weather", "vacation")
    assert title(judged(both, 0.75)) == "travel"
    assert " and " in title(judged(both, 0.75, unsaid=True))


def test_one_subject_makes_no_pair_nor_does_what_few_rows_are_about():
    assert title(judged(rows_about("weather"), 0.5)) == "travel"
    few = np.concatenate([rows_about("weather", n=18), rows_about("vacation", n=2)])
    assert title(judged(few, 0.5)) == "travel"


def test_what_is_left_of_a_tag_is_no_text():
    assert "href" not in plain('look (a href   target="_blank">a mission bell</a>) here')
    assert "href" not in plain("when <a href   this</a> opera was broadcast")
    assert "mission bell" in plain('look (a href   target="_blank">a mission bell</a>) here')
    assert plain("the src folder") == "the src folder"
