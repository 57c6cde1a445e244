"""Records as unit vectors whose cosine is the weighted mean of those of their columns."""

from __future__ import annotations

import json

import numpy as np
import pytest

from shoal.data.records import Column, Records, number_as_text, value_as_text
from shoal.errors import BadInput, UnknownPart
from shoal.parts.embedders.columns import Columns, checked_weights

RNG = np.random.default_rng(0)
N = 200
COLUMNS = [("age", "number"), ("plan", "category"), ("joined", "date")]


def records(n=N):
    age = RNG.normal(40, 12, n)
    plan = np.array(
        [None if i % 17 == 0 else ["free", "pro", "team"][i % 3] for i in range(n)], object
    )
    joined = 19000 + RNG.integers(0, 900, n).astype(float)
    joined[::19] = np.nan
    columns = zip(COLUMNS, (age, plan, joined), strict=True)
    return Records([Column(name, kind, values) for (name, kind), values in columns])


def fitted(weights=None):
    made = records()
    return Columns(COLUMNS, weights).learn(list(made)), made


def test_vectors_have_length_one_and_their_cosine_is_the_mean_of_the_columns():
    part, made = fitted()
    vectors = part.transform(made[:]).astype(np.float64)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    blocks = [vectors[:, b["start"] : b["stop"]] * np.sqrt(3) for b in part.layout]
    whole = vectors @ vectors.T
    assert whole == pytest.approx(sum(b @ b.T for b in blocks) / 3, abs=1e-6)
    for block in blocks:
        assert np.linalg.norm(block, axis=1) == pytest.approx(1.0, abs=1e-6)


def test_a_category_and_a_number_are_as_far_from_each_other_as_from_their_like():
    part, made = fitted()
    vectors = part.transform(made[:]).astype(np.float64)
    far = []
    for block in part.layout:
        own = vectors[:, block["start"] : block["stop"]] * np.sqrt(3)
        far.append(float((1 - own @ own.T).mean()))
    # neither kind of column outweighs another by more than half
    assert max(far) < 1.6 * min(far)


def test_a_weight_is_the_share_of_a_column():
    part, made = fitted({"age": 2.0})
    vectors = part.transform(made[:])
    block = part.layout[0]
    length = (vectors[:, block["start"] : block["stop"]] ** 2).sum(axis=1)
    assert length == pytest.approx(0.5, abs=1e-6)
    assert block["weight"] == 2.0


def test_rare_categories_share_one_direction_and_unknown_ones_join_them():
    values = ["a"] * 100 + ["b"] * 90 + [f"rare{i}" for i in range(10)]
    part = Columns([("c", "category")]).learn([(v,) for v in values])
    assert part.blocks_[0].levels == ("a", "b")
    a, b, rare, other, unknown = part.transform([("a",), ("b",), ("rare1",), ("rare2",), ("new",)])
    assert a @ b == 0
    assert rare @ other == pytest.approx(1)
    assert unknown @ rare == pytest.approx(1)
    assert "plus 10 rare ones as one" in part.layout[0]["done"]


def test_what_was_never_seen_is_left_out_of_the_row():
    part = Columns([("c", "category"), ("n", "number")]).learn(
        [("a", 1.0), ("b", 2.0), ("a", 3.0), ("b", 4.0)]
    )
    unknown, gap = part.transform([("z", 1.0), ("a", None)])
    first, second = part.layout
    assert not unknown[first["start"] : first["stop"]].any()
    assert not gap[second["start"] : second["stop"]].any()
    assert unknown.any()
    assert gap.any()


def test_a_gap_is_half_the_median_and_half_a_gap():
    part = Columns([("n", "number")]).learn([(float(i),) for i in range(99)] + [(None,)])
    gap, median, end = part.transform([(None,), (49.0,), (0.0,)])
    assert gap @ median == pytest.approx(np.sqrt(0.5), abs=1e-3)
    assert gap @ end < 0.1
    assert gap @ gap == pytest.approx(1, abs=1e-6)
    assert part.layout[0]["done"] == "scaled; gaps marked"


def test_what_was_learned_is_saved_without_pickle_and_read_back():
    part, made = fitted({"plan": 3})
    arrays = part.arrays()
    json.loads(str(arrays["columns"]))
    again = Columns(()).restore(arrays)
    assert np.array_equal(part.transform(made[:]), again.transform(made[:]))
    assert part.info == again.info
    assert part.layout == again.layout
    assert fitted({"plan": 2})[0].info.revision != part.info.revision


def test_weights_are_checked():
    assert checked_weights(["a", "b"], {"a": 2}) == {"a": 2.0, "b": 1.0}
    with pytest.raises(UnknownPart, match="Did you mean 'price'"):
        checked_weights(["price"], {"prize": 2})
    for wrong in (0, -1, "2", True, float("nan")):
        with pytest.raises(BadInput, match="above 0"):
            checked_weights(["a"], {"a": wrong})


def test_a_record_reads_as_a_line_with_its_texts_first():
    made = Records(
        [
            Column("spent", "number", np.array([1234.5, np.nan])),
            Column("since", "date", np.array([19723.0, 19723.5])),
            Column("note", "text", np.array([None, "late again"], object)),
        ]
    )
    assert made[0] == (1234.5, 19723.0, None)
    assert made[1] == (None, 19723.5, "late again")
    assert made.as_text(0) == "spent 1,234 · since 2024-01-01"
    assert made.as_text(1) == "late again · since 2024-01-01 12:00"


@pytest.mark.parametrize(
    ("value", "text"),
    [(12669.0, "12,669"), (0.3189, "0.319"), (99.5, "99.5"), (0.0, "0"), (-3.0, "-3"),
     (1e20, "1e+20"), (123.456, "123.5"), (0.00001, "1e-05")],
)  # fmt: skip
def test_numbers_read_well(value, text):
    assert number_as_text(value) == text
    assert value_as_text(value, "number") == text


def test_vectors_of_counts_are_softened_to_the_mean_of_what_they_may_stand_for():
    counts = RNG.poisson(2.0, 300).astype(float)
    exact = RNG.normal(0, 1, 300)
    made = Records([Column("orders", "number", counts), Column("weight", "number", exact)])
    part = Columns([("orders", "number"), ("weight", "number")]).learn(list(made))
    vectors = part.transform(made[:])
    softened = part.softened(vectors)
    # measured: amounts drawn from half a count below to half a count above each count
    drawn = np.zeros_like(vectors)
    for shift in (np.arange(200) + 0.5) / 200 - 0.5:
        near = Records([Column("orders", "number", counts + shift), made.columns[1]])
        drawn += part.transform(near[:]) / 200
    inside = (counts > 0) & (counts < counts.max())  # at the ends one half is beyond the scale
    inside &= np.abs(part.blocks_[0].scale.angles(counts)) < 1.0
    assert inside.sum() > 50
    assert softened[inside, :2] == pytest.approx(drawn[inside, :2], abs=2e-3)
    assert (np.linalg.norm(softened[inside, :2], axis=1) < 0.99 * np.sqrt(0.5)).all()
    # a number that is not rounded is known, and so are a category, a flag and a gap
    assert softened[:, 2:] == pytest.approx(vectors[:, 2:], abs=1e-6)


def test_categories_flags_and_gaps_are_not_softened():
    flag = np.arange(60) % 2 * 1.0
    grade = np.where(np.arange(60) % 5 == 0, np.nan, np.arange(60) % 4)
    plan = np.array(["free", "pro", "team"] * 20, object)
    kinds = [("flag", "number"), ("grade", "number"), ("plan", "category")]
    columns = zip(kinds, (flag, grade, plan), strict=True)
    made = Records([Column(name, kind, values) for (name, kind), values in columns])
    part = Columns(kinds).learn(list(made))
    vectors = part.transform(made[:])
    softened = part.softened(vectors)
    gap = np.isnan(grade)
    assert np.array_equal(softened[gap], vectors[gap])
    assert np.array_equal(softened[:, :2], vectors[:, :2])
    assert np.array_equal(softened[:, 5:], vectors[:, 5:])
    assert (np.abs(softened[~gap, 2:4]) <= np.abs(vectors[~gap, 2:4])).all()
    assert (np.linalg.norm(softened[~gap], axis=1) < 0.999).all()
    again = Columns(kinds).restore(part.arrays())
    assert np.array_equal(again.softened(vectors), softened)
