"""Compare another table or run with the rows of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from shoal import stages
from shoal.analysis.overlap import Overlap, near_matches, overlap_of
from shoal.artifacts.assigner import CELLS, load_assigner
from shoal.artifacts.run_info import RunInfo
from shoal.artifacts.saved import SavedRun
from shoal.data import FloatArray, IntArray, Items
from shoal.errors import BadInput
from shoal.numerics.blocks import DISTANCE_ROWS, slices
from shoal.numerics.duplicates.exact import KeyLookup
from shoal.numerics.neighbors import nearest
from shoal.parts.embedders.base import Embedder
from shoal.progress import Progress
from shoal.run.frames import settled
from shoal.run.predict import read_as_run, run_embedder, unit_vectors
from shoal.stages.assigning import distinct_keys
from shoal.stages.vectors import transform_blocks
from shoal.storage.trust import check_copied

PIECE_ROWS = 1 << 14
"""Rows of the other table whose vectors and candidates are held at once."""
LIMIT = ("limit", "gap", "by")


def find_overlap(
    run: SavedRun,
    other: Any,
    read: Mapping[str, Any],
    *,
    embedder: Embedder | None,
    progress: Progress,
) -> Overlap:
    """Find the rows of another table that are nearly or exactly the same as one of the run.

    Parameters
    ----------
    run : whose rows are repeated
    other : the folder of another run, or what `stages.read` takes
    read : text, image, vectors, id, as of `predict_rows`
    embedder : the run's own, if it was made with one that is no part
    progress : advanced once for each content

    Raises
    ------
    BadInput : if the two are of different kinds, or the run itself is given
    """
    theirs = _read_other(run, other, read, progress)
    ours, keys = _own(run, progress)
    limit = {name: run.near_duplicates[name].item() for name in LIMIT}
    known = KeyLookup(keys).of(_keys(theirs, other))
    distinct = theirs.distinct
    stands_in = np.full(len(theirs), -1, dtype=np.int32)
    similarity = np.zeros(len(theirs), dtype=np.float32)
    same = known >= 0
    stands_in[distinct[same]], similarity[distinct[same]] = ours.distinct[known[same]], 1.0
    new = np.flatnonzero(~same)
    if len(new):
        part = run_embedder(run, theirs, embedder)
        search = _Search(run, ours)
        progress.start("embed", len(new))
        for piece in slices(len(new), PIECE_ROWS):
            rows = distinct[new[piece]]
            contents = stages.contents_of(theirs, rows)
            pairs = search.pairs(rows, unit_vectors(run, contents, part, progress))
            near, alike = near_matches(ours, theirs, pairs, limit["limit"])
            stands_in[rows], similarity[rows] = near[rows], alike[rows]
    places = theirs.places
    spread = theirs.spread(stands_in[distinct], -1)
    return overlap_of(
        ours,
        theirs,
        spread,
        theirs.spread(similarity[distinct], 0.0),
        np.where(places >= 0, same[places] if len(same) else False, False),
        limit,
    )


class _Search:
    """Looks for the rows of a run that are nearest to new vectors.

    Parameters
    ----------
    run : whose rows are looked for
    ours : its rows
    """

    def __init__(self, run: SavedRun, ours: Items) -> None:
        self._vectors = run.embeddings
        self._k = int(run.recipe.stages["neighbors"]["k"])
        self._assigner = None
        self._rows = ours.distinct
        if run.folder.has(CELLS):  # of so many rows not all pairs are compared
            self._assigner = load_assigner(run)
            self._rows = run.distinct
            self._base = self._assigner.base
        else:
            every = len(self._rows) == len(self._vectors)
            self._base = self._vectors if every else np.asarray(self._vectors[self._rows])

    def pairs(self, rows: IntArray, unit: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Rows of the run, each with one of the `rows` that it is near to, and their cosines."""
        k = min(max(self._k, 1), len(self._rows))
        if self._assigner is not None and self._assigner.index is not None:
            reduced = transform_blocks(self._assigner.reducer, unit)
            places, _ = self._assigner.index.nearest(reduced, self._base, k)
        else:
            places, _ = nearest(unit, self._base, k)
        ours = self._rows[places]
        cosines = np.concatenate(
            [
                np.einsum("ikd,id->ik", self._vectors[ours[part]], unit[part])
                for part in slices(len(ours), DISTANCE_ROWS)
            ]
        )
        return ours.ravel(), np.repeat(rows, k), cosines.ravel()


def _own(run: SavedRun, progress: Progress) -> tuple[Items, Any]:
    """The rows of the run, including repeats, and the keys of its distinct contents.

    Records are read from their table again, as nothing else keeps all of their cells.
    """
    if run.info["columns"].get("modality") == "record":
        _check_pictures(run, _pictures_in(run.info))
        items = read_as_run(run, run.items, {"id": "id"}, progress)
        return items, distinct_keys(items)
    return replace(run.as_items(), first=run.contents["first"]), run.contents["keys"]


def _read_other(run: SavedRun, other: Any, read: Mapping[str, Any], progress: Progress) -> Items:
    """The rows of the other table or run, as those of the run are read."""
    theirs = _as_run(other)
    if theirs is None:
        return read_as_run(run, settled(other), read, progress)
    if theirs.path.resolve() == run.path.resolve():
        raise BadInput(
            f"{other} is the run itself. To list the rows that repeat within the run, leave it out."
        )
    kind, their_kind = (one.info["columns"].get("modality", "text") for one in (run, theirs))
    if kind != their_kind:
        raise BadInput(
            f"the run is of kind {kind!r}, {other} of kind {their_kind!r}: nothing to match."
        )
    _check_pictures(theirs, ["path"] if kind == "image" else _pictures_in(run.info))
    wanted: dict[str, Any] = {"id": "id"}
    if kind == "text":
        wanted["text"] = "text"
    elif kind == "image":
        wanted["image"] = "path"
    elif kind == "vector":
        wanted["vectors"] = theirs.embeddings
    return read_as_run(run, theirs.items, wanted, progress)


def _pictures_in(info: RunInfo) -> list[str]:
    """The columns of pictures that a run of records was clustered by."""
    features = info["columns"].get("features", ())
    return [str(feature["name"]) for feature in features if feature["kind"] == "image"]


def _check_pictures(run: SavedRun, names: Sequence[str]) -> None:
    """Raise unless the files may be opened that the rows of a run name as their pictures."""
    for name in names:
        values = run.item_column(name).to_pylist() if name in run.item_names else ()
        check_copied(run.path, [value for value in values if isinstance(value, str)])


def _as_run(other: Any) -> SavedRun | None:
    """The run that was given, None where a source was."""
    path = other if isinstance(other, str | Path) else getattr(other, "path", None)
    run = SavedRun(Path(path)) if isinstance(path, str | Path) else None
    return run if run is not None and run.folder.is_run else None


def _keys(theirs: Items, other: Any) -> Any:
    """Keys of the other table's distinct contents."""
    run = _as_run(other)
    if run is None or theirs.modality != "vector":
        return distinct_keys(theirs)
    # vectors are kept at unit length, and known by what they were
    return run.content_keys[theirs.distinct]
