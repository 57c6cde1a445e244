"""The tables of a finished run that people and programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.data import NOISE, Clustering, Description, Evaluation, IntArray, Items, Map, Neighbors
from shoal.describers.base import Name
from shoal.findings import (
    Findings,
    anomaly_record,
    anomaly_table,
    duplicate_record,
    duplicate_table,
)
from shoal.numerics.outliers import far_limit, reach
from shoal.run_folder import EXAMPLE_CHARS, PROFILES, SCHEMA, RunFolder, curve_record
from shoal.stages import unread_cells


def save_tables(
    folder: RunFolder,
    items: Items,
    graph: Neighbors,
    clustering: Clustering,
    evaluation: Evaluation,
    descriptions: Sequence[Description],
    picture: Map,
    found: Findings,
    told: Mapping[str, Any],
) -> None:
    """Write assignments, anomalies and duplicates, clusters.json and evaluation.json.

    Parameters
    ----------
    told : "detail" and "truth" as the user gave them; "layers", the names of the coarser layers
    """
    titles = {entry.cluster: entry.title for entry in descriptions}
    anomalies = anomaly_table(items, graph, clustering, found.outliers, titles)
    folder.write_table("anomalies.parquet", anomalies)
    folder.write_table("duplicates.parquet", duplicate_table(items, found.twins))
    table = _assignments(items, graph, clustering, picture, found)
    folder.write_table("assignments.parquet", table)
    clusters = _clusters(items, clustering, evaluation, descriptions)
    named = _layers(told.get("layers", ()), clustering.chosen)
    folder.write_json("clusters.json", {"schema": SCHEMA, "clusters": clusters, "layers": named})
    layers = [
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
    folder.write_json(
        "evaluation.json",
        {
            "schema": SCHEMA,
            "detail": told["detail"],
            "n_clusters": clustering.n_clusters,
            "reason": clustering.reason,
            "scores": [asdict(score) for score in evaluation.scores],
            "layers": layers,
            "curves": [curve_record(curve) for curve in clustering.curves],
            "anomalies": anomaly_record(items, found.outliers),
            "duplicates": duplicate_record(found.twins),
            "truth": told["truth"],
        },
    )


def save_profiles(folder: RunFolder, profiles: Mapping[str, Any] | None) -> None:
    """Write profiles.json where the items are records, and leave none of a run before."""
    if profiles is None:
        (folder / PROFILES).unlink(missing_ok=True)
    else:
        folder.write_json(PROFILES, {"schema": SCHEMA, **profiles})


def _assignments(
    items: Items, graph: Neighbors, clustering: Clustering, picture: Map, found: Findings
) -> Any:
    """One row per row of the source, in its order."""
    points = items.spread(picture.points, np.nan)
    twins, ids = found.twins, items.ids
    columns: dict[str, Any] = {
        "id": ids,
        "cluster": items.spread(clustering.labels, NOISE),
        "strength": items.spread(clustering.strengths, 0.0),
        "outlier_score": _nullable(items.spread(found.outliers.scores, np.nan)),
        "duplicate_of": ids.take(pa.array(twins.stands_in, mask=~twins.repeated)),
    }
    for number, layer in enumerate(clustering.layers):
        columns[f"layer_{number}"] = items.spread(layer.labels, NOISE)
    columns["x"] = _nullable(points[:, 0])
    columns["y"] = _nullable(points[:, 1])
    columns["note"] = pa.array(_notes(items, graph, clustering.labels), pa.large_string())
    return pa.table(columns)


def _nullable(values: NDArray[np.float32]) -> Any:
    return pa.array(values, mask=np.isnan(values))


def _notes(items: Items, graph: Neighbors, labels: IntArray) -> list[str | None]:
    """Why a row has no cluster, or what of it could not be used; None for most rows."""
    notes = unread_cells(items)
    reaches = reach(graph.distances)
    usual = max(float(np.median(reaches)), 1e-6) if len(reaches) else 1.0
    times = items.spread(np.asarray(reaches / usual, dtype=np.float32), np.nan)
    far = items.spread(reaches > far_limit(reaches), False) if len(reaches) else None
    for row in np.nonzero(items.spread(labels, NOISE) == NOISE)[0]:
        why = "no home: the clusterer calls it noise"
        if far is not None and far[row]:
            why = f"no home: its 5th nearest row is {times[row]:.1f} times farther than usual"
        why = why if notes[row] is None else f"{why}; {notes[row]}"
        notes[row] = items.excluded.get(int(row)) or why
    return notes


def _clusters(
    items: Items,
    clustering: Clustering,
    evaluation: Evaluation,
    descriptions: Sequence[Description],
) -> list[dict[str, Any]]:
    labels = items.spread(clustering.labels, NOISE)
    sizes = np.bincount(labels[labels >= 0], minlength=clustering.n_clusters)
    coarser = clustering.layers[clustering.chosen + 1 :]
    out = []
    for entry, quality in zip(descriptions, evaluation.clusters, strict=True):
        members = np.nonzero(clustering.labels == entry.cluster)[0]
        out.append(
            {
                "cluster": entry.cluster,
                "title": entry.title,
                "keywords": list(entry.keywords),
                "size": int(sizes[entry.cluster]),
                **asdict(quality),
                "typical": [_example(items, row) for row in entry.typical],
                "diverse": [_example(items, row) for row in entry.diverse],
                "borderline": [
                    {**_example(items, row), "rival": rival} for row, rival in entry.borderline
                ],
                "parent": [int(np.bincount(x.labels[members]).argmax()) for x in coarser],
                "written_by": entry.written_by,
                "title_fit": None if entry.fit is None else asdict(entry.fit),
                "title_note": entry.note,
            }
        )
    return out


def _layers(layers: Sequence[Sequence[Name]], chosen: int) -> list[dict[str, Any]]:
    """Titles and keywords of the layers coarser than the chosen one."""
    return [
        {
            "layer": chosen + 1 + above,
            "clusters": [
                {"cluster": cluster, "title": name.title, "keywords": list(name.keywords)}
                for cluster, name in enumerate(names)
            ],
        }
        for above, names in enumerate(layers)
    ]


def _example(items: Items, row: int) -> dict[str, Any]:
    text = items.shown(row)
    if items.about.get("image") and items.readable is None and items.about["kind"] != "pictures":
        # of a table the id may be a number; a folder's ids are paths
        path = items.columns["path"][row].as_py()
        text = text if path is None else "/".join(PurePath(path).parts[-2:])
    short = text if len(text) <= EXAMPLE_CHARS else text[:EXAMPLE_CHARS] + "…"
    return {"row": row, "id": str(items.ids[row].as_py()), "text": short}
