"""Scratch space for large arrays: in memory, or in mapped temporary files."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from shoal.numerics.arrays import AnyArray

LARGE = 1 << 20
"""Bytes from which an array that is there already is worth a file."""


class Scratch:
    """Scratch space in memory.

    What takes a `Room` makes its largest arrays there and nowhere else, so that who calls it
    decides whether they count against the memory of the machine.
    """

    def new(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> AnyArray:
        """An array to be filled, of whatever was in that place."""
        return np.empty(shape, dtype)

    def sealed(self, array: AnyArray) -> AnyArray:
        """An array made here that is full, read-only."""
        view = array.view()
        view.flags.writeable = False
        return view

    def kept(self, array: AnyArray) -> AnyArray:
        """An array made elsewhere, read-only and in this room."""
        return self.sealed(array)

    def drop(self, array: AnyArray) -> None:
        """Let the place of a sealed array go, once nobody needs it any more."""

    def gather(
        self, blocks: Iterable[Sequence[AnyArray]], dtypes: Sequence[DTypeLike]
    ) -> list[AnyArray]:
        """What comes in blocks, one after the other, read-only.

        Parameters
        ----------
        blocks : each of one array for every dtype
        dtypes : of the arrays that are made
        """
        parts: list[list[AnyArray]] = [[np.empty(0, dtype)] for dtype in dtypes]
        for block in blocks:
            for kept, dtype, part in zip(parts, dtypes, block, strict=True):
                kept.append(np.asarray(part, dtype))
        return [self.sealed(np.concatenate(kept)) for kept in parts]


IN_MEMORY = Scratch()


class FileScratch(Scratch):
    """Scratch space in mapped files of a folder, which the system pages out as needed.

    Parameters
    ----------
    folder : exists, and should be where all workers of an engine see it: of a sealed array they
        are sent the place
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    def new(self, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> AnyArray:
        """An array of zeros to be filled, the map of a new file."""
        if 0 in shape:  # nothing can be mapped
            return np.empty(shape, dtype)
        return np.memmap(self._path(), dtype, "w+", shape=shape)

    def _path(self) -> Path:
        self._made += 1
        return self.folder / f"{self._made}.bin"

    def sealed(self, array: AnyArray) -> AnyArray:
        """The file of an array made here, mapped anew and read-only."""
        if not isinstance(array, np.memmap) or array.filename is None:
            return super().sealed(array)
        array.flush()
        return np.memmap(array.filename, array.dtype, "r", shape=array.shape)

    def kept(self, array: AnyArray) -> AnyArray:
        """A copy of it here; what is small stays where it is."""
        if array.nbytes < LARGE:
            return self.sealed(array)
        copy = self.new(array.shape, array.dtype)
        copy[:] = array
        return np.asarray(self.sealed(copy))

    def drop(self, array: AnyArray) -> None:
        """Remove the file of a sealed array; who has it mapped still, keeps what is in it."""
        if isinstance(array, np.memmap) and array.filename is not None:
            Path(array.filename).unlink(missing_ok=True)

    def gather(
        self, blocks: Iterable[Sequence[AnyArray]], dtypes: Sequence[DTypeLike]
    ) -> list[AnyArray]:
        """Write each block when it comes, and map what was written; see `Room.gather`."""
        paths = [self._path() for _ in dtypes]
        counts = [0] * len(paths)
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("wb")) for path in paths]
            for block in blocks:
                for place, part in enumerate(block):
                    files[place].write(np.ascontiguousarray(part, dtypes[place]).data)
                    counts[place] += len(part)
        return [
            np.memmap(path, dtype, "r", shape=(n,)) if n else np.empty(0, dtype)
            for path, dtype, n in zip(paths, dtypes, counts, strict=True)
        ]


@contextmanager
def file_scratch(folder: Path) -> Iterator[FileScratch]:
    """Scratch space in a temporary folder; its open maps stay valid afterwards.

    Parameters
    ----------
    folder : whatever a killed process left there is removed
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield FileScratch(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # some systems keep the files of open maps


def give_back() -> None:
    """Return freed memory to the system, if the C library holds on to it.

    glibc keeps the blocks that threads freed for themselves: after the neighbors of a million rows
    437 MB instead of 182.
    """
    # only glibc has it
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is not None:
        trim(0)


@cache
def _c_library() -> Any:
    return ctypes.CDLL(None) if os.name == "posix" else None
