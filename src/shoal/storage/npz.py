"""Arrays in one .npz that can be mapped: numpy's own reads each member into memory.

A member that is stored as it is lies in the file as a .npy does. All that is missing is that its
numbers begin where a number may begin, which the header of the .npy is padded for.

References
----------
The .npy format, NEP 1 of NumPy; the .zip format, APPNOTE.TXT of PKWARE.
"""

from __future__ import annotations

import io
import shutil
import struct
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from shoal.numerics.arrays import AnyArray, NamedArrays

ALIGNED = 64
"""Bytes at whose multiples an array begins, as in a .npy."""
BUFFER = 1 << 20
"""Numbers written at once."""
LOCAL_HEADER = 30
"""Bytes of a member's own header before its name."""


def write_npz(path: Path, arrays: NamedArrays) -> None:
    """Save named arrays so that `map_npz` can map them; `numpy.load` reads the file as any other.

    Parameters
    ----------
    path : of the file to write
    arrays : maps are written a buffer at a time
    """
    with path.open("wb") as file, ZipFile(file, "w", ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                member.write(_header(array, file.tell()))
                flat = np.ascontiguousarray(array).reshape(-1)
                for start in range(0, len(flat), BUFFER):
                    member.write(flat[start : start + BUFFER].tobytes())


def _header(array: AnyArray, start: int) -> bytes:
    """The header of a .npy that begins at `start`, so long that its numbers are aligned."""
    buffer = io.BytesIO()
    npy.write_array_header_1_0(buffer, npy.header_data_from_array_1_0(array))
    header = buffer.getvalue()
    text = header[10:-1] + b" " * (-(start + len(header)) % ALIGNED) + b"\n"
    return header[:8] + struct.pack("<H", len(text)) + text


def member_dims(archive: ZipFile) -> dict[str, int]:
    """The dimensions of each array of an .npz that is open; 0 of what is no array."""
    out = {}
    for info in archive.infolist():
        with archive.open(info) as member:
            try:
                out[info.filename] = len(_head(member)[0])
            except ValueError:
                out[info.filename] = 0
    return out


def unpacked_member(archive: ZipFile, name: str) -> AnyArray:
    """An array of an .npz that is open as a read-only map of a file without a name.

    Raises
    ------
    OSError, ValueError, zipfile.BadZipFile, zlib.error : if it is no array, or damaged
    """
    with archive.open(name) as member, TemporaryFile(prefix="shoal-") as file:
        shutil.copyfileobj(member, file, BUFFER)
        file.flush()
        file.seek(0)
        shape, fortran, dtype = _head(file)
        if dtype.hasobject or shape == () or 0 in shape:
            file.seek(0)
            array: AnyArray = npy.read_array(file, allow_pickle=False)
            return array
        return np.memmap(file, dtype, "r", file.tell(), shape, "F" if fortran else "C")


def _head(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether in the order of Fortran, and type of an array, of the head of a .npy."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    return shape, fortran, dtype


def map_npz(path: Path) -> NamedArrays:
    """Open the arrays of an .npz as read-only memory maps; those that cannot be mapped are read.

    Parameters
    ----------
    path : written by `write_npz` or by numpy

    Raises
    ------
    OSError, ValueError, zipfile.BadZipFile : if it is no such file
    """
    arrays: NamedArrays = {}
    with ZipFile(path) as archive, path.open("rb") as file:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            mapped = _mapped(path, file, info) if info.compress_type == ZIP_STORED else None
            if mapped is None:
                with archive.open(info) as member:
                    mapped = npy.read_array(member, allow_pickle=False)
            arrays[name] = mapped
    return arrays


def _mapped(path: Path, file: BinaryIO, info: ZipInfo) -> AnyArray | None:
    """A stored member as a map; None where its numbers begin between places for numbers."""
    file.seek(info.header_offset)
    name, extra = struct.unpack("<HH", file.read(LOCAL_HEADER)[-4:])
    file.seek(info.header_offset + LOCAL_HEADER + name + extra)
    shape, fortran, dtype = _head(file)
    offset = file.tell()
    if fortran or dtype.hasobject or shape == () or 0 in shape or offset % dtype.itemsize:
        return None
    return np.memmap(path, dtype, "r", offset, shape)
