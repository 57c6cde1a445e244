import numpy as np

from shoal.numerics.duplicates.small_changes import WHOLE, ComparedColumn, similarities


def whole(*values):
    return np.array(values, dtype=np.int32)


PAIRS = whole(0, 0, 0, 0), whole(1, 2, 3, 4)


def test_one_column_may_change_a_little_and_no_second_one():
    numbers = np.array([100.0, 101.0, 100.5, 100.5, 150.0])
    columns = [
        ComparedColumn(whole(0, 1, 2, 2, 3), "number", numbers, small=5.0),
        ComparedColumn(whole(0, 0, 0, 1, 0), "category"),
    ]
    alike = similarities(columns, *PAIRS)
    # 1 % of the larger one is a whole small change
    np.testing.assert_allclose(alike[:2], [1 - 0.05 / 1.01, 1 - 0.025 / 1.005], atol=1e-6)
    assert alike[2:].tolist() == [0.0, 0.0]


def test_the_range_of_the_column_bounds_a_small_change_too():
    numbers = np.array([1000.0, 1001.0, 1002.0, 1000.0, 1000.0])
    alike = similarities(
        [ComparedColumn(whole(0, 1, 2, 0, 0), "number", numbers, small=1.0)], *PAIRS
    )
    np.testing.assert_allclose(alike, [WHOLE, 0.9, 1, 1], atol=1e-6)


def test_a_gap_is_like_a_gap_only():
    numbers = np.array([np.nan, np.nan, 1.0, 0.0, np.nan])
    alike = similarities([ComparedColumn(whole(-1, -1, 0, 1, -1), "number", numbers)], *PAIRS)
    assert alike.tolist() == [1.0, 0.0, 0.0, 1.0]


def test_texts_and_directions_change_by_their_cosine():
    texts = ["the quick brown fox", "the quick brown foxx", "a slow dog", "THE quick brown fox", ""]
    alike = similarities([ComparedColumn(whole(0, 1, 2, 3, -1), "text", texts, small=0.86)], *PAIRS)
    assert alike[0] > WHOLE > alike[1]
    assert 1 > alike[2] > WHOLE
    assert alike[3] == 0
    turned = np.array([[1, 0], [0.99, 0.141], [0, 1], [0, 0], [1, 0]], dtype=np.float32)
    alike = similarities([ComparedColumn(whole(0, 1, 2, -1, 0), "direction", turned)], *PAIRS)
    np.testing.assert_allclose(alike, [0.99, 0, 0, 1], atol=2e-3)
