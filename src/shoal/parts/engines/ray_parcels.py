"""What a worker of Ray is sent, and what it does with it.

A function is pickled once for all of its batches. Large arrays stay out of the pickle: one that is
a read-only map of a file goes as the path and the place in it, where the worker sees that file;
any other is put into Ray's object store once, and every process of a machine reads it there
without a copy.
"""

from __future__ import annotations

import io
import mmap
import os
import pickle
import platform
import traceback
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from shoal.errors import ShoalError
from shoal.numerics.arrays import AnyArray
from shoal.numerics.blocks import enter_worker

LARGE = 1 << 16
"""Bytes from which an array is not pickled."""
KEPT = 4
"""Functions that a worker keeps, with their models, the last used ones."""
ALIKE = ("shoal", "numpy", "scipy", "scikit-learn")
"""Packages whose versions decide the bits of a result."""

Array = AnyArray


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file an array is: the file's size and inode tell that it is that file."""

    path: str
    size: int
    inode: int
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Unseen(Exception):
    """A worker does not see a file that the sender has mapped."""


class Cut(Exception):
    """A worker has no part in the cluster any more: what it was sent did not reach it."""


def place_of(array: Array) -> Place | None:
    """Where an array is in the file that it is a read-only map of; None if it is none."""
    root: Any = array
    while isinstance(root, np.ndarray) and not isinstance(root.base, mmap.mmap):
        root = root.base
    if not isinstance(root, np.memmap) or root.mode != "r" or root.filename is None:
        return None
    try:
        info = os.stat(root.filename)
    except OSError:  # renamed or removed since
        return None
    begin, first = (each.__array_interface__["data"][0] for each in (array, root))
    path = os.path.abspath(root.filename)
    offset = root.offset + begin - first
    return Place(path, info.st_size, info.st_ino, offset, array.dtype, array.shape, array.strides)


def opened(place: Place) -> Array:
    """The array that is in that place.

    Raises
    ------
    Unseen : if that file is not seen from here
    """
    try:
        info = os.stat(place.path)
        if (info.st_size, info.st_ino) != (place.size, place.inode):
            raise Unseen(place.path)
        whole = np.memmap(place.path, np.uint8, "r")
    except OSError:
        raise Unseen(place.path) from None
    # a plain array, as Ray hands over those of its store
    buffer = whole.data
    return np.ndarray(place.shape, place.dtype, buffer, place.offset, place.strides)


@cache
def _pickler() -> Any:
    from ray.cloudpickle import CloudPickler

    class Packer(CloudPickler):  # type: ignore[misc]
        """Pickles functions by value, and large arrays by where they are."""

        def __init__(self, file: io.BytesIO, local_mirror: Callable[[Array], Any]) -> None:
            super().__init__(file, protocol=5)
            self._stand_in = local_mirror

        def persistent_id(self, thing: Any) -> Any:
            """What stands for a large array; None for all else."""
            plain = isinstance(thing, np.ndarray) and type(thing) in (np.ndarray, np.memmap)
            if plain and thing.nbytes >= LARGE and not thing.dtype.hasobject:
                return self._stand_in(thing)
            return None

    return Packer


class _Unpacker(pickle.Unpickler):
    def __init__(self, data: bytes, arrays: list[Array]) -> None:
        super().__init__(io.BytesIO(data))
        self._arrays = arrays

    def persistent_load(self, pid: Any) -> Array:
        return opened(pid) if isinstance(pid, Place) else self._arrays[pid]


class Sender:
    """Packs functions, and puts each array into the object store once while it lives."""

    def __init__(self) -> None:
        self.unseen: set[str] = set()
        self._stored: dict[int, tuple[weakref.ref[Array], Any]] = {}

    def pack(self, make: Callable[[], Any]) -> tuple[str, Any]:
        """A name for the function that `make` builds, and a reference to its parcel."""
        import ray

        stored: list[Any] = []

        def local_mirror(array: Array) -> Any:
            place = place_of(array)
            if place and place.path not in self.unseen:
                return place
            stored.append(self._store(array))
            return len(stored) - 1

        file = io.BytesIO()
        _pickler()(file, local_mirror).dump(make)
        data = file.getvalue()
        # the same function of the same arrays has the same name, so its model is loaded once
        name = blake2b(data + "".join(ref.hex() for ref in stored).encode(), digest_size=16)
        return name.hexdigest(), ray.put((data, stored))

    def _store(self, array: Array) -> Any:
        import ray

        known = self._stored.get(id(array))
        if known and known[0]() is array:
            return known[1]
        ref = ray.put(np.asarray(array))
        if not array.flags.writeable:  # any other may have changed when it is sent again
            place = id(array)
            gone = weakref.ref(array, lambda _: self._stored.pop(place, None))
            self._stored[place] = (gone, ref)
        return ref


def surroundings() -> dict[str, str]:
    """What must be alike wherever blocks are computed, for the bits to be the same."""
    kinds = {str(pool.get("architecture")) for pool in threadpool_info() if "architecture" in pool}
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: version(name) for name in ALIKE},
        "processor": " ".join(sorted(kinds)),
    }


class Worker:
    """An actor: one process that builds functions and applies them to batches.

    Parameters
    ----------
    folder : that of the sender, from which relative paths of pictures and models start
    """

    def __init__(self, folder: str) -> None:
        if os.path.isdir(folder):
            os.chdir(folder)
        threadpool_limits(limits=1)
        os.environ["SHOAL_THREADS"] = "1"
        self._functions: OrderedDict[str, Callable[[Any], Any]] = OrderedDict()

    def hello(self) -> dict[str, str]:
        """Say what there is here, once it has started."""
        return surroundings()

    def work(self, name: str, parcel: list[Any], batch: Any) -> tuple[str, Any]:
        """Apply a function to a batch.

        Parameters
        ----------
        name : of the function
        parcel : reference to what it is built from, in a list so that Ray leaves it a reference
        batch : its argument

        Returns
        -------
        "done" and the result; "unseen" and a path; "cut" and why; or "failed" and the error: one of
        ours or of the user's shall come out as it is, and not as one of Ray's
        """
        enter_worker()
        try:
            return "done", self._function(name, parcel[0])(batch)
        except Unseen as error:
            return "unseen", str(error)
        except Cut as error:  # while its machine goes down, a worker may still answer
            return "cut", str(error)
        except (Exception, SystemExit) as error:
            return "failed", _sendable(error)

    def _function(self, name: str, parcel: Any) -> Callable[[Any], Any]:
        if name not in self._functions:
            import ray

            try:
                data, stored = ray.get(parcel)
                arrays = ray.get(stored)
            except Exception as error:
                raise Cut(f"{type(error).__name__}: {error}") from error
            make = _Unpacker(data, arrays).load()
            while len(self._functions) >= KEPT:
                self._functions.popitem(last=False)
            self._functions[name] = make()
        self._functions.move_to_end(name)
        return self._functions[name]


def _sendable(error: BaseException) -> BaseException:
    """The error with where it arose as a note, or its words where it cannot be sent."""
    try:
        if not isinstance(error, ShoalError):  # these errors say what to do and need no traceback
            # a note travels with the error; a traceback does not
            error.add_note("in a worker of Ray:\n" + "".join(traceback.format_exception(error)))
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
