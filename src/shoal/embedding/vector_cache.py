"""Vectors cached on disk by the hash of their content, shared by processes without a lock.

A model has a folder of segments. A segment is two files that only grow: ``.keys`` (key, checksum,
whether the text was cut) and ``.vectors``. Each process writes segments of its own, vectors first,
so a process killed at any moment leaves whole records and at most one that nobody will find.
Appending and scanning keys measured ten times faster than a database of blobs
(docs/measurements.md). Nothing here is a pickle.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO

import numpy as np
import xxhash
from numpy.typing import NDArray

from shoal.numerics.arrays import AnyArray, FloatArray
from shoal.numerics.blocks import BLOCK_ROWS

ENTRY = np.dtype([("key", "<u8", 2), ("check", "<u8"), ("cut", "u1")])
FORMAT = b"2"
"""Of the segments; those of another lie in other folders, and go as what is not used goes."""
SEGMENT_BYTES = 1 << 26
MASK = (1 << 64) - 1
SMALL_SEGMENTS = 32
"""Segments of a model that are not full before they are merged into one."""
QUIET_SECONDS = 900.0
"""Nobody writes any more to a segment that was not touched for so long."""

log = logging.getLogger(__name__)
_warned_of: set[Path] = set()
"""Folders that could not be written to: said once, and not for each batch of each model."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Which of the requested contents are cached.

    Parameters
    ----------
    mask : (n,) bool
    cut : (n,) bool, which of them were longer than the model reads
    n_dims : length of the vectors, 0 where none was found
    places : per segment: its vectors, the positions asked for, and their rows in it
    """

    mask: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    n_dims: int
    places: list[tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]]

    def completed(self, more: Found) -> Found:
        """With what was found elsewhere of the contents that are missing here, in their order."""
        if self.n_dims and more.n_dims and self.n_dims != more.n_dims:
            return self
        missing = np.nonzero(~self.mask)[0]
        mask, cut = self.mask.copy(), self.cut.copy()
        mask[missing], cut[missing] = more.mask, more.cut
        added = [(vectors, missing[at], rows) for vectors, at, rows in more.places]
        return Found(mask, cut, self.n_dims or more.n_dims, [*self.places, *added])

    def blocks(self) -> Iterator[tuple[NDArray[np.int64], FloatArray]]:
        """Positions and their vectors, some rows at a time."""
        for vectors, positions, rows in self.places:
            for start in range(0, len(rows), BLOCK_ROWS):
                part = slice(start, start + BLOCK_ROWS)
                yield positions[part], _taken(vectors, rows[part])


@dataclass(frozen=True, slots=True)
class Holding:
    """The cached vectors of one model: name, count, bytes and last use (seconds)."""

    name: str
    rows: int
    bytes: int
    used: float
    folder: Path


def nothing(n: int) -> Found:
    """Nothing found of n contents."""
    return Found(np.zeros(n, dtype=bool), np.zeros(n, dtype=bool), 0, [])


def checksums(entries: AnyArray, vectors: FloatArray) -> NDArray[np.uint64]:
    """XXH3 of each vector with its key and whether its text was cut, (n,) uint64."""
    rows = np.ascontiguousarray(vectors)
    width = rows.shape[1] * rows.itemsize
    data = rows.reshape(-1).view(np.uint8).data
    first = entries["key"][:, 0].tolist()
    second = (entries["key"][:, 1] ^ entries["cut"]).tolist()
    digest = xxhash.xxh3_64_intdigest
    found = (
        digest(data[place * width : (place + 1) * width], key ^ (other << 1 & MASK))
        for place, (key, other) in enumerate(zip(first, second, strict=True))
    )
    return np.fromiter(found, dtype=np.uint64, count=len(rows))


class VectorCache:
    """The vectors of one model.

    Parameters
    ----------
    root : folder of all models, made when the first vector is added
    name, revision : of the model; another revision is another folder
    limit : most bytes of all models together; the segments used longest ago go first
    """

    def __init__(self, root: Path, name: str, revision: str, *, limit: int) -> None:
        self.root = root
        self.limit = limit
        self._model_info = {"name": name, "revision": revision}
        self.folder = root / blake2b(revision.encode() + FORMAT, digest_size=8).hexdigest()
        self._files: tuple[IO[bytes], IO[bytes]] | None = None
        self._written = 0

    def find(self, keys: NDArray[np.uint64]) -> Found:
        """Look contents up.

        Parameters
        ----------
        keys : (n, 2) uint64, distinct
        """
        order = np.argsort(keys[:, 0], kind="stable")
        ordered = keys[order]
        found = nothing(len(keys))
        n_dims = 0
        for path in sorted(self.folder.glob("*.keys")) if len(keys) else []:
            entries, vectors = _load(path)
            at = np.searchsorted(ordered[:, 0], entries["key"][:, 0])
            at = np.minimum(at, len(keys) - 1)
            rows = np.nonzero((ordered[at] == entries["key"]).all(axis=1))[0]
            rows = rows[~found.mask[order[at[rows]]]]
            if n_dims and vectors.shape[1] != n_dims:
                continue
            rows = _whole(entries, vectors, rows)
            _, once = np.unique(at[rows], return_index=True)
            rows = rows[np.sort(once)]  # in the order of the file: a disk reads ahead
            if len(rows):
                n_dims = vectors.shape[1]
                positions = order[at[rows]]
                found.mask[positions] = True
                found.cut[positions] = entries["cut"][rows] > 0
                found.places.append((vectors, positions, rows))
                _touch(path)
        return Found(found.mask, found.cut, n_dims, found.places)

    def add(self, keys: NDArray[np.uint64], vectors: FloatArray, cut: NDArray[np.bool_]) -> bool:
        """Add vectors; a full or read-only disk disables the cache but never fails the run.

        Parameters
        ----------
        keys : (n, 2) uint64
        vectors : (n, n_dims) float32
        cut : (n,) bool

        Returns
        -------
        Whether they are kept
        """
        try:
            self._write(keys, vectors, cut)
        except OSError as error:
            self._failed(error)
            return False
        return True

    def sync(self) -> bool:
        """Wait until other machines can read what was added; False if that cannot be."""
        try:
            for file in self._files or ():
                os.fsync(file.fileno())
        except OSError as error:
            self._failed(error)
            return False
        return True

    def _failed(self, error: OSError) -> None:
        if self.root not in _warned_of:
            _warned_of.add(self.root)
            log.warning("vectors cannot be cached: %s", unusable(self.root, error))
        self.end_segment()

    def close(self) -> None:
        """End the segment, merge small ones, and keep to the limit."""
        self.end_segment()
        try:
            self._merge()
            evict(self.root, self.limit)
        except OSError as error:
            log.warning("cannot remove old entries of the cache in %s: %s", self.root, error)

    def remove(self) -> None:
        """Delete all vectors under this root."""
        self.end_segment()
        shutil.rmtree(self.root, ignore_errors=True)

    def _write(self, keys: NDArray[np.uint64], vectors: FloatArray, cut: NDArray[np.bool_]) -> None:
        entries = np.zeros(len(keys), dtype=ENTRY)
        entries["key"], entries["cut"] = keys, cut
        entries["check"] = checksums(entries, vectors)
        if self._files is None:
            self._files = self._new_segment(vectors.shape[1])
        key_file, vector_file = self._files
        _append(vector_file, np.ascontiguousarray(vectors).tobytes())
        _append(key_file, entries.tobytes())
        self._written += vectors.nbytes
        if self._written >= SEGMENT_BYTES:
            self.end_segment()

    def _new_segment(self, n_dims: int) -> tuple[IO[bytes], IO[bytes]]:
        self.folder.mkdir(parents=True, exist_ok=True)
        info = self.folder / "model.json"
        if not info.exists():
            temporary = self.folder / f".{secrets.token_hex(4)}.tmp"
            temporary.write_text(json.dumps(self._model_info), encoding="utf-8")
            os.replace(temporary, info)
        path = self.folder / f"{secrets.token_hex(8)}-{n_dims}.keys"
        self._written = 0
        # unbuffered: added vectors survive if this process is killed
        return path.open("xb", buffering=0), path.with_suffix(".vectors").open("xb", buffering=0)

    def end_segment(self) -> None:
        """Start a new segment for the next vectors."""
        for file in self._files or ():
            file.close()
        self._files = None

    def _merge(self) -> None:
        """Merge small segments, so that a lookup opens few files."""
        limit = time.time() - QUIET_SECONDS
        small = [
            path
            for path in sorted(self.folder.glob("*.keys"))
            if path.stat().st_mtime < limit
            and _size(path.with_suffix(".vectors")) < SEGMENT_BYTES // 2
        ]
        if len(small) < SMALL_SEGMENTS:
            return
        for path in small:
            entries, vectors = _load(path)
            rows = _whole(entries, vectors, np.arange(len(entries)))
            if len(rows):
                kept = entries[rows]
                self._write(kept["key"], np.asarray(vectors[rows]), kept["cut"] > 0)
            _delete(path)
        self.end_segment()


def _append(file: IO[bytes], data: bytes) -> None:
    """Write all the data; an unbuffered file may accept less at once."""
    view = memoryview(data)
    while len(view):
        view = view[file.write(view) :]


def _load(path: Path) -> tuple[AnyArray, FloatArray]:
    """Entries and vectors of a segment, as many as are whole; none if it has gone."""
    n_dims = int(path.stem.rpartition("-")[2])
    try:
        data = path.read_bytes()
        size = _size(path.with_suffix(".vectors")) // (4 * n_dims)
        n = min(len(data) // ENTRY.itemsize, size)
        entries = np.frombuffer(data, dtype=ENTRY, count=n)
        if n:
            mapped = np.memmap(path.with_suffix(".vectors"), np.float32, "r", shape=(n, n_dims))
            return entries, mapped
    except OSError:  # removed by another process between listing and reading
        pass
    return np.empty(0, dtype=ENTRY), np.empty((0, n_dims), dtype=np.float32)


def _whole(entries: AnyArray, vectors: FloatArray, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the rows whose vector is the one that was written."""
    good = np.empty(len(rows), dtype=bool)
    for start in range(0, len(rows), BLOCK_ROWS):
        part = rows[start : start + BLOCK_ROWS]
        sums = checksums(entries[part], _taken(vectors, part))
        good[start : start + BLOCK_ROWS] = sums == entries["check"][part]
    return rows[good]


def _taken(vectors: FloatArray, rows: NDArray[np.int64]) -> FloatArray:
    """Some rows, ascending; no copy where none is left out."""
    if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
        return np.asarray(vectors[rows[0] : rows[-1] + 1])
    return np.asarray(vectors[rows])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _touch(path: Path) -> None:
    """Record that a segment was used; a read-only cache still works."""
    try:
        os.utime(path)
    except OSError:
        pass


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".vectors").unlink(missing_ok=True)


def evict(root: Path, limit: int) -> None:
    """Delete the segments used longest ago until the cache is within its limit."""
    segments = []
    for path in root.glob("*/*.keys"):
        size = _size(path) + _size(path.with_suffix(".vectors"))
        segments.append((path.stat().st_mtime, size, path))
    for path in root.glob("*/*.vectors"):
        orphan = not path.with_suffix(".keys").exists()
        if orphan and path.stat().st_mtime < time.time() - QUIET_SECONDS:
            path.unlink(missing_ok=True)
    total = sum(size for _, size, _ in segments)
    for _, size, path in sorted(segments):
        if total <= limit:
            break
        _delete(path)
        total -= size


def unusable(root: Path, error: OSError | None = None) -> str:
    """Why a folder cannot hold the cache, and what to do; "" if it can.

    Parameters
    ----------
    root : of the cache
    error : what went wrong, where something did
    """
    there = next(path for path in (root, *root.absolute().parents) if path.exists())
    if not there.is_dir():
        why = f"{there} is a file, not a folder"
    elif not os.access(there, os.W_OK | os.X_OK):
        why = f"{there} is not writable"
    elif error is not None:
        why = f"{root}: {error.strerror or error}"
    else:
        return ""
    cure = "set SHOAL_CACHE to a writable folder, or free some disk space"
    return f"{why}. Only the next run's speed suffers; {cure}"


def holdings(root: Path) -> list[Holding]:
    """The cached vectors of each model, most recently used first."""
    out = []
    for info in root.glob("*/model.json"):
        paths = list(info.parent.glob("*.keys"))
        size = sum(_size(p) + _size(p.with_suffix(".vectors")) for p in paths)
        rows = sum(_size(p) // ENTRY.itemsize for p in paths)
        used = max((p.stat().st_mtime for p in paths), default=info.stat().st_mtime)
        name = str(json.loads(info.read_text(encoding="utf-8"))["name"])
        out.append(Holding(name, rows, size, used, info.parent))
    return sorted(out, key=lambda holding: -holding.used)
