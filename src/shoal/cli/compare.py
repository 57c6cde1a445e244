"""``shoal compare``: two runs of the same rows, in the terminal and in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shoal.analysis.comparison.result import Change, Cluster, Flow
from shoal.cli.screen import (
    clean,
    fit_to_log,
    make_console,
    path_as_text,
    say,
    say_edits,
    say_written,
)
from shoal.errors import BadInput
from shoal.run.handle import Run
from shoal.views.comparison import Comparison
from shoal.views.comparison.result import ENDINGS
from shoal.writing import TABLE_ENDINGS, check_free, write_table

SHOWN = 8
"""Changes of each kind, and moves, that are printed unless all are asked for."""
NAMED = 3
"""Clusters of a side that are named."""
ORDER = ("split", "merged", "regrouped", "vanished", "appeared", "stayed")


def run_compare(
    before: Path, after: Path, outs: Sequence[Path], *, by: str, every: bool, force: bool
) -> None:
    """Do `shoal compare`."""
    outs = list(dict.fromkeys(outs))
    for out in outs:
        if out.suffix.lower() not in ENDINGS:
            raise BadInput(f"-o must end in {', '.join(ENDINGS)}, got {out.name!r}.")
        check_free(out, force=force)
    runs = Run(before), Run(after)
    comparison = runs[0].compare(runs[1], by=by)
    n_defused: dict[Path, int] = {}
    for out in outs:
        if out.suffix.lower() in TABLE_ENDINGS:
            n_defused[out] = write_table(comparison.rows(), out)
        else:
            comparison.save(out, force=force)
    console = fit_to_log(Console(highlight=False))
    show(console, comparison, every=every)
    for run in runs:
        if run.edits_said:
            say_edits(console, f"{path_as_text(run.path)}: {run.edits_said}")
    for out in outs:
        say_written(make_console(), out, n_defused.get(out, 0))


def show(console: Console, comparison: Comparison, *, every: bool) -> None:
    """Print a comparison.

    Parameters
    ----------
    console : where
    comparison : two runs side by side
    every : all changes, not only those of the most rows
    """
    sides = [
        f"{clean(side.name, 60)} ({len(side.titles):,} clusters)"
        for side in (comparison.before, comparison.after)
    ]
    console.print(Text(" → ".join(sides), "bold"))
    for name, text in _account(comparison):
        say(console, name, text)
    info = ", ".join(f"{n:,} {kind}" for kind, n in comparison.counts.items() if n)
    say(console, "clusters", info or "none")
    for kind in ORDER:
        changes = [change for change in comparison.changes if change.kind == kind]
        shown = changes if every else changes[:SHOWN]
        if changes and (every or kind != "stayed"):
            _print(console, kind, [_of_change(change) for change in shown])
            _more(console, len(changes) - len(shown))
    moves = [flow for flow in comparison.flows if flow.kind in ("moved", "left out", "placed")]
    shown_moves = moves if every else moves[:SHOWN]
    if moves:
        _print(console, "rows that moved", [_of_move(move) for move in shown_moves])
        _more(console, len(moves) - len(shown_moves))


def _account(comparison: Comparison) -> list[tuple[str, str]]:
    """Name and sentence of what was matched, how alike it is, and what happened to the rows."""
    match, agreed, rows = comparison.match, comparison.agreement, comparison.row_counts
    info = f"{len(match):,} matched by {match.by}: {clean(match.reason, 120)}"
    only = [
        f"{n:,} only in {clean(side.name, 60)}"
        for side, n in (
            (comparison.before, comparison.only_before),
            (comparison.after, comparison.only_after),
        )
        if n
    ]
    lines = [("rows", info)]
    if match.doubt:
        lines.append(("", match.doubt))
    if only:
        lines.append(("", ", ".join(only)))
    lines += [
        ("agreement", f"ARI {agreed.ari:.3f}, AMI {agreed.ami:.3f} (1 is the same, 0 is chance)"),
        (
            "",
            f"{agreed.together:.1%} of the rows stayed with most of their cluster, "
            f"{agreed.paired:.1%} when clusters are paired one to one",
        ),
    ]
    lost = {
        "moved": "moved to another cluster",
        "left out": "lost their cluster",
        "placed": "gained one",
        "noise": "have none in either run",
    }
    happened = [f"{rows[kind]:,} {words}" for kind, words in lost.items() if rows[kind]]
    if happened:
        lines.append(("", ", ".join(happened)))
    return lines


def _print(console: Console, heading: str, entries: Sequence[tuple[str, str, str]]) -> None:
    """A table of rows, before and after."""
    console.print()
    console.print(Text(heading, "bold"))
    table = Table(box=None, padding=(0, 1), show_header=False, expand=False)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("before", ratio=1, overflow="fold")
    table.add_column("", no_wrap=True, style="dim")
    table.add_column("after", ratio=1, overflow="fold")
    for rows, before, after in entries:
        table.add_row(rows, Text(before), "→", Text(after))
    console.print(table)


def _more(console: Console, n: int) -> None:
    if n > 0:
        console.print(Text(f"        and {n:,} more; see --all", "dim"))


def _of_change(change: Change) -> tuple[str, str, str]:
    before = _named([(one, one.size) for one in change.before])
    after = _named([(one, one.size) for one in change.after])
    # where the rows of a cluster that has gone went, and where those of a new one came from
    if not change.after:
        after = "over " + _named([(flow.after, flow.rows) for flow in change.flows])
    if not change.before:
        before = "from " + _named([(flow.before, flow.rows) for flow in change.flows])
    return f"{change.rows:,}", before, after


def _of_move(flow: Flow) -> tuple[str, str, str]:
    return f"{flow.rows:,}", _title(flow.before), _title(flow.after)


def _title(cluster: Cluster | None) -> str:
    return f"'{clean(cluster.title, 40)}'" if cluster else "no cluster"


def _named(parts: Sequence[tuple[Cluster | None, int]]) -> str:
    """Titles and rows of the first few, and how many more there are."""
    info = [f"{_title(cluster)} {rows:,}" for cluster, rows in parts[:NAMED]]
    if len(parts) > NAMED:
        rest = sum(rows for _, rows in parts[NAMED:])
        info.append(f"{len(parts) - NAMED} more {rest:,}")
    return " + ".join(info) if info else "no row"
