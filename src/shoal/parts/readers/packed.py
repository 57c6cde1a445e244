"""Compressed files and ZIP archives, unpacked into a temporary folder for reading."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from shoal.errors import BadInput
from shoal.parts.readers.decoding import opened

PIECE_BYTES = 1 << 20
MIN_BYTES = 2_000_000_000
"""What any archive may unpack to."""
MAX_RATIO = 200
"""How many times its size a larger one may unpack to: tables reach about 50, bombs 1000."""
MAX_FILES = 100_000
"""Files that an archive may hold."""
ENDINGS = (".gz", ".gzip", ".bz2", ".xz", ".lzma", ".zst", ".zstd", ".zip")
TABLES = frozenset(
    ".csv .tsv .tab .psv .jsonl .ndjson .json .parquet .pq .arrow .arrows .feather .ipc .npy .npz "
    ".safetensors .xlsx .xlsm .xlsb .xls .ods .db .sqlite .sqlite3 .duckdb".split()
)
"""Endings of the files of an archive that are tables."""


def packing_of(head: bytes, ending: str) -> str | None:
    """How a file is packed, by its first bytes: "gzip", "bzip2", "xz", "zstd", "zip" or None.

    Many formats, such as .xlsx, .npz and .docx, are ZIP archives too: only what is named so is one.
    """
    magics = {
        "gzip": b"\x1f\x8b\x08",
        "bzip2": b"BZh",
        "xz": b"\xfd7zXZ\0",
        "zstd": b"\x28\xb5\x2f\xfd",
        "zip": b"PK\x03\x04",
    }
    found = next((kind for kind, magic in magics.items() if head.startswith(magic)), None)
    if found == "zip" and ending not in ("", ".zip"):
        return None
    # BZh alone begins a word; what follows are the level and the magic of a block, or of the end
    if found == "bzip2" and head[4:10] not in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return None
    return found


def plain_name(name: str) -> str:
    """The name of a file without the ending that tells how it is packed."""
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in ENDINGS else name


def is_table(name: str) -> bool:
    """Whether a file in an archive is a table by its name."""
    return PurePosixPath(plain_name(name.lower())).suffix in TABLES


def holds_tables(source: Path | bytes) -> bool:
    """Whether at least half of the files in a ZIP archive are tables, or it cannot be opened."""
    try:
        with zipfile.ZipFile(_file(source)) as archive:
            names = [name for entry in archive.infolist() if (name := _name_of(entry))]
    except (zipfile.BadZipFile, OSError):
        return True  # what is wrong is told when it is unpacked
    return bool(names) and 2 * sum(map(is_table, names)) >= len(names)


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The path of a file in an archive that a person put there; "" of anything else."""
    parts = [p for p in PurePosixPath(entry.filename).parts if p not in ("/", "..", ".")]
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return "" if entry.is_dir() or hidden else "/".join(parts)


def check_unpacked(source: Path | bytes, name: str) -> None:
    """Refuse a ZIP archive that says itself that it is too large, before anything is unpacked.

    Raises
    ------
    BadInput : if it is
    """
    with _broken(name), zipfile.ZipFile(_file(source)) as archive:
        entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise BadInput(f"{name} holds {len(entries):,} files. Unpack it and cluster the folder.")
    _Budget(source, name).take(sum(entry.file_size for entry in entries))


@contextmanager
def unpacked(source: Path | bytes, name: str, packing: str) -> Iterator[tuple[Path, list[Path]]]:
    """A folder and the files in it that a packed file held, for as long as the block lasts.

    Parameters
    ----------
    source : the file or its bytes
    name : of it
    packing : as `packing_of` tells it

    Raises
    ------
    BadInput : if it is damaged, protected by a password, holds no file, or unpacks to so much that
        it may be made to fill the disk
    """
    with tempfile.TemporaryDirectory(prefix="shoal-", ignore_cleanup_errors=True) as place:
        folder, budget = Path(place), _Budget(source, name)
        if packing == "zip":
            check_unpacked(source, name)
            with _broken(name):
                found = _unzipped(source, name, folder, budget)
        else:
            target = folder / _safe(plain_name(name))
            with _broken(name), opened(source) as file, _stream(file, packing) as stream:
                _copy(stream, target, budget)
            found = [target]
        yield folder, found


def _safe(name: str) -> str:
    return name.rpartition("/")[2] or "data"


def _file(source: Path | bytes) -> Any:
    return io.BytesIO(source) if isinstance(source, bytes) else source


@contextmanager
def _broken(name: str) -> Iterator[None]:
    """Errors of libraries that unpack as one that says what is wrong."""
    try:
        yield
    except RuntimeError as error:  # of zipfile, for a password
        raise BadInput(
            f"{name} cannot be unpacked: {error}. Unpack it with another program."
        ) from error
    except (
        zipfile.BadZipFile,
        gzip.BadGzipFile,
        lzma.LZMAError,
        zlib.error,
        EOFError,
        ValueError,
        NotImplementedError,
        pa.ArrowException,
        OSError,
    ) as error:
        if isinstance(error, BadInput):
            raise
        why = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        raise BadInput(f"{name} cannot be unpacked: {why}. Create the archive again.") from error


def _stream(file: Any, packing: str) -> Any:
    """What a packed file unpacks to, as a stream."""
    makers: dict[str, Callable[[Any], Any]] = {
        "gzip": lambda f: gzip.GzipFile(fileobj=f),
        "bzip2": bz2.BZ2File,
        "xz": lzma.LZMAFile,
        "zstd": lambda f: pa.CompressedInputStream(pa.PythonFile(f, "r"), "zstd"),
    }
    return makers[packing](file)


class _Budget:
    """The remaining budget of bytes to unpack.

    Parameters
    ----------
    source : the file or its bytes
    name : for messages
    """

    def __init__(self, source: Path | bytes, name: str) -> None:
        self.name = name
        self.packed = len(source) if isinstance(source, bytes) else source.stat().st_size
        free = shutil.disk_usage(tempfile.gettempdir()).free
        self.most = min(max(MIN_BYTES, MAX_RATIO * self.packed), int(0.8 * free))
        self.left = self.most

    def take(self, n_bytes: int) -> None:
        """Count some bytes.

        Raises
        ------
        BadInput : if they are too many
        """
        self.left -= n_bytes
        if self.left < 0:
            raise BadInput(
                f"{self.name} has {self.packed / 1e6:,.1f} MB and unpacks to more than "
                f"{self.most / 1e9:.1f} GB, which is above shoal's limit. If that is correct, "
                "unpack it yourself and cluster the result."
            )


def _copy(stream: IO[bytes], target: Path, budget: _Budget) -> None:
    with target.open("wb") as out:
        while piece := stream.read(PIECE_BYTES):
            budget.take(len(piece))
            out.write(piece)


def _unzipped(source: Path | bytes, title: str, folder: Path, budget: _Budget) -> list[Path]:
    """The files of a ZIP archive that people put there, in the order of their names."""
    found = []
    with zipfile.ZipFile(_file(source)) as archive:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            name = _name_of(entry)
            if not name:
                continue
            target = folder / name.replace("\\", "_").replace(":", "_")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as stream:
                _copy(stream, target, budget)
            found.append(target)
    if not found:
        raise BadInput(f"{title} holds no files. Use an archive of a table or of text files.")
    return found
