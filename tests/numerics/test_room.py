"""Rooms for large arrays: what was made in files lives on when the files are gone."""

import numpy as np
import pytest

from shoal.numerics.scratch import IN_MEMORY, FileScratch, file_scratch
from shoal.parts.engines.ray_parcels import place_of


@pytest.mark.parametrize("shape", [(5, 3), (0, 3), (4,)])
def test_arrays_outlive_their_folder(tmp_path, shape):
    with file_scratch(tmp_path / "room") as scratch:
        one, other = scratch.new(shape), scratch.new(shape, np.int32)
        one[:], other[:] = 2.5, 7
        sealed = scratch.sealed(one)
        assert not sealed.flags.writeable
        assert (place_of(sealed) is None) == (0 in shape)  # an engine sends where it is
    assert not (tmp_path / "room").exists()
    assert (one.dtype, other.dtype, one.shape) == (np.float32, np.int32, shape)
    np.testing.assert_array_equal(sealed, np.full(shape, 2.5))
    np.testing.assert_array_equal(other, np.full(shape, 7))


def test_what_a_killed_process_left_is_removed(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "old.bin").write_bytes(b"old")
    with file_scratch(tmp_path / "room") as scratch:
        assert list(scratch.folder.iterdir()) == []


def test_in_memory_a_sealed_array_is_the_same_read_only():
    made = IN_MEMORY.new((3, 2))
    made[:] = 1
    sealed = IN_MEMORY.sealed(made)
    assert np.shares_memory(sealed, made)
    with pytest.raises(ValueError, match="read-only"):
        sealed[0] = 2


@pytest.mark.parametrize("make", [lambda _: IN_MEMORY, FileScratch], ids=["memory", "files"])
def test_what_comes_in_blocks_lies_one_after_the_other(tmp_path, make):
    blocks = [(np.arange(n, dtype=np.int32), np.full(n, n, np.float32)) for n in (3, 0, 2)]
    rows, values = make(tmp_path).gather(iter(blocks), (np.int32, np.float32))
    assert rows.tolist() == [0, 1, 2, 0, 1]
    assert values.tolist() == [3, 3, 3, 2, 2]
    assert not rows.flags.writeable
    (nothing,) = make(tmp_path).gather(iter([]), (np.int32,))
    assert len(nothing) == 0
