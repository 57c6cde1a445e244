"""Which row of one run is which row of the other: by id, by content, or by position."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.numerics.partitions.matching import Rows, matched

WAYS = ("auto", "id", "content", "position")


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What is compared of a run; one entry per row of its input.

    Parameters
    ----------
    name : what the run is called
    ids : pyarrow array (n_rows,)
    id_column : the column of the source they came from, "" where rows were only numbered
    contents : pyarrow array (n_rows,) of texts or paths, None where the run keeps none
    labels : (n_rows,) int32, -1 for no cluster
    usable : (n_rows,) bool
    titles : of the clusters
    sources : where the rows came from, empty if that is not known
    numbers : (n_clusters,) what the run calls its clusters, where edits left gaps; else empty
    """

    name: str
    ids: pa.Array
    id_column: str
    contents: pa.Array
    labels: NDArray[np.int32]
    usable: NDArray[np.bool_]
    titles: tuple[str, ...]
    sources: tuple[str, ...]
    numbers: tuple[int, ...] = ()

    def numbered(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Labels as the run itself has them, -1 for no cluster."""
        if not self.numbers:
            return labels
        return np.array([*self.numbers, -1], dtype=np.int32)[labels]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each cluster, (n_clusters,)."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.titles))


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Rows that belong together.

    Parameters
    ----------
    by : "id", "content" or "position"
    reason : why so, as part of a sentence
    before, after : (n_matched,) rows of both runs, usable in both
    same_content : pairs with the same content, None where a run keeps no contents
    """

    by: str
    reason: str
    before: Rows
    after: Rows
    same_content: int | None

    def __len__(self) -> int:
        return len(self.before)

    @property
    def doubt(self) -> str:
        """A warning if matched rows have different contents, "" if none do."""
        if self.same_content is None or self.same_content == len(self):
            return ""
        other = len(self) - self.same_content
        info = (
            f"{other:,} of the {len(self):,} matched rows have different contents in the two runs"
        )
        if 2 * other <= len(self):
            return info
        return (
            f"{info}. Either they were edited, or these are different data that only share "
            f"{'ids' if self.by == 'id' else 'positions'}, and the comparison is meaningless. "
            "--by content matches equal contents only"
        )


def distinct_names(one: Path, other: Path) -> tuple[str, str]:
    """The shortest endings of two paths that differ."""
    depth = 1
    while one.parts[-depth:] == other.parts[-depth:] and depth < len(one.parts):
        depth += 1
    depth = 1 if one == other else depth
    return "/".join(one.parts[-depth:]), "/".join(other.parts[-depth:])


def match(before: Side, after: Side, by: str = "auto") -> Match:
    """Find which rows of two runs belong together.

    Equal ids, or equal contents, are paired in their order: the k-th with the k-th.

    Parameters
    ----------
    before, after : the runs
    by : "id", "content", "position", or "auto": by id if both runs have ids and at least half of
        the rows matched so have the same content; else by content, if that matches half of the
        smaller run; else by id after all, if both have ids, as rows may have been edited; else
        by position if both were made of the same sources

    Raises
    ------
    BadInput : if the runs cannot be matched in that way, or have no row in common
    """
    if by not in WAYS:
        raise BadInput(f"by must be one of {', '.join(WAYS)}, got {by!r}.")
    found = _auto(before, after) if by == "auto" else _in_one_way(before, after, by)
    if not len(found):
        way = "by id, content or position" if by == "auto" else f"by {by}"
        raise BadInput(
            f"{before.name} and {after.name} have no rows in common {way}. Compare two runs "
            "of the same rows, such as one file clustered in two ways."
        )
    return found


def _auto(before: Side, after: Side) -> Match:
    found = None
    with_contents = before.contents is not None and after.contents is not None
    if before.id_column and after.id_column:
        names = dict.fromkeys((before.id_column, after.id_column))
        info = ", ".join(f"column {name!r}" for name in names)
        found = _paired(before, after, "id", f"both have ids ({info})")
        if len(found) and (found.same_content is None or 2 * found.same_content >= len(found)):
            return found
    if with_contents:
        info = "not both have ids" if found is None else "the same ids have different contents"
        by_content = _paired(before, after, "content", info)
        # other contents under the same ids are edited rows, unless the contents are elsewhere
        least = 1 if not found else min(before.usable.sum(), after.usable.sum()) / 2
        if len(by_content) >= least:
            return by_content
    if found:
        return found
    if before.sources == after.sources != () and len(before.ids) == len(after.ids):
        return _paired(before, after, "position", "both were made from the same source")
    nothing = np.empty(0, dtype=np.int64)
    return Match("", "", nothing, nothing, None)


def _in_one_way(before: Side, after: Side, by: str) -> Match:
    for side in (before, after):
        if by == "id" and not side.id_column:
            raise BadInput(f"{side.name} has no ids. Match by content or by position.")
        if by == "content" and side.contents is None:
            raise BadInput(f"{side.name} holds no texts or paths. Match by id or by position.")
    if by == "position" and len(before.ids) != len(after.ids):
        raise BadInput(
            f"{before.name} has {len(before.ids):,} rows, but {after.name} has "
            f"{len(after.ids):,}. Matching by position needs equally many. Match by id or by "
            "content."
        )
    return _paired(before, after, by, "as requested")


def _paired(before: Side, after: Side, by: str, reason: str) -> Match:
    ours, theirs = np.nonzero(before.usable)[0], np.nonzero(after.usable)[0]
    if by == "position":
        rows = np.nonzero(before.usable & after.usable)[0]
        left, right = rows, rows
    else:
        columns = (before.ids, after.ids) if by == "id" else (before.contents, after.contents)
        left, right = matched(*_keys(columns[0].take(ours), columns[1].take(theirs)))
        left, right = ours[left], theirs[right]
    same = None
    if before.contents is not None and after.contents is not None:
        keys = _keys(before.contents.take(left), after.contents.take(right))
        same = int((keys[0] == keys[1]).sum())
    return Match(by, reason, left.astype(np.int64), right.astype(np.int64), same)


def _keys(one: pa.Array, other: pa.Array) -> tuple[Rows, Rows]:
    """Whole numbers that are equal where two columns hold the same text."""
    texts = [_as_text(column) for column in (one, other)]
    codes = pa.concat_arrays(texts).dictionary_encode().indices.fill_null(-1)
    found = np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64) + 1
    return found[: len(one)], found[len(one) :]


def _as_text(column: pa.Array) -> pa.Array:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    try:
        return whole.cast(pa.large_string())
    except pa.ArrowException:  # ids may be lists
        return pa.array([str(value) for value in whole.to_pylist()], pa.large_string())
