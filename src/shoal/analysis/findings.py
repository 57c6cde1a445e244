"""What stands out in a run: rows unlike all others, and rows that are nearly the same."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal import stages
from shoal.analysis.edits import Editor
from shoal.artifacts.assigner import DUPLICATES
from shoal.artifacts.folder import RunFolder
from shoal.data import NOISE, Clustering, Embeddings, FloatArray, IntArray, Items, Neighbors
from shoal.data.pictures import picture_in
from shoal.data.records import Records
from shoal.numerics.duplicates.pairs import duplicates
from shoal.numerics.duplicates.small_changes import (
    MIN_COSINE,
    MIN_LOOKS,
    MIN_SPELLING,
    PERCENT,
    STEPS,
    WHOLE,
)
from shoal.numerics.outliers import DEVIATIONS, NEAREST, Outliers
from shoal.numerics.scratch import IN_MEMORY, Scratch
from shoal.parts.describers.looks import looks_of
from shoal.progress import Progress
from shoal.text.words import many

CLOSEST = "; closest cluster"
"""Begins what the reason of an anomaly says of the clusters."""
MIN_SAVED = 100
"""Rows of anomalies.parquet, the farthest first, also where fewer are beyond the limit."""


def anomaly_table(
    items: Items,
    graph: Neighbors,
    clustering: Clustering,
    found: Outliers,
    titles: Mapping[int, str],
) -> Any:
    """The rows that stand out, farthest first, each with a reason in words.

    Parameters
    ----------
    items : of the run
    graph, clustering, found : of the distinct items
    titles : cluster -> its title

    Returns
    -------
    pyarrow table: row, id, score, anomaly, kind, group, cluster, nearest_cluster, copies, reason
    """
    distinct, copies = items.distinct, items.copies
    n_saved = max(int(found.odd.sum()), min(MIN_SAVED, len(distinct)))
    chosen = np.argsort(-found.scores, kind="stable")[:n_saved]
    closest = _closest(graph.rows, clustering.labels, found, chosen)
    sizes = np.bincount(found.group[found.group >= 0])
    group = found.group[chosen]
    reasons = [
        _reason(
            score=float(found.scores[place]),
            n_nearest=min(NEAREST, graph.k),
            n_alike=int(sizes[found.group[place]]) if found.group[place] >= 0 else 1,
            copies=int(copies[place]),
            closest=titles.get(int(cluster)),
        )
        for place, cluster in zip(chosen, closest, strict=True)
    ]
    rows = distinct[chosen]
    return pa.table(
        {
            "row": pa.array(rows, pa.int32()),
            "id": items.ids.take(pa.array(rows)),
            "score": pa.array(found.scores[chosen], pa.float32()),
            "anomaly": pa.array(found.odd[chosen]),
            "kind": pa.array(np.where(group >= 0, "group", "lone").tolist(), pa.string()),
            "group": pa.array(group, pa.int32(), mask=group < 0),
            "cluster": pa.array(clustering.labels[chosen], pa.int32()),
            "nearest_cluster": pa.array(closest, pa.int32(), mask=closest == NOISE),
            "copies": pa.array(copies[chosen], pa.int32()),
            "reason": pa.array(reasons, pa.large_string()),
        }
    )


def _closest(rows: IntArray, labels: IntArray, found: Outliers, chosen: Any) -> IntArray:
    """The cluster each chosen row is in or, if there is nothing else in it, the nearest other."""
    sizes = np.bincount(labels[labels >= 0], minlength=1)
    grouped = np.nonzero((found.group >= 0) & (labels >= 0))[0]
    own = Counter(zip(found.group[grouped].tolist(), labels[grouped].tolist(), strict=True))
    out = labels[chosen].copy()
    for place, item in enumerate(chosen):
        group, label = int(found.group[item]), int(labels[item])
        if label >= 0 and sizes[label] > (own[group, label] if group >= 0 else 1):
            continue
        around = rows[item]
        if group >= 0:
            around = around[found.group[around] != group]
        homes = labels[around]
        homes = homes[(homes >= 0) & (homes != label)]
        out[place] = homes[0] if len(homes) else label
    return np.asarray(out, dtype=np.int32)


def _reason(*, score: float, n_nearest: int, n_alike: int, copies: int, closest: str | None) -> str:
    if n_alike > 1:
        info = f"one of {n_alike} rows that are alike and {score:.1f} times farther than usual"
        info += " from all others"
    else:
        nearest = "nearest row is" if n_nearest == 1 else f"{n_nearest} nearest rows are"
        info = f"its {nearest} {score:.1f} times farther than usual"
    if copies > 1:
        info += f"; {copies:,} rows hold it"
    return info + (f"{CLOSEST}: {closest}" if closest else "")


def anomaly_record(items: Items, found: Outliers) -> dict[str, Any]:
    """What evaluation.json says of the anomalies: how many, and by which rule."""
    lone = found.odd & (found.group < 0)
    sure = f"{DEVIATIONS:g} robust standard deviations"
    return {
        "n": int(items.copies[found.odd].sum()),
        "lone": int(lone.sum()),
        "groups": int(found.group.max(initial=-1)) + 1,
        "usual": found.usual,
        "limit": found.limit,
        "rule": (
            f"A row is an anomaly when its {many(NEAREST, 'nearest row')} are on average more than "
            f"{found.limit:.2f} times as far away as usual, which is {found.usual:.3f}: {sure} "
            "above the median, where 6 in 1,000 rows of one bell-shaped kind would be."
        ),
    }


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
    room : where what texts are compared by is made
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
    return NearDuplicates(
        stands_in=items.spread(distinct[found.representative], -1),
        similarity=items.spread(found.similarity, np.float32("nan")),
        exact=items.spread(~found.repeated, False),
        limit=found.limit,
        gap=found.gap,
        by=by,
    )


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
    wanted: Mapping[str, Any],
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
    progress : told how it goes
    """
    vectors = stages.distinct_vectors(items, unit, folder / "model")
    started = time.perf_counter()
    progress.start("duplicates", len(vectors))
    with folder.scratch() as scratch:
        graph = stages.neighbors(vectors, **wanted, progress=progress, scratch=scratch)
        near_duplicates = replace(find_near_duplicates(items, vectors, graph, scratch), joined=True)
    _save(folder, key, near_duplicates)
    progress.finish("duplicates", time.perf_counter() - started)
    return replace(items, first=near_duplicates.stands_in)


def _save(folder: RunFolder, key: str, near_duplicates: NearDuplicates) -> None:
    info = {
        field.name: np.asarray(getattr(near_duplicates, field.name))
        for field in fields(near_duplicates)
    }
    folder.write_arrays(DUPLICATES, key=np.array(key), **info)


def duplicate_table(items: Items, near_duplicates: NearDuplicates) -> Any:
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


def duplicate_record(near_duplicates: NearDuplicates) -> dict[str, Any]:
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
        "rule": f"Rows are near-duplicates when they {_rule(near_duplicates)}.",
    }


def _rule(near_duplicates: NearDuplicates) -> str:
    """Ends the sentence "Rows are near-duplicates when they ..."."""
    if near_duplicates.by == "columns":
        return (
            "are the same in all columns but one and nearly so in that one, where another category "
            f"or a gap is too much: a number to {PERCENT} % of itself and a {STEPS}th of the range "
            f"of the middle 95 % of its column (a date to the latter), a text to a few letters "
            f"(cosine at least {MIN_SPELLING}), a picture by its looks (at least {MIN_LOOKS}), "
            f"a vector to a cosine of {MIN_COSINE}. So far apart, their similarity is {WHOLE}"
        )
    seen = {
        "spelling": "share at least {} of their runs of three letters (cosine)",
        "looks": "look the same from afar, whatever their size (cosine at least {})",
        "vectors": "have vectors with a cosine of at least {}",
    }[near_duplicates.by].format(f"{near_duplicates.limit:.2f}")
    usual = "the usual limit" + ", as the data has no gap" * (near_duplicates.by != "looks")
    return f"{seen}: {'where a gap in the data lies' if near_duplicates.gap else usual}"


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What stands out in a run: outliers among its distinct items, twins among all rows."""

    outliers: Outliers
    near_duplicates: NearDuplicates


def as_left(entries: list[dict[str, Any]], left: Editor | None) -> list[dict[str, Any]]:
    """Anomalies with the clusters as people left them and what they said of each row.

    Parameters
    ----------
    entries : as `with_texts` gives them
    left : the edits of the run, None where there are none

    Returns
    -------
    The same entries; those that a person looked at have a "verdict", "accept" or "reject"
    """
    if left is None or not left.history.done:
        return entries
    now, out = left.went_to, []
    for entry in entries:
        near = entry["nearest_cluster"]
        near = None if near is None else now.get(near)
        title = None if near is None else left.state.title(near)
        reason = str(entry["reason"]).partition(CLOSEST)[0]
        info = {
            **entry,
            "cluster": int(left.state.labels[entry["row"]]),
            "nearest_cluster": near,
            "reason": reason + (f"{CLOSEST}: {title}" if title else ""),
        }
        verdict = left.state.verdicts.get(("anomaly", str(entry["row"])))
        out.append({**info, "verdict": verdict} if verdict else info)
    return out


def with_texts(folder: RunFolder, name: str) -> list[dict[str, Any]]:
    """The rows of anomalies.parquet or duplicates.parquet, each with what a person reads of it.

    Raises
    ------
    BrokenRun : if the file is missing or damaged
    """
    entries: list[dict[str, Any]] = folder.read_table(name).to_pylist()
    items = folder.read_table("items.parquet")
    shown = next((key for key in ("text", "path") if key in items.column_names), "id")
    rows = pa.array([entry["row"] for entry in entries], pa.int64())
    for entry, text in zip(entries, items[shown].take(rows).to_pylist(), strict=True):
        entry["text"] = "" if text is None else str(text)
    return entries
