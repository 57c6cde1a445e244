import numpy as np
import pytest

from shoal.numerics.duplicates.pairs import duplicates
from shoal.numerics.neighbors import nearest


def texts_of(n, seed=0):
    """Sentences with little in common."""
    draw = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    return [" ".join("".join(draw.choice(letters, 6)) for _ in range(6)) for _ in range(n)]


def everyone(n):
    return np.array([[x for x in range(n) if x != row] for row in range(n)], dtype=np.int32)


def found_in(texts, copies=None):
    """All are candidates for each other: what counts is how they are written."""
    n = len(texts)
    vectors = np.ones((n, 1), dtype=np.float32)
    copies = np.ones(n, dtype=np.int32) if copies is None else np.array(copies, dtype=np.int32)
    return duplicates(vectors, everyone(n), copies, texts)


@pytest.mark.parametrize(
    "edit",
    [
        lambda t: t.upper(),
        lambda t: t + "!",
        lambda t: t.replace(" ", "  "),
        lambda t: t[:10] + "x" + t[11:],
        lambda t: " ".join([*t.split()[1:], t.split()[0]]),
        lambda t: " ".join(t.split()[:-1]),
    ],
    ids=["case", "punctuation", "spaces", "typo", "order", "truncated"],
)
def test_an_edited_text_is_a_near_duplicate(edit):
    texts = texts_of(40)
    found = found_in([*texts, edit(texts[7])])
    assert np.nonzero(found.repeated)[0].tolist() in ([40], [7])
    pair = {int(found.representative[7]), int(found.representative[40])}
    assert pair in ({7}, {40})


def test_texts_that_are_not_alike_have_no_duplicates_and_the_usual_limit():
    found = found_in(texts_of(40))
    assert not found.repeated.any()
    assert (found.limit, found.gap) == (0.86, False)
    assert found.similarity.tolist() == [1.0] * 40


def test_the_limit_lies_in_the_gap_where_the_data_has_one():
    texts = texts_of(200)
    found = found_in([*texts, *(text + " x" for text in texts[:50])])
    assert found.gap
    assert 0.66 <= found.limit <= 0.94
    assert found.repeated.sum() == 50


def test_no_chain_of_small_steps_joins_what_is_not_alike():
    words = texts_of(1)[0].split() + texts_of(1, seed=1)[0].split()
    steps = [" ".join(words[i : i + 8]) for i in range(5)]
    found = found_in([*texts_of(30, seed=2), *steps])
    for row in np.nonzero(found.repeated)[0]:
        assert found.similarity[row] >= found.limit
    ends = found.representative[[30, 34]]
    assert ends[0] != ends[1]


def test_the_row_that_most_rows_hold_stands_for_the_others():
    text = texts_of(1)[0]
    found = found_in([text, text + "!", text + " .", *texts_of(20, seed=3)], [1, 9, 1] + [1] * 20)
    assert found.representative[:3].tolist() == [1, 1, 1]


def test_a_text_half_as_long_is_no_duplicate():
    text = texts_of(1)[0]
    found = found_in([text, f"{text} {text} {text}", *texts_of(10, seed=3)])
    assert not found.repeated.any()


def test_vectors_without_texts_are_compared_by_cosine(unit_rows):
    vectors = unit_rows(200, 16)
    twin = vectors[3] + 0.02 * unit_rows(1, 16, seed=5)[0]
    every = np.vstack([vectors, twin / np.linalg.norm(twin)]).astype(np.float32)
    rows, _ = nearest(every, every, 10, exclude_itself=True)
    found = duplicates(every, rows, np.ones(201, dtype=np.int32))
    assert np.nonzero(found.repeated)[0].tolist() == [200]
    assert found.representative[200] == 3
    assert found.similarity[200] == pytest.approx(float(every[200] @ every[3]), abs=1e-6)


@pytest.mark.parametrize("texts", [["a"], ["", "b"], ["ok", "OK"]])
def test_few_and_short_texts(texts):
    found = found_in(texts)
    assert found.repeated.sum() == (1 if texts == ["ok", "OK"] else 0)
