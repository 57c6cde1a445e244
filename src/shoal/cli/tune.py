"""``shoal tune``: run the search, and show the best trials with their commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from shoal.analysis.trials import Trial
from shoal.analysis.tuning import Tuning
from shoal.cli.screen import clean, make_console
from shoal.run.handle import Run
from shoal.views.progress import BarProgress, LineProgress


def run_tune(
    path: Path, *, seconds: float | None, clusterers: Sequence[str], truth: str | None
) -> None:
    """Do `shoal tune`."""
    run = Run(path)
    console = make_console()
    progress = BarProgress(console) if console.is_terminal else LineProgress(console)
    try:
        tuning = run.tune(seconds=seconds, clusterers=clusterers, truth=truth, progress=progress)
    finally:
        progress.close()
    console.print(Text(_counts(tuning), "dim"), soft_wrap=not console.is_terminal)
    if run.edits_said:
        info = "edits are not shown here: each trial clusters the rows from scratch"
        console.print(Text(info, "yellow"), soft_wrap=not console.is_terminal)
    worth = tuning.pareto_front
    if not worth:
        console.print("no trial found two or more clusters")
        return
    console.print()
    console.print(_table(worth, tuning.best))
    console.print()
    console.print(Text(MEANING, "dim"), soft_wrap=not console.is_terminal)
    console.print()
    for number, trial in enumerate(worth, 1):
        row = Text.assemble((f"{number:>3}  ", "dim"), trial.command(run.path))
        console.print(row, soft_wrap=True)


MEANING = (
    "quality = separation x stability x modularity, measured the same way for every "
    "clusterer: the silhouette in the full space (0 for unplaced rows), the agreement with "
    "clusterings of subsets, and the links inside clusters beyond chance. The table shows "
    "the Pareto front: no other trial with about as many clusters is better in both quality "
    "and coverage. To use one, run its command:"
)


def _counts(tuning: Tuning) -> str:
    """Count the trials: done, reused, left and failed."""
    trials = tuning.trials
    info = [f"{len(trials)} trials"]
    if tuning.kept:
        info.append(f"{tuning.kept} of them from earlier searches")
    if tuning.left and tuning.kept == len(trials):
        info.append(f"none of the {tuning.left} left fits the time budget; raise --seconds")
    elif tuning.left:
        info.append(f"{tuning.left} left; run the same command again to continue")
    failed = [trial for trial in trials if trial.failed]
    if failed:
        info.append(f"{len(failed)} failed ({failed[0].part}: {clean(failed[0].failed, 120)})")
    return ", ".join(info) + ". All are in tune.json."


def _table(worth: Sequence[Trial], best: Trial | None) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    with_truth = any(trial.ari is not None for trial in worth)
    names = ["", "clusters", "placed", "quality", "separation", "stability"]
    for name in [*names, *(["ARI"] if with_truth else [])]:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("clusterer", overflow="fold")
    for number, trial in enumerate(worth, 1):
        numbers = [f"{trial.coverage:.1%}", f"{trial.quality:.3f}"]
        numbers += [f"{trial.separation:.3f}", f"{trial.stability:.3f}"]
        if with_truth:
            numbers.append("-" if trial.ari is None else f"{trial.ari:.3f}")
        params = " ".join(f"{key}={value}" for key, value in trial.params.items())
        style = "bold" if trial is best else ""
        named = f"{trial.part} {params}".rstrip()
        cells = [str(number), f"{trial.n_clusters:,}", *numbers, named]
        table.add_row(*(Text(cell) for cell in cells), style=style)
    return table
