"""Files of pictures, alone or in a folder: one picture a file, found but not yet decoded."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from shoal.data.pictures import ENDINGS, is_image_head
from shoal.errors import BadInput
from shoal.parts.readers.folder import files_below
from shoal.parts.readers.table import Table

SAMPLE_FILES = 200
HEAD_BYTES = 16
SHOWN = 3


def looks_like_picture(path: Path) -> bool:
    """Whether a file is a picture by its ending or, if that says nothing, its first bytes."""
    if path.suffix.lower() in ENDINGS:
        return True
    try:
        if not path.is_file():  # a pipe would wait for its writer
            return False
        with path.open("rb") as file:
            return is_image_head(file.read(HEAD_BYTES))
    except OSError:
        return False


def holds_pictures(folder: Path) -> bool:
    """Whether at least half of the files below a folder are pictures; of many, of a sample."""
    files = files_below(folder)
    some = files[:: -(-len(files) // SAMPLE_FILES) or 1]
    return bool(some) and 2 * sum(map(looks_like_picture, some)) >= len(some)


def read_pictures(source: Path, *, name: str = "") -> Table:
    """Find every picture below a folder, or take one file.

    Returns
    -------
    Table with columns id (the path below the folder), path and folder; files that do not even
    look like a picture are left out and noted

    Raises
    ------
    BadInput : if there is no picture
    """
    name = name or str(source)
    whole = source.is_dir()
    files = files_below(source) if whole else [source]
    chosen = [path for path in files if looks_like_picture(path)] if whole else files
    if not chosen:
        raise BadInput(
            f"none of the {len(files)} files in {name} is a picture. Give a folder of pictures."
        )
    below = [path.relative_to(source) if whole else Path(path.name) for path in chosen]
    columns = {
        "id": [_plain(path.as_posix()) for path in below],
        "path": [_plain(str(path.absolute())) for path in chosen],
        "folder": [_plain(path.parent.as_posix()) for path in below],
    }
    table = pa.table({key: pa.array(v, pa.large_string()) for key, v in columns.items()})
    taken = set(chosen)
    others = [path.name for path in files if path not in taken]
    notes = []
    if others:
        info = ", ".join(others[:SHOWN]) + (" and others" if len(others) > SHOWN else "")
        notes.append(f"{name}: {len(others):,} files that are no pictures were left out: {info}.")
    return Table(table, "pictures", notes=tuple(notes))


def _plain(text: str) -> str:
    """A path as text that any file can hold; what is no text in it is replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")
