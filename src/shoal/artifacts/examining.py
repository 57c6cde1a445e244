"""Check the files of a run: each is read in full and compared with the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shoal.artifacts.files import is_as_written
from shoal.artifacts.folder import RunFolder
from shoal.artifacts.run_info import lacking
from shoal.artifacts.whole_files import CURE, INFO
from shoal.data.entries import Entry
from shoal.errors import BrokenRun, NotTrusted
from shoal.numerics.arrays import AnyArray
from shoal.numerics.blocks import STREAM_ROWS, slices
from shoal.recipe import Recipe
from shoal.storage import digests, run_files
from shoal.storage.npz import map_npz

EDITS = run_files.EDITS
NEEDED = (
    run_files.RECIPE,
    run_files.ITEMS,
    run_files.ASSIGNMENTS,
    run_files.CLUSTERS,
    run_files.EVALUATION,
    run_files.EMBEDDINGS,
    run_files.NEIGHBORS,
    run_files.CONTENTS,
    run_files.CLUSTERING,
    run_files.LIMITS,
    run_files.REDUCER,
)
"""Files that every finished run has."""
OF_PEOPLE = (run_files.RECIPE, run_files.TUNE)
"""Files that people or other commands may have changed."""
CLUSTER_KEYS = {"cluster": int, "title": str, "keywords": list, "size": int, "typical": list}
EVALUATION_KEYS = {"reason": str, "scores": list, "layers": list}


def examine(path: Path) -> dict[str, str]:
    """What is wrong with a run folder.

    Parameters
    ----------
    path : the run folder

    Returns
    -------
    Name of each damaged file -> what is wrong with it; nothing where all is well

    Raises
    ------
    BrokenRun : if there is no run
    """
    folder = RunFolder(path)
    if not path.is_dir() or (not folder.is_run and not (path / run_files.RECIPE).exists()):
        raise BrokenRun(f"{path} is not a shoal run. {CURE}")
    skipped = ("folders",)
    found = {
        odd.relative_to(path).as_posix(): "it is not a regular file"
        for odd in digests.odd_files(path, skipped)
    }
    info, why = _info(folder)
    if why:
        found.setdefault(INFO, why)
    elif not found:
        _check_finished(folder)
    for name, reason in folder.damages().items():
        if name not in OF_PEOPLE:
            found.setdefault(name, reason)
    n_rows = info.get("counts", {}).get("rows") if isinstance(info.get("counts"), dict) else None
    there = set(folder.names()) | {EDITS} & set(name.name for name in path.iterdir())
    for name in sorted(there | set(NEEDED)):
        if name not in found and (why := _wrong(path / name, name, n_rows)):
            found[name] = why
    for name, reason in examine(path / "passages").items() if _has_passages(path) else ():
        found[f"passages/{name}"] = reason
    return dict(sorted(found.items()))


def changed(path: Path) -> list[str]:
    """Files that users may edit and that differ from what shoal wrote."""
    folder = RunFolder(path)
    return [name for name in folder.damages() if name in OF_PEOPLE and (path / name).is_file()]


def _check_finished(folder: RunFolder) -> None:
    """Raise if a run was never finished; links out of it are asked about elsewhere."""
    try:
        folder.finished()
    except NotTrusted:
        pass


def _has_passages(path: Path) -> bool:
    return (path / "passages" / INFO).is_file()


def _info(folder: RunFolder) -> tuple[Entry, str]:
    """Read run.json as far as possible, and say what is wrong."""
    if not folder.is_run:
        return {}, "it is not a regular file" if (folder / INFO).exists() else "it is missing"
    try:
        info = json.loads((folder / INFO).read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        return {}, str(error)
    if not isinstance(info, dict):
        return {}, f"it holds a {type(info).__name__}"
    key = lacking(info)
    why = f"{key} is missing from it" if key else ""
    if not why and not is_as_written(info):
        why = "it was changed after it was written"
    return info, why


def _wrong(path: Path, name: str, n_rows: int | None) -> str:
    """Check the content of one file."""
    if not path.is_file():
        return "it is missing"
    check: Callable[[Path, str, int | None], Iterator[str]] | None
    check = {".json": _json, ".parquet": _parquet, ".npy": _npy, ".npz": _npz}.get(path.suffix)
    check = {EDITS: _edits, run_files.RECIPE: _recipe}.get(name, check)
    try:
        return next(check(path, name, n_rows), "") if check else ""
    # each library raises its own errors for damaged files
    except (Exception, RecursionError) as error:
        return " ".join(str(error).split())[:200] or type(error).__name__


def _json(path: Path, name: str, n_rows: int | None) -> Iterator[str]:
    info = json.loads(path.read_bytes())
    if not isinstance(info, dict):
        yield f"it holds a {type(info).__name__}, not an object"
        return
    if name == run_files.CLUSTERS:
        for place, entry in enumerate(info["clusters"]):
            yield from _lacking(entry, CLUSTER_KEYS, f"entry {place}")
    if name == run_files.EVALUATION:
        yield from _lacking(info, EVALUATION_KEYS, "it")


def _lacking(info: Any, keys: Mapping[str, type], what: str) -> Iterator[str]:
    if not isinstance(info, dict):
        yield f"{what} is not an object"
        return
    for key, kind in keys.items():
        if not isinstance(info.get(key), kind):
            yield f"{what} has no {key}"


def _parquet(path: Path, name: str, n_rows: int | None) -> Iterator[str]:
    with pq.ParquetFile(path) as file:
        names = set(file.schema_arrow.names)
        needed = {run_files.ITEMS: {"id"}, run_files.ASSIGNMENTS: {"id", "cluster", "strength"}}
        for column in sorted(needed.get(name, set()) - names):
            yield f"it has no column {column}"
        if name in (*needed, run_files.THUMBNAILS) and n_rows not in (None, file.metadata.num_rows):
            yield f"it has {file.metadata.num_rows:,} rows, but the run has {n_rows:,}"
        for batch in file.iter_batches(1 << 14):
            batch.validate(full=True)
            if name == run_files.ASSIGNMENTS and not pa.types.is_integer(batch["cluster"].type):
                yield "its clusters are not whole numbers"


def _npy(path: Path, name: str, n_rows: int | None) -> Iterator[str]:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.ndim != 2 or array.dtype != np.float32:
        yield f"it holds a {array.ndim}-D array of {array.dtype}, not vectors"
        return
    if name == run_files.EMBEDDINGS and n_rows not in (None, len(array)):
        yield f"it has {len(array):,} rows, but the run has {n_rows:,}"
    for part in slices(len(array), STREAM_ROWS):
        if not np.isfinite(array[part]).all():
            yield f"rows {part.start:,} to {part.stop:,} hold a value that is not a number"


def _npz(path: Path, name: str, n_rows: int | None) -> Iterator[str]:
    with np.load(path, allow_pickle=False) as file:  # this reads the checksums of a zip
        for key in file.files:
            file[key]
    arrays = map_npz(path)
    if name == run_files.NEIGHBORS:
        if n_rows not in (None, len(arrays["rows"])):
            yield f"it has {len(arrays['rows']):,} rows, but the run has {n_rows:,}"
        yield from _outside(arrays["rows"], len(arrays["rows"]), "a neighbor")
        if arrays["distances"].shape != arrays["rows"].shape:
            yield "its neighbors and distances do not match"
    if name == run_files.CONTENTS:
        for key in ("first", "rows"):
            yield from _outside(arrays[key], len(arrays["first"]), "a row")
        if n_rows not in (None, len(arrays["first"])):
            yield f"it has {len(arrays['first']):,} rows, but the run has {n_rows:,}"
    if name == run_files.CLUSTERING:
        n = len(arrays["labels"])
        shapes = (arrays["strengths"].shape, arrays["layers"].shape[1:])
        if shapes != ((n,), (n,)) or not 0 <= int(arrays["chosen"]) < len(arrays["layers"]):
            yield "its labels and layers do not match"


def _outside(rows: AnyArray, n: int, what: str) -> Iterator[str]:
    if len(rows) and (rows.min() < -1 or rows.max() >= n):
        yield f"{what} is not one of the {n:,} rows"


def _edits(path: Path, name: str, n_rows: int | None) -> Iterator[str]:
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            info = json.loads(line)
            sound = isinstance(info, dict)
        except (ValueError, RecursionError):
            sound = False
        if sound and number > 1:  # the first says whose edits they are
            sound = isinstance(info.get("op"), str) and isinstance(info.get("version"), int)
        if not sound:
            yield f"line {number} is not an edit"


def _recipe(path: Path, name: str, n_rows: int | None) -> Iterator[str]:
    Recipe.from_file(path)
    yield from ()
