"""Read the weights in a .pth file of PyTorch without PyTorch, and without running what is in it.

Such a file is a row of pickles and then the plain numbers. A pickle may name any function to be
called, so the reader here knows three names, and makes descriptions of tensors of them; any other
name is an error. This is the older of PyTorch's two formats (before 1.6), in which the models that
we use come; the newer one is a ZIP archive and is not read.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray, NamedArrays

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
KINDS: dict[str, Any] = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "LongStorage": np.dtype("<i8"),
}


@dataclass(frozen=True, slots=True)
class _Storage:
    """A run of numbers further on in the file."""

    key: str
    dtype: Any
    n: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A window on a storage."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild(storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> _Tensor:
    return _Tensor(storage, int(offset), tuple(shape), tuple(strides))


class _Reader(pickle.Unpickler):
    """An unpickler that knows what a file of weights needs and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in KINDS:
            return KINDS[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}, which no weights need")

    def persistent_load(self, info: Any) -> _Storage:
        kind, dtype, key, _, n, window = info
        if kind != "storage" or window is not None:
            raise pickle.UnpicklingError("it refers to something that is not a storage")
        return _Storage(str(key), dtype, int(n))


def read_torch_weights(path: Path) -> NamedArrays:
    """The tensors of a state dict by their names.

    Parameters
    ----------
    path : a .pth file in the format of PyTorch before 1.6

    Raises
    ------
    BadInput : if it is none, is damaged, or asks for anything but tensors
    """
    try:
        with path.open("rb") as file:
            return _read(file)
    except (pickle.UnpicklingError, ValueError, TypeError, EOFError, KeyError) as error:
        raise BadInput(
            f"{path.name} is not a weights file that shoal can read: {error}."
        ) from error


def _read(file: BinaryIO) -> NamedArrays:
    if (_Reader(file).load(), _Reader(file).load()) != (MAGIC, PROTOCOL):
        raise ValueError("it does not start like one")
    if not _Reader(file).load().get("little_endian"):
        raise ValueError("its numbers are big-endian")
    info: Mapping[str, Any] = _Reader(file).load()
    tensors = {name: tensor for name, tensor in info.items() if isinstance(tensor, _Tensor)}
    kinds = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    held: NamedArrays = {}
    for key in _Reader(file).load():
        n = int.from_bytes(file.read(8), "little")
        dtype = kinds[key].dtype
        data = file.read(n * dtype.itemsize)
        if n != kinds[key].n or len(data) != n * dtype.itemsize:
            raise ValueError("it ends too early")
        held[key] = np.frombuffer(data, dtype=dtype)
    return {name: _window(held[t.storage.key], t) for name, t in tensors.items()}


def _window(numbers: AnyArray, tensor: _Tensor) -> AnyArray:
    last = tensor.offset + sum(
        (size - 1) * step for size, step in zip(tensor.shape, tensor.strides, strict=True)
    )
    if min((tensor.offset, *tensor.strides, *tensor.shape)) < 0 or last >= len(numbers):
        raise ValueError("a tensor exceeds its storage")
    view = np.lib.stride_tricks.as_strided(
        numbers[tensor.offset :],
        tensor.shape,
        [step * numbers.itemsize for step in tensor.strides],
        writeable=False,
    )
    return np.ascontiguousarray(view).reshape(tensor.shape)
