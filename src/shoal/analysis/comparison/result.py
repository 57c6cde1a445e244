"""The comparison of two runs: agreement, what became of each cluster, and of each row."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.analysis.comparison.matching import Match, Side, match
from shoal.data.entries import Entry
from shoal.numerics.partitions.agreement import adjusted_rand, dominant, one_to_one
from shoal.numerics.partitions.changes import KINDS, Changes
from shoal.numerics.partitions.changes import changes as follow

ROW_KINDS = (*KINDS[:4], "moved", "left out", "placed", "noise")
"""What happened to a row: it followed its cluster, went elsewhere, lost or gained a cluster, or
has none in both runs."""
SCATTERED = ("vanished", "appeared")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike two clusterings of the same rows are; no cluster counts as one more cluster.

    Parameters
    ----------
    ari : adjusted Rand index, 1 for the same partition, 0 on average for a random one
    ami : adjusted mutual information, likewise
    together : share of rows that are where most of their old cluster is, in [0, 1]
    paired : share of rows that stay if each cluster is paired with one at most, in [0, 1]
    """

    ari: float
    ami: float
    together: float
    paired: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of one of the runs.

    Parameters
    ----------
    label : its place among the clusters of that run
    title : of it
    size : its rows there
    number : what the run itself calls it; another one where edits left gaps
    """

    label: int
    title: str
    size: int
    number: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Rows that were in one cluster and are in another; None stands for no cluster."""

    before: Cluster | None
    after: Cluster | None
    rows: int
    kind: str


@dataclass(frozen=True, slots=True)
class Change:
    """Clusters that belong together because one holds more than half of the other.

    Parameters
    ----------
    kind : "stayed", "split", "merged", "regrouped", "vanished" or "appeared"
    before, after : the clusters, largest first
    flows : between them, largest first; those of a vanished or new cluster say where its rows
        went or came from
    rows : rows in the flows; of a vanished or new cluster its size
    """

    kind: str
    before: tuple[Cluster, ...]
    after: tuple[Cluster, ...]
    flows: tuple[Flow, ...]
    rows: int


@dataclass(frozen=True, eq=False, repr=False)
class ComparedRuns:
    """Two runs of the same rows side by side.

    Parameters
    ----------
    before, after : what was compared
    match : which rows belong together
    agreement : how alike the clusterings are
    """

    before: Side
    after: Side
    match: Match
    agreement: Agreement
    _changes: Changes = field(repr=False)

    @classmethod
    def of(cls, before: Side, after: Side, by: str = "auto") -> Self:
        """Compare two runs row by row.

        Parameters
        ----------
        before, after : the runs
        by : how rows are matched, see `matching.match`

        Raises
        ------
        BadInput : if they have no row in common
        """
        found = match(before, after, by)
        one, other = before.labels[found.before], after.labels[found.after]
        changes = follow(one, other, len(before.titles), len(after.titles))
        return cls(before, after, found, _agreement(one, other), changes)

    @property
    def n_matched(self) -> int:
        """Rows that are in both runs."""
        return len(self.match)

    @property
    def only_before(self) -> int:
        """Usable rows that are in the first run only."""
        return int(self.before.usable.sum()) - self.n_matched

    @property
    def only_after(self) -> int:
        """Usable rows that are in the second run only."""
        return int(self.after.usable.sum()) - self.n_matched

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """Flows between clusters that share rows, largest first."""
        info = self._changes
        ours = [*_clusters(self.before), None]  # the last is no cluster: its label is -1
        theirs = [*_clusters(self.after), None]
        kinds = self._flow_kinds()
        order = np.lexsort((info.after, info.before, -info.rows))
        return tuple(
            Flow(ours[info.before[i]], theirs[info.after[i]], int(info.rows[i]), kinds[i])
            for i in order.tolist()
        )

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What became of the clusters, largest first; each is in exactly one change."""
        info = self._changes
        n = len(info.family_kind)
        before: list[list[Cluster]] = [[] for _ in range(n)]
        after: list[list[Cluster]] = [[] for _ in range(n)]
        flows: list[list[Flow]] = [[] for _ in range(n)]
        for cluster in _clusters(self.before):
            before[info.family_before[cluster.label]].append(cluster)
        for cluster in _clusters(self.after):
            after[info.family_after[cluster.label]].append(cluster)
        for flow in self.flows:
            homes = {info.family_before[flow.before.label]} if flow.before else set()
            if flow.after:
                homes.add(info.family_after[flow.after.label])
            for family in homes:
                scattered = KINDS[info.family_kind[family]] in SCATTERED
                if scattered or flow.kind in KINDS:
                    flows[family].append(flow)
        found = []
        for family, kind in enumerate(info.family_kind.tolist()):
            rows = sum(flow.rows for flow in flows[family])
            if KINDS[kind] in SCATTERED:
                rows = sum(cluster.size for cluster in (*before[family], *after[family]))
            found.append(
                Change(
                    kind=KINDS[kind],
                    before=tuple(sorted(before[family], key=_by_size)),
                    after=tuple(sorted(after[family], key=_by_size)),
                    flows=tuple(flows[family]),
                    rows=rows,
                )
            )
        return tuple(sorted(found, key=lambda change: -change.rows))

    @property
    def counts(self) -> dict[str, int]:
        """Changes of each kind."""
        counts = np.bincount(self._changes.family_kind, minlength=len(KINDS))
        return dict(zip(KINDS, counts.tolist(), strict=True))

    @property
    def row_counts(self) -> dict[str, int]:
        """Matched rows to which each thing happened."""
        counts = dict.fromkeys(ROW_KINDS, 0)
        for flow in self.flows:
            counts[flow.kind] += flow.rows
        return counts

    def _flow_kinds(self) -> list[str]:
        info = self._changes
        kinds = []
        for i in range(len(info.rows)):
            here, there = int(info.before[i]), int(info.after[i])
            if here < 0 or there < 0:
                kind = "noise" if here == there else "placed" if here < 0 else "left out"
            elif info.linked[i]:
                kind = KINDS[info.family_kind[info.family_before[here]]]
            else:
                kind = "moved"
            kinds.append(kind)
        return kinds

    def rows(self) -> pa.Table:
        """A pyarrow table, one row per matched row in the order of the first run.

        Columns: id, text if the run keeps it, before, before_title, after, after_title, change
        (one of ROW_KINDS).
        """
        info, here, there = self._changes, self.match.before, self.match.after
        labels, new = self.before.labels[here], self.after.labels[there]
        width = len(self.after.titles) + 1
        flow = np.searchsorted(
            (info.before + 1).astype(np.int64) * width + info.after + 1,
            (labels + 1).astype(np.int64) * width + new + 1,
        )
        kinds = pa.array(self._flow_kinds(), pa.string())
        columns = {"id": self.before.ids.take(here)}
        if self.before.contents is not None:
            columns["text"] = self.before.contents.take(here)
        columns |= {
            "before": self.before.numbered(labels),
            "before_title": _titles(self.before, labels),
            "after": self.after.numbered(new),
            "after_title": _titles(self.after, new),
            "change": kinds.take(pa.array(flow)),
        }
        return pa.table(columns)

    def to_dict(self) -> Entry:
        """Everything except the rows, as plain values."""
        sides = [
            {"name": side.name, "clusters": len(side.titles), "rows": int(side.usable.sum())}
            for side in (self.before, self.after)
        ]
        agreed = self.agreement
        return {
            "schema": 1,
            "before": {**sides[0], "only_here": self.only_before},
            "after": {**sides[1], "only_here": self.only_after},
            "matched": {
                "by": self.match.by,
                "reason": self.match.reason,
                "rows": self.n_matched,
                "same_content": self.match.same_content,
            },
            "agreement": asdict(agreed),
            "rows": self.row_counts,
            "changes": [
                {
                    "kind": change.kind,
                    "rows": change.rows,
                    "before": [_entry(one) for one in change.before],
                    "after": [_entry(one) for one in change.after],
                }
                for change in self.changes
            ],
            "flows": [
                {
                    "before": flow.before and flow.before.number,
                    "after": flow.after and flow.after.number,
                    "rows": flow.rows,
                    "kind": flow.kind,
                }
                for flow in self.flows
            ],
        }

    def __repr__(self) -> str:
        return (
            f"<Comparison of {self.before.name} and {self.after.name}: {self.n_matched:,} rows, "
            f"ARI {self.agreement.ari:.3f}, AMI {self.agreement.ami:.3f}>"
        )


def _agreement(one: NDArray[np.int32], other: NDArray[np.int32]) -> Agreement:
    from sklearn.metrics import adjusted_mutual_info_score

    left, right = one + 1, other + 1  # no cluster becomes the cluster 0
    return Agreement(
        ari=adjusted_rand(left, right),
        ami=float(adjusted_mutual_info_score(left, right)),
        together=float(dominant(left, right)[1].sum() / len(left)),
        paired=one_to_one(left, right)[1] / len(left),
    )


def _clusters(side: Side) -> list[Cluster]:
    sizes = side.sizes.tolist()
    numbers = side.numbered(np.arange(len(side.titles), dtype=np.int32)).tolist()
    return [Cluster(i, title, sizes[i], numbers[i]) for i, title in enumerate(side.titles)]


def _titles(side: Side, labels: NDArray[np.int32]) -> pa.Array:
    titles = pa.array([*side.titles, None], pa.large_string())
    return titles.take(pa.array(np.where(labels < 0, len(side.titles), labels)))


def _entry(cluster: Cluster) -> Entry:
    return {"cluster": cluster.number, "title": cluster.title, "size": cluster.size}


def _by_size(cluster: Cluster) -> tuple[int, int]:
    return -cluster.size, cluster.label
