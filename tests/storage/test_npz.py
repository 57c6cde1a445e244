"""Arrays of an .npz as maps."""

import zipfile

import numpy as np
import pytest

from shoal.storage.npz import map_npz, write_npz

ARRAYS = {
    "rows": np.arange(24, dtype=np.int32).reshape(8, 3),
    "distances": np.linspace(0, 1, 7, dtype=np.float64),
    "bytes": np.arange(5, dtype=np.uint8),
    "note": np.array("found äöü"),
    "nothing": np.empty((0, 4), dtype=np.float32),
}


def test_arrays_come_back_as_maps_that_are_aligned(tmp_path):
    write_npz(tmp_path / "a.npz", ARRAYS)
    found = map_npz(tmp_path / "a.npz")
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
        if array.size and array.shape:
            assert isinstance(found[name], np.memmap)
            assert found[name].ctypes.data % 64 == 0
            assert not found[name].flags.writeable


def test_numpy_reads_the_file_as_any_other(tmp_path):
    write_npz(tmp_path / "a.npz", ARRAYS)
    with np.load(tmp_path / "a.npz") as file:
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(file[name], array)
    assert zipfile.ZipFile(tmp_path / "a.npz").testzip() is None


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_files_of_numpy_are_read_too(tmp_path, save):
    save(tmp_path / "a.npz", **ARRAYS, turned=np.asfortranarray(ARRAYS["rows"]))
    found = map_npz(tmp_path / "a.npz")
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
    np.testing.assert_array_equal(found["turned"], ARRAYS["rows"])


def test_the_same_arrays_give_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_npz(tmp_path / name, ARRAYS)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_map_larger_than_the_buffer_is_written_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("shoal.storage.npz.BUFFER", 10)
    write_npz(tmp_path / "a.npz", {"rows": np.arange(101).reshape(101, 1)})
    np.testing.assert_array_equal(map_npz(tmp_path / "a.npz")["rows"].ravel(), np.arange(101))


def test_pickles_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", what=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        map_npz(tmp_path / "a.npz")
