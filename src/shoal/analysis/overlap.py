"""Rows of another table that a run has too: what two tables share, such as train and test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal import stages
from shoal.analysis.near_duplicates import rule_of, says_too_little
from shoal.data import FloatArray, IntArray, Items
from shoal.data.pictures import picture_in
from shoal.data.records import Column, Records
from shoal.numerics.arrays import AnyArray
from shoal.numerics.duplicates.pairs import matches
from shoal.parts.describers.looks import looks_of


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Which rows of another table are nearly or exactly the same as a row of a run.

    Parameters
    ----------
    table : pyarrow table: group, side, row, id, representative, similarity, exact, text. A group is
        a row of the run (side 0, the representative) and the rows of the other table that repeat
        it (side 1); the largest group comes first
    n_rows, n_unused : rows of the other table, and those of them that could not be read
    exact, near : how many of them repeat a row of the run, to the letter or nearly
    rule : what counts as nearly the same, in a sentence
    notes : what is to be said of the other table
    """

    table: pa.Table
    n_rows: int
    n_unused: int
    exact: int
    near: int
    rule: str
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows of the other table repeat one of the run."""
        return self.exact + self.near

    def __repr__(self) -> str:
        """The numbers in a line."""
        return (
            f"Overlap({self.rows:,} of {self.n_rows:,} rows are in the run: {self.exact:,} "
            f"exactly, {self.near:,} nearly)"
        )


def near_matches(
    ours: Items,
    theirs: Items,
    pairs: tuple[IntArray, IntArray, FloatArray],
    limit: float,
) -> tuple[IntArray, FloatArray]:
    """The row of a run that each row of another table is most like, if it is nearly the same.

    Parameters
    ----------
    ours, theirs : of the run and of the other table
    pairs : (n_pairs,) a row of the run, a row of the other table, the cosine of their vectors
    limit : least similarity of near-duplicates in the run

    Returns
    -------
    (n_theirs,) int32, the row of the run, -1 for none; (n_theirs,) float32, the similarity
    """
    one, other, cosines = pairs
    found = np.full(len(theirs), -1, dtype=np.int32)
    similarity = np.zeros(len(theirs), dtype=np.float32)
    our_rows, first = np.unique(one, return_inverse=True)
    their_rows, second = np.unique(other, return_inverse=True)
    at = (first.astype(np.int32), (second + len(our_rows)).astype(np.int32))
    compared = _compared_by(ours, our_rows, theirs, their_rows)
    kept, alike = matches(*at, cosines, limit, **compared)
    # of rows that are equally like, the first of the run
    order = np.lexsort((one[kept], -alike, other[kept]))
    rows, place = np.unique(other[kept][order], return_index=True)
    found[rows], similarity[rows] = one[kept][order][place], alike[order][place]
    return found, similarity


def _compared_by(ours: Items, our_rows: IntArray, theirs: Items, their_rows: IntArray) -> Any:
    """What rows of both tables are compared by, those of the run first; see `duplicates`."""
    if ours.modality == "vector":
        return {}
    if isinstance(ours.contents, Records) and isinstance(theirs.contents, Records):
        pairs = zip(ours.contents.columns, theirs.contents.columns, strict=True)
        both = Records(
            [
                Column(a.name, a.kind, np.concatenate([a.values[our_rows], b.values[their_rows]]))
                for a, b in pairs
            ]
        )
        return {"columns": stages.cells_of(both, np.arange(len(both), dtype=np.int32))}
    contents = [*stages.contents_of(ours, our_rows), *stages.contents_of(theirs, their_rows)]
    if ours.modality == "image":
        return {"looks": looks_of([picture_in(content) for content in contents])}
    return {"texts": contents}


def overlap_of(
    ours: Items,
    theirs: Items,
    stands_in: IntArray,
    similarity: FloatArray,
    same: NDArray[np.bool_],
    limit: dict[str, Any],
) -> Overlap:
    """What the two tables share.

    Parameters
    ----------
    ours, theirs : of the run and of the other table
    stands_in : (n_theirs,) int32, row of the run that each row repeats; -1 for none
    similarity : (n_theirs,) float32
    same : (n_theirs,) whether the contents are the same, frames left out
    limit : limit, gap and by, as of `NearDuplicates`
    """
    rows = np.flatnonzero(stands_in >= 0)
    if theirs.taken is not None:
        rows = np.array(
            [row for row in rows if not _says_too_little(ours, theirs, stands_in, row)], np.int64
        )
    heads, place, sizes = np.unique(stands_in[rows], return_inverse=True, return_counts=True)
    exact = same[rows].copy()
    if ours.taken is not None or theirs.taken is not None:
        pairs = zip(_shown(ours, stands_in[rows]), _shown(theirs, rows), strict=True)
        exact &= np.array([a == b for a, b in pairs], dtype=bool)
    number = np.empty(len(heads), dtype=np.int32)
    number[np.lexsort((heads, -sizes))] = np.arange(len(heads))
    group = np.concatenate([number, number[place]])
    side = np.repeat(np.array([0, 1], dtype=np.int8), [len(heads), len(rows)])
    alike = np.concatenate([np.ones(len(heads), np.float32), similarity[rows]])
    every = np.concatenate([heads, rows])
    order = np.lexsort((every, -alike, side, group))
    ids = [_ids(ours, heads), _ids(theirs, rows)]
    if ids[0].type != ids[1].type:
        ids = [
            pa.array([str(value) for value in one.to_pylist()], pa.large_string()) for one in ids
        ]
    table = pa.table(
        {
            "group": pa.array(group, pa.int32()),
            "side": pa.array(side, pa.int8()),
            "row": pa.array(every, pa.int32()),
            "id": pa.chunked_array(ids),
            "representative": pa.array(side == 0),
            "similarity": pa.array(alike, pa.float32()),
            "exact": pa.array(np.concatenate([np.ones(len(heads), dtype=bool), exact])),
            "text": pa.array([*_shown(ours, heads), *_shown(theirs, rows)], pa.large_string()),
        }
    )
    return Overlap(
        table=table.take(pa.array(order)),
        n_rows=len(theirs),
        n_unused=int((theirs.first < 0).sum()),
        exact=int(exact.sum()),
        near=len(rows) - int(exact.sum()),
        rule=rule_of(**limit),
        notes=theirs.notes,
    )


def _says_too_little(ours: Items, theirs: Items, stands_in: IntArray, row: Any) -> bool:
    other = ours.shown(int(stands_in[row]))
    return says_too_little(theirs.contents[row] or "", theirs.shown(row), other)


def _ids(items: Items, rows: AnyArray) -> Any:
    ids = items.ids.take(pa.array(rows))
    return ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids


def _shown(items: Items, rows: AnyArray) -> list[str]:
    return [items.shown(row) for row in rows.tolist()]
