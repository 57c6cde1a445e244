"""The outcome of an edit: new titles and scores, and the parts of a split."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal import stages
from shoal.analysis.edits import Edited
from shoal.artifacts.folder import EXAMPLE_CHARS
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, Clustering, ClusterQuality, Description, Embeddings, IntArray, Items
from shoal.data.entries import Entry
from shoal.numerics.clusters import nearest_centre, silhouettes_by_sums, unit
from shoal.numerics.samples import evenly
from shoal.parts.describers.base import Name
from shoal.views.explorer.groups import Groups
from shoal.views.explorer.rows import Rows
from shoal.views.explorer.vectors import Vectors

MAX_ROWS = 2000
"""Rows of a changed cluster that its title and silhouette are taken from."""
CONTRAST_ROWS = 3000
"""Rows of the other clusters that a title must set a cluster apart from."""
MAX_FITTED = 6000
"""Rows that a cluster is split by; the others go to the nearest part."""

RowNumbers = NDArray[np.int64]


def some(rows: NDArray[np.integer], most: int) -> RowNumbers:
    """At most so many of the rows, at even steps."""
    return np.asarray(rows, np.int64)[evenly(len(rows), most)]


def taken_from(items: Items, rows: RowNumbers) -> Items:
    """Some rows as items of their own, each taken for the first of its content."""
    return Items(
        ids=items.ids.take(pa.array(rows)),
        contents=[items.contents[row] for row in rows],
        modality=items.modality,
        columns=items.columns.take(pa.array(rows)),
        first=np.arange(len(rows), dtype=np.int32),
        excluded={},
        about=items.about,
    )


class _Named:
    """A describer for clusters that have their names: to find them again takes seconds."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._names = names

    def describe(self, texts: Sequence[str], labels: IntArray, space: object = None) -> list[Name]:
        """The names, and one for the rows that clusters are held against."""
        return [
            *self._names,
            *[Name("", ())] * (int(labels.max(initial=-1)) + 1 - len(self._names)),
        ]


class EditingStages:
    """Recomputes what an edit changes.

    Parameters
    ----------
    run : that is edited
    rows, vectors : of the run
    groups : called for the clusters as they are before the edit
    items : called for all items where there are no texts: pictures and records are described by
        what they are
    """

    def __init__(
        self,
        run: SavedRun,
        rows: Rows,
        vectors: Vectors,
        groups: Callable[[], Groups],
        items: Callable[[], Items],
    ) -> None:
        self.recipe, info, first = run.recipe, run.info, run.contents["first"]
        self.rows = rows
        self.vectors = vectors
        self.distinct = first == np.arange(len(first))
        self.groups = groups
        self.about = info["columns"]
        self.profile_parts = info.get("parts") or []
        self.source = PurePath(str(info.get("title") or "").split(", ")[0]).stem
        self._all_items = items

    def renew(self, state: Edited, clusters: Sequence[int]) -> dict[int, Entry]:
        """Entries as in clusters.json for clusters whose rows changed."""
        groups = self.groups()
        groups.regroup(np.where(self.distinct, state.labels, NOISE).astype(np.int32))
        taken = {state.title(c) for c in state.entries if c not in clusters}
        return self.entries(groups, state.labels, clusters, {str(title) for title in taken})

    def entries(
        self,
        groups: Groups,
        labels: IntArray,
        clusters: Sequence[int],
        taken: set[str],
        names: Sequence[Name] | None = None,
    ) -> dict[int, Entry]:
        """Entries as in clusters.json.

        Parameters
        ----------
        groups : the distinct rows by cluster
        labels : (n_rows,) the same for all rows
        clusters : which to describe
        taken : titles that others have
        names : what the clusters are called, where the run has said it
        """
        if not clusters:
            return {}
        inside = [some(groups.members(c), MAX_ROWS) for c in clusters]
        others = np.nonzero((groups.labels != NOISE) & ~np.isin(groups.labels, clusters))[0]
        sampled = [*inside, some(others, CONTRAST_ROWS)]
        rows = np.concatenate(sampled)
        numbers = np.repeat(np.arange(len(sampled)), [len(some) for some in sampled])
        unit_vectors = self.vectors.take(rows)
        n_inside = sum(len(some) for some in inside)
        values, rivals = self._silhouettes(groups, unit_vectors, rows, n_inside)
        items, sample = self._items(rows), Embeddings(unit_vectors, ())
        parted = Clustering(numbers.astype(np.int32), np.zeros(len(rows), np.float32), (), 0, "")
        found = stages.describe(
            items,
            sample,
            parted,
            values,
            rivals,
            self.recipe.build("describe") if names is None else _Named(names),
            self.recipe.part("describe"),
            self._profiles(labels, clusters),
        )
        facts = self._carried(labels, clusters)
        near = groups.nearest(clusters, 1)
        out = {}
        for place, cluster in enumerate(clusters):
            info = found[place]
            taken.add(title := _unused(info, taken, cluster))
            best = near[cluster]
            quality = ClusterQuality(
                cohesion=self._cohesion(groups, cluster),
                separation=1.0 - best[0][1] if best else None,
                silhouette=_mean(values[numbers == place]),
                stability=None,
            )
            out[cluster] = {
                "cluster": cluster,
                "title": title,
                "summary": info.summary,
                **facts.of(place),
                "keywords": list(info.keywords),
                "size": int((labels == cluster).sum()),
                **dataclasses.asdict(quality),
                "typical": [self._example(int(rows[row])) for row in info.typical],
                "borderline": [
                    {**self._example(int(rows[row])), "rival": rival}
                    for row, rival in info.borderline
                ],
                "written_by": info.written_by,
            }
        return out

    def _profiles(self, labels: IntArray, clusters: Sequence[int]) -> Any:
        """Profiles of clusters of records, held against all rows, and of the others as one."""
        if not self.about.get("features"):
            return None
        items = self._all_items()
        place = np.full(int(labels.max(initial=0)) + 2, len(clusters), dtype=np.int32)
        place[NOISE] = NOISE
        place[list(clusters)] = np.arange(len(clusters), dtype=np.int32)
        dense = place[labels][items.distinct]
        parted = Clustering(dense, np.zeros(len(dense), np.float32), (), 0, "")
        none = Embeddings(np.empty((0, 0), np.float32), ())
        found = stages.profile(items, none, parted, (), self.source)
        return None if found is None else {**found, "parts": self.profile_parts}

    def _carried(self, labels: IntArray, clusters: Sequence[int]) -> Any:
        table = self.rows.table
        names = stages.carried_names(table.column_names, self.about)
        compared = self.about.get("outcomes", ())
        return stages.carried(table, labels, clusters, names, compared)

    def _items(self, rows: RowNumbers) -> Items:
        if self.rows.read_as != "text" or self.about.get("features"):
            return taken_from(self._all_items(), rows)
        ids = self.rows.ids(rows)
        return Items(
            ids=ids,
            contents=self.rows.texts(rows),
            modality="text",
            columns=pa.table({"id": ids}),
            first=np.arange(len(rows), dtype=np.int32),
            excluded={},
        )

    @staticmethod
    def _cohesion(groups: Groups, cluster: int) -> float:
        """The mean cosine to the centre is the length of the mean of unit vectors."""
        total = groups.totals[groups.numbers.index(cluster)]
        return float(np.linalg.norm(total) / groups.sizes[cluster])

    @staticmethod
    def _silhouettes(
        groups: Groups, vectors: NDArray[np.float32], rows: RowNumbers, n: int
    ) -> tuple[NDArray[np.float64], IntArray]:
        """Silhouettes of the first n rows, nan for the others; rivals by their number."""
        values = np.full(len(rows), np.nan)
        rivals = np.full(len(rows), NOISE, dtype=np.int32)
        if len(groups.numbers) > 1:
            place = np.searchsorted(groups.numbers, groups.labels[rows[:n]]).astype(np.int32)
            found = silhouettes_by_sums(vectors[:n], place, groups.totals, groups.counts)
            values[:n], rivals[:n] = found[0], np.array(groups.numbers, np.int32)[found[1]]
        return values, rivals

    def _example(self, row: int) -> Entry:
        info = self.rows.records([row])[0]
        text = info["text"]
        short = text if len(text) <= EXAMPLE_CHARS else text[:EXAMPLE_CHARS] + "…"
        return {"row": row, "id": info["id"], "text": short}

    def parts(self, rows: RowNumbers, n_parts: int | None) -> list[RowNumbers]:
        """Rows of a cluster in parts, the largest first.

        Parameters
        ----------
        rows : of one cluster, repeats too
        n_parts : by k-means into so many; None for as many as the run's clusterer finds
        """
        own = rows[self.distinct[rows]]
        fitted = self.vectors.take(some(own, MAX_FITTED))
        recipe = self.recipe
        if n_parts is not None:
            if len(own) < n_parts:
                return [rows]
            recipe = recipe.anew("cluster", "kmeans").choose("cluster", n_clusters=n_parts)
        unit_vectors = Embeddings(fitted, ())
        k = min(int(recipe.stages["neighbors"]["k"]), max(len(fitted) - 1, 0))
        graph = stages.neighbors(unit_vectors, k)
        clustering, _, _ = stages.cluster(unit_vectors, graph, recipe.build("cluster"), "100")
        if clustering.n_clusters < 2:
            return [rows]
        means = [
            fitted[clustering.labels == c].sum(axis=0, dtype=np.float64)
            for c in range(clustering.n_clusters)
        ]
        # repeats have the same vector, so they go the same way
        place, _ = nearest_centre(self.vectors.take(rows), unit(np.array(means)))
        parts = [rows[place == c] for c in range(len(means))]
        return sorted((part for part in parts if len(part)), key=len, reverse=True)

    def nearest_other(self, state: Edited, cluster: int) -> dict[int, RowNumbers]:
        """The rows of a cluster by the other cluster that each is nearest to; noise if none is."""
        groups = self.groups()
        rows = np.nonzero(state.labels == cluster)[0]
        others = [c for c in groups.numbers if c != cluster]
        if not others:
            return {NOISE: rows}
        kept = np.isin(groups.numbers, others)
        place, _ = nearest_centre(self.vectors.take(rows), unit(groups.totals[kept]))
        return {others[c]: rows[place == c] for c in np.unique(place)}


def _unused(info: Description, taken: set[str], cluster: int) -> str:
    """The title of a cluster, with a keyword or its number behind it where another has it."""
    title = info.title
    # keywords of records are figures, which belong in no title
    more = [] if "profiles" in info.written_by else [w for w in info.keywords if w not in title]
    while title in taken:
        title = f"{title}, {more.pop(0)}" if more else f"{title}, cluster {cluster}"
    return title


def _mean(values: NDArray[np.float64]) -> float | None:
    """Mean of the defined values, None if there are none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
