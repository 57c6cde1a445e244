import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.numerics.partitions.changes import KINDS, changes


def follow(pairs, n_one=None, n_other=None):
    """Changes of rows given as (before, after, how many)."""
    one = np.repeat([p[0] for p in pairs], [p[2] for p in pairs]).astype(np.int32)
    other = np.repeat([p[1] for p in pairs], [p[2] for p in pairs]).astype(np.int32)
    counts = [int(side.max(initial=-1)) + 1 for side in (one, other)]
    return changes(one, other, n_one or counts[0], n_other or counts[1])


def kinds(told):
    return [KINDS[kind] for kind in told.family_kind]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(0, 0, 5)], ["stayed"]),
        ([(0, 0, 6), (0, 1, 5)], ["split"]),
        ([(0, 0, 6), (1, 0, 5)], ["merged"]),
        # the two before change places for most of their rows
        ([(0, 1, 6), (1, 0, 5), (0, 0, 1)], ["stayed", "stayed"]),
        # half is not more than half
        (
            [(0, 0, 5), (0, 1, 5), (1, 0, 5), (1, 1, 5)],
            ["vanished", "vanished", "appeared", "appeared"],
        ),
        # the second goes into the first's heir, which also gave up a part
        ([(0, 0, 10), (1, 0, 4), (0, 1, 3)], ["regrouped"]),
        ([(0, -1, 5)], ["vanished"]),
        ([(-1, 0, 5)], ["appeared"]),
        ([(0, 0, 5), (-1, 0, 4), (0, -1, 4)], ["stayed"]),
        ([(-1, -1, 5)], []),
    ],
)
def test_the_shape_of_a_family_is_the_change(pairs, expected):
    assert sorted(kinds(follow(pairs))) == sorted(expected)


def test_clusters_without_a_common_row_have_vanished_or_appeared():
    told = follow([(0, 0, 3)], n_one=2, n_other=3)
    assert sorted(kinds(told)) == ["appeared", "appeared", "stayed", "vanished"]


def test_flows_hold_every_row_and_links_only_between_clusters():
    told = follow([(0, 0, 6), (0, 1, 1), (1, 1, 4), (0, -1, 2), (-1, 1, 1)])
    table = list(zip(told.before, told.after, told.rows, told.linked, strict=True))
    assert table == [
        (-1, 1, 1, False),
        (0, -1, 2, False),
        (0, 0, 6, True),
        (0, 1, 1, False),
        (1, 1, 4, True),
    ]


labels = st.integers(-1, 4)


@given(st.lists(st.tuples(labels, labels), max_size=60))
def test_each_cluster_is_in_one_family_and_the_reverse_is_the_mirror(rows):
    one, other = np.array(rows, dtype=np.int32).reshape(-1, 2).T
    there, back = changes(one, other, 5, 5), changes(other, one, 5, 5)
    assert there.rows.sum() == len(rows)
    assert len(there.family_before) == len(there.family_after) == 5
    mirror = {"split": "merged", "merged": "split", "vanished": "appeared", "appeared": "vanished"}
    assert sorted(kinds(there)) == sorted(mirror.get(kind, kind) for kind in kinds(back))


@given(st.lists(labels, max_size=60))
def test_against_itself_every_cluster_stayed(rows):
    same = np.array(rows, dtype=np.int32)
    told = changes(same, same, 5, 5)
    there = set(rows) - {-1}
    assert kinds(told).count("stayed") == len(there)
    assert told.linked.sum() == len(there)
