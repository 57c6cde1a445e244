"""The run, its clusters and its rows as plain JSON for the page."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shoal.analysis.edits import titles_before
from shoal.artifacts.marked import frames_in, parts_of
from shoal.data import NOISE
from shoal.data.entries import Entry
from shoal.errors import BadInput
from shoal.parts.describers.exemplars import diverse
from shoal.text.words import mark
from shoal.views.explorer.colouring import colours
from shoal.views.explorer.editing import some
from shoal.views.explorer.view import RunView
from shoal.views.figures.centres import centres
from shoal.views.report.sentences import Found, number_said, verdict

MAX_COPIED = 200_000
"""Rows of a copy that opens offline: a browser reads the whole file at once."""
N_NEAREST = 6
N_DIVERSE = 5
N_PROFILE = 12
N_VALUES = 4
MAX_LIST = 200
DIVERSE_ROWS = 2000

MARKS = ("cohesion", "separation", "silhouette", "stability", "dbcv", "purity")


def run_page(view: RunView) -> Entry:
    """Facts about the whole run."""
    info, evaluation = view.saved.info, view.saved.evaluation
    found = Found(
        clusters=list(view.editor.base_entries.values()),
        evaluation=evaluation,
        counts=info["counts"],
        themes=(),
        layers=(),
        run="",
    )
    return {
        "title": info.get("title") or view.saved.path.name,
        "counts": info["counts"],
        "model": info["model"]["name"],
        "verdict": " ".join(one for one in (verdict(found), number_said(found)) if one),
        "reason": evaluation["reason"],
        "chosen": view.chosen,
        "layers": [
            {key: layer.get(key) for key in ("layer", "n_clusters", "separation", "stability")}
            for layer in evaluation["layers"]
        ],
        "readable": view.rows.read_as == "text",
        "most_copied": MAX_COPIED,
        "version": view.editor.history.version,
    }


def more_page(view: RunView) -> Entry:
    """Facts that take a moment: columns, and whether the model is available."""
    return {
        "columns": [column.info() for column in view.columns.values()],
        "meaning": view.knows_meaning,
        "pictures": view.has_pictures,
    }


def clusters_page(view: RunView, layer: int, above: int | None = None) -> Entry:
    """Every cluster of a layer, for the list and the map.

    Parameters
    ----------
    view : of the run
    layer : which
    above : a coarser layer; each cluster is told the one of it that holds most of its rows
    """
    chosen = layer == view.chosen
    state = view.editor.state
    entries = list(state.entries.values()) if chosen else view.layer_entries(layer)
    labels = view.labels(layer)
    parents = {} if above is None else _parents(labels, view.labels(above))
    numbers = [entry["cluster"] for entry in entries]
    peaks = centres(view.points, labels, numbers)
    oddness = _means(view.outlier_scores, labels)
    out = []
    for entry, peak, colour in zip(
        entries, peaks, colours(view, layer, numbers, peaks), strict=True
    ):
        cluster = entry["cluster"]
        title = state.title(cluster) if chosen else entry["title"]
        dots, word = mark(entry.get("silhouette"))
        out.append(
            {
                "cluster": cluster,
                "title": title,
                "size": entry["size"],
                "marks": {name: entry.get(name) for name in MARKS},
                "dots": dots,
                "word": word,
                "oddness": oddness.get(cluster),
                "parent": parents.get(cluster),
                "note": state.notes.get(cluster) if chosen else None,
                "renamed": chosen and cluster in state.titles,
                "at": None if np.isnan(peak).any() else [round(float(v), 5) for v in peak],
                "light": colour.light,
                "dark": colour.dark,
            }
        )
    return {
        "layer": layer,
        "clusters": out,
        "noise": int((labels == NOISE).sum()),
        "version": view.editor.history.version,
    }


def _parents(labels: NDArray[np.int32], above: NDArray[np.int32]) -> dict[int, int]:
    """Cluster -> the cluster of a coarser layer that most of its rows are in."""
    inside = (labels >= 0) & (above >= 0)
    n_above = int(above.max(initial=0)) + 1
    # one number a pair: to sort pairs takes ten times as long
    joined = labels[inside] * np.int64(n_above) + above[inside]
    pairs, counts = np.unique(joined, return_counts=True)
    order = np.argsort(counts, kind="stable")
    return {int(pair) // n_above: int(pair) % n_above for pair in pairs[order]}


def _means(values: NDArray[np.float32], labels: NDArray[np.int32]) -> dict[int, float]:
    known = np.isfinite(values) & (labels >= 0)
    if not known.any():
        return {}
    counts = np.bincount(labels[known])
    totals = np.bincount(labels[known], weights=values[known])
    return {int(c): round(float(totals[c] / counts[c]), 3) for c in np.nonzero(counts)[0]}


def cluster_page(view: RunView, layer: int, cluster: int) -> Entry:
    """Everything about one cluster."""
    state = view.editor.state
    chosen = layer == view.chosen
    labels, groups = view.labels(layer), view.groups(layer)
    if cluster not in groups.sizes:
        raise BadInput(f"layer {layer} has no cluster {cluster}.")
    named = (
        {c: state.title(c) for c in state.entries}
        if chosen
        else {entry["cluster"]: entry["title"] for entry in view.layer_entries(layer)}
    )
    entry = state.entries[cluster] if chosen else _layer_entry(view, layer, cluster)
    near = groups.nearest([cluster], N_NEAREST)[cluster]
    rows = some(groups.members(cluster), DIVERSE_ROWS)
    unlike = rows[diverse(view.vectors.take(rows), N_DIVERSE)]
    return {
        "cluster": cluster,
        "layer": layer,
        "title": named.get(cluster) or entry["title"],
        "given_title": entry["title"],
        "renamed": chosen and cluster in state.titles,
        "note": state.notes.get(cluster, "") if chosen else "",
        "size": int((labels == cluster).sum()),
        "share": float((labels == cluster).sum()) / max(view.n_rows, 1),
        "keywords": entry.get("keywords", []),
        "marks": {name: entry.get(name) for name in MARKS},
        "word": mark(entry.get("silhouette"))[1],
        "truth": entry.get("truth"),
        "typical": entry.get("typical", []),
        "borderline": [
            {**row, "rival_title": named.get(row["rival"])} for row in entry.get("borderline", [])
        ],
        "diverse": [
            {key: row[key] for key in ("row", "id", "text")} for row in view.rows.records(unlike)
        ],
        "nearest": [
            {"cluster": other, "title": named.get(other), "cosine": round(cosine, 3)}
            for other, cosine in near
        ],
        "profile": profile(view, labels == cluster),
        "written_by": entry.get("written_by"),
        "measured": _measured(view, entry) if chosen else "run",
    }


def _measured(view: RunView, entry: Entry) -> str:
    """Whether the marks of a cluster are of the run, of after an edit, or of before others'."""
    if entry is not view.editor.base_entries.get(entry["cluster"]):
        return "edit"
    changed = any(edit.get("renewed") for edit in view.editor.history.done)
    return "before" if changed else "run"


def _layer_entry(view: RunView, layer: int, cluster: int) -> Entry:
    """A cluster of another layer; its examples are found now if it has none yet."""
    found = next(e for e in view.layer_entries(layer) if e["cluster"] == cluster)
    if "keywords" not in found:
        labels, groups = view.labels(layer), view.groups(layer)
        fresh = view.editing.entries(groups, labels, [cluster], set())[cluster]
        found.update({**fresh, "title": found["title"]})
    return found


def profile(view: RunView, inside: NDArray[np.bool_]) -> list[Entry]:
    """What the columns say of some rows against all rows, the most telling first."""
    out = []
    for column in view.columns.values():
        if column.kind == "category":
            details = _shares(column.values, column.categories, inside)
        else:
            details = _middle(column.values, inside)
        if details:
            out.append({"name": column.name, "kind": column.kind, **details})
    return sorted(out, key=lambda entry: -entry["telling"])[:N_PROFILE]


def _shares(
    codes: NDArray[np.int32], names: tuple[str, ...], inside: NDArray[np.bool_]
) -> Entry | None:
    known = codes >= 0
    here = np.bincount(codes[known & inside], minlength=len(names)).astype(np.float64)
    everywhere = np.bincount(codes[known], minlength=len(names)).astype(np.float64)
    if not here.sum():
        return None
    ours, theirs = here / here.sum(), everywhere / everywhere.sum()
    best = np.argsort(-ours, kind="stable")[:N_VALUES]
    values = [
        {"value": names[i], "share": float(ours[i]), "overall": float(theirs[i])}
        for i in best
        if here[i]
    ]
    return {"values": values, "telling": float(np.abs(ours - theirs).sum() / 2)}


def _middle(values: NDArray[np.float32], inside: NDArray[np.bool_]) -> Entry | None:
    known = np.isfinite(values)
    here, everywhere = values[known & inside], values[known]
    if not len(here):
        return None
    low, median, high = (float(v) for v in np.quantile(here, [0.25, 0.5, 0.75]))
    overall = float(np.median(everywhere))
    spread = float(np.std(everywhere)) or 1.0
    telling = min(abs(float(here.mean()) - float(everywhere.mean())) / spread / 2, 1.0)
    return {"low": low, "median": median, "high": high, "overall": overall, "telling": telling}


def list_rows(view: RunView, rows: list[int]) -> list[Entry]:
    """Texts, columns and clusters of some rows."""
    if len(rows) > MAX_LIST:
        raise BadInput(f"at most {MAX_LIST} rows can be requested at once, got {len(rows)}.")
    if any(not 0 <= row < view.n_rows for row in rows):
        raise BadInput(f"rows go from 0 to {view.n_rows - 1}.")
    labels = view.editor.state.labels
    details = view.rows.records(rows)
    return [{**record, "cluster": int(labels[record["row"]])} for record in details]


def whole_row(view: RunView, row: int) -> Entry:
    """All of one row: its whole text, in parts where some of it was left out or has a theme."""
    info = {**list_rows(view, [row])[0], **view.rows.records([row], whole=True)[0]}
    if "text" not in view.rows.names:
        return info
    passages = view.saved.passages_of(row)
    parts = parts_of(info["text"], frames_in(info["text"], view.saved.frames), passages)
    if len(parts) > 1 or passages:
        titles = view.theme_titles if passages else {}
        info["parts"] = [
            {
                "text": part.text,
                "frame": part.frame,
                "cluster": part.cluster,
                "title": _theme(part.cluster, titles),
            }
            for part in parts
        ]
    return info


def _theme(cluster: int | None, titles: dict[int, str]) -> str | None:
    """What the theme of a passage is called; None outside of passages."""
    if cluster is None:
        return None
    return "no theme" if cluster == NOISE else titles.get(cluster, f"theme {cluster}")


def history_page(view: RunView) -> Entry:
    """The edits that stand, those that may be redone, and the version."""
    history = view.editor.history
    edits = [*history.done, *reversed(history.undone)]
    details = [
        _edit_record(view, edit, titles)
        for edit, titles in zip(edits, titles_before(view.editor.base_entries, edits), strict=True)
    ]
    return {
        "version": history.version,
        "warning": view.editor.log.warning,
        "done": details[: len(history.done)],
        "undone": details[len(history.done) :],
    }


def _edit_record(view: RunView, edit: Entry, titles: dict[int, str]) -> Entry:
    """An edit in few words: what was moved is told by its number.

    Parameters
    ----------
    view : of the run
    edit : as it stands in the log
    titles : of the clusters that it names, as they were before it
    """
    short = {k: v for k, v in edit.items() if k not in ("moved", "renewed", "gone")}
    short["titles"] = {str(cluster): title for cluster, title in titles.items()}
    if "moved" in edit:
        short["n_rows"] = sum(len(rows) for rows in edit["moved"].values())
    key = str(edit.get("key", ""))
    if key.isdecimal() and int(key) < view.n_rows:  # logs of before this was checked hold others
        short["id"] = str(view.rows.ids(np.array([int(key)]))[0])
    return short
