"""Two subjects for a cluster that no one title covers."""

import numpy as np

from shoal.parts.describers.judging import Judge
from shoal.parts.describers.mixtures import of_two
from shoal.parts.describers.rows import Rows

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


def judge_of(first):
    vectors = np.concatenate([first, rows_about("subject 1", n=20)])
    inside = [np.arange(len(first)), np.arange(len(first), len(vectors))]
    centre = np.stack([vectors[rows].mean(axis=0) for rows in inside])
    return Judge(centre, Rows(vectors, inside, centre), Lexicon())


def title(first, hinted=True):
    return of_two(0, judge_of(first), lambda of: hinted)


def test_two_subjects_that_rows_bear_out_one_or_the_other_name_a_mixture():
    both = rows_about("weather", "vacation")
    assert title(both) in ("weather and vacation", "vacation and weather")


def test_subjects_that_rows_say_nothing_like_make_no_title():
    assert title(rows_about("weather", "vacation"), hinted=False) == ""


def test_one_subject_makes_no_pair_nor_does_what_few_rows_are_about():
    assert title(rows_about("weather")) == ""
    few = np.concatenate([rows_about("weather", n=18), rows_about("vacation", n=2)])
    assert title(few) == ""


def test_a_subject_and_what_takes_it_in_make_no_pair():
    assert title(rows_about("film", "movies")) in ("film and movies", "movies and film", "")
