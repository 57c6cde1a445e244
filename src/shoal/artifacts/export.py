"""Export one folder per cluster, with links to its pictures or copies of them."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE
from shoal.data.entries import ReadEntry
from shoal.data.names import path_named, shown_name
from shoal.errors import BadInput, OutputExists
from shoal.numerics.arrays import IntArray
from shoal.storage.trust import check_copied

WAYS = ("folders", "copies")
"""What `--export` takes: folders of links, or of copies."""
MARK = ".shoal-folders"
"""Lies in what was written here, so that only that is ever removed."""
NO_CLUSTER = "no cluster"
NAME_CHARS = 60
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
"""Names that Windows gives to devices."""


def write_folders(
    run: SavedRun,
    labels: IntArray,
    clusters: Sequence[ReadEntry],
    target: Path | None = None,
    *,
    copies: bool = False,
    force: bool = False,
) -> tuple[Path, int, int]:
    """Write a folder for each cluster of a run of pictures.

    Parameters
    ----------
    run : of pictures
    labels : (n_rows,) the cluster of each row, -1 for none
    clusters : entries as in clusters.json
    target : where to; `folders` in the run folder when None
    copies : copy the files; else link to them
    force : write over what was written before

    Returns
    -------
    Where to, how many pictures are there, and how many files are gone or were no files

    Raises
    ------
    BadInput : if the run is not of pictures, or the system gives no links
    NotTrusted : if somebody else made the run and named the files, and nobody agreed to that
    OutputExists : if the target exists, and `force` is not given or it was not written here
    """
    if "path" not in run.item_names:
        raise BadInput(f"{run.path} is not a run of picture files, so there is nothing to export.")
    paths = run.item_column("path").to_pylist()
    check_copied(run.path, paths)
    out = run.path / "folders" if target is None else target
    _make_free(out, force=force)
    names = _folder_names(clusters)
    taken: set[tuple[str, str]] = set()
    written = absent = 0
    for path, label, usable in zip(paths, labels.tolist(), run.usable.tolist(), strict=True):
        if not usable:  # unreadable: it is told in the report
            continue
        source = None if path is None else path_named(path)
        if source is None or not source.is_file():
            absent += 1
            continue
        name = names[label]
        (out / name).mkdir(exist_ok=True)
        _place(source, out / name / _free_name(shown_name(source.name), name, taken), copies=copies)
        written += 1
    return out, written, absent


def _make_free(out: Path, *, force: bool) -> None:
    if out.exists():
        if not force:
            raise OutputExists(f"{out} exists. Choose another path, or add --force (force=True).")
        if not (out / MARK).is_file():
            raise OutputExists(f"{out} was not written by shoal. Choose another path.")
        shutil.rmtree(out)  # removes the links, not their targets
    out.mkdir(parents=True)
    (out / MARK).touch()


def _folder_names(clusters: Sequence[ReadEntry]) -> dict[int, str]:
    """Label -> name of its folder: its number, so that they sort, and its title."""
    digits = len(str(max(len(clusters) - 1, 0)))
    names = {NOISE: NO_CLUSTER}
    for entry in clusters:
        label = int(entry["cluster"])
        names[label] = f"{label:0{digits}d} {safe_name(str(entry['title']))}".strip()
    return names


def safe_name(text: str) -> str:
    """A text as part of a file's name on any system; empty if nothing of it can be."""
    plain = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    plain = re.sub(r'[<>:"/\\|?*]', "-", plain)
    return re.sub(r"\s+", " ", plain).strip(" .")[:NAME_CHARS].strip(" .")


def _free_name(name: str, folder: str, taken: set[tuple[str, str]]) -> str:
    """A name that no other file of the folder has, also where capitals do not count."""
    stem, ending = os.path.splitext(name)
    stem = safe_name(stem) or "picture"
    stem = f"_{stem}" if stem.lower() in RESERVED else stem
    new, n = f"{stem}{ending}", 1
    while (folder, new.lower()) in taken:
        n += 1
        new = f"{stem} ({n}){ending}"
    taken.add((folder, new.lower()))
    return new


def _place(source: Path, at: Path, *, copies: bool) -> None:
    if copies:
        shutil.copy2(source, at)
        return
    try:
        at.symlink_to(source)
    except OSError as error:
        raise BadInput(
            f"links cannot be made here ({error.strerror}). Use --export copies."
        ) from error
