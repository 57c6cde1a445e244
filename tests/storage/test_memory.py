"""A limit of memory that the system holds a process to."""

import subprocess
import sys
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from shoal.errors import BadInput
from shoal.parts.readers.vectors import load_vectors
from shoal.storage.memory import held_to
from shoal.storage.npz import member_dims, unpacked_member

ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts it so")
IN_A_PROCESS = """
import sys
from shoal.cli.app import main
main(["cluster", sys.argv[1], "-o", sys.argv[2], "--memory-limit", sys.argv[3], "--plan"])
"""


def test_what_fits_is_done_and_the_limit_goes():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with held_to(10**10, "a test"):
        assert sum(np.ones(1000)) == 1000
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@ONLY_LINUX
def test_what_does_not_fit_is_said_and_the_limit_goes():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(BadInput, match="--memory-limit is 300 MB, and a test takes more"):
        with held_to(3 * 10**8, "a test"):
            np.ones(10**9, dtype=np.uint8)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    np.ones(10**9, dtype=np.uint8)


@pytest.mark.parametrize(
    "error", [MemoryError(), pa.ArrowMemoryError("x"), RuntimeError("can't start new thread")]
)
def test_an_error_for_one_of_memory_is_said_as_one(error):
    def read():
        try:
            raise error
        except Exception as cause:
            raise BadInput("it is damaged") from cause

    with pytest.raises(BadInput, match="--memory-limit is 10,000 MB"), held_to(10**10, "a test"):
        read()
    with pytest.raises(BadInput, match="it is damaged"), held_to(None, "a test"):
        read()


def test_other_errors_stay_what_they_are():
    with pytest.raises(BadInput, match="no rows"), held_to(10**10, "a test"):
        raise BadInput("no rows")


@ONLY_LINUX
@pytest.mark.parametrize("ending", ["csv", "txt", "jsonl"])
def test_one_cell_that_is_too_large_is_refused_before_it_is_held(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    head, tail = {"csv": ("id,text\n1,", ""), "txt": ("", ""), "jsonl": ('{"text": "', '"}')}[
        ending
    ]
    path.write_text(f"{head}{'word ' * 6_000_000}{tail}\n", encoding="utf-8")
    command = [sys.executable, "-c", IN_A_PROCESS, path, tmp_path / "run", "170MB"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr[-2000:]
    assert f"reading a.{ending} takes more" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_is_read_as_a_map(tmp_path, save, order):
    wanted = np.asarray(np.random.default_rng(0).normal(size=(50, 7)).astype("f4"), order=order)
    save(tmp_path / "a.npz", v=wanted, names=np.array(["x"] * 50), n=np.int64(3))
    found = load_vectors(tmp_path / "a.npz", "a.npz")
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, wanted)
    found = load_vectors((tmp_path / "a.npz").read_bytes(), "a.npz")
    np.testing.assert_array_equal(found, wanted)


def test_what_is_no_array_in_an_npz_is_told_apart(tmp_path):
    np.savez(tmp_path / "a.npz", odd=np.array([{}], dtype=object), none=np.zeros((0, 3)))
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("readme.txt", "no array")
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        dims = member_dims(archive)
        assert dims == {"odd.npy": 1, "none.npy": 2, "readme.txt": 0}
        assert unpacked_member(archive, "none.npy").shape == (0, 3)
        with pytest.raises(ValueError, match="allow_pickle"):
            unpacked_member(archive, "odd.npy")


@pytest.mark.parametrize("cut", [0, 30, 200, -30])
def test_a_damaged_npz_is_said(tmp_path, cut):
    np.savez_compressed(tmp_path / "a.npz", v=np.random.default_rng(0).normal(size=(50, 7)))
    data = bytearray((tmp_path / "a.npz").read_bytes())
    damaged = bytes(data[:cut]) if cut < 0 else bytes(data[:cut] + b"\xff" * 40 + data[cut + 40 :])
    with pytest.raises(BadInput, match=r"a\.npz"):
        load_vectors(damaged, "a.npz")


def test_a_head_of_an_array_that_is_cut_is_said(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((3, 2)))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data.replace(b"}", b" "))
    with pytest.raises(BadInput, match=r"a\.npy is not a readable vector file"):
        load_vectors(tmp_path / "a.npy", "a.npy")
