"""The tables of a finished run that people and programs read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import PurePath

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.analysis.findings import (
    Findings,
    anomaly_record,
    anomaly_table,
)
from shoal.analysis.near_duplicates import duplicate_record, duplicate_table
from shoal.artifacts.files import SCHEMA
from shoal.artifacts.folder import EXAMPLE_CHARS, PROFILES, RunFolder
from shoal.artifacts.json_values import curve_record
from shoal.artifacts.marked import frames_in
from shoal.data import (
    NOISE,
    Clustering,
    Description,
    Evaluation,
    IntArray,
    Items,
    Map,
    Neighbors,
    spread,
)
from shoal.data.entries import Entry, ReadEntry
from shoal.numerics.blocks import slices
from shoal.numerics.outliers import kth_distance, outlier_threshold
from shoal.parts.describers.base import Name
from shoal.stages import unread_cells
from shoal.stages.reading import DOCUMENTS
from shoal.stages.themes import broad_layer
from shoal.storage import run_files

ONLY_FRAME = "holds only text that many rows share, so it was kept"
PIECE_ROWS = 1 << 17
"""Rows of assignments.parquet that are put together at once."""


def save_tables(
    folder: RunFolder,
    items: Items,
    graph: Neighbors,
    clustering: Clustering,
    evaluation: Evaluation,
    descriptions: Sequence[Description],
    picture: Map,
    found: Findings,
    info: ReadEntry,
) -> None:
    """Write assignments, anomalies and duplicates, clusters.json and evaluation.json.

    Parameters
    ----------
    info : "detail" and "truth" as the user gave them; "layers", the names of the coarser layers;
        "carried", what carried columns say of the clusters; "follows", how much they follow each;
        "followed_name", the name in the texts that they follow
    """
    titles = {entry.cluster: entry.title for entry in descriptions}
    anomalies = anomaly_table(items, graph, clustering, found.outliers, titles)
    folder.write_table(run_files.ANOMALIES, anomalies)
    folder.write_table(run_files.DUPLICATES, duplicate_table(items, found.near_duplicates))
    folder.write_pieces(
        run_files.ASSIGNMENTS, _assignments(items, graph, clustering, picture, found)
    )
    clusters = _clusters(items, clustering, evaluation, descriptions)
    known = info["carried"]
    for place, entry in enumerate(clusters):
        entry |= known.of(place)
    names = info.get("layers", ())
    document = {
        "schema": SCHEMA,
        "clusters": clusters,
        "themes": _themes(clusters, clustering, names),
        "layers": _layers(names, clustering.chosen),
        "course": known.course,
    }
    folder.write_json(run_files.CLUSTERS, document)
    folder.write_json(
        run_files.EVALUATION,
        {
            "schema": SCHEMA,
            "detail": info["detail"],
            "n_clusters": clustering.n_clusters,
            "range": None if clustering.range is None else list(clustering.range),
            "reason": clustering.reason,
            "scores": [asdict(score) for score in evaluation.scores],
            "silhouette_by_chance": info["by_chance"],
            "layers": _layer_records(clustering),
            "curves": [curve_record(curve) for curve in clustering.curves],
            "anomalies": anomaly_record(items, found.outliers),
            "duplicates": duplicate_record(found.near_duplicates),
            "truth": info["truth"],
            "follows": info["follows"],
            "followed_name": info["followed_name"],
        },
    )


def save_profiles(folder: RunFolder, profiles: ReadEntry | None) -> None:
    """Write profiles.json for records; otherwise remove one left by an earlier run."""
    if profiles is None:
        folder.remove(PROFILES)
    else:
        folder.write_json(PROFILES, {"schema": SCHEMA, **profiles})


def _assignments(
    items: Items, graph: Neighbors, clustering: Clustering, picture: Map, found: Findings
) -> Iterator[pa.Table]:
    """Yield the assignments in source order, in pieces of about a hundred thousand rows."""
    near_duplicates, ids, places = found.near_duplicates, items.ids, items.places
    notes = _Notes(items, graph)
    for part in slices(len(items), PIECE_ROWS):
        there = places[part]
        labels = spread(clustering.labels, there, NOISE)
        points = spread(picture.points, there, np.nan)
        repeats = pa.array(near_duplicates.stands_in[part], mask=~near_duplicates.repeated[part])
        columns: Entry = {
            "id": ids.slice(part.start, len(there)),
            "cluster": labels,
            "strength": spread(clustering.strengths, there, 0.0),
            "outlier_score": _nullable(spread(found.outliers.scores, there, np.nan)),
            "duplicate_of": ids.take(repeats),
        }
        for number, layer in enumerate(clustering.layers):
            columns[f"layer_{number}"] = spread(layer.labels, there, NOISE)
        columns["x"] = _nullable(points[:, 0])
        columns["y"] = _nullable(points[:, 1])
        columns["note"] = pa.array(notes.of(part, labels, there), pa.large_string())
        yield pa.table(columns)


def _nullable(values: NDArray[np.float32]) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


class _Notes:
    """Notes on rows: why a row has no cluster, or what could not be used; None for most.

    Parameters
    ----------
    items, graph : of the run
    """

    def __init__(self, items: Items, graph: Neighbors) -> None:
        self.items = items
        self.kth_distances = kth_distance(graph.distances)
        some = len(self.kth_distances) > 0
        self.usual = max(float(np.median(self.kth_distances)), 1e-6) if some else 1.0
        self.limit = outlier_threshold(self.kth_distances) if some else np.inf

    def of(self, part: slice, labels: IntArray, places: IntArray) -> list[str | None]:
        """Those of some rows, with their labels and their places among the distinct ones."""
        notes = unread_cells(self.items, part)
        if self.items.taken is not None and len(self.items.taken.whole):
            for at in np.flatnonzero(self.items.taken.whole[part]):
                notes[at] = ONLY_FRAME
        for at in np.nonzero(labels == NOISE)[0]:
            far = self.kth_distances[places[at]] if places[at] >= 0 else 0.0
            why = "unassigned: the clusterer labels it noise"
            if far > self.limit:
                times = np.float32(far / self.usual)
                far_away = f"{times:.1f} times as far away as usual"
                why = f"unassigned: its 5th nearest row is {far_away}"
            why = why if notes[at] is None else f"{why}; {notes[at]}"
            notes[at] = self.items.excluded.get(part.start + int(at)) or why
        return notes


def _clusters(
    items: Items,
    clustering: Clustering,
    evaluation: Evaluation,
    descriptions: Sequence[Description],
) -> list[Entry]:
    labels = items.spread(clustering.labels, NOISE)
    sizes = np.bincount(labels[labels >= 0], minlength=clustering.n_clusters)
    coarser = clustering.layers[clustering.chosen + 1 :]
    broad = broad_layer(clustering)
    out = []
    for entry, quality in zip(descriptions, evaluation.clusters, strict=True):
        members = np.nonzero(clustering.labels == entry.cluster)[0]
        parents = [int(np.bincount(x.labels[members]).argmax()) for x in coarser]
        out.append(
            {
                "cluster": entry.cluster,
                "title": entry.title,
                "summary": entry.summary,
                "keywords": list(entry.keywords),
                "size": int(sizes[entry.cluster]),
                **asdict(quality),
                "typical": [_example(items, row) for row in entry.typical],
                "diverse": [_example(items, row) for row in entry.diverse],
                "borderline": [
                    {**_example(items, row), "rival": rival} for row, rival in entry.borderline
                ],
                "parent": parents,
                "theme": None if broad is None else parents[broad - clustering.chosen - 1],
                "written_by": entry.written_by,
                "title_fit": None if entry.fit is None else asdict(entry.fit),
                "title_note": entry.note,
            }
        )
    return out


def _layer_records(clustering: Clustering) -> list[Entry]:
    """What was measured on each layer, fine to coarse."""
    return [
        {
            "layer": number,
            "n_clusters": layer.n_clusters,
            "separation": layer.separation,
            "stability": layer.stability,
            "stability_low": layer.stability_low,
            "stability_high": layer.stability_high,
            "modularity": layer.modularity,
            "score": layer.score,
            "chosen": number == clustering.chosen,
        }
        for number, layer in enumerate(clustering.layers)
    ]


def _themes(
    clusters: Sequence[ReadEntry], clustering: Clustering, layers: Sequence[Sequence[Name]]
) -> list[Entry]:
    """The broad themes that the clusters are parts of, the largest first; none without a layer."""
    broad = broad_layer(clustering)
    if broad is None:
        return []
    names = layers[broad - clustering.chosen - 1] if layers else ()
    out = []
    for theme in range(clustering.layers[broad].n_clusters):
        parts = [one for one in clusters if one["theme"] == theme]
        title = names[theme].title if names else ", ".join(one["title"] for one in parts[:2])
        size = sum(one["size"] for one in parts)
        info = [one["cluster"] for one in parts]
        out.append({"theme": theme, "title": title, "size": size, "clusters": info})
    return out


def _layers(layers: Sequence[Sequence[Name]], chosen: int) -> list[Entry]:
    """Titles and keywords of the layers coarser than the chosen one."""
    return [
        {
            "layer": chosen + 1 + above,
            "clusters": [
                {
                    "cluster": cluster,
                    "title": name.title,
                    "keywords": list(name.keywords),
                    **({"summary": name.summary} if name.summary else {}),
                }
                for cluster, name in enumerate(names)
            ],
        }
        for above, names in enumerate(layers)
    ]


def _example(items: Items, row: int) -> Entry:
    text = items.shown(row)
    if items.about.get("image") and items.readable is None and items.about["kind"] != "pictures":
        # of a table the id may be a number; a folder's ids are paths
        path = items.columns["path"][row].as_py()
        text = text if path is None else "/".join(PurePath(path).parts[-2:])
    if items.about.get("kind") in DOCUMENTS and "title" in items.columns.column_names:
        title = items.columns["title"][row].as_py()
        rest = text.removeprefix(title).lstrip()  # the first heading is in the text too
        text = f"{title}: {rest}" if title and rest else text
    out = {"row": row, "id": str(items.ids[row].as_py()), "text": _short(text)}
    own = items.contents[row] if items.taken is not None else None
    # without a word in its midst a text is hard to read
    if own and own != items.shown(row) and not items.taken.only_words:
        found = frames_in(text, items.taken.frames)
        inside = [(a, min(b, EXAMPLE_CHARS)) for a, b in found if a < EXAMPLE_CHARS]
        out |= {"own": _short(own), "frames": inside}
    return out


def _short(text: str) -> str:
    return text if len(text) <= EXAMPLE_CHARS else text[:EXAMPLE_CHARS] + "…"
