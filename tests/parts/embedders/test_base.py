import numpy as np
import pytest

from shoal.errors import BadInput
from shoal.parts.embedders.base import CallableEmbedder, even_plan
from shoal.parts.embedders.hashing import Hashing


@pytest.mark.parametrize(("n", "sizes"), [(0, []), (5, [5]), (8, [8]), (17, [8, 8, 1])])
def test_an_even_plan_cuts_in_order(n, sizes):
    plan = even_plan(n, 8)
    assert [len(batch) for batch in plan.batches] == sizes
    assert plan.costs.tolist() == sizes


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda texts: np.zeros(len(texts)), "one vector per row"),
        (lambda texts: np.zeros((len(texts) + 1, 3)), "one vector per row"),
        (lambda texts: np.full((len(texts), 3), np.nan), "not finite"),
        (
            lambda texts: [[1.0, 2.0], [3.0]],
            "vectors of different lengths, from 1 to 2 numbers; it",
        ),
        (lambda texts: ["x", "y"], "not an array of numbers: could not convert"),
    ],
)
def test_what_a_function_returns_is_checked(function, message):
    with pytest.raises(BadInput, match=message):
        CallableEmbedder(function).transform(["a", "b"])


def test_a_function_is_named_by_itself_and_called_by_one_thread_at_a_time():
    def my_model(texts):
        return [[1, 2] for _ in texts]

    part = CallableEmbedder(my_model)
    assert "my_model" in part.info.name
    assert part.parallel is False
    assert part.transform(["x"]).dtype == np.float32


def test_hashed_texts_that_share_words_are_nearer():
    vectors = Hashing().transform(["red apple pie", "red apple tart", "old blue car"])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert Hashing(64).transform(["x y"]).shape == (1, 64)
