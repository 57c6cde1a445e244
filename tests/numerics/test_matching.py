import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shoal.numerics.partitions.matching import matched, occurrence

keys = st.lists(st.integers(0, 5), max_size=30).map(lambda some: np.array(some, dtype=np.int64))


@given(keys)
def test_the_occurrence_counts_equal_entries_before(codes):
    expected = [codes[:i].tolist().count(code) for i, code in enumerate(codes)]
    assert occurrence(codes).tolist() == expected


@given(keys, keys)
def test_the_kth_of_a_kind_is_matched_with_the_kth(one, other):
    left, right = matched(one, other)
    expected = [
        (i, j)
        for i in range(len(one))
        for j in range(len(other))
        if one[i] == other[j] and occurrence(one)[i] == occurrence(other)[j]
    ]
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == expected
