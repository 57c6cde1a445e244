"""Hashed strings as columns: MurmurHash3, as scikit-learn's ``HashingVectorizer`` has them.

scikit-learn takes longer to import than a small run takes, and its loop hashes every occurrence
of a string; here each is hashed once, all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BLOCK, MULTIPLY, ADD = 4, 5, 0xE6546B64
FACTORS = (0xCC9E2D51, 0x1B873593)
FINAL = ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1))


def murmur3(strings: Sequence[bytes]) -> NDArray[np.int32]:
    """The 32-bit MurmurHash3 of each string with the seed 0, (n,) int32.

    References
    ----------
    Appleby, MurmurHash3 (2011), in the public domain.
    """
    lengths = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
    # zeros behind the end: a tail is read as a whole block
    data = np.frombuffer(b"".join([*strings, bytes(BLOCK)]), dtype=np.uint8).astype(np.uint32)
    starts = np.cumsum(lengths) - lengths
    out = np.zeros(len(strings), dtype=np.uint32)
    rows = np.argsort(-lengths, kind="stable")  # those that have another block stand at the front
    descending = -lengths[rows]
    for place in range(0, int(lengths.max(initial=0)), BLOCK):
        some = rows[: np.searchsorted(descending, -place, side="left")]
        left = np.minimum(lengths[some] - place, BLOCK)
        word = np.zeros(len(some), dtype=np.uint32)
        for byte in range(BLOCK):
            here = data[np.minimum(starts[some] + place + byte, len(data) - 1)]
            word |= np.where(byte < left, here << np.uint32(8 * byte), 0).astype(np.uint32)
        word = _rotated(word * np.uint32(FACTORS[0]), 15) * np.uint32(FACTORS[1])
        mixed = out[some] ^ word
        stepped = _rotated(mixed, 13) * np.uint32(MULTIPLY) + np.uint32(ADD)
        out[some] = np.where(left == BLOCK, stepped, mixed)
    out ^= lengths.astype(np.uint32)
    for shift, factor in FINAL:
        out ^= out >> np.uint32(shift)
        out *= np.uint32(factor)
    return out.view(np.int32)


def _rotated(words: NDArray[np.uint32], by: int) -> NDArray[np.uint32]:
    return np.asarray(words << np.uint32(by) | words >> np.uint32(32 - by))


def hashed_columns(
    strings: Sequence[str], n_columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The column of each string, and whether it counts there as 1 or as -1.

    Parameters
    ----------
    strings : (n,)
    n_columns : how many there are

    Returns
    -------
    columns : (n,) int64 from 0 to n_columns - 1
    signs : (n,) int64, for sums in which strings that share a column cancel out on average
    """
    found = murmur3([string.encode("utf-8", "surrogatepass") for string in strings])
    size = np.abs(found.astype(np.int64))
    # the lowest number has no opposite in 32 bits; scikit-learn puts it here
    size = np.where(size == 2**31, 2**31 - n_columns, size)
    return size % n_columns, np.where(found >= 0, 1, -1)
