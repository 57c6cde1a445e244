"""Rows of a run that are nearly the same: found, saved, joined, and told."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from shoal import stages
from shoal.artifacts.assigner import DUPLICATES
from shoal.artifacts.folder import RunFolder
from shoal.data import Embeddings, FloatArray, IntArray, Items, Neighbors
from shoal.data.entries import Entry, ReadEntry
from shoal.data.pictures import picture_in
from shoal.data.records import Records
from shoal.numerics.duplicates.edits import IN_ORDER, LONG_WORDS, WORD
from shoal.numerics.duplicates.pairs import duplicates
from shoal.numerics.duplicates.small_changes import (
    MIN_COSINE,
    MIN_LOOKS,
    MIN_SPELLING,
    PERCENT,
    STEPS,
    WHOLE,
)
from shoal.numerics.scratch import IN_MEMORY, Scratch
from shoal.parts.describers.looks import looks_of
from shoal.progress import Progress
from shoal.stages.assigning import distinct_keys

FEW_WORDS = 4
"""Words from which on what frames leave of a text may be a copy of another."""


@dataclass(frozen=True, slots=True, eq=False)
class NearDuplicates:
    """Rows that are nearly or exactly the same.

    Parameters
    ----------
    stands_in : (n_rows,) int32, the row that stands for each; itself for a row like no other, -1
        for a row that cannot be used
    similarity : (n_rows,) float32 to that row
    exact : (n_rows,) whether the two are the same to the letter
    limit : least similarity
    gap : whether the limit lies in a gap of the data
    by : "spelling", "looks", "columns" or "vectors"
    joined : whether only the rows that stand for others were grouped
    """

    stands_in: IntArray
    similarity: FloatArray
    exact: NDArray[np.bool_]
    limit: float
    gap: bool
    by: str
    joined: bool = False

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """Rows that another row stands for, (n_rows,)."""
        rows = np.arange(len(self.stands_in))
        return np.asarray((self.stands_in >= 0) & (self.stands_in != rows), dtype=bool)


def find_near_duplicates(
    items: Items, vectors: Embeddings, graph: Neighbors, scratch: Scratch = IN_MEMORY
) -> NearDuplicates:
    """Find the rows that are nearly the same.

    Texts are compared by spelling, pictures by looks, records by columns, anything else by vectors.

    Parameters
    ----------
    items : of the run
    vectors, graph : of its distinct items, in the full space
    scratch : where what texts are compared by is made
    """
    distinct = items.distinct
    by, info = "vectors", dict[str, Any]()
    if items.modality == "text":
        by, info = "spelling", {"texts": stages.selected(items, distinct)}
    elif items.modality == "image":
        by = "looks"
        info = {"looks": looks_of([picture_in(items.contents[row]) for row in distinct])}
    elif isinstance(items.contents, Records):
        by, info = "columns", {"columns": stages.cells_of(items.contents, distinct)}
    found = duplicates(vectors.vectors, graph.rows, items.copies, scratch=scratch, **info)
    stands_in = items.spread(distinct[found.representative], -1)
    similarity = items.spread(found.similarity, np.float32("nan"))
    if items.taken is not None and items.texts is not None:
        apart = _apart(items, stands_in)
        stands_in[apart], similarity[apart] = apart, 1.0
    return NearDuplicates(
        stands_in=stands_in,
        similarity=similarity,
        exact=_to_the_letter(items, stands_in, items.spread(~found.repeated, False)),
        limit=found.limit,
        gap=found.gap,
        by=by,
    )


def says_too_little(own: str, whole: str, other: str) -> bool:
    """Whether frames leave next to nothing of a text that is not another one to the letter.

    "Subscribe" above two signatures are two mails, and so are a few words about two addresses.

    Parameters
    ----------
    own, whole : the text without its frames and as it is
    other : the text that it seems to repeat, as it is
    """
    if own == whole or whole == other:
        return False
    n_words, words = len(WORD.findall(own)), WORD.findall(whole)
    if LONG_WORDS > n_words >= FEW_WORDS and len(words) < 2 * n_words:
        others = WORD.findall(other)
        alike = LCSseq.similarity(words, others)
        return bool(alike < IN_ORDER * min(len(words), len(others)))
    return n_words < FEW_WORDS


def _apart(items: Items, stands_in: IntArray) -> IntArray:
    """Rows that seem to repeat another and say too little for that."""
    texts = items.texts or ()
    rows = np.flatnonzero((stands_in >= 0) & (stands_in != np.arange(len(items)))).tolist()
    found = [
        row
        for row in rows
        if says_too_little(
            items.contents[row] or "", texts[row] or "", texts[int(stands_in[row])] or ""
        )
    ]
    return np.array(found, dtype=np.int32)


def _to_the_letter(items: Items, stands_in: IntArray, same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the rows that are the same but for frames are so to the letter, (n_rows,)."""
    if items.taken is None or items.texts is None:
        return same
    texts, out = items.texts, same.copy()
    for row in np.flatnonzero(same & (stands_in != np.arange(len(same)))).tolist():
        out[row] = texts[row] == texts[int(stands_in[row])]
    return out


def saved_near_duplicates(
    folder: RunFolder, key: str, items: Items, vectors: Embeddings, graph: Neighbors
) -> NearDuplicates:
    """The rows that are nearly the same, found before or now, and saved.

    Parameters
    ----------
    folder : of the run
    key : what the result depends on
    items, vectors, graph : as for `find_twins`
    """
    saved = folder.read_keyed(DUPLICATES, key)
    if saved:
        return NearDuplicates(
            stands_in=saved["stands_in"],
            similarity=saved["similarity"],
            exact=saved["exact"],
            limit=float(saved["limit"]),
            gap=bool(saved["gap"]),
            by=str(saved["by"]),
            joined=bool(saved["joined"]),
        )
    with folder.scratch() as scratch:
        near_duplicates = find_near_duplicates(items, vectors, graph, scratch)
    _save(folder, key, near_duplicates)
    return near_duplicates


def joined(
    folder: RunFolder,
    key: str,
    items: Items,
    unit: Embeddings,
    wanted: ReadEntry,
    progress: Progress,
) -> Items:
    """The items with near-duplicates as copies of the row that stands for them.

    Parameters
    ----------
    folder : of the run, where it is saved what stands for what
    key : what the result depends on
    items : of the run
    unit : vectors of all rows
    wanted : k, the neighbors that are looked at, and exact_rows
    progress : progress callback
    """
    vectors = stages.distinct_vectors(items, unit, folder / "model")
    started = time.perf_counter()
    progress.start("duplicates", len(vectors))
    with folder.scratch() as scratch:
        keys = distinct_keys(items)
        graph = stages.neighbors(vectors, **wanted, progress=progress, scratch=scratch, keys=keys)
        near_duplicates = replace(find_near_duplicates(items, vectors, graph, scratch), joined=True)
    _save(folder, key, near_duplicates)
    progress.finish("duplicates", time.perf_counter() - started)
    # rows with the same content stay one, even where they say too little to be copies
    first = near_duplicates.stands_in[np.maximum(items.first, 0)]
    return replace(items, first=np.where(items.first >= 0, first, -1).astype(np.int32))


def _save(folder: RunFolder, key: str, near_duplicates: NearDuplicates) -> None:
    names = [field.name for field in fields(near_duplicates)]
    values = attrgetter(*names)(near_duplicates)
    arrays = dict(zip(names, map(np.asarray, values), strict=True))
    folder.write_arrays(DUPLICATES, key=np.array(key), **arrays)


def duplicate_table(items: Items, near_duplicates: NearDuplicates) -> pa.Table:
    """The rows that are nearly or exactly the same, largest group first.

    Returns
    -------
    pyarrow table: group, row, id, representative, similarity, exact; the row that stands for the
    others comes first in its group
    """
    rows = np.nonzero(near_duplicates.repeated)[0]
    heads, sizes = np.unique(near_duplicates.stands_in[rows], return_counts=True)
    number = np.empty(len(heads), dtype=np.int32)
    number[np.lexsort((heads, -sizes))] = np.arange(len(heads))
    every = np.concatenate([heads, rows]).astype(np.int64)
    group = np.concatenate(
        [number, number[np.searchsorted(heads, near_duplicates.stands_in[rows])]]
    )
    is_head = np.arange(len(every)) < len(heads)
    order = np.lexsort((every, -near_duplicates.similarity[every], ~is_head, group))
    every, is_head = every[order], is_head[order]
    return pa.table(
        {
            "group": pa.array(group[order], pa.int32()),
            "row": pa.array(every, pa.int32()),
            "id": items.ids.take(pa.array(every)),
            "representative": pa.array(is_head),
            "similarity": pa.array(near_duplicates.similarity[every], pa.float32()),
            "exact": pa.array(near_duplicates.exact[every]),
        }
    )


def duplicate_record(near_duplicates: NearDuplicates) -> Entry:
    """What evaluation.json says of the near-duplicates: how many, and by which rule."""
    repeated = near_duplicates.repeated
    exact = int((repeated & near_duplicates.exact).sum())
    return {
        "groups": len(np.unique(near_duplicates.stands_in[repeated])),
        "rows": int(repeated.sum()),
        "exact": exact,
        "near": int(repeated.sum()) - exact,
        "limit": near_duplicates.limit,
        "gap": near_duplicates.gap,
        "by": near_duplicates.by,
        "joined": near_duplicates.joined,
        "rule": rule_of(near_duplicates.limit, near_duplicates.gap, near_duplicates.by),
    }


def rule_of(limit: float, gap: bool, by: str) -> str:
    """When rows are near-duplicates, in a sentence.

    Parameters
    ----------
    limit, gap, by : of `NearDuplicates`
    """
    return f"Rows are near-duplicates when they {_rule(limit, gap, by)}."


def _rule(limit: float, gap: bool, by: str) -> str:
    if by == "columns":
        return (
            "agree in all columns but one, and nearly agree in that one. A different "
            f"category or a gap is never near. A number may differ by {PERCENT} % of its "
            f"value and a {STEPS}th of the middle 95 % of its column, a date by the latter, a "
            "text by a typo, an abbreviation or its word order (a long text by a cosine of "
            f"{MIN_SPELLING}). Two texts may be swapped. Pictures must look alike (at least "
            f"{MIN_LOOKS}), vectors have a cosine of at least {MIN_COSINE}. At these limits "
            f"the similarity is {WHOLE}"
        )
    seen = {
        "spelling": "share at least {} of their letter trigrams (cosine) and, if they are "
        "long, four fifths of the shorter one's words in the same order",
        "looks": "look the same as thumbnails (cosine at least {})",
        "vectors": "have vectors with a cosine of at least {}",
    }[by].format(f"{limit:.2f}")
    usual = "the usual limit" + ", because the data has no gap" * (by != "looks")
    return f"{seen}: {'at a gap in the data' if gap else usual}"
