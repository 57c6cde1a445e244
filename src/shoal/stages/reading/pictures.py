"""Pictures: a folder of them, or a column of paths or of the bytes of files."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import pyarrow as pa

from shoal.data.names import path_named, shown_name
from shoal.data.pictures import (
    ENDINGS,
    HEIC_MISSING,
    Picture,
    Unreadable,
    is_image_head,
    read_picture,
    require_pillow,
)
from shoal.errors import BadInput, MissingExtra, UnknownPart
from shoal.numerics.blocks import ordered_map
from shoal.parts.readers.columns import as_texts
from shoal.parts.readers.table import Table, is_text
from shoal.progress import Progress
from shoal.stages.assigning import content_key
from shoal.stages.reading.contents import Contents, find_repeats, text_column

BATCH = 32
"""Pictures decoded by one thread before it takes the next ones."""
SAMPLE_ROWS = 50
TRIED = 12
"""Pictures that are read to see whether there are some."""
SHOWN_RANGES = 3
MISSING = "missing picture"
NO_TEXT = "titles come from folders, what the pictures show, and colors; --text names a text column"
DATA_URI = re.compile(r"data:image/[\w.+-]+;base64,", re.IGNORECASE)


def take_pictures(
    table: Table,
    params: Mapping[str, Any],
    sources: Sequence[Path],
    progress: Progress,
    chosen: str | None,
) -> Contents | None:
    """The pictures of a table, each decoded once; None where there are none to cluster by.

    Parameters
    ----------
    table : what was read
    params : image (the column), text (the column of what a person reads)
    sources : the files of the table: paths in it may be relative to their folders
    progress : advanced once for each picture
    chosen : the column, where the table is one of pictures

    Raises
    ------
    UnknownPart : if there is no column of that name
    BadInput : if the column holds neither paths nor bytes
    MissingExtra : if Pillow is not installed
    """
    name, why = _choose(table, params, chosen)
    if name is None:
        return None
    found, paths = pictures_of(table, name, sources, progress)
    text_name, text_why = named_text(table, params)
    repeats = find_repeats(
        ((None, content_key(p)) if isinstance(p, Picture) else (p, b"") for p in found),
        table.problems,
    )
    return Contents(
        modality="image",
        contents=[p if isinstance(p, Picture) else None for p in found],
        repeats=repeats,
        wanted="a picture that can be read.",
        used=(name, text_name),
        about={"text": text_name, "text_reason": text_why, "image": name, "image_reason": why},
        texts=None if text_name is None else as_texts(table.columns[text_name]),
        columns={"path": paths},
        notes=_of_ranges(found),
    )


def _of_ranges(found: Sequence[Picture | str]) -> tuple[str, ...]:
    """A sentence about pictures whose range of numbers was stretched, and one about HEIC."""
    ranges = Counter(p.stretched for p in found if isinstance(p, Picture) and p.stretched)
    notes = []
    if ranges:
        info = ", ".join(f"{n:,} use {range_}" for range_, n in ranges.most_common(SHOWN_RANGES))
        more = " and others" if len(ranges) > SHOWN_RANGES else ""
        notes.append(
            f"{sum(ranges.values()):,} pictures use only part of their format's brightness "
            f"range and were stretched to all of it: {info}{more}."
        )
    lacking = sum(p == HEIC_MISSING for p in found)
    if lacking:
        notes.append(
            f"{lacking:,} HEIC pictures cannot be read without the package 'pi-heif': "
            "pip install 'shoal[heif]'"
        )
    return tuple(notes)


def named_text(table: Table, params: Mapping[str, Any]) -> tuple[str | None, str]:
    """The text column beside pictures, and why: none is guessed, as paths look like texts."""
    text = params.get("text")
    return (None, NO_TEXT) if text is None else text_column(table, text, needed=True)


def shown_pictures(
    table: Table, name: str, sources: Sequence[Path], progress: Progress
) -> tuple[list[Picture | None], dict[str, Any], tuple[str, ...]]:
    """Pictures that are only shown, their files, and a note on unreadable ones."""
    if name not in table.columns.column_names:
        raise UnknownPart.among("column (asked for by --image)", name, table.columns.column_names)
    found, files = pictures_of(table, name, sources, progress)
    wrong = [(row, p) for row, p in enumerate(found) if isinstance(p, str) and p != MISSING]
    notes: tuple[str, ...] = ()
    if wrong:
        row, why = wrong[0]
        notes = (f"{len(wrong):,} pictures cannot be shown, the first in row {row}: {why}.",)
    return [p if isinstance(p, Picture) else None for p in found], {"path": files}, notes


def pictures_of(
    table: Table, name: str, sources: Sequence[Path], progress: Progress
) -> tuple[list[Picture | str], Any]:
    """The pictures of a column, or why there is none, and an Arrow column of their files."""
    require_pillow()
    table.check_everywhere(name)
    folders = [Path(), *dict.fromkeys(path.parent for path in sources)]
    places = [_place(value, folders) for value in _values(table, name)]
    progress.start("read", len(places))
    found = list(_read(places, progress))
    paths = [shown_name(str(p.absolute())) if isinstance(p, Path) else None for p in places]
    return found, pa.array(paths, pa.large_string())


def _choose(table: Table, params: Mapping[str, Any], chosen: str | None) -> tuple[str | None, str]:
    """Name of the column of pictures and why; None where there is none."""
    wanted, names = params.get("image"), table.columns.column_names
    if wanted is not None:
        if wanted not in names:
            raise UnknownPart.among("column (asked for by --image)", wanted, names)
        return wanted, "named by you"
    if table.kind == "pictures":
        return "path", "the source consists of picture files"
    if chosen is None or params.get("text") is not None:
        return None, ""
    return chosen, "it holds pictures, or paths of them"


def readable_share(table: Table, name: str, sources: Sequence[Path]) -> float:
    """Share of a sample of the pictures of a column that are here and can be read."""
    column = table.columns[name]
    known = [value for value in column[:: max(len(column) // SAMPLE_ROWS, 1)].to_pylist() if value]
    folders = [Path(), *dict.fromkeys(path.parent for path in sources)]
    tried = known[:: max(len(known) // TRIED, 1)]
    hits = sum(_is_readable(_place(value, folders)) for value in tried)
    return hits / max(len(tried), 1)


def _is_readable(place: Path | bytes | str) -> bool:
    if isinstance(place, str) or (isinstance(place, Path) and not place.is_file()):
        return False
    try:
        return not isinstance(_one(place), str)
    except MissingExtra:  # reading all of them reports what to install
        return True


def holds_pictures(column: Any) -> bool:
    """Whether all of a sample of a column's entries are pictures by their beginning or ending."""
    step = max(len(column) // SAMPLE_ROWS, 1)
    if not (is_text(column.type) or _is_binary(column.type) or _is_struct(column.type)):
        return False
    some = [value for value in column[::step].to_pylist() if value]
    for value in map(_inner, some):
        if isinstance(value, bytes):
            if not is_image_head(value[:16]):
                return False
        elif not isinstance(value, str) or not (
            Path(value[:1000]).suffix.lower() in ENDINGS or DATA_URI.match(value)
        ):
            return False
    return bool(some)


def _is_binary(kind: Any) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_struct(kind: Any) -> bool:
    """Whether rows hold a picture as data sets of Hugging Face do: its bytes and its path."""
    return bool(pa.types.is_struct(kind)) and {"bytes", "path"} == {field.name for field in kind}


def _values(table: Table, name: str) -> list[Any]:
    column = table.columns[name]
    if not (is_text(column.type) or _is_binary(column.type) or _is_struct(column.type)):
        raise BadInput(
            f"column {name!r} ({column.type}) holds no pictures. Name a column of file paths "
            "or image bytes."
        )
    return list(column.to_pylist())


def _inner(value: Any) -> Any:
    """The bytes of a struct of bytes and path, or its path; anything else as it is."""
    return (value["bytes"] or value["path"]) if isinstance(value, dict) else value


def _place(value: Any, folders: Sequence[Path]) -> Path | bytes | str:
    """Where a picture is: its file, or its bytes; or, as text, why there is none."""
    value = _inner(value)
    if not value or (isinstance(value, str) and not value.strip()):
        return MISSING
    if isinstance(value, bytes):
        return value
    uri = DATA_URI.match(value)
    if uri:
        try:
            return base64.b64decode(value[uri.end() :], validate=True)
        except (binascii.Error, ValueError):
            return "damaged: not valid base64"
    if _is_on_share(value.strip()):
        return "on another machine, which a cell cannot name"
    path = Path(value.strip())
    try:
        places = (path_named(str(folder / path)) for folder in folders)
        return next((at for at in places if at.is_file()), path)
    except (OSError, ValueError):  # too long for a name, or with a zero in it
        return "not a file path"


def _is_on_share(text: str) -> bool:
    r"""Whether a path is that of another machine, as \\host\share\a.png is to Windows.

    To look whether the file is there would send that machine the name and a hash of its user.
    """
    windows = os.name == "nt" and PureWindowsPath(text).drive.startswith(("\\\\", "//"))
    return windows or text.startswith("\\\\")


def _read(places: Sequence[Path | bytes | str], progress: Progress) -> Iterator[Picture | str]:
    """The picture at each place, or why it cannot be used."""
    starts = range(0, len(places), BATCH)
    for part in ordered_map(lambda at: [_one(p) for p in places[at : at + BATCH]], starts):
        progress.advance(len(part))
        yield from part


def _one(place: Path | bytes | str) -> Picture | str:
    if isinstance(place, str):
        return place
    try:
        return read_picture(place)
    except Unreadable as error:
        return str(error)
