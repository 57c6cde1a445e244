"""Anomalies and near-duplicates of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.analysis.edits import Editor
from shoal.analysis.near_duplicates import NearDuplicates
from shoal.analysis.odd_columns import OddColumns
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, Clustering, IntArray, Items, Neighbors
from shoal.data.entries import Entry
from shoal.numerics.outliers import DEVIATIONS, NEAREST, NTH, Outliers
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
) -> pa.Table:
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
    chosen = np.lexsort((-found.scores, ~found.odd))[:n_saved]
    closest = _closest(graph.rows, clustering.labels, found, chosen)
    sizes = np.bincount(found.group[found.group >= 0])
    group = found.group[chosen]
    odd = OddColumns(items)
    reasons = [
        _reason(
            odd=odd.of(int(distinct[place])),
            farther=float(found.farther[place]),
            together=bool(found.scores[place] > found.farther[place]),
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


def _closest(
    rows: IntArray, labels: IntArray, found: Outliers, chosen: NDArray[np.intp]
) -> IntArray:
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


def _reason(
    *,
    odd: str,
    farther: float,
    together: bool,
    n_nearest: int,
    n_alike: int,
    copies: int,
    closest: str | None,
) -> str:
    if odd:
        info = f"one of {n_alike} similar rows: {odd}" if n_alike > 1 else odd
    elif n_alike > 1:
        info = f"one of {n_alike} similar rows that are {farther:.1f} times as far away as usual"
        info += " from all others"
    elif together:
        info = "each value is common, but the combination is rare"
    else:
        nearest = "nearest row is" if n_nearest == 1 else f"{n_nearest} nearest rows are"
        info = f"its {nearest} {farther:.1f} times as far away as usual"
    if copies > 1:
        info += f"; {copies:,} rows have this content"
    return info + (f"{CLOSEST}: {closest}" if closest else "")


def anomaly_record(items: Items, found: Outliers) -> Entry:
    """The record of anomalies in evaluation.json: how many, and by which rule."""
    lone = found.odd & (found.group < 0)
    sure = f"{found.deviations:g} robust standard deviations above the median"
    if found.deviations == DEVIATIONS:
        sure += ", which 6 in 1,000 rows of a normal distribution would exceed"
    together = (found.scores > found.farther).any()
    joint = ", or when its combination of values is as rare" if together else ""
    return {
        "n": int(items.copies[found.odd].sum()),
        "lone": int(lone.sum()),
        "groups": int(found.group.max(initial=-1)) + 1,
        "usual": found.usual,
        "limit": found.limit,
        "rule": (
            f"A row is an anomaly when its {many(NEAREST, 'nearest row')} are on average more than "
            f"{found.limit:.2f} times as far away as usual, which is {found.usual:.3f}{joint}: "
            f"{sure}. A row with {NTH} others close by is never one."
        ),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """The outliers among the distinct items, and the near-duplicates among all rows."""

    outliers: Outliers
    near_duplicates: NearDuplicates


def as_left(entries: list[Entry], left: Editor | None) -> list[Entry]:
    """Anomalies with edits and reviews applied.

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


def with_texts(run: SavedRun, found: pa.Table) -> list[Entry]:
    """Rows of anomalies or duplicates, each with what a person reads of it."""
    entries: list[Entry] = found.to_pylist()
    texts = run.readable([entry["row"] for entry in entries])
    return [{**entry, "text": text} for entry, text in zip(entries, texts, strict=True)]
