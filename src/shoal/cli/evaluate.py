"""``shoal evaluate``: the scores of a run and of each cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shoal.cli.screen import clean, fit_to_log, say_edits
from shoal.data.entries import Entry
from shoal.parts.metrics import METRICS, TRAITS
from shoal.run.handle import Run

CLUSTER_SCORES = {
    "silhouette": "silhouette",
    "stability": "stability",
    "dbcv": "DBCV",
    "davies_bouldin": "DB",
    "cohesion": "cohesion",
    "separation": "separation",
}
"""What is measured of each cluster, and its heading; a narrow terminal shows the first three."""
NO_STABILITY = (
    "not measured: this clusterer does not report it, and measuring it takes three more "
    'fits. To get it, cluster the source again with --set \'evaluate.metrics=["silhouette", '
    '"stability"]\''
)
WIDE = 112
"""Columns of a terminal that is wide enough for all."""


def run_evaluate(path: Path, truth: str | None, *, each: bool) -> None:
    """Do `shoal evaluate`."""
    run = Run(path)
    console = fit_to_log(Console(highlight=False))
    scores = list(run.evaluation["scores"])
    pure = [_saved_purity(entry) for entry in run.clusters]
    known, truth = truth is None and not run.edits_said, truth or run.evaluation["truth"]
    if truth is not None and not known:
        measured, pure = run.measure(truth)
        scores = [score for score in scores if not _needs_truth(score)] + measured
    editor, reason = run.edited, run.reason
    if editor is not None and editor.n_changes:
        reason = f"{len(run.clusters):,} clusters with the edits. Without them: {reason}"
    console.print(Text(reason), soft_wrap=not console.is_terminal)
    say_edits(console, run.edits_said)
    console.print()
    if scores:
        console.print(scores_table(scores, truth))
    for info in missing(run, scores):
        console.print(Text(info, "dim" if scores else "yellow"), soft_wrap=not console.is_terminal)
    if run.edits_said and scores:
        info = "scores without ground truth were measured before the clusters were edited"
        console.print(Text(info, "yellow"), soft_wrap=not console.is_terminal)
    spaces = {score["space"] for score in scores if score["space"] != "labels"}
    for space in sorted(spaces):
        console.print(Text(f"distances are measured in: {clean(space, 200)}", "dim"))
    if any(score["low"] is not None for score in scores):
        console.print(
            Text("intervals are 95 % confidence intervals of scores measured on samples", "dim")
        )
    if any(map(_needs_truth, scores)):
        info = "for scores with ground truth, rows without a cluster count as one extra cluster"
        console.print(Text(info, "dim"))
    if each:
        console.print()
        console.print(clusters_table(run.clusters, pure, console.width))


def missing(run: Run, scores: Sequence[Entry]) -> list[str]:
    """Why requested scores are missing, and how to get them.

    Those that need true classes are only told of where nothing else is there.

    Parameters
    ----------
    run : the run
    scores : what there is of it, as in evaluation.json
    """
    asked = run.recipe.stages["evaluate"]["metrics"]
    lost = [name for name in asked if name not in {score["name"] for score in scores}]
    if not asked:
        return ["no scores were requested: evaluate.metrics is empty"]
    if len(run.clusters) < 2:
        info = f"{' and '.join(lost)}: not defined for fewer than two clusters"
        return [info] if lost and not scores else []
    with_truth = [name for name in lost if _needs_truth({"name": name})]
    others = [name for name in lost if name not in (*with_truth, "stability")]
    out = []
    if with_truth and not scores:
        out.append(f"{', '.join(with_truth)}: needs ground truth; name it with --truth COLUMN")
    if "stability" in lost:
        out.append(f"stability: {NO_STABILITY}")
    return out + ([f"{', '.join(others)}: not defined for these clusters"] if others else [])


def _needs_truth(score: Entry) -> bool:
    trait = TRAITS.get(score["name"])
    return trait is not None and trait.needs_truth


def _saved_purity(entry: Entry) -> tuple[str, float] | None:
    return None if entry.get("purity") is None else (entry["truth"], entry["purity"])


def scores_table(scores: Sequence[Entry], truth: str | None) -> Table:
    """Table of all scores with their direction, without and with ground truth.

    Parameters
    ----------
    scores : as in evaluation.json
    truth : the column of true classes, if there is one
    """
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("score", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("95 % interval", no_wrap=True)
    table.add_column("better", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("meaning", style="dim")
    groups = (("without truth", False), (f"with ground truth: {clean(str(truth), 40)}", True))
    for heading, needed in groups:
        shown = [score for score in scores if _needs_truth(score) is needed]
        if shown:
            if table.row_count:
                table.add_row()
            table.add_row(Text(heading, "bold"))
        for score in shown:
            part = METRICS.parts.get(score["name"])
            table.add_row(
                f"  {score['name']}",
                _number(score["value"], 4),
                _interval(score),
                "higher" if score["higher_is_better"] else "lower",
                f"{score['n_items']:,}",
                part.summary if part else "",
            )
    return table


def clusters_table(
    clusters: Sequence[Entry], pure: Sequence[tuple[str, float] | None], width: int
) -> Table:
    """Table of per-cluster scores.

    Parameters
    ----------
    clusters : as in clusters.json
    pure : most frequent true class of each and its share, None where there is no truth
    width : columns of the terminal
    """
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("", justify="right", style="dim")
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("title", no_wrap=True)
    columns_shown = dict(list(CLUSTER_SCORES.items())[: None if width >= WIDE else 3])
    for heading in columns_shown.values():
        table.add_column(heading, justify="right", no_wrap=True)
    known = any(entry is not None for entry in pure)
    if known:
        table.add_column("pure", justify="right", no_wrap=True)
        table.add_column("mostly", no_wrap=True)
    # texts share the width that numbers leave
    available = (
        width - 17 - sum(max(len(heading), 5) + 2 for heading in columns_shown.values()) - 8 * known
    )
    title_width = max(available * 3 // 5 if known else available, 12)
    for entry, purity in zip(clusters, pure, strict=True):
        title = Text(clean(entry["title"], min(title_width, 48)))
        row: list[str | Text] = [str(entry["cluster"]), f"{entry['size']:,}", title]
        row += [_number(entry.get(name), 2) for name in columns_shown]
        if known and purity is not None:
            row += [f"{purity[1]:.0%}", Text(clean(purity[0], max(available - title_width, 8)))]
        table.add_row(*row)
    return table


def _number(value: float | None, places: int) -> str:
    if value is None:
        return "-"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.{places}f}"


def _interval(score: Entry) -> str:
    if score["low"] is None or score["high"] is None:
        return ""
    return f"{_number(score['low'], 3)} to {_number(score['high'], 3)}"
