import numpy as np
import pytest

from shoal.analysis.comparison.matching import match
from shoal.errors import BadInput

from .conftest import make


def pairs(found):
    return list(zip(found.before.tolist(), found.after.tolist(), strict=True))


def test_ids_are_matched_in_any_order_and_whatever_their_type():
    one = make("a", [0, 0, 0], ids=[7, 8, 9], contents=["x", "y", "z"])
    other = make("b", [0, 0, 0], ids=["9", "7", "1"], contents=["z", "x", "q"])
    found = match(one, other)
    assert (found.by, pairs(found), found.same_content) == ("id", [(0, 1), (2, 0)], 2)


def test_rows_that_cannot_be_used_are_not_matched():
    one = make("a", [0, 0, -1], usable=[1, 1, 0])
    assert pairs(match(one, make("b", [-1, 0, 0], usable=[0, 1, 1]))) == [(1, 1)]
    same = match(one, make("b", [-1, 0, 0], usable=[0, 1, 1]), by="position")
    assert pairs(same) == [(1, 1)]


def test_without_ids_equal_contents_are_matched_in_their_order():
    one = make("a", [0, 0, 0, 0], id_column="", contents=["x", "y", "x", "x"])
    other = make("b", [0, 0, 0], id_column="", contents=["x", "q", "x"])
    found = match(one, other)
    assert (found.by, pairs(found)) == ("content", [(0, 0), (2, 2)])
    assert "not both have ids" in found.reason


def test_edited_rows_keep_their_ids():
    one = make("a", [0, 0, 0], contents=["x", "y", "z"])
    other = make("b", [0, 0, 0], contents=["X!", "Y!", "Z!"])
    found = match(one, other)
    assert (found.by, len(found), found.same_content) == ("id", 3, 0)


def test_how_many_rows_hold_other_contents_is_said_and_where_it_is_most_what_that_may_mean():
    one = make("a", [0, 0, 0], contents=["x", "y", "z"])
    assert match(one, make("b", [0, 0, 0], contents=["x", "y", "z"])).doubt == ""
    assert match(one, make("b", [0, 0, 0], contents=False)).doubt == ""
    some = match(one, make("b", [0, 0, 0], contents=["x", "y", "q"])).doubt
    assert some == "1 of the 3 matched rows have different contents in the two runs"
    most = match(one, make("b", [0, 0, 0], contents=["o", "p", "q"])).doubt
    assert most.startswith("3 of the 3 matched rows have different contents")
    assert "different data" in most
    assert "--by content" in most


def test_ids_that_mean_other_rows_are_not_believed():
    one = make("a", [0, 0, 0], contents=["x", "y", "z"])
    other = make("b", [0, 0, 0], contents=["z", "x", "y"])
    found = match(one, other)
    assert (found.by, pairs(found)) == ("content", [(0, 1), (1, 2), (2, 0)])
    assert "different contents" in found.reason


def test_rows_of_the_same_source_are_matched_by_position_at_last():
    one = make("a", [0, 0], id_column="", contents=["x", "y"], sources=["s.csv"])
    other = make("b", [0, 0], id_column="", contents=["p", "q"], sources=["s.csv"])
    assert match(one, other).by == "position"
    with pytest.raises(BadInput, match="no rows in common"):
        match(one, make("b", [0, 0], id_column="", contents=["p", "q"], sources=["t.csv"]))


def test_runs_that_keep_no_contents_are_matched_by_id():
    found = match(make("a", [0, 0], contents=False), make("b", [0], contents=False))
    assert (found.by, len(found), found.same_content) == ("id", 1, None)
    with pytest.raises(BadInput, match="no rows in common"):
        match(make("a", [0], ids=[1], contents=False), make("b", [0], ids=[2], contents=False))


@pytest.mark.parametrize("ids", [[[1], [2]], [1.5, None], [b"a", b"b"], [True, False]])
def test_ids_may_be_anything(ids):
    one, other = make("a", [0, 0], ids=ids), make("b", [0, 0], ids=ids[::-1])
    assert pairs(match(one, other, by="id")) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("other", "by", "words"),
    [
        (make("b", [0, 0, 0]), "nope", "auto, id, content, position"),
        (make("b", [0, 0, 0], id_column=""), "id", "b has no ids"),
        (make("b", [0, 0, 0], contents=False), "content", "b holds no texts"),
        (make("b", [0, 0]), "position", "a has 3 rows, but b has 2"),
        (make("b", [0], ids=[99]), "id", "no rows in common by id"),
        (make("b", [0], ids=[99], contents=["q"]), "auto", "no rows in common by id, content or"),
    ],
)
def test_what_cannot_be_matched_is_said_with_the_cure(other, by, words):
    with pytest.raises(BadInput, match=words):
        match(make("a", [0, 0, 0]), other, by)


def test_large_runs_are_matched_fast():
    n = 200_000
    rng = np.random.default_rng(0)
    one = make("a", np.zeros(n), ids=rng.permutation(n))
    other = make("b", np.zeros(n), ids=rng.permutation(n))
    found = match(one, other, by="id")
    assert len(found) == n
    assert one.ids.take(found.before[:50]) == other.ids.take(found.after[:50])
