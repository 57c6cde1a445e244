"""The cache of vectors: found again, whole or not at all, within its limit, from many processes."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from shoal.cli.app import main
from shoal.embedding.vector_cache import VectorCache, evict, holdings, unusable

BIG = 2**40


def keys_of(n, start=0):
    rng = np.random.default_rng(start)
    return rng.integers(0, 2**63, (n, 2)).astype(np.uint64)


def vectors_of(n, n_dims=8, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_dims)).astype(np.float32)


def cache_in(path, revision="r1", limit=BIG):
    return VectorCache(path, "a model", revision, limit=limit)


def kept(path, keys, vectors, revision="r1"):
    """Put vectors into a cache and end it."""
    cache = cache_in(path, revision)
    cache.add(keys, vectors, np.zeros(len(keys), bool))
    cache.close()


def fetched(cache, keys):
    found = cache.find(keys)
    out = np.full((len(keys), max(found.n_dims, 1)), np.nan, dtype=np.float32)
    for positions, vectors in found.blocks():
        out[positions] = vectors
    return found, out


def test_what_was_added_is_found_bit_by_bit_and_nothing_else(tmp_path):
    keys, vectors = keys_of(500), vectors_of(500)
    cut = np.arange(500) % 7 == 0
    cache = cache_in(tmp_path)
    for part in (slice(0, 100), slice(100, 101), slice(101, 400)):
        cache.add(keys[part], vectors[part], cut[part])
    cache.close()
    order = np.random.default_rng(1).permutation(500)
    found, out = fetched(cache_in(tmp_path), keys[order])
    assert found.mask.tolist() == (order < 400).tolist()
    assert out[found.mask].tobytes() == vectors[order[order < 400]].tobytes()
    assert found.cut.tolist() == (cut[order] & (order < 400)).tolist()


def test_another_revision_of_a_model_shares_nothing(tmp_path):
    kept(tmp_path, keys_of(3), vectors_of(3))
    assert not cache_in(tmp_path, "r2").find(keys_of(3)).mask.any()


def test_an_empty_or_missing_folder_has_nothing(tmp_path):
    cache = cache_in(tmp_path / "nowhere")
    assert not cache.find(keys_of(3)).mask.any()
    assert cache.find(keys_of(0)).n_dims == 0
    assert not (tmp_path / "nowhere").exists()
    cache.close()


@pytest.mark.parametrize("lost", [1, 20, 21, 40])
def test_a_torn_record_is_not_found_and_the_others_are(tmp_path, lost):
    keys, vectors = keys_of(10), vectors_of(10)
    kept(tmp_path, keys, vectors)
    for ending in ("*/*.keys", "*/*.vectors"):
        (path,) = tmp_path.glob(ending)
        os.truncate(path, path.stat().st_size - lost)
        found, out = fetched(cache_in(tmp_path), keys)
        assert 7 <= found.mask.sum() < 10
        assert out[found.mask].tobytes() == vectors[found.mask].tobytes()


def test_a_vector_that_is_not_what_was_written_is_not_found(tmp_path):
    keys, vectors = keys_of(10), vectors_of(10)
    kept(tmp_path, keys, vectors)
    (path,) = tmp_path.glob("*/*.vectors")
    with path.open("r+b") as file:  # a page the system never wrote reads as zeros
        file.seek(3 * 32)
        file.write(bytes(64))
    assert cache_in(tmp_path).find(keys).mask.tolist() == [i not in (3, 4) for i in range(10)]


def test_the_segments_used_longest_ago_go_first(tmp_path):
    for number in range(4):
        kept(tmp_path, keys_of(100, number), vectors_of(100))
    paths = sorted(tmp_path.glob("*/*.keys"))
    for age, path in enumerate(paths):
        os.utime(path, (time.time() - 1000 - age, time.time() - 1000 - age))
    fresh = cache_in(tmp_path)
    oldest = paths[-1]
    used = next(n for n in range(4) if _holds(oldest, keys_of(100, n)))
    assert fresh.find(keys_of(100, used)).mask.all()  # now it is the last used
    size = oldest.stat().st_size + oldest.with_suffix(".vectors").stat().st_size
    evict(tmp_path, 2 * size)
    left = sorted(tmp_path.glob("*/*.keys"))
    assert set(left) == {oldest, paths[0]}
    assert len(list(tmp_path.glob("*/*.vectors"))) == 2


def _holds(path, keys):
    return path.read_bytes()[:16] == keys[0].tobytes()


def test_many_small_segments_become_one(tmp_path):
    n = 40
    for number in range(n):
        kept(tmp_path, keys_of(2, number), vectors_of(2, seed=number))
    for path in tmp_path.glob("*/*.keys"):
        os.utime(path, (1, 1))
    cache_in(tmp_path).close()
    assert len(list(tmp_path.glob("*/*.keys"))) == 1
    for number in range(n):
        _, out = fetched(cache_in(tmp_path), keys_of(2, number))
        assert out.tobytes() == vectors_of(2, seed=number).tobytes()


def test_a_place_that_cannot_be_written_costs_the_cache_and_not_the_run(tmp_path, caplog):
    (tmp_path / "file").write_text("not a folder")
    for revision in ("r1", "r2"):
        cache = cache_in(tmp_path / "file", revision)
        for start in range(5):
            cache.add(keys_of(3, start), vectors_of(3), np.zeros(3, bool))
        cache.close()
    (line,) = caplog.messages
    assert line.startswith(
        f"vectors cannot be cached: {tmp_path / 'file'} is a file, not a folder."
    )
    assert "set SHOAL_CACHE to a writable folder" in line


def test_a_folder_that_is_there_or_could_be_made_can_hold_the_cache(tmp_path):
    assert unusable(tmp_path) == unusable(tmp_path / "not" / "yet") == ""
    (tmp_path / "file").touch()
    assert "is a file" in unusable(tmp_path / "file" / "inside")
    full = OSError(28, "No space left on device")
    assert "No space left on device. " in unusable(tmp_path, full)


def test_the_command_says_that_the_cache_cannot_be_used(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "file"))
    main(["cache"])
    assert "vectors cannot be cached" in capsys.readouterr().out
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "new"))
    main(["cache"])
    assert "cannot" not in capsys.readouterr().out


WRITER = """
import sys, numpy as np
from pathlib import Path
from shoal.embedding.vector_cache import VectorCache
root, number = Path(sys.argv[1]), int(sys.argv[2])
cache = VectorCache(root, "a model", "r1", limit=2**40)
rng = np.random.default_rng(number)
for block in range(50):
    keys = np.random.default_rng(block).integers(0, 2**63, (20, 2)).astype(np.uint64)
    vectors = np.random.default_rng(block).normal(size=(20, 8)).astype(np.float32)
    cache.add(keys, vectors, np.zeros(20, bool))
    assert cache.find(keys).mask.all()
cache.close()
"""


def test_several_processes_write_and_read_at_once(tmp_path):
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(number)])
        for number in range(4)
    ]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    for block in range(50):
        found, out = fetched(cache_in(tmp_path), keys_of(20, block))
        assert found.mask.all()
        assert out.tobytes() == vectors_of(20, seed=block).tobytes()
    (holding,) = holdings(tmp_path)
    assert (holding.name, holding.rows) == ("a model", 4 * 50 * 20)


def two_words_swapped(data):
    data[0:4], data[4:8] = data[4:8], data[0:4]


def two_bits_that_cancel(data):
    one, other = np.frombuffer(bytes(data[8:16]), "<u4").tolist()
    words = [(one + 256) % 2**32, (other - 256) % 2**32]
    data[8:16] = np.array(words, "<u4").tobytes()


def two_vectors_swapped(data):
    data[0:32], data[32:64] = data[32:64], data[0:32]


@pytest.mark.parametrize("harm", [two_words_swapped, two_bits_that_cancel, two_vectors_swapped])
def test_damage_that_cancels_in_a_sum_is_seen(tmp_path, harm):
    keys, vectors = keys_of(10), vectors_of(10)
    kept(tmp_path, keys, vectors)
    (path,) = tmp_path.glob("*/*.vectors")
    data = bytearray(path.read_bytes())
    harm(data)
    path.write_bytes(data)
    found, out = fetched(cache_in(tmp_path), keys)
    n_bad = 2 if harm is two_vectors_swapped else 1
    assert found.mask.tolist() == [False] * n_bad + [True] * (10 - n_bad)
    assert out[n_bad:].tobytes() == vectors[n_bad:].tobytes()


@pytest.mark.parametrize("place", range(25))
def test_a_flipped_bit_of_a_record_costs_that_vector_and_no_other(tmp_path, place):
    keys, vectors = keys_of(4), vectors_of(4)
    kept(tmp_path, keys, vectors)
    (path,) = tmp_path.glob("*/*.keys")
    data = bytearray(path.read_bytes())
    data[25 + place] ^= 1
    path.write_bytes(data)
    found, out = fetched(cache_in(tmp_path), keys)
    assert found.mask.tolist() == [True, False, True, True]
    assert not found.cut.any()
    assert out[[0, 2, 3]].tobytes() == vectors[[0, 2, 3]].tobytes()
