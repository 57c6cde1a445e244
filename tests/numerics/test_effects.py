import numpy as np
import pytest

from shoal.numerics.stats.effects import moved_without


def blocks_of(*parts):
    """Rows of several blocks side by side, of unit length."""
    return np.hstack(parts).astype(np.float32) / np.float32(np.sqrt(len(parts)))


def test_a_block_moves_the_rows_that_it_alone_tells_apart():
    axis = np.eye(2)
    labels = np.array([0, 0, 1, 1, 2, 2], dtype=np.int32)
    left, right = axis[[0, 0, 1, 1, 1, 1]], axis[[0, 0, 0, 0, 1, 1]]
    same = np.ones((6, 1))
    moved = moved_without(blocks_of(left, right, same), labels, [(0, 2), (2, 4), (4, 5)])
    # the left one alone parts 0 from 1, the right one 1 from 2: half of those are then elsewhere
    assert moved == [pytest.approx(1 / 3), pytest.approx(1 / 3), 0.0]
    labels = np.array([0, 0, 1, 1, 1, 1], dtype=np.int32)
    turned = np.array([[1, 0], [0.9, 0.436], [0.8, 0.6], [0, 1], [0, 1], [0, 1]])
    moved = moved_without(blocks_of(left, turned), labels, [(0, 2), (2, 4)])
    # without the left one, row 2 is nearer to the centre of the first cluster
    assert moved == [pytest.approx(1 / 6), 0.0]


def test_nothing_is_left_to_go_by_without_the_only_block():
    vectors = np.eye(3, dtype=np.float32)
    assert moved_without(vectors, np.array([0, 1, -1], dtype=np.int32), [(0, 3)]) == [None]
    assert moved_without(vectors, np.full(3, -1, dtype=np.int32), [(0, 1), (1, 3)]) == [None, None]
