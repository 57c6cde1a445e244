"""Equal rows by their keys."""

import numpy as np
import pytest

from shoal.numerics.duplicates import exact as repeats
from shoal.numerics.duplicates.exact import KeyLookup, first_equal


def keys_of(numbers, *, alike=0):
    """Sixteen bytes for each number; those of which the first eight bytes are `alike` collide."""
    out = np.zeros((len(numbers), 2), dtype="<u8")
    out[:, 1] = numbers
    out[:, 0] = np.asarray(numbers) % alike if alike else numbers
    return out.view(np.uint8).reshape(-1, 16)


@pytest.mark.parametrize("alike", [0, 1, 3])
@pytest.mark.parametrize("block", [1, 7, 1 << 18])
def test_the_first_row_with_the_same_key(alike, block, monkeypatch):
    monkeypatch.setattr(repeats, "DIGEST_ROWS", block)
    numbers = np.random.default_rng(0).integers(0, 50, 300)
    first = first_equal(keys_of(numbers, alike=alike))
    assert first.dtype == np.int32
    expected = [numbers.tolist().index(number) for number in numbers]
    np.testing.assert_array_equal(first, expected)


@pytest.mark.parametrize("alike", [0, 1, 3])
def test_places_of_known_keys_and_of_new_ones(alike):
    known = np.random.default_rng(1).permutation(100)
    places = KeyLookup(keys_of(known, alike=alike))
    found = places.of(keys_of(np.arange(120), alike=alike))
    np.testing.assert_array_equal(known[found[:100]], np.arange(100))
    assert (found[100:] == -1).all()


def test_no_keys_and_none_known():
    none = np.empty((0, 16), dtype=np.uint8)
    assert len(first_equal(none)) == 0
    assert KeyLookup(none).of(keys_of([3, 4])).tolist() == [-1, -1]
    assert len(KeyLookup(keys_of([3])).of(none)) == 0
